//! What people have asked, and by when they have to be answered.

use app::{
    ErasureId, LawView, PersonRequestClose, PersonRequestId, PersonRequestInput, PersonRequestView,
};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, Query};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{PersonRequestKind, PersonRequestState, PrivacyLawName};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_person_requests, record_person_request))
        .routes(routes!(show_person_request, close_person_request))
        .routes(routes!(show_privacy_law, put_privacy_law))
}

/// What somebody has asked. Who it was is not kept here.
#[derive(Debug, Serialize, ToSchema)]
struct PersonRequest {
    id: i64,
    etag: String,
    #[schema(value_type = PersonRequestKind)]
    kind: String,
    #[schema(value_type = PrivacyLawName)]
    law: String,
    reference: String,
    received_on: String,
    /// The last day for the answer.
    due_on: String,
    /// Below zero when it is overdue; `null` for what has ended.
    #[schema(required)]
    days_left: Option<i32>,
    #[schema(value_type = PersonRequestState)]
    state: String,
    /// Why it was refused.
    reason: String,
    /// What was done about it, where that was an erasure.
    #[schema(required)]
    erasure_id: Option<i64>,
    #[schema(required)]
    closed_at: Option<String>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct PersonRequestBody {
    #[schema(value_type = PersonRequestKind)]
    kind: String,
    /// A day of the workspace; today when absent.
    #[schema(example = "2026-11-23")]
    received_on: String,
    /// That of the workspace when absent.
    #[schema(value_type = Option<PrivacyLawName>)]
    law: String,
    /// By what you find the letter again, such as a ticket's number. No name, no address.
    #[schema(example = "Ticket 4711")]
    reference: String,
}

/// How a request has ended.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct PersonRequestEndBody {
    /// `done` or `refused`.
    #[schema(example = "refused")]
    state: String,
    /// Of a refusal: whoever asked has to be told.
    reason: String,
    /// What was done about it.
    erasure_id: Option<i64>,
}

/// The law by which the days for an answer are counted.
#[derive(Debug, Serialize, ToSchema)]
struct PrivacyLaw {
    etag: String,
    #[schema(value_type = PrivacyLawName)]
    law: &'static str,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PrivacyLawBody {
    #[schema(value_type = PrivacyLawName)]
    law: String,
}

/// What people have asked: the open ones first, by the last day for the answer, then the others.
#[utoipa::path(get, path = "/person-requests", params(PageQuery), responses(
    (status = 200, body = List<PersonRequest>), (status = "default", body = Problem)))]
async fn list_person_requests(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<PersonRequest>>> {
    let found = state.app.person_requests(&actor, page.request()?).await?;
    Ok(axum::Json(List::of(found, shape)))
}

/// Write down what somebody has asked. An erasure or an export that names it is its answer.
#[utoipa::path(post, path = "/person-requests", request_body = PersonRequestBody, responses(
    (status = 201, body = PersonRequest), (status = "default", body = Problem)))]
async fn record_person_request(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<PersonRequestBody>,
) -> ApiResult<Response> {
    let input = PersonRequestInput {
        kind: body.kind,
        received_on: body.received_on,
        law: body.law,
        reference: body.reference,
    };
    let made = state.app.record_person_request(&actor, &input).await?;
    Ok((StatusCode::CREATED, versioned(made)).into_response())
}

/// What somebody has asked.
#[utoipa::path(get, path = "/person-requests/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = PersonRequest), (status = "default", body = Problem)))]
async fn show_person_request(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let found = state.app.person_request(&actor, PersonRequestId(id));
    Ok(versioned(found.await?))
}

/// End a request by hand: it was answered elsewhere, or is refused.
#[utoipa::path(patch, path = "/person-requests/{id}", request_body = PersonRequestEndBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = PersonRequest), (status = "default", body = Problem)))]
async fn close_person_request(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<PersonRequestEndBody>,
) -> ApiResult<Response> {
    let close = PersonRequestClose {
        state: body.state,
        reason: body.reason,
        erasure: body.erasure_id.map(ErasureId),
    };
    let id = PersonRequestId(id);
    let closed = state
        .app
        .close_person_request(&actor, (id, version), &close);
    Ok(versioned(closed.await?))
}

/// The law by which the days for an answer are counted.
#[utoipa::path(get, path = "/privacy/law", responses(
    (status = 200, body = PrivacyLaw), (status = "default", body = Problem)))]
async fn show_privacy_law(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<Response> {
    Ok(law(state.app.privacy_law(&actor).await?))
}

/// Count the days of requests to come by a law.
#[utoipa::path(put, path = "/privacy/law", request_body = PrivacyLawBody,
    params(("If-Match" = String, Header)), responses(
    (status = 200, body = PrivacyLaw), (status = "default", body = Problem)))]
async fn put_privacy_law(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    IfMatch(version): IfMatch,
    Json(body): Json<PrivacyLawBody>,
) -> ApiResult<Response> {
    let kept = state.app.set_privacy_law(&actor, version, &body.law);
    Ok(law(kept.await?))
}

fn law(view: LawView) -> Response {
    let body = PrivacyLaw {
        etag: tag(view.version),
        law: view.law.name(),
    };
    Versioned {
        version: view.version,
        body,
    }
    .into_response()
}

fn versioned(view: PersonRequestView) -> Response {
    Versioned {
        version: view.request.version,
        body: shape(view),
    }
    .into_response()
}

fn shape(view: PersonRequestView) -> PersonRequest {
    let PersonRequestView { request, days_left } = view;
    PersonRequest {
        id: request.id.0,
        etag: tag(request.version),
        kind: request.said.kind,
        law: request.said.law,
        reference: request.said.reference,
        received_on: request.said.received_day.to_string(),
        due_on: request.said.due_day.to_string(),
        days_left,
        state: request.state,
        reason: request.reason,
        erasure_id: request.erasure_id.map(|id| id.0),
        closed_at: request.closed_at.map(base::UnixMillis::rfc3339),
    }
}
