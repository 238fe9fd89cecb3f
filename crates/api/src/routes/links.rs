//! Click links.

use std::collections::HashMap;

use app::{LinkInput, LinkPatch};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::LinkId;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, Query, given};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_links, create_link))
        .routes(routes!(show_link, update_link, archive_link))
}

/// A click link.
#[derive(Debug, Serialize, ToSchema)]
struct Link {
    id: i64,
    slug: String,
    name: String,
    target: String,
    source: String,
    medium: String,
    campaign: String,
    ad_group: String,
    ad: String,
    keyword: String,
    /// The address to put into ads.
    url: String,
    archived: bool,
    created_at: String,
    /// Clicks of the last thirty days, machines left out; null while the server with the facts is
    /// away.
    clicks_30d: Option<i64>,
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
struct LinkBody {
    /// Last part of the address; random when absent at creation.
    slug: Option<String>,
    #[serde(default)]
    name: String,
    /// Where the link leads. Tokens such as `{click_id}` and `{utm_source}` are filled in.
    #[schema(example = "https://shop.example/lenses?sub={click_id}")]
    target: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    medium: String,
    #[serde(default)]
    campaign: String,
    #[serde(default)]
    ad_group: String,
    #[serde(default)]
    ad: String,
    #[serde(default)]
    keyword: String,
}

/// What changes about a link; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    slug: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    target: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    source: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    medium: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    campaign: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    ad_group: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    ad: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    keyword: Option<String>,
    /// Whether it is out of use; `false` brings it back.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    archived: Option<bool>,
}

/// Links of the workspace, newest first.
#[utoipa::path(get, path = "/links", params(PageQuery), responses(
    (status = 200, body = List<Link>), (status = "default", body = Problem)))]
async fn list_links(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<Link>>> {
    let links = state.app.list_links(&actor, page.request()?).await?;
    let clicks = state.app.link_clicks(&actor).await?;
    Ok(axum::Json(List::of(links, |link| {
        let count = clicks_of(clicks.as_ref(), &link);
        shape(&state, link, count)
    })))
}

/// Make a link.
#[utoipa::path(post, path = "/links", request_body = LinkBody, responses(
    (status = 201, body = Link), (status = "default", body = Problem)))]
async fn create_link(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<LinkBody>,
) -> ApiResult<Response> {
    let link = state.app.create_link(&actor, &body.into()).await?;
    Ok((StatusCode::CREATED, versioned(&state, link, Some(0))).into_response())
}

/// One link.
#[utoipa::path(get, path = "/links/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = Link), (status = "default", body = Problem)))]
async fn show_link(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let link = state.app.link(&actor, LinkId(id)).await?;
    let clicks = state.app.link_clicks(&actor).await?;
    let count = clicks_of(clicks.as_ref(), &link);
    Ok(versioned(&state, link, count).into_response())
}

/// Change a link.
#[utoipa::path(patch, path = "/links/{id}", request_body = LinkPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Link), (status = "default", body = Problem)))]
async fn update_link(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<LinkPatchBody>,
) -> ApiResult<Response> {
    let link = state
        .app
        .update_link(&actor, LinkId(id), version, body.into())
        .await?;
    let clicks = state.app.link_clicks(&actor).await?;
    let count = clicks_of(clicks.as_ref(), &link);
    Ok(versioned(&state, link, count).into_response())
}

/// Take a link out of use.
#[utoipa::path(delete, path = "/links/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn archive_link(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    state.app.archive_link(&actor, LinkId(id), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A link that nobody clicked is not among those that were counted.
fn clicks_of(counted: Option<&HashMap<LinkId, i64>>, link: &app::rows::Link) -> Option<i64> {
    counted.map(|counted| counted.get(&link.id).copied().unwrap_or_default())
}

fn versioned(state: &ApiState, link: app::rows::Link, clicks: Option<i64>) -> Versioned<Link> {
    Versioned {
        version: link.version,
        body: shape(state, link, clicks),
    }
}

fn shape(state: &ApiState, link: app::rows::Link, clicks_30d: Option<i64>) -> Link {
    let details = link.details;
    Link {
        id: link.id.0,
        url: format!("{}/c/{}", state.app.settings().base_url, details.slug),
        slug: details.slug,
        name: details.name,
        target: details.target,
        source: details.source,
        medium: details.medium,
        campaign: details.campaign,
        ad_group: details.ad_group,
        ad: details.ad,
        keyword: details.keyword,
        archived: link.archived_at.is_some(),
        created_at: link.created_at.rfc3339(),
        clicks_30d,
        etag: tag(link.version),
    }
}

impl From<LinkBody> for LinkInput {
    fn from(body: LinkBody) -> Self {
        Self {
            slug: body.slug.filter(|slug| !slug.is_empty()),
            name: body.name,
            target: body.target,
            source: body.source,
            medium: body.medium,
            campaign: body.campaign,
            ad_group: body.ad_group,
            ad: body.ad,
            keyword: body.keyword,
        }
    }
}

impl From<LinkPatchBody> for LinkPatch {
    fn from(body: LinkPatchBody) -> Self {
        Self {
            slug: body.slug,
            name: body.name,
            target: body.target,
            source: body.source,
            medium: body.medium,
            campaign: body.campaign,
            ad_group: body.ad_group,
            ad: body.ad,
            keyword: body.keyword,
            archived: body.archived,
        }
    }
}
