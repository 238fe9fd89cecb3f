//! Sites, their snippets and whether events arrive; API keys.

use app::{SiteInput, SitePatch, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::SiteId;
use http::StatusCode;
use reports::Language;
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
use crate::words::{ApiScope, ConsentMode, VisitEnd};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_sites, create_site))
        .routes(routes!(show_site, update_site, archive_site))
        .routes(routes!(show_snippet))
        .routes(routes!(show_site_status))
        .routes(routes!(list_api_keys, create_api_key))
        .routes(routes!(revoke_api_key))
}

/// A web site whose visits are collected.
#[derive(Debug, Serialize, ToSchema)]
struct Site {
    id: i64,
    name: String,
    domain: String,
    allowed_hosts: Vec<String>,
    /// `cookie`, `cookieless` or `ask`.
    #[schema(value_type = ConsentMode)]
    consent_mode: String,
    /// What a landing from another campaign does to a running visit.
    #[schema(value_type = VisitEnd)]
    on_campaign_change: String,
    /// What midnight in the workspace's zone does to a running visit.
    #[schema(value_type = VisitEnd)]
    at_midnight: String,
    /// Parameters of a page's address that say what was looked for on the site.
    search_parameters: Vec<String>,
    public_key: String,
    script_path: String,
    events_path: String,
    created_at: String,
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
struct SiteBody {
    #[serde(default)]
    name: String,
    #[schema(example = "shop.example")]
    domain: String,
    #[serde(default)]
    allowed_hosts: Vec<String>,
    #[schema(example = "cookie")]
    #[schema(value_type = ConsentMode)]
    consent_mode: String,
    /// What a landing from another campaign does to a running visit.
    #[serde(default = "same_visit")]
    #[schema(value_type = VisitEnd, required = false)]
    on_campaign_change: String,
    /// What midnight in the workspace's zone does to a running visit.
    #[serde(default = "same_visit")]
    #[schema(value_type = VisitEnd, required = false)]
    at_midnight: String,
    /// Parameters of a page's address that say what was looked for on the site: `q`, `s`, `search`
    /// and `query` unless others are named, none where the list is empty.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    search_parameters: Option<Vec<String>>,
}

fn same_visit() -> String {
    "same_visit".to_owned()
}

/// What changes about a site; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SitePatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    domain: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    allowed_hosts: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = ConsentMode, required = false)]
    consent_mode: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = VisitEnd, required = false)]
    on_campaign_change: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = VisitEnd, required = false)]
    at_midnight: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    search_parameters: Option<Vec<String>>,
}

/// Markup to paste into pages.
#[derive(Debug, Serialize, ToSchema)]
struct Snippet {
    /// For every page, before `</head>`.
    html: String,
    /// A form whose leads arrive with their visit, in the language of who asks.
    form_html: String,
    /// For pages without scripts.
    pixel_html: String,
    /// Where visitors' browsers have to reach this server: `server.base_url`.
    #[schema(example = "https://stats.example.com")]
    base_url: String,
}

/// Whether events arrive.
#[derive(Debug, Serialize, ToSchema)]
struct SiteStatus {
    #[schema(required)]
    first_event_at: Option<String>,
    #[schema(required)]
    last_event_at: Option<String>,
    events_24h: i64,
    dropped: Vec<Dropped>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Dropped {
    reason: String,
    count: u64,
}

/// A program that acts for the workspace.
#[derive(Debug, Serialize, ToSchema)]
struct ApiKey {
    id: i64,
    name: String,
    /// The first letters of the secret.
    prefix: String,
    #[schema(value_type = Vec<ApiScope>)]
    scopes: Vec<String>,
    created_at: String,
    #[schema(required)]
    last_used_at: Option<String>,
    /// When it ends by itself.
    #[schema(required)]
    expires_at: Option<String>,
    /// The program whose it is.
    #[schema(required)]
    service_account_id: Option<i64>,
    /// Only in the answer that made the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct ApiKeyBody {
    name: String,
    /// `events`, `leads`, `deals`, `reports` or `all`.
    #[schema(value_type = Vec<ApiScope>)]
    scopes: Vec<String>,
    /// Days that the key lives, up to 3650; for good when absent.
    expires_in_days: Option<u32>,
    /// The program whose it is; a key of the workspace when absent.
    service_account_id: Option<i64>,
}

/// Sites of the workspace.
#[utoipa::path(get, path = "/sites", responses(
    (status = 200, body = List<Site>), (status = "default", body = Problem)))]
async fn list_sites(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<Site>>> {
    let sites = state.app.list_sites(&actor).await?;
    Ok(axum::Json(List::whole(
        sites.into_iter().map(shape).collect(),
    )))
}

/// Add a site.
#[utoipa::path(post, path = "/sites", request_body = SiteBody, responses(
    (status = 201, body = Site), (status = "default", body = Problem)))]
async fn create_site(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<SiteBody>,
) -> ApiResult<Response> {
    let site = state.app.create_site(&actor, &body.into()).await?;
    Ok((StatusCode::CREATED, versioned(site)).into_response())
}

/// One site.
#[utoipa::path(get, path = "/sites/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = Site), (status = "default", body = Problem)))]
async fn show_site(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    Ok(versioned(state.app.site(&actor, SiteId(id)).await?).into_response())
}

/// Change a site.
#[utoipa::path(patch, path = "/sites/{id}", request_body = SitePatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Site), (status = "default", body = Problem)))]
async fn update_site(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<SitePatchBody>,
) -> ApiResult<Response> {
    let site = state
        .app
        .update_site(&actor, SiteId(id), version, body.into())
        .await?;
    Ok(versioned(site).into_response())
}

/// Stop collecting for a site; its history stays.
#[utoipa::path(delete, path = "/sites/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn archive_site(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    state.app.archive_site(&actor, SiteId(id), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What to paste into the site's pages.
#[utoipa::path(get, path = "/sites/{id}/snippet", params(("id" = i64, Path)), responses(
    (status = 200, body = Snippet), (status = "default", body = Problem)))]
async fn show_snippet(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<Snippet>> {
    let site = state.app.site(&actor, SiteId(id)).await?.details;
    let base = &state.app.settings().base_url;
    // On a local page the script is silent unless it is told that this is meant.
    let is_local = matches!(site.domain.as_str(), "localhost" | "127.0.0.1");
    let local = if is_local { " data-local" } else { "" };
    let html = format!(
        "<script defer{local} src=\"{base}{}\"></script>",
        site.script_path
    );
    let [name, phone, send] = match state.app.language(&actor).await? {
        Language::En => ["Name", "Phone", "Send"],
        Language::Ru => ["Имя", "Телефон", "Отправить"],
        Language::Pl => ["Imię", "Telefon", "Wyślij"],
    };
    let form_html = format!(
        "<form action=\"{base}/f/{key}\" method=\"post\">\n  \
         <input type=\"hidden\" name=\"throughline_visit\">\n  \
         <input name=\"throughline_url\" tabindex=\"-1\" autocomplete=\"off\" hidden>\n  \
         <input name=\"name\" autocomplete=\"name\" placeholder=\"{name}\">\n  \
         <input name=\"phone\" autocomplete=\"tel\" placeholder=\"{phone}\" required>\n  \
         <button>{send}</button>\n</form>",
        key = site.public_key
    );
    let pixel_html = format!(
        "<noscript><img src=\"{base}/p.gif?k={}\" alt=\"\" width=\"1\" height=\"1\"></noscript>",
        site.public_key
    );
    Ok(axum::Json(Snippet {
        html,
        form_html,
        pixel_html,
        base_url: base.clone(),
    }))
}

/// Whether events of the site arrive, and why some were dropped.
#[utoipa::path(get, path = "/sites/{id}/status", params(("id" = i64, Path)), responses(
    (status = 200, body = SiteStatus), (status = "default", body = Problem)))]
async fn show_site_status(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<SiteStatus>> {
    let status = state.app.site_status(&actor, SiteId(id)).await?;
    let dropped = (state.drops)(SiteId(id));
    Ok(axum::Json(SiteStatus {
        first_event_at: status.first_event_at.map(base::UnixMillis::rfc3339),
        last_event_at: status.last_event_at.map(base::UnixMillis::rfc3339),
        events_24h: status.events_24h,
        dropped: dropped
            .into_iter()
            .map(|(reason, count)| Dropped {
                reason: reason.to_owned(),
                count,
            })
            .collect(),
    }))
}

/// API keys in use, newest first.
#[utoipa::path(get, path = "/api-keys", params(PageQuery), responses(
    (status = 200, body = List<ApiKey>), (status = "default", body = Problem)))]
async fn list_api_keys(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<ApiKey>>> {
    let keys = state.app.list_api_keys(&actor, page.request()?).await?;
    Ok(axum::Json(List::of(keys, |key| key_shape(key, None))))
}

/// Make an API key; its secret is shown only in this answer.
#[utoipa::path(post, path = "/api-keys", request_body = ApiKeyBody, responses(
    (status = 201, body = ApiKey), (status = "default", body = Problem)))]
async fn create_api_key(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ApiKeyBody>,
) -> ApiResult<Response> {
    let account = body.service_account_id.map(app::ServiceAccountId);
    let (key, secret) = state
        .app
        .create_api_key(
            &actor,
            &body.name,
            &body.scopes,
            body.expires_in_days,
            account,
        )
        .await?;
    let body = axum::Json(key_shape(key, Some(secret)));
    Ok((StatusCode::CREATED, body).into_response())
}

/// Revoke an API key.
#[utoipa::path(delete, path = "/api-keys/{id}", params(("id" = i64, Path)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn revoke_api_key(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<StatusCode> {
    state.app.revoke_api_key(&actor, app::ApiKeyId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn versioned(site: rows::Site) -> Versioned<Site> {
    Versioned {
        version: site.version,
        body: shape(site),
    }
}

fn shape(site: rows::Site) -> Site {
    let details = site.details;
    Site {
        id: site.id.0,
        name: details.name,
        domain: app::shown_host(&details.domain),
        allowed_hosts: details
            .allowed_hosts
            .iter()
            .map(|host| app::shown_host(host))
            .collect(),
        consent_mode: details.consent_mode,
        on_campaign_change: details.on_campaign_change,
        at_midnight: details.at_midnight,
        search_parameters: app::search_parameters(&details.settings),
        public_key: details.public_key,
        script_path: details.script_path,
        events_path: details.events_path,
        created_at: site.created_at.rfc3339(),
        etag: tag(site.version),
    }
}

fn key_shape(key: rows::ApiKey, secret: Option<String>) -> ApiKey {
    ApiKey {
        id: key.id.0,
        name: key.name,
        prefix: key.prefix,
        scopes: key.scopes,
        created_at: key.created_at.rfc3339(),
        last_used_at: key.last_used_at.map(base::UnixMillis::rfc3339),
        expires_at: key.expires_at.map(base::UnixMillis::rfc3339),
        service_account_id: key.service_account_id.map(|id| id.0),
        secret,
    }
}

impl From<SiteBody> for SiteInput {
    fn from(body: SiteBody) -> Self {
        Self {
            name: body.name,
            domain: body.domain,
            allowed_hosts: body.allowed_hosts,
            consent_mode: body.consent_mode,
            on_campaign_change: body.on_campaign_change,
            at_midnight: body.at_midnight,
            search_parameters: body.search_parameters,
        }
    }
}

impl From<SitePatchBody> for SitePatch {
    fn from(body: SitePatchBody) -> Self {
        Self {
            name: body.name,
            domain: body.domain,
            allowed_hosts: body.allowed_hosts,
            consent_mode: body.consent_mode,
            on_campaign_change: body.on_campaign_change,
            at_midnight: body.at_midnight,
            search_parameters: body.search_parameters,
        }
    }
}
