//! The workspace of a request, and new ones.

use app::{Membership, Permission, Role, WorkspaceInput, WorkspacePatch, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, given};
use crate::caller::{Caller, Person};
use crate::etag::{IfMatch, Versioned, tag};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{FirstWeekday, PermissionName, ReachName, RealmName, RoleName, VatMode};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_workspace, update_workspace))
        .routes(routes!(add_workspace))
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct WorkspaceBody {
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

/// A workspace of the person, and what they may do in it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnWorkspace {
    #[serde(flatten)]
    workspace: Workspace,
    #[schema(value_type = RoleName)]
    role: &'static str,
    /// Those from outside learn nothing of the people of the house.
    #[schema(value_type = RealmName)]
    realm: &'static str,
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

/// Make a workspace and become its owner.
#[utoipa::path(post, path = "/workspaces", request_body = WorkspaceBody, responses(
    (status = 201, body = OwnWorkspace), (status = "default", body = Problem)))]
async fn add_workspace(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Person(visitor): Person,
    Json(body): Json<WorkspaceBody>,
) -> ApiResult<Response> {
    let made = state.app.add_workspace(&actor, &body.into()).await?;
    let ways = state.app.me(&visitor).await?.ways;
    let body = own(made, ways.are_two())?;
    Ok((StatusCode::CREATED, axum::Json(body)).into_response())
}

pub(super) fn own(membership: Membership, is_proven_twice: bool) -> ApiResult<OwnWorkspace> {
    let needs_second_factor = !is_proven_twice && membership.asks_for_second_factor()?;
    let Membership {
        workspace,
        role,
        breadth,
        channels,
    } = membership;
    Ok(OwnWorkspace {
        workspace: shape(workspace)?,
        role: role.name(),
        realm: role.realm().name(),
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
