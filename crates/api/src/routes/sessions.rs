//! Set-up, sign-in, sessions, the person and the workspace.

use app::{
    Membership, Permission, Role, SetUp, SignedIn, Visitor, WorkspaceInput, WorkspacePatch, rows,
};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, Query, given};
use crate::caller::{Caller, CallerOrigin, Person, SESSION_COOKIE};
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{FirstWeekday, LanguageCode, PermissionName, ReachName, RoleName, VatMode};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_set_up, set_up))
        .routes(routes!(list_sessions, sign_in))
        .routes(routes!(sign_out))
        .routes(routes!(prove))
        .routes(routes!(end_session))
        .routes(routes!(show_me, update_me))
        .routes(routes!(change_password))
        .routes(routes!(show_workspace, update_workspace))
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
struct WorkspaceBody {
    name: String,
    #[schema(example = "Europe/Warsaw")]
    time_zone: String,
    #[schema(example = "PLN")]
    currency: String,
    /// `monday` or `sunday`.
    #[schema(value_type = FirstWeekday)]
    week_start: String,
    /// Whether amounts are shown `net` or `gross`.
    #[schema(value_type = VatMode)]
    vat_mode: String,
    #[schema(example = "23")]
    vat_rate_percent: String,
}

/// What changes about the workspace; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkspacePatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    time_zone: Option<String>,
    /// Must be what it is: facts are kept in it.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    currency: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<FirstWeekday>)]
    week_start: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<VatMode>)]
    vat_mode: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    vat_rate_percent: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<Vec<RoleName>>)]
    second_factor_roles: Option<Vec<String>>,
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

/// A workspace of the person, and what they may do in it.
#[derive(Debug, Serialize, ToSchema)]
struct OwnWorkspace {
    #[serde(flatten)]
    workspace: Workspace,
    #[schema(value_type = RoleName)]
    role: &'static str,
    #[schema(value_type = Vec<PermissionName>)]
    permissions: Vec<&'static str>,
    /// Nothing is to be had here before the person has set a second factor up.
    needs_second_factor: bool,
    /// Whose leads and deals the person sees.
    #[schema(value_type = ReachName)]
    reach: &'static str,
    /// The channels that the person sees; all of them when nothing is said.
    #[schema(required)]
    channels: Option<Vec<i64>>,
}

/// The tenant that everything belongs to.
#[derive(Debug, Serialize, ToSchema)]
struct Workspace {
    id: i64,
    name: String,
    time_zone: String,
    currency: String,
    #[schema(value_type = FirstWeekday)]
    week_start: String,
    #[schema(value_type = VatMode)]
    vat_mode: String,
    vat_rate_percent: String,
    /// Who is of one of these roles can do nothing here before they have a second factor.
    #[schema(value_type = Vec<RoleName>)]
    second_factor_roles: Vec<&'static str>,
    etag: String,
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

/// The workspace of the request.
#[utoipa::path(get, path = "/workspace", responses(
    (status = 200, body = Workspace), (status = "default", body = Problem)))]
async fn show_workspace(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<Response> {
    Ok(versioned(state.app.workspace(&actor).await?)?.into_response())
}

/// Change the workspace.
#[utoipa::path(patch, path = "/workspace", request_body = WorkspacePatchBody,
    params(("If-Match" = String, Header)), responses(
    (status = 200, body = Workspace), (status = "default", body = Problem)))]
async fn update_workspace(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    IfMatch(version): IfMatch,
    Json(body): Json<WorkspacePatchBody>,
) -> ApiResult<Response> {
    let workspace = state
        .app
        .update_workspace(&actor, version, body.into())
        .await?;
    Ok(versioned(workspace)?.into_response())
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

fn own(membership: Membership, has_second_factor: bool) -> ApiResult<OwnWorkspace> {
    let needs_second_factor = !has_second_factor && membership.asks_for_second_factor()?;
    let Membership {
        workspace,
        role,
        breadth,
        channels,
    } = membership;
    Ok(OwnWorkspace {
        workspace: shape(workspace)?,
        role: role.name(),
        permissions: role.permissions().map(Permission::name).collect(),
        needs_second_factor,
        reach: breadth.name(),
        channels: channels.map(|ids| ids.into_iter().map(|id| id.0).collect()),
    })
}

fn versioned(workspace: rows::Workspace) -> ApiResult<Versioned<Workspace>> {
    Ok(Versioned {
        version: workspace.version,
        body: shape(workspace)?,
    })
}

fn shape(workspace: rows::Workspace) -> ApiResult<Workspace> {
    let asked = app::second_factor_roles(&workspace.details)?;
    let details = workspace.details;
    Ok(Workspace {
        id: workspace.id.0,
        name: details.name,
        time_zone: details.time_zone,
        currency: details.currency.code().to_owned(),
        week_start: details.week_start,
        vat_mode: details.vat_mode,
        vat_rate_percent: details.vat_rate_bp.percent(),
        second_factor_roles: asked.into_iter().map(Role::name).collect(),
        etag: tag(workspace.version),
    })
}

impl From<WorkspaceBody> for WorkspaceInput {
    fn from(body: WorkspaceBody) -> Self {
        Self {
            name: body.name,
            time_zone: body.time_zone,
            currency: body.currency,
            week_start: body.week_start,
            vat_mode: body.vat_mode,
            vat_rate_percent: body.vat_rate_percent,
        }
    }
}

impl From<WorkspacePatchBody> for WorkspacePatch {
    fn from(body: WorkspacePatchBody) -> Self {
        Self {
            name: body.name,
            time_zone: body.time_zone,
            currency: body.currency,
            week_start: body.week_start,
            vat_mode: body.vat_mode,
            vat_rate_percent: body.vat_rate_percent,
            second_factor_roles: body.second_factor_roles,
        }
    }
}
