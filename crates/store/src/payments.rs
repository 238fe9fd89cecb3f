//! Payments: money received for a deal, or given back.

use base::{Currency, DealId, ImportId, PaymentId, UnixMillis, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{Connection, Keyset, Page, PageRequest, StoreError, Tx, fresh_version, met_version};

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

/// [`StoreError::Conflict`] on `external_id` when a payment in use has the same.
pub async fn insert_payment(
    tx: &mut Tx,
    workspace: WorkspaceId,
    payment: &PaymentDetails,
) -> Result<PaymentId, StoreError> {
    Statement::new(include_str!("queries/payments/insert_payment.sql"))
        .bind(&workspace)
        .bind(payment)
        .value(tx)
        .await
}

pub async fn save_payment(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: PaymentId,
    version: i64,
    payment: &PaymentDetails,
) -> Result<i64, StoreError> {
    let updated = Statement::new(include_str!("queries/payments/save_payment.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .bind(payment)
        .find_value(tx)
        .await?;
    fresh_version(updated, "payment", id, version)
}

pub async fn load_payment(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: PaymentId,
) -> Result<Payment, StoreError> {
    Statement::new(include_str!("queries/payments/load_payment.sql"))
        .bind(&workspace)
        .bind(&id)
        .find(connection)
        .await?
        .ok_or_else(|| StoreError::not_found("payment", id))
}

pub async fn find_payment_by_external_id(
    connection: &mut Connection,
    workspace: WorkspaceId,
    external_id: &str,
) -> Result<Option<Payment>, StoreError> {
    Statement::new(include_str!(
        "queries/payments/find_payment_by_external_id.sql"
    ))
    .bind(&workspace)
    .bind(external_id)
    .find(connection)
    .await
}

/// In the order they happened.
pub async fn list_payments_of_deal(
    connection: &mut Connection,
    workspace: WorkspaceId,
    deal: DealId,
) -> Result<Vec<Payment>, StoreError> {
    Statement::new(include_str!("queries/payments/list_payments_of_deal.sql"))
        .bind(&workspace)
        .bind(&deal)
        .all(connection)
        .await
}

/// Payments in use that an import brought.
pub async fn list_payments_of_import(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
) -> Result<Vec<Payment>, StoreError> {
    Statement::new(include_str!("queries/payments/list_payments_of_import.sql"))
        .bind(&workspace)
        .bind(&import)
        .all(connection)
        .await
}

/// Newest first.
pub async fn list_payments(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<Payment>, StoreError> {
    let items = Statement::new(include_str!("queries/payments/list_payments.sql"))
        .bind(&workspace)
        .bind(&page)
        .all(connection)
        .await?;
    Ok(Page::of(items, page, |payment: &Payment| Keyset {
        at: payment.details.at,
        id: payment.id.0,
    }))
}

pub async fn archive_payment(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: PaymentId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let changed = Statement::new(include_str!("queries/payments/archive_payment.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .bind(&now)
        .execute(tx)
        .await?;
    met_version(changed, "payment", id, version)
}
