//! Service accounts: members of a workspace that are programs. Their keys are theirs, whoever made
//! them.

use base::{UnixMillis, WorkspaceId};
use serde_json::Value;

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, ServiceAccountId, StoreError, TeamId, Tx};

record! {
    pub struct ServiceAccountDetails {
        /// Unique in the workspace.
        pub name: String,
        pub role: String,
        /// Whose leads and deals it sees; everybody's when absent.
        pub team_id: Option<TeamId>,
        /// The ids of the channels that it sees; all of them when absent.
        pub channels: Option<Value>,
        /// Since when it is switched off: it has no keys then.
        pub disabled_at: Option<UnixMillis>,
    }
}

record! {
    pub struct ServiceAccount {
        pub id: ServiceAccountId,
        pub details: ServiceAccountDetails,
        pub created_at: UnixMillis,
        /// By any of its keys, also of those that ended.
        pub last_used_at: Option<UnixMillis>,
        pub version: i64,
    }
}

pub async fn insert_service_account(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &ServiceAccountDetails,
) -> Result<ServiceAccountId, StoreError> {
    Statement::new(include_str!(
        "queries/service_accounts/insert_service_account.sql"
    ))
    .bind(&workspace)
    .bind(&now)
    .bind(details)
    .value(tx)
    .await
}

pub async fn load_service_account(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ServiceAccountId,
) -> Result<ServiceAccount, StoreError> {
    let sql = include_str!("queries/service_accounts/load_service_account.sql");
    let row = OneRow("service account", workspace, id);
    row.load(connection, sql).await
}

/// By name.
pub async fn list_service_accounts(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<ServiceAccount>, StoreError> {
    Statement::new(include_str!(
        "queries/service_accounts/list_service_accounts.sql"
    ))
    .bind(&workspace)
    .all(connection)
    .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_service_account(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ServiceAccountId,
    version: i64,
    details: &ServiceAccountDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/service_accounts/update_service_account.sql");
    let row = OneRow("service account", workspace, id);
    row.update(tx, sql, version, details).await
}

/// Takes a program out of the workspace. What it wrote keeps its name.
pub async fn delete_service_account(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ServiceAccountId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/service_accounts/delete_service_account.sql");
    let row = OneRow("service account", workspace, id);
    row.archive(tx, sql, version, now).await
}

/// Revokes all keys of a program.
pub async fn revoke_keys_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ServiceAccountId,
    now: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/service_accounts/revoke_keys_of.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&now)
        .execute(tx)
        .await?;
    Ok(())
}
