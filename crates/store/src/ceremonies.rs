//! Ceremonies: what a browser has begun and ends with its next request, and what was ended.

use base::UnixMillis;
use serde_json::Value;

use crate::statement::{Statement, record};
use crate::{StoreError, Tx};

record! {
    pub struct Ceremony {
        /// Hash of what only that browser can show.
        pub browser_hash: Vec<u8>,
        /// Empty where it is kept only that it was ended.
        pub state: Value,
        pub expires_at: UnixMillis,
    }
}

record! {
    pub struct Begun {
        pub state: Value,
        pub expires_at: UnixMillis,
    }
}

/// Keeps what a browser has begun, in the place of what it began before.
pub async fn put_ceremony(tx: &mut Tx, ceremony: &Ceremony) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/ceremonies/put_ceremony.sql"))
        .bind(ceremony)
        .execute(tx)
        .await?;
    Ok(())
}

/// What a browser has begun; nobody gets it a second time.
pub async fn take_ceremony(tx: &mut Tx, browser_hash: &[u8]) -> Result<Option<Begun>, StoreError> {
    Statement::new(include_str!("queries/ceremonies/take_ceremony.sql"))
        .bind(browser_hash)
        .find(tx)
        .await
}

/// Keeps that something was ended until it would have expired; false where it was ended before.
pub async fn end_ceremony(tx: &mut Tx, ceremony: &Ceremony) -> Result<bool, StoreError> {
    let kept = Statement::new(include_str!("queries/ceremonies/end_ceremony.sql"))
        .bind(ceremony)
        .execute(tx)
        .await?;
    Ok(kept > 0)
}

/// Removes what has expired; the number removed.
pub async fn purge_ceremonies(tx: &mut Tx, now: UnixMillis) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/ceremonies/purge_ceremonies.sql"))
        .bind(&now)
        .execute(tx)
        .await
}
