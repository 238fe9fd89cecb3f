//! The one place where metrics and dimensions are defined.

mod answer;
mod dimension;
mod dimensions;
mod markdown;
mod measure;
mod metric;
mod metrics;
mod names;
mod words;

pub use answer::{CatalogueAnswer, DimensionAnswer, MetricAnswer, OptionAnswer, catalogue};
pub(crate) use answer::{attribution_title, date_basis_title};
pub use dimension::{Dimension, DimensionGroup, DimensionKind};
pub use dimensions::{DIMENSIONS, HIERARCHY};
pub use markdown::markdown;
pub use measure::{Adds, LIFETIME_AGES_DAYS, Measure, PAYBACK_STEPS_DAYS, Source};
pub use metric::{Direction, Formula, Group, Linear, Metric, Unit};
pub use names::{lead_status_name, platform_name};
pub use words::Words;

/// All metrics, in the order of the column chooser.
pub fn metrics() -> impl Iterator<Item = &'static Metric> {
    [
        metrics::traffic::METRICS,
        metrics::searches::METRICS,
        metrics::rates::METRICS,
        metrics::leads::METRICS,
        metrics::platform::METRICS,
        metrics::profit::METRICS,
        metrics::customers::METRICS,
    ]
    .into_iter()
    .flatten()
}

/// What is told of a goal.
pub(crate) fn goal_metrics() -> impl Iterator<Item = &'static Metric> {
    metrics::goals::METRICS.iter()
}

/// The metric with this key.
#[must_use]
pub fn metric(key: &str) -> Option<&'static Metric> {
    metrics().find(|metric| metric.key == key)
}

/// The dimension with this key.
#[must_use]
pub fn dimension(key: &str) -> Option<&'static Dimension> {
    DIMENSIONS.iter().find(|dimension| dimension.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Vat;

    #[test]
    fn what_never_holds_vat_says_so_in_every_language() {
        for metric in metrics() {
            // Goods are kept without VAT, so their sum alone has no choice to tell of.
            let stays_net = metric.vat(Vat::Gross) == Vat::Net && metric.key != "cost_of_goods";
            let Words { en, ru, pl } = metric.definition;
            let words = [
                (en, "ithout VAT"),
                (ru, "сегда без НДС"),
                (pl, "awsze bez VAT"),
            ];
            for (definition, words) in words {
                let says_so = definition.contains(words) && !definition.contains("unless");
                assert_eq!(says_so, stays_net, "{}: {definition}", metric.key);
            }
        }
    }
}
