//! The ingest log: what came in at each door and what became of it, minute by minute.
//!
//! A request is counted once, when it is answered: each thing that it brought as come in, and as
//! stored or as dropped for a reason. Counting asks nobody: it holds one of a few locks for as long
//! as it takes to add some numbers, as the limits do. Somebody else takes the sums away and writes
//! them down.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base::{SiteId, UnixMillis, WorkspaceId};

use crate::DropReason;

/// The finest span that is told apart.
pub(crate) const MINUTE_MS: i64 = 60_000;
const SHARDS: usize = 8;

macro_rules! doors {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// Where something comes in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum IntakeDoor {
            $($(#[$doc])* $name,)+
        }

        impl IntakeDoor {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable name in the store and in answers.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

doors!(
    /// Links.
    Click = "click",
    /// Our own script in browsers.
    Tracker = "tracker",
    /// The image of browsers without scripts.
    Pixel = "pixel",
    /// Servers with a key.
    Server = "server",
    Plausible = "plausible",
    Umami = "umami",
    Matomo = "matomo",
    Ga4 = "ga4",
    Segment = "segment",
);

/// What is counted of something that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntakeEnd {
    /// That it came.
    In,
    Stored,
    Dropped(DropReason),
}

/// One count of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IntakeCell {
    /// When the minute began.
    pub at: UnixMillis,
    /// Whose it was, where that could be told.
    pub workspace: Option<WorkspaceId>,
    pub site: Option<SiteId>,
    pub door: IntakeDoor,
    pub end: IntakeEnd,
}

/// Sums since they were taken the last time. They are as many as sites, doors and reasons, times
/// the minutes between two takings.
#[derive(Debug)]
pub struct IntakeLog {
    shards: [Mutex<HashMap<IntakeCell, u64>>; SHARDS],
    state: RandomState,
}

impl IntakeEnd {
    /// The stable name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Stored => "stored",
            Self::Dropped(reason) => reason.name(),
        }
    }
}

impl IntakeLog {
    /// Takes the sums away.
    #[must_use]
    pub fn take(&self) -> Vec<(IntakeCell, u64)> {
        let taken = self
            .shards
            .iter()
            .map(|shard| std::mem::take(&mut *held(shard)));
        taken.flatten().collect()
    }

    /// Adds what one request of a door brought, and what became of it.
    pub(crate) fn add(&self, door: IntakeDoor, counted: &[(IntakeCell, u64)]) {
        let turn = self
            .state
            .hash_one((door, counted.first().map(|(cell, _)| cell.site)));
        let place = turn % u64::try_from(SHARDS).unwrap_or(1);
        let place = usize::try_from(place).unwrap_or_default();
        let mut shard = held(&self.shards[place]);
        for (cell, count) in counted {
            *shard.entry(*cell).or_default() += count;
        }
    }
}

impl Default for IntakeLog {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            state: RandomState::new(),
        }
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
