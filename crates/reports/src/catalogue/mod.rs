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
        metrics::leads::METRICS,
        metrics::profit::METRICS,
        metrics::customers::METRICS,
    ]
    .into_iter()
    .flatten()
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
