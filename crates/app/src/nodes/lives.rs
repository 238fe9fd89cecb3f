//! Which of the other nodes live, as far as this one sees, and among how many limits are shared.

use std::collections::BTreeMap;
use std::time::Duration;

use base::UnixMillis;
use store::nodes::Node;

use super::{NodeRole, ThisNode};

/// A node that has said nothing for so long is away.
const SILENT: Duration = Duration::from_secs(20);
/// A look that comes later than this says nothing of the time between.
const LOOK_LATE: Duration = Duration::from_secs(10);

/// Among how many nodes a limit is shared out: each lets its part through, so that all together
/// keep it without asking each other before they answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Of clicks and events.
    pub collectors: u32,
    /// Of forms.
    pub doors: u32,
}

/// What was seen of the others' lives.
#[derive(Debug, Default)]
pub struct Lives {
    by_name: BTreeMap<String, Life>,
    has_looked: bool,
}

/// How a node was seen to live: it says so every few seconds.
#[derive(Debug)]
struct Life {
    seen_at: UnixMillis,
    /// How long it has said nothing.
    still: Duration,
    silent_since: Option<UnixMillis>,
    roles: String,
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            collectors: 1,
            doors: 1,
        }
    }
}

impl Shares {
    /// This node's part of a limit: never nothing, and nothing where there is no limit.
    #[must_use]
    pub fn part(limit: u32, among: u32) -> u32 {
        limit.div_ceil(among.max(1))
    }
}

impl Lives {
    /// Looks whether the others still say that they live. `elapsed` is the time since the last
    /// look, by a clock that nobody sets: those of other nodes are not compared with it. Only the
    /// first look takes their word for when they were seen last, so that who was gone before counts
    /// for nobody; where their clock is wrong, they are there again with their next word.
    pub fn look(&mut self, this: &ThisNode, all: &[Node], elapsed: Duration, now: UnixMillis) {
        let runs = |node: &&Node| node.gone_at.is_none() && node.stopped_segment.is_none();
        let others = all.iter().filter(|node| node.name != this.name);
        let running: Vec<&Node> = others.filter(runs).collect();
        self.by_name
            .retain(|name, _| running.iter().any(|node| node.name == *name));
        let is_first = !std::mem::replace(&mut self.has_looked, true);
        for node in running {
            let said = u64::try_from(now.since_ms(node.seen_at)).unwrap_or_default();
            let fresh = Life {
                seen_at: node.seen_at,
                still: match is_first && Duration::from_millis(said) >= SILENT {
                    true => SILENT,
                    false => Duration::ZERO,
                },
                silent_since: None,
                roles: String::new(),
            };
            let life = self.by_name.entry(node.name.clone()).or_insert(fresh);
            life.roles.clone_from(&node.roles);
            if life.seen_at == node.seen_at {
                life.still += elapsed.min(LOOK_LATE);
            } else {
                (life.seen_at, life.still, life.silent_since) =
                    (node.seen_at, Duration::ZERO, None);
            }
            if life.still >= SILENT {
                life.silent_since.get_or_insert(now);
            }
        }
    }

    /// The names of those that say nothing any more, with since when.
    pub(super) fn silent(&self) -> impl Iterator<Item = (String, UnixMillis)> {
        let lives = self.by_name.iter();
        lives.filter_map(|(name, life)| Some((name.clone(), life.silent_since?)))
    }

    /// Among how many limits are shared out: this node, and those that live.
    #[must_use]
    pub fn shares(&self, this: &ThisNode) -> Shares {
        let count = |role: NodeRole| {
            let has = |life: &&Life| {
                life.silent_since.is_none() && life.roles.split(',').any(|one| one == role.name())
            };
            let others = self.by_name.values().filter(has).count();
            let own = usize::from(this.roles.has(role));
            u32::try_from((others + own).max(1)).unwrap_or(u32::MAX)
        };
        Shares {
            collectors: count(NodeRole::Collect),
            doors: count(NodeRole::Api),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, roles: &str, seen_ms: i64) -> Node {
        Node {
            name: name.to_owned(),
            folder: name.to_owned(),
            roles: roles.to_owned(),
            address: String::new(),
            version: String::new(),
            seen_at: UnixMillis(seen_ms),
            stopped_segment: None,
            stopped_offset: None,
            gone_at: None,
            is_unswept: false,
        }
    }

    #[test]
    fn limits_are_shared_out_among_those_that_live() {
        let this = ThisNode::alone("a");
        let mut lives = Lives::default();
        let second = Duration::from_secs(5);
        let mut look = |rows: &[Node]| {
            lives.look(&this, rows, second, UnixMillis(0));
            let shares = lives.shares(&this);
            (shares.collectors, shares.doors)
        };
        assert_eq!(look(&[row("a", "collect", 1)]), (1, 1));
        let others = |seen| {
            let silent = row("b", "collect", 1);
            let door = row("d", "load,api,work", seen);
            [silent, row("c", "collect", seen), door]
        };
        assert_eq!(look(&others(1)), (3, 2));
        // One says nothing any more; its clock is not asked, and neither are the others'.
        for seen in 2..4 {
            assert_eq!(look(&others(seen)), (3, 2));
        }
        assert_eq!(look(&others(5)), (2, 2));
        let mut stopped = row("c", "collect", 6);
        stopped.stopped_segment = Some(0);
        assert_eq!(look(&[stopped, row("b", "collect", 9)]), (2, 1));
    }

    #[test]
    fn who_was_gone_before_a_start_has_no_part_and_is_back_with_its_first_word() {
        let this = ThisNode::alone("a");
        let mut lives = Lives::default();
        let mut look = |rows: &[Node], now_ms: i64| {
            lives.look(&this, rows, Duration::ZERO, UnixMillis(now_ms));
            lives.shares(&this).collectors
        };
        let (gone, lives_on) = (row("b", "collect", 70_000), row("c", "collect", 99_000));
        // A clock that is ahead of this one's says nothing of a silence.
        let ahead = row("d", "collect", 500_000);
        assert_eq!(look(&[gone, lives_on, ahead], 100_000), 3);
        // Who comes later is new, whatever its clock says.
        let later = ["b", "c", "d", "e"].map(|name| row(name, "collect", 70_000));
        assert_eq!(look(&later, 101_000), 4);
        let back = ["b", "c", "d", "e"].map(|name| row(name, "collect", 70_001));
        assert_eq!(look(&back, 102_000), 5);
    }

    #[test]
    fn parts_of_a_limit_let_something_through_and_no_limit_stays_none() {
        assert_eq!(Shares::part(50, 1), 50);
        assert_eq!(Shares::part(50, 3), 17);
        assert_eq!(Shares::part(1, 4), 1);
        assert_eq!(Shares::part(0, 4), 0);
    }
}
