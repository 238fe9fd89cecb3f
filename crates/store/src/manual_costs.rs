//! Costs that no platform reports: offline, SEO, fees.

use base::{BasisPoints, ChannelId, Currency, Day, UnixMillis, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{
    Connection, Keyset, ManualCostId, Page, PageRequest, StoreError, Tx, fresh_version, met_version,
};

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
    Statement::new(include_str!("queries/manual_costs/load_manual_cost.sql"))
        .bind(&workspace)
        .bind(&id)
        .find(connection)
        .await?
        .ok_or_else(|| StoreError::not_found("manual cost", id))
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_manual_cost(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ManualCostId,
    version: i64,
    details: &ManualCostDetails,
) -> Result<i64, StoreError> {
    let updated = Statement::new(include_str!("queries/manual_costs/update_manual_cost.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .bind(details)
        .find_value(tx)
        .await?;
    fresh_version(updated, "manual cost", id, version)
}

/// Takes it out of use; what refers to it keeps it.
pub async fn archive_manual_cost(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ManualCostId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let changed = Statement::new(include_str!("queries/manual_costs/archive_manual_cost.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .bind(&now)
        .execute(tx)
        .await?;
    met_version(changed, "manual cost", id, version)
}

/// Those in use, newest first.
pub async fn list_manual_costs(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<ManualCost>, StoreError> {
    Statement::new(include_str!("queries/manual_costs/list_manual_costs.sql"))
        .bind(&workspace)
        .page(connection, page, |one: &ManualCost| Keyset {
            at: one.created_at,
            id: one.id.0,
        })
        .await
}
