//! The outbox relay: committed changes become facts in the journal, in order.

use std::sync::Arc;

use base::{Fact, FactId, UnixMillis};
use store::Tx;
use store::outbox::{self, OutboxFact};

use crate::error::Step as _;
use crate::{App, AppError};

/// Facts that one round of the relay takes.
const RELAY_ROWS_MAX: i64 = 2_000;

/// Puts facts into the outbox of a transaction.
///
/// # Errors
/// When the store fails.
pub(crate) async fn put(tx: &mut Tx, now: UnixMillis, facts: &[Fact]) -> Result<(), AppError> {
    let rows = facts
        .iter()
        .map(|fact| {
            let payload = fact.encode().step("write a fact down")?;
            Ok(OutboxFact {
                fact_id: fact.id(),
                payload,
            })
        })
        .collect::<Result<Vec<_>, AppError>>()?;
    Ok(outbox::put_outbox(tx, now, &rows).await?)
}

impl App {
    /// Wakes who carries on what was committed: the relay, and the worker of webhooks.
    pub(crate) fn wake_relay(&self) {
        self.inner.outbox.notify_one();
        self.inner.webhooks.notify_one();
    }

    /// Resolves when a commit has put something into the outbox.
    pub async fn outbox_filled(&self) {
        self.inner.outbox.notified().await;
    }

    /// How many facts wait in the outbox.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn outbox_depth(&self) -> Result<i64, AppError> {
        let mut connection = self.inner.store.read().await?;
        Ok(outbox::count_outbox(&mut connection).await?)
    }

    /// Moves what waits in the outbox into the journal. Returns how many facts.
    ///
    /// A crash between the journal and the deletion sends facts again; the loader drops what it
    /// has seen, because their ids are derived from entity and version.
    ///
    /// # Errors
    /// When the store or the journal fails; what was not relayed stays.
    pub async fn relay_outbox(&self) -> Result<usize, AppError> {
        let mut relayed = 0;
        loop {
            let mut connection = self.inner.store.read().await?;
            let rows = outbox::take_outbox(&mut connection, RELAY_ROWS_MAX).await?;
            drop(connection);
            let Some(last) = rows.last().map(|row| row.id) else {
                return Ok(relayed);
            };
            let journal = Arc::clone(&self.inner.journal);
            let acks = rows
                .iter()
                .map(|row| journal.append(&row.payload))
                .collect::<Result<Vec<_>, _>>()
                .step("append a fact to the journal")?;
            for ack in acks {
                ack.await.step("make a fact durable")?;
            }
            let mut tx = self.inner.store.begin().await?;
            outbox::delete_outbox(&mut tx, last).await?;
            tx.commit().await?;
            relayed += rows.len();
        }
    }
}

/// The id of a fact about a version of an entity: the same change always has the same id.
pub(crate) fn derived_id(parts: &[&str]) -> FactId {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update(&[0xff]);
    }
    let hash = hasher.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    FactId(u128::from_be_bytes(bytes))
}
