//! Idempotency keys: a write that is sent twice is done once and answered twice.
//!
//! The answer to a request is only known after its work is committed, so a crash may come between
//! the two. The commit itself therefore marks the key: an unmarked key says that nothing was done,
//! and a second try that commits later than the first finds the mark and takes everything back.

use base::{UnixMillis, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    struct StoredKey {
        request_hash: Vec<u8>,
        response_status: Option<i64>,
        response_body: Option<Vec<u8>>,
        worked: bool,
        made: Option<i64>,
    }
}

/// A request that came with a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    pub workspace: WorkspaceId,
    pub key: String,
}

tokio::task_local! {
    static UNDER_WAY: Request;
}

/// What is known about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotencyClaim {
    /// Never seen: the caller does the work and then completes or releases the key.
    New,
    /// Claimed before, but nothing is committed: the first try is at it still, or was broken off.
    Unfinished,
    /// The work is done; this was the answer.
    Done { status: i64, body: Vec<u8> },
    /// The work is done, but its answer was not kept.
    Unanswered { made: Option<i64> },
    /// The key was used for a different request.
    OtherRequest,
}

/// Work that is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoneWork {
    /// The id of what it made, where it made one thing.
    pub made: Option<i64>,
}

/// Runs the work of a request: what [`Store::begin_work`](crate::Store::begin_work) begins in it
/// commits once.
pub async fn within<F: Future>(request: Request, work: F) -> F::Output {
    UNDER_WAY.scope(request, work).await
}

/// The request whose work is being done.
#[must_use]
pub fn under_way() -> Option<Request> {
    UNDER_WAY.try_with(Clone::clone).ok()
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
        None => IdempotencyClaim::Unfinished,
        Some(stored) if stored.request_hash != request_hash => IdempotencyClaim::OtherRequest,
        Some(StoredKey {
            response_status: Some(status),
            response_body,
            ..
        }) => IdempotencyClaim::Done {
            status,
            body: response_body.unwrap_or_default(),
        },
        Some(StoredKey {
            worked: true, made, ..
        }) => IdempotencyClaim::Unanswered { made },
        Some(_) => IdempotencyClaim::Unfinished,
    })
}

/// Says in the work's own transaction that the request is carried out.
pub(crate) async fn mark_idempotency_key(
    tx: &mut Tx,
    request: &Request,
    made: Option<i64>,
) -> Result<(), StoreError> {
    let marked = Statement::new(include_str!("queries/idempotency/mark_idempotency_key.sql"))
        .bind(&request.workspace)
        .bind(&request.key)
        .bind(&made)
        .execute(tx)
        .await?;
    if marked > 0 {
        return Ok(());
    }
    // A key that is forgotten already can neither have been used nor be used again.
    match find_idempotency_key(tx, request.workspace, &request.key).await? {
        Some(_) => Err(StoreError::WorkDone),
        None => Ok(()),
    }
}

/// Keeps the answer.
pub async fn complete_idempotency_key(
    tx: &mut Tx,
    workspace: WorkspaceId,
    key: &str,
    status: i64,
    body: &[u8],
) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/idempotency/complete_idempotency_key.sql"
    ))
    .bind(&workspace)
    .bind(key)
    .bind(&status)
    .bind(body)
    .execute_on(tx, "idempotency key", key)
    .await
}

/// Forgets a key whose work failed, so that it may be tried again; what is done stays.
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

/// What a request made whose work is done.
pub async fn find_done_work(
    connection: &mut Connection,
    workspace: WorkspaceId,
    key: &str,
) -> Result<Option<DoneWork>, StoreError> {
    let stored = find_idempotency_key(connection, workspace, key).await?;
    let done = stored.filter(|stored| stored.worked);
    Ok(done.map(|stored| DoneWork { made: stored.made }))
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
