//! Files kept between their preview and their import.

use base::{UnixMillis, UserId, WorkspaceId};

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx, UploadId};

record! {
    pub struct NewUpload {
        pub kind: String,
        pub file_name: String,
        /// Below the data folder.
        pub path: String,
        pub size_bytes: i64,
        pub created_at: UnixMillis,
        /// `None` for the program and for API keys.
        pub author_id: Option<UserId>,
    }
}

record! {
    pub struct Upload {
        pub id: UploadId,
        pub kind: String,
        pub file_name: String,
        pub path: String,
        pub size_bytes: i64,
        pub created_at: UnixMillis,
        pub author_id: Option<UserId>,
    }
}

pub async fn insert_upload(
    tx: &mut Tx,
    workspace: WorkspaceId,
    upload: &NewUpload,
) -> Result<UploadId, StoreError> {
    Statement::new(include_str!("queries/uploads/insert_upload.sql"))
        .bind(&workspace)
        .bind(upload)
        .value(tx)
        .await
}

pub async fn load_upload(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: UploadId,
) -> Result<Upload, StoreError> {
    let sql = include_str!("queries/uploads/load_upload.sql");
    OneRow("upload", workspace, id).load(connection, sql).await
}

/// Uploads of all workspaces made at or before `until`, to be cleaned away.
pub async fn list_old_uploads(
    connection: &mut Connection,
    until: UnixMillis,
    limit: i64,
) -> Result<Vec<Upload>, StoreError> {
    Statement::new(include_str!("queries/uploads/list_old_uploads.sql"))
        .bind(&until)
        .bind(&limit)
        .all(connection)
        .await
}

pub async fn delete_upload(tx: &mut Tx, id: UploadId) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/uploads/delete_upload.sql"))
        .bind(&id)
        .execute(tx)
        .await?;
    Ok(())
}
