//! Payments: money received for a deal, or given back.

use base::{Currency, DealId, ImportId, PaymentId, UnixMillis, WorkspaceId};

use crate::filter::{one_of, one_of_texts};
use crate::statement::{Statement, insert_rows, record};
use crate::{Connection, StoreError, Tx};

record! {
    pub struct PaymentDetails {
        /// Unique among the payments in use.
        pub external_id: String,
        pub deal_id: DealId,
        pub at: UnixMillis,
        pub recorded_at: UnixMillis,
        /// Positive for refunds too.
        pub amount_micros: i64,
        pub currency: Currency,
        /// `payment`, `refund` or `chargeback`.
        pub kind: String,
        pub import_id: Option<ImportId>,
    }
}

record! {
    pub struct Payment {
        pub id: PaymentId,
        pub details: PaymentDetails,
        pub archived_at: Option<UnixMillis>,
        pub version: i64,
    }
}

/// Those of the payments that there are, archived ones too.
pub async fn list_payments_by_id(
    connection: &mut Connection,
    workspace: WorkspaceId,
    ids: &[PaymentId],
) -> Result<Vec<Payment>, StoreError> {
    Statement::new(include_str!("queries/payments/list_payments_by_id.sql"))
        .bind(&workspace)
        .bind(&one_of(ids.iter().map(|id| id.0)))
        .all(connection)
        .await
}

/// Payments in use with one of the ids.
pub async fn list_payments_by_external_id(
    connection: &mut Connection,
    workspace: WorkspaceId,
    ids: &[&str],
) -> Result<Vec<Payment>, StoreError> {
    Statement::new(include_str!(
        "queries/payments/list_payments_by_external_id.sql"
    ))
    .bind(&workspace)
    .bind(&one_of_texts(ids))
    .all(connection)
    .await
}

/// In the order they happened.
pub async fn list_payments_of_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    deals: &[DealId],
) -> Result<Vec<Payment>, StoreError> {
    Statement::new(include_str!("queries/payments/list_payments_of_deals.sql"))
        .bind(&workspace)
        .bind(&one_of(deals.iter().map(|deal| deal.0)))
        .all(connection)
        .await
}

/// Adds or replaces payments that were loaded, or given an id, in the same transaction.
/// [`StoreError::Conflict`] on `external_id` when another payment in use has the same.
pub async fn put_payments(
    tx: &mut Tx,
    workspace: WorkspaceId,
    payments: &[Payment],
) -> Result<(), StoreError> {
    let sql = include_str!("queries/payments/put_payments.sql");
    insert_rows(tx, sql, &workspace, payments).await
}
