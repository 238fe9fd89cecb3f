//! What a part sums up or counts for each measure.

use crate::catalogue::Measure;
use crate::plan::parts::{CUSTOMER, Part};
use crate::plan::sql::{Builder, event_revenue};

/// How long a visit lasted, at the row of its opening.
pub(crate) const LASTED: &str = "case when f.opening = 1 then coalesce(d.lasted_ms, 0) else 0 end";

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
        Measure::Events => dialect.count_where("f.kind in ('event', 'revenue')"),
        Measure::FormSubmits => dialect.count_where("f.kind = 'form_submit'"),
        Measure::OutboundClicks => dialect.count_where("f.kind = 'outbound'"),
        Measure::Downloads => dialect.count_where("f.kind = 'download'"),
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
        // Cohorts have a statement of their own.
        Measure::Grown(_) | Measure::GrownProfit(_) | Measure::EarlyProfit(_) => "0".into(),
    }
}
