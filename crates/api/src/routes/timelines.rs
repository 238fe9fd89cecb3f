//! What happened to a lead, or to a visitor, one thing after the other.

use app::TimelineItem;
use axum::extract::State;
use base::LeadId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::Path;
use crate::caller::Caller;
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::TimelineKind;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_lead_timeline))
        .routes(routes!(show_visitor_timeline))
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
struct TimelineEntry {
    at: String,
    /// `touch`, `page_view`, `event`, `lead`, `lead_status`, `lead_assigned`, `deal`,
    /// `deal_status`, `deal_assigned`, `payment` or `refund`.
    #[schema(value_type = TimelineKind)]
    kind: &'static str,
    title: String,
    detail: String,
    #[schema(required)]
    channel: Option<String>,
    #[schema(required)]
    source: Option<String>,
    #[schema(required)]
    campaign: Option<String>,
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
    #[schema(required)]
    url: Option<String>,
}

/// Everything that happened to a lead, oldest first.
#[utoipa::path(get, path = "/leads/{id}/timeline", params(("id" = i64, Path)), responses(
    (status = 200, body = List<TimelineEntry>), (status = "default", body = Problem)))]
async fn show_lead_timeline(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<List<TimelineEntry>>> {
    let items = state.app.lead_timeline(&actor, LeadId(id)).await?;
    Ok(axum::Json(List::whole(
        items.into_iter().map(entry).collect(),
    )))
}

/// The path of a visitor, oldest first: visits, clicks, leads, deals and money.
#[utoipa::path(get, path = "/visitors/{visitor}/timeline",
    params(("visitor" = String, Path)), responses(
    (status = 200, body = List<TimelineEntry>), (status = "default", body = Problem)))]
async fn show_visitor_timeline(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(visitor): Path<String>,
) -> ApiResult<axum::Json<List<TimelineEntry>>> {
    let items = state.app.visitor_timeline(&actor, &visitor).await?;
    Ok(axum::Json(List::whole(
        items.into_iter().map(entry).collect(),
    )))
}

fn entry(item: TimelineItem) -> TimelineEntry {
    TimelineEntry {
        at: item.at.rfc3339(),
        kind: item.kind.name(),
        title: item.title,
        detail: item.detail,
        channel: item.label.channel,
        source: item.label.source,
        campaign: item.label.campaign,
        amount: item.amount.map(base::Money::decimal),
        currency: item.amount.map(|amount| amount.currency.to_string()),
        url: item.url,
    }
}
