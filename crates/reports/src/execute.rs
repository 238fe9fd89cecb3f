//! Running a question and laying out the answer.

use std::collections::HashMap;
use std::vec::IntoIter;

use base::{Day, DayRange, UnixMillis};
use warehouse::{Limits, Parameter, Value, Warehouse};

use crate::asking::Asking;
use crate::catalogue::{DimensionKind, Measure};
use crate::compute::Sums;
use crate::context::ReportContext;
use crate::error::{Error, Result};
use crate::history;
use crate::plan::{self, Grain, Kept, Periods, Plan, Stretch, dialect};
use crate::report::Report;
use crate::request::Query;
use crate::resolve::{Resolved, resolve};
use crate::table;

/// Rows of the warehouse as they come, before metrics are worked out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    pub(crate) rows: Vec<Group>,
    /// Of the whole, when asked for.
    pub(crate) totals: Option<Sums>,
    /// Distinct counts by dimensions without steps, which rows are ranked by.
    pub(crate) series: Vec<Group>,
}

/// One group with its sums.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) step: Option<i64>,
    pub(crate) dimensions: Vec<Option<String>>,
    pub(crate) sums: Sums,
}

/// Name and colour of a channel.
#[derive(Debug, Clone)]
pub(crate) struct ChannelName {
    pub(crate) name: String,
    pub(crate) colour: Option<u8>,
}

/// Answers a question.
///
/// # Errors
/// `Error::Invalid` when the question is wrong, `Error::Warehouse` when the warehouse fails or
/// the answer would be too large or take too long.
pub fn run(
    warehouse: &Warehouse,
    query: &Query,
    context: &ReportContext,
    limits: Limits,
) -> Result<Report> {
    let asking = Asking::begin(warehouse, context, limits);
    let mut resolved = resolve(query, context)?;
    let history = history::look(&asking, &mut resolved, context, dialect::of(warehouse))?;
    let kept_zone = warehouse.time_zone(context.workspace);
    let ask = Ask {
        asking: &asking,
        kept: Kept {
            dialect: dialect::of(warehouse),
            zone: kept_zone.as_ref(),
        },
        resolved: &resolved,
        context,
    };
    let (groups, compared) = ask.both()?;
    let channels = ask.channels()?;
    let report = table::lay_out(&resolved, context, &groups, compared.as_ref(), &channels)?;
    Ok(Report { history, ..report })
}

struct Ask<'a> {
    asking: &'a Asking<'a>,
    kept: Kept<'a>,
    resolved: &'a Resolved,
    context: &'a ReportContext,
}

impl Ask<'_> {
    /// The groups of the period and of the one compared with.
    fn both(&self) -> Result<(Groups, Option<Groups>)> {
        let alone = |range| -> Result<Groups> {
            let periods = Periods {
                range,
                compared: None,
            };
            let [groups, _] = self.groups(periods)?;
            Ok(groups)
        };
        let range = Stretch::whole(self.resolved.range);
        let cut = self.resolved.cut;
        match self.resolved.compare.map(|days| Stretch::until(days, cut)) {
            None => Ok((alone(range)?, None)),
            Some(compared) if are_near(range.days, compared.days) => {
                let compared = Some(compared);
                let [groups, before] = self.groups(Periods { range, compared })?;
                Ok((groups, Some(before)))
            }
            Some(compared) => Ok((alone(range)?, Some(alone(compared)?))),
        }
    }

    fn groups(&self, periods: Periods) -> Result<[Groups; 2]> {
        let measures = self.resolved.measures();
        let distinct = plan::distinct_only(&measures);
        let has_steps = self.resolved.bucket.is_some();
        let has_keys = has_steps || !self.resolved.dimensions.is_empty();
        let mut both = self
            .at(periods, Grain::Rows, &measures)?
            .map(|rows| self.with_totals(rows));
        // Additive totals are sums of the rows, so they always agree; the rest is asked again.
        if self.resolved.totals {
            let whole = match has_keys {
                true => self.at(periods, Grain::Total, &distinct)?,
                false => both.each_ref().map(|groups| groups.rows.clone()),
            };
            for (groups, whole) in both.iter_mut().zip(&whole) {
                if let Some(totals) = &mut groups.totals {
                    whole
                        .iter()
                        .for_each(|group| totals.set_distinct(&group.sums));
                }
            }
        }
        if has_steps && !self.resolved.dimensions.is_empty() {
            let series = self.at(periods, Grain::Series, &distinct)?;
            for (groups, series) in both.iter_mut().zip(series) {
                groups.series = series;
            }
        }
        Ok(both)
    }

    fn with_totals(&self, rows: Vec<Group>) -> Groups {
        let totals = self.resolved.totals.then(|| {
            let mut totals = self.resolved.no_sums();
            rows.iter().for_each(|group| totals.add_all(&group.sums));
            totals
        });
        Groups {
            rows,
            totals,
            series: Vec::new(),
        }
    }

    /// The groups of the period, and of the one compared with.
    fn at(&self, periods: Periods, grain: Grain, measures: &[Measure]) -> Result<[Vec<Group>; 2]> {
        let plan = plan::plan(
            self.resolved,
            self.context,
            periods,
            grain,
            measures,
            self.kept,
        );
        let mut both = [Vec::new(), Vec::new()];
        let Some(plan) = plan else {
            return Ok(both);
        };
        let table = self.asking.query(&plan.sql, &plan.parameters)?;
        let has_step = grain == Grain::Rows && self.resolved.bucket.is_some();
        for row in table.rows {
            let mut values = row.into_iter();
            let period = match periods.compared {
                Some(_) => values.next().and_then(|value| value.int()),
                None => None,
            };
            let group = self.group(values, has_step, &plan);
            let [now, before] = &mut both;
            // What adds up to nothing is no row: an undone import leaves no trace.
            if !group.sums.is_zero() {
                if period == Some(1) { before } else { now }.push(group);
            }
        }
        Ok(both)
    }

    fn group(&self, mut values: IntoIter<Value>, has_step: bool, plan: &Plan) -> Group {
        let step = match has_step {
            true => values.next().and_then(|value| value.int()),
            false => None,
        };
        let step = step.and_then(|step| i64::try_from(step).ok());
        let keys = values.len().saturating_sub(plan.measures.len());
        let dimensions = values
            .by_ref()
            .take(keys)
            .map(|value| value.display())
            .collect();
        let mut sums = self.resolved.no_sums();
        for (measure, value) in plan.measures.iter().zip(values) {
            sums.add(*measure, value.int().unwrap_or_default());
        }
        Group {
            step,
            dimensions,
            sums,
        }
    }

    fn channels(&self) -> Result<HashMap<String, ChannelName>> {
        let wanted = |kind| matches!(kind, DimensionKind::Channel | DimensionKind::Subchannel);
        if !self
            .resolved
            .dimensions
            .iter()
            .any(|dimension| wanted(dimension.kind))
        {
            return Ok(HashMap::new());
        }
        let table = self.asking.query(
            include_str!("queries/channels.sql"),
            &[Parameter::Int(self.context.workspace.0)],
        )?;
        let named = table.rows.into_iter().filter_map(|row| {
            let [channel, name, colour] = <[Value; 3]>::try_from(row).ok()?;
            let colour = colour.int().and_then(|colour| u8::try_from(colour).ok());
            let name = name.display().unwrap_or_default();
            Some((channel.display()?, ChannelName { name, colour }))
        });
        Ok(named.collect())
    }
}

/// One statement pays for two periods when they are apart, and not by much: else it would read
/// what lies between them.
fn are_near(range: DayRange, compared: DayRange) -> bool {
    let days = |range: DayRange| range.last.0 - range.first.0 + 1;
    let (early, late) = match range.first < compared.first {
        true => (range, compared),
        false => (compared, range),
    };
    early.last < late.first && late.first.0 - early.last.0 <= days(early) + days(late)
}

/// How a step is written: a day, or the moment where an hour starts.
pub(crate) fn step_text(resolved: &Resolved, step: i64) -> Result<String> {
    if resolved.bucket == Some(crate::request::BucketSize::Hour) {
        return Ok(UnixMillis(step).rfc3339());
    }
    let day = i32::try_from(step)
        .map_err(|_| Error::invalid("period", "out_of_range", "the period leaves the calendar"))?;
    Ok(Day(day).to_string())
}
