//! Files of conversions: made, given out again, marked as uploaded or taken back.

use std::collections::BTreeMap;

use app::{
    ConversionBatchId, ConversionBatchOrder, ConversionBatchView, ConversionRowView,
    ConversionTargetId,
};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use base::Money;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conversions::ConversionsLeftOut;
use super::leads::day;
use crate::body::{Json, Path, Query};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{
    ConversionBatchState, ConversionEventName, ConversionFileKind, ConversionPlatform,
    ConversionRowKind,
};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(export_conversions))
        .routes(routes!(list_conversion_batches))
        .routes(routes!(show_conversion_batch, mark_conversion_batch))
        .routes(routes!(download_conversion_file))
        .routes(routes!(list_conversion_rows))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ConversionExportBody {
    #[schema(value_type = ConversionFileKind)]
    kind: String,
    /// First day; without days those that the platform still takes.
    from: Option<String>,
    /// Last day, included.
    to: Option<String>,
}

/// A file that was made.
#[derive(Debug, Serialize, ToSchema)]
struct ConversionBatch {
    id: i64,
    etag: String,
    target_id: i64,
    #[schema(value_type = ConversionPlatform)]
    platform: String,
    #[schema(value_type = ConversionEventName)]
    event: String,
    conversion: String,
    #[schema(value_type = ConversionFileKind)]
    kind: String,
    rows: i64,
    /// What its rows come to.
    value: String,
    currency: String,
    left_out: Vec<ConversionsLeftOut>,
    #[schema(required)]
    author_id: Option<i64>,
    created_at: String,
    #[schema(value_type = ConversionBatchState)]
    state: String,
    /// Since when it is so.
    state_at: String,
}

/// A row of a file.
#[derive(Debug, Serialize, ToSchema)]
struct ConversionRow {
    record_id: i64,
    #[schema(value_type = ConversionEventName)]
    event: String,
    #[schema(value_type = ConversionRowKind)]
    kind: String,
    at: String,
    click_at: String,
    #[schema(required)]
    value: Option<String>,
    currency: String,
    /// Of the lead, masked for who may not see contacts.
    name: String,
    /// The deal's number.
    deal: String,
    /// By which click it was told is not known any more, and the file does not have it.
    is_forgotten: bool,
}

/// What has become of a file.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ConversionBatchBody {
    /// `uploaded`, or `taken_back` where nobody has uploaded it.
    #[schema(example = "uploaded")]
    state: String,
}

/// Make a file of all that is ready, and write down what stands in it, so that it is told once.
#[utoipa::path(post, path = "/conversion-targets/{id}/batches", request_body = ConversionExportBody,
    params(("id" = i64, Path)), responses(
    (status = 201, body = ConversionBatch), (status = "default", body = Problem)))]
async fn export_conversions(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    Json(body): Json<ConversionExportBody>,
) -> ApiResult<Response> {
    let order = ConversionBatchOrder {
        kind: body.kind,
        from: day("from", body.from.as_deref())?,
        to: day("to", body.to.as_deref())?,
    };
    let id = ConversionTargetId(id);
    let made = state.app.export_conversions(&actor, id, &order).await?;
    Ok((StatusCode::CREATED, batch(made)).into_response())
}

/// Files that were made, newest first.
#[utoipa::path(get, path = "/conversion-batches", params(PageQuery), responses(
    (status = 200, body = List<ConversionBatch>), (status = "default", body = Problem)))]
async fn list_conversion_batches(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<ConversionBatch>>> {
    let found = state.app.conversion_batches(&actor, page.request()?);
    Ok(axum::Json(List::of(found.await?, batch_shape)))
}

/// A file that was made.
#[utoipa::path(get, path = "/conversion-batches/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = ConversionBatch), (status = "default", body = Problem)))]
async fn show_conversion_batch(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let found = state.app.conversion_batch(&actor, ConversionBatchId(id));
    Ok(batch(found.await?))
}

/// Say that a file was uploaded, or take it back where it never was: its rows are free again.
#[utoipa::path(patch, path = "/conversion-batches/{id}", request_body = ConversionBatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = ConversionBatch), (status = "default", body = Problem)))]
async fn mark_conversion_batch(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<ConversionBatchBody>,
) -> ApiResult<Response> {
    let at = (ConversionBatchId(id), version);
    let marked = state.app.mark_conversion_batch(&actor, at, &body.state);
    Ok(batch(marked.await?))
}

/// The file as the platform takes it: the same bytes each time, without whoever was erased since.
#[utoipa::path(get, path = "/conversion-batches/{id}/file", params(("id" = i64, Path)), responses(
    (status = 200, content_type = "text/csv", body = String),
    (status = "default", body = Problem)))]
async fn download_conversion_file(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let found = state.app.conversion_file(&actor, ConversionBatchId(id));
    let (name, file) = found.await?;
    let name = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, file).into_response())
}

/// What stands in a file, newest first.
#[utoipa::path(get, path = "/conversion-batches/{id}/rows",
    params(("id" = i64, Path), PageQuery), responses(
    (status = 200, body = List<ConversionRow>), (status = "default", body = Problem)))]
async fn list_conversion_rows(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<ConversionRow>>> {
    let id = ConversionBatchId(id);
    let found = state.app.conversion_rows(&actor, id, page.request()?);
    Ok(axum::Json(List::of(found.await?, row)))
}

fn batch(view: ConversionBatchView) -> Response {
    Versioned {
        version: view.batch.version,
        body: batch_shape(view),
    }
    .into_response()
}

fn batch_shape(view: ConversionBatchView) -> ConversionBatch {
    let ConversionBatchView { batch, left_out } = view;
    let said = batch.said;
    ConversionBatch {
        id: batch.id.0,
        etag: tag(batch.version),
        target_id: said.target_id.0,
        platform: batch.platform,
        event: batch.event,
        conversion: said.conversion,
        kind: said.kind,
        rows: said.rows,
        value: Money::new(said.sum_micros, said.currency).decimal(),
        currency: said.currency.to_string(),
        left_out: shape_left_out(left_out),
        author_id: said.author_id.map(|id| id.0),
        created_at: said.created_at.rfc3339(),
        state: batch.state,
        state_at: batch.state_at.rfc3339(),
    }
}

fn shape_left_out(left_out: BTreeMap<String, u64>) -> Vec<ConversionsLeftOut> {
    let all = left_out.into_iter();
    all.map(|(reason, count)| ConversionsLeftOut { reason, count })
        .collect()
}

fn row(view: ConversionRowView) -> ConversionRow {
    let row = view.row;
    ConversionRow {
        record_id: row.record_id,
        event: row.event,
        kind: row.kind,
        at: row.at.rfc3339(),
        click_at: row.click_at.rfc3339(),
        value: view.value.map(Money::decimal),
        currency: row.currency.to_string(),
        name: row.name,
        deal: row.label,
        is_forgotten: view.is_forgotten,
    }
}
