//! Passkeys: the person's own, and signing in or proving by one.

use app::{PasskeyId, PasskeyView};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path};
use crate::caller::{CallerOrigin, Person, cookie};
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::routes::sessions::{Scope, set_cookie, welcome};
use crate::state::ApiState;

/// What a stranger's browser shows to end what it began.
const CEREMONY_COOKIE: &str = "tl_ceremony";
const CEREMONY_AGE_S: i64 = 300;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_passkeys, add_passkey))
        .routes(routes!(begin_passkey))
        .routes(routes!(rename_passkey, remove_passkey))
        .routes(routes!(begin_passkey_sign_in))
        .routes(routes!(sign_in_by_passkey))
        .routes(routes!(begin_passkey_proof))
}

/// A key on a device of the person, which signs them in.
#[derive(Debug, Serialize, ToSchema)]
struct Passkey {
    id: i64,
    #[schema(example = "Work laptop")]
    name: String,
    created_at: String,
    #[schema(required)]
    last_used_at: Option<String>,
    etag: String,
}

/// A new passkey.
#[derive(Debug, Serialize, ToSchema)]
struct AddedPasskey {
    passkey: Passkey,
    /// Where it is the first second factor of the person; nothing tells them a second time.
    #[schema(required)]
    recovery_codes: Option<Vec<String>>,
}

/// What a browser is to ask a device.
#[derive(Debug, Serialize, ToSchema)]
struct PasskeyChallenge {
    /// The options of `navigator.credentials.create` or `get`, as
    /// `PublicKeyCredential.parseCreationOptionsFromJSON` and its like take them.
    #[schema(value_type = BTreeMap<String, Value>)]
    options: Value,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyBody {
    #[schema(example = "Work laptop")]
    name: String,
    /// What the browser made, as its `toJSON` writes it.
    #[schema(value_type = BTreeMap<String, Value>)]
    passkey: Value,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyPatchBody {
    #[schema(example = "Work laptop")]
    name: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyAnswer {
    /// What the browser got, as its `toJSON` writes it.
    #[schema(value_type = BTreeMap<String, Value>)]
    passkey: Value,
}

/// The person's passkeys, the oldest first.
#[utoipa::path(get, path = "/me/passkeys", responses(
    (status = 200, body = List<Passkey>), (status = "default", body = Problem)))]
async fn list_passkeys(
    State(state): State<ApiState>,
    Person(visitor): Person,
) -> ApiResult<axum::Json<List<Passkey>>> {
    let found = state.app.list_passkeys(&visitor).await?;
    Ok(axum::Json(List::whole(
        found.into_iter().map(shape).collect(),
    )))
}

/// Begin to add a passkey.
#[utoipa::path(post, path = "/me/passkeys/challenge", responses(
    (status = 200, body = PasskeyChallenge), (status = "default", body = Problem)))]
async fn begin_passkey(
    State(state): State<ApiState>,
    Person(visitor): Person,
) -> ApiResult<axum::Json<PasskeyChallenge>> {
    let options = state.app.begin_passkey(&visitor).await?;
    Ok(axum::Json(PasskeyChallenge { options }))
}

/// Add the passkey that the browser made; other sessions end.
#[utoipa::path(post, path = "/me/passkeys", request_body = PasskeyBody, responses(
    (status = 201, body = AddedPasskey), (status = "default", body = Problem)))]
async fn add_passkey(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Json(body): Json<PasskeyBody>,
) -> ApiResult<Response> {
    let added = state
        .app
        .add_passkey(&visitor, &body.name, body.passkey)
        .await?;
    let body = AddedPasskey {
        passkey: shape(added.passkey),
        recovery_codes: added.recovery_codes,
    };
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

/// Rename a passkey.
#[utoipa::path(patch, path = "/me/passkeys/{id}", request_body = PasskeyPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Passkey), (status = "default", body = Problem)))]
async fn rename_passkey(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<PasskeyPatchBody>,
) -> ApiResult<Response> {
    let renamed = state
        .app
        .rename_passkey(&visitor, PasskeyId(id), version, &body.name)
        .await?;
    let versioned = Versioned {
        version: renamed.version,
        body: shape(renamed),
    };
    Ok(versioned.into_response())
}

/// Remove a passkey; other sessions end.
#[utoipa::path(delete, path = "/me/passkeys/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn remove_passkey(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    state
        .app
        .remove_passkey(&visitor, PasskeyId(id), version)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begin to sign in by a passkey; a cookie ties the answer to this browser.
#[utoipa::path(post, path = "/sessions/passkey/challenge", responses(
    (status = 200, body = PasskeyChallenge), (status = "default", body = Problem)))]
async fn begin_passkey_sign_in(
    State(state): State<ApiState>,
    CallerOrigin(origin): CallerOrigin,
) -> ApiResult<Response> {
    let (options, shown) = state.app.begin_passkey_sign_in(&origin).await?;
    let mut response = axum::Json(PasskeyChallenge { options }).into_response();
    set_ceremony(&state, &mut response, &shown, CEREMONY_AGE_S);
    Ok(response)
}

/// Sign in by a passkey, which is a second factor too.
#[utoipa::path(post, path = "/sessions/passkey", request_body = PasskeyAnswer, responses(
    (status = 201, body = crate::routes::sessions::Me), (status = "default", body = Problem)))]
async fn sign_in_by_passkey(
    State(state): State<ApiState>,
    CallerOrigin(origin): CallerOrigin,
    parts: Parts,
    Json(body): Json<PasskeyAnswer>,
) -> ApiResult<Response> {
    let shown = cookie(&parts.headers, CEREMONY_COOKIE);
    let signed_in = state
        .app
        .sign_in_by_passkey(shown, body.passkey, &origin)
        .await?;
    let mut response = welcome(&state, signed_in)?;
    set_ceremony(&state, &mut response, "", 0);
    Ok(response)
}

/// Begin to prove by a passkey that it is the person.
#[utoipa::path(post, path = "/sessions/proof/challenge", responses(
    (status = 200, body = PasskeyChallenge), (status = "default", body = Problem)))]
async fn begin_passkey_proof(
    State(state): State<ApiState>,
    Person(visitor): Person,
) -> ApiResult<axum::Json<PasskeyChallenge>> {
    let options = state.app.begin_passkey_proof(&visitor).await?;
    Ok(axum::Json(PasskeyChallenge { options }))
}

fn set_ceremony(state: &ApiState, response: &mut Response, shown: &str, age_s: i64) {
    let scope = Scope {
        path: "/api/v1/sessions",
        same_site: "Strict",
        age_s,
    };
    set_cookie(state, response, (CEREMONY_COOKIE, shown), scope);
}

fn shape(view: PasskeyView) -> Passkey {
    Passkey {
        id: view.id.0,
        name: view.name,
        created_at: view.created_at.rfc3339(),
        last_used_at: view.last_used_at.map(base::UnixMillis::rfc3339),
        etag: tag(view.version),
    }
}
