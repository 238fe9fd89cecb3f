//! Share links: saved views for whoever has the link.

use std::sync::Arc;

use app::{SavedViewId, ShareInput, ShareLinkId, SharedLink};
use axum::extract::State;
use base::UnixMillis;
use http::StatusCode;
use reports::{BucketSize, Language, Report, ViewScreen};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path};
use crate::caller::{Caller, CallerOrigin};
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::LanguageCode;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_share_links, create_share_link))
        .routes(routes!(revoke_share_link))
        .routes(routes!(open_share_link))
}

/// A link that shows a saved view to whoever has it.
#[derive(Debug, Serialize, ToSchema)]
struct ShareLink {
    id: i64,
    view_id: i64,
    /// Empty where the view is somebody's own.
    view: String,
    /// Whose reach bounds what is shown.
    author: String,
    has_password: bool,
    /// Those that are shown, where these are not all of the view.
    #[schema(required)]
    metrics: Option<Vec<String>>,
    created_at: String,
    expires_at: String,
    looks: i64,
    #[schema(required)]
    looked_at: Option<String>,
    /// The address; given only in the answer to making it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    link: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShareLinkBody {
    view_id: i64,
    /// How long it works, at most `sharing.days_max`.
    #[schema(example = 30)]
    days: u32,
    /// Empty for none.
    #[serde(default)]
    password: String,
    /// The metrics that are shown; all of the view when absent.
    metrics: Option<Vec<String>>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShareLinkSecret {
    /// What stands behind the `#` of the link.
    secret: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    #[schema(value_type = LanguageCode, required = false)]
    language: Language,
}

/// What a link shows.
#[derive(Debug, Serialize, ToSchema)]
struct SharedView {
    name: String,
    workspace: String,
    screen: ViewScreen,
    expires_at: String,
    /// Whether filters or segments narrow what is counted.
    is_filtered: bool,
    table: Report,
    chart: Report,
    /// The width of the chart's steps.
    bucket: BucketSize,
    lists: Vec<Report>,
}

/// The links that open something, newest first.
#[utoipa::path(get, path = "/share-links", responses(
    (status = 200, body = List<ShareLink>), (status = "default", body = Problem)))]
async fn list_share_links(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<ShareLink>>> {
    let found = state.app.list_share_links(&actor).await?;
    let items = found.into_iter().map(|link| shape(link, None)).collect();
    Ok(axum::Json(List::whole(items)))
}

/// Share a saved view by a link.
#[utoipa::path(post, path = "/share-links", request_body = ShareLinkBody, responses(
    (status = 201, body = ShareLink), (status = "default", body = Problem)))]
async fn create_share_link(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ShareLinkBody>,
) -> ApiResult<(StatusCode, axum::Json<ShareLink>)> {
    let input = ShareInput {
        view: SavedViewId(body.view_id),
        days: body.days,
        password: body.password,
        metrics: body.metrics,
    };
    let (link, url) = state.app.share(&actor, input).await?;
    Ok((StatusCode::CREATED, axum::Json(shape(link, Some(url)))))
}

/// Make a link worthless.
#[utoipa::path(delete, path = "/share-links/{id}", params(("id" = i64, Path)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn revoke_share_link(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<StatusCode> {
    let id = ShareLinkId(id);
    state.app.revoke_share_link(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a link shows, within the reach that its maker has now.
#[utoipa::path(post, path = "/share-links/open", request_body = ShareLinkSecret, responses(
    (status = 200, body = SharedView), (status = "default", body = Problem)))]
async fn open_share_link(
    State(state): State<ApiState>,
    CallerOrigin(origin): CallerOrigin,
    Json(body): Json<ShareLinkSecret>,
) -> ApiResult<axum::Json<SharedView>> {
    let ShareLinkSecret {
        secret,
        password,
        language,
    } = body;
    let shown = state
        .app
        .open_shared(&secret, password, language, &origin)
        .await?;
    let shown = Arc::unwrap_or_clone(shown);
    Ok(axum::Json(SharedView {
        name: shown.name,
        workspace: shown.workspace,
        screen: shown.screen,
        expires_at: shown.expires_at.rfc3339(),
        is_filtered: shown.is_filtered,
        table: shown.table,
        chart: shown.chart,
        bucket: shown.bucket,
        lists: shown.lists,
    }))
}

fn shape(shared: SharedLink, url: Option<String>) -> ShareLink {
    let link = shared.link;
    ShareLink {
        id: link.id.0,
        view_id: link.view_id.0,
        view: shared.view,
        author: shared.author,
        has_password: !link.password_hash.is_empty(),
        metrics: link
            .metrics
            .and_then(|keys| serde_json::from_value(keys).ok()),
        created_at: link.created_at.rfc3339(),
        expires_at: link.expires_at.rfc3339(),
        looks: link.looks,
        looked_at: link.looked_at.map(UnixMillis::rfc3339),
        link: url,
    }
}
