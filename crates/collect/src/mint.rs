//! New ids. Randomness comes from outside; derived ids come from content.

use std::hash::Hasher;

use base::{FactId, SiteId, WorkspaceId};
use siphasher::sip128::{Hasher128, SipHasher24};

/// A source of random 64-bit numbers.
pub trait Minter: Send + Sync {
    fn mint(&self) -> u64;
}

/// How long after a click its landing may still join the click's visit.
pub(crate) const LANDING_WINDOW_MS: i64 = 30 * 60 * 1000;

/// The fact id of an event whose sender chose its id: a retry derives the same one.
#[must_use]
pub fn event_fact_id(workspace: WorkspaceId, event_id: &str) -> FactId {
    derive_fact_id("event", workspace, &[event_id.as_bytes()])
}

/// The fact id of an event that a browser named, for as long as browsers repeat.
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
    use super::*;

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
