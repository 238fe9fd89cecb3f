//! Idempotency keys: a write that is sent twice is done once and answered twice.

use base::{UnixMillis, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    struct StoredKey {
        request_hash: Vec<u8>,
        response_status: Option<i64>,
        response_body: Option<Vec<u8>>,
    }
}

/// What is known about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotencyClaim {
    /// Never seen: the caller does the work and then completes or releases the key.
    New,
    /// The first request is still being worked on.
    InProgress,
    /// The work is done; this was the answer.
    Done { status: i64, body: Vec<u8> },
    /// The key was used for a different request.
    OtherRequest,
}

pub async fn claim_idempotency_key(
    tx: &mut Tx,
    workspace: WorkspaceId,
    key: &str,
    request_hash: &[u8],
    now: UnixMillis,
) -> Result<IdempotencyClaim, StoreError> {
    let inserted = Statement::new(include_str!(
        "queries/idempotency/claim_idempotency_key.sql"
    ))
    .bind(&workspace)
    .bind(key)
    .bind(request_hash)
    .bind(&now)
    .execute(tx)
    .await?;
    if inserted > 0 {
        return Ok(IdempotencyClaim::New);
    }
    let stored = find_idempotency_key(tx, workspace, key).await?;
    Ok(match stored {
        None => IdempotencyClaim::InProgress,
        Some(stored) if stored.request_hash != request_hash => IdempotencyClaim::OtherRequest,
        Some(StoredKey {
            response_status: Some(status),
            response_body,
            ..
        }) => IdempotencyClaim::Done {
            status,
            body: response_body.unwrap_or_default(),
        },
        Some(_) => IdempotencyClaim::InProgress,
    })
}

/// Keeps the answer, best in the same transaction as the work.
pub async fn complete_idempotency_key(
    tx: &mut Tx,
    workspace: WorkspaceId,
    key: &str,
    status: i64,
    body: &[u8],
) -> Result<(), StoreError> {
    let changed = Statement::new(include_str!(
        "queries/idempotency/complete_idempotency_key.sql"
    ))
    .bind(&workspace)
    .bind(key)
    .bind(&status)
    .bind(body)
    .execute(tx)
    .await?;
    if changed == 0 {
        Err(StoreError::not_found("idempotency key", key))
    } else {
        Ok(())
    }
}

/// Forgets a key whose work failed, so that it may be tried again.
pub async fn release_idempotency_key(
    tx: &mut Tx,
    workspace: WorkspaceId,
    key: &str,
) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/idempotency/release_idempotency_key.sql"
    ))
    .bind(&workspace)
    .bind(key)
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets the keys whose work a crash interrupted; for the start, when nothing is under way.
pub async fn release_unfinished_keys(tx: &mut Tx) -> Result<u64, StoreError> {
    Statement::new(include_str!(
        "queries/idempotency/release_unfinished_keys.sql"
    ))
    .execute(tx)
    .await
}

/// Removes keys created at or before `until`; the number removed.
pub async fn purge_idempotency_keys(tx: &mut Tx, until: UnixMillis) -> Result<u64, StoreError> {
    Statement::new(include_str!(
        "queries/idempotency/purge_idempotency_keys.sql"
    ))
    .bind(&until)
    .execute(tx)
    .await
}

async fn find_idempotency_key(
    connection: &mut Connection,
    workspace: WorkspaceId,
    key: &str,
) -> Result<Option<StoredKey>, StoreError> {
    Statement::new(include_str!("queries/idempotency/find_idempotency_key.sql"))
        .bind(&workspace)
        .bind(key)
        .find(connection)
        .await
}
