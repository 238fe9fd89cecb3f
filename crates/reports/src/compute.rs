//! The only place where a metric is divided.

use std::cmp::Ordering;

use base::{Currency, Money, Ratio};

use crate::asked::Shown;
use crate::catalogue::{
    Adds, Direction, Formula, Linear, Measure, Metric, PAYBACK_STEPS_DAYS, Unit,
};
use crate::report::{Cell, ChangeUnit, Tone};
use crate::request::Vat;

/// The measures of a row. Numbers are in millionths of what the warehouse stores, because
/// credit is; see `Measure::exponent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sums {
    values: Vec<(Measure, i128)>,
    vat: Vat,
    currency: Currency,
}

/// A metric of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Number {
    /// `ratio` times ten to the power of `ten`, in the metric's unit.
    Known {
        ratio: Ratio,
        ten: i32,
        parts: Option<Parts>,
    },
    /// Spend for nothing: sorts as the worst.
    Infinite { parts: Parts },
    Missing {
        reason: &'static str,
        parts: Option<Parts>,
    },
}

/// What was divided, in natural units and ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    numerator: String,
    denominator: String,
}

const SHARE_MICROS: i128 = 1_000_000;

impl Sums {
    pub(crate) fn new(vat: Vat, currency: Currency) -> Self {
        Self {
            values: Vec::new(),
            vat,
            currency,
        }
    }

    /// Adds what the warehouse answered for a measure.
    pub(crate) fn add(&mut self, measure: Measure, stored: i128) {
        let scale = if measure.adds() == Adds::Shares {
            1
        } else {
            SHARE_MICROS
        };
        let value = stored.saturating_mul(scale);
        match self.values.iter_mut().find(|(known, _)| *known == measure) {
            Some((_, sum)) => *sum = sum.saturating_add(value),
            None => self.values.push((measure, value)),
        }
    }

    /// Adds another group's sums; distinct counts cannot be added and are left out.
    pub(crate) fn add_all(&mut self, other: &Self) {
        for (measure, value) in &other.values {
            if measure.adds() == Adds::Distinct {
                continue;
            }
            match self.values.iter_mut().find(|(known, _)| known == measure) {
                Some((_, sum)) => *sum = sum.saturating_add(*value),
                None => self.values.push((*measure, *value)),
            }
        }
    }

    /// Takes over the distinct counts of sums that were asked for as a whole.
    pub(crate) fn set_distinct(&mut self, whole: &Self) {
        for (measure, value) in &whole.values {
            if measure.adds() == Adds::Distinct {
                self.values.retain(|(known, _)| known != measure);
                self.values.push((*measure, *value));
            }
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.values.iter().all(|(_, value)| *value == 0)
    }

    fn get(&self, measure: Measure, vat: Vat) -> i128 {
        let raw = |wanted: Measure| {
            self.values
                .iter()
                .find(|(known, _)| *known == wanted)
                .map_or(0, |(_, value)| *value)
        };
        match (vat, measure) {
            (Vat::Gross, Measure::Cost) => raw(Measure::Cost) + raw(Measure::CostVat),
            (Vat::Gross, Measure::Revenue) => raw(Measure::Revenue) + raw(Measure::Vat),
            (Vat::Net | Vat::Gross, _) => raw(measure),
        }
    }

    /// A weighted sum of counts as a whole number; credit that is shared is rounded. `None` for
    /// less than nothing.
    pub(crate) fn count(&self, linear: Linear) -> Option<u64> {
        let whole = Ratio::new(self.linear(linear, self.vat), SHARE_MICROS)?.scaled(1)?;
        u64::try_from(whole).ok()
    }

    fn linear(&self, linear: Linear, vat: Vat) -> i128 {
        linear
            .iter()
            .map(|(weight, measure)| i128::from(*weight).saturating_mul(self.get(*measure, vat)))
            .fold(0, i128::saturating_add)
    }
}

/// Works a metric out of a row's sums.
pub(crate) fn number(metric: &Metric, sums: &Sums) -> Number {
    let vat = metric.vat(sums.vat);
    match metric.formula {
        Formula::Sum(linear) => whole(sums.linear(linear, vat), -exponent(linear)),
        Formula::Ratio {
            top,
            bottom,
            ten,
            divisor,
        } => {
            let (above, below) = (sums.linear(top, vat), sums.linear(bottom, vat));
            let parts = Parts {
                numerator: shown(above, top, sums.currency),
                denominator: shown(below, bottom, sums.currency),
            };
            let ten = ten + exponent(bottom) - exponent(top);
            if above == 0 && below != 0 && metric.is_price() {
                return Number::Missing {
                    reason: "no_spend",
                    parts: Some(parts),
                };
            }
            match Ratio::new(above, below.saturating_mul(i128::from(divisor))) {
                Some(ratio) => Number::Known {
                    ratio,
                    ten,
                    parts: Some(parts),
                },
                None if above > 0 && metric.is_worst_when_infinite() => Number::Infinite { parts },
                None => Number::Missing {
                    reason: "zero_denominator",
                    parts: Some(parts),
                },
            }
        }
        Formula::Payback { cost } => payback(sums, cost, vat),
        Formula::SpendWithoutLeads => {
            let of = |measure| sums.get(measure, vat);
            let alarming = of(Measure::Cost) > 0 && of(Measure::Leads) == 0;
            whole(i128::from(alarming), 0)
        }
    }
}

/// Decimal places that a metric is shown with; money has those of its minor unit.
pub(crate) fn digits(shown: Shown, currency: Currency) -> u8 {
    match shown.unit {
        Unit::Money => currency.minor_digits(),
        _ => shown.digits,
    }
}

/// A metric as a cell, before it is compared.
pub(crate) fn cell(shown: Shown, number: &Number, currency: Currency) -> Cell {
    let with = |value: Option<String>, reason: Option<&'static str>, parts: &Option<Parts>| Cell {
        value,
        reason,
        numerator: parts.as_ref().map(|parts| parts.numerator.clone()),
        denominator: parts.as_ref().map(|parts| parts.denominator.clone()),
        ..Cell::default()
    };
    match number {
        Number::Known { ratio, ten, parts } => {
            let digits = shown_digits(shown, number, currency);
            match scaled(*ratio, *ten, i32::from(digits)) {
                Some(value) => with(Some(decimal(value, digits)), None, parts),
                None => with(None, Some("too_large"), parts),
            }
        }
        Number::Infinite { parts } => {
            with(None, Some(shown.spend_for_nothing), &Some(parts.clone()))
        }
        Number::Missing { reason, parts } => with(None, Some(reason), parts),
    }
}

/// A cell with the change since another period.
pub(crate) fn compared(shown: Shown, now: &Number, before: &Number, currency: Currency) -> Cell {
    let (current, previous) = (micros(now), micros(before));
    let is_percent = shown.unit == Unit::Percent;
    let tenths = match (current, previous) {
        (Some(current), Some(previous)) if is_percent => {
            Ratio::new(current - previous, 100_000).and_then(|ratio| ratio.scaled(1))
        }
        (Some(current), Some(previous)) => (current - previous)
            .checked_mul(1_000)
            .and_then(|change| Ratio::new(change, previous.abs()))
            .and_then(|ratio| ratio.scaled(1)),
        _ => None,
    };
    let tone = tenths.map(|tenths| match (shown.direction, tenths.cmp(&0)) {
        (Direction::Neutral, _) | (_, Ordering::Equal) => Tone::Neutral,
        (Direction::Up, Ordering::Greater) | (Direction::Down, Ordering::Less) => Tone::Good,
        (Direction::Up, Ordering::Less) | (Direction::Down, Ordering::Greater) => Tone::Bad,
    });
    Cell {
        previous: Some(cell(shown, before, currency).value),
        change: Some(tenths.map(|tenths| decimal(tenths, 1))),
        change_unit: Some(if is_percent {
            ChangeUnit::Pp
        } else {
            ChangeUnit::Percent
        }),
        tone,
        ..cell(shown, now, currency)
    }
}

/// A weighted sum in natural units, as text.
pub(crate) fn amount(linear: Linear, sums: &Sums) -> String {
    shown(sums.linear(linear, sums.vat), linear, sums.currency)
}

/// Stored money as text.
pub(crate) fn money(micros: i128, currency: Currency) -> Option<String> {
    let micros = i64::try_from(micros).ok()?;
    Some(Money::new(micros, currency).rounded().decimal())
}

/// The order of two numbers from small to large: missing ones after everything, whichever way.
pub(crate) fn sort_key(number: &Number) -> (u8, i128) {
    match number {
        Number::Known { .. } => (0, micros(number).unwrap_or(i128::MAX)),
        Number::Infinite { .. } => (0, i128::MAX),
        Number::Missing { .. } => (1, 0),
    }
}

/// The value in millionths of the metric's unit.
fn micros(number: &Number) -> Option<i128> {
    match number {
        Number::Known { ratio, ten, .. } => scaled(*ratio, *ten, 6),
        Number::Infinite { .. } | Number::Missing { .. } => None,
    }
}

fn whole(value: i128, ten: i32) -> Number {
    match Ratio::new(value, 1) {
        Some(ratio) => Number::Known {
            ratio,
            ten,
            parts: None,
        },
        None => Number::Missing {
            reason: "no_data",
            parts: None,
        },
    }
}

fn exponent(linear: Linear) -> i32 {
    linear.first().map_or(0, |(_, measure)| measure.exponent())
}

/// The ratio times ten to the power of `ten + digits`, rounded half away from zero.
fn scaled(ratio: Ratio, ten: i32, digits: i32) -> Option<i128> {
    let power = ten + digits;
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    if power >= 0 {
        return ratio.scaled(factor);
    }
    Ratio::new(ratio.numerator(), ratio.denominator().checked_mul(factor)?)?.scaled(1)
}

/// A count that is no whole number, because credit was shared, keeps two places.
fn shown_digits(shown: Shown, number: &Number, currency: Currency) -> u8 {
    let fractional = micros(number).is_some_and(|micros| micros % 1_000_000 != 0);
    if shown.unit == Unit::Count && fractional {
        2
    } else {
        digits(shown, currency)
    }
}

fn shown(value: i128, linear: Linear, currency: Currency) -> String {
    let digits = match linear.first() {
        Some((_, measure)) if measure.is_money() => currency.minor_digits(),
        // A count that was shared, as in a cell.
        Some((_, measure)) if !measure.is_time() && !is_whole(value, exponent(linear)) => 2,
        Some(_) | None => 0,
    };
    Ratio::new(value, 1)
        .and_then(|ratio| scaled(ratio, -exponent(linear), i32::from(digits)))
        .map_or_else(|| value.to_string(), |scaled| decimal(scaled, digits))
}

/// Whether a value of so many places behind the point has nothing there.
fn is_whole(value: i128, places: i32) -> bool {
    let unit = u32::try_from(places)
        .ok()
        .and_then(|places| 10_i128.checked_pow(places));
    unit.is_none_or(|unit| value % unit == 0)
}

fn payback(sums: &Sums, cost: Linear, vat: Vat) -> Number {
    let spent = sums.linear(cost, vat);
    if spent <= 0 {
        return Number::Missing {
            reason: "no_data",
            parts: None,
        };
    }
    let paid = |days: &&u16| sums.get(Measure::EarlyProfit(**days), vat) >= spent;
    match PAYBACK_STEPS_DAYS.iter().find(paid) {
        Some(days) => whole(i128::from(*days), 0),
        None => Number::Missing {
            reason: "not_yet",
            parts: None,
        },
    }
}

fn decimal(scaled: i128, digits: u8) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let width = usize::from(digits) + 1;
    let all = format!("{:0>width$}", scaled.unsigned_abs());
    let (units, rest) = all.split_at(all.len() - usize::from(digits));
    if rest.is_empty() {
        format!("{sign}{units}")
    } else {
        format!("{sign}{units}.{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::metric;

    const UNIT: i128 = 1_000_000;

    fn euro() -> Currency {
        "EUR".parse().unwrap()
    }

    fn sums(values: &[(Measure, i128)], currency: Currency) -> Sums {
        let mut sums = Sums::new(Vat::Net, currency);
        for (measure, value) in values {
            sums.add(*measure, *value);
        }
        sums
    }

    #[track_caller]
    fn check(key: &str, values: &[(Measure, i128)], expected: Result<&str, &str>) {
        check_in("EUR", key, values, expected);
    }

    #[track_caller]
    fn check_in(code: &str, key: &str, values: &[(Measure, i128)], expected: Result<&str, &str>) {
        let (metric, currency) = (metric(key).unwrap(), code.parse().unwrap());
        let number = number(metric, &sums(values, currency));
        let cell = cell(Shown::of(metric), &number, currency);
        match expected {
            Ok(value) => assert_eq!(cell.value.as_deref(), Some(value), "{key}"),
            Err(reason) => assert_eq!((cell.value, cell.reason), (None, Some(reason)), "{key}"),
        }
    }

    #[test]
    fn the_worked_examples_come_out_exactly() {
        let campaign = |clicks: i128, cost: i128, leads: i128| {
            [
                (Measure::AdClicks, clicks),
                (Measure::Cost, cost * UNIT),
                (Measure::Leads, leads * UNIT),
            ]
        };
        for (clicks, cost, leads, cpl, rate) in [
            (100, 15_000, 9, "1666.67", "9.00"),
            (300, 13_500, 16, "843.75", "5.33"),
            (50, 30_000, 11, "2727.27", "22.00"),
            (0, 10_000, 100, "100.00", ""),
        ] {
            check("cpl", &campaign(clicks, cost, leads), Ok(cpl));
            if clicks > 0 {
                check("cr_click_lead", &campaign(clicks, cost, leads), Ok(rate));
            }
        }
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        check("cpl", &[], Err("zero_denominator"));
        check("cpl", &[(Measure::Cost, 1)], Err("zero_denominator"));
        check("ad_cost_share", &[(Measure::Cost, 1)], Err("infinite"));
        check("ad_cost_share", &[], Err("zero_denominator"));
        check(
            "romi",
            &[(Measure::Revenue, 5 * UNIT)],
            Err("zero_denominator"),
        );
    }

    #[test]
    fn units_are_natural() {
        check(
            "avg_engaged_time",
            &[(Measure::EngagedMs, 90_000), (Measure::Visits, 4)],
            Ok("22.5"),
        );
        let cycle = [
            (Measure::CycleMs, 86_400_000 * 3 * UNIT),
            (Measure::Sales, 2 * UNIT),
        ];
        check("avg_deal_cycle", &cycle, Ok("1.5"));
        check(
            "cpm",
            &[(Measure::Cost, 10 * UNIT), (Measure::Impressions, 4000)],
            Ok("2.50"),
        );
        check("leads", &[(Measure::Leads, 333_333)], Ok("0.33"));
        check(
            "revenue",
            &[(Measure::Revenue, -12_345_000 * UNIT)],
            Ok("-12.35"),
        );
    }

    #[test]
    fn money_is_rounded_to_the_minor_unit_of_its_currency() {
        let values = [(Measure::Cost, 1_234_567_800), (Measure::Leads, 7 * UNIT)];
        check_in("JPY", "cost", &values, Ok("1235"));
        check_in("JPY", "cpl", &values, Ok("176"));
        check_in("KWD", "cost", &values, Ok("1234.568"));
        check_in("EUR", "cpl", &values, Ok("176.37"));
        check_in("JPY", "roas", &values, Ok("0.00"));
    }

    #[test]
    fn the_margin_plan_gives_a_lead_price_of_250() {
        // Half of a gross profit of 5,000 buys an order; one lead in ten becomes one.
        let values = [
            (Measure::Revenue, 8_000 * UNIT * UNIT),
            (Measure::CostOfGoods, 3_000 * UNIT * UNIT),
            (Measure::Cost, 2_500 * UNIT),
            (Measure::Leads, 10 * UNIT),
            (Measure::Sales, UNIT),
        ];
        check("gross_profit", &values, Ok("5000.00"));
        check("cr_lead_sale", &values, Ok("10.00"));
        check("cpl", &values, Ok("250.00"));
        check("romi", &values, Ok("100.00"));
    }

    #[test]
    fn a_change_has_a_tone_by_the_metric_s_direction() {
        let metric = metric("cpl").unwrap();
        let at = |cost: i128| {
            let values = [(Measure::Cost, cost * UNIT), (Measure::Leads, UNIT)];
            number(metric, &sums(&values, euro()))
        };
        let cell = compared(Shown::of(metric), &at(110), &at(100), euro());
        assert_eq!(cell.change, Some(Some("10.0".into())));
        assert_eq!(cell.tone, Some(Tone::Bad));
        let cheaper = compared(Shown::of(metric), &at(90), &at(100), euro());
        assert_eq!(cheaper.tone, Some(Tone::Good));
    }
}
