//! Report schedules: saved views that are mailed every day, week or month.

use app::{OwnReport, ReportScheduleId, SavedViewId, ScheduleInput, SeenSchedule};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::{UnixMillis, UserId};
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
use crate::words::ScheduleEvery;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_report_schedules, create_report_schedule))
        .routes(routes!(update_report_schedule, delete_report_schedule))
        .routes(routes!(test_report_schedule))
        .routes(routes!(list_own_reports))
        .routes(routes!(leave_report_schedule))
}

/// A saved view that is mailed every day, week or month.
#[derive(Debug, Serialize, ToSchema)]
struct ReportSchedule {
    id: i64,
    view_id: i64,
    /// Empty where the view is somebody's own.
    view: String,
    /// Who made it; nothing is sent any more once they may not share.
    author: String,
    #[schema(value_type = ScheduleEvery)]
    every: String,
    /// Of a week from Monday on, 1 to 7; of a month, 1 to 28; 0 for every day.
    on_day: i64,
    /// After midnight, in the workspace's zone.
    at_minute: i64,
    /// Without names for who does not see the people.
    recipients: Vec<ScheduleRecipient>,
    is_on: bool,
    /// Whether webhooks with the topic `report.ready` are told it too.
    tells_webhooks: bool,
    next_at: String,
    #[schema(required)]
    sent_at: Option<String>,
    /// Why the last try came to nothing; empty where it did not.
    failure: String,
    etag: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct ScheduleRecipient {
    user_id: i64,
    name: String,
}

/// A saved view that comes to you.
#[derive(Debug, Serialize, ToSchema)]
struct ReportToYou {
    id: i64,
    /// Empty where neither you nor who made it sees the view.
    view: String,
    #[schema(value_type = ScheduleEvery)]
    every: String,
    /// Of a week from Monday on, 1 to 7; of a month, 1 to 28; 0 for every day.
    on_day: i64,
    /// After midnight, in the workspace's zone.
    at_minute: i64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportScheduleBody {
    view_id: i64,
    terms: ReportScheduleTerms,
}

/// When it is sent, and to whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportScheduleTerms {
    #[schema(value_type = ScheduleEvery)]
    every: String,
    /// Of a week from Monday on, 1 to 7; of a month, 1 to 28; 0 for every day.
    #[serde(default)]
    on_day: u8,
    /// After midnight, in the workspace's zone.
    #[schema(example = 540)]
    at_minute: u16,
    /// Members, by number.
    recipients: Vec<i64>,
    #[serde(default = "on")]
    #[schema(default = true)]
    is_on: bool,
    /// Whether webhooks with the topic `report.ready` are told it too, within your reach.
    #[serde(default)]
    tells_webhooks: bool,
}

fn on() -> bool {
    true
}

/// Everything that is sent by schedule, the oldest first.
#[utoipa::path(get, path = "/report-schedules", responses(
    (status = 200, body = List<ReportSchedule>), (status = "default", body = Problem)))]
async fn list_report_schedules(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<ReportSchedule>>> {
    let found = state.app.list_report_schedules(&actor).await?;
    Ok(axum::Json(List::whole(
        found.into_iter().map(shape).collect(),
    )))
}

/// Send a saved view every day, week or month.
#[utoipa::path(post, path = "/report-schedules", request_body = ReportScheduleBody, responses(
    (status = 201, body = ReportSchedule), (status = "default", body = Problem)))]
async fn create_report_schedule(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ReportScheduleBody>,
) -> ApiResult<Response> {
    let view = SavedViewId(body.view_id);
    let seen = state
        .app
        .create_report_schedule(&actor, view, body.terms.into())
        .await?;
    Ok((StatusCode::CREATED, versioned(seen)).into_response())
}

/// Change when a view is sent and to whom, or switch it off.
#[utoipa::path(put, path = "/report-schedules/{id}", request_body = ReportScheduleTerms,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = ReportSchedule), (status = "default", body = Problem)))]
async fn update_report_schedule(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<ReportScheduleTerms>,
) -> ApiResult<Response> {
    let id = ReportScheduleId(id);
    let seen = state
        .app
        .update_report_schedule(&actor, id, version, body.into())
        .await?;
    Ok(versioned(seen).into_response())
}

/// Send a view no more.
#[utoipa::path(delete, path = "/report-schedules/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_report_schedule(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    let id = ReportScheduleId(id);
    state
        .app
        .delete_report_schedule(&actor, id, version)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send it now, to you alone.
#[utoipa::path(post, path = "/report-schedules/{id}/test", params(("id" = i64, Path)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn test_report_schedule(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<StatusCode> {
    let id = ReportScheduleId(id);
    state.app.test_report_schedule(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What comes to you by schedule, the oldest first.
#[utoipa::path(get, path = "/report-schedules/mine", responses(
    (status = 200, body = List<ReportToYou>), (status = "default", body = Problem)))]
async fn list_own_reports(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<ReportToYou>>> {
    let found = state.app.list_own_reports(&actor).await?;
    let shown = found
        .into_iter()
        .map(|OwnReport { schedule, view }| ReportToYou {
            id: schedule.id.0,
            view,
            every: schedule.details.every,
            on_day: schedule.details.on_day,
            at_minute: schedule.details.at_minute,
        });
    Ok(axum::Json(List::whole(shown.collect())))
}

/// Get it no more, whoever made it.
#[utoipa::path(post, path = "/report-schedules/{id}/leave", params(("id" = i64, Path)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn leave_report_schedule(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<StatusCode> {
    let id = ReportScheduleId(id);
    state.app.leave_report_schedule(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ReportScheduleTerms> for ScheduleInput {
    fn from(terms: ReportScheduleTerms) -> Self {
        Self {
            every: terms.every,
            on_day: terms.on_day,
            at_minute: terms.at_minute,
            recipients: terms.recipients.into_iter().map(UserId).collect(),
            is_on: terms.is_on,
            tells_webhooks: terms.tells_webhooks,
        }
    }
}

fn versioned(seen: SeenSchedule) -> Versioned<ReportSchedule> {
    Versioned {
        version: seen.schedule.version,
        body: shape(seen),
    }
}

fn shape(seen: SeenSchedule) -> ReportSchedule {
    let SeenSchedule {
        schedule,
        view,
        author,
        recipients,
    } = seen;
    let details = schedule.details;
    let recipient = |(id, name): (UserId, String)| ScheduleRecipient {
        user_id: id.0,
        name,
    };
    ReportSchedule {
        id: schedule.id.0,
        view_id: schedule.view_id.0,
        view,
        author,
        every: details.every,
        on_day: details.on_day,
        at_minute: details.at_minute,
        recipients: recipients.into_iter().map(recipient).collect(),
        is_on: details.is_on,
        tells_webhooks: details.tells_webhooks,
        next_at: schedule.due_at.rfc3339(),
        sent_at: schedule.sent_at.map(UnixMillis::rfc3339),
        failure: schedule.failure,
        etag: tag(schedule.version),
    }
}
