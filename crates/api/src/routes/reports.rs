//! Reports, the catalogue, the rows behind a number, exports, and the live stream.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use http::{HeaderValue, header};
use reports::catalogue::CatalogueAnswer;
use reports::export::ExportRequest;
use reports::{Behind, BehindRequest, Language, Query as Question, Report, Visits, VisitsRequest};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::MissedTickBehavior;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Query};
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::LanguageCode;

/// A stream ends after this; the screen opens it again.
pub(crate) const STREAM_LASTS: Duration = Duration::from_secs(600);
/// Between two messages: what happens meanwhile is gathered, so that a browser keeps up with any
/// number of visitors.
pub(crate) const TELL_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_catalogue))
        .routes(routes!(query_report))
        .routes(routes!(list_report_rows))
        .routes(routes!(export_report))
        .routes(routes!(list_visits))
        .routes(routes!(watch_live))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CatalogueQuery {
    /// `en`, `ru` or `pl`.
    #[param(value_type = Option<LanguageCode>)]
    language: Option<Language>,
}

/// Every metric and dimension with title, formula, unit and definition.
#[utoipa::path(get, path = "/reports/catalogue", params(CatalogueQuery), responses(
    (status = 200, body = CatalogueAnswer), (status = "default", body = Problem)))]
async fn show_catalogue(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(query): Query<CatalogueQuery>,
) -> ApiResult<axum::Json<CatalogueAnswer>> {
    let language = query.language.unwrap_or_default();
    Ok(axum::Json(state.app.catalogue(&actor, language).await?))
}

/// Answer a question: metrics by dimensions in a period, with totals and the unknown row.
#[utoipa::path(post, path = "/reports/query", request_body = Question, responses(
    (status = 200, body = Report), (status = "default", body = Problem)))]
async fn query_report(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(question): Json<Question>,
) -> ApiResult<axum::Json<Report>> {
    Ok(axum::Json(state.app.report(&actor, question).await?))
}

/// The visits, leads, deals, payments or costs behind a cell.
#[utoipa::path(post, path = "/reports/rows", request_body = BehindRequest, responses(
    (status = 200, body = Behind), (status = "default", body = Problem)))]
async fn list_report_rows(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(request): Json<Value>,
) -> ApiResult<axum::Json<Behind>> {
    Ok(axum::Json(state.app.report_rows(&actor, request).await?))
}

/// Visits one by one, newest first, with what was done in each and what came of it.
#[utoipa::path(post, path = "/visits/query", request_body = VisitsRequest, responses(
    (status = 200, body = Visits), (status = "default", body = Problem)))]
async fn list_visits(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(request): Json<VisitsRequest>,
) -> ApiResult<axum::Json<Visits>> {
    Ok(axum::Json(state.app.visits(&actor, request).await?))
}

/// The answer as a CSV, XLSX, PDF or JSON file.
#[utoipa::path(post, path = "/reports/export", request_body = ExportRequest, responses(
    (status = 200, content_type = "text/csv", body = String),
    (status = "default", body = Problem)))]
async fn export_report(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(request): Json<Value>,
) -> ApiResult<Response> {
    let file = state.app.export_report(&actor, request).await?;
    let mut response = file.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(file.content_type),
    );
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Server-sent events, once a second: `now` with who is here and where, `hits` with the newest of
/// what visitors did meanwhile.
#[utoipa::path(get, path = "/live", responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = "default", body = Problem)))]
async fn watch_live(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    actor.require(app::Permission::ReadRows)?;
    // A hit happens before anybody knows its channel.
    actor.require_all_channels()?;
    let workspace = actor.workspace;
    let known = state.live.begin(workspace);
    let mut tick = tokio::time::interval(TELL_INTERVAL);
    // A reader that stood still for a minute is told what is now, once.
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = tokio::time::Instant::now() + STREAM_LASTS;
    let stream =
        futures_util::stream::unfold((known, tick, None), move |(known, mut tick, mut next)| {
            let (app, live) = (state.app.clone(), state.live.clone());
            let actor = actor.clone();
            async move {
                if let Some(data) = next.take() {
                    let event = Event::default().event("hits").data::<String>(data);
                    return Some((Ok(event), (known, tick, None)));
                }
                tokio::select! {
                    () = live.stopped() => return None,
                    () = tokio::time::sleep_until(end) => return None,
                    _ = tick.tick() => {}
                }
                // Whoever watches is still who they were; a store that is away says nothing of it.
                let stands = tokio::time::timeout(TELL_INTERVAL, app.still_stands(&actor));
                if matches!(stands.await, Ok(Ok(false))) {
                    return None;
                }
                let (known, hits) = live.since(workspace, known);
                let now = Event::default().event("now").data(live.now(workspace));
                Some((Ok(now), (known, tick, hits)))
            }
        });
    Ok(std::future::ready(Sse::new(stream).keep_alive(KeepAlive::default())).await)
}
