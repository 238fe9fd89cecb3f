//! The people of a workspace, their roles, and what each role may do.

use app::{MemberView, Permission, Role};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::UserId;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{PermissionName, RoleName};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_members))
        .routes(routes!(change_role, remove_member))
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
    joined_at: String,
    /// Whether their sign-in asks for a code; told to who manages people alone.
    has_second_factor: Option<bool>,
    /// What a change of the role, or a removal, names.
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RolePatch {
    #[schema(value_type = RoleName)]
    role: String,
}

/// A role with all that it may do.
#[derive(Debug, Serialize, ToSchema)]
struct RoleRights {
    #[schema(value_type = RoleName)]
    role: &'static str,
    #[schema(value_type = Vec<PermissionName>)]
    permissions: Vec<&'static str>,
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

/// Give a person another role.
#[utoipa::path(patch, path = "/members/{user_id}",
    params(("user_id" = i64, Path), ("If-Match" = String, Header)),
    request_body = RolePatch, responses(
    (status = 200, body = Member), (status = "default", body = Problem)))]
async fn change_role(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(user): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<RolePatch>,
) -> ApiResult<Response> {
    let member = state
        .app
        .change_role(&actor, UserId(user), version, &body.role)
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
        joined_at: member.joined_at.rfc3339(),
        has_second_factor: member.has_second_factor,
        etag: tag(member.version),
    }
}
