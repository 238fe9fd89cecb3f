//! Imports of files: their state, their counts and the rows they rejected.

use base::{Currency, Day, ImportId, UnixMillis, UserId, WorkspaceId};
use serde_json::Value;

use crate::row::OneRow;
use crate::statement::{Statement, insert_rows, record};
use crate::{Connection, Keyset, Page, PageRequest, StoreError, Tx};

record! {
    pub struct NewImport {
        /// `costs`, `leads`, `deals`, `payments`, `access_log`, `manual` …
        pub kind: String,
        pub file_name: String,
        /// Recognises a file that was imported before.
        pub content_hash: Vec<u8>,
        pub options: Value,
        pub author_id: Option<UserId>,
        pub created_at: UnixMillis,
    }
}

record! {
    /// Rows so far, by what became of them.
pub struct ImportProgress {
        pub rows_total: i64,
        pub rows_done: i64,
        pub rows_accepted: i64,
        pub rows_rejected: i64,
        /// Accepted rows that brought something new.
        pub rows_new: i64,
        /// Accepted rows that corrected what was there.
        pub rows_changed: i64,
        pub rows_unchanged: i64,
        /// Records that taking the import back has left as they are.
        pub rows_kept: i64,
    }
}

impl ImportProgress {
    /// Of a file of which nothing was read yet.
    #[must_use]
    pub fn none_of(rows_total: i64) -> Self {
        Self {
            rows_total,
            rows_done: 0,
            rows_accepted: 0,
            rows_rejected: 0,
            rows_new: 0,
            rows_changed: 0,
            rows_unchanged: 0,
            rows_kept: 0,
        }
    }

    /// Accepted rows that neither brought nor corrected anything.
    pub fn leave_unchanged(&mut self) {
        self.rows_unchanged = self.rows_accepted - self.rows_new - self.rows_changed;
    }
}

record! {
    /// What the file turned out to cover.
pub struct ImportResult {
        pub first_day: Option<Day>,
        pub last_day: Option<Day>,
        pub amount_micros: Option<i64>,
        pub currency: Option<Currency>,
        /// What it did to the amounts that were there, as its kind tells it.
        pub effects: Option<Value>,
    }
}

record! {
    pub struct Import {
        pub id: ImportId,
        pub kind: String,
        pub file_name: String,
        pub content_hash: Vec<u8>,
        pub options: Value,
        pub author_id: Option<UserId>,
        /// `queued`, `running`, `done`, `failed`, `undoing`, `undone`, `cancelling` or `cancelled`.
        pub state: String,
        pub progress: ImportProgress,
        pub result: ImportResult,
        pub error: Option<String>,
        pub created_at: UnixMillis,
        pub finished_at: Option<UnixMillis>,
    }
}

record! {
    /// A row that was not imported, and why.
pub struct Rejection {
        /// Line of the file, counted as a person counts.
        pub row: i64,
        pub field: Option<String>,
        pub code: String,
        pub detail: String,
        pub cells: Vec<String>,
    }
}

record! {
    pub struct RejectionRow {
        pub id: i64,
        pub rejection: Rejection,
    }
}

record! {
    struct ImportScope {
        workspace: WorkspaceId,
        import: ImportId,
    }
}

pub async fn insert_import(
    tx: &mut Tx,
    workspace: WorkspaceId,
    import: &NewImport,
) -> Result<ImportId, StoreError> {
    Statement::new(include_str!("queries/imports/insert_import.sql"))
        .bind(&workspace)
        .bind(import)
        .value(tx)
        .await
}

pub async fn load_import(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ImportId,
) -> Result<Import, StoreError> {
    let sql = include_str!("queries/imports/load_import.sql");
    OneRow("import", workspace, id).load(connection, sql).await
}

/// Newest first; of one kind, or of all.
pub async fn list_imports(
    connection: &mut Connection,
    workspace: WorkspaceId,
    kind: Option<&str>,
    author: Option<UserId>,
    page: PageRequest,
) -> Result<Page<Import>, StoreError> {
    Statement::new(include_str!("queries/imports/list_imports.sql"))
        .bind(&workspace)
        .bind(&kind)
        .bind(&author)
        .page(connection, page, |import: &Import| Keyset {
            at: import.created_at,
            id: import.id.0,
        })
        .await
}

/// The newest import of the same content that was not undone and did not fail.
pub async fn find_import_of_content(
    connection: &mut Connection,
    workspace: WorkspaceId,
    content_hash: &[u8],
) -> Result<Option<Import>, StoreError> {
    Statement::new(include_str!("queries/imports/find_import_of_content.sql"))
        .bind(&workspace)
        .bind(content_hash)
        .find(connection)
        .await
}

/// Imports of a kind that came after one and still count, newest first.
pub async fn list_later_imports(
    connection: &mut Connection,
    workspace: WorkspaceId,
    kind: &str,
    than: ImportId,
) -> Result<Vec<Import>, StoreError> {
    Statement::new(include_str!("queries/imports/list_later_imports.sql"))
        .bind(&workspace)
        .bind(kind)
        .bind(&than)
        .all(connection)
        .await
}

/// Imports of all workspaces that have work left.
pub async fn list_unfinished_imports(
    connection: &mut Connection,
) -> Result<Vec<UnfinishedImport>, StoreError> {
    Statement::new(include_str!("queries/imports/list_unfinished_imports.sql"))
        .all(connection)
        .await
}

record! {
    pub struct UnfinishedImport {
        pub workspace_id: WorkspaceId,
        pub id: ImportId,
        pub state: String,
    }
}

/// Keeps when an import was taken back.
pub async fn note_undone(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ImportId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/imports/note_undone.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Keeps why the work on an import came to no end, or forgets it.
pub async fn note_import_error(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ImportId,
    error: Option<&str>,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/imports/note_import_error.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&error.map(ToOwned::to_owned))
        .execute(tx)
        .await?;
    Ok(())
}

/// Moves from one state to the next; [`StoreError::NotFound`] when it is not in `from`.
pub async fn move_import(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ImportId,
    from: &str,
    to: &str,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/imports/move_import.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(from)
        .bind(to)
        .execute_on(tx, "import in this state", id)
        .await
}

pub async fn save_import_progress(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ImportId,
    progress: &ImportProgress,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/imports/save_import_progress.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(progress)
        .execute_on(tx, "import", id)
        .await
}

pub async fn finish_import(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ImportId,
    state: &str,
    error: Option<&str>,
    now: UnixMillis,
    result: &ImportResult,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/imports/finish_import.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(state)
        .bind(&error)
        .bind(&now)
        .bind(result)
        .execute_on(tx, "import", id)
        .await
}

/// In the order of the file; `after` is the row and the id of the last one seen.
pub async fn list_rejections(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
    after_row: i64,
    after_id: i64,
    limit: i64,
) -> Result<Vec<RejectionRow>, StoreError> {
    Statement::new(include_str!("queries/imports/list_rejections.sql"))
        .bind(&workspace)
        .bind(&import)
        .bind(&after_row)
        .bind(&after_id)
        .bind(&limit)
        .all(connection)
        .await
}

/// Keeps rejected rows, however many.
pub async fn insert_rejections(
    tx: &mut Tx,
    workspace: WorkspaceId,
    import: ImportId,
    rejections: &[Rejection],
) -> Result<(), StoreError> {
    let scope = ImportScope { workspace, import };
    let sql = include_str!("queries/imports/insert_rejections.sql");
    insert_rows(tx, sql, &scope, rejections).await
}

/// Forgets the rejected rows of an import that is run anew.
pub async fn delete_rejections(
    tx: &mut Tx,
    workspace: WorkspaceId,
    import: ImportId,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/imports/delete_rejections.sql"))
        .bind(&workspace)
        .bind(&import)
        .execute(tx)
        .await?;
    Ok(())
}
