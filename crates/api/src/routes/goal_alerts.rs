//! Alerts: who is told when a goal falls below, rises above or differs from the period before.

use app::rows::GoalLook;
use app::{AlertInput, GoalAlertId, GoalId, SeenAlert};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::{UserId, decimal_of_micros};
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
use crate::words::{AlertCondition, AlertEvery, AlertMeasure};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_goal_alerts, create_goal_alert))
        .routes(routes!(update_goal_alert, delete_goal_alert))
        .routes(routes!(list_goal_looks))
}

/// What is looked at after every day or week of a goal.
#[derive(Debug, Serialize, ToSchema)]
struct GoalAlert {
    id: i64,
    goal_id: i64,
    goal: String,
    site_id: i64,
    #[schema(value_type = AlertMeasure)]
    measure: String,
    #[schema(value_type = AlertEvery)]
    every: String,
    #[schema(value_type = AlertCondition)]
    condition: String,
    /// Of visitors or times; in percent for a conversion rate or a change.
    bound: String,
    /// After midnight, in the workspace's zone.
    at_minute: i64,
    /// Without names for who does not see the people.
    recipients: Vec<AlertRecipient>,
    is_on: bool,
    /// Whether webhooks with the topic `goal.alert` are told it too.
    tells_webhooks: bool,
    next_at: String,
    #[schema(required)]
    last: Option<Look>,
    etag: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct AlertRecipient {
    user_id: i64,
    name: String,
}

/// What was seen of a goal after a day or week.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GoalLook)]
struct Look {
    id: i64,
    looked_at: String,
    from: String,
    to: String,
    #[schema(value_type = AlertMeasure)]
    measure: String,
    #[schema(value_type = AlertCondition)]
    condition: String,
    bound: String,
    #[schema(required)]
    value: Option<String>,
    /// Of the period before.
    #[schema(required)]
    previous: Option<String>,
    is_told: bool,
    /// Members it was mailed to.
    recipients: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GoalAlertBody {
    goal_id: i64,
    #[schema(value_type = AlertMeasure)]
    measure: String,
    #[schema(value_type = AlertEvery)]
    every: String,
    #[schema(value_type = AlertCondition)]
    condition: String,
    /// Of visitors or times; in percent for a conversion rate or a change.
    #[schema(example = "10")]
    bound: String,
    /// After midnight, in the workspace's zone.
    #[schema(example = 540)]
    at_minute: u16,
    /// Members, by number.
    recipients: Vec<i64>,
    #[serde(default = "on")]
    #[schema(default = true)]
    is_on: bool,
    /// Whether webhooks with the topic `goal.alert` are told it too.
    #[serde(default)]
    tells_webhooks: bool,
}

fn on() -> bool {
    true
}

/// The alerts of all goals, the oldest first.
#[utoipa::path(get, path = "/goal-alerts", responses(
    (status = 200, body = List<GoalAlert>), (status = "default", body = Problem)))]
async fn list_goal_alerts(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<GoalAlert>>> {
    let found = state.app.list_goal_alerts(&actor).await?;
    let items = found.into_iter().map(shape).collect();
    Ok(axum::Json(List::whole(items)))
}

/// Watch a goal.
#[utoipa::path(post, path = "/goal-alerts", request_body = GoalAlertBody, responses(
    (status = 201, body = GoalAlert), (status = "default", body = Problem)))]
async fn create_goal_alert(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<GoalAlertBody>,
) -> ApiResult<Response> {
    let alert = state.app.create_goal_alert(&actor, &input(body)).await?;
    Ok((StatusCode::CREATED, versioned(alert)).into_response())
}

/// Change an alert, all of it; its next look is behind now.
#[utoipa::path(put, path = "/goal-alerts/{id}", request_body = GoalAlertBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = GoalAlert), (status = "default", body = Problem)))]
async fn update_goal_alert(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<GoalAlertBody>,
) -> ApiResult<Response> {
    let input = input(body);
    let alert = state
        .app
        .update_goal_alert(&actor, GoalAlertId(id), version, &input);
    Ok(versioned(alert.await?).into_response())
}

/// Remove an alert.
#[utoipa::path(delete, path = "/goal-alerts/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_goal_alert(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    let id = GoalAlertId(id);
    state.app.delete_goal_alert(&actor, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was seen at the last hundred looks, the newest first.
#[utoipa::path(get, path = "/goal-alerts/{id}/looks", params(("id" = i64, Path)), responses(
    (status = 200, body = List<Look>), (status = "default", body = Problem)))]
async fn list_goal_looks(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<List<Look>>> {
    let found = state.app.list_goal_looks(&actor, GoalAlertId(id)).await?;
    let items = found.into_iter().map(look).collect();
    Ok(axum::Json(List::whole(items)))
}

fn input(body: GoalAlertBody) -> AlertInput {
    AlertInput {
        goal: GoalId(body.goal_id),
        measure: body.measure,
        every: body.every,
        condition: body.condition,
        bound: body.bound,
        at_minute: body.at_minute,
        recipients: body.recipients.into_iter().map(UserId).collect(),
        is_on: body.is_on,
        tells_webhooks: body.tells_webhooks,
    }
}

fn versioned(seen: SeenAlert) -> Versioned<GoalAlert> {
    Versioned {
        version: seen.alert.version,
        body: shape(seen),
    }
}

fn shape(seen: SeenAlert) -> GoalAlert {
    let SeenAlert {
        alert,
        goal,
        recipients,
        last,
    } = seen;
    let details = alert.details;
    let named = |(user, name): (UserId, String)| AlertRecipient {
        user_id: user.0,
        name,
    };
    GoalAlert {
        id: alert.id.0,
        goal_id: goal.id.0,
        goal: goal.details.name,
        site_id: goal.details.site_id.0,
        measure: details.measure,
        every: details.every,
        condition: details.condition,
        bound: decimal_of_micros(details.bound_micros),
        at_minute: details.at_minute,
        recipients: recipients.into_iter().map(named).collect(),
        is_on: details.is_on,
        tells_webhooks: details.tells_webhooks,
        next_at: details.planned_at.rfc3339(),
        last: last.map(look),
        etag: tag(alert.version),
    }
}

fn look(look: GoalLook) -> Look {
    let details = look.details;
    Look {
        id: look.id.0,
        looked_at: details.looked_at.rfc3339(),
        from: details.first_day.to_string(),
        to: details.last_day.to_string(),
        measure: details.measure,
        condition: details.condition,
        bound: decimal_of_micros(details.bound_micros),
        value: details.value_micros.map(decimal_of_micros),
        previous: details.before_micros.map(decimal_of_micros),
        is_told: details.is_told,
        recipients: details.recipients,
    }
}
