//! Places that files are taken from regularly, and what became of each look at them.

use base::{ImportId, UnixMillis, WorkspaceId};

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{
    Connection, ImportMappingId, ImportRunId, ImportSourceId, Keyset, Page, PageRequest,
    StoreError, Tx,
};

record! {
    pub struct ImportSourceDetails {
        pub name: String,
        pub mapping_id: ImportMappingId,
        /// `url` or `folder`.
        pub place: String,
        /// An address, or a folder below the one that the configuration opens.
        pub location: String,
        /// Whose value is kept with the secrets; empty where none is sent along.
        pub header_name: String,
        /// `hour` or `day`.
        pub every: String,
        /// Of a day: minutes after its midnight.
        pub at_minute: i64,
        /// When it is read next; `None` while it is off.
        pub due_at: Option<UnixMillis>,
    }
}

record! {
    pub struct ImportSource {
        pub id: ImportSourceId,
        pub workspace_id: WorkspaceId,
        pub details: ImportSourceDetails,
        pub created_at: UnixMillis,
        pub version: i64,
    }
}

record! {
    /// What became of a look.
    pub struct ImportRunEnd {
        /// `imported`, `unchanged` or `failed`.
        pub state: String,
        pub ended_at: Option<UnixMillis>,
        pub file_name: String,
        /// Of the content and of what it was read by.
        pub digest: Option<Vec<u8>>,
        /// Of a file in a folder, to know it again without reading it.
        pub size_bytes: Option<i64>,
        pub modified_at: Option<UnixMillis>,
        pub import_id: Option<ImportId>,
        /// Why nothing came of it, stable, in `snake_case`; empty where something did.
        pub code: String,
        pub detail: String,
    }
}

record! {
    pub struct ImportRun {
        pub id: ImportRunId,
        pub source_id: ImportSourceId,
        pub started_at: UnixMillis,
        /// `reading` while it is looked.
        pub end: ImportRunEnd,
    }
}

pub async fn insert_import_source(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &ImportSourceDetails,
) -> Result<ImportSourceId, StoreError> {
    Statement::new(include_str!(
        "queries/import_sources/insert_import_source.sql"
    ))
    .bind(&workspace)
    .bind(&now)
    .bind(details)
    .value(tx)
    .await
}

/// Removed ones are not found.
pub async fn load_import_source(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ImportSourceId,
) -> Result<ImportSource, StoreError> {
    let sql = include_str!("queries/import_sources/load_import_source.sql");
    OneRow("import source", workspace, id)
        .load(connection, sql)
        .await
}

/// By name.
pub async fn list_import_sources(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<ImportSource>, StoreError> {
    Statement::new(include_str!(
        "queries/import_sources/list_import_sources.sql"
    ))
    .bind(&workspace)
    .all(connection)
    .await
}

/// Of the whole installation, those that are to be read by now.
pub async fn list_due_sources(
    connection: &mut Connection,
    now: UnixMillis,
    limit: i64,
) -> Result<Vec<ImportSource>, StoreError> {
    Statement::new(include_str!("queries/import_sources/list_due_sources.sql"))
        .bind(&now)
        .bind(&limit)
        .all(connection)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_import_source(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ImportSourceId,
    version: i64,
    details: &ImportSourceDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/import_sources/update_import_source.sql");
    OneRow("import source", workspace, id)
        .update(tx, sql, version, details)
        .await
}

pub async fn archive_import_source(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ImportSourceId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/import_sources/archive_import_source.sql");
    OneRow("import source", workspace, id)
        .archive(tx, sql, version, now)
        .await
}

/// Lets a source be due at another time; false where somebody else has changed that meanwhile.
pub async fn move_due_source(
    tx: &mut Tx,
    source: &ImportSource,
    from: UnixMillis,
    to: UnixMillis,
) -> Result<bool, StoreError> {
    let moved = Statement::new(include_str!("queries/import_sources/move_due_source.sql"))
        .bind(&source.workspace_id)
        .bind(&source.id)
        .bind(&from)
        .bind(&to)
        .bind(&source.version)
        .execute(tx)
        .await?;
    Ok(moved > 0)
}

/// A look begins.
pub async fn insert_import_run(
    tx: &mut Tx,
    workspace: WorkspaceId,
    source: ImportSourceId,
    now: UnixMillis,
) -> Result<ImportRunId, StoreError> {
    Statement::new(include_str!("queries/import_sources/insert_import_run.sql"))
        .bind(&workspace)
        .bind(&source)
        .bind(&now)
        .value(tx)
        .await
}

pub async fn end_import_run(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ImportRunId,
    end: &ImportRunEnd,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/import_sources/end_import_run.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(end)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends looks that a stop of the program has left.
pub async fn break_off_runs(
    tx: &mut Tx,
    workspace: WorkspaceId,
    source: ImportSourceId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/import_sources/break_off_runs.sql"))
        .bind(&workspace)
        .bind(&source)
        .bind(&now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Newest first.
pub async fn list_import_runs(
    connection: &mut Connection,
    workspace: WorkspaceId,
    source: ImportSourceId,
    page: PageRequest,
) -> Result<Page<ImportRun>, StoreError> {
    Statement::new(include_str!("queries/import_sources/list_import_runs.sql"))
        .bind(&workspace)
        .bind(&source)
        .page(connection, page, |run: &ImportRun| Keyset {
            at: run.started_at,
            id: run.id.0,
        })
        .await
}

/// The latest look at each source.
pub async fn list_latest_runs(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<ImportRun>, StoreError> {
    Statement::new(include_str!("queries/import_sources/list_latest_runs.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// The last look that a file was imported at; of one file where it is named.
pub async fn find_imported_run(
    connection: &mut Connection,
    workspace: WorkspaceId,
    source: ImportSourceId,
    file_name: &str,
) -> Result<Option<ImportRun>, StoreError> {
    Statement::new(include_str!("queries/import_sources/find_imported_run.sql"))
        .bind(&workspace)
        .bind(&source)
        .bind(file_name)
        .find(connection)
        .await
}

/// Forgets old looks that brought nothing.
pub async fn purge_import_runs(tx: &mut Tx, before: UnixMillis) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/import_sources/purge_import_runs.sql"))
        .bind(&before)
        .execute(tx)
        .await?;
    Ok(())
}
