//! Service accounts: programs as members of a workspace.

use app::{
    Power, ServiceAccountId, ServiceAccountInput, ServiceAccountPatch, ServiceAccountView, TeamId,
};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::{ChannelId, UnixMillis};
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
use crate::words::RoleName;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_service_accounts, create_service_account))
        .routes(routes!(change_service_account, delete_service_account))
}

/// A program that is a member, with a role, a reach and keys of its own.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceAccount {
    id: i64,
    #[schema(example = "CRM")]
    name: String,
    /// A key of it may do what its scopes and this role both allow.
    #[schema(value_type = RoleName)]
    role: &'static str,
    /// The team whose leads and deals it sees, with those that nobody has; everybody's when
    /// nothing is said.
    #[schema(required)]
    team_id: Option<i64>,
    /// The channels that it sees, those at the top of the tree; all of them when nothing is said.
    #[schema(required)]
    channels: Option<Vec<i64>>,
    created_at: String,
    /// By any of its keys.
    #[schema(required)]
    last_used_at: Option<String>,
    /// Since when it is switched off: its keys were revoked, and it gets no others.
    #[schema(required)]
    disabled_at: Option<String>,
    /// What a change names.
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceAccountBody {
    #[schema(example = "CRM")]
    name: String,
    /// Any but `owner`.
    #[schema(value_type = RoleName)]
    role: String,
    /// The team whose leads and deals it sees; everybody's when absent.
    team_id: Option<i64>,
    /// The channels that it sees, those at the top of the tree; all of them when absent.
    channels: Option<Vec<i64>>,
}

/// What changes; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceAccountPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<RoleName>)]
    role: Option<String>,
    /// `null` for everybody's leads and deals.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    team_id: Option<Option<i64>>,
    /// `null` for all channels.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<i64>>)]
    channels: Option<Option<Vec<i64>>>,
    /// `false` revokes its keys and lets it have no others.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    enabled: Option<bool>,
}

/// Service accounts of the workspace, by name.
#[utoipa::path(get, path = "/service-accounts", responses(
    (status = 200, body = List<ServiceAccount>), (status = "default", body = Problem)))]
async fn list_service_accounts(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<ServiceAccount>>> {
    let found = state.app.list_service_accounts(&actor).await?;
    Ok(axum::Json(List::whole(
        found.into_iter().map(shape).collect(),
    )))
}

/// Make a service account.
#[utoipa::path(post, path = "/service-accounts", request_body = ServiceAccountBody, responses(
    (status = 201, body = ServiceAccount), (status = "default", body = Problem)))]
async fn create_service_account(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ServiceAccountBody>,
) -> ApiResult<Response> {
    let input = ServiceAccountInput {
        name: body.name,
        role: body.role,
        team: body.team_id.map(TeamId),
        channels: body.channels.map(channel_ids),
    };
    let made = state.app.create_service_account(&actor, input).await?;
    Ok((StatusCode::CREATED, versioned(made)).into_response())
}

/// Change a service account.
#[utoipa::path(patch, path = "/service-accounts/{id}", request_body = ServiceAccountPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = ServiceAccount), (status = "default", body = Problem)))]
async fn change_service_account(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<ServiceAccountPatchBody>,
) -> ApiResult<Response> {
    let patch = ServiceAccountPatch {
        name: body.name,
        role: body.role,
        team: body.team_id.map(|team| team.map(TeamId)),
        channels: body.channels.map(|ids| ids.map(channel_ids)),
        power: body.enabled.map(|is_enabled| match is_enabled {
            true => Power::On,
            false => Power::Off,
        }),
    };
    let id = ServiceAccountId(id);
    let changed = state
        .app
        .change_service_account(&actor, id, version, patch)
        .await?;
    Ok(versioned(changed).into_response())
}

/// Delete a service account; its keys are revoked.
#[utoipa::path(delete, path = "/service-accounts/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_service_account(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    let id = ServiceAccountId(id);
    state
        .app
        .delete_service_account(&actor, id, version)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn channel_ids(ids: Vec<i64>) -> Vec<ChannelId> {
    ids.into_iter().map(ChannelId).collect()
}

fn versioned(account: ServiceAccountView) -> Versioned<ServiceAccount> {
    Versioned {
        version: account.version,
        body: shape(account),
    }
}

fn shape(account: ServiceAccountView) -> ServiceAccount {
    let channels = account.channels;
    ServiceAccount {
        id: account.id.0,
        name: account.name,
        role: account.role.name(),
        team_id: account.team.map(|team| team.0),
        channels: channels.map(|ids| ids.into_iter().map(|id| id.0).collect()),
        created_at: account.created_at.rfc3339(),
        last_used_at: account.last_used_at.map(UnixMillis::rfc3339),
        disabled_at: account.disabled_at.map(UnixMillis::rfc3339),
        etag: tag(account.version),
    }
}
