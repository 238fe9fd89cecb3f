//! Teams of the workspace.

use app::{TeamId, TeamInput, TeamPatch, TeamView};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::UserId;
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

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_teams, create_team))
        .routes(routes!(update_team, delete_team))
}

/// People who work on the same leads and deals.
#[derive(Debug, Serialize, ToSchema)]
struct Team {
    id: i64,
    name: String,
    /// Who leads it, one of its members.
    #[schema(required)]
    leader_id: Option<i64>,
    member_ids: Vec<i64>,
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamBody {
    #[schema(example = "North")]
    name: String,
    leader_id: Option<i64>,
    #[serde(default)]
    member_ids: Vec<i64>,
}

/// What changes about a team; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// `null` where nobody leads it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    leader_id: Option<Option<i64>>,
    /// All of them; who is not named leaves the team.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    member_ids: Option<Vec<i64>>,
}

/// The teams, by name.
#[utoipa::path(get, path = "/teams", responses(
    (status = 200, body = List<Team>), (status = "default", body = Problem)))]
async fn list_teams(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<Team>>> {
    let teams = state.app.list_teams(&actor).await?;
    Ok(axum::Json(List::whole(
        teams.into_iter().map(shape).collect(),
    )))
}

/// Make a team.
#[utoipa::path(post, path = "/teams", request_body = TeamBody, responses(
    (status = 201, body = Team), (status = "default", body = Problem)))]
async fn create_team(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<TeamBody>,
) -> ApiResult<Response> {
    let input = TeamInput {
        name: body.name,
        leader: body.leader_id.map(UserId),
        members: body.member_ids.into_iter().map(UserId).collect(),
    };
    let team = state.app.create_team(&actor, input).await?;
    Ok((StatusCode::CREATED, versioned(team)).into_response())
}

/// Rename a team, or change who is in it.
#[utoipa::path(patch, path = "/teams/{id}", request_body = TeamPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Team), (status = "default", body = Problem)))]
async fn update_team(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<TeamPatchBody>,
) -> ApiResult<Response> {
    let members = body.member_ids;
    let patch = TeamPatch {
        name: body.name,
        leader: body.leader_id.map(|leader| leader.map(UserId)),
        members: members.map(|ids| ids.into_iter().map(UserId).collect()),
    };
    let team = state
        .app
        .update_team(&actor, TeamId(id), version, patch)
        .await?;
    Ok(versioned(team).into_response())
}

/// Dissolve a team; its people stay.
#[utoipa::path(delete, path = "/teams/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_team(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    state.app.delete_team(&actor, TeamId(id), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn versioned(team: TeamView) -> Versioned<Team> {
    Versioned {
        version: team.team.version,
        body: shape(team),
    }
}

fn shape(view: TeamView) -> Team {
    Team {
        id: view.team.id.0,
        name: view.team.details.name,
        leader_id: view.team.details.leader_id.map(|user| user.0),
        member_ids: view.members.into_iter().map(|user| user.0).collect(),
        etag: tag(view.team.version),
    }
}
