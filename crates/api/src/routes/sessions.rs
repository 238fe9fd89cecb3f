//! Set-up, sign-in, sessions and the person.

use app::{SetUp, SignedIn, Visitor, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, Query, given};
use crate::caller::{CallerOrigin, Person, SESSION_COOKIE};
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::routes::providers::ProviderReturn;
use crate::routes::workspaces::{OwnWorkspace, WorkspaceBody, own};
use crate::state::ApiState;
use crate::words::{LanguageCode, SignInWay};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_set_up, set_up))
        .routes(routes!(list_sessions, sign_in))
        .routes(routes!(sign_out))
        .routes(routes!(prove))
        .routes(routes!(end_session))
        .routes(routes!(show_me, update_me))
        .routes(routes!(change_password))
}

#[derive(Debug, Serialize, ToSchema)]
struct SetUpState {
    /// Nobody can sign in yet.
    needed: bool,
    /// Browsers can use passkeys at the address that people use.
    has_passkeys: bool,
    /// What the provider of identities is called that signs people in, where there is one.
    #[schema(required)]
    provider: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct SetUpBody {
    email: String,
    password: String,
    #[serde(default)]
    name: String,
    #[schema(example = "en")]
    #[schema(value_type = LanguageCode)]
    language: String,
    workspace: WorkspaceBody,
}

#[derive(Debug, Deserialize, ToSchema)]
struct Credentials {
    email: String,
    password: String,
    /// Of the authenticator, or a recovery code, where `second_factor_needed` was answered.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "081804")]
    code: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    /// In the place of `passkey` or `provider`.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    password: Option<String>,
    /// Of the authenticator, or a recovery code: beside the password, where the person has a
    /// second factor.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "081804")]
    code: Option<String>,
    /// What the browser got for `POST /sessions/proof/challenge`, as its `toJSON` writes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<BTreeMap<String, serde_json::Value>>)]
    passkey: Option<serde_json::Value>,
    /// What the provider sent the browser back with, for `POST /sessions/proof/provider`.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    provider: Option<ProviderReturn>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct MeBody {
    name: Option<String>,
    #[schema(value_type = Option<LanguageCode>)]
    language: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct PasswordBody {
    current: String,
    new: String,
}

/// The signed-in person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    user: MeUser,
    workspaces: Vec<OwnWorkspace>,
    /// Version of the program.
    version: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own to the person's account"
)]
struct MeUser {
    id: i64,
    email: String,
    name: String,
    #[schema(value_type = LanguageCode)]
    language: String,
    /// What a change of the name or the language names.
    etag: String,
    /// Whether the person is known to read the mail of the address.
    is_email_verified: bool,
    /// Whether signing in asks for more than the password.
    has_second_factor: bool,
    /// Whether the person can sign in by a passkey.
    has_passkeys: bool,
    /// Whether an account at the provider of identities signs the person in.
    has_provider_links: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct Session {
    id: i64,
    created_at: String,
    last_used_at: String,
    user_agent: String,
    /// How it was signed in.
    #[schema(value_type = SignInWay)]
    signed_in_by: String,
    /// The session of this request.
    current: bool,
}

/// Whether the installation waits for its first person, and how one signs in.
#[utoipa::path(get, path = "/setup", responses((status = 200, body = SetUpState)))]
async fn show_set_up(State(state): State<ApiState>) -> ApiResult<axum::Json<SetUpState>> {
    Ok(axum::Json(SetUpState {
        needed: state.app.set_up_needed().await?,
        has_passkeys: state.app.has_passkeys(),
        provider: state.app.provider_name().map(str::to_owned),
    }))
}

/// Make the first person and workspace, and sign in.
#[utoipa::path(post, path = "/setup", request_body = SetUpBody, responses(
    (status = 201, body = Me), (status = "default", body = Problem)))]
async fn set_up(
    State(state): State<ApiState>,
    CallerOrigin(origin): CallerOrigin,
    Json(body): Json<SetUpBody>,
) -> ApiResult<Response> {
    let input = SetUp {
        email: body.email,
        password: body.password,
        name: body.name,
        language: body.language,
        workspace: body.workspace.into(),
    };
    let signed_in = state.app.set_up(input, &origin).await?;
    welcome(&state, signed_in)
}

/// Sign in.
#[utoipa::path(post, path = "/sessions", request_body = Credentials, responses(
    (status = 201, body = Me), (status = "default", body = Problem)))]
async fn sign_in(
    State(state): State<ApiState>,
    CallerOrigin(origin): CallerOrigin,
    Json(body): Json<Credentials>,
) -> ApiResult<Response> {
    let signed_in = state
        .app
        .sign_in(&body.email, body.password, body.code.as_deref(), &origin)
        .await?;
    welcome(&state, signed_in)
}

/// Live sessions of the person, the most recently used first.
#[utoipa::path(get, path = "/sessions", params(PageQuery), responses(
    (status = 200, body = List<Session>), (status = "default", body = Problem)))]
async fn list_sessions(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<Session>>> {
    let sessions = state.app.list_sessions(&visitor, page.request()?).await?;
    let shape = |session: rows::Session| Session {
        id: session.id.0,
        created_at: session.created_at.rfc3339(),
        last_used_at: session.last_used_at.rfc3339(),
        current: session.id == visitor.session,
        user_agent: session.user_agent,
        signed_in_by: session.signed_in_by,
    };
    Ok(axum::Json(List::of(sessions, shape)))
}

/// Sign out.
#[utoipa::path(delete, path = "/sessions/current", responses(
    (status = 204), (status = "default", body = Problem)))]
async fn sign_out(State(state): State<ApiState>, Person(visitor): Person) -> ApiResult<Response> {
    state.app.end_session(&visitor, visitor.session).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_session(&state, &mut response, "", 0);
    Ok(response)
}

/// Prove again that it is the person, where `proof_needed` was answered.
#[utoipa::path(post, path = "/sessions/proof", request_body = Proof, responses(
    (status = 204), (status = "default", body = Problem)))]
async fn prove(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Json(body): Json<Proof>,
) -> ApiResult<StatusCode> {
    match (body.passkey, body.provider) {
        (Some(answer), _) => state.app.prove_by_passkey(&visitor, answer).await?,
        (None, Some(back)) => {
            let answer = back.into();
            state.app.prove_by_provider(&visitor, &answer).await?;
        }
        (None, None) => {
            let password = body.password.unwrap_or_default();
            let code = body.code.as_deref();
            state.app.prove(&visitor, password, code).await?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// End a session of the person.
#[utoipa::path(delete, path = "/sessions/{id}", params(("id" = i64, Path)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn end_session(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Path(id): Path<i64>,
) -> ApiResult<StatusCode> {
    state.app.end_session(&visitor, app::SessionId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The signed-in person and their workspaces.
#[utoipa::path(get, path = "/me", responses(
    (status = 200, body = Me), (status = "default", body = Problem)))]
async fn show_me(State(state): State<ApiState>, Person(visitor): Person) -> ApiResult<Response> {
    Ok(me_of(&state, &visitor).await?.into_response())
}

/// Change one's own name or language.
#[utoipa::path(patch, path = "/me", request_body = MeBody,
    params(("If-Match" = String, Header)), responses(
    (status = 200, body = Me), (status = "default", body = Problem)))]
async fn update_me(
    State(state): State<ApiState>,
    Person(visitor): Person,
    IfMatch(version): IfMatch,
    Json(body): Json<MeBody>,
) -> ApiResult<Response> {
    state
        .app
        .update_me(&visitor, version, body.name, body.language)
        .await?;
    Ok(me_of(&state, &visitor).await?.into_response())
}

/// Change one's own password; other sessions end.
#[utoipa::path(post, path = "/me/password", request_body = PasswordBody, responses(
    (status = 204), (status = "default", body = Problem)))]
async fn change_password(
    State(state): State<ApiState>,
    Person(visitor): Person,
    Json(body): Json<PasswordBody>,
) -> ApiResult<StatusCode> {
    state
        .app
        .change_password(&visitor, body.current, body.new)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn welcome(state: &ApiState, signed_in: SignedIn) -> ApiResult<Response> {
    let SignedIn {
        token,
        user,
        workspaces,
        ways,
    } = signed_in;
    let body = me(app::Me {
        user,
        workspaces,
        ways,
    })?;
    let mut response = (StatusCode::CREATED, body).into_response();
    let age_s = state
        .app
        .settings()
        .session_days
        .saturating_mul(24 * 60 * 60);
    set_session(state, &mut response, &token, age_s);
    Ok(response)
}

/// Where a cookie goes, and how long it is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    pub path: &'static str,
    pub same_site: &'static str,
    pub age_s: i64,
}

fn set_session(state: &ApiState, response: &mut Response, token: &str, age_s: i64) {
    let scope = Scope {
        path: "/",
        same_site: "Lax",
        age_s,
    };
    set_cookie(state, response, (SESSION_COOKIE, token), scope);
}

/// Sets a cookie of this name and value that no script sees.
pub(crate) fn set_cookie(
    state: &ApiState,
    response: &mut Response,
    (name, value): (&str, &str),
    scope: Scope,
) {
    let Scope {
        path,
        same_site,
        age_s,
    } = scope;
    let secure = if state.app.settings().base_url.starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{name}={value}; Path={path}; HttpOnly; SameSite={same_site}; Max-Age={age_s}{secure}"
    );
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

pub(crate) async fn me_of(state: &ApiState, visitor: &Visitor) -> ApiResult<Versioned<Me>> {
    me(state.app.me(visitor).await?)
}

fn me(me: app::Me) -> ApiResult<Versioned<Me>> {
    let app::Me {
        user,
        workspaces,
        ways,
    } = me;
    let own = |membership| own(membership, ways.are_two());
    let body = Me {
        user: MeUser {
            id: user.id.0,
            email: user.email,
            name: user.name,
            language: user.language,
            etag: tag(user.version),
            is_email_verified: user.email_verified_at.is_some(),
            has_second_factor: ways.has_second_factor,
            has_passkeys: ways.has_passkeys,
            has_provider_links: ways.has_provider_links,
        },
        workspaces: workspaces.into_iter().map(own).collect::<ApiResult<_>>()?,
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(Versioned {
        version: user.version,
        body,
    })
}
