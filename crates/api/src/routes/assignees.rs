//! Handing leads and deals to those who are responsible for them.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::{DealId, LeadId, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{deals, leads};
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(assign_lead))
        .routes(routes!(assign_deal))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Assignment {
    /// A member; `null` where nobody is to be responsible.
    #[schema(required)]
    #[serde(deserialize_with = "Option::deserialize")]
    assignee_id: Option<i64>,
}

/// Make a member responsible for a lead.
#[utoipa::path(put, path = "/leads/{id}/assignee", request_body = Assignment,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = leads::Lead), (status = "default", body = Problem)))]
async fn assign_lead(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<Assignment>,
) -> ApiResult<Response> {
    let (id, to) = (LeadId(id), body.assignee_id.map(UserId));
    state.app.assign_lead(&actor, id, version, to).await?;
    let view = state.app.lead(&actor, id).await?;
    Ok(Versioned {
        version: view.lead.version,
        body: leads::shape(view),
    }
    .into_response())
}

/// Make a member responsible for a deal; with nobody, it is of whoever has its lead.
#[utoipa::path(put, path = "/deals/{id}/assignee", request_body = Assignment,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = deals::Deal), (status = "default", body = Problem)))]
async fn assign_deal(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<Assignment>,
) -> ApiResult<Response> {
    let (id, to) = (DealId(id), body.assignee_id.map(UserId));
    let view = state.app.assign_deal(&actor, id, version, to).await?;
    Ok(Versioned {
        version: view.deal.version,
        body: deals::shape(view),
    }
    .into_response())
}
