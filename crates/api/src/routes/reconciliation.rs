//! What platforms say beside what was seen, and why both differ.

use app::{Gap as GapView, ReconciledChannel, Reconciliation as View, ReconciliationQuery};
use axum::extract::State;
use base::{DayRange, decimal_of_micros};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::leads::day;
use crate::body::Query;
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::GapCause;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(reconcile))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReconcileParameters {
    /// First day, such as `2026-11-01`.
    from: String,
    /// Last day, included.
    to: String,
    /// Of the ad account, where it is another than the workspace's.
    account_zone: Option<String>,
}

/// What platforms say beside what was seen, in channels that they report of.
#[derive(Debug, Serialize, ToSchema)]
struct Reconciliation {
    from: String,
    to: String,
    currency: String,
    channels: Vec<ReconciledChannelBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReconciledChannel)]
struct ReconciledChannelBody {
    /// The channel's id; `null` for what is in none.
    #[schema(required)]
    channel: Option<String>,
    label: String,
    platform_clicks: i64,
    /// Redirects through the workspace's own links.
    own_clicks: i64,
    visits: i64,
    cost: String,
    leads: i64,
    deals: i64,
    sales: i64,
    revenue: String,
    /// Conversions that the platform counts to itself.
    platform_conversions: String,
    /// How many more than leads.
    platform_conversions_gap: String,
    /// What the platform says that they are worth.
    platform_value: String,
    /// How much more than was paid.
    platform_value_gap: String,
    /// From the platform's clicks to visits.
    clicks_gap: Gap,
    /// Cost that met no visit.
    cost_gap: Gap,
    /// From leads to sales.
    sales_gap: Gap,
    /// Days on which there were visits and no report of the platform.
    days_without_report: i64,
    /// Some campaigns with clicks or cost and without a single visit, the dearest first.
    unmet_campaigns: Vec<UnmetCampaign>,
}

/// A difference. Its causes and what nothing explains add up to it.
#[derive(Debug, Serialize, ToSchema)]
struct Gap {
    /// A count, or money for cost.
    size: String,
    causes: Vec<GapPart>,
    unexplained: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct GapPart {
    #[schema(value_type = GapCause)]
    cause: &'static str,
    size: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct UnmetCampaign {
    #[schema(required)]
    campaign: Option<String>,
    clicks: i64,
    cost: String,
}

/// What platforms say beside what was seen: clicks, cost, leads and sales of each channel, with the
/// causes of every difference as far as facts prove them.
#[utoipa::path(get, path = "/reconciliation", params(ReconcileParameters), responses(
    (status = 200, body = Reconciliation), (status = "default", body = Problem)))]
async fn reconcile(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(asked): Query<ReconcileParameters>,
) -> ApiResult<axum::Json<Reconciliation>> {
    let (from, to) = (day("from", Some(&asked.from))?, day("to", Some(&asked.to))?);
    let days = from.zip(to).and_then(|(from, to)| DayRange::new(from, to));
    let days = days.ok_or_else(|| {
        let detail = "name a first and a last day, the first not behind the last";
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail).on_field("to")
    })?;
    let query = ReconciliationQuery {
        days,
        account_zone: asked.account_zone.filter(|zone| !zone.is_empty()),
    };
    let found = state.app.reconciliation(&actor, &query).await?;
    Ok(axum::Json(shape(&found)))
}

fn shape(view: &View) -> Reconciliation {
    let money = |micros| view.money(micros);
    let channel = |one: &ReconciledChannel| ReconciledChannelBody {
        channel: one.channel.clone(),
        label: one.label.clone(),
        platform_clicks: one.platform_clicks,
        own_clicks: one.own_clicks,
        visits: one.visits,
        cost: money(one.cost_micros),
        leads: one.leads,
        deals: one.deals,
        sales: one.sales,
        revenue: money(one.revenue_micros),
        platform_conversions: decimal_of_micros(one.said_conversions_micros),
        platform_conversions_gap: decimal_of_micros(one.said_conversions_gap_micros),
        platform_value: money(one.said_value_micros),
        platform_value_gap: money(one.said_value_gap_micros),
        clicks_gap: gap(&one.clicks, |count| count.to_string()),
        cost_gap: gap(&one.cost, money),
        sales_gap: gap(&one.sold, |count| count.to_string()),
        days_without_report: one.days_without_report,
        unmet_campaigns: one
            .unmet
            .iter()
            .map(|unmet| UnmetCampaign {
                campaign: unmet.campaign.clone(),
                clicks: unmet.clicks,
                cost: money(unmet.cost_micros),
            })
            .collect(),
    };
    Reconciliation {
        from: view.days.first.to_string(),
        to: view.days.last.to_string(),
        currency: view.currency.to_string(),
        channels: view.channels.iter().map(channel).collect(),
    }
}

fn gap(view: &GapView, shown: impl Fn(i64) -> String) -> Gap {
    let causes = view.causes.iter();
    Gap {
        size: shown(view.size),
        causes: causes
            .map(|(cause, part)| GapPart {
                cause,
                size: shown(*part),
            })
            .collect(),
        unexplained: shown(view.unexplained()),
    }
}
