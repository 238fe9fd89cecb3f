//! The parts of a statement, one a source of facts.

use std::collections::BTreeSet;

use crate::catalogue::{DimensionKind, Measure, Source};
use crate::plan::Grain;
use crate::plan::common::{credits, durations, exits, labels};
use crate::plan::dimensions::dimension_sql;
use crate::plan::measures::measure_sql;
use crate::plan::sql::{Builder, TimeColumn};
use crate::request::{BucketSize, DateBasis};
use crate::resolve::Bots;

/// A source of facts as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Hits,
    Visits,
    /// Hits and visits from the daily pre-aggregate.
    Rollup,
    /// The same by campaign: a tenth of the rows, but no finer dimension.
    Campaigns,
    Unreported,
    UnreportedRollup,
    UnreportedCampaigns,
    Outcomes,
    Costs,
    Cohorts,
    /// Pages of visits whose scroll depth was reported, each at its first report.
    Scrolls,
    /// Visits with how long each lasted.
    Durations,
    /// Days that another tool counted.
    Past,
}

/// A pre-aggregate that answers exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Serves {
    ByTraffic,
    ByCampaign,
}

/// Tables that a part must be joined with to know a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Join {
    Labels,
    Traffic,
    Visit,
    Exit,
    Channels,
    LeadStatus,
}

/// Which part gives which measures.
pub(crate) fn parts_of(builder: &Builder<'_>, measures: &[Measure]) -> Vec<(Part, Vec<Measure>)> {
    grouped(measures, what_serves(builder))
}

/// What the days of a pre-aggregate leave out, because one of them is cut: that day's hits.
pub(crate) fn parts_of_cut(
    builder: &Builder<'_>,
    measures: &[Measure],
) -> Vec<(Part, Vec<Measure>)> {
    let Some(serves) = what_serves(builder).filter(|_| builder.cut.is_some()) else {
        return Vec::new();
    };
    let is_summed = |measure: &Measure| part_of(*measure, Some(serves)).is_summed();
    let left_out: Vec<Measure> = measures.iter().copied().filter(is_summed).collect();
    grouped(&left_out, None)
}

fn grouped(measures: &[Measure], serves: Option<Serves>) -> Vec<(Part, Vec<Measure>)> {
    let of = |measure: &Measure| part_of(*measure, serves);
    let parts: BTreeSet<Part> = measures.iter().map(of).collect();
    let own = |part| measures.iter().copied().filter(|m| of(m) == part).collect();
    parts.into_iter().map(|part| (part, own(part))).collect()
}

fn part_of(measure: Measure, serves: Option<Serves>) -> Part {
    match (measure.source(), serves) {
        (Source::Visits, _) if measure == Measure::Visitors => Part::Visits,
        (Source::Hits, _) if measure.is_of_hits_alone() => Part::Hits,
        (Source::Hits | Source::Visits, Some(Serves::ByTraffic)) => Part::Rollup,
        (Source::Hits | Source::Visits, Some(Serves::ByCampaign)) => Part::Campaigns,
        (Source::Unreported, Some(Serves::ByTraffic)) => Part::UnreportedRollup,
        (Source::Unreported, Some(Serves::ByCampaign)) => Part::UnreportedCampaigns,
        (Source::Hits, None) => Part::Hits,
        (Source::Visits, None) => Part::Visits,
        (Source::Unreported, None) => Part::Unreported,
        (Source::Outcomes, _) => Part::Outcomes,
        (Source::Costs, _) => Part::Costs,
        (Source::Cohorts, _) => Part::Cohorts,
        (Source::Scrolls, _) => Part::Scrolls,
        (Source::Durations, _) => Part::Durations,
        (Source::History, _) => Part::Past,
    }
}

/// A pre-aggregate answers exactly when it has every dimension and its days are the question's.
fn what_serves(builder: &Builder<'_>) -> Option<Serves> {
    let resolved = builder.resolved;
    let grouped = match builder.grain {
        Grain::Rows | Grain::Series => resolved.dimensions.as_slice(),
        Grain::Total => &[],
    };
    let filtered = resolved.filters.iter().map(|filter| filter.dimension.kind);
    let kinds = grouped
        .iter()
        .map(|dimension| dimension.kind)
        .chain(filtered);
    let coarsest = kinds.map(|kind| match kind {
        DimensionKind::Page
        | DimensionKind::LandingPage
        | DimensionKind::ExitPage
        | DimensionKind::Link
        | DimensionKind::Named(_)
        | DimensionKind::Property
        | DimensionKind::PropertyNames
        | DimensionKind::SearchTerm
        | DimensionKind::Visitor(_)
        | DimensionKind::Site => None,
        DimensionKind::Channel
        | DimensionKind::Subchannel
        | DimensionKind::Platform
        | DimensionKind::LeadStatus
        | DimensionKind::Label("source" | "campaign") => Some(Serves::ByCampaign),
        DimensionKind::Label(_) | DimensionKind::Raw(_) => Some(Serves::ByTraffic),
    });
    let by_days = builder.days_kept
        && resolved.as_known_on.is_none()
        && builder.bucket() != Some(BucketSize::Hour);
    let best = match builder.dialect.keeps_campaigns() {
        true => Serves::ByCampaign,
        false => Serves::ByTraffic,
    };
    coarsest
        .chain([by_days.then_some(best)])
        .try_fold(Serves::ByCampaign, |all, one| one.map(|one| all.min(one)))
}

/// The part's rows, grouped, with a column for every measure of the statement.
pub(crate) fn select(
    builder: &mut Builder<'_>,
    part: Part,
    measures: &[Measure],
    own: &[Measure],
) -> String {
    let time = part.time(builder.resolved.date_basis);
    let mut joins = BTreeSet::new();
    let keys = key_columns(builder, part, &time, &mut joins);
    let conditions = conditions(builder, part, &time, &mut joins);
    let sums = measures.iter().enumerate().map(|(index, measure)| {
        let value = match own.contains(measure) {
            true => measure_sql(builder, part, *measure),
            false => "0".to_owned(),
        };
        format!("{} as m{index}", builder.dialect.wide(&value))
    });
    let columns: Vec<String> = keys.into_iter().chain(sums).collect();
    let names = builder.key_names();
    let group = match names.is_empty() {
        true => String::new(),
        false => format!("\ngroup by {}", names.join(", ")),
    };
    format!(
        "select {}\nfrom {}\nwhere {}{group}",
        columns.join(", "),
        from(builder, part, &joins),
        conditions.join(" and "),
    )
}

/// Facts recorded later are left out.
pub(crate) fn known_on_ms(builder: &Builder<'_>) -> i64 {
    builder
        .resolved
        .as_known_on
        .map_or(i64::MAX, |known| known.0)
}

/// The step and the dimensions as columns, with the joins that they need.
pub(crate) fn key_columns(
    builder: &mut Builder<'_>,
    part: Part,
    time: &TimeColumn,
    joins: &mut BTreeSet<Join>,
) -> Vec<String> {
    let period = builder
        .period_of(time)
        .map(|period| format!("{period} as period"));
    let step = builder
        .bucket()
        .map(|size| format!("{} as step", builder.step_of(time, size)));
    let resolved = builder.resolved;
    let dimensions = match builder.grain {
        Grain::Rows | Grain::Series => resolved.dimensions.as_slice(),
        Grain::Total => &[],
    };
    let mut columns: Vec<String> = period.into_iter().chain(step).collect();
    for (index, dimension) in dimensions.iter().enumerate() {
        let value = dimension_sql(builder, part, dimension.kind, joins);
        columns.push(format!("{value} as d{index}"));
    }
    columns
}

pub(crate) fn conditions(
    builder: &mut Builder<'_>,
    part: Part,
    time: &TimeColumn,
    joins: &mut BTreeSet<Join>,
) -> Vec<String> {
    let mut conditions = vec![
        format!("f.workspace = {}", builder.context.workspace),
        builder.in_period(time),
    ];
    if let Some(cut) = builder.cut
        && part.is_summed()
    {
        conditions.push(format!("f.day <> {}", cut.day.0));
    }
    if let Some(known) = builder.resolved.as_known_on
        && !part.is_summed()
    {
        conditions.push(format!("{} <= {}", part.recorded(), known.0));
    }
    conditions.extend(bots_condition(builder.resolved.bots, part));
    match part {
        Part::Unreported => {
            joins.insert(Join::Labels);
            conditions.push("f.kind = 'click' and r.day is null".into());
        }
        Part::UnreportedCampaigns => {
            conditions.push("f.clicks <> 0 and r.day is null".into());
        }
        Part::UnreportedRollup => {
            joins.insert(Join::Labels);
            conditions.push("f.clicks <> 0 and r.day is null".into());
        }
        Part::Cohorts => conditions.push("f.place = 1 and f.net > 0".into()),
        Part::Outcomes => {
            conditions.push(format!(
                "f.model = '{}'",
                builder.resolved.attribution.name()
            ));
        }
        Part::Hits
        | Part::Visits
        | Part::Rollup
        | Part::Campaigns
        | Part::Costs
        | Part::Scrolls
        | Part::Durations
        | Part::Past => {}
    }
    let filters = builder.resolved.filters.clone();
    for filter in &filters {
        let value = dimension_sql(builder, part, filter.dimension.kind, joins);
        let mut condition = builder.condition(filter, &value);
        if !filter.renamed.is_empty() {
            let kind = DimensionKind::Label("source");
            let source = dimension_sql(builder, part, kind, joins);
            condition = builder.or_renamed(filter, &condition, &value, &source);
        }
        conditions.push(condition);
    }
    conditions
}

/// Whether machines count; costs and what came of visits know none.
fn bots_condition(bots: Bots, part: Part) -> Option<String> {
    let is = match bots {
        Bots::Included => return None,
        Bots::LeftOut => "=",
        Bots::Only => "<>",
    };
    match part {
        Part::Hits | Part::Visits | Part::Unreported | Part::Scrolls | Part::Durations => {
            Some(format!("f.bot {is} ''"))
        }
        Part::Rollup | Part::Campaigns | Part::UnreportedRollup | Part::UnreportedCampaigns => {
            Some(format!("f.bot {is} 0"))
        }
        Part::Outcomes | Part::Costs | Part::Cohorts | Part::Past => None,
    }
}

/// The part's tables. `f` is the fact, `k` a customer's credit, `l` and `t` label and raw traffic,
/// `v` and `e` the visit's beginning and end, `d` how long it lasted, `s` the lead's status.
pub(crate) fn from(builder: &Builder<'_>, part: Part, joins: &BTreeSet<Join>) -> String {
    let mut from = format!("{} as f", part.table(builder));
    let traffic = part.traffic();
    if part == Part::Durations {
        from.push_str(&format!(
            "\nleft join (\n{}\n) as d on d.visit = f.visit",
            durations(builder)
        ));
    }
    if part == Part::Cohorts {
        from.push_str(&format!(
            "\njoin {} as k on k.workspace = f.workspace and k.id_hi = f.id_hi \
             and k.id_lo = f.id_lo and k.model = '{}'",
            credits(builder),
            builder.resolved.attribution.name(),
        ));
    }
    for join in joins {
        from.push_str(&match join {
            Join::Labels => format!(
                "\nleft join {} as l on l.workspace = f.workspace and l.traffic = {traffic}",
                labels(builder),
            ),
            Join::Traffic => format!(
                "\nleft join traffic as t on t.workspace = f.workspace and t.traffic = {traffic}"
            ),
            // The condition on `v` stands in a query of its own: in the join it would keep the
            // engine from hashing.
            Join::Visit => {
                let workspace = builder.context.workspace;
                let openings =
                    format!("select * from visits where workspace = {workspace} and opening = 1");
                let join = match part {
                    Part::Outcomes | Part::Cohorts => {
                        builder.dialect.join_with_outcomes(&openings, workspace)
                    }
                    _ => format!("left join ({openings})"),
                };
                format!("\n{join} as v on v.visit = f.visit")
            }
            Join::Exit => format!(
                "\nleft join (\n{}\n) as e on e.visit = f.visit",
                exits(builder)
            ),
            Join::Channels => "\nleft join channels as c on c.workspace = f.workspace \
                 and c.channel = f.channel"
                .to_owned(),
            Join::LeadStatus => format!(
                "\nleft join (\n{}\n) as s on s.lead = f.lead",
                include_str!("../queries/lead_statuses.sql")
                    .trim_end()
                    .replace(":workspace", &builder.context.workspace.to_string())
                    .replace(":known_on", &known_on_ms(builder).to_string()),
            ),
        });
    }
    if part.is_unreported() {
        let day = builder.day_of(&part.time(builder.resolved.date_basis));
        let key = match part {
            Part::UnreportedCampaigns => "f.campaign_key",
            _ => "coalesce(l.campaign_key, 0)",
        };
        from.push_str(&format!(
            "\nleft join reported as r on r.day = {day} and r.campaign_key = {key}"
        ));
    }
    from
}

/// Who a customer is: the visitor, or else the lead, the deal or the fact itself.
pub(crate) const CUSTOMER: &str = "case when f.visitor <> 0 then 'v' || f.visitor \
     when f.lead is not null then 'l' || f.lead when f.deal is not null then 'd' || f.deal \
     else 'f' || f.id_hi || ' ' || f.id_lo end";

/// The moment of a change; a lead that somebody found to be good counts on its own day, wherever
/// it counts at all, so that one period has both sides of the rates of leads.
const LEAD_OR_CHANGE: &str = "case when f.kind = 'lead_status' then f.created_ms else f.at_ms end";

impl Part {
    pub(crate) fn is_unreported(self) -> bool {
        matches!(
            self,
            Self::Unreported | Self::UnreportedRollup | Self::UnreportedCampaigns
        )
    }

    /// Days added up, which tell neither moments nor when a fact was recorded.
    pub(crate) fn is_summed(self) -> bool {
        matches!(
            self,
            Self::Rollup | Self::Campaigns | Self::UnreportedRollup | Self::UnreportedCampaigns
        )
    }

    pub(crate) fn time(self, basis: DateBasis) -> TimeColumn {
        let moment = match self {
            Self::Hits | Self::Visits | Self::Unreported | Self::Scrolls | Self::Durations => {
                "f.at_ms"
            }
            Self::Outcomes | Self::Cohorts => match basis {
                DateBasis::Visit if self == Self::Cohorts => "k.touch_at_ms",
                DateBasis::Visit => "f.touch_at_ms",
                DateBasis::Creation => "f.created_ms",
                DateBasis::Payment => LEAD_OR_CHANGE,
            },
            Self::Rollup
            | Self::Campaigns
            | Self::UnreportedRollup
            | Self::UnreportedCampaigns
            | Self::Costs
            | Self::Past => {
                return TimeColumn::Day("f.day".into());
            }
        };
        TimeColumn::Moment(moment.into())
    }

    /// When the fact was recorded.
    fn recorded(self) -> &'static str {
        match self {
            Self::Hits | Self::Visits | Self::Unreported | Self::Scrolls | Self::Durations => {
                "f.at_ms + f.delay_ms"
            }
            _ => "f.recorded_ms",
        }
    }

    fn table(self, builder: &Builder<'_>) -> &'static str {
        match self {
            Self::Hits | Self::Unreported => "hits",
            Self::Visits | Self::Durations => "visits",
            Self::Rollup | Self::UnreportedRollup => "hits_daily",
            Self::Campaigns | Self::UnreportedCampaigns => "campaign_days",
            Self::Outcomes => credits(builder),
            Self::Costs => "costs",
            Self::Cohorts => "customers",
            Self::Scrolls => "scrolls",
            Self::Past => "past",
        }
    }

    fn traffic(self) -> &'static str {
        match self {
            Self::Cohorts => "k.traffic",
            Self::Hits
            | Self::Visits
            | Self::Rollup
            | Self::Campaigns
            | Self::Unreported
            | Self::UnreportedRollup
            | Self::UnreportedCampaigns
            | Self::Outcomes
            | Self::Costs
            | Self::Scrolls
            | Self::Durations
            | Self::Past => "f.traffic",
        }
    }
}
