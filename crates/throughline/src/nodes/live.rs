//! What happens right now, for live screens of nodes that load nothing themselves: the node that
//! loads hands the newest facts over.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use app::{Held, NodeRole};
use base::Fact;
use journal::{Batch, Handover, Position};
use tokio_util::sync::CancellationToken;

use super::inside::Token;
use super::peer::Others;
use crate::surroundings::Machine;
use crate::workers::Parts;

/// Facts that somebody who looks may fall behind.
const NEWEST_MAX: usize = 4_096;
/// What they take at most: a fact may be as long as a door lets it be.
const NEWEST_BYTES_MAX: usize = 4 << 20;
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// While the node that loads is sought, or does not answer.
const SEEK_INTERVAL: Duration = Duration::from_secs(3);

/// The newest facts of the node that loads, as long as somebody looks.
#[derive(Default)]
pub(crate) struct Newest {
    kept: Mutex<Kept>,
    is_looked_at: AtomicBool,
}

#[derive(Default)]
struct Kept {
    /// Told apart from those of an earlier start.
    run: u64,
    /// How many there were before the first of these.
    before: u64,
    facts: VecDeque<Vec<u8>>,
    /// Of all of them.
    bytes: usize,
}

impl Newest {
    /// Keeps what has just become queryable, if anybody looks.
    pub(crate) fn keep(&self, facts: &[Fact]) {
        if !self.is_looked_at.load(Ordering::Relaxed) {
            return;
        }
        let hits = facts.iter().filter(|fact| fact.hit().is_some());
        self.add(hits.filter_map(|fact| fact.encode().ok()));
    }

    fn add(&self, entries: impl Iterator<Item = Vec<u8>>) {
        let mut kept = self.kept();
        for entry in entries {
            kept.bytes += entry.len();
            kept.facts.push_back(entry);
            kept.make_room();
        }
    }

    /// What came behind a place; a place of another start, or none, is where it is now.
    pub(crate) fn since(&self, place: Option<Position>) -> Handover {
        self.is_looked_at.store(true, Ordering::Relaxed);
        let mut kept = self.kept();
        if kept.run == 0 {
            let bytes = app::random::<8>(&Machine);
            kept.run = u64::from_le_bytes(bytes).max(1);
        }
        let end = kept.before + u64::try_from(kept.facts.len()).unwrap_or(u64::MAX);
        let from = place.filter(|place| place.segment == kept.run && place.offset <= end);
        let from = from.map_or(end, |place| place.offset.max(kept.before));
        let skipped = usize::try_from(from - kept.before).unwrap_or(usize::MAX);
        let at = |offset| Position {
            segment: kept.run,
            offset,
        };
        Handover {
            from: at(from),
            batch: Batch {
                entries: kept.facts.iter().skip(skipped).cloned().collect(),
                next: at(end),
                missing: 0,
            },
            ..Handover::default()
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Lets go of the oldest where there are too many, or too much.
    fn make_room(&mut self) {
        while self.facts.len() > NEWEST_MAX || self.bytes > NEWEST_BYTES_MAX {
            let Some(oldest) = self.facts.pop_front() else {
                return;
            };
            self.bytes -= oldest.len();
            self.before += 1;
        }
    }
}

/// Shows on this node's live screens what another one loads, until `stop`.
pub(crate) async fn follow(parts: Parts, token: Option<Token>, stop: CancellationToken) {
    let app = &parts.app;
    if !app.is_shared() || !app.this_node().roles.has(NodeRole::Api) || token.is_none() {
        return;
    }
    let others = Arc::new(Others::for_live(token));
    let mut place = None;
    loop {
        let looked = match app.load_lease().held() {
            Held::No => look(&parts, &others, &mut place).await,
            // What it loads itself it shows anyway.
            Held::Alone | Held::Fenced(_) => {
                place = None;
                Ok(())
            }
        };
        let pause = match looked {
            Ok(()) => LOOK_INTERVAL,
            Err(error) => {
                tracing::debug!(error = format!("{error:#}"), "live screens stand still");
                SEEK_INTERVAL
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn look(
    parts: &Parts,
    others: &Arc<Others>,
    place: &mut Option<Position>,
) -> anyhow::Result<()> {
    let Some(node) = parts.app.who_loads().await? else {
        return Ok(());
    };
    let (others, from) = (Arc::clone(others), *place);
    let piece = tokio::task::spawn_blocking(move || others.newest(&node, from)).await??;
    let facts = piece.batch.entries.iter();
    let facts: Vec<Fact> = facts.filter_map(|entry| Fact::decode(entry).ok()).collect();
    parts.live.publish(&facts);
    *place = Some(piece.batch.next);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(numbers: std::ops::Range<u64>) -> impl Iterator<Item = Vec<u8>> {
        numbers.map(|number| number.to_le_bytes().to_vec())
    }

    #[test]
    fn everything_comes_once_and_a_place_of_an_earlier_start_is_now() {
        let newest = Newest::default();
        newest.add(entries(0..3));
        let first = newest.since(None);
        assert!(first.batch.entries.is_empty(), "nobody looked");
        newest.add(entries(3..8));
        let seen = newest.since(Some(first.batch.next));
        assert_eq!(seen.batch.entries, entries(3..8).collect::<Vec<_>>());
        let again = newest.since(Some(seen.batch.next));
        assert!(again.batch.entries.is_empty());
        let strange = Position {
            segment: seen.batch.next.segment ^ 1,
            offset: 1,
        };
        assert_eq!(newest.since(Some(strange)).batch.next, seen.batch.next);
        // Who falls far behind goes on with the oldest that is kept.
        let many = u64::try_from(NEWEST_MAX).unwrap() + 100;
        newest.add(entries(100..100 + many));
        let late = newest.since(Some(seen.batch.next));
        assert_eq!(late.batch.entries.len(), NEWEST_MAX);
        assert_eq!(late.batch.next.offset, 8 + many);
    }

    #[test]
    fn long_facts_take_no_more_room_than_short_ones() {
        let newest = Newest::default();
        let place = newest.since(None).batch.next;
        let long = || vec![7; NEWEST_BYTES_MAX / 8];
        newest.add((0..30).map(|_| long()));
        assert_eq!(newest.kept().bytes, long().len() * 8);
        let seen = newest.since(Some(place));
        assert_eq!(seen.batch.entries, vec![long(); 8]);
        assert_eq!(seen.batch.next.offset, 30);
        // One that is larger than all the room is passed over, and counted.
        newest.add(std::iter::once(vec![7; NEWEST_BYTES_MAX + 1]));
        let after = newest.since(Some(seen.batch.next));
        assert_eq!(
            (after.batch.entries.len(), after.batch.next.offset),
            (0, 31)
        );
        assert_eq!(newest.kept().bytes, 0);
    }
}
