//! The rows behind a number: visits, clicks, leads, deals, payments or costs, page by page.
//!
//! The value of every row is its part in the number, or in the side of the ratio that was asked
//! for; over all pages they add up to it.

mod columns;
mod request;
mod sql;

use std::collections::BTreeMap;

use base::{Currency, DayRange, UnixMillis, VisitId, VisitorId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warehouse::{Limits, Value, Warehouse};

use crate::asking::Asking;
use crate::catalogue::{Formula, Linear, Measure, Metric, Source, Words};
use crate::compute;
use crate::context::ReportContext;
use crate::error::{Error, Result};
use crate::formula::CUSTOM_PREFIX;
use crate::plan::{Builder, Grain, Stretch, dialect};
use crate::request::{BucketSize, FilterOperator};
use crate::resolve::{Resolved, ResolvedFilter, resolve};
use crate::rows::columns::ShownColumn;

pub use request::BehindRequest;

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportRows)]
pub struct Behind {
    pub kind: BehindKind,
    pub columns: Vec<BehindColumn>,
    pub rows: Vec<Vec<Option<String>>>,
    /// What people call the leads and deals of this page: by column, then by id.
    pub names: BehindNames,
    /// Of all pages.
    pub rows_total: usize,
    /// Of this page, left out because they are of leads and deals that the asker does not see.
    pub rows_withheld: usize,
    /// Which sides of the formula can be opened, in order: one, or two for a ratio.
    pub sides: Vec<BehindSide>,
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl Behind {
    /// The ids that a column of the page speaks of.
    #[must_use]
    pub fn ids(&self, column: &str) -> Vec<i64> {
        let Some(at) = self.columns.iter().position(|each| each.key == column) else {
            return Vec::new();
        };
        let found = self.rows.iter().filter_map(|row| row.get(at)?.as_deref());
        found.filter_map(|id| id.parse().ok()).collect()
    }

    /// Takes out the rows that `is_seen` refuses, which is asked by the ids that a row has in the
    /// two columns.
    pub fn withhold(
        &mut self,
        columns: [&str; 2],
        is_seen: impl Fn(Option<i64>, Option<i64>) -> bool,
    ) {
        let [first, second] =
            columns.map(|key| self.columns.iter().position(|each| each.key == key));
        let id_in = |row: &[Option<String>], at: Option<usize>| {
            row.get(at?)?.as_deref().and_then(|id| id.parse().ok())
        };
        let before = self.rows.len();
        self.rows
            .retain(|row| is_seen(id_in(row, first), id_in(row, second)));
        self.rows_withheld += before - self.rows.len();
    }

    /// Empties a column, for whoever does not see such things.
    pub fn clear(&mut self, column: &str) {
        self.names.remove(column);
        if let Some(at) = self.columns.iter().position(|each| each.key == column) {
            for row in &mut self.rows {
                row[at] = None;
            }
        }
    }

    /// Takes out what the things of a column are called whose id `is_seen` refuses.
    pub fn forget_names(&mut self, column: &str, is_seen: impl Fn(i64) -> bool) {
        if let Some(names) = self.names.get_mut(column) {
            names.retain(|id, _| id.parse().is_ok_and(&is_seen));
        }
    }
}

/// By column, then by id. Whoever keeps the things themselves fills them in.
pub type BehindNames = BTreeMap<String, BTreeMap<String, BehindName>>;

/// What people know a thing by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportRowsName)]
pub struct BehindName {
    pub name: String,
    /// What the thing is worth by its own papers, with its currency; a lead has none.
    #[schema(required)]
    pub amount: Option<String>,
    #[schema(required)]
    pub currency: Option<String>,
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

/// A side of a formula with rows behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportRowsSide)]
pub struct BehindSide {
    pub part: BehindPart,
    pub kind: BehindKind,
}

/// Above or below the line of a ratio; what is no ratio has only the numerator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReportRowsPart)]
pub enum BehindPart {
    #[default]
    Numerator,
    Denominator,
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
    let asking = Asking::begin(warehouse, context, limits);
    let mut resolved = resolve(&request.query, context)?;
    if request.metric.starts_with(CUSTOM_PREFIX) {
        let detail = "a formula has no rows of its own: open one of the metrics it is made of";
        return Err(Error::invalid("metric", "no_rows_behind", detail));
    }
    let metric = crate::catalogue::metric(&request.metric).ok_or_else(|| {
        let detail = format!("there is no metric {:?}", request.metric);
        Error::invalid("metric", "unknown_metric", detail)
    })?;
    resolved.vat = metric.vat(resolved.vat);
    let step = narrow(&mut resolved, request)?;
    let linear = side_of(metric, request.part)
        .ok_or_else(|| Error::invalid("part", "no_denominator", "the metric is no ratio"))?;
    let measures = measures_of(linear, &resolved);
    let whole = Stretch::whole(resolved.range);
    let dialect = dialect::of(warehouse);
    let mut builder = Builder::new(&resolved, context, whole, Grain::Rows, dialect);
    if let Some(step) = step {
        builder.span = step;
    }
    let kind = kind_of(linear);
    let statement = sql::statement(&mut builder, kind, &measures, request)?;
    let table = asking.query(&statement.page, &builder.parameters)?;
    let counted = asking.query(&statement.count, &builder.parameters)?;
    let count = counted.rows.first().and_then(|row| row.first()?.int());
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
        .map(|row| show_row(&resolved, linear, &measures, &shown, row))
        .collect();
    Ok(Behind {
        kind,
        columns: titles(&resolved, statement.columns, metric, linear),
        rows,
        names: BehindNames::new(),
        rows_total: count
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or_default(),
        rows_withheld: 0,
        sides: sides(metric),
        next_cursor,
    })
}

fn sides(metric: &Metric) -> Vec<BehindSide> {
    [BehindPart::Numerator, BehindPart::Denominator]
        .into_iter()
        .filter_map(|part| {
            let kind = kind_of(side_of(metric, part)?);
            Some(BehindSide { part, kind })
        })
        .collect()
}

fn titles(
    resolved: &Resolved,
    columns: &[ShownColumn],
    metric: &Metric,
    linear: Linear,
) -> Vec<BehindColumn> {
    const AMOUNT: Words = Words::new("Amount", "Сумма", "Kwota");
    const COUNT: Words = Words::new("Counted", "Засчитано", "Zaliczone");
    let unit = |show: Show| match show {
        Show::Moment => "moment",
        Show::Day => "day",
        Show::Visit | Show::Visitor | Show::Id => "id",
        Show::Text => "text",
        Show::Count => "count",
        Show::Money => "money",
    };
    let shown = columns.iter().map(|column| BehindColumn {
        key: column.key,
        title: column.title.get(resolved.language),
        unit: unit(column.show),
    });
    let is_money = linear
        .first()
        .is_some_and(|(_, measure)| measure.is_money());
    let title = match (metric.formula, is_money) {
        (Formula::Sum(_), _) => metric.title,
        (_, true) => AMOUNT,
        (_, false) => COUNT,
    };
    let value = BehindColumn {
        key: "value",
        title: title.get(resolved.language),
        unit: if is_money { "money" } else { "count" },
    };
    shown.chain([value]).collect()
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
                renamed: Vec::new(),
            },
            Some(value) => ResolvedFilter {
                dimension,
                operator: FilterOperator::Is,
                values: vec![value.clone()],
                renamed: Vec::new(),
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

/// The measures of a side that come from the same facts as its first one.
fn measures_of(linear: Linear, resolved: &Resolved) -> Vec<Measure> {
    let same = |source: Source| match source {
        Source::Costs | Source::Unreported if is_clicks(linear) => true,
        other => linear
            .first()
            .is_some_and(|(_, first)| first.source() == other),
    };
    let mut measures: Vec<Measure> = linear
        .iter()
        .map(|(_, measure)| *measure)
        .filter(|measure| same(measure.source()))
        .collect();
    if resolved.vat == crate::request::Vat::Gross {
        let taxes: Vec<Measure> = measures.iter().filter_map(|each| each.vat()).collect();
        measures.extend(taxes);
    }
    measures
}

/// What stands above or below the line; `None` below the line of what is no ratio.
fn side_of(metric: &Metric, part: BehindPart) -> Option<Linear> {
    match (part, metric.formula) {
        (BehindPart::Denominator, Formula::Ratio { bottom, .. }) => Some(bottom),
        (BehindPart::Denominator, _) => None,
        (_, Formula::Sum(linear) | Formula::Ratio { top: linear, .. }) => Some(linear),
        (_, Formula::Payback { cost }) => Some(cost),
        (_, Formula::SpendWithoutLeads) => Some(&[(1, Measure::Cost)]),
    }
}

fn is_clicks(linear: Linear) -> bool {
    linear
        .iter()
        .any(|(_, measure)| *measure == Measure::UnreportedClicks)
}

fn kind_of(linear: Linear) -> BehindKind {
    if is_clicks(linear) {
        return BehindKind::Clicks;
    }
    let first = linear.first().map(|(_, measure)| *measure);
    match first.map(|measure| (measure.source(), measure)) {
        Some((Source::Costs, _)) | None => BehindKind::Costs,
        Some((Source::Visits | Source::Durations | Source::History, _)) => BehindKind::Visits,
        Some((Source::Unreported, _) | (Source::Hits, Measure::TrackedClicks)) => {
            BehindKind::Clicks
        }
        Some((Source::Hits | Source::Scrolls, _)) => BehindKind::Hits,
        Some((_, Measure::Leads | Measure::Qualified)) => BehindKind::Leads,
        Some((_, Measure::Deals | Measure::Sales | Measure::CycleMs)) => BehindKind::Deals,
        Some((Source::Outcomes | Source::Cohorts, _)) => BehindKind::Payments,
    }
}

/// A row's columns, and its value at the end.
fn show_row(
    resolved: &Resolved,
    linear: Linear,
    measures: &[Measure],
    shown: &[Show],
    row: &[Value],
) -> Vec<Option<String>> {
    let (texts, numbers) = row[sql::KEY_COLUMNS..].split_at(shown.len());
    let mut cells: Vec<Option<String>> = shown
        .iter()
        .zip(texts)
        .map(|(show, value)| show_value(*show, value, resolved.currency))
        .collect();
    let mut sums = resolved.no_sums();
    for (measure, value) in measures.iter().zip(numbers) {
        sums.add(*measure, value.int().unwrap_or_default());
    }
    cells.push(Some(compute::amount(linear, &sums)));
    cells
}

fn show_value(show: Show, value: &Value, currency: Currency) -> Option<String> {
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
        Show::Money => compute::money(value.int()?, currency),
    }
}
