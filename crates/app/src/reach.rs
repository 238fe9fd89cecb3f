//! Which servers answer: looked at again and again, so that nobody waits for one that is away.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use base::{UnixMillis, WorkspaceId};
use tokio::sync::watch;

use crate::{App, AppError};

pub(crate) const WAREHOUSE_AWAY: &str = "warehouse_away";

/// What the program keeps its data in; a file never goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    Store,
    Warehouse,
}

/// What is known of both.
#[derive(Default)]
pub(crate) struct Reach {
    store: Seen,
    warehouse: Seen,
    /// Workspaces whose labels, channels or zone the warehouse has not got yet.
    unpublished: Mutex<BTreeSet<WorkspaceId>>,
}

/// Since when it does not answer.
struct Seen(watch::Sender<Option<UnixMillis>>);

impl Default for Seen {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Keeper {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Warehouse => "warehouse",
        }
    }

    /// What is told to whoever needs it meanwhile.
    #[must_use]
    pub fn away(self) -> AppError {
        let (code, detail) = match self {
            Self::Store => (
                "store_away",
                "the database does not answer; try again in a moment",
            ),
            Self::Warehouse => (
                WAREHOUSE_AWAY,
                "the server with the facts does not answer; try again in a moment",
            ),
        };
        AppError::Unavailable {
            code,
            detail: detail.to_owned(),
        }
    }
}

impl Reach {
    fn seen(&self, keeper: Keeper) -> &Seen {
        match keeper {
            Keeper::Store => &self.store,
            Keeper::Warehouse => &self.warehouse,
        }
    }

    fn unpublished(&self) -> std::sync::MutexGuard<'_, BTreeSet<WorkspaceId>> {
        let held = self.unpublished.lock();
        held.unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Since when a keeper does not answer; `None` while it does.
    #[must_use]
    pub fn away_since(&self, keeper: Keeper) -> Option<UnixMillis> {
        *self.inner.reach.seen(keeper).0.borrow()
    }

    /// Does something that needs a keeper, until it is done or the keeper is found to be away.
    ///
    /// # Errors
    /// When the keeper is away.
    pub async fn unless_away<T>(
        &self,
        keeper: Keeper,
        work: impl Future<Output = T>,
    ) -> Result<T, AppError> {
        let mut seen = self.inner.reach.seen(keeper).0.subscribe();
        tokio::select! {
            biased;
            _ = seen.wait_for(Option::is_some) => Err(keeper.away()),
            done = work => Ok(done),
        }
    }

    /// Asks the store whether it answers; takes a few seconds where it does not.
    pub async fn look_at_store(&self) {
        let answered = self.inner.store.answers().await;
        let why = answered.err().map(|error| error.to_string());
        self.note_look_at(Keeper::Store, why);
    }

    /// As [`App::look_at_store`], of the warehouse.
    pub async fn look_at_warehouse(&self) {
        let warehouse = std::sync::Arc::clone(&self.inner.warehouse);
        let look = tokio::task::spawn_blocking(move || warehouse.answers());
        let why = match look.await {
            Ok(answered) => answered.err().map(chain),
            Err(error) => Some(error.to_string()),
        };
        self.note_look_at(Keeper::Warehouse, why);
    }

    /// Changes are told once.
    fn note_look_at(&self, keeper: Keeper, why: Option<String>) {
        let seen = &self.inner.reach.seen(keeper).0;
        let (name, before, now) = (keeper.name(), *seen.borrow(), self.now());
        match (before, why) {
            (None, Some(why)) => {
                tracing::error!(why, "the {name} does not answer; what can go on does");
                seen.send_replace(Some(now));
            }
            (Some(since), None) => {
                let seconds = now.since_ms(since) / 1000;
                tracing::info!(seconds, "the {name} answers again");
                seen.send_replace(None);
            }
            (None, None) | (Some(_), Some(_)) => {}
        }
    }

    /// Remembers that the warehouse has to be told of a workspace's labels when it is back.
    pub(crate) fn publish_later(&self, workspace: WorkspaceId) {
        self.inner.reach.unpublished().insert(workspace);
    }

    /// Tells the warehouse what it could not be told before. To be run now and then.
    ///
    /// # Errors
    /// When the store fails or the warehouse refuses; it is tried again.
    pub async fn publish_labels(&self) -> Result<(), AppError> {
        if self.away_since(Keeper::Warehouse).is_some() {
            return Ok(());
        }
        let waiting = self.inner.reach.unpublished().clone();
        for workspace in waiting {
            self.inner.reach.unpublished().remove(&workspace);
            if let Err(error) = self.refresh_labels_of(workspace).await {
                self.publish_later(workspace);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// An error with everything that led to it, in one line.
fn chain(error: warehouse::Error) -> String {
    format!("{:#}", anyhow::Error::from(error))
}
