//! When keys were used last, noted in memory: whoever keeps it asks now and then what is new.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base::UnixMillis;

use crate::snapshot::{KeyGrant, Snapshot};
use crate::{Collector, Sink};

/// A key is told of again only after this long, however often it is used.
const PAUSE_MS: i64 = 60_000;
/// Keys that are noted at once; what a further one does is told at its next use with room.
const KEYS_MAX: usize = 65_536;

/// A key by the digest of its secret, and when it was used.
pub type KeyUse = ([u8; 32], UnixMillis);

/// The uses that somebody has to be told of.
#[derive(Debug, Default)]
pub(crate) struct KeyUses(Mutex<HashMap<[u8; 32], Use>>);

#[derive(Debug, Clone, Copy)]
struct Use {
    at: UnixMillis,
    told: Option<UnixMillis>,
}

impl<S: Sink> Collector<S> {
    /// Keys that were used since they were told of, each at most once a minute.
    #[must_use]
    pub fn key_uses(&self, now: UnixMillis) -> Vec<KeyUse> {
        self.key_uses.due(now)
    }

    /// The same at the end, whatever the minute.
    #[must_use]
    pub fn key_uses_left(&self) -> Vec<KeyUse> {
        self.key_uses.left()
    }

    /// They are kept now.
    pub fn key_uses_kept(&self, kept: &[KeyUse]) {
        self.key_uses.told(kept);
    }

    /// What the key of a secret may do; that it was used is noted.
    pub(crate) fn use_key(
        &self,
        snapshot: &Snapshot,
        secret: &str,
        now: UnixMillis,
    ) -> Option<KeyGrant> {
        let (digest, grant) = snapshot.grant(secret, now)?;
        self.key_uses.note(digest, now);
        Some(grant)
    }
}

impl KeyUses {
    pub(crate) fn note(&self, key: [u8; 32], now: UnixMillis) {
        let mut uses = self.lock();
        if let Some(known) = uses.get_mut(&key) {
            known.at = known.at.max(now);
        } else if uses.len() < KEYS_MAX {
            uses.insert(
                key,
                Use {
                    at: now,
                    told: None,
                },
            );
        }
    }

    /// Those to be told of now, oldest first.
    pub(crate) fn due(&self, now: UnixMillis) -> Vec<KeyUse> {
        let mut due = self.due_in_any_order(now);
        due.sort_unstable_by_key(|(key, at)| (*at, *key));
        due
    }

    fn due_in_any_order(&self, now: UnixMillis) -> Vec<KeyUse> {
        let mut uses = self.lock();
        // A clock that was set back waits for nothing.
        let is_over = |told: UnixMillis| !(0..PAUSE_MS).contains(&now.since_ms(told));
        uses.retain(|_, it| it.told.is_none_or(|told| told < it.at || !is_over(told)));
        let is_due = |it: &Use| it.told.is_none_or(|told| told < it.at && is_over(told));
        let due = uses.iter().filter(|(_, it)| is_due(it));
        due.map(|(key, it)| (*key, it.at)).collect()
    }

    /// All that nobody was told of, for the last time.
    pub(crate) fn left(&self) -> Vec<KeyUse> {
        let uses = self.lock();
        let left = uses
            .iter()
            .filter(|(_, it)| it.told.is_none_or(|told| told < it.at));
        left.map(|(key, it)| (*key, it.at)).collect()
    }

    /// They were told of: those that failed are due again.
    pub(crate) fn told(&self, told: &[KeyUse]) {
        let mut uses = self.lock();
        for (key, at) in told {
            if let Some(known) = uses.get_mut(key) {
                known.told = Some(*at);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn a_key_is_told_of_once_a_minute_with_its_last_use() {
        let uses = KeyUses::default();
        assert_eq!(uses.due(UnixMillis(0)), []);
        for at in [1_000, 3_000, 2_000] {
            uses.note(KEY, UnixMillis(at));
        }
        let due = uses.due(UnixMillis(3_000));
        assert_eq!(due, [(KEY, UnixMillis(3_000))]);
        uses.told(&due);
        uses.note(KEY, UnixMillis(3_500));
        assert_eq!(uses.due(UnixMillis(62_999)), []);
        assert_eq!(uses.left(), [(KEY, UnixMillis(3_500))]);
        assert_eq!(uses.due(UnixMillis(63_000)), [(KEY, UnixMillis(3_500))]);
    }

    #[test]
    fn what_could_not_be_told_is_due_until_it_is() {
        let uses = KeyUses::default();
        uses.note(KEY, UnixMillis(1_000));
        assert_eq!(uses.due(UnixMillis(1_000)).len(), 1);
        uses.note(KEY, UnixMillis(2_000));
        assert_eq!(uses.due(UnixMillis(900_000)), [(KEY, UnixMillis(2_000))]);
    }

    #[test]
    fn a_use_that_comes_while_it_is_told_is_not_lost() {
        let uses = KeyUses::default();
        uses.note(KEY, UnixMillis(1_000));
        let due = uses.due(UnixMillis(1_000));
        uses.note(KEY, UnixMillis(1_001));
        uses.told(&due);
        assert_eq!(uses.due(UnixMillis(90_000)), [(KEY, UnixMillis(1_001))]);
    }

    #[test]
    fn keys_that_rest_take_no_room() {
        let uses = KeyUses::default();
        uses.note(KEY, UnixMillis(1_000));
        uses.told(&uses.due(UnixMillis(1_000)));
        assert_eq!(uses.due(UnixMillis(61_000)), []);
        assert_eq!(uses.lock().len(), 0);
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nothing_waiting() {
        let uses = KeyUses::default();
        uses.note(KEY, UnixMillis(900_000));
        uses.told(&uses.due(UnixMillis(900_000)));
        assert_eq!(uses.due(UnixMillis(1_000)), []);
        uses.note(KEY, UnixMillis(2_000));
        assert_eq!(uses.due(UnixMillis(2_000)), [(KEY, UnixMillis(2_000))]);
    }
}
