//! Running a question and laying out the answer.

use std::collections::HashMap;

use base::{Day, DayRange, TimeZone, UnixMillis};
use warehouse::{Limits, Parameter, Value, Warehouse};

use crate::catalogue::{DimensionKind, Measure};
use crate::compute::Sums;
use crate::context::ReportContext;
use crate::error::{Error, Result};
use crate::plan::{self, Grain, Plan};
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
    let resolved = resolve(query, context)?;
    let kept_zone = warehouse.time_zone(context.workspace);
    let ask = Ask {
        warehouse,
        kept_zone: kept_zone.as_ref(),
        resolved: &resolved,
        context,
        limits,
    };
    let groups = ask.groups(resolved.range)?;
    let compared = match resolved.compare {
        Some(range) => Some(ask.groups(range)?),
        None => None,
    };
    let channels = ask.channels()?;
    table::lay_out(&resolved, context, &groups, compared.as_ref(), &channels)
}

struct Ask<'a> {
    warehouse: &'a Warehouse,
    /// The zone in whose days the warehouse adds hits up.
    kept_zone: Option<&'a TimeZone>,
    resolved: &'a Resolved,
    context: &'a ReportContext,
    limits: Limits,
}

impl Ask<'_> {
    fn groups(&self, range: DayRange) -> Result<Groups> {
        let measures = self.resolved.measures();
        let distinct = plan::distinct_only(&measures);
        let has_steps = self.resolved.bucket.is_some();
        let has_keys = has_steps || !self.resolved.dimensions.is_empty();
        let rows = self.at(range, Grain::Rows, &measures)?;
        let totals = self.resolved.totals.then(|| {
            let mut totals = Sums::new(self.resolved.vat);
            rows.iter().for_each(|group| totals.add_all(&group.sums));
            totals
        });
        let mut groups = Groups {
            rows,
            totals,
            series: Vec::new(),
        };
        // Additive totals are sums of the rows, so they always agree; the rest is asked again.
        if let Some(totals) = &mut groups.totals {
            let whole = match has_keys {
                true => self.at(range, Grain::Total, &distinct)?,
                false => groups.rows.clone(),
            };
            whole
                .iter()
                .for_each(|group| totals.set_distinct(&group.sums));
        }
        if has_steps && !self.resolved.dimensions.is_empty() {
            groups.series = self.at(range, Grain::Series, &distinct)?;
        }
        Ok(groups)
    }

    fn at(&self, range: DayRange, grain: Grain, measures: &[Measure]) -> Result<Vec<Group>> {
        let plan = plan::plan(
            self.resolved,
            self.context,
            range,
            grain,
            measures,
            self.kept_zone,
        );
        let Some(plan) = plan else {
            return Ok(Vec::new());
        };
        let table = self
            .warehouse
            .query(&plan.sql, &plan.parameters, self.limits)?;
        let has_step = grain == Grain::Rows && self.resolved.bucket.is_some();
        let groups = table
            .rows
            .into_iter()
            .map(|row| self.group(row, has_step, &plan));
        // What adds up to nothing is no row: an undone import leaves no trace.
        Ok(groups.filter(|group| !group.sums.is_zero()).collect())
    }

    fn group(&self, row: Vec<Value>, has_step: bool, plan: &Plan) -> Group {
        let mut values = row.into_iter();
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
        let mut sums = Sums::new(self.resolved.vat);
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
        let table = self.warehouse.query(
            include_str!("queries/channels.sql"),
            &[Parameter::Int(self.context.workspace.0)],
            self.limits,
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

/// How a step is written: a day, or the moment where an hour starts.
pub(crate) fn step_text(resolved: &Resolved, step: i64) -> Result<String> {
    if resolved.bucket == Some(crate::request::BucketSize::Hour) {
        return Ok(UnixMillis(step).rfc3339());
    }
    let day = i32::try_from(step)
        .map_err(|_| Error::invalid("period", "out_of_range", "the period leaves the calendar"))?;
    Ok(Day(day).to_string())
}
