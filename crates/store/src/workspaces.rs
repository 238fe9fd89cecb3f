//! Workspaces: the tenants that everything belongs to.

use base::{BasisPoints, Currency, UnixMillis, UserId, WorkspaceId};
use serde_json::Value;

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx, fresh_version};

record! {
    /// What the owner may change.
    pub struct WorkspaceDetails {
        pub name: String,
        /// IANA name.
        pub time_zone: String,
        pub currency: Currency,
        /// `monday` or `sunday`.
        pub week_start: String,
        /// Whether amounts are shown `net` or `gross`.
        pub vat_mode: String,
        pub vat_rate_bp: BasisPoints,
        /// ISO 3166-1 alpha-2; tells how telephone numbers without a country are read.
        pub default_country: String,
        /// Days within which the same contact is a duplicate lead.
        pub lead_dedupe_days: i64,
        pub settings: Value,
    }
}

record! {
    pub struct Workspace {
        pub id: WorkspaceId,
        pub created_at: UnixMillis,
        pub version: i64,
        pub details: WorkspaceDetails,
    }
}

pub async fn insert_workspace(
    tx: &mut Tx,
    details: &WorkspaceDetails,
    now: UnixMillis,
) -> Result<WorkspaceId, StoreError> {
    Statement::new(include_str!("queries/workspaces/insert_workspace.sql"))
        .bind(details)
        .bind(&now)
        .value(tx)
        .await
}

pub async fn load_workspace(
    connection: &mut Connection,
    id: WorkspaceId,
) -> Result<Workspace, StoreError> {
    Statement::new(include_str!("queries/workspaces/load_workspace.sql"))
        .bind(&id)
        .find(connection)
        .await?
        .ok_or_else(|| StoreError::not_found("workspace", id))
}

/// All of them, for start-up and jobs; never for a request.
pub async fn list_workspaces(connection: &mut Connection) -> Result<Vec<Workspace>, StoreError> {
    Statement::new(include_str!("queries/workspaces/list_workspaces.sql"))
        .all(connection)
        .await
}

pub async fn list_workspaces_of_user(
    connection: &mut Connection,
    user: UserId,
) -> Result<Vec<Workspace>, StoreError> {
    Statement::new(include_str!(
        "queries/workspaces/list_workspaces_of_user.sql"
    ))
    .bind(&user)
    .all(connection)
    .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_workspace(
    tx: &mut Tx,
    id: WorkspaceId,
    version: i64,
    details: &WorkspaceDetails,
) -> Result<i64, StoreError> {
    let updated = Statement::new(include_str!("queries/workspaces/update_workspace.sql"))
        .bind(&id)
        .bind(&version)
        .bind(details)
        .find_value(tx)
        .await?;
    fresh_version(updated, "workspace", id, version)
}
