//! Leases: who of several nodes does what only one may do at a time.
//!
//! No clock of a node is compared with another's: a holder counts its beat up, and who sees it
//! stand still for long enough takes over. A slow holder that was taken for dead does no harm:
//! every transaction of work under a lease looks first whether it still is the holder's.

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    pub struct Lease {
        pub name: String,
        /// Empty when it was given back.
        pub holder: String,
        pub fence: i64,
        pub beat: i64,
        pub told: i64,
    }
}

/// The right to do work, as long as nobody has taken it over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub name: &'static str,
    pub fence: i64,
}

tokio::task_local! {
    static UNDER: Vec<Claim>;
}

/// Runs work that only the lease's holder may do: transactions that [`crate::Store::begin`] begins
/// in it are refused once somebody else has taken it over. Work within such work needs both.
pub async fn under<F: Future>(claim: Claim, work: F) -> F::Output {
    let mut claims = claims();
    claims.push(claim);
    UNDER.scope(claims, work).await
}

/// What the work under way is done by.
#[must_use]
pub(crate) fn claims() -> Vec<Claim> {
    UNDER.try_with(Clone::clone).unwrap_or_default()
}

pub async fn find_lease(
    connection: &mut Connection,
    name: &str,
) -> Result<Option<Lease>, StoreError> {
    Statement::new(include_str!("queries/leases/find_lease.sql"))
        .bind(name)
        .find(connection)
        .await
}

/// Takes a lease that is as it was seen, or that nobody has had; its new fence, or nothing where
/// somebody was quicker.
pub async fn take_lease(
    tx: &mut Tx,
    name: &str,
    holder: &str,
    seen: Option<&Lease>,
) -> Result<Option<i64>, StoreError> {
    let (fence, beat) = seen.map_or((0, 0), |seen| (seen.fence, seen.beat));
    Statement::new(include_str!("queries/leases/take_lease.sql"))
        .bind(name)
        .bind(holder)
        .bind(&fence)
        .bind(&beat)
        .find_value(tx)
        .await
}

/// Says that the holder lives, and what it tells. False where it is the holder no more.
pub async fn renew_lease(tx: &mut Tx, claim: Claim, told: i64) -> Result<bool, StoreError> {
    let renewed = Statement::new(include_str!("queries/leases/renew_lease.sql"))
        .bind(claim.name)
        .bind(&claim.fence)
        .bind(&told)
        .execute(tx)
        .await?;
    Ok(renewed > 0)
}

/// Gives a lease back, so that nobody has to wait for it.
pub async fn release_lease(tx: &mut Tx, claim: Claim) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/leases/release_lease.sql"))
        .bind(claim.name)
        .bind(&claim.fence)
        .execute(tx)
        .await?;
    Ok(())
}

/// Refuses a transaction of somebody who is the holder no more.
pub(crate) async fn require_claim(tx: &mut Tx, claim: Claim) -> Result<(), StoreError> {
    let held: i64 = Statement::new(include_str!("queries/leases/holds_lease.sql"))
        .bind(claim.name)
        .bind(&claim.fence)
        .value(tx)
        .await?;
    match held {
        0 => Err(StoreError::LeaseLost { name: claim.name }),
        _ => Ok(()),
    }
}
