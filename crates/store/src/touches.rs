//! What imports say of records: a layer an import and record, with what was there before.

use base::{Currency, ImportId, UnixMillis, WorkspaceId};
use serde_json::Value;

use crate::filter::one_of;
use crate::statement::{Joined, Statement, insert_rows, record};
use crate::{Connection, StoreError, Tx};

record! {
    pub struct Touch {
        pub import_id: ImportId,
        /// Id of the lead, deal or payment.
        pub record_id: i64,
        pub at: UnixMillis,
        /// The record is there because of this import.
        pub is_creator: bool,
        /// Fields with the values before and after, in the words of the use case.
        pub said: Value,
        /// Why taking the import back has left the record as it is.
        pub kept: Option<String>,
    }
}

record! {
    /// What the records that an import touched come to, each once.
    pub struct ImportedSum {
        /// Of the deal.
        pub status: String,
        pub currency: Currency,
        pub records: i64,
        pub amount_micros: i64,
    }
}

/// Adds touches, or replaces those of the same import and record.
pub async fn put_touches(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kind: &str,
    touches: &[Touch],
) -> Result<(), StoreError> {
    let kind = kind.to_owned();
    let sql = include_str!("queries/touches/put_touches.sql");
    insert_rows(tx, sql, &Joined(&workspace, &kind), touches).await
}

/// Touches of an import that are not taken back yet, in the order of records.
pub async fn list_touches_of_import(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
    limit: i64,
) -> Result<Vec<Touch>, StoreError> {
    Statement::new(include_str!("queries/touches/list_touches_of_import.sql"))
        .bind(&workspace)
        .bind(&import)
        .bind(&limit)
        .all(connection)
        .await
}

/// All touches of records of a kind; those of one record in the order they were made.
pub async fn list_touches_of_records(
    connection: &mut Connection,
    workspace: WorkspaceId,
    kind: &str,
    records: &[i64],
) -> Result<Vec<Touch>, StoreError> {
    Statement::new(include_str!("queries/touches/list_touches_of_records.sql"))
        .bind(&workspace)
        .bind(kind)
        .bind(&one_of(records.iter().copied()))
        .all(connection)
        .await
}

pub async fn delete_touches(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kind: &str,
    import: ImportId,
    records: &[i64],
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/touches/delete_touches.sql"))
        .bind(&workspace)
        .bind(kind)
        .bind(&import)
        .bind(&one_of(records.iter().copied()))
        .execute(tx)
        .await?;
    Ok(())
}

/// Touches that could not be taken back, behind a record.
pub async fn list_kept(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
    after: i64,
    limit: i64,
) -> Result<Vec<Touch>, StoreError> {
    Statement::new(include_str!("queries/touches/list_kept.sql"))
        .bind(&workspace)
        .bind(&import)
        .bind(&after)
        .bind(&limit)
        .all(connection)
        .await
}

pub async fn sum_imported_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
) -> Result<Vec<ImportedSum>, StoreError> {
    Statement::new(include_str!("queries/touches/sum_imported_deals.sql"))
        .bind(&workspace)
        .bind(&import)
        .all(connection)
        .await
}

/// Money that went back counts against what came.
pub async fn sum_imported_payments(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
) -> Result<Vec<ImportedSum>, StoreError> {
    Statement::new(include_str!("queries/touches/sum_imported_payments.sql"))
        .bind(&workspace)
        .bind(&import)
        .all(connection)
        .await
}
