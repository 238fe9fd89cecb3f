//! Saved views: questions of reports under names, somebody's own or everybody's.

use base::{UnixMillis, UserId, WorkspaceId};
use serde_json::Value as Json;

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, SavedViewId, StoreError, Tx};

record! {
    pub struct SavedViewDetails {
        pub name: String,
        /// `reports` or `analytics`.
        pub screen: String,
        /// Whether it is everybody's; otherwise it is its author's alone.
        pub is_shared: bool,
        /// Whether the screen opens with it.
        pub is_default: bool,
        pub question: Json,
    }
}

record! {
    pub struct SavedView {
        pub id: SavedViewId,
        pub details: SavedViewDetails,
        pub author_id: Option<UserId>,
        pub created_at: UnixMillis,
        pub version: i64,
    }
}

pub async fn insert_saved_view(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    author: Option<UserId>,
    details: &SavedViewDetails,
) -> Result<SavedViewId, StoreError> {
    Statement::new(include_str!("queries/saved_views/insert_saved_view.sql"))
        .bind(&workspace)
        .bind(&now)
        .bind(&author)
        .bind(details)
        .value(tx)
        .await
}

/// Removed ones are not found.
pub async fn load_saved_view(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: SavedViewId,
) -> Result<SavedView, StoreError> {
    let sql = include_str!("queries/saved_views/load_saved_view.sql");
    OneRow("saved view", workspace, id)
        .load(connection, sql)
        .await
}

/// Everybody's and everybody's own, by name.
pub async fn list_saved_views(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<SavedView>, StoreError> {
    Statement::new(include_str!("queries/saved_views/list_saved_views.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_saved_view(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: SavedViewId,
    version: i64,
    details: &SavedViewDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/saved_views/update_saved_view.sql");
    let row = OneRow("saved view", workspace, id);
    row.update(tx, sql, version, details).await
}

/// Leaves `kept` as the only default among its like.
pub async fn clear_default_view(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kept: &SavedView,
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/saved_views/clear_default_view.sql"))
        .bind(&workspace)
        .bind(&kept.details.screen)
        .bind(&kept.details.is_shared)
        .bind(&kept.author_id)
        .bind(&kept.id)
        .execute(tx)
        .await
}

pub async fn archive_saved_view(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: SavedViewId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/saved_views/archive_saved_view.sql");
    OneRow("saved view", workspace, id)
        .archive(tx, sql, version, now)
        .await
}
