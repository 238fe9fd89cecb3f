//! How files are read, saved under names.

use app::{ImportMappingId, ImportMappingInput, ImportMappingPatch, MappedFile, UploadId, rows};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ImportOptions, kind};
use crate::body::form::wrong;
use crate::body::{Json, Path, given};
use crate::caller::Caller;
use crate::etag::{IfMatch, Versioned, tag};
use crate::page::List;
use crate::problem::{ApiResult, Problem};
use crate::state::ApiState;
use crate::words::ImportKind as KindWord;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_import_mappings, create_import_mapping))
        .routes(routes!(
            show_import_mapping,
            update_import_mapping,
            delete_import_mapping
        ))
}

/// How files with certain columns are read.
#[derive(Debug, Serialize, ToSchema)]
struct ImportMapping {
    id: i64,
    name: String,
    #[schema(value_type = KindWord)]
    kind: String,
    /// Titles of the columns: a file with the same ones is recognised.
    header: Vec<String>,
    #[schema(value_type = ImportOptions)]
    options: serde_json::Value,
    created_at: String,
    /// When a file was last imported so, or it was saved.
    used_at: String,
    etag: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportMappingBody {
    #[schema(example = "VK, weekly")]
    name: String,
    #[schema(value_type = KindWord)]
    kind: String,
    /// From the preview of a file that is read so.
    upload_id: i64,
    /// As the preview showed them, with the user's changes.
    #[schema(value_type = Option<ImportOptions>)]
    options: Option<serde_json::Value>,
}

/// What changes about a mapping; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportMappingPatchBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// A file that it is from now on the mapping of, with its options.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    upload_id: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<ImportOptions>)]
    options: Option<serde_json::Value>,
}

/// Saved mappings of the kinds of files that you may import, by name.
#[utoipa::path(get, path = "/import-mappings", responses(
    (status = 200, body = List<ImportMapping>), (status = "default", body = Problem)))]
async fn list_import_mappings(
    State(state): State<ApiState>,
    Caller(actor): Caller,
) -> ApiResult<axum::Json<List<ImportMapping>>> {
    let found = state.app.list_import_mappings(&actor).await?;
    let items = found.into_iter().map(shape).collect();
    Ok(axum::Json(List::whole(items)))
}

/// Save how a file is read. Another file with the same columns is recognised by it.
#[utoipa::path(post, path = "/import-mappings", request_body = ImportMappingBody, responses(
    (status = 201, body = ImportMapping), (status = "default", body = Problem)))]
async fn create_import_mapping(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Json(body): Json<ImportMappingBody>,
) -> ApiResult<Response> {
    let input = ImportMappingInput {
        kind: kind::of_file(&body.kind)?,
        name: body.name,
        read: MappedFile {
            upload: UploadId(body.upload_id),
            options: body.options,
        },
    };
    let made = state.app.create_import_mapping(&actor, &input).await?;
    Ok((StatusCode::CREATED, versioned(made)).into_response())
}

/// One saved mapping.
#[utoipa::path(get, path = "/import-mappings/{id}", params(("id" = i64, Path)), responses(
    (status = 200, body = ImportMapping), (status = "default", body = Problem)))]
async fn show_import_mapping(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Response> {
    let found = state
        .app
        .import_mapping(&actor, ImportMappingId(id))
        .await?;
    Ok(versioned(found).into_response())
}

/// Rename a mapping, or let it be how another file is read.
#[utoipa::path(patch, path = "/import-mappings/{id}", request_body = ImportMappingPatchBody,
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 200, body = ImportMapping), (status = "default", body = Problem)))]
async fn update_import_mapping(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
    Json(body): Json<ImportMappingPatchBody>,
) -> ApiResult<Response> {
    let options = body.options;
    if body.upload_id.is_none() && options.is_some() {
        return Err(wrong(
            "upload_id",
            "options are those of an uploaded file: name it",
        ));
    }
    let read = body.upload_id.map(|upload| MappedFile {
        upload: UploadId(upload),
        options,
    });
    let patch = ImportMappingPatch {
        name: body.name,
        read,
    };
    let changed = state
        .app
        .update_import_mapping(&actor, ImportMappingId(id), version, &patch)
        .await?;
    Ok(versioned(changed).into_response())
}

/// Forget a mapping. What was imported by it stays.
#[utoipa::path(delete, path = "/import-mappings/{id}",
    params(("id" = i64, Path), ("If-Match" = String, Header)), responses(
    (status = 204), (status = "default", body = Problem)))]
async fn delete_import_mapping(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    IfMatch(version): IfMatch,
) -> ApiResult<StatusCode> {
    let id = ImportMappingId(id);
    state.app.delete_import_mapping(&actor, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn versioned(mapping: rows::ImportMapping) -> Versioned<ImportMapping> {
    Versioned {
        version: mapping.version,
        body: shape(mapping),
    }
}

fn shape(mapping: rows::ImportMapping) -> ImportMapping {
    let details = mapping.details;
    ImportMapping {
        id: mapping.id.0,
        name: details.name,
        kind: details.kind,
        header: details.header,
        options: details.options,
        created_at: mapping.created_at.rfc3339(),
        used_at: mapping.used_at.rfc3339(),
        etag: tag(mapping.version),
    }
}
