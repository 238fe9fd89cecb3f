//! Sites: where visits are collected.

use base::{SiteId, UnixMillis, WorkspaceId};
use serde_json::Value;

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    /// What the owner may change.
pub struct SiteDetails {
        /// Names the site in scripts and forms; unique in the installation.
        pub public_key: String,
        pub name: String,
        pub domain: String,
        pub allowed_hosts: Vec<String>,
        /// `cookie`, `cookieless` or `ask`.
        pub consent_mode: String,
        /// Unique in the installation.
        pub script_path: String,
        /// Unique in the installation.
        pub events_path: String,
        pub settings: Value,
        /// What a landing from another campaign does: `same_visit` or `new_visit`.
        pub on_campaign_change: String,
        /// What a new day of the workspace does: `same_visit` or `new_visit`.
        pub at_midnight: String,
    }
}

record! {
    pub struct Site {
        pub id: SiteId,
        pub workspace_id: WorkspaceId,
        pub created_at: UnixMillis,
        pub archived_at: Option<UnixMillis>,
        pub version: i64,
        pub details: SiteDetails,
    }
}

pub async fn insert_site(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &SiteDetails,
) -> Result<SiteId, StoreError> {
    Statement::new(include_str!("queries/sites/insert_site.sql"))
        .bind(&workspace)
        .bind(&now)
        .bind(details)
        .value(tx)
        .await
}

/// Archived ones too: history refers to them.
pub async fn load_site(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: SiteId,
) -> Result<Site, StoreError> {
    let sql = include_str!("queries/sites/load_site.sql");
    OneRow("site", workspace, id).load(connection, sql).await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_site(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: SiteId,
    version: i64,
    details: &SiteDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/sites/update_site.sql");
    let row = OneRow("site", workspace, id);
    row.update(tx, sql, version, details).await
}

/// Takes it out of use; what refers to it keeps it.
pub async fn archive_site(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: SiteId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/sites/archive_site.sql");
    OneRow("site", workspace, id)
        .archive(tx, sql, version, now)
        .await
}

/// Those in use.
pub async fn list_sites(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<Site>, StoreError> {
    Statement::new(include_str!("queries/sites/list_sites.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// Those in use in all workspaces, for the snapshot that collecting works with.
pub async fn list_all_sites(connection: &mut Connection) -> Result<Vec<Site>, StoreError> {
    Statement::new(include_str!("queries/sites/list_all_sites.sql"))
        .all(connection)
        .await
}
