//! The status map: which group each status of a CRM belongs to.

use base::WorkspaceId;

use crate::reach::Reach;
use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx, fresh_version};

record! {
    pub struct DealStatus {
        pub status: String,
        /// `not_counted`, `in_work`, `paid` or `cancelled`.
        pub status_group: String,
    }
}

record! {
    pub struct DealStatusCount {
        pub status: String,
        /// None where the status is not mapped.
        pub status_group: Option<String>,
        pub deals: i64,
    }
}

pub async fn list_deal_statuses(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<DealStatus>, StoreError> {
    Statement::new(include_str!("queries/deal_statuses/list_deal_statuses.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// Every status that is mapped or in use, with its deals; unmapped ones first.
pub async fn list_deal_status_counts(
    connection: &mut Connection,
    workspace: WorkspaceId,
    reach: &Reach,
) -> Result<Vec<DealStatusCount>, StoreError> {
    Statement::new(include_str!(
        "queries/deal_statuses/list_deal_status_counts.sql"
    ))
    .bind(&workspace)
    .bind(reach)
    .all(connection)
    .await
}

/// Zero before the first map was saved.
pub async fn find_deal_status_version(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<i64, StoreError> {
    let version = Statement::new(include_str!("queries/deal_statuses/find_map_version.sql"))
        .bind(&workspace)
        .find_value(connection)
        .await?;
    Ok(version.unwrap_or(0))
}

/// Replaces the whole map; `version` must be the current one, the new one is returned.
pub async fn replace_deal_statuses(
    tx: &mut Tx,
    workspace: WorkspaceId,
    version: i64,
    statuses: &[DealStatus],
) -> Result<i64, StoreError> {
    let current = find_deal_status_version(tx, workspace).await?;
    let next = (current == version).then_some(version + 1);
    let next = fresh_version(next, "deal status map", workspace, version)?;
    Statement::new(include_str!("queries/deal_statuses/put_map_version.sql"))
        .bind(&workspace)
        .bind(&next)
        .execute(tx)
        .await?;
    Statement::new(include_str!(
        "queries/deal_statuses/clear_deal_statuses.sql"
    ))
    .bind(&workspace)
    .execute(tx)
    .await?;
    for status in statuses {
        Statement::new(include_str!("queries/deal_statuses/insert_deal_status.sql"))
            .bind(&workspace)
            .bind(status)
            .execute(tx)
            .await?;
    }
    Ok(next)
}
