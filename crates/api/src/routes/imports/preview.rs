//! The preview of a file that is uploaded as a form.

use std::borrow::Cow;
use std::collections::BTreeMap;

use app::{ImportKind, ImportMappingId, Incoming, Recall, Recalled, UploadId, rows};
use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartRejection};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ImportEffect, ImportOptions, kind, shape_effect};
use crate::body::form::{broken, missing, no_form, text, wrong};
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{DateOrder, DealGroup, ImportFormat, ImportKind as KindWord};

/// A file as it was understood.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportPreview)]
pub(super) struct Preview {
    upload_id: i64,
    file_name: String,
    /// Whose report the file is; `generic` where its titles are nobody's own.
    #[schema(value_type = ImportFormat)]
    format: &'static str,
    encoding: &'static str,
    delimiter: String,
    /// `dot` or `comma`.
    decimal: &'static str,
    /// Of a workbook: the sheet that is read.
    #[schema(required)]
    sheet: Option<String>,
    /// Of a workbook: all sheets that could be read, for `options.sheet`.
    sheets: Vec<String>,
    /// Row of the titles; the first row of the file is 1.
    header_row: u64,
    columns: Vec<Column>,
    /// Meanings that a column may be given.
    fields: Vec<FieldName>,
    rows_total: u64,
    /// Rows that an import would take, as far as the file tells; absent where it cannot start yet.
    #[schema(required)]
    rows_ready: Option<u64>,
    sample: Vec<SampleRow>,
    /// Options that fit, overruled by those sent.
    #[schema(value_type = ImportOptions)]
    options: serde_json::Value,
    /// How dates such as 3/4/2026 are read, where the file does not tell; else absent.
    #[schema(value_type = Option<DateOrder>, required)]
    date_order: Option<&'static str>,
    /// Deals: statuses of the file that nobody has mapped yet; until then they count nowhere.
    statuses: Vec<Status>,
    /// Costs: where the campaigns of the file land in reports; the first 200.
    campaigns: Vec<Campaign>,
    /// Costs: campaigns that visits are known of, which those of the file may be given to.
    tracked: Vec<Tracked>,
    /// What importing it would do to amounts of cost that count now.
    effects: Vec<ImportEffect>,
    warnings: Vec<Warning>,
    /// Earlier ways to read files with the same columns, the one used last first.
    mappings: Vec<FittingMapping>,
    /// The one of them that the options are of.
    #[schema(required)]
    mapping_id: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FittingMapping {
    id: i64,
    /// Empty where nobody saved it: it is how such a file was imported last.
    name: String,
    used_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewColumn)]
struct Column {
    /// Counted from zero.
    index: usize,
    header: String,
    #[schema(required)]
    field: Option<&'static str>,
    samples: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewField)]
struct FieldName {
    key: &'static str,
    title: &'static str,
    required: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewRow)]
struct SampleRow {
    row: u64,
    cells: Vec<String>,
    /// Filled fields as they would be read; absent where the row would be rejected.
    #[schema(required)]
    parsed: Option<BTreeMap<&'static str, String>>,
    #[schema(required)]
    error: Option<RowProblem>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewRowError)]
struct RowProblem {
    #[schema(required)]
    field: Option<Cow<'static, str>>,
    code: &'static str,
    detail: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewCampaign)]
struct Campaign {
    /// As the file has it: its name, or its number where costs are matched by it.
    name: String,
    source: String,
    rows: u64,
    /// In reports; absent where no rule claims it.
    #[schema(required)]
    channel: Option<String>,
    /// In reports.
    campaign: String,
    /// That are known of it there.
    visits: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrackedCampaign)]
struct Tracked {
    source: String,
    campaign: String,
    visits: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewStatus)]
struct Status {
    status: String,
    rows: u64,
    /// What the options say that it stands for.
    #[schema(value_type = Option<DealGroup>, required)]
    group: Option<&'static str>,
    /// What the word most likely stands for.
    #[schema(value_type = Option<DealGroup>, required)]
    suggested: Option<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewWarning)]
struct Warning {
    code: &'static str,
    detail: String,
    /// How many rows it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    /// `missing_rate`: the currency without a rate; `read_as_micros`: that of the amounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// `missing_rate`: the first day without one; the first day of a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// The last day of a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// `unknown_lead_statuses`, `responsible_others`: the words, twenty at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<String>,
}

/// The form; only described, because it is read as it arrives.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "fields stand for the parts of the form in the document"
)]
pub(super) struct PreviewForm {
    /// `costs`, `leads`, `deals` or `payments`.
    #[schema(value_type = KindWord)]
    kind: String,
    /// What is to be imported, unless it was uploaded before.
    #[schema(value_type = Option<String>, format = Binary, nullable = false)]
    file: Option<Vec<u8>>,
    /// From an earlier preview of the same file, instead of the file.
    #[schema(nullable = false)]
    upload_id: Option<i64>,
    /// Options as JSON, to try them.
    options: Option<String>,
    /// `latest`, to read the file as the latest one with the same columns was read, or the number
    /// of a mapping that fits; what the options say goes first.
    #[schema(nullable = false)]
    mapping: Option<String>,
}

/// What was read of the form.
#[derive(Default)]
struct Form {
    kind: Option<ImportKind>,
    options: Option<serde_json::Value>,
    file: Option<(String, Incoming)>,
    upload: Option<UploadId>,
    recall: Option<Recall>,
}

/// Upload a file and see how it would be imported.
///
/// To try other options, name the upload instead of sending the file again: it is kept for a week,
/// for whoever brought it.
#[utoipa::path(post, path = "/imports/preview",
    request_body(content = PreviewForm, content_type = "multipart/form-data"), responses(
    (status = 200, body = Preview), (status = "default", body = Problem)))]
pub(super) async fn preview_import(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    form: Result<Multipart, MultipartRejection>,
) -> ApiResult<axum::Json<Preview>> {
    actor.require(app::Permission::ImportFiles)?;
    let mut parts = form.map_err(|rejection| no_form(&rejection))?;
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.map_err(|error| broken(&error))? {
        match part.name() {
            Some("kind") => form.kind = Some(kind::of_file(&text(part).await?)?),
            Some("options") => form.options = Some(options(&text(part).await?)?),
            Some("mapping") => form.recall = Some(recall(&text(part).await?)?),
            Some("upload_id") => form.upload = Some(upload_id(&text(part).await?)?),
            Some("file") => {
                let incoming = state.app.receive_upload(&actor).await?;
                form.file = Some(received(part, incoming).await?);
            }
            _ => {}
        }
    }
    let kind = form.kind.ok_or_else(|| missing("kind"))?;
    let app = &state.app;
    let upload = match (form.file, form.upload) {
        (Some((name, incoming)), None) => app.keep_upload(&actor, kind, &name, incoming).await?,
        (None, Some(upload)) => upload,
        (None, None) => return Err(missing("file")),
        (Some(_), Some(_)) => return Err(wrong("upload_id", "the form has a file as well")),
    };
    let recall = form.recall.unwrap_or(Recall::Nothing);
    let mut recalled = app
        .recall(&actor, kind, upload, recall, form.options)
        .await?;
    let options = recalled.options.take();
    let preview = app.preview_again(&actor, kind, upload, options).await?;
    Ok(axum::Json(shape(preview, recalled)))
}

async fn received(mut part: Field<'_>, mut incoming: Incoming) -> ApiResult<(String, Incoming)> {
    let name = part.file_name().unwrap_or("file").to_owned();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
        incoming.write(&chunk).await?;
    }
    Ok((name, incoming))
}

fn options(text: &str) -> ApiResult<serde_json::Value> {
    serde_json::from_str(text).map_err(|_| wrong("options", "options is not JSON"))
}

fn upload_id(text: &str) -> ApiResult<UploadId> {
    let number = text.trim().parse();
    number.map(UploadId).map_err(|_| {
        wrong(
            "upload_id",
            "upload_id is the number from an earlier preview",
        )
    })
}

fn recall(text: &str) -> ApiResult<Recall> {
    match text.trim() {
        "latest" => Ok(Recall::Latest),
        number => number
            .parse()
            .map(|id| Recall::This(ImportMappingId(id)))
            .map_err(|_| wrong("mapping", "mapping is latest or the number of a mapping")),
    }
}

fn shape(preview: app::Preview, recalled: Recalled) -> Preview {
    let column = |column: app::PreviewColumn| Column {
        index: column.index,
        header: column.header,
        field: column.field,
        samples: column.samples,
    };
    let field = |field: app::PreviewField| FieldName {
        key: field.key,
        title: field.title,
        required: field.required,
    };
    let status = |told: app::PreviewStatus| Status {
        status: told.status,
        rows: told.rows,
        group: told.group.map(app::StatusGroup::name),
        suggested: told.suggested.map(app::StatusGroup::name),
    };
    let warning = |warning: app::PreviewWarning| Warning {
        code: warning.code,
        detail: warning.detail,
        rows: warning.rows,
        currency: warning.currency.map(|currency| currency.to_string()),
        day: warning.day.map(|day| day.to_string()),
        until: warning.until.map(|day| day.to_string()),
        words: warning.words,
    };
    Preview {
        upload_id: preview.upload.0,
        file_name: preview.file_name,
        format: preview.format,
        encoding: preview.encoding,
        delimiter: preview.delimiter.to_string(),
        decimal: preview.decimal,
        sheet: preview.sheet,
        sheets: preview.sheets,
        header_row: preview.header_row,
        columns: preview.columns.into_iter().map(column).collect(),
        fields: preview.fields.into_iter().map(field).collect(),
        rows_total: preview.rows_total,
        rows_ready: preview.rows_ready,
        sample: preview.sample.into_iter().map(shape_row).collect(),
        options: preview.options,
        date_order: preview.date_order.map(app::DateOrder::name),
        statuses: preview.statuses.into_iter().map(status).collect(),
        campaigns: preview.campaigns.into_iter().map(campaign).collect(),
        tracked: preview.tracked.into_iter().map(tracked).collect(),
        effects: preview.effects.into_iter().map(shape_effect).collect(),
        warnings: preview.warnings.into_iter().map(warning).collect(),
        mappings: recalled.fitting.into_iter().map(fitting).collect(),
        mapping_id: recalled.taken.map(|id| id.0),
    }
}

fn fitting(mapping: rows::ImportMapping) -> FittingMapping {
    FittingMapping {
        id: mapping.id.0,
        name: mapping.details.name,
        used_at: mapping.used_at.rfc3339(),
    }
}

fn campaign(told: app::PreviewCampaign) -> Campaign {
    Campaign {
        name: told.name,
        source: told.source,
        rows: told.rows,
        channel: told.channel,
        campaign: told.campaign,
        visits: told.visits,
    }
}

fn tracked(told: app::TrackedCampaign) -> Tracked {
    Tracked {
        source: told.source,
        campaign: told.campaign,
        visits: told.visits,
    }
}

fn shape_row(row: app::PreviewRow) -> SampleRow {
    let app::PreviewRow { row, cells, parsed } = row;
    let (parsed, error) = match parsed {
        Some(Ok(fields)) => (Some(fields.into_iter().collect()), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let error = error.map(|error| RowProblem {
        field: error.field,
        code: error.code,
        detail: error.detail,
    });
    SampleRow {
        row,
        cells,
        parsed,
        error,
    }
}
