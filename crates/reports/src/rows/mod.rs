//! The rows behind a number: visits, clicks, leads, deals, payments or costs, page by page.
//!
//! The value of every row is its part in the number's numerator; over all pages they add up to it.

mod request;
mod sql;

use base::{DayRange, UnixMillis, VisitId, VisitorId};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::{Limits, Value, Warehouse};

use crate::catalogue::{Formula, Linear, Measure, Metric, Source};
use crate::compute::{self, Sums};
use crate::context::ReportContext;
use crate::error::{Error, Result};
use crate::plan::{Builder, DuckDb, Grain};
use crate::request::{BucketSize, FilterOperator};
use crate::resolve::{Resolved, ResolvedFilter, resolve};

pub use request::BehindRequest;

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportRows)]
pub struct Behind {
    pub kind: BehindKind,
    pub columns: Vec<BehindColumn>,
    pub rows: Vec<Vec<Option<String>>>,
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReportRowsKind)]
pub enum BehindKind {
    Visits,
    Clicks,
    /// Page views and events.
    Hits,
    Leads,
    Deals,
    Payments,
    Costs,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportRowsColumn)]
pub struct BehindColumn {
    pub key: &'static str,
    pub title: &'static str,
    /// `moment`, `day`, `id`, `text`, `count` or `money`.
    pub unit: &'static str,
}

/// How a column's value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    Moment,
    Day,
    Visit,
    Visitor,
    Id,
    Text,
    Count,
    Money,
}

pub(crate) const ROWS_PER_PAGE_DEFAULT: usize = 50;
pub(crate) const ROWS_PER_PAGE_MAX: usize = 200;

/// Opens a number of a report into the rows behind it.
///
/// # Errors
/// `Error::Invalid` when the question is wrong, `Error::Warehouse` when the warehouse fails.
pub fn behind(
    warehouse: &Warehouse,
    request: &BehindRequest,
    context: &ReportContext,
    limits: Limits,
) -> Result<Behind> {
    let mut resolved = resolve(&request.query, context)?;
    let metric = crate::catalogue::metric(&request.metric).ok_or_else(|| {
        let detail = format!("there is no metric {:?}", request.metric);
        Error::invalid("metric", "unknown_metric", detail)
    })?;
    let step = narrow(&mut resolved, request)?;
    let measures = numerator(metric, &resolved);
    let kind = kind_of(metric);
    let mut builder = Builder::new(&resolved, context, resolved.range, Grain::Rows, &DuckDb);
    if let Some(step) = step {
        builder.span = step;
    }
    let statement = sql::statement(&mut builder, kind, &measures, request)?;
    let table = warehouse.query(&statement.sql, &builder.parameters, limits)?;
    let limit = request.limit();
    let more = table.rows.len() > limit;
    let page = table.rows.iter().take(limit);
    let next_cursor = page
        .clone()
        .next_back()
        .filter(|_| more)
        .and_then(|row| request::cursor(row));
    let shown: Vec<Show> = statement.columns.iter().map(|column| column.show).collect();
    let rows = page
        .map(|row| show_row(&resolved, metric, &measures, &shown, row))
        .collect();
    Ok(Behind {
        kind,
        columns: statement.titles(&resolved, metric),
        rows,
        next_cursor,
    })
}

/// Adds the row's values to the filters. Gives the span of the step, where the row has one.
fn narrow(
    resolved: &mut Resolved,
    request: &BehindRequest,
) -> Result<Option<(UnixMillis, UnixMillis)>> {
    let mut span = None;
    for (key, value) in &request.row {
        if key == "bucket" {
            span = Some(narrow_to_step(
                resolved,
                value.as_deref().unwrap_or_default(),
            )?);
            continue;
        }
        let dimension = crate::catalogue::dimension(key).ok_or_else(|| {
            let detail = format!("there is no dimension {key:?}");
            Error::invalid(format!("row.{key}"), "unknown_dimension", detail)
        })?;
        resolved.filters.push(match value {
            None => ResolvedFilter {
                dimension,
                operator: FilterOperator::IsUnknown,
                values: Vec::new(),
            },
            Some(value) => ResolvedFilter {
                dimension,
                operator: FilterOperator::Is,
                values: vec![value.clone()],
            },
        });
    }
    Ok(span)
}

/// Cuts the period down to one step of it.
fn narrow_to_step(resolved: &mut Resolved, step: &str) -> Result<(UnixMillis, UnixMillis)> {
    const HOUR_MS: i64 = 3_600_000;
    let wrong = || Error::invalid("row.bucket", "unknown_bucket", "is no step of this report");
    let size = resolved.bucket.ok_or_else(wrong)?;
    if size == BucketSize::Hour {
        let from = UnixMillis::parse_rfc3339(step).ok_or_else(wrong)?;
        let day = resolved.time_zone.day_of(from);
        resolved.range = DayRange::new(day, day).ok_or_else(wrong)?;
        return Ok((from, from.plus_ms(HOUR_MS)));
    }
    let first: base::Day = step.parse().map_err(|_| wrong())?;
    let steps = resolved.steps(resolved.range).ok_or_else(wrong)?;
    let place = steps
        .binary_search(&i64::from(first.0))
        .map_err(|_| wrong())?;
    let next = steps
        .get(place + 1)
        .and_then(|next| i32::try_from(*next).ok());
    let last = next.map_or(resolved.range.last, |next| base::Day(next - 1));
    let range = DayRange::new(first.max(resolved.range.first), last).ok_or_else(wrong)?;
    resolved.range = range;
    Ok(resolved.time_zone.span_of(range))
}

/// The measures above the line that come from the same facts as the first one.
fn numerator(metric: &Metric, resolved: &Resolved) -> Vec<Measure> {
    let above = above_the_line(metric);
    let same = |source: Source| match source {
        Source::Costs | Source::Unreported if is_clicks(metric) => true,
        other => above
            .first()
            .is_some_and(|(_, first)| first.source() == other),
    };
    let mut measures: Vec<Measure> = above
        .iter()
        .map(|(_, measure)| *measure)
        .filter(|measure| same(measure.source()))
        .collect();
    if resolved.vat == crate::request::Vat::Gross {
        if measures.contains(&Measure::Cost) {
            measures.push(Measure::CostVat);
        }
        if measures.contains(&Measure::Revenue) {
            measures.push(Measure::Vat);
        }
    }
    measures
}

fn above_the_line(metric: &Metric) -> Linear {
    match metric.formula {
        Formula::Sum(linear) | Formula::Ratio { top: linear, .. } => linear,
        Formula::Payback { cost } => cost,
        Formula::SpendWithoutLeads => &[(1, Measure::Cost)],
    }
}

fn is_clicks(metric: &Metric) -> bool {
    above_the_line(metric)
        .iter()
        .any(|(_, measure)| *measure == Measure::UnreportedClicks)
}

fn kind_of(metric: &Metric) -> BehindKind {
    if is_clicks(metric) {
        return BehindKind::Clicks;
    }
    let first = above_the_line(metric).first().map(|(_, measure)| *measure);
    match first.map(|measure| (measure.source(), measure)) {
        Some((Source::Costs, _)) | None => BehindKind::Costs,
        Some((Source::Visits, _)) => BehindKind::Visits,
        Some((Source::Unreported, _) | (Source::Hits, Measure::TrackedClicks)) => {
            BehindKind::Clicks
        }
        Some((Source::Hits, _)) => BehindKind::Hits,
        Some((_, Measure::Leads | Measure::Qualified)) => BehindKind::Leads,
        Some((_, Measure::Deals | Measure::Sales | Measure::CycleMs)) => BehindKind::Deals,
        Some((Source::Outcomes | Source::Cohorts, _)) => BehindKind::Payments,
    }
}

/// A row's columns, and its value at the end.
fn show_row(
    resolved: &Resolved,
    metric: &Metric,
    measures: &[Measure],
    shown: &[Show],
    row: &[Value],
) -> Vec<Option<String>> {
    let (texts, numbers) = row[sql::KEY_COLUMNS..].split_at(shown.len());
    let mut cells: Vec<Option<String>> = shown
        .iter()
        .zip(texts)
        .map(|(show, value)| show_value(*show, value))
        .collect();
    let mut sums = Sums::new(resolved.vat);
    for (measure, value) in measures.iter().zip(numbers) {
        sums.add(*measure, value.int().unwrap_or_default());
    }
    cells.push(Some(compute::amount(above_the_line(metric), &sums)));
    cells
}

fn show_value(show: Show, value: &Value) -> Option<String> {
    let int = || value.int().and_then(|int| i64::try_from(int).ok());
    let key = || {
        value
            .int()
            .and_then(|int| u64::try_from(int).ok())
            .filter(|key| *key != 0)
    };
    match show {
        Show::Moment => int().map(|at| UnixMillis(at).rfc3339()),
        Show::Day => int()
            .and_then(|day| i32::try_from(day).ok())
            .map(|day| base::Day(day).to_string()),
        Show::Visit => key().map(|key| VisitId(key).to_string()),
        Show::Visitor => key().map(|key| VisitorId(key).to_string()),
        Show::Id | Show::Text | Show::Count => value.display().filter(|text| !text.is_empty()),
        Show::Money => value.int().map(compute::money),
    }
}
