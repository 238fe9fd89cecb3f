//! Segments: filters under a name.

use app::{SegmentId, SegmentInput, SegmentPatch, filters_of, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use reports::Filter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, given};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_segments, create_segment))
        .routes(routes!(show_segment, update_segment, delete_segment))
}

/// Filters under a name, the workspace's.
#[derive(Debug, Serialize, ToSchema)]
struct Segment {
    id: i64,
    name: String,
    filters: Vec<Filter>,
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SegmentBody {
    #[schema(example = "From phones")]
    name: String,
    filters: Vec<Filter>,
}

/// What changes about a segment; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SegmentPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// All of them.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    filters: Option<Vec<Filter>>,
}

/// The workspace's segments, by name.
#[utoipa::path(get, path = "/segments", responses(
    (status = 200, body = List<Segment>), (status = "default", body = Problem)))]
async fn list_segments(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<Segment>>> {
    let found = state.app.list_segments(&actor).await?;
    let items: ApiResult<Vec<Segment>> = found.into_iter().map(shape).collect();
    Ok(axum::Json(List::whole(items?)))
}

/// Save filters as a segment.
#[utoipa::path(post, path = "/segments", request_body = SegmentBody, responses(
    (status = 201, body = Segment), (status = "default", body = Problem)))]
async fn create_segment(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<SegmentBody>,
) -> ApiResult<Response> {
    let input = SegmentInput {
        name: body.name,
        filters: body.filters,
    };
    let segment = state.app.create_segment(&actor, input).await?;
    Ok((StatusCode::CREATED, versioned(segment)?).into_response())
}

/// One segment.
#[utoipa::path(get, path = "/segments/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = Segment), (status = "default", body = Problem)))]
async fn show_segment(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let segment = state.app.segment(&actor, SegmentId(id)).await?;
    Ok(versioned(segment)?.into_response())
}

/// Rename a segment or change its filters: whatever refers to it shows the change.
#[utoipa::path(patch, path = "/segments/{id}", request_body = SegmentPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Segment), (status = "default", body = Problem)))]
async fn update_segment(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<SegmentPatchBody>,
) -> ApiResult<Response> {
    let patch = SegmentPatch {
        name: body.name,
        filters: body.filters,
    };
    let id = SegmentId(id);
    let segment = state.app.update_segment(&actor, id, version, patch);
    Ok(versioned(segment.await?)?.into_response())
}

/// Remove a segment that no saved view uses.
#[utoipa::path(delete, path = "/segments/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_segment(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    let id = SegmentId(id);
    state.app.delete_segment(&actor, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn versioned(segment: rows::Segment) -> ApiResult<Versioned<Segment>> {
    Ok(Versioned {
        version: segment.version,
        body: shape(segment)?,
    })
}

fn shape(segment: rows::Segment) -> ApiResult<Segment> {
    Ok(Segment {
        filters: filters_of(&segment)?,
        id: segment.id.0,
        name: segment.details.name,
        etag: tag(segment.version),
    })
}
