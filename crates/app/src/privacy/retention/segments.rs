//! The days that a workspace keeps data, in this node's own journal.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use base::{Fact, UnixMillis, WorkspaceId};
use journal::{Journal, JournalError};
use store::meta;

use super::{State, key};
use crate::error::Step as _;
use crate::privacy::Look;
use crate::{App, AppError};

/// Segments that are looked through before an erasure has its turn.
const SEGMENTS: u64 = 8;

/// How far the journal is looked through.
struct Walk {
    until: UnixMillis,
    /// Segments that are moved away.
    away: BTreeSet<u64>,
    /// Earlier ones that were, and then those from `next` to `end`.
    earlier: VecDeque<u64>,
    next: u64,
    end: u64,
    /// The first segment that may hold something next time, and earlier ones that may.
    first: u64,
    waiting: BTreeSet<u64>,
    missing: u64,
}

/// When the facts of a segment were recorded.
struct Seen {
    oldest: i64,
    newest: i64,
}

impl App {
    /// Segments are looked through from the first on that may hold something, as far as they are
    /// old enough. Those that were moved away wait until they are back; how many.
    pub(super) async fn expire_journal(
        &self,
        workspace: WorkspaceId,
        until: UnixMillis,
    ) -> Result<u64, AppError> {
        let mut walk = self.begin_walk(workspace, until).await?;
        while !walk.is_over() {
            let _turn = self.inner.erasure_turn.lock().await;
            let (journal, erased) = (
                Arc::clone(&self.inner.journal),
                Arc::clone(&self.inner.erased),
            );
            let go = move || {
                walk.go_on(&journal, &erased.look())?;
                Ok::<Walk, JournalError>(walk)
            };
            let gone = tokio::task::spawn_blocking(go).await;
            let gone = gone.step("write the journal anew")?;
            walk = gone.step("write the journal anew")?;
            let mut tx = self.inner.store.begin().await?;
            let mut state = State::read(&mut tx, workspace).await?;
            state.segment = walk.first;
            state.away = walk.waiting.iter().chain(&walk.earlier).copied().collect();
            meta::put_meta(&mut tx, &key(workspace), &state.written()?).await?;
            tx.commit().await?;
        }
        if walk.missing > 0 {
            tracing::warn!(
                workspace = workspace.0,
                segments = walk.missing,
                "segments of the journal are moved away: what is too old is taken out of them in \
                 the night after they are back"
            );
        }
        Ok(walk.missing)
    }

    async fn begin_walk(
        &self,
        workspace: WorkspaceId,
        until: UnixMillis,
    ) -> Result<Walk, AppError> {
        let journal = &self.inner.journal;
        let rolled = journal.roll().step("close a segment")?;
        rolled.await.step("close a segment")?;
        let away = journal.away().step("list segments")?;
        let mut connection = self.inner.store.read().await?;
        let state = State::read(&mut connection, workspace).await?;
        Ok(Walk {
            until,
            away: away.into_iter().collect(),
            earlier: state.away.into_iter().collect(),
            next: state.segment,
            end: journal.status().durable.segment,
            first: state.segment,
            waiting: BTreeSet::new(),
            missing: 0,
        })
    }
}

impl Walk {
    fn is_over(&self) -> bool {
        self.earlier.is_empty() && self.next >= self.end
    }

    fn take(&mut self) -> Option<u64> {
        if let Some(number) = self.earlier.pop_front() {
            return Some(number);
        }
        let number = self.next;
        (number < self.end).then(|| {
            self.next += 1;
            number
        })
    }

    /// Looks through some of them. Blocks.
    fn go_on(&mut self, journal: &Journal, look: &Look<'_>) -> Result<(), JournalError> {
        for _ in 0..SEGMENTS {
            let Some(number) = self.take() else {
                return Ok(());
            };
            let is_first = number == self.first;
            if self.away.contains(&number) {
                self.missing += 1;
                self.first += u64::from(is_first);
                if number < self.first {
                    self.waiting.insert(number);
                }
                continue;
            }
            let seen = blank_segment(journal, look, number)?;
            if seen.newest <= self.until.0 {
                self.first += u64::from(is_first);
            } else if number < self.first {
                self.waiting.insert(number);
            } else if seen.oldest > self.until.0 {
                // What came behind it is younger.
                self.next = self.end;
            }
        }
        Ok(())
    }
}

fn blank_segment(journal: &Journal, look: &Look<'_>, number: u64) -> Result<Seen, JournalError> {
    let mut seen = Seen {
        oldest: i64::MAX,
        newest: i64::MIN,
    };
    let replacement = |entry: &[u8]| {
        if let Ok(fact) = Fact::decode(entry) {
            seen.oldest = seen.oldest.min(fact.recorded().0);
            seen.newest = seen.newest.max(fact.recorded().0);
        }
        look.replacement(entry)
    };
    journal.blank_some(|one| one == number, replacement, |_, _| {})?;
    Ok(seen)
}
