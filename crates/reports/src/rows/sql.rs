//! The statement for a page of rows.

use std::collections::BTreeSet;

use crate::catalogue::{Measure, Source};
use crate::error::Result;
use crate::plan::{
    Builder, EVENTS, Join, LASTED, Part, common_tables, conditions, event_revenue, found_nothing,
    from, is_search,
};
use crate::rows::columns::{ShownColumn, columns_of};
use crate::rows::{BehindKind, BehindRequest};

/// Columns before those that are shown: time and two numbers that make the order unique.
pub(crate) const KEY_COLUMNS: usize = 3;

/// The statements for a page and for the number of rows, with what their columns are.
pub(crate) struct Statement {
    pub(crate) page: String,
    /// How many rows all pages have.
    pub(crate) count: String,
    pub(crate) columns: &'static [ShownColumn],
}

pub(crate) fn statement(
    builder: &mut Builder<'_>,
    kind: BehindKind,
    measures: &[Measure],
    request: &BehindRequest,
) -> Result<Statement> {
    let columns = columns_of(kind);
    let parts: BTreeSet<Part> = measures.iter().map(|measure| part_of(*measure)).collect();
    let own: Vec<(Part, Vec<Measure>)> = parts
        .iter()
        .map(|part| (*part, measures.to_vec()))
        .collect();
    let selects: Vec<String> = parts
        .iter()
        .map(|part| select(builder, *part, columns, measures))
        .collect();
    let after = match request.after()? {
        None => String::new(),
        Some([time, high, low]) => format!(
            "where k0 < {time} or (k0 = {time} and (k1 < {high} or (k1 = {high} and k2 < {low})))\n"
        ),
    };
    let with = common_tables(builder, &own);
    let all = selects.join("\nunion all\n");
    Ok(Statement {
        page: format!(
            "{with}select *\nfrom (\n{all}\n) as behind\n{after}\
             order by k0 desc, k1 desc, k2 desc\nlimit {}",
            request.limit() + 1,
        ),
        count: format!("{with}select count(*)\nfrom (\n{all}\n) as behind"),
        columns,
    })
}

fn part_of(measure: Measure) -> Part {
    match measure.source() {
        Source::Hits => Part::Hits,
        Source::Unreported => Part::Unreported,
        Source::Visits => Part::Visits,
        Source::Outcomes | Source::Cohorts => Part::Outcomes,
        Source::Costs => Part::Costs,
        Source::Scrolls => Part::Scrolls,
        Source::Durations => Part::Durations,
        Source::History => Part::Past,
    }
}

fn select(
    builder: &mut Builder<'_>,
    part: Part,
    columns: &[ShownColumn],
    measures: &[Measure],
) -> String {
    let time = part.time(builder.resolved.date_basis);
    let mut joins = BTreeSet::from([Join::Labels]);
    let mut conditions = conditions(builder, part, &time, &mut joins);
    let values: Vec<String> = measures
        .iter()
        .map(|measure| match part_of(*measure) == part {
            true => row_value(builder, *measure),
            false => "0".to_owned(),
        })
        .map(|value| builder.dialect.wide(&value))
        .collect();
    let counts = values.iter().map(|value| format!("{value} <> 0"));
    conditions.push(format!("({})", counts.collect::<Vec<_>>().join(" or ")));
    let wide = |key: &str, index: usize| format!("{} as k{index}", builder.dialect.wide(key));
    let [time_key, high, low] = match part {
        Part::Visits | Part::Durations => ["f.at_ms", "f.opening", "f.visit"],
        Part::Hits | Part::Unreported | Part::Scrolls => ["f.at_ms", "f.visit", "f.id_lo"],
        // Costs know only their day: they come before the clicks of that day.
        Part::Costs => ["f.day * 86400000 + 86399999", "f.id_hi", "f.id_lo"],
        _ => ["f.at_ms", "f.id_hi", "f.id_lo"],
    };
    let table = from(builder, part, &joins);
    let conditions = conditions.join(" and ");
    let shown = |sql: &dyn Fn(&ShownColumn) -> String| {
        let columns = columns.iter().enumerate();
        let named = columns.map(|(index, column)| format!("{} as c{index}", sql(column)));
        named.collect::<Vec<_>>().join(", ")
    };
    if !is_signed(part) {
        let keys = [wide(time_key, 0), wide(high, 1), wide(low, 2)].join(", ");
        let shown = shown(&|column| shown_sql(part, column).to_owned());
        let values = named(&values, str::to_owned);
        return format!("select {keys}, {shown}, {values}\nfrom {table}\nwhere {conditions}");
    }
    // What was posted and taken back is no row: the facts of one thing are added up.
    let keys = [
        wide(time_key, 0),
        wide(&format!("max({high})"), 1),
        wide(&format!("max({low})"), 2),
    ];
    let shown = shown(
        &|column| match (column.adds_up(), shown_sql(part, column)) {
            (true, "null") | (false, _) => shown_sql(part, column).to_owned(),
            (true, sql) => format!("sum({sql})"),
        },
    );
    let alike = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !column.adds_up());
    let group: Vec<String> = std::iter::once("k0".to_owned())
        .chain(alike.map(|(index, _)| format!("c{index}")))
        .collect();
    let left: Vec<String> = values
        .iter()
        .map(|value| format!("sum({value}) <> 0"))
        .collect();
    let values = named(&values, |value| format!("sum({value})"));
    format!(
        "select {}, {shown}, {values}\nfrom {table}\nwhere {conditions}\ngroup by {}\nhaving {}",
        keys.join(", "),
        group.join(", "),
        left.join(" or "),
    )
}

/// Facts that corrections add to with their sign.
fn is_signed(part: Part) -> bool {
    matches!(part, Part::Outcomes | Part::Costs)
}

/// The values as the statement's last columns.
fn named(values: &[String], sql: impl Fn(&str) -> String) -> String {
    let values = values.iter().enumerate();
    let named = values.map(|(index, value)| format!("{} as m{index}", sql(value)));
    named.collect::<Vec<_>>().join(", ")
}

/// A column as this part knows it: costs in a list of clicks have neither moment nor visitor.
fn shown_sql(part: Part, column: &ShownColumn) -> &'static str {
    match (part, column.key) {
        (Part::Costs, "at" | "visit" | "visitor") => "null",
        _ => column.sql,
    }
}

/// What one row adds to the measure.
fn row_value(builder: &Builder<'_>, measure: Measure) -> String {
    let credited = |column: &str| {
        let wide = builder.dialect.wide(&format!("f.{column}"));
        format!("{wide} * f.share_micros")
    };
    let one_where = |condition: &str| format!("case when {condition} then 1 else 0 end");
    match measure {
        Measure::TrackedClicks => "case when f.kind = 'click' then 1 else 0 end".into(),
        Measure::UnreportedClicks | Measure::ScrolledPages => "1".into(),
        Measure::Visitors => "f.opening".into(),
        Measure::PageViews => "case when f.kind = 'page_view' then 1 else 0 end".into(),
        Measure::Events | Measure::EventVisitors => format!("case when {EVENTS} then 1 else 0 end"),
        Measure::FormSubmits => "case when f.kind = 'form_submit' then 1 else 0 end".into(),
        Measure::OutboundClicks => "case when f.kind = 'outbound' then 1 else 0 end".into(),
        Measure::Downloads => "case when f.kind = 'download' then 1 else 0 end".into(),
        Measure::Searches => one_where(&is_search(builder.dialect)),
        Measure::EmptySearches => one_where(&found_nothing(builder.dialect)),
        Measure::EventRevenue => event_revenue(builder.context.currency),
        Measure::EngagedMs => "f.engaged_ms".into(),
        Measure::ScrollPercent => "f.deepest".into(),
        Measure::Visits => "f.visits".into(),
        Measure::Bounces => "f.bounces".into(),
        Measure::LastedMs => LASTED.into(),
        Measure::Leads => credited("leads"),
        Measure::Qualified => credited("qualified"),
        Measure::Deals => credited("deals"),
        Measure::Sales => credited("sales"),
        Measure::Customers => credited("customers"),
        Measure::Revenue => credited("revenue_micros"),
        Measure::Vat => credited("vat_micros"),
        Measure::Refunds => credited("refunds_micros"),
        Measure::CostOfGoods => credited("cost_of_goods_micros"),
        Measure::CycleMs => {
            let cycle = builder.dialect.wide("f.sales * (f.at_ms - f.created_ms)");
            format!("{cycle} * f.share_micros")
        }
        Measure::Payers => "case when f.revenue_micros > 0 then 1 else 0 end".into(),
        Measure::Impressions => "f.impressions".into(),
        Measure::ClickableImpressions => {
            "case when f.clicks is null then 0 else f.impressions end".into()
        }
        Measure::AdClicks => "coalesce(f.clicks, 0)".into(),
        Measure::Cost => "f.cost_micros".into(),
        Measure::CostVat => "f.vat_micros".into(),
        Measure::SaidConversions => "f.conversions_micros".into(),
        Measure::SaidValue => "f.conversion_value_micros".into(),
        // There are no visits behind days that another tool counted.
        Measure::PastVisitors
        | Measure::PastVisits
        | Measure::PastPageViews
        | Measure::PastEvents
        | Measure::PastBounces
        | Measure::PastBounceable
        | Measure::PastLastedMs
        | Measure::PastTimed
        | Measure::PastPagedViews
        | Measure::PastPaged => "0".into(),
        // A cohort's profit opens into its customers' acquisitions.
        Measure::Grown(_) | Measure::GrownProfit(_) | Measure::EarlyProfit(_) => {
            credited("customers")
        }
    }
}
