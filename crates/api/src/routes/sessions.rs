//! Set-up, sign-in, sessions, the person and the workspace.

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
use crate::routes::workspaces::{OwnWorkspace, WorkspaceBody, own};
use crate::state::ApiState;
use crate::words::LanguageCode;

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
    /// Of the second factor, or a recovery code, where `second_factor_needed` was answered.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "081804")]
    code: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    password: String,
    /// Of the second factor, or a recovery code, where the person has one.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "081804")]
    code: Option<String>,
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
    /// Whether signing in asks for a code.
    has_second_factor: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct Session {
    id: i64,
    created_at: String,
    last_used_at: String,
    user_agent: String,
    /// The session of this request.
    current: bool,
}

/// Whether the installation waits for its first person.
#[utoipa::path(get, path = "/setup", responses((status = 200, body = SetUpState)))]
async fn show_set_up(State(state): State<ApiState>) -> ApiResult<axum::Json<SetUpState>> {
    Ok(axum::Json(SetUpState {
        needed: state.app.set_up_needed().await?,
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
    };
    Ok(axum::Json(List::of(sessions, shape)))
}

/// Sign out.
#[utoipa::path(delete, path = "/sessions/current", responses(
    (status = 204), (status = "default", body = Problem)))]
async fn sign_out(State(state): State<ApiState>, Person(visitor): Person) -> ApiResult<Response> {
    state.app.end_session(&visitor, visitor.session).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&state, &mut response, "", 0);
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
    state
        .app
        .prove(&visitor, body.password, body.code.as_deref())
        .await?;
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
        has_second_factor,
    } = signed_in;
    let body = me(app::Me {
        user,
        workspaces,
        has_second_factor,
    })?;
    let mut response = (StatusCode::CREATED, body).into_response();
    let age_s = state
        .app
        .settings()
        .session_days
        .saturating_mul(24 * 60 * 60);
    set_cookie(state, &mut response, &token, age_s);
    Ok(response)
}

fn set_cookie(state: &ApiState, response: &mut Response, token: &str, age_s: i64) {
    let secure = if state.app.settings().base_url.starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!(
        "{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age_s}{secure}"
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
        has_second_factor,
    } = me;
    let own = |membership| own(membership, has_second_factor);
    let body = Me {
        user: MeUser {
            id: user.id.0,
            email: user.email,
            name: user.name,
            language: user.language,
            etag: tag(user.version),
            is_email_verified: user.email_verified_at.is_some(),
            has_second_factor,
        },
        workspaces: workspaces.into_iter().map(own).collect::<ApiResult<_>>()?,
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(Versioned {
        version: user.version,
        body,
    })
}
