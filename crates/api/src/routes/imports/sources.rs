//! Places that files are taken from regularly, and the log of it.

use app::{
    ImportMappingId, ImportRunView, ImportSourceId, ImportSourceInput, ImportSourceView,
    SourceHeader, SourcePlace,
};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base::UnixMillis;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Import, shape as import_shape};
use crate::body::form::wrong;
use crate::body::{Json, Path, Query, given};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::{List, PageQuery};
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::{ImportKind as KindWord, ImportRunState, SourceEvery};

const HOUR_MINUTES: i64 = 60;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_import_sources, create_import_source))
        .routes(routes!(
            show_import_source,
            update_import_source,
            delete_import_source
        ))
        .routes(routes!(read_import_source))
        .routes(routes!(list_import_runs))
}

/// A place that files are taken from every hour or day.
#[derive(Debug, Serialize, ToSchema)]
struct ImportSource {
    id: i64,
    name: String,
    /// The saved mapping that its files are read by.
    mapping_id: i64,
    mapping: String,
    #[schema(value_type = KindWord)]
    kind: String,
    /// Where the file is; absent for a folder.
    #[schema(required)]
    url: Option<String>,
    /// The folder, below the one that the configuration opens (`imports.folder`); absent for an
    /// address.
    #[schema(required)]
    folder: Option<String>,
    /// That goes along with a request; its value is never told. Empty where none does.
    header_name: String,
    #[schema(value_type = SourceEvery)]
    every: String,
    /// Of a day: the time, in the workspace's zone.
    at: String,
    enabled: bool,
    #[schema(required)]
    next_at: Option<String>,
    /// The latest look.
    #[schema(required)]
    last: Option<ImportRun>,
    created_at: String,
    etag: String,
}

/// A look at a source; of a folder there is one for each new file.
#[derive(Debug, Serialize, ToSchema)]
struct ImportRun {
    id: i64,
    started_at: String,
    #[schema(required)]
    ended_at: Option<String>,
    /// `unchanged` where there was nothing that was not imported already.
    #[schema(value_type = ImportRunState)]
    state: String,
    file_name: String,
    /// Why nothing came of it; empty where something did.
    code: String,
    detail: String,
    /// What came of its file, with the rows that were new, changed and rejected.
    #[schema(required)]
    import: Option<Import>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportSourceBody {
    #[schema(example = "VK, every morning")]
    name: String,
    mapping_id: i64,
    /// Either this or a folder.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "https://reports.example/vk.csv")]
    url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    folder: Option<String>,
    /// Goes along with the request; both or none.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "Authorization")]
    header_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    header_value: Option<String>,
    #[schema(value_type = SourceEvery)]
    every: String,
    /// Of a day: the time, in the workspace's zone; 06:00 where it is absent.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "06:00")]
    at: Option<String>,
}

/// What changes about a source; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportSourcePatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    mapping_id: Option<i64>,
    /// Another server is to be given the value of the header again.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    folder: Option<String>,
    /// Empty, so that no header goes along any more.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    header_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    header_value: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<SourceEvery>)]
    every: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    at: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    enabled: Option<bool>,
}

/// Sources of the kinds of files that you may import, by name.
#[utoipa::path(get, path = "/import-sources", responses(
    (status = 200, body = List<ImportSource>), (status = "default", body = Problem)))]
async fn list_import_sources(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<ImportSource>>> {
    let found = state.app.list_import_sources(&actor).await?;
    Ok(axum::Json(List::whole(
        found.into_iter().map(shape).collect(),
    )))
}

/// Take files from a place regularly. It is read for the first time at once.
#[utoipa::path(post, path = "/import-sources", request_body = ImportSourceBody, responses(
    (status = 201, body = ImportSource), (status = "default", body = Problem)))]
async fn create_import_source(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ImportSourceBody>,
) -> ApiResult<Response> {
    let header = match (body.header_name, body.header_value) {
        (None, None) => SourceHeader::None,
        (name, value) => SourceHeader::New {
            name: name.unwrap_or_default(),
            value: value.unwrap_or_default(),
        },
    };
    let input = ImportSourceInput {
        name: body.name,
        mapping: ImportMappingId(body.mapping_id),
        place: place(body.url, body.folder, header)?,
        every: body.every,
        at_minute: minute(body.at.as_deref().unwrap_or("06:00"))?,
        is_on: true,
    };
    let made = state.app.create_import_source(&actor, &input).await?;
    Ok((StatusCode::CREATED, versioned(made)).into_response())
}

/// One source.
#[utoipa::path(get, path = "/import-sources/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = ImportSource), (status = "default", body = Problem)))]
async fn show_import_source(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let found = state.app.import_source(&actor, ImportSourceId(id)).await?;
    Ok(versioned(found).into_response())
}

/// Change a source, or switch it on or off.
#[utoipa::path(patch, path = "/import-sources/{id}", request_body = ImportSourcePatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = ImportSource), (status = "default", body = Problem)))]
async fn update_import_source(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<ImportSourcePatchBody>,
) -> ApiResult<Response> {
    let id = ImportSourceId(id);
    let before = shape(state.app.import_source(&actor, id).await?);
    let header = match (body.header_name, body.header_value) {
        (Some(name), _) if name.is_empty() => SourceHeader::None,
        (None, None) if before.header_name.is_empty() => SourceHeader::None,
        (None, None) => SourceHeader::Kept,
        (Some(name), None) if name == before.header_name => SourceHeader::Kept,
        (name, value) => SourceHeader::New {
            name: name.unwrap_or(before.header_name),
            value: value.unwrap_or_default(),
        },
    };
    // Where one of them is named, it takes the place of the other.
    let place = match (body.url, body.folder) {
        (None, None) => place(before.url, before.folder, header)?,
        (url, folder) => place(url, folder, header)?,
    };
    let input = ImportSourceInput {
        name: body.name.unwrap_or(before.name),
        mapping: ImportMappingId(body.mapping_id.unwrap_or(before.mapping_id)),
        place,
        every: body.every.unwrap_or(before.every),
        at_minute: minute(body.at.as_deref().unwrap_or(&before.at))?,
        is_on: body.enabled.unwrap_or(before.enabled),
    };
    let changed = state
        .app
        .update_import_source(&actor, id, version, &input)
        .await?;
    Ok(versioned(changed).into_response())
}

/// Take no more files from a source. What was imported stays.
#[utoipa::path(delete, path = "/import-sources/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_import_source(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    let id = ImportSourceId(id);
    state.app.delete_import_source(&actor, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read a source now. What comes of it is in its log.
#[utoipa::path(post, path = "/import-sources/{id}/read", params(("id" = i64, Path)), responses(
    (status = 202, body = ImportSource), (status = "default", body = Problem)))]
async fn read_import_source(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let asked = state.app.ask_import_source(&actor, ImportSourceId(id));
    Ok((StatusCode::ACCEPTED, versioned(asked.await?)).into_response())
}

/// What became of each look at a source, newest first.
#[utoipa::path(get, path = "/import-sources/{id}/runs",
    params(("id" = i64, Path), PageQuery), responses(
    (status = 200, body = List<ImportRun>), (status = "default", body = Problem)))]
async fn list_import_runs(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<List<ImportRun>>> {
    let id = ImportSourceId(id);
    let found = state.app.list_import_runs(&actor, id, page.request()?);
    Ok(axum::Json(List::of(found.await?, run_shape)))
}

fn place(
    url: Option<String>,
    folder: Option<String>,
    header: SourceHeader,
) -> ApiResult<SourcePlace> {
    match (url, folder) {
        (Some(url), None) => Ok(SourcePlace::Url { url, header }),
        (None, Some(folder)) if !matches!(header, SourceHeader::New { .. }) => {
            Ok(SourcePlace::Folder(folder))
        }
        (None, Some(_)) => Err(wrong("header_name", "nothing is sent to a folder")),
        (None, None) => Err(wrong("url", "name an address or a folder")),
        (Some(_), Some(_)) => Err(wrong("folder", "name an address or a folder, not both")),
    }
}

/// Minutes after midnight.
fn minute(text: &str) -> ApiResult<i64> {
    let parts = text.split_once(':');
    let number = |part: &str, until: i64| {
        let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let number = part.parse::<i64>().ok().filter(|_| is_plain)?;
        (number < until).then_some(number)
    };
    let minute = parts.and_then(|(hours, minutes)| {
        Some(number(hours, 24)? * HOUR_MINUTES + number(minutes, HOUR_MINUTES)?)
    });
    minute.ok_or_else(|| wrong("at", "a time of the day such as 06:30"))
}

fn versioned(view: ImportSourceView) -> Versioned<ImportSource> {
    Versioned {
        version: view.source.version,
        body: shape(view),
    }
}

fn shape(view: ImportSourceView) -> ImportSource {
    let ImportSourceView {
        source,
        mapping,
        last,
    } = view;
    let details = source.details;
    let (minute, hours) = (
        details.at_minute % HOUR_MINUTES,
        details.at_minute / HOUR_MINUTES,
    );
    let (url, folder) = match details.place == "url" {
        true => (Some(details.location), None),
        false => (None, Some(details.location)),
    };
    ImportSource {
        id: source.id.0,
        name: details.name,
        mapping_id: mapping.id.0,
        mapping: mapping.details.name,
        kind: mapping.details.kind,
        url,
        folder,
        header_name: details.header_name,
        every: details.every,
        at: format!("{hours:02}:{minute:02}"),
        enabled: details.due_at.is_some(),
        next_at: details.due_at.map(UnixMillis::rfc3339),
        last: last.map(run_shape),
        created_at: source.created_at.rfc3339(),
        etag: tag(source.version),
    }
}

fn run_shape(view: ImportRunView) -> ImportRun {
    let (run, end) = (view.run.clone(), view.run.end);
    ImportRun {
        id: run.id.0,
        started_at: run.started_at.rfc3339(),
        ended_at: end.ended_at.map(UnixMillis::rfc3339),
        state: end.state,
        file_name: end.file_name,
        code: end.code,
        detail: end.detail,
        import: view.import.map(import_shape),
    }
}
