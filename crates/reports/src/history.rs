//! Days that another tool counted, where a question can take them in: which of their splits answers
//! it, on how many days, and what is left out.

use base::{Day, DayRange};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::Value;

use crate::asking::Asking;
use crate::catalogue::{DimensionKind, Source};
use crate::context::ReportContext;
use crate::error::Result;
use crate::plan::{Builder, Dialect, Grain, Part, Stretch, conditions, from, past};
use crate::request::BucketSize;
use crate::resolve::{Bots, Resolved};

/// What rows of other tools split a day by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Split {
    #[default]
    Whole,
    Traffic,
    Page,
    LandingPage,
    ExitPage,
    Country,
    Device,
    Browser,
    System,
    Event,
}

/// Days of another tool in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportHistory {
    /// Who counted: `plausible`, `google_analytics`, `matomo`, `other`.
    pub tools: Vec<String>,
    /// Their days in the period, in stretches without a gap.
    pub stretches: Vec<HistoryStretch>,
    pub days: usize,
    /// Their days in the period compared with.
    pub compare_days: usize,
    /// Why they do not count here; they do where it is absent.
    #[schema(required)]
    pub left_out: Option<HistoryLeftOut>,
}

/// First and last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HistoryStretch {
    pub from: String,
    pub to: String,
}

/// Why imported days do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryLeftOut {
    /// They are not split by what the question is split or filtered by.
    NotSplit,
    /// They know no hours.
    Hours,
}

impl Split {
    const ALL: [Self; 10] = [
        Self::Whole,
        Self::Traffic,
        Self::Page,
        Self::LandingPage,
        Self::ExitPage,
        Self::Country,
        Self::Device,
        Self::Browser,
        Self::System,
        Self::Event,
    ];

    /// As the warehouse keeps it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Traffic => "traffic",
            Self::Page => "page",
            Self::LandingPage => "landing_page",
            Self::ExitPage => "exit_page",
            Self::Country => "country",
            Self::Device => "device",
            Self::Browser => "browser",
            Self::System => "os",
            Self::Event => "event",
        }
    }

    /// What has the dimension; nothing has it of a site, which every row names.
    fn of(kind: DimensionKind) -> Option<Self> {
        match kind {
            DimensionKind::Channel
            | DimensionKind::Subchannel
            | DimensionKind::Label(_)
            | DimensionKind::Raw(_) => Some(Self::Traffic),
            DimensionKind::Page => Some(Self::Page),
            DimensionKind::LandingPage => Some(Self::LandingPage),
            DimensionKind::ExitPage => Some(Self::ExitPage),
            DimensionKind::Visitor("country") => Some(Self::Country),
            DimensionKind::Visitor("device") => Some(Self::Device),
            DimensionKind::Visitor("browser") => Some(Self::Browser),
            DimensionKind::Visitor("os") => Some(Self::System),
            DimensionKind::Named(kinds) if kinds.contains(&"event") => Some(Self::Event),
            _ => None,
        }
    }
}

/// Whether a row has the dimension as its one value.
pub(crate) fn is_value(kind: DimensionKind) -> bool {
    !matches!(Split::of(kind), Some(Split::Traffic)) && kind != DimensionKind::Site
}

/// Finds out which days of other tools count for a question; what is to be said of them.
pub(crate) fn look(
    asking: &Asking<'_>,
    resolved: &mut Resolved,
    context: &ReportContext,
    dialect: &'static dyn Dialect,
) -> Result<Option<ReportHistory>> {
    let is_asked = resolved.asks_for(Source::History) && resolved.bots != Bots::Only;
    if !is_asked {
        return Ok(None);
    }
    let splits = splits_there(asking, resolved, context)?;
    if splits.is_empty() {
        return Ok(None);
    }
    let fitting = fitting(resolved);
    let found = fitting.iter().find(|split| splits.contains(split)).copied();
    let left_out = match found {
        _ if resolved.bucket == Some(BucketSize::Hour) => Some(HistoryLeftOut::Hours),
        None => Some(HistoryLeftOut::NotSplit),
        Some(_) => None,
    };
    let mut asked = resolved.clone();
    match left_out {
        None => {
            resolved.past = found;
            asked.past = found;
        }
        Some(_) => asked
            .filters
            .retain(|filter| filter.dimension.kind == DimensionKind::Site),
    }
    let days = |range| counted_days(asking, &asked, context, dialect, range);
    let counted = days(resolved.range)?;
    let compared = resolved.compare.map(days).transpose()?.unwrap_or_default();
    let mut tools: Vec<String> = Vec::new();
    for tool in counted.iter().chain(&compared).flat_map(|day| &day.tools) {
        if !tools.contains(tool) {
            tools.push(tool.clone());
        }
    }
    tools.sort_unstable();
    Ok((!tools.is_empty()).then(|| ReportHistory {
        tools,
        days: counted.len(),
        compare_days: compared.len(),
        stretches: stretches(counted.iter().map(|counted| counted.day)),
        left_out,
    }))
}

/// What would answer the question, the best first.
fn fitting(resolved: &Resolved) -> Vec<Split> {
    let filtered = resolved.filters.iter().map(|filter| filter.dimension.kind);
    let dimensions = resolved.dimensions.iter().map(|dimension| dimension.kind);
    let mut splits: Vec<Option<Split>> = dimensions
        .chain(filtered)
        .filter(|kind| *kind != DimensionKind::Site)
        .map(Split::of)
        .collect();
    splits.dedup();
    match splits[..] {
        // Sources of a day add up to all of it.
        [] => vec![Split::Whole, Split::Traffic],
        [Some(split)] => vec![split],
        _ => Vec::new(),
    }
}

fn splits_there(
    asking: &Asking<'_>,
    resolved: &Resolved,
    context: &ReportContext,
) -> Result<Vec<Split>> {
    let compared = resolved.compare.unwrap_or(resolved.range);
    let sql = include_str!("queries/history_splits.sql")
        .replace(":workspace", &context.workspace.to_string())
        .replace(":from", &resolved.range.first.0.to_string())
        .replace(":until", &resolved.range.last.0.to_string())
        .replace(":compared_from", &compared.first.0.to_string())
        .replace(":compared_until", &compared.last.0.to_string());
    let table = asking.query(&sql, &[])?;
    let names = table.rows.iter().filter_map(|row| row.first()?.display());
    let known = |name: String| Split::ALL.into_iter().find(|split| split.name() == name);
    Ok(names.filter_map(known).collect())
}

struct CountedDay {
    day: Day,
    tools: Vec<String>,
}

fn counted_days(
    asking: &Asking<'_>,
    asked: &Resolved,
    context: &ReportContext,
    dialect: &'static dyn Dialect,
    range: DayRange,
) -> Result<Vec<CountedDay>> {
    let stretch = Stretch::whole(range);
    let mut builder = Builder::new(asked, context, stretch, Grain::Total, dialect);
    let time = Part::Past.time(asked.date_basis);
    let mut joins = std::collections::BTreeSet::new();
    let conditions = conditions(&mut builder, Part::Past, &time, &mut joins).join(" and ");
    let labels = crate::plan::label_tables(&builder);
    let sql = format!(
        "with {labels}past as (\n{}\n)\nselect f.day, min(f.tool), max(f.tool)\nfrom {}\n\
         where {conditions}\ngroup by f.day\norder by f.day",
        past(&builder),
        from(&builder, Part::Past, &joins),
    );
    let table = asking.query(&sql, &builder.parameters)?;
    let counted = table.rows.iter().filter_map(|row| {
        let day = row.first().and_then(Value::int)?;
        let mut tools: Vec<String> = row.iter().skip(1).filter_map(Value::display).collect();
        tools.dedup();
        Some(CountedDay {
            day: Day(i32::try_from(day).ok()?),
            tools,
        })
    });
    Ok(counted.collect())
}

fn stretches(days: impl Iterator<Item = Day>) -> Vec<HistoryStretch> {
    let mut ranges: Vec<DayRange> = Vec::new();
    for day in days {
        match ranges.last_mut() {
            Some(range) if range.last.plus_days(1) == day => range.last = day,
            _ => ranges.push(DayRange {
                first: day,
                last: day,
            }),
        }
    }
    let stretch = |range: DayRange| HistoryStretch {
        from: range.first.to_string(),
        to: range.last.to_string(),
    };
    ranges.into_iter().map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_without_a_gap_are_one_stretch() {
        let found = stretches([3, 4, 5, 9].map(Day).into_iter());
        let shown: Vec<_> = found.iter().map(|one| (&*one.from, &*one.to)).collect();
        let expected = [("1970-01-04", "1970-01-06"), ("1970-01-10", "1970-01-10")];
        assert_eq!(shown, expected);
    }
}
