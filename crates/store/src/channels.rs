//! The tree of channels.

use base::{ChannelId, UnixMillis, WorkspaceId};

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    pub struct ChannelDetails {
        pub parent_id: Option<ChannelId>,
        /// Unique among the children of a parent.
        pub name: String,
        pub kind: String,
        /// 0 to 9, a place in the palette.
        pub colour: i64,
        pub position: i64,
    }
}

record! {
    pub struct Channel {
        pub id: ChannelId,
        pub workspace_id: WorkspaceId,
        pub created_at: UnixMillis,
        pub archived_at: Option<UnixMillis>,
        pub version: i64,
        pub details: ChannelDetails,
    }
}

pub async fn insert_channel(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &ChannelDetails,
) -> Result<ChannelId, StoreError> {
    Statement::new(include_str!("queries/channels/insert_channel.sql"))
        .bind(&workspace)
        .bind(&now)
        .bind(details)
        .value(tx)
        .await
}

/// Archived ones too: history refers to them.
pub async fn load_channel(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ChannelId,
) -> Result<Channel, StoreError> {
    let sql = include_str!("queries/channels/load_channel.sql");
    OneRow("channel", workspace, id).load(connection, sql).await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_channel(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ChannelId,
    version: i64,
    details: &ChannelDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/channels/update_channel.sql");
    let row = OneRow("channel", workspace, id);
    row.update(tx, sql, version, details).await
}

/// Takes it out of use; what refers to it keeps it.
pub async fn archive_channel(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ChannelId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/channels/archive_channel.sql");
    OneRow("channel", workspace, id)
        .archive(tx, sql, version, now)
        .await
}

/// Archived ones too: reports about what was known on a past day name them.
pub async fn list_all_channels(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<Channel>, StoreError> {
    Statement::new(include_str!("queries/channels/list_all_channels.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// Those in use, in the order they are shown in.
pub async fn list_channels(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<Channel>, StoreError> {
    Statement::new(include_str!("queries/channels/list_channels.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}
