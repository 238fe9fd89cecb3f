//! New ids. Randomness comes from outside; derived ids come from content.

use std::hash::Hasher;

use base::{FactId, SiteId, UnixMillis, VisitId, WorkspaceId};
use siphasher::sip128::{Hasher128, SipHasher24};

/// A source of random 64-bit numbers.
pub trait Minter: Send + Sync {
    fn mint(&self) -> u64;
}

/// How long after a click its landing may still join the click's visit.
pub(crate) const LANDING_WINDOW_MS: i64 = 30 * 60 * 1000;

/// What a click id says by itself, so that a landing finds its visit without any memory.
///
/// Layout, from the top: 48 bits of milliseconds, 16 bits of a keyed hash of the browser, 64 bits
/// of the visit. A visitor's times never repeat, so neither does the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClickStamp {
    pub(crate) at: UnixMillis,
    pub(crate) browser: u16,
    pub(crate) visit: VisitId,
}

impl ClickStamp {
    pub(crate) fn id(self) -> FactId {
        let millis = u128::try_from(self.at.0.max(0)).unwrap_or(0) & 0xffff_ffff_ffff;
        FactId((millis << 80) | (u128::from(self.browser) << 64) | u128::from(self.visit.0))
    }

    pub(crate) fn of(id: FactId) -> Self {
        let part = |shift: u32, mask: u128| u64::try_from((id.0 >> shift) & mask).unwrap_or(0);
        Self {
            at: UnixMillis(i64::try_from(part(80, 0xffff_ffff_ffff)).unwrap_or(0)),
            browser: u16::try_from(part(64, 0xffff)).unwrap_or(0),
            visit: VisitId(part(0, u128::from(u64::MAX))),
        }
    }
}

/// A random fact id.
pub(crate) fn mint_fact_id(minter: &dyn Minter) -> FactId {
    FactId((u128::from(minter.mint()) << 64) | u128::from(minter.mint()))
}

/// The fact id of an event whose sender chose its id: a retry derives the same one.
#[must_use]
pub fn event_fact_id(workspace: WorkspaceId, event_id: &str) -> FactId {
    derive_fact_id("event", workspace, &[event_id.as_bytes()])
}

/// The fact id of an event that a browser named, for [`Repeats::SOON_MS`](base::Repeats).
pub(crate) fn browser_fact_id(workspace: WorkspaceId, site: SiteId, event_id: &str) -> FactId {
    let parts: [&[u8]; 2] = [&site.0.to_le_bytes(), event_id.as_bytes()];
    derive_fact_id("browser", workspace, &parts)
}

/// A fact id from content. `realm` keeps ids of different origins apart.
pub(crate) fn derive_fact_id(realm: &str, workspace: WorkspaceId, parts: &[&[u8]]) -> FactId {
    // The key is fixed: the same content must give the same id on every machine, for ever.
    let mut hasher = SipHasher24::new_with_keys(0x7468_726f_7567_686c, 0x696e_655f_6661_6374);
    hasher.write(realm.as_bytes());
    hasher.write(&workspace.0.to_le_bytes());
    for part in parts {
        hasher.write(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.write(part);
    }
    FactId(hasher.finish128().as_u128())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_click_id_carries_its_stamp(at in 0_i64..1 << 48, browser: u16, visit: u64) {
            let stamp = ClickStamp { at: UnixMillis(at), browser, visit: VisitId(visit) };
            prop_assert_eq!(ClickStamp::of(stamp.id()), stamp);
        }
    }

    #[test]
    fn derived_ids_are_stable_and_scoped() {
        let id = event_fact_id(WorkspaceId(1), "order-1");
        assert_eq!(id, event_fact_id(WorkspaceId(1), "order-1"));
        assert_ne!(id, event_fact_id(WorkspaceId(2), "order-1"));
        assert_ne!(id, event_fact_id(WorkspaceId(1), "order-2"));
        let of_site = |site| browser_fact_id(WorkspaceId(1), SiteId(site), "order-1");
        assert_eq!(of_site(1), of_site(1));
        assert!(of_site(1) != of_site(2) && of_site(1) != id);
    }
}
