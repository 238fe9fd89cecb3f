//! Metrics that a workspace defines by formulas.

use base::{UnixMillis, WorkspaceId};

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, CustomMetricId, StoreError, Tx};

record! {
    pub struct CustomMetricDetails {
        pub name: String,
        /// Empty for none.
        pub description: String,
        pub formula: String,
        pub format: String,
        pub direction: String,
    }
}

record! {
    pub struct CustomMetric {
        pub id: CustomMetricId,
        pub details: CustomMetricDetails,
        pub created_at: UnixMillis,
        pub version: i64,
    }
}

pub async fn insert_custom_metric(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &CustomMetricDetails,
) -> Result<CustomMetricId, StoreError> {
    Statement::new(include_str!(
        "queries/custom_metrics/insert_custom_metric.sql"
    ))
    .bind(&workspace)
    .bind(&now)
    .bind(details)
    .value(tx)
    .await
}

/// Removed ones are not found.
pub async fn load_custom_metric(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: CustomMetricId,
) -> Result<CustomMetric, StoreError> {
    let sql = include_str!("queries/custom_metrics/load_custom_metric.sql");
    OneRow("custom metric", workspace, id)
        .load(connection, sql)
        .await
}

/// By name.
pub async fn list_custom_metrics(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<CustomMetric>, StoreError> {
    Statement::new(include_str!(
        "queries/custom_metrics/list_custom_metrics.sql"
    ))
    .bind(&workspace)
    .all(connection)
    .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_custom_metric(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CustomMetricId,
    version: i64,
    details: &CustomMetricDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/custom_metrics/update_custom_metric.sql");
    let row = OneRow("custom metric", workspace, id);
    row.update(tx, sql, version, details).await
}

pub async fn archive_custom_metric(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CustomMetricId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/custom_metrics/archive_custom_metric.sql");
    OneRow("custom metric", workspace, id)
        .archive(tx, sql, version, now)
        .await
}
