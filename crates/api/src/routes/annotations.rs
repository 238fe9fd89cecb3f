//! Annotations of charts.

use std::collections::HashMap;

use app::{AnnotationId, AnnotationInput, AnnotationPatch, AnnotationView, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::{ChannelId, Day, DayRange, UnixMillis};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, Query, given};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::AnnotationKind;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_annotations, create_annotation))
        .routes(routes!(
            show_annotation,
            update_annotation,
            delete_annotation
        ))
}

/// A mark on a chart: what somebody said about a day, or what the program did in it.
#[derive(Debug, Serialize, ToSchema)]
struct Annotation {
    /// Of what somebody said; what the program did cannot be edited and has none.
    #[schema(required)]
    id: Option<i64>,
    #[schema(value_type = AnnotationKind)]
    kind: String,
    /// In the workspace's time zone.
    day: String,
    /// The moment, where it was more exact than a day.
    #[schema(required)]
    at: Option<String>,
    /// The words; of an import the file's name, of channel rules the note on them.
    text: String,
    #[schema(required)]
    channel_id: Option<i64>,
    /// Empty for all campaigns.
    campaign: String,
    #[schema(required)]
    author: Option<String>,
    /// Empty where nothing can be edited.
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnnotationBody {
    /// That of `at` when absent.
    #[schema(example = "2026-11-05")]
    day: Option<String>,
    at: Option<String>,
    #[schema(example = "New prices on the site")]
    text: String,
    channel_id: Option<i64>,
    #[serde(default)]
    campaign: String,
}

/// What changes about an annotation; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnnotationPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    day: Option<String>,
    /// `null` leaves the whole day.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    at: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    text: Option<String>,
    /// `null` stands for all channels.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    channel_id: Option<Option<i64>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    campaign: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AnnotationsQuery {
    /// First day, such as `2026-11-01`.
    from: String,
    /// Last day, included.
    to: String,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows at most, up to 200; 50 when absent.
    limit: Option<u32>,
}

/// What people said about these days and what the program did in them, in the order of time.
#[utoipa::path(get, path = "/annotations", params(AnnotationsQuery), responses(
    (status = 200, body = List<Annotation>), (status = "default", body = Problem)))]
async fn list_annotations(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(query): Query<AnnotationsQuery>,
) -> ApiResult<axum::Json<List<Annotation>>> {
    let days =
        DayRange::new(day("from", &query.from)?, day("to", &query.to)?).ok_or_else(|| {
            let detail = "the end is before the start";
            Problem::new(StatusCode::BAD_REQUEST, "bad_period", detail).on_field("to")
        })?;
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let found = state
        .app
        .list_annotations(&actor, days, page.request()?)
        .await?;
    let authors = authors(&state, &actor).await?;
    let shape = |view| match view {
        AnnotationView::Said(annotation) => said(annotation, &authors),
        AnnotationView::Done(day, event) => done(day, event),
    };
    Ok(axum::Json(List::of(found, shape)))
}

/// Say something about a day or a moment.
#[utoipa::path(post, path = "/annotations", request_body = AnnotationBody, responses(
    (status = 201, body = Annotation), (status = "default", body = Problem)))]
async fn create_annotation(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<AnnotationBody>,
) -> ApiResult<Response> {
    let annotation = state.app.create_annotation(&actor, &body.into()).await?;
    let shown = versioned(&state, &actor, annotation).await?;
    Ok((StatusCode::CREATED, shown).into_response())
}

/// One annotation.
#[utoipa::path(get, path = "/annotations/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = Annotation), (status = "default", body = Problem)))]
async fn show_annotation(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let annotation = state.app.annotation(&actor, AnnotationId(id)).await?;
    Ok(versioned(&state, &actor, annotation).await?.into_response())
}

/// Change an annotation.
#[utoipa::path(patch, path = "/annotations/{id}", request_body = AnnotationPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = Annotation), (status = "default", body = Problem)))]
async fn update_annotation(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<AnnotationPatchBody>,
) -> ApiResult<Response> {
    let annotation = state
        .app
        .update_annotation(&actor, AnnotationId(id), version, body.into())
        .await?;
    Ok(versioned(&state, &actor, annotation).await?.into_response())
}

/// Take an annotation off the charts.
#[utoipa::path(delete, path = "/annotations/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_annotation(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    state
        .app
        .delete_annotation(&actor, AnnotationId(id), version)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn authors(state: &ApiState, actor: &app::Actor) -> ApiResult<HashMap<i64, String>> {
    let people = state.app.list_users(actor).await?;
    Ok(people
        .into_iter()
        .map(|user| (user.id.0, user.name))
        .collect())
}

async fn versioned(
    state: &ApiState,
    actor: &app::Actor,
    annotation: rows::Annotation,
) -> ApiResult<Versioned<Annotation>> {
    let authors = authors(state, actor).await?;
    Ok(Versioned {
        version: annotation.version,
        body: said(annotation, &authors),
    })
}

fn said(annotation: rows::Annotation, authors: &HashMap<i64, String>) -> Annotation {
    let details = annotation.details;
    Annotation {
        id: Some(annotation.id.0),
        kind: "note".to_owned(),
        day: details.day.to_string(),
        at: details.at.map(UnixMillis::rfc3339),
        text: details.text,
        channel_id: details.channel_id.map(|channel| channel.0),
        campaign: details.campaign,
        author: annotation
            .author_id
            .and_then(|author| authors.get(&author.0).cloned()),
        etag: tag(annotation.version),
    }
}

fn done(day: Day, event: rows::OwnEvent) -> Annotation {
    Annotation {
        id: None,
        kind: event.kind,
        day: day.to_string(),
        at: Some(event.at.rfc3339()),
        text: event.text,
        channel_id: None,
        campaign: String::new(),
        author: None,
        etag: String::new(),
    }
}

fn day(field: &'static str, text: &str) -> ApiResult<Day> {
    text.parse().map_err(|_| {
        let detail = format!("{text:?} is not a day such as 2026-11-01");
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail).on_field(field)
    })
}

impl From<AnnotationBody> for AnnotationInput {
    fn from(body: AnnotationBody) -> Self {
        Self {
            day: body.day,
            at: body.at,
            text: body.text,
            channel: body.channel_id.map(ChannelId),
            campaign: body.campaign,
        }
    }
}

impl From<AnnotationPatchBody> for AnnotationPatch {
    fn from(body: AnnotationPatchBody) -> Self {
        Self {
            day: body.day,
            at: body.at,
            text: body.text,
            channel: body.channel_id.map(|channel| channel.map(ChannelId)),
            campaign: body.campaign,
        }
    }
}
