//! Who of several nodes does what only one may do at a time.
//!
//! A holder counts a number in the store up; another node that sees it stand still long enough
//! takes over, so that no clock is compared with another's. That is for the work to go on. That
//! nothing is done twice does not hang on it: transactions of an earlier holder are refused by the
//! store, and its facts by the warehouse.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::UnixMillis;
use store::leases::{self, Claim, under};
use store::{Engine, Store};
use tokio::sync::watch;

use crate::nodes::{Company, ThisNode};
use crate::{App, AppError};

/// How often a holder counts, and another one looks.
pub const LEASE_BEAT: Duration = Duration::from_secs(2);
/// So long a number stands still before somebody else takes over.
pub const LEASE_STILL: Duration = Duration::from_secs(10);

/// Between two looks of somebody who waits for a turn.
const TURN_PAUSE: Duration = Duration::from_millis(500);

/// What one node does for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Writing to the warehouse.
    Load,
    /// Everything else that is done once.
    Work,
    /// Taking people out of records: an erasure or the days that a workspace keeps data, by turns.
    Forget,
}

/// How a lease stands for this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Another node's, or nobody's yet.
    No,
    /// There is nobody to share with.
    Alone,
    /// With the number that the store knows the holder by.
    Fenced(i64),
}

/// The right to a job.
#[derive(Debug)]
pub struct Lease {
    job: Job,
    holder: String,
    held: watch::Sender<Held>,
    seen: Mutex<Seen>,
}

/// What was seen of another holder.
#[derive(Debug, Default)]
struct Seen {
    fence: i64,
    beat: i64,
    /// How long its number has stood still.
    still: Duration,
    /// What the holder tells.
    told: i64,
}

impl Job {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Work => "work",
            Self::Forget => "forget",
        }
    }
}

impl Lease {
    pub(crate) fn new(job: Job, this: &ThisNode) -> Self {
        let held = match this.company {
            Company::Alone => Held::Alone,
            Company::Shared => Held::No,
        };
        Self {
            job,
            holder: this.folder.clone(),
            held: watch::Sender::new(held),
            seen: Mutex::default(),
        }
    }

    #[must_use]
    pub fn held(&self) -> Held {
        *self.held.borrow()
    }

    /// Is told of every change.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Held> {
        self.held.subscribe()
    }

    /// What the holder said last, by whoever looks at the lease.
    #[must_use]
    pub fn told(&self) -> i64 {
        self.seen().told
    }

    /// What transactions of the job are marked with; nothing where nobody else could do it.
    #[must_use]
    pub fn claim_of(&self, held: Held) -> Option<Claim> {
        match held {
            Held::Fenced(fence) => Some(Claim {
                name: self.job.name(),
                fence,
            }),
            Held::No | Held::Alone => None,
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, held: Held) {
        let job = self.job.name();
        let is_news = self.held.send_if_modified(|before| {
            let is_news = *before != held;
            *before = held;
            is_news
        });
        match held {
            // It goes from hand to hand.
            _ if self.job == Job::Forget => {}
            Held::Fenced(fence) if is_news => tracing::info!(job, fence, "this node does it now"),
            Held::No if is_news => tracing::warn!(job, "another node does it now"),
            Held::No | Held::Alone | Held::Fenced(_) => {}
        }
    }

    /// Counts up where this node holds it and tells `told`; takes it where nobody does. `elapsed`
    /// is the time since the last look, by a clock that nobody sets.
    ///
    /// # Errors
    /// When the store fails; then nothing has changed, also not who holds it.
    pub async fn tend(&self, store: &Store, elapsed: Duration, told: i64) -> Result<(), AppError> {
        let name = self.job.name();
        if let Some(claim) = self.claim_of(self.held()) {
            let mut tx = store.begin().await?;
            let renewed = leases::renew_lease(&mut tx, claim, told).await?;
            tx.commit().await?;
            self.seen().told = told;
            if !renewed {
                self.set(Held::No);
            }
            return Ok(());
        }
        let mut connection = store.read().await?;
        let found = leases::find_lease(&mut connection, name).await?;
        drop(connection);
        let is_free = match &found {
            None => true,
            // The data folder is this process's: whoever held it by it is gone.
            Some(lease) if lease.holder.is_empty() || lease.holder == self.holder => true,
            Some(lease) => {
                let mut seen = self.seen();
                seen.told = lease.told;
                if (seen.fence, seen.beat) == (lease.fence, lease.beat) {
                    // While the store was away nobody could count.
                    seen.still += elapsed.min(LEASE_BEAT * 2);
                } else {
                    (seen.fence, seen.beat) = (lease.fence, lease.beat);
                    seen.still = Duration::ZERO;
                }
                seen.still >= LEASE_STILL
            }
        };
        if !is_free {
            return Ok(());
        }
        let mut tx = store.begin().await?;
        let taken = leases::take_lease(&mut tx, name, &self.holder, found.as_ref()).await?;
        tx.commit().await?;
        if let Some(fence) = taken {
            self.set(Held::Fenced(fence));
        }
        Ok(())
    }

    /// Gives it back, so that nobody has to wait.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn give_back(&self, store: &Store) -> Result<(), AppError> {
        let Some(claim) = self.claim_of(self.held()) else {
            return Ok(());
        };
        self.set(Held::No);
        let mut tx = store.begin().await?;
        leases::release_lease(&mut tx, claim).await?;
        Ok(tx.commit().await?)
    }
}

impl App {
    /// Counts this node's leases up, and takes those that nobody holds.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tend_lease(&self, job: Job, elapsed: Duration) -> Result<(), AppError> {
        let lease = self.lease(job);
        let told = match job {
            Job::Load => self.own_loaded_until().0,
            Job::Work | Job::Forget => 0,
        };
        lease.tend(&self.inner.store, elapsed, told).await
    }

    /// Looks how far the node that loads has come, where it is another one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look_at_loading(&self) -> Result<(), AppError> {
        if !self.is_shared() || self.load_lease().held() != Held::No {
            return Ok(());
        }
        let mut connection = self.inner.store.read().await?;
        let found = leases::find_lease(&mut connection, Job::Load.name()).await?;
        let told = found.map_or(0, |lease| lease.told);
        self.loaded_until(UnixMillis(told));
        Ok(())
    }

    /// Gives all leases back, and leaves the warehouse before: whoever takes the lease claims it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn give_leases_back(&self) -> Result<(), AppError> {
        if self.inner.store.engine() == Engine::Sqlite {
            return Ok(());
        }
        self.leave_loading();
        for job in [Job::Load, Job::Work, Job::Forget] {
            self.lease(job).give_back(&self.inner.store).await?;
        }
        Ok(())
    }

    /// Does work that only one node does at a time, and waits until it is this one's turn. What the
    /// work would still change once another node has the turn is refused. One caller at a time.
    ///
    /// # Errors
    /// Those of the work; when the store fails; or when another node took this one for dead.
    pub(crate) async fn in_turn<T>(
        &self,
        job: Job,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let (lease, store) = (self.lease(job), &self.inner.store);
        if lease.held() == Held::Alone {
            return work.await;
        }
        // What was held before may have been taken over.
        lease.tend(store, Duration::ZERO, 0).await?;
        while lease.held() == Held::No {
            tokio::time::sleep(TURN_PAUSE).await;
            lease.tend(store, TURN_PAUSE, 0).await?;
        }
        let beats = async {
            while lease.held() != Held::No {
                tokio::time::sleep(LEASE_BEAT).await;
                if let Err(error) = lease.tend(store, LEASE_BEAT, 0).await {
                    tracing::debug!(%error, job = job.name(), "a lease was not looked at");
                }
            }
        };
        let fenced = async {
            match lease.claim_of(lease.held()) {
                Some(claim) => under(claim, work).await,
                None => work.await,
            }
        };
        let done = tokio::select! {
            done = fenced => done,
            () = beats => Err(AppError::Unavailable {
                code: "store_busy",
                detail: "another node has taken the turn over; it is tried again".to_owned(),
            }),
        };
        if let Err(error) = lease.give_back(store).await {
            tracing::debug!(%error, job = job.name(), "others notice that the turn is over");
        }
        done
    }

    /// Whether this node may change the warehouse.
    pub(crate) fn writes_facts(&self) -> bool {
        self.load_lease().held() != Held::No
    }

    /// Whether this node runs imports.
    pub(crate) fn runs_imports(&self) -> bool {
        self.work_lease().held() != Held::No
    }

    fn lease(&self, job: Job) -> &Lease {
        match job {
            Job::Load => self.load_lease(),
            Job::Work => self.work_lease(),
            Job::Forget => &self.inner.nodes.forget,
        }
    }
}
