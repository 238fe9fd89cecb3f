//! The provider of identities: signing in and proving by it, and the person's accounts there.

use app::{ProviderAnswer, ProviderEntry, ProviderLinkId, ProviderLinkView};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, given};
use crate::caller::{CallerOrigin, Person, cookie};
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::routes::sessions::{Scope, set_cookie, welcome};
use crate::state::ApiState;

/// What a stranger's browser shows when it comes back from the provider.
const PROVIDER_COOKIE: &str = "tl_provider";
const COOKIE_AGE_S: i64 = 300;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(begin_provider_sign_in))
        .routes(routes!(sign_in_by_provider))
        .routes(routes!(begin_provider_proof))
        .routes(routes!(list_provider_links, add_provider_link))
        .routes(routes!(begin_provider_link))
        .routes(routes!(remove_provider_link))
}

/// Where the browser goes.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderPage {
    /// The provider's own page. It sends the browser back to `/sign-in/provider`, with a code.
    address: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProviderBody {
    /// Of an invitation's link, to join by it.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    invitation: Option<String>,
}

/// What the provider sent the browser back with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderReturn {
    code: String,
    state: String,
    /// Where the provider says who it is.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    iss: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProviderSignIn {
    /// In the place of `second_factor`.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    provider: Option<ProviderReturn>,
    /// A code of the authenticator, or a recovery code, where `second_factor_needed` was answered.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "081804")]
    second_factor: Option<String>,
}

/// An account at the provider that signs the person in.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderLink {
    id: i64,
    #[schema(example = "https://id.example.com")]
    issuer: String,
    /// What the provider called the person's address when it was linked.
    email: String,
    created_at: String,
    #[schema(required)]
    last_used_at: Option<String>,
}

impl From<ProviderReturn> for ProviderAnswer {
    fn from(back: ProviderReturn) -> Self {
        Self {
            code: back.code,
            state: back.state,
            issuer: back.iss,
        }
    }
}

/// Begin to sign in by the provider; a cookie ties its answer to this browser.
#[utoipa::path(post, path = "/sessions/provider/challenge", request_body = ProviderBody, responses(
    (status = 200, body = ProviderPage), (status = "default", body = Problem)))]
async fn begin_provider_sign_in(
    State(state): State<ApiState>,
    CallerOrigin(origin): CallerOrigin,
    Json(body): Json<ProviderBody>,
) -> ApiResult<Response> {
    let begun = state.app.begin_provider_sign_in(body.invitation, &origin);
    let (address, shown) = begun.await?;
    let mut response = axum::Json(ProviderPage { address }).into_response();
    set_provider(&state, &mut response, &shown, COOKIE_AGE_S);
    Ok(response)
}

/// Sign in by what the provider sent the browser back with, then by a code where one is asked for.
#[utoipa::path(post, path = "/sessions/provider", request_body = ProviderSignIn, responses(
    (status = 201, body = crate::routes::sessions::Me), (status = "default", body = Problem)))]
async fn sign_in_by_provider(
    State(state): State<ApiState>,
    CallerOrigin(origin): CallerOrigin,
    parts: Parts,
    Json(body): Json<ProviderSignIn>,
) -> ApiResult<Response> {
    let shown = cookie(&parts.headers, PROVIDER_COOKIE);
    let app = &state.app;
    let signed_in = match body.provider {
        Some(back) => match app
            .sign_in_by_provider(shown, &back.into(), &origin)
            .await?
        {
            ProviderEntry::In(signed_in) => *signed_in,
            ProviderEntry::CodeNeeded { shown } => {
                let needed = Problem::from(app::AppError::SecondFactorNeeded);
                let mut response = needed.into_response();
                set_provider(&state, &mut response, &shown, COOKIE_AGE_S);
                return Ok(response);
            }
        },
        None => {
            let code = body.second_factor.unwrap_or_default();
            app.end_provider_sign_in(shown, &code, &origin).await?
        }
    };
    let mut response = welcome(&state, signed_in)?;
    set_provider(&state, &mut response, "", 0);
    Ok(response)
}

/// Begin to prove by the provider that it is the person: it has to ask them anew.
#[utoipa::path(post, path = "/sessions/proof/provider", responses(
    (status = 200, body = ProviderPage), (status = "default", body = Problem)))]
async fn begin_provider_proof(
    State(state): State<ApiState>,
    Person(visitor): Person,
) -> ApiResult<axum::Json<ProviderPage>> {
    let address = state.app.begin_provider_proof(&visitor).await?;
    Ok(axum::Json(ProviderPage { address }))
}

/// The accounts at the provider that sign the person in.
#[utoipa::path(get, path = "/me/provider-links", responses(
    (status = 200, body = List<ProviderLink>), (status = "default", body = Problem)))]
async fn list_provider_links(
    State(state): State<ApiState>,
    Person(visitor): Person,
) -> ApiResult<axum::Json<List<ProviderLink>>> {
    let found = state.app.list_provider_links(&visitor).await?;
    Ok(axum::Json(List::whole(
        found.into_iter().map(shape).collect(),
    )))
}

/// Begin to link an account at the provider.
#[utoipa::path(post, path = "/me/provider-links/challenge", responses(
    (status = 200, body = ProviderPage), (status = "default", body = Problem)))]
async fn begin_provider_link(
    State(state): State<ApiState>,
    Person(visitor): Person,
) -> ApiResult<axum::Json<ProviderPage>> {
    let address = state.app.begin_provider_link(&visitor).await?;
    Ok(axum::Json(ProviderPage { address }))
}

/// Link the account that the provider sent the browser back with.
#[utoipa::path(post, path = "/me/provider-links", request_body = ProviderReturn, responses(
    (status = 201, body = ProviderLink), (status = "default", body = Problem)))]
async fn add_provider_link(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Json(body): Json<ProviderReturn>,
) -> ApiResult<Response> {
    let added = state.app.add_provider_link(&visitor, &body.into()).await?;
    Ok((StatusCode::CREATED, axum::Json(shape(added))).into_response())
}

/// Unlink an account; other sessions end.
#[utoipa::path(delete, path = "/me/provider-links/{id}", params(("id" = i64, Path)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn remove_provider_link(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Path(id): Path<i64>,
) -> ApiResult<StatusCode> {
    let id = ProviderLinkId(id);
    state.app.remove_provider_link(&visitor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn set_provider(state: &ApiState, response: &mut Response, shown: &str, age_s: i64) {
    let scope = Scope {
        path: "/api/v1/sessions",
        same_site: "Strict",
        age_s,
    };
    set_cookie(state, response, (PROVIDER_COOKIE, shown), scope);
}

fn shape(view: ProviderLinkView) -> ProviderLink {
    ProviderLink {
        id: view.id.0,
        issuer: view.issuer,
        email: view.email,
        created_at: view.created_at.rfc3339(),
        last_used_at: view.last_used_at.map(base::UnixMillis::rfc3339),
    }
}
