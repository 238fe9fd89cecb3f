//! Segments: filters of reports under a name, the workspace's.

use base::{UnixMillis, WorkspaceId};
use serde_json::Value as Json;

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, SegmentId, StoreError, Tx};

record! {
    pub struct SegmentDetails {
        pub name: String,
        /// A list.
        pub filters: Json,
    }
}

record! {
    pub struct Segment {
        pub id: SegmentId,
        pub details: SegmentDetails,
        pub created_at: UnixMillis,
        pub version: i64,
    }
}

pub async fn insert_segment(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &SegmentDetails,
) -> Result<SegmentId, StoreError> {
    Statement::new(include_str!("queries/segments/insert_segment.sql"))
        .bind(&workspace)
        .bind(&now)
        .bind(details)
        .value(tx)
        .await
}

/// Removed ones are not found.
pub async fn load_segment(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: SegmentId,
) -> Result<Segment, StoreError> {
    let sql = include_str!("queries/segments/load_segment.sql");
    OneRow("segment", workspace, id).load(connection, sql).await
}

/// By name.
pub async fn list_segments(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<Segment>, StoreError> {
    Statement::new(include_str!("queries/segments/list_segments.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_segment(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: SegmentId,
    version: i64,
    details: &SegmentDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/segments/update_segment.sql");
    let row = OneRow("segment", workspace, id);
    row.update(tx, sql, version, details).await
}

pub async fn archive_segment(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: SegmentId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/segments/archive_segment.sql");
    OneRow("segment", workspace, id)
        .archive(tx, sql, version, now)
        .await
}
