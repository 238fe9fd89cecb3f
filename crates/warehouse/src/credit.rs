//! Credit: which touch an outcome is owed to, under each attribution model.

use base::{TrafficKey, UnixMillis};

/// A share of a whole outcome, in millionths.
pub const SHARE_WHOLE_MICROS: i64 = 1_000_000;

/// An attribution model whose credits are stored with the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Attribution {
    /// The visitor's first touch.
    First,
    /// The last touch before the outcome.
    Last,
    /// The last touch that was not direct; the last touch when all were direct.
    #[default]
    LastNonDirect,
}

/// A moment when traffic brought a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Touch {
    // The order of the fields is the order of touches: time, sequence, then key as tie-break.
    pub(crate) at: UnixMillis,
    pub(crate) seq: i64,
    pub(crate) traffic: TrafficKey,
    pub(crate) direct: bool,
}

/// A part of an outcome and the traffic it is owed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Credit {
    pub(crate) traffic: TrafficKey,
    /// The touch's time; the outcome's creation where there is no touch.
    pub(crate) touch_at: UnixMillis,
    pub(crate) share_micros: i64,
}

/// What credit needs to know of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Credited {
    pub(crate) created: UnixMillis,
    /// Traffic given by hand or by an import, if any.
    pub(crate) declared: Option<TrafficKey>,
}

/// Traffic that nobody knows.
pub(crate) const UNKNOWN_TRAFFIC: TrafficKey = TrafficKey(0);

impl Attribution {
    pub const ALL: [Self; 3] = [Self::First, Self::Last, Self::LastNonDirect];

    /// The name it is stored and asked for by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::LastNonDirect => "last_non_direct",
        }
    }

    /// Reads a name; `None` when no model has it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }

    /// The same choice as an order of rows `t` of touches: the first row is the chosen one.
    #[must_use]
    pub fn choice(self) -> &'static str {
        match self {
            Self::First => "t.at_ms, t.seq, t.traffic",
            Self::Last => "t.at_ms desc, t.seq desc, t.traffic desc",
            Self::LastNonDirect => "t.direct, t.at_ms desc, t.seq desc, t.traffic desc",
        }
    }

    /// Splits one outcome among touches. The shares sum to the whole.
    ///
    /// `touches` are the visitor's, sorted; those after the outcome's creation are left out.
    pub(crate) fn credits(self, outcome: Credited, touches: &[Touch]) -> Vec<Credit> {
        let before = touches.partition_point(|touch| touch.at <= outcome.created);
        let touches = &touches[..before];
        let chosen = match self {
            Self::First => touches.first(),
            Self::Last => touches.last(),
            Self::LastNonDirect => touches
                .iter()
                .rev()
                .find(|touch| !touch.direct)
                .or(touches.last()),
        };
        let (traffic, touch_at) = match chosen {
            Some(touch) => (touch.traffic, touch.at),
            None => (outcome.declared.unwrap_or(UNKNOWN_TRAFFIC), outcome.created),
        };
        vec![Credit {
            traffic,
            touch_at,
            share_micros: SHARE_WHOLE_MICROS,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOUCHES: [Touch; 4] = [
        touch(10, 1, true),
        touch(20, 2, false),
        touch(30, 3, true),
        touch(50, 4, false),
    ];

    const fn touch(at: i64, traffic: u64, direct: bool) -> Touch {
        Touch {
            at: UnixMillis(at),
            seq: 0,
            traffic: TrafficKey(traffic),
            direct,
        }
    }

    #[track_caller]
    fn check(model: Attribution, created: i64, traffic: u64, touch_at: i64) {
        let outcome = Credited {
            created: UnixMillis(created),
            declared: Some(TrafficKey(9)),
        };
        let credits = model.credits(outcome, &TOUCHES);
        let expected = Credit {
            traffic: TrafficKey(traffic),
            touch_at: UnixMillis(touch_at),
            share_micros: SHARE_WHOLE_MICROS,
        };
        assert_eq!(credits, [expected]);
    }

    #[test]
    fn each_model_chooses_its_touch() {
        check(Attribution::First, 40, 1, 10);
        check(Attribution::Last, 40, 3, 30);
        check(Attribution::LastNonDirect, 40, 2, 20);
    }

    #[test]
    fn the_last_touch_counts_when_all_were_direct() {
        check(Attribution::LastNonDirect, 15, 1, 10);
    }

    #[test]
    fn a_touch_at_the_very_moment_of_the_outcome_counts() {
        check(Attribution::Last, 50, 4, 50);
    }

    #[test]
    fn without_a_touch_the_declared_source_is_credited_at_creation() {
        check(Attribution::Last, 5, 9, 5);
    }

    #[test]
    fn without_touch_and_declaration_the_credit_is_unknown() {
        let outcome = Credited {
            created: UnixMillis(5),
            declared: None,
        };
        assert_eq!(
            Attribution::First.credits(outcome, &[])[0].traffic,
            UNKNOWN_TRAFFIC
        );
    }
}
