//! The bridge to the facts: committed with the change that caused them, relayed in order.

use base::{FactId, UnixMillis};

use crate::statement::{Statement, insert_rows, record};
use crate::{Connection, OutboxId, StoreError, Tx};

record! {
    pub struct OutboxFact {
        pub fact_id: FactId,
        pub payload: Vec<u8>,
    }
}

record! {
    pub struct OutboxRow {
        pub id: OutboxId,
        pub fact_id: FactId,
        pub payload: Vec<u8>,
        pub created_at: UnixMillis,
    }
}

/// The oldest facts, in the order they were put in. One relay takes, relays and deletes.
pub async fn take_outbox(
    connection: &mut Connection,
    limit: i64,
) -> Result<Vec<OutboxRow>, StoreError> {
    Statement::new(include_str!("queries/outbox/take_outbox.sql"))
        .bind(&limit)
        .all(connection)
        .await
}

/// Removes what was relayed, up to and with this row; the number removed.
pub async fn delete_outbox(tx: &mut Tx, up_to: OutboxId) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/outbox/delete_outbox.sql"))
        .bind(&up_to)
        .execute(tx)
        .await
}

/// How many facts wait.
pub async fn count_outbox(connection: &mut Connection) -> Result<i64, StoreError> {
    Statement::new(include_str!("queries/outbox/count_outbox.sql"))
        .value(connection)
        .await
}

/// Puts facts in, in this order. A fact id that is waiting already is left as it is.
pub async fn put_outbox(
    tx: &mut Tx,
    now: UnixMillis,
    facts: &[OutboxFact],
) -> Result<(), StoreError> {
    let sql = include_str!("queries/outbox/put_outbox.sql");
    insert_rows(tx, sql, &now, facts).await
}
