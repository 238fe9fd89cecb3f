//! From a resolved question to one SQL statement.
//!
//! Every source of facts becomes one part that is filtered and grouped by the same dimensions;
//! the parts are put together by `union all` and added up. A part that lacks a dimension gives
//! null, which is the unknown row, so that nothing is lost on the way.

mod cohorts;
mod common;
pub(crate) mod dialect;
mod dimensions;
mod measures;
mod parts;
mod search;
mod sql;

use base::{DayRange, TimeZone, UnixMillis};
use warehouse::Parameter;

use crate::catalogue::{Adds, Measure};
use crate::clock::Cut;
use crate::context::ReportContext;
use crate::resolve::Resolved;

pub(crate) use common::{common_tables, label_tables, past};
pub(crate) use dialect::Dialect;
pub(crate) use measures::{EVENTS, LASTED};
pub(crate) use parts::{Join, Part, conditions, from};
pub(crate) use search::{found_nothing, is_search};
pub(crate) use sql::{Builder, event_revenue};

/// The days asked for, and those compared with where one statement answers both.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Periods {
    pub(crate) range: Stretch,
    /// Has no day in common with the range.
    pub(crate) compared: Option<Stretch>,
}

/// Days that count, of which the last may end early.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) days: DayRange,
    /// Of the last day.
    pub(crate) cut: Option<Cut>,
}

impl Stretch {
    pub(crate) fn whole(days: DayRange) -> Self {
        Self { days, cut: None }
    }

    pub(crate) fn until(days: DayRange, cut: Option<Cut>) -> Self {
        let last = cut.map_or(days.last, |cut| cut.day);
        Self {
            days: DayRange { last, ..days },
            cut,
        }
    }

    /// First moment, and the first moment after the end.
    pub(crate) fn span(&self, zone: &TimeZone) -> (UnixMillis, UnixMillis) {
        let (from, until) = zone.span_of(self.days);
        (from, self.cut.map_or(until, |cut| cut.until))
    }
}

/// A statement whose rows are: the period (if there are two), the step (if any), the dimensions,
/// the measures in order.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) measures: Vec<Measure>,
}

/// How fine the rows of a plan are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    /// By step and dimensions, as asked.
    Rows,
    /// By dimensions only.
    Series,
    /// One row.
    Total,
}

/// How the warehouse keeps what is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'a> {
    pub(crate) dialect: &'static dyn Dialect,
    /// The zone of the pre-aggregate's days.
    pub(crate) zone: Option<&'a TimeZone>,
}

/// Plans the measures over one or two periods; `None` when there are none.
pub(crate) fn plan(
    resolved: &Resolved,
    context: &ReportContext,
    periods: Periods,
    grain: Grain,
    measures: &[Measure],
    kept: Kept<'_>,
) -> Option<Plan> {
    if measures.is_empty() {
        return None;
    }
    let mut builder = Builder::new(resolved, context, periods.range, grain, kept.dialect);
    if let Some(compared) = periods.compared {
        builder.compare_with(compared);
    }
    builder.days_kept = kept.zone == Some(&resolved.time_zone);
    let parts = parts::parts_of(&builder, measures);
    let mut selects: Vec<String> = parts
        .iter()
        .map(|(part, own)| match part {
            Part::Cohorts => cohorts::select(&mut builder, measures, own),
            _ => parts::select(&mut builder, *part, measures, own),
        })
        .collect();
    let with = common_tables(&builder, &parts);
    for (part, own) in parts::parts_of_cut(&builder, measures) {
        builder.in_cut = true;
        selects.push(parts::select(&mut builder, part, measures, &own));
    }
    let keys = builder.key_names();
    let sums: Vec<String> = (0..measures.len())
        .map(|index| format!("sum(m{index}) as m{index}"))
        .collect();
    let columns: Vec<String> = keys.iter().cloned().chain(sums).collect();
    let group = match keys.is_empty() {
        true => String::new(),
        false => format!("\ngroup by {}", keys.join(", ")),
    };
    let sql = format!(
        "{with}select {}\nfrom (\n{}\n) as parts{group}",
        columns.join(", "),
        selects.join("\nunion all\n"),
    );
    Some(Plan {
        sql,
        parameters: builder.parameters,
        measures: measures.to_vec(),
    })
}

/// The measures that cannot be added up over groups.
pub(crate) fn distinct_only(measures: &[Measure]) -> Vec<Measure> {
    measures
        .iter()
        .copied()
        .filter(|measure| measure.adds() == Adds::Distinct)
        .collect()
}
