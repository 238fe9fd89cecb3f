//! Saved views of reports and web analytics.

use app::{SavedViewId, SavedViewInput, SavedViewPatch, SeenView};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use reports::View;
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
        .routes(routes!(list_saved_views, create_saved_view))
        .routes(routes!(
            show_saved_view,
            update_saved_view,
            delete_saved_view
        ))
}

/// A question of a report under a name.
#[derive(Debug, Serialize, ToSchema)]
struct SavedView {
    id: i64,
    name: String,
    /// Whether it is everybody's; otherwise it is yours alone.
    is_shared: bool,
    /// Whether the screen opens with it: your own default comes before everybody's.
    is_default: bool,
    /// Whether you may change and remove it.
    may_edit: bool,
    view: View,
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SavedViewBody {
    #[schema(example = "Campaigns by profit")]
    name: String,
    #[serde(default)]
    is_shared: bool,
    #[serde(default)]
    is_default: bool,
    view: View,
}

/// What changes about a view; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SavedViewPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_shared: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_default: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    view: Option<View>,
}

/// Your own saved views and everybody's, by name.
#[utoipa::path(get, path = "/saved-views", responses(
    (status = 200, body = List<SavedView>), (status = "default", body = Problem)))]
async fn list_saved_views(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<SavedView>>> {
    let found = state.app.list_saved_views(&actor).await?;
    Ok(axum::Json(List::whole(
        found.into_iter().map(shape).collect(),
    )))
}

/// Save a view.
#[utoipa::path(post, path = "/saved-views", request_body = SavedViewBody, responses(
    (status = 201, body = SavedView), (status = "default", body = Problem)))]
async fn create_saved_view(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<SavedViewBody>,
) -> ApiResult<Response> {
    let input = SavedViewInput {
        name: body.name,
        is_shared: body.is_shared,
        is_default: body.is_default,
        view: body.view,
    };
    let seen = state.app.create_saved_view(&actor, input).await?;
    Ok((StatusCode::CREATED, versioned(seen)).into_response())
}

/// One saved view.
#[utoipa::path(get, path = "/saved-views/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = SavedView), (status = "default", body = Problem)))]
async fn show_saved_view(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let seen = state.app.saved_view(&actor, SavedViewId(id)).await?;
    Ok(versioned(seen).into_response())
}

/// Rename a view, change its question, whose it is or whether it is the default.
#[utoipa::path(patch, path = "/saved-views/{id}", request_body = SavedViewPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = SavedView), (status = "default", body = Problem)))]
async fn update_saved_view(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<SavedViewPatchBody>,
) -> ApiResult<Response> {
    let patch = SavedViewPatch {
        name: body.name,
        is_shared: body.is_shared,
        is_default: body.is_default,
        view: body.view,
    };
    let id = SavedViewId(id);
    let seen = state.app.update_saved_view(&actor, id, version, patch);
    Ok(versioned(seen.await?).into_response())
}

/// Remove a saved view.
#[utoipa::path(delete, path = "/saved-views/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_saved_view(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    let id = SavedViewId(id);
    state.app.delete_saved_view(&actor, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn versioned(seen: SeenView) -> Versioned<SavedView> {
    Versioned {
        version: seen.saved.version,
        body: shape(seen),
    }
}

fn shape(seen: SeenView) -> SavedView {
    let details = seen.saved.details;
    SavedView {
        id: seen.saved.id.0,
        name: details.name,
        is_shared: details.is_shared,
        is_default: details.is_default,
        may_edit: seen.may_edit,
        view: seen.view,
        etag: tag(seen.saved.version),
    }
}
