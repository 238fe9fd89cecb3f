//! What a dimension is in each part: a column, a join, or nothing that the part knows.

use std::collections::BTreeSet;

use crate::catalogue::DimensionKind;
use crate::history;
use crate::plan::parts::{Join, Part};
use crate::plan::search;
use crate::plan::sql::Builder;

/// The dimension's value as text; null where this part does not know it.
pub(crate) fn dimension_sql(
    builder: &mut Builder<'_>,
    part: Part,
    kind: DimensionKind,
    joins: &mut BTreeSet<Join>,
) -> String {
    let dialect = builder.dialect;
    let text = |value: &str| dialect.text(value);
    let known = |value: String| format!("nullif({value}, '')");
    let unknown = || text("null");
    let is_hit = matches!(part, Part::Hits | Part::Unreported | Part::Scrolls);
    let is_visit = matches!(part, Part::Visits | Part::Durations);
    let has_visit = matches!(part, Part::Outcomes | Part::Cohorts);
    let by_campaign = matches!(part, Part::Campaigns | Part::UnreportedCampaigns);
    match kind {
        // A part that splits a day by something knows that, and of traffic all there is.
        kind if part == Part::Past && history::is_value(kind) => known("f.value".to_owned()),
        DimensionKind::Channel if by_campaign => text("f.channel"),
        DimensionKind::Subchannel if by_campaign => text("f.subchannel"),
        DimensionKind::Label(column) if by_campaign => known(format!("f.{column}")),
        DimensionKind::Channel | DimensionKind::Subchannel => {
            joins.insert(Join::Labels);
            text(channel_sql(part, kind, joins))
        }
        DimensionKind::Label(column) => {
            joins.insert(Join::Labels);
            known(format!("l.{column}"))
        }
        DimensionKind::Raw(column) => {
            joins.insert(Join::Traffic);
            known(format!("t.{column}"))
        }
        DimensionKind::Page if is_hit || is_visit => known("f.page_host || f.page_path".to_owned()),
        DimensionKind::LandingPage if is_visit => known("f.page_host || f.page_path".to_owned()),
        DimensionKind::Visitor(column) if is_hit || is_visit => known(format!("f.{column}")),
        DimensionKind::LandingPage | DimensionKind::Visitor(_) if is_hit || has_visit => {
            joins.insert(Join::Visit);
            known(of_opening(kind))
        }
        DimensionKind::Site | DimensionKind::Link if has_visit => {
            joins.insert(Join::Visit);
            text(&of_opening(kind))
        }
        DimensionKind::Site if part != Part::Costs => text("f.site"),
        DimensionKind::Link if is_hit || is_visit => text("f.link"),
        DimensionKind::ExitPage if is_hit || is_visit => {
            joins.insert(Join::Exit);
            known("e.page".to_owned())
        }
        DimensionKind::Named(_)
        | DimensionKind::Property
        | DimensionKind::PropertyNames
        | DimensionKind::SearchTerm
            if is_hit =>
        {
            own_words(builder, kind).map_or_else(unknown, known)
        }
        DimensionKind::Platform if part == Part::Costs => known("f.platform".to_owned()),
        DimensionKind::LeadStatus if has_visit => {
            joins.insert(Join::LeadStatus);
            "s.status".to_owned()
        }
        DimensionKind::Page
        | DimensionKind::LandingPage
        | DimensionKind::Visitor(_)
        | DimensionKind::Site
        | DimensionKind::ExitPage
        | DimensionKind::Link
        | DimensionKind::Named(_)
        | DimensionKind::Property
        | DimensionKind::PropertyNames
        | DimensionKind::SearchTerm
        | DimensionKind::Platform
        | DimensionKind::LeadStatus => unknown(),
    }
}

/// What the opening of a visit knows, for parts that are joined with it.
fn of_opening(kind: DimensionKind) -> String {
    match kind {
        DimensionKind::LandingPage => "v.page_host || v.page_path".to_owned(),
        DimensionKind::Visitor(column) => format!("v.{column}"),
        DimensionKind::Site => "v.site".to_owned(),
        _ => "v.link".to_owned(),
    }
}

/// What a hit itself was told with: its name, or what its properties say.
fn own_words(builder: &mut Builder<'_>, kind: DimensionKind) -> Option<String> {
    const PROPERTIES: &str = "f.properties";
    match kind {
        DimensionKind::Named(kinds) => {
            let kinds = kinds.join("', '");
            Some(format!(
                "case when f.kind in ('{kinds}') then f.name else '' end"
            ))
        }
        DimensionKind::Property => {
            let name = builder.resolved.property.clone()?;
            let place = builder.bind(&name);
            Some(builder.dialect.value_of_pair(PROPERTIES, &place))
        }
        DimensionKind::SearchTerm => Some(search::term(builder.dialect)),
        DimensionKind::PropertyNames => Some(builder.dialect.names_of_pairs(PROPERTIES)),
        _ => None,
    }
}

/// The channel or subchannel of a label; a cost may name a channel of its own instead.
fn channel_sql(part: Part, kind: DimensionKind, joins: &mut BTreeSet<Join>) -> &'static str {
    let is_top = kind == DimensionKind::Channel;
    if part != Part::Costs {
        return if is_top { "l.channel" } else { "l.subchannel" };
    }
    joins.insert(Join::Channels);
    match is_top {
        true => "coalesce(c.top, l.channel)",
        false => {
            "case when c.channel is null then l.subchannel \
             when c.channel <> c.top then c.channel end"
        }
    }
}
