//! Which facts have become queryable lately, while somebody watches a site.

use std::collections::{HashMap, VecDeque};

use base::{FactId, UnixMillis};
use collect::WATCH_MS_MAX;

/// Facts that are remembered: more than requests are.
const FACTS_MAX: usize = 65_536;

/// When facts were loaded.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    until: UnixMillis,
    at: HashMap<FactId, UnixMillis>,
    order: VecDeque<FactId>,
}

impl Loaded {
    /// From now on, for as long as anybody may watch without asking again.
    pub(super) fn watch(&mut self, now: UnixMillis) {
        self.until = now.plus_ms(WATCH_MS_MAX);
    }

    pub(super) fn add(&mut self, facts: impl Iterator<Item = FactId>, now: UnixMillis) {
        if now >= self.until {
            if !self.order.is_empty() {
                *self = Self::default();
            }
            return;
        }
        for fact in facts {
            if self.at.insert(fact, now).is_none() {
                self.order.push_back(fact);
            }
            if self.order.len() > FACTS_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.at.remove(&oldest);
            }
        }
    }

    pub(super) fn at(&self, fact: FactId) -> Option<UnixMillis> {
        self.at.get(&fact).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(numbers: std::ops::Range<usize>) -> impl Iterator<Item = FactId> {
        numbers.map(|number| FactId(u128::try_from(number).unwrap()))
    }

    #[test]
    fn only_what_comes_while_somebody_watches_is_remembered_and_only_so_much() {
        let (begin, mut loaded) = (UnixMillis(1_000), Loaded::default());
        loaded.add(facts(0..3), begin);
        assert_eq!(loaded.at(FactId(1)), None);
        loaded.watch(begin);
        loaded.add(facts(0..FACTS_MAX + 2), begin.plus_ms(1));
        assert_eq!(loaded.at(FactId(1)), None);
        assert_eq!(loaded.at(FactId(2)), Some(begin.plus_ms(1)));
        assert_eq!(loaded.at.len(), FACTS_MAX);
        loaded.add(facts(0..3), begin.plus_ms(WATCH_MS_MAX));
        assert_eq!((loaded.at.len(), loaded.at(FactId(2))), (0, None));
    }
}
