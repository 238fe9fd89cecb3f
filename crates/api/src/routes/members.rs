//! The people of a workspace, their roles, and what each role may do.

use app::{Breadth, MemberPatch, MemberView, Permission, Role};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::{ChannelId, UserId};
use http::StatusCode;
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
use crate::words::{PermissionName, ReachName, RealmName, RoleName};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_members))
        .routes(routes!(update_member, remove_member))
        .routes(routes!(list_roles))
}

/// A person of the workspace.
#[derive(Debug, Serialize, ToSchema)]
struct Member {
    user_id: i64,
    email: String,
    name: String,
    #[schema(value_type = RoleName)]
    role: &'static str,
    /// Whose leads and deals they see; that of the role when nothing is said.
    #[schema(required, value_type = Option<ReachName>)]
    reach: Option<&'static str>,
    /// The channels that they see, those at the top of the tree; all of them when nothing is said.
    #[schema(required)]
    channels: Option<Vec<i64>>,
    joined_at: String,
    /// Whether their sign-in asks for a code; told to who manages people alone.
    has_second_factor: Option<bool>,
    /// What a change of the role, or a removal, names.
    etag: String,
}

/// What changes about a member; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<RoleName>, nullable = false)]
    role: Option<String>,
    /// Whose leads and deals they see; `null` for that of the role.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ReachName>)]
    reach: Option<Option<String>>,
    /// The channels that they see, those at the top of the tree; `null` for all of them.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<i64>>)]
    channels: Option<Option<Vec<i64>>>,
}

/// A role with all that it may do.
#[derive(Debug, Serialize, ToSchema)]
struct RoleRights {
    #[schema(value_type = RoleName)]
    role: &'static str,
    #[schema(value_type = Vec<PermissionName>)]
    permissions: Vec<&'static str>,
    /// Whose leads and deals the role sees where nothing else is said of the member.
    #[schema(value_type = ReachName)]
    reach: &'static str,
    /// Those from outside see the channels that are named for them, and nothing of the people.
    #[schema(value_type = RealmName)]
    realm: &'static str,
}

/// The people of the workspace.
#[utoipa::path(get, path = "/members", responses(
    (status = 200, body = List<Member>), (status = "default", body = Problem)))]
async fn list_members(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<Member>>> {
    let members = state.app.list_members(&actor).await?;
    Ok(axum::Json(List::whole(
        members.into_iter().map(shape).collect(),
    )))
}

/// Give a person another role, or show them another part of the workspace.
#[utoipa::path(patch, path = "/members/{user_id}",
    params(("user_id" = i64, Path), ("If-Match" = String, Header)),
    request_body = MemberPatchBody, responses(
    (status = 200, body = Member), (status = "default", body = Problem)))]
async fn update_member(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(user): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<MemberPatchBody>,
) -> ApiResult<Response> {
    let ids = |ids: Vec<i64>| ids.into_iter().map(ChannelId).collect();
    let patch = MemberPatch {
        role: body.role,
        breadth: body.reach,
        channels: body.channels.map(|channels| channels.map(ids)),
    };
    let member = state
        .app
        .change_member(&actor, UserId(user), version, patch)
        .await?;
    let shown = Versioned {
        version: member.version,
        body: shape(member),
    };
    Ok(shown.into_response())
}

/// Take a person out of the workspace.
#[utoipa::path(delete, path = "/members/{user_id}",
    params(("user_id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn remove_member(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(user): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    let user = UserId(user);
    state.app.remove_member(&actor, user, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Every role with what it may do.
#[utoipa::path(get, path = "/roles", responses(
    (status = 200, body = List<RoleRights>), (status = "default", body = Problem)))]
async fn list_roles(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<RoleRights>>> {
    let roles = state.app.roles(&actor)?;
    let rights = |role: Role| RoleRights {
        role: role.name(),
        reach: role.breadth().name(),
        realm: role.realm().name(),
        permissions: role.permissions().map(Permission::name).collect(),
    };
    let items = List::whole(roles.into_iter().map(rights).collect());
    Ok(std::future::ready(axum::Json(items)).await)
}

fn shape(member: MemberView) -> Member {
    Member {
        user_id: member.user.0,
        email: member.email,
        name: member.name,
        role: member.role.name(),
        reach: member.breadth.map(Breadth::name),
        channels: member
            .channels
            .map(|ids| ids.into_iter().map(|id| id.0).collect()),
        joined_at: member.joined_at.rfc3339(),
        has_second_factor: member.has_second_factor,
        etag: tag(member.version),
    }
}
