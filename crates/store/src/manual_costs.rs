//! Costs that no platform reports: offline, SEO, fees.

use base::{BasisPoints, ChannelId, Currency, Day, UnixMillis, WorkspaceId};

use crate::filter::maybe_one_of;
use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, Keyset, ManualCostId, Page, PageRequest, StoreError, Tx};

record! {
    pub struct ManualCostDetails {
        pub name: String,
        pub source: String,
        pub medium: String,
        pub campaign: String,
        pub channel_id: Option<ChannelId>,
        pub first_day: Day,
        /// Included.
        pub last_day: Day,
        pub amount_micros: i64,
        pub currency: Currency,
        /// `day`, `month` or `once`.
        pub per: String,
        pub mark_up_bp: BasisPoints,
        /// Whether the amount is `net` or `gross`.
        pub vat_mode: String,
        pub vat_rate_bp: BasisPoints,
    }
}

record! {
    pub struct ManualCost {
        pub id: ManualCostId,
        pub workspace_id: WorkspaceId,
        pub created_at: UnixMillis,
        pub archived_at: Option<UnixMillis>,
        pub version: i64,
        pub details: ManualCostDetails,
    }
}

pub async fn insert_manual_cost(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &ManualCostDetails,
) -> Result<ManualCostId, StoreError> {
    Statement::new(include_str!("queries/manual_costs/insert_manual_cost.sql"))
        .bind(&workspace)
        .bind(&now)
        .bind(details)
        .value(tx)
        .await
}

/// Archived ones too: history refers to them.
pub async fn load_manual_cost(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ManualCostId,
) -> Result<ManualCost, StoreError> {
    let sql = include_str!("queries/manual_costs/load_manual_cost.sql");
    OneRow("manual cost", workspace, id)
        .load(connection, sql)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_manual_cost(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ManualCostId,
    version: i64,
    details: &ManualCostDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/manual_costs/update_manual_cost.sql");
    let row = OneRow("manual cost", workspace, id);
    row.update(tx, sql, version, details).await
}

/// Takes it out of use; what refers to it keeps it.
pub async fn archive_manual_cost(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ManualCostId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/manual_costs/archive_manual_cost.sql");
    OneRow("manual cost", workspace, id)
        .archive(tx, sql, version, now)
        .await
}

/// Those in use, newest first.
pub async fn list_manual_costs(
    connection: &mut Connection,
    workspace: WorkspaceId,
    channels: Option<&[ChannelId]>,
    page: PageRequest,
) -> Result<Page<ManualCost>, StoreError> {
    Statement::new(include_str!("queries/manual_costs/list_manual_costs.sql"))
        .bind(&workspace)
        .bind(&maybe_one_of(channels.map(|ids| ids.iter().map(|id| id.0))))
        .page(connection, page, |one: &ManualCost| Keyset {
            at: one.created_at,
            id: one.id.0,
        })
        .await
}
