//! How files were read: mappings of columns and what was decided beside them, found by the header.

use base::{UnixMillis, WorkspaceId};
use serde_json::Value;

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, ImportMappingId, StoreError, Tx};

record! {
    pub struct ImportMappingDetails {
        pub kind: String,
        /// Empty where nobody saved it: how files with these columns were imported last.
        pub name: String,
        /// Titles of the columns.
        pub header: Vec<String>,
        pub fingerprint: Vec<u8>,
        pub options: Value,
    }
}

record! {
    pub struct ImportMapping {
        pub id: ImportMappingId,
        pub details: ImportMappingDetails,
        pub created_at: UnixMillis,
        /// When a file was last imported so.
        pub used_at: UnixMillis,
        pub version: i64,
    }
}

pub async fn insert_import_mapping(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &ImportMappingDetails,
) -> Result<ImportMappingId, StoreError> {
    Statement::new(include_str!(
        "queries/import_mappings/insert_import_mapping.sql"
    ))
    .bind(&workspace)
    .bind(&now)
    .bind(details)
    .value(tx)
    .await
}

/// Removed ones are not found.
pub async fn load_import_mapping(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ImportMappingId,
) -> Result<ImportMapping, StoreError> {
    let sql = include_str!("queries/import_mappings/load_import_mapping.sql");
    OneRow("import mapping", workspace, id)
        .load(connection, sql)
        .await
}

/// Those with a name, by name.
pub async fn list_import_mappings(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<ImportMapping>, StoreError> {
    Statement::new(include_str!(
        "queries/import_mappings/list_import_mappings.sql"
    ))
    .bind(&workspace)
    .all(connection)
    .await
}

/// Those of files with the same columns: the one used last first, and one with a name before the
/// one without.
pub async fn list_fitting_mappings(
    connection: &mut Connection,
    workspace: WorkspaceId,
    kind: &str,
    fingerprint: &[u8],
) -> Result<Vec<ImportMapping>, StoreError> {
    Statement::new(include_str!(
        "queries/import_mappings/list_fitting_mappings.sql"
    ))
    .bind(&workspace)
    .bind(kind)
    .bind(fingerprint)
    .all(connection)
    .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_import_mapping(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ImportMappingId,
    version: i64,
    details: &ImportMappingDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/import_mappings/update_import_mapping.sql");
    OneRow("import mapping", workspace, id)
        .update(tx, sql, version, details)
        .await
}

pub async fn archive_import_mapping(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ImportMappingId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/import_mappings/archive_import_mapping.sql");
    OneRow("import mapping", workspace, id)
        .archive(tx, sql, version, now)
        .await
}

/// A file was imported so.
pub async fn note_mapping_used(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mapping: &ImportMapping,
    options: &Value,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/import_mappings/note_mapping_used.sql"
    ))
    .bind(&workspace)
    .bind(&mapping.id)
    .bind(options)
    .bind(&now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps so many of those without a name, the ones used last.
pub async fn forget_unnamed_mappings(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kept: i64,
) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/import_mappings/forget_unnamed_mappings.sql"
    ))
    .bind(&workspace)
    .bind(&kept)
    .execute(tx)
    .await?;
    Ok(())
}
