//! Imports of files: preview, start, follow, undo.

mod kind;
mod mappings;
mod options;
mod preview;
mod sources;
mod words;

use app::{CostEffect, Effect, ImportView, KeptWhy, UploadId, rows};
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use base::{Currency, ImportId, Money};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path, Query};
use crate::caller::Caller;
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{CostEffectKind, ImportKind as KindWord, ImportState, ImportedKind};
use options::ImportOptions;

/// Room for the form around an uploaded file.
const FORM_BYTES_MAX: u64 = 1024 * 1024;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    let upload_bytes_max =
        usize::try_from(app::UPLOAD_BYTES_MAX + FORM_BYTES_MAX).unwrap_or(usize::MAX);
    let upload = OpenApiRouter::new()
        .routes(routes!(preview::preview_import))
        .layer(DefaultBodyLimit::max(upload_bytes_max));
    OpenApiRouter::new()
        .merge(upload)
        .merge(mappings::router().merge(sources::router()))
        .routes(routes!(list_imports, start_import))
        .routes(routes!(show_import))
        .routes(routes!(list_rejected_rows))
        .routes(routes!(undo_import))
        .routes(routes!(cancel_import))
        .routes(routes!(list_kept_records))
}

/// One import of a file.
#[derive(Debug, Serialize, ToSchema)]
struct Import {
    id: i64,
    /// `costs`, `leads`, `deals`, `payments`, `history`; `access_log` for a web server's log by the
    /// command line, `manual` for changes of manual costs.
    #[schema(value_type = ImportedKind)]
    kind: String,
    file_name: String,
    /// `undoing` and `cancelling` end as `undone` and `cancelled`.
    #[schema(value_type = ImportState)]
    state: String,
    created_at: String,
    author: String,
    rows_total: i64,
    rows_done: i64,
    rows_accepted: i64,
    rows_rejected: i64,
    /// Accepted rows that brought something new.
    rows_new: i64,
    /// Accepted rows that corrected what was there.
    rows_changed: i64,
    rows_unchanged: i64,
    /// Records that the undo has left as they are, because they were changed since.
    rows_kept: i64,
    /// Days that the rows cover.
    #[schema(required)]
    period: Option<Period>,
    /// Sum of the rows; of deals and payments, each counts once as it stood when the import was
    /// done, and money that went back counts against. Absent where they are in several currencies.
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
    /// What a cost import has done to amounts; what it left unchanged is not told.
    effects: Vec<ImportEffect>,
    /// What of a done import counts in no report now; absent in lists of imports.
    #[schema(required)]
    uncounted: Option<Uncounted>,
    can_undo: bool,
    can_cancel: bool,
    #[schema(required)]
    error: Option<String>,
}

/// Deals, or payments of deals, whose status nobody has mapped.
#[derive(Debug, Serialize, ToSchema)]
struct Uncounted {
    records: i64,
    statuses: Vec<String>,
    /// Absent where they are in several currencies.
    #[schema(required)]
    amount: Option<String>,
    #[schema(required)]
    currency: Option<String>,
}

/// What becomes of some amounts of cost, each of a day and an ad.
#[derive(Debug, Serialize, ToSchema)]
struct ImportEffect {
    /// `kept` amounts stay though the file does not say them.
    #[schema(value_type = CostEffectKind)]
    effect: &'static str,
    amounts: u64,
    /// That the platform charges in.
    currency: String,
    /// Their sum before.
    before: String,
    /// Their sum after.
    after: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Period {
    from: String,
    to: String,
}

#[derive(Debug, Deserialize, ToSchema)]
struct ImportBody {
    /// From the preview.
    upload_id: i64,
    /// `costs`, `leads`, `deals`, `payments` or `history`.
    #[schema(value_type = KindWord)]
    kind: String,
    /// As the preview showed them, with the user's changes.
    #[schema(value_type = Option<ImportOptions>)]
    options: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportsQuery {
    /// Only imports of this kind.
    #[param(value_type = Option<ImportedKind>, required = false)]
    kind: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows at most, up to 200; 50 when absent.
    limit: Option<u32>,
}

/// A row that was left out.
#[derive(Debug, Serialize, ToSchema)]
struct RejectedRow {
    /// As a spreadsheet numbers it: the first row of the file is 1.
    row: i64,
    cells: Vec<String>,
    #[schema(required)]
    field: Option<String>,
    code: String,
    detail: String,
}

/// A record that an undo has left as it is.
#[derive(Debug, Serialize, ToSchema)]
struct KeptRecord {
    /// Id of the lead, deal or payment.
    record_id: i64,
    /// Its id at its sender's; empty where it has none.
    name: String,
    /// `changed_since`, `needed_by`, `has_payments` or, with a `text`, `other`.
    code: String,
    /// `changed_since`: the fields that somebody changed afterwards.
    fields: Vec<String>,
    /// `needed_by`: the record that grew out of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    needed_by: Option<NeedingRecord>,
    /// `has_payments`: how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    payments: Option<u64>,
    /// `other`: the reason in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The deal of a payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    belongs_to: Option<NeedingRecord>,
}

/// A record that cannot be without another one.
#[derive(Debug, Serialize, ToSchema)]
struct NeedingRecord {
    /// `leads` or `deals`.
    kind: String,
    id: i64,
    /// Its id at its sender's; empty where it has none.
    name: String,
}

/// Imports, newest first.
#[utoipa::path(get, path = "/imports", params(ImportsQuery), responses(
    (status = 200, body = List<Import>), (status = "default", body = Problem)))]
async fn list_imports(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Query(query): Query<ImportsQuery>,
) -> ApiResult<axum::Json<List<Import>>> {
    let kind = kind::of_import(query.kind.as_deref())?;
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let imports = state
        .app
        .list_imports(&actor, kind, page.request()?)
        .await?;
    Ok(axum::Json(List::of(imports, shape)))
}

/// Import a file that was previewed. It runs in the background.
#[utoipa::path(post, path = "/imports", request_body = ImportBody, responses(
    (status = 201, body = Import), (status = "default", body = Problem)))]
async fn start_import(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ImportBody>,
) -> ApiResult<Response> {
    let kind = kind::of_file(&body.kind)?;
    let upload = UploadId(body.upload_id);
    let import = state
        .app
        .start_import(&actor, upload, kind, body.options)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(shape(import))).into_response())
}

/// One import, with its progress.
#[utoipa::path(get, path = "/imports/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = Import), (status = "default", body = Problem)))]
async fn show_import(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<Import>> {
    Ok(axum::Json(shape(
        state.app.import(&actor, ImportId(id)).await?,
    )))
}

/// Rows that an import left out, and why; a file with `Accept: text/csv`.
#[utoipa::path(get, path = "/imports/{id}/rejected", params(("id" = i64, Path), PageQuery),
    responses(
    (status = 200, content((List<RejectedRow> = "application/json"), (String = "text/csv"))),
    (status = "default", body = Problem)))]
async fn list_rejected_rows(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let id = ImportId(id);
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    if accept.is_some_and(|types| types.contains("text/csv")) {
        let csv = state.app.rejected_csv(&actor, id, words::word).await?;
        let name = format!("attachment; filename=\"import-{id}-rejected.csv\"");
        let kind = "text/csv; charset=utf-8".to_owned();
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, name),
        ];
        return Ok((headers, csv).into_response());
    }
    let found = state.app.rejected(&actor, id, page.request()?).await?;
    Ok(axum::Json(List::of(found, shape_rejected)).into_response())
}

/// Take an import back.
#[utoipa::path(post, path = "/imports/{id}/undo", params(("id" = i64, Path)), responses(
    (status = 200, body = Import), (status = "default", body = Problem)))]
async fn undo_import(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<Import>> {
    Ok(axum::Json(shape(
        state.app.undo_import(&actor, ImportId(id)).await?,
    )))
}

/// Stop an import that waits or runs; what it did so far is taken back.
#[utoipa::path(post, path = "/imports/{id}/cancel", params(("id" = i64, Path)), responses(
    (status = 200, body = Import), (status = "default", body = Problem)))]
async fn cancel_import(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<Import>> {
    Ok(axum::Json(shape(
        state.app.cancel_import(&actor, ImportId(id)).await?,
    )))
}

/// Records that the undo of an import has left as they are, and why.
#[utoipa::path(get, path = "/imports/{id}/kept", params(("id" = i64, Path), PageQuery),
    responses((status = 200, body = List<KeptRecord>), (status = "default", body = Problem)))]
async fn list_kept_records(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<KeptRecord>>> {
    let after = page.cursor.as_deref().map(str::parse::<i64>).transpose();
    let after = after.map_err(|_| Problem::bad_cursor())?;
    let limit = page.rows();
    let import = ImportId(id);
    let found = state
        .app
        .kept(&actor, import, after.unwrap_or(0), limit)
        .await?;
    let is_full = u32::try_from(found.len()).is_ok_and(|rows| rows == limit);
    let last = found.last().filter(|_| is_full);
    Ok(axum::Json(List {
        next_cursor: last.map(|kept| kept.record.to_string()),
        items: found.into_iter().map(kept_shape).collect(),
    }))
}

fn kept_shape(record: app::KeptRecord) -> KeptRecord {
    let app::Kept { name, why } = record.kept;
    let needing = |needer: app::Needer| NeedingRecord {
        kind: needer.kind,
        id: needer.id,
        name: needer.name,
    };
    let shape = |code: &str| KeptRecord {
        record_id: record.record,
        name,
        code: code.to_owned(),
        fields: Vec::new(),
        needed_by: None,
        payments: None,
        text: None,
        belongs_to: record.belongs_to.map(needing),
    };
    match why {
        KeptWhy::ChangedSince { fields } => KeptRecord {
            fields,
            ..shape("changed_since")
        },
        KeptWhy::NeededBy(needer) => KeptRecord {
            needed_by: Some(needing(needer)),
            ..shape("needed_by")
        },
        KeptWhy::HasPayments { payments } => KeptRecord {
            payments: Some(payments),
            ..shape("has_payments")
        },
        KeptWhy::Other { text } => KeptRecord {
            text: Some(text),
            ..shape("other")
        },
    }
}

fn shape(view: ImportView) -> Import {
    let ImportView {
        import,
        author,
        effects,
        uncounted,
        can_undo,
        can_cancel,
    } = view;
    let (progress, result) = (import.progress, import.result);
    let period = result.first_day.zip(result.last_day);
    let currency = result.currency;
    let amount = |(micros, currency): (i64, Currency)| payable(Money::new(micros, currency));
    Import {
        id: import.id.0,
        kind: import.kind,
        file_name: import.file_name,
        state: import.state,
        created_at: import.created_at.rfc3339(),
        author,
        rows_total: progress.rows_total,
        rows_done: progress.rows_done,
        rows_accepted: progress.rows_accepted,
        rows_rejected: progress.rows_rejected,
        rows_new: progress.rows_new,
        rows_changed: progress.rows_changed,
        rows_unchanged: progress.rows_unchanged,
        rows_kept: progress.rows_kept,
        period: period.map(|(from, to)| Period {
            from: from.to_string(),
            to: to.to_string(),
        }),
        amount: result.amount_micros.zip(currency).map(amount),
        currency: currency.map(|currency| currency.to_string()),
        effects: effects.into_iter().map(shape_effect).collect(),
        uncounted: uncounted.map(|told| Uncounted {
            records: told.records,
            statuses: told.statuses,
            amount: told.amount.map(payable),
            currency: told.amount.map(|amount| amount.currency.to_string()),
        }),
        can_undo,
        can_cancel,
        error: import.error,
    }
}

fn payable(amount: Money) -> String {
    amount.rounded().decimal()
}

fn shape_effect(told: CostEffect) -> ImportEffect {
    let effect = match told.effect {
        Effect::Added => "added",
        Effect::Changed => "changed",
        Effect::Vanished => "vanished",
        Effect::Kept => "kept",
    };
    ImportEffect {
        effect,
        amounts: told.amounts,
        currency: told.currency,
        before: told.before,
        after: told.after,
    }
}

fn shape_rejected(row: rows::RejectionRow) -> RejectedRow {
    let rejection = row.rejection;
    RejectedRow {
        row: rejection.row,
        cells: rejection.cells,
        field: rejection.field,
        code: rejection.code,
        detail: rejection.detail,
    }
}
