//! Goals: what the visitors of a site are to do, and how many do it.

use app::{GoalId, GoalInput, GoalNarrowing, GoalPatch, GoalView};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::SiteId;
use http::StatusCode;
use reports::{Filter, GoalsRequest, Report};
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
use crate::words::GoalKind;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_goals, create_goal))
        .routes(routes!(show_goal, update_goal, delete_goal))
        .routes(routes!(query_goals))
}

/// What the visitors of a site are to do.
#[derive(Debug, Serialize, ToSchema)]
struct Goal {
    id: i64,
    site_id: i64,
    name: String,
    #[schema(value_type = GoalKind)]
    kind: String,
    /// The name of an event, or a path; a path that ends in `*` is where paths begin.
    target: String,
    /// What an event has to say of one of its properties; empty where nothing is asked of it.
    property: String,
    property_value: String,
    /// Of reaching it once without telling money, in the workspace's currency; null also for
    /// whoever sees no revenue.
    #[schema(required)]
    worth: Option<String>,
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GoalBody {
    site_id: i64,
    #[schema(example = "Bought")]
    name: String,
    #[schema(value_type = GoalKind)]
    kind: String,
    /// The name of an event, or a path; a path that ends in `*` is where paths begin.
    #[schema(example = "/thank-you*")]
    target: String,
    #[serde(default)]
    property: String,
    #[serde(default)]
    property_value: String,
    #[serde(default)]
    #[schema(example = "12.50")]
    worth: Option<String>,
}

/// What changes about a goal; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GoalPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = GoalKind, required = false)]
    kind: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    target: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    property: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    property_value: Option<String>,
    /// `null` takes the worth away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    worth: Option<Option<String>>,
}

/// The goals with their numbers.
#[derive(Debug, Serialize, ToSchema)]
struct GoalNumbers {
    /// A row for each goal, the most visitors first.
    report: Report,
    /// How reports are narrowed to a goal, where they can be.
    narrowing: Vec<Narrowing>,
}

/// The filters that leave what reached a goal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GoalNarrowing)]
struct Narrowing {
    goal_id: i64,
    filters: Vec<Filter>,
    /// The property of events that one of the filters is about.
    #[schema(required)]
    property: Option<String>,
}

/// The goals of all sites, by name.
#[utoipa::path(get, path = "/goals", responses(
    (status = 200, body = List<Goal>), (status = "default", body = Problem)))]
async fn list_goals(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<Goal>>> {
    let found = state.app.list_goals(&actor).await?;
    let items = found.into_iter().map(shape).collect();
    Ok(axum::Json(List::whole(items)))
}

/// Set a goal for a site.
#[utoipa::path(post, path = "/goals", request_body = GoalBody, responses(
    (status = 201, body = Goal), (status = "default", body = Problem)))]
async fn create_goal(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<GoalBody>,
) -> ApiResult<Response> {
    let input = GoalInput {
        site: SiteId(body.site_id),
        name: body.name,
        kind: body.kind,
        target: body.target,
        property: body.property,
        property_value: body.property_value,
        worth: body.worth,
    };
    let goal = state.app.create_goal(&actor, &input).await?;
    Ok((StatusCode::CREATED, versioned(goal)).into_response())
}

/// One goal.
#[utoipa::path(get, path = "/goals/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = Goal), (status = "default", body = Problem)))]
async fn show_goal(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let goal = state.app.goal(&actor, GoalId(id)).await?;
    Ok(versioned(goal).into_response())
}

/// Change a goal: the past is counted by the new rule too.
#[utoipa::path(patch, path = "/goals/{id}", request_body = GoalPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Goal), (status = "default", body = Problem)))]
async fn update_goal(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<GoalPatchBody>,
) -> ApiResult<Response> {
    let patch = GoalPatch {
        name: body.name,
        kind: body.kind,
        target: body.target,
        property: body.property,
        property_value: body.property_value,
        worth: body.worth,
    };
    let goal = state.app.update_goal(&actor, GoalId(id), version, patch);
    Ok(versioned(goal.await?).into_response())
}

/// Remove a goal; the events and page views that reached it stay.
#[utoipa::path(delete, path = "/goals/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_goal(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    state.app.delete_goal(&actor, GoalId(id), version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many visitors reached each goal in a period, how often, their share of the site's visitors,
/// and what it was worth.
#[utoipa::path(post, path = "/goals/query", request_body = GoalsRequest, responses(
    (status = 200, body = GoalNumbers), (status = "default", body = Problem)))]
async fn query_goals(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(request): Json<GoalsRequest>,
) -> ApiResult<axum::Json<GoalNumbers>> {
    let numbers = state.app.goal_numbers(&actor, &request).await?;
    let narrowing = numbers.narrowing.into_iter().map(|narrowing| {
        let GoalNarrowing {
            goal,
            filters,
            property,
        } = narrowing;
        Narrowing {
            goal_id: goal.0,
            filters,
            property,
        }
    });
    Ok(axum::Json(GoalNumbers {
        narrowing: narrowing.collect(),
        report: numbers.report,
    }))
}

fn versioned(view: GoalView) -> Versioned<Goal> {
    Versioned {
        version: view.goal.version,
        body: shape(view),
    }
}

fn shape(view: GoalView) -> Goal {
    let GoalView { goal, worth } = view;
    let details = goal.details;
    Goal {
        id: goal.id.0,
        site_id: details.site_id.0,
        name: details.name,
        kind: details.kind,
        target: details.target,
        property: details.property,
        property_value: details.property_value,
        worth,
        etag: tag(goal.version),
    }
}
