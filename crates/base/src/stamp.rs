//! Ids of hits: made of what the hit says anyway, or derived from the sender's own.

use serde::{Deserialize, Serialize};

use crate::{FactId, UnixMillis, VisitId};

/// What tells a hit from every other; [`crate::Hit::fact_id`] is the whole id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HitId {
    /// Time, visit and this mark make the id, so only the mark is kept.
    Stamped(u16),
    /// Derived from the id that a server or a file gave, which may send the same again years later.
    Sender(FactId),
    /// Derived from the id that a browser gave; one that saw no answer asks once more, and soon.
    Browser(FactId),
}

impl HitId {
    /// How long after a browser's delivery the same one counts as a repetition.
    pub const BROWSER_REPEATS_MS: i64 = 3600 * 1000;
}

/// What a stamped id says by itself, so that a landing finds its click's visit without any memory.
///
/// Layout, from the top: 48 bits of milliseconds, 16 bits of mark, 64 bits of the visit. A
/// visitor's times never repeat, so neither does the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub at: UnixMillis,
    /// Of a click: a keyed hash of the browser.
    pub mark: u16,
    pub visit: VisitId,
}

const MARK_BITS: u32 = 16;
const VISIT_BITS: u32 = 64;
const MILLIS_MASK: u128 = (1 << 48) - 1;

impl Stamp {
    #[must_use]
    pub fn id(self) -> FactId {
        let millis = u128::try_from(self.at.0.max(0)).unwrap_or(0) & MILLIS_MASK;
        let marked = (millis << MARK_BITS) | u128::from(self.mark);
        FactId((marked << VISIT_BITS) | u128::from(self.visit.0))
    }

    #[must_use]
    pub fn of(id: FactId) -> Self {
        let part = |shift: u32, mask: u64| u64::try_from((id.0 >> shift) & u128::from(mask));
        let millis = id.0 >> (VISIT_BITS + MARK_BITS);
        Self {
            at: UnixMillis(i64::try_from(millis).unwrap_or(0)),
            mark: part(VISIT_BITS, u64::from(u16::MAX))
                .ok()
                .and_then(|mark| u16::try_from(mark).ok())
                .unwrap_or(0),
            visit: VisitId(part(0, u64::MAX).unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_carries_its_stamp(at in 0_i64..1 << 48, mark: u16, visit: u64) {
            let stamp = Stamp { at: UnixMillis(at), mark, visit: VisitId(visit) };
            prop_assert_eq!(Stamp::of(stamp.id()), stamp);
        }
    }
}
