//! Click links: `/c/{slug}` leads to a target with its campaign.

use base::{LinkId, UnixMillis, WorkspaceId};
use serde_json::Value;

use crate::row::OneRow;
use crate::statement::{Joined, Statement, record};
use crate::{Connection, Keyset, Page, PageRequest, StoreError, Tx};

record! {
    /// What the owner may change.
pub struct LinkDetails {
        /// Unique in the installation, archived links included.
        pub slug: String,
        pub name: String,
        pub target: String,
        pub source: String,
        pub medium: String,
        pub campaign: String,
        pub ad_group: String,
        pub ad: String,
        pub keyword: String,
        pub settings: Value,
    }
}

record! {
    pub struct Link {
        pub id: LinkId,
        pub workspace_id: WorkspaceId,
        pub created_at: UnixMillis,
        pub archived_at: Option<UnixMillis>,
        pub version: i64,
        pub details: LinkDetails,
    }
}

pub async fn insert_link(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &LinkDetails,
) -> Result<LinkId, StoreError> {
    Statement::new(include_str!("queries/links/insert_link.sql"))
        .bind(&workspace)
        .bind(&now)
        .bind(details)
        .value(tx)
        .await
}

/// Archived ones too: history refers to them.
pub async fn load_link(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: LinkId,
) -> Result<Link, StoreError> {
    let sql = include_str!("queries/links/load_link.sql");
    OneRow("link", workspace, id).load(connection, sql).await
}

/// Changes it, and puts it into or out of use. The new version; [`StoreError::StaleVersion`] when
/// `version` is not the current one.
pub async fn update_link(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: LinkId,
    version: i64,
    details: &LinkDetails,
    archived_at: Option<UnixMillis>,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/links/update_link.sql");
    let row = OneRow("link", workspace, id);
    row.update(tx, sql, version, &Joined(details, &archived_at))
        .await
}

/// Takes it out of use; what refers to it keeps it.
pub async fn archive_link(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: LinkId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/links/archive_link.sql");
    OneRow("link", workspace, id)
        .archive(tx, sql, version, now)
        .await
}

/// Newest first, archived ones too.
pub async fn list_links(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<Link>, StoreError> {
    Statement::new(include_str!("queries/links/list_links.sql"))
        .bind(&workspace)
        .page(connection, page, |link: &Link| Keyset {
            at: link.created_at,
            id: link.id.0,
        })
        .await
}

/// Those in use in all workspaces, for the snapshot that collecting works with.
pub async fn list_all_links(connection: &mut Connection) -> Result<Vec<Link>, StoreError> {
    Statement::new(include_str!("queries/links/list_all_links.sql"))
        .all(connection)
        .await
}
