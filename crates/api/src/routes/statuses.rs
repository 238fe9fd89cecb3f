//! The status map of deals.

use app::{StatusGroup, StatusMapView};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::Json;
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::DealGroup;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_deal_statuses, put_deal_statuses))
}

/// What each status of a deal stands for.
#[derive(Debug, Serialize, ToSchema)]
struct DealStatuses {
    etag: String,
    items: Vec<DealStatus>,
    /// How many statuses have no group; their deals count nothing.
    unmapped: usize,
}

#[derive(Debug, Serialize, ToSchema)]
struct DealStatus {
    status: String,
    /// `not_counted`, `in_work`, `paid` or `cancelled`.
    #[schema(value_type = Option<DealGroup>, required)]
    group: Option<&'static str>,
    /// What the word most likely stands for.
    #[schema(value_type = Option<DealGroup>, required)]
    suggested: Option<&'static str>,
    deals: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
struct DealStatusesBody {
    items: Vec<DealStatusBody>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct DealStatusBody {
    status: String,
    #[schema(example = "paid")]
    #[schema(value_type = DealGroup)]
    group: String,
}

/// The status map.
#[utoipa::path(get, path = "/deal-statuses", responses(
    (status = 200, body = DealStatuses), (status = "default", body = Problem)))]
async fn show_deal_statuses(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<Response> {
    Ok(versioned(state.app.deal_statuses(&actor).await?))
}

/// Replace the status map.
#[utoipa::path(put, path = "/deal-statuses", request_body = DealStatusesBody,
    params(("If-Match" = String, Header)), responses(
    (status = 200, body = DealStatuses), (status = "default", body = Problem)))]
async fn put_deal_statuses(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    IfMatch(version): IfMatch,
    Json(body): Json<DealStatusesBody>,
) -> ApiResult<Response> {
    let items = body
        .items
        .into_iter()
        .map(|item| {
            let group: StatusGroup = item.group.parse().map_err(|error| {
                app::AppError::invalid("group", "not_allowed", format!("{error}"))
            })?;
            Ok((item.status, group))
        })
        .collect::<Result<Vec<_>, app::AppError>>()?;
    Ok(versioned(
        state.app.put_deal_statuses(&actor, version, &items).await?,
    ))
}

fn versioned(view: StatusMapView) -> Response {
    let unmapped = view.unmapped();
    let items = view.items.into_iter().map(|item| DealStatus {
        status: item.status,
        group: item.group.map(StatusGroup::name),
        suggested: item.suggested.map(StatusGroup::name),
        deals: item.deals,
    });
    let body = DealStatuses {
        etag: tag(view.version),
        items: items.collect(),
        unmapped,
    };
    Versioned {
        version: view.version,
        body,
    }
    .into_response()
}
