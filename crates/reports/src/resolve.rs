//! From the question's words to what they name. Every error says which field is wrong.

use base::{Currency, Day, DayRange, TimeZone, UnixMillis};
use warehouse::Attribution;

use crate::asked::Asked;
use crate::catalogue::{self, Dimension, Measure, Source};
use crate::clock::{self, Cut, cut_of};
use crate::compute::Sums;
use crate::context::{Language, ReportContext, WeekStart};
use crate::error::{Error, Result};
use crate::history::Split;
use crate::renamed::{FoundRenamed, found_by};
use crate::request::{
    BucketSize, DateBasis, FilterOperator, OrderDirection, PeriodRequest, Query, Vat,
};

/// A question whose every part exists.
#[derive(Debug, Clone)]
pub struct Resolved {
    pub(crate) metrics: Vec<Asked>,
    pub(crate) dimensions: Vec<&'static Dimension>,
    /// What the dimension `property` is about.
    pub(crate) property: Option<String>,
    pub(crate) filters: Vec<ResolvedFilter>,
    pub(crate) range: DayRange,
    pub(crate) compare: Option<DayRange>,
    /// Where the period compared with ends, while the one asked for goes on.
    pub(crate) cut: Option<Cut>,
    pub(crate) time_zone: TimeZone,
    pub(crate) bucket: Option<BucketSize>,
    pub(crate) week_start: WeekStart,
    pub(crate) date_basis: DateBasis,
    pub(crate) attribution: Attribution,
    pub(crate) as_known_on: Option<UnixMillis>,
    pub(crate) order: Vec<(OrderBy, OrderDirection)>,
    pub(crate) limit: usize,
    pub(crate) offset: usize,
    pub(crate) totals: bool,
    pub(crate) bots: Bots,
    /// What of other tools' days counts, where any does.
    pub(crate) past: Option<Split>,
    pub(crate) vat: Vat,
    pub(crate) currency: Currency,
    pub(crate) language: Language,
}

/// Whether machines count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bots {
    Included,
    LeftOut,
    /// Nothing but machines counts.
    Only,
}

/// A condition on a dimension that exists.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedFilter {
    pub(crate) dimension: &'static Dimension,
    pub(crate) operator: FilterOperator,
    pub(crate) values: Vec<String>,
    /// What it finds by former names besides.
    pub(crate) renamed: Vec<FoundRenamed>,
}

/// What rows are sorted by: an index into the metrics or the dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderBy {
    Metric(usize),
    Dimension(usize),
}

pub(crate) const METRICS_MAX: usize = 100;
pub(crate) const DIMENSIONS_MAX: usize = 8;
pub(crate) const FILTERS_MAX: usize = 20;
pub(crate) const FILTER_VALUES_MAX: usize = 500;
pub(crate) const ROWS_PER_PAGE_DEFAULT: usize = 100;
pub(crate) const ROWS_PER_PAGE_MAX: usize = 100_000;
/// Ten years and a bit.
pub(crate) const PERIOD_DAYS_MAX: i32 = 3_700;
/// A quarter by hours.
pub(crate) const HOURLY_PERIOD_DAYS_MAX: i32 = 93;

/// Looks every name up and checks every limit.
///
/// # Errors
/// `Error::Invalid` with the field that is wrong.
pub fn resolve(query: &Query, context: &ReportContext) -> Result<Resolved> {
    let metrics = metrics(query, context)?;
    let dimensions = dimensions(query)?;
    let time_zone = match &query.period.time_zone {
        None => context.time_zone.clone(),
        Some(name) => name.parse().map_err(|error: base::TimeZoneError| {
            Error::invalid("period.time_zone", "unknown_time_zone", error.to_string())
        })?,
    };
    let range = range("period", &query.period, query.bucket)?;
    let compare = match &query.compare {
        None => None,
        Some(period) => Some(self::range("compare", period, query.bucket)?),
    };
    let order = order(query, &metrics, &dimensions)?;
    let limit = query.limit.unwrap_or(ROWS_PER_PAGE_DEFAULT);
    if limit == 0 || limit > ROWS_PER_PAGE_MAX {
        let detail = format!("must be between 1 and {ROWS_PER_PAGE_MAX}");
        return Err(Error::invalid("limit", "out_of_range", detail));
    }
    let as_known_on = query.as_known_on.map(|known| known.moment(&time_zone));
    Ok(Resolved {
        metrics,
        dimensions,
        property: query.property.clone(),
        filters: filters(query, context)?
            .into_iter()
            .chain(within(context))
            .collect(),
        range,
        compare,
        cut: compare.and_then(|compared| cut_of(&time_zone, range, compared, context.now)),
        time_zone,
        bucket: query.bucket,
        week_start: context.week_start,
        date_basis: query.date_basis,
        attribution: attribution(query)?,
        as_known_on,
        order,
        limit,
        offset: query.offset,
        totals: query.totals.unwrap_or(true),
        bots: if query.include_bots {
            Bots::Included
        } else {
            Bots::LeftOut
        },
        past: None,
        vat: query.vat,
        currency: context.currency,
        language: query.language.unwrap_or(context.language),
    })
}

impl Resolved {
    /// The measures that the metrics need, each once, in a fixed order.
    pub(crate) fn measures(&self) -> Vec<Measure> {
        let asked = self.metrics.iter();
        let mut measures: Vec<Measure> = asked.flat_map(|each| each.measures(self.vat)).collect();
        measures.retain(|measure| self.past.is_some() || measure.source() != Source::History);
        measures.sort_unstable();
        measures.dedup();
        measures
    }

    /// Whether a metric takes in such facts.
    pub(crate) fn asks_for(&self, source: Source) -> bool {
        let measures = self.metrics.iter().flat_map(|each| each.measures(Vat::Net));
        let mut sources = measures.map(Measure::source);
        sources.any(|asked| asked == source)
    }

    /// Nothing yet, to be added up as the question wants it.
    pub(crate) fn no_sums(&self) -> Sums {
        Sums::new(self.vat, self.currency)
    }

    /// The starts of the period's steps; `None` without steps.
    pub(crate) fn steps(&self, range: DayRange) -> Option<Vec<i64>> {
        self.bucket
            .map(|size| clock::steps(&self.time_zone, range, size, self.week_start))
    }
}

fn metrics(query: &Query, context: &ReportContext) -> Result<Vec<Asked>> {
    if query.metrics.is_empty() || query.metrics.len() > METRICS_MAX {
        let detail = format!("name between 1 and {METRICS_MAX} metrics");
        return Err(Error::invalid("metrics", "out_of_range", detail));
    }
    let found = query.metrics.iter().enumerate().map(|(index, key)| {
        Asked::find(key, context).ok_or_else(|| {
            let detail = format!("there is no metric {key:?}");
            Error::invalid(format!("metrics[{index}]"), "unknown_metric", detail)
        })
    });
    found.collect()
}

fn dimensions(query: &Query) -> Result<Vec<&'static Dimension>> {
    if query.dimensions.len() > DIMENSIONS_MAX {
        let detail = format!("name at most {DIMENSIONS_MAX} dimensions");
        return Err(Error::invalid("dimensions", "out_of_range", detail));
    }
    let found = query.dimensions.iter().enumerate().map(|(index, key)| {
        let field = || format!("dimensions[{index}]");
        if query.dimensions[..index].contains(key) {
            let detail = format!("{key:?} is named twice");
            return Err(Error::invalid(field(), "named_twice", detail));
        }
        known_dimension(field(), key)
    });
    found.collect()
}

fn known_dimension(field: String, key: &str) -> Result<&'static Dimension> {
    catalogue::dimension(key).ok_or_else(|| {
        Error::invalid(
            field,
            "unknown_dimension",
            format!("there is no dimension {key:?}"),
        )
    })
}

fn filters(query: &Query, context: &ReportContext) -> Result<Vec<ResolvedFilter>> {
    if query.filters.len() > FILTERS_MAX {
        let detail = format!("give at most {FILTERS_MAX} filters");
        return Err(Error::invalid("filters", "out_of_range", detail));
    }
    let resolved = query.filters.iter().enumerate().map(|(index, filter)| {
        let field = |part: &str| format!("filters[{index}].{part}");
        let dimension = known_dimension(field("dimension"), &filter.dimension)?;
        let wants_values = !matches!(
            filter.op,
            FilterOperator::IsUnknown | FilterOperator::IsKnown
        );
        let count = filter.values.len();
        if wants_values && (count == 0 || count > FILTER_VALUES_MAX) {
            let detail = format!("give between 1 and {FILTER_VALUES_MAX} values");
            return Err(Error::invalid(field("values"), "out_of_range", detail));
        }
        if !wants_values && count > 0 {
            let detail = "this operator takes no values";
            return Err(Error::invalid(field("values"), "out_of_range", detail));
        }
        let looks_inside = matches!(
            filter.op,
            FilterOperator::Contains | FilterOperator::StartsWith | FilterOperator::IsAlike
        );
        if looks_inside && dimension.kind.is_id() {
            let detail = format!("{:?} is an id; use is or is_not", dimension.key);
            return Err(Error::invalid(field("op"), "unfit_operator", detail));
        }
        Ok(ResolvedFilter {
            dimension,
            operator: filter.op,
            values: filter.values.clone(),
            renamed: found_by(context, dimension.key, filter.op, &filter.values),
        })
    });
    resolved.collect()
}

/// What the asker sees, as one filter more: it holds for every part, total and row.
fn within(context: &ReportContext) -> Option<ResolvedFilter> {
    let values = context.channels.clone()?;
    let dimension = catalogue::dimension("channel")?;
    Some(ResolvedFilter {
        dimension,
        operator: FilterOperator::Is,
        values,
        renamed: Vec::new(),
    })
}

fn range(field: &str, period: &PeriodRequest, bucket: Option<BucketSize>) -> Result<DayRange> {
    // The calendar outside these years is of no use here and only invites overflow.
    let (earliest, latest) = (Day(0), Day(73_000));
    let sane = |day: Day| earliest <= day && day <= latest;
    if !sane(period.from) || !sane(period.to) {
        let detail = format!("must be between {earliest} and {latest}");
        return Err(Error::invalid(field, "out_of_range", detail));
    }
    let range = DayRange::new(period.from, period.to).ok_or_else(|| {
        Error::invalid(
            format!("{field}.to"),
            "ends_before_start",
            "must not be before `from`",
        )
    })?;
    let days_max = match bucket {
        Some(BucketSize::Hour) => HOURLY_PERIOD_DAYS_MAX,
        Some(BucketSize::Day | BucketSize::Week | BucketSize::Month) | None => PERIOD_DAYS_MAX,
    };
    if range.len_days() > days_max {
        let detail = format!("may be at most {days_max} days long");
        return Err(Error::invalid(field, "out_of_range", detail));
    }
    Ok(range)
}

fn attribution(query: &Query) -> Result<Attribution> {
    let Some(name) = &query.attribution else {
        return Ok(Attribution::default());
    };
    Attribution::from_name(name).ok_or_else(|| {
        let detail = format!("there is no attribution model {name:?}");
        Error::invalid("attribution", "unknown_attribution", detail)
    })
}

fn order(
    query: &Query,
    metrics: &[Asked],
    dimensions: &[&'static Dimension],
) -> Result<Vec<(OrderBy, OrderDirection)>> {
    let resolved = query.order.iter().enumerate().map(|(index, order)| {
        let metric = metrics.iter().position(|metric| metric.has_key(&order.by));
        let known = dimensions.iter().position(|known| known.key == order.by);
        let by = metric
            .map(OrderBy::Metric)
            .or(known.map(OrderBy::Dimension));
        by.map(|by| (by, order.direction)).ok_or_else(|| {
            let detail = format!("{:?} is no metric or dimension of this report", order.by);
            Error::invalid(format!("order[{index}].by"), "unknown_order", detail)
        })
    });
    resolved.collect()
}
