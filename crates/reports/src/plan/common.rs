//! Tables that several parts read.

use warehouse::SHARE_WHOLE_MICROS;

use crate::catalogue::Measure;
use crate::plan::cohorts;
use crate::plan::parts::{Part, known_on_ms};
use crate::plan::sql::{Builder, TimeColumn};

/// What happened on pages further than this from the period is not looked at.
const PAGE_OPEN_MS_MAX: i64 = 24 * 3_600_000;

/// The common tables of these parts, as the statement's `with` clause.
pub(crate) fn common_tables(builder: &Builder<'_>, parts: &[(Part, Vec<Measure>)]) -> String {
    let mut tables = Vec::new();
    if builder.resolved.as_known_on.is_some() {
        tables.push(known_labels(builder));
    }
    if parts.iter().any(|(part, _)| part.is_unreported()) {
        tables.push(format!("reported as (\n{}\n)", reported(builder)));
    }
    if parts.iter().any(|(part, _)| *part == Part::Cohorts) {
        tables.push(format!(
            "customers as (\n{}\n)",
            cohorts::customers(builder)
        ));
    }
    if parts.iter().any(|(part, _)| *part == Part::Scrolls) {
        tables.push(format!("scrolls as (\n{}\n)", scrolls(builder)));
    }
    if parts.iter().any(|(part, _)| *part == Part::Past) {
        tables.push(format!("past as (\n{}\n)", past(builder)));
    }
    let credits = |part: &Part| matches!(part, Part::Outcomes | Part::Cohorts);
    if builder.resolved.as_known_on.is_some() && parts.iter().any(|(part, _)| credits(part)) {
        tables.push(format!("known_credits as (\n{}\n)", known_credits(builder)));
    }
    if tables.is_empty() {
        String::new()
    } else {
        format!("with {}\n", tables.join(",\n"))
    }
}

/// What labels are read from, in front of another table.
pub(crate) fn label_tables(builder: &Builder<'_>) -> String {
    match builder.resolved.as_known_on {
        Some(_) => format!("{},\n", known_labels(builder)),
        None => String::new(),
    }
}

/// The labels in force now, or those that were on the day that the question is about.
pub(crate) fn labels(builder: &Builder<'_>) -> &'static str {
    match builder.resolved.as_known_on {
        Some(_) => "known_labels",
        None => "labels",
    }
}

/// What outcomes are owed to now, or were on the day that the question is about.
pub(crate) fn credits(builder: &Builder<'_>) -> &'static str {
    match builder.resolved.as_known_on {
        Some(_) => "known_credits",
        None => "credited",
    }
}

fn known_credits(builder: &Builder<'_>) -> String {
    let model = builder.resolved.attribution;
    include_str!("../queries/known_credits.sql")
        .trim_end()
        .replace(":workspace", &builder.context.workspace.to_string())
        .replace(":model", model.name())
        .replace(":choice", model.choice())
        .replace(":whole", &SHARE_WHOLE_MICROS.to_string())
        .replace(":known_on", &known_on_ms(builder).to_string())
}

fn known_labels(builder: &Builder<'_>) -> String {
    let labels = include_str!("../queries/known_labels.sql")
        .trim_end()
        .replace(":workspace", &builder.context.workspace.to_string())
        .replace(":known_on", &known_on_ms(builder).to_string());
    format!("known_labels as (\n{labels}\n)")
}

/// Pages with their scroll depth, also from reports a while before and after the period: a page
/// that is read across midnight counts once, on the day of its first report.
fn scrolls(builder: &Builder<'_>) -> String {
    around(builder, include_str!("../queries/scrolls.sql"))
}

/// The last page of every visit that has a hit in the period, or a while before or after it.
pub(crate) fn exits(builder: &Builder<'_>) -> String {
    around(builder, include_str!("../queries/exits.sql"))
}

/// How long every such visit lasted.
pub(crate) fn durations(builder: &Builder<'_>) -> String {
    around(builder, include_str!("../queries/durations.sql"))
}

/// A query of hits in the period, and a while before and after it.
fn around(builder: &Builder<'_>, query: &str) -> String {
    let (from, until) = builder.resolved.time_zone.span_of(builder.hull());
    query
        .trim_end()
        .replace(":workspace", &builder.context.workspace.to_string())
        .replace(":from", &from.plus_ms(-PAGE_OPEN_MS_MAX).0.to_string())
        .replace(":until", &until.plus_ms(PAGE_OPEN_MS_MAX).0.to_string())
        .replace(":known_on", &known_on_ms(builder).to_string())
}

/// What counts of the days of other tools: of a site's day the newest import that has it, where the
/// site has no visit of its own.
pub(crate) fn past(builder: &Builder<'_>) -> String {
    let (from, until) = builder.resolved.time_zone.span_of(builder.hull());
    let split = match builder.resolved.past {
        Some(split) => format!("split = '{}'", split.name()),
        None => "1 = 1".to_owned(),
    };
    let own_day = builder.day_of(&TimeColumn::Moment("at_ms".to_owned()));
    include_str!("../queries/past.sql")
        .trim_end()
        .replace(":workspace", &builder.context.workspace.to_string())
        .replace(":split", &split)
        .replace(":own_day", &own_day)
        .replace(":first", &builder.hull().first.0.to_string())
        .replace(":last", &builder.hull().last.0.to_string())
        .replace(":from", &from.0.to_string())
        .replace(":until", &until.0.to_string())
        .replace(":known_on", &known_on_ms(builder).to_string())
}

/// Days, sources and campaigns for which a platform reported clicks.
fn reported(builder: &Builder<'_>) -> String {
    include_str!("../queries/reported.sql")
        .trim_end()
        .replace(":workspace", &builder.context.workspace.to_string())
        .replace(":labels", labels(builder))
        .replace(":first", &builder.hull().first.0.to_string())
        .replace(":last", &builder.hull().last.0.to_string())
        .replace(":known_on", &known_on_ms(builder).to_string())
}
