//! How sure a rate is: the interval beside a proportion of counts.

use stats::{Confidence, wilson_interval};

use crate::catalogue::{Formula, Metric, Words};
use crate::compute::Sums;
use crate::report::CellInterval;

/// The confidence of every interval that is shown.
pub(crate) const CONFIDENCE: Confidence = Confidence::Percent95;

/// An interval wider than this part of its estimate is said beside the number.
const WIDE_PART_OF_ESTIMATE: f64 = 0.5;

/// What the interval of a rate means.
pub(crate) const MEANING: Words = Words::new(
    "The interval beside it (Wilson, 95 %) is where the true rate lies in 19 cases of 20: the \
     fewer the events, the wider. Where intervals overlap, the difference may be chance.",
    "Интервал рядом (Уилсон, 95 %) — где истинная доля лежит в 19 случаях из 20: чем меньше \
     событий, тем он шире. Если интервалы пересекаются, разница может быть случайной.",
    "Przedział obok (Wilson, 95 %) mówi, gdzie w 19 przypadkach na 20 leży prawdziwy \
     współczynnik: im mniej zdarzeń, tym szerszy. Gdy przedziały się nakładają, różnica może być \
     przypadkiem.",
);

/// The interval of a rate in percent; `None` where the metric is no rate of counts, or the
/// counts make no proportion.
pub(crate) fn interval(metric: &Metric, sums: &Sums) -> Option<CellInterval> {
    let Formula::Ratio { top, bottom, .. } = metric.formula else {
        return None;
    };
    if !metric.is_proportion() {
        return None;
    }
    let (happened, tried) = (sums.count(top)?, sums.count(bottom)?);
    let found = wilson_interval(happened, tried, CONFIDENCE)?;
    // The estimate lies between the bounds, so a bound of zero below is an estimate near zero.
    let middle = f64::midpoint(found.low, found.high);
    let digits = usize::from(metric.digits);
    Some(CellInterval {
        low: format!("{:.digits$}", found.low * 100.0),
        high: format!("{:.digits$}", found.high * 100.0),
        level: CONFIDENCE.percent(),
        wide: found.width() > middle * WIDE_PART_OF_ESTIMATE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Measure, metric};
    use crate::request::Vat;

    fn of(key: &str, values: &[(Measure, i128)]) -> Option<CellInterval> {
        let mut sums = Sums::new(Vat::Net, "EUR".parse().unwrap());
        for (measure, value) in values {
            sums.add(*measure, *value);
        }
        interval(metric(key).unwrap(), &sums)
    }

    const UNIT: i128 = 1_000_000;

    #[test]
    fn a_rate_of_counts_has_its_interval_in_percent() {
        let leads = (Measure::Leads, 15 * UNIT);
        let found = of("cr_visit_lead", &[leads, (Measure::Visits, 148)]).unwrap();
        assert_eq!((found.low.as_str(), found.high.as_str()), ("6.24", "16.05"));
        assert!(found.wide);
        let leads = (Measure::Leads, 15_000 * UNIT);
        let found = of("cr_visit_lead", &[leads, (Measure::Visits, 148_000)]).unwrap();
        assert_eq!((found.low.as_str(), found.high.as_str()), ("9.98", "10.29"));
        assert!(!found.wide);
    }

    #[test]
    fn no_leads_at_all_still_have_a_bound_above() {
        let found = of("cr_visit_lead", &[(Measure::Visits, 20)]).unwrap();
        assert_eq!((found.low.as_str(), found.high.as_str()), ("0.00", "16.11"));
        assert!(found.wide);
    }

    #[test]
    fn money_and_what_is_no_proportion_have_none() {
        let money = [(Measure::Revenue, UNIT * UNIT), (Measure::Cost, UNIT)];
        assert_eq!(of("roas", &money), None);
        assert_eq!(of("ad_cost_share", &money), None);
        assert_eq!(of("leads", &[(Measure::Leads, UNIT)]), None);
        let more = [(Measure::Leads, 3 * UNIT), (Measure::Visits, 2)];
        assert_eq!(of("cr_visit_lead", &more), None);
        assert_eq!(of("cr_visit_lead", &[]), None);
        let taken_back = [(Measure::Leads, -UNIT), (Measure::Visits, 2)];
        assert_eq!(of("cr_visit_lead", &taken_back), None);
    }
}
