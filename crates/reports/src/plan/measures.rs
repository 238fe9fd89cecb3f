//! What a part sums up or counts for each measure.

use crate::catalogue::Measure;
use crate::history::Split;
use crate::plan::parts::{CUSTOMER, Part};
use crate::plan::search;
use crate::plan::sql::{Builder, event_revenue};

/// How long a visit lasted, at the row of its opening.
pub(crate) const LASTED: &str = "case when f.opening = 1 then coalesce(d.lasted_ms, 0) else 0 end";

/// What a page sends as an event of its own.
pub(crate) const EVENTS: &str = "f.kind in ('event', 'revenue')";

/// The measure as a sum over the part's rows.
pub(crate) fn measure_sql(builder: &Builder<'_>, part: Part, measure: Measure) -> String {
    let dialect = builder.dialect;
    let is_rollup = part.is_summed();
    let shared = |value: &str| format!("sum({} * f.share_micros)", dialect.wide(value));
    // Counts are small: 64 bits hold their product with a share.
    let counted = |column: &str| format!("sum(f.{column} * f.share_micros)");
    match measure {
        Measure::TrackedClicks | Measure::UnreportedClicks if is_rollup => "sum(f.clicks)".into(),
        Measure::PageViews if is_rollup => "sum(f.page_views)".into(),
        Measure::Events if is_rollup => "sum(f.events)".into(),
        Measure::FormSubmits if is_rollup => "sum(f.form_submits)".into(),
        Measure::TrackedClicks | Measure::UnreportedClicks => {
            dialect.count_where("f.kind = 'click'")
        }
        Measure::PageViews => dialect.count_where("f.kind = 'page_view'"),
        Measure::Events => dialect.count_where(EVENTS),
        Measure::EventVisitors => dialect.distinct_where("f.visitor", EVENTS),
        Measure::FormSubmits => dialect.count_where("f.kind = 'form_submit'"),
        Measure::OutboundClicks => dialect.count_where("f.kind = 'outbound'"),
        Measure::Downloads => dialect.count_where("f.kind = 'download'"),
        Measure::Searches => dialect.count_where(&search::is_search(dialect)),
        Measure::EmptySearches => dialect.count_where(&search::found_nothing(dialect)),
        Measure::EventRevenue => {
            format!("sum({})", event_revenue(builder.context.currency))
        }
        Measure::EngagedMs => "sum(f.engaged_ms)".into(),
        Measure::ScrollPercent => "sum(f.deepest)".into(),
        Measure::ScrolledPages => "count(*)".into(),
        Measure::Visitors => dialect.distinct_where("f.visitor", "f.opening = 1"),
        Measure::Visits => "sum(f.visits)".into(),
        Measure::Bounces => "sum(f.bounces)".into(),
        Measure::LastedMs => format!("sum({LASTED})"),
        _ if part == Part::Past => past_sql(builder, measure).to_owned(),
        Measure::Leads => counted("leads"),
        Measure::Qualified => counted("qualified"),
        Measure::Deals => counted("deals"),
        Measure::Sales => counted("sales"),
        Measure::Customers => counted("customers"),
        Measure::Revenue => shared("f.revenue_micros"),
        Measure::Vat => shared("f.vat_micros"),
        Measure::Refunds => shared("f.refunds_micros"),
        Measure::CostOfGoods => shared("f.cost_of_goods_micros"),
        Measure::CycleMs => shared("(f.sales * (f.at_ms - f.created_ms))"),
        Measure::Payers => dialect.distinct_where(CUSTOMER, "f.revenue_micros > 0"),
        Measure::Impressions => "sum(f.impressions)".into(),
        Measure::ClickableImpressions => {
            "sum(case when f.clicks is null then 0 else f.impressions end)".into()
        }
        Measure::AdClicks => "sum(coalesce(f.clicks, 0))".into(),
        Measure::Cost => "sum(f.cost_micros)".into(),
        Measure::CostVat => "sum(f.vat_micros)".into(),
        Measure::SaidConversions => "sum(f.conversions_micros)".into(),
        Measure::SaidValue => "sum(f.conversion_value_micros)".into(),
        // Cohorts have a statement of their own, and of the past all has been said.
        Measure::PastVisitors
        | Measure::PastVisits
        | Measure::PastPageViews
        | Measure::PastEvents
        | Measure::PastBounces
        | Measure::PastBounceable
        | Measure::PastLastedMs
        | Measure::PastTimed
        | Measure::PastPagedViews
        | Measure::PastPaged
        | Measure::Grown(_)
        | Measure::GrownProfit(_)
        | Measure::EarlyProfit(_) => "0".into(),
    }
}

/// Of days that another tool counted. What a row does not tell makes no part of a rate.
fn past_sql(builder: &Builder<'_>, measure: Measure) -> &'static str {
    let split = builder.resolved.past.unwrap_or_default();
    // As with own visits: those of a page are the ones that began there, and an event has none.
    match (split, measure) {
        (Split::Page | Split::Event, Measure::PastPageViews | Measure::PastEvents) => {}
        (Split::Page | Split::Event, _) => return "0",
        _ => {}
    }
    match measure {
        Measure::PastVisitors => "sum(coalesce(f.visitors, 0))",
        Measure::PastVisits => "sum(coalesce(f.visits, 0))",
        Measure::PastPageViews => "sum(coalesce(f.page_views, 0))",
        Measure::PastEvents => "sum(coalesce(f.events, 0))",
        Measure::PastBounces => {
            "sum(case when f.visits is null then 0 else coalesce(f.bounces, 0) end)"
        }
        Measure::PastBounceable => {
            "sum(case when f.bounces is null then 0 else coalesce(f.visits, 0) end)"
        }
        Measure::PastLastedMs => {
            "sum(case when f.visits is null then 0 else coalesce(f.lasted_ms, 0) end)"
        }
        Measure::PastTimed => {
            "sum(case when f.lasted_ms is null then 0 else coalesce(f.visits, 0) end)"
        }
        Measure::PastPagedViews => {
            "sum(case when f.visits is null then 0 else coalesce(f.page_views, 0) end)"
        }
        Measure::PastPaged => {
            "sum(case when f.page_views is null then 0 else coalesce(f.visits, 0) end)"
        }
        _ => "0",
    }
}
