//! The raw tuple that says where a visit, or a unit of spend, came from.

use serde::{Deserialize, Serialize};

use crate::{ClickIdKind, TrafficKey, WorkspaceId};

/// Where traffic came from, as it was tagged: the dictionary entry behind a traffic key.
///
/// Channels and titles are versioned labels on these tuples; the tuple itself never changes.
/// Empty text means that the part was not given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Traffic {
    /// `utm_source`, or the source that the referrer resolves to.
    pub source: String,
    /// `utm_medium`.
    pub medium: String,
    /// `utm_campaign`: a platform's campaign name or id.
    pub campaign: String,
    /// `utm_group`/`adgroup`: name or id of the ad group.
    pub ad_group: String,
    /// `utm_content`: name or id of the ad.
    pub ad: String,
    /// `utm_term`.
    pub keyword: String,
    /// Which ad platform's click id came along, if any. Its value is kept on the hit.
    pub click_id: Option<ClickIdKind>,
    /// Host of an external referrer.
    pub referrer: String,
    /// The GA4-style default channel group of this tuple, e.g. `paid_search`.
    pub default_channel: String,
}

impl Traffic {
    /// The tuple of a visit that came from nowhere we know.
    #[must_use]
    pub fn direct() -> Self {
        Self {
            default_channel: "direct".to_owned(),
            ..Self::default()
        }
    }

    /// A visit without campaign, click id or external referrer.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.source.is_empty()
            && self.medium.is_empty()
            && self.campaign.is_empty()
            && self.click_id.is_none()
            && self.referrer.is_empty()
    }

    /// The key of this tuple in a workspace: 64 bits of folded 128-bit FNV-1a over the parts, each
    /// ended by a byte that cannot occur in text, so that neighbouring parts never run together.
    #[must_use]
    pub fn key(&self, workspace: WorkspaceId) -> TrafficKey {
        let mut hash = Fnv::new();
        hash.write(&workspace.0.to_le_bytes());
        for part in [
            &self.source,
            &self.medium,
            &self.campaign,
            &self.ad_group,
            &self.ad,
            &self.keyword,
            &self.referrer,
            &self.default_channel,
        ] {
            hash.write(part.as_bytes());
            hash.write(&[0xff]);
        }
        hash.write(self.click_id.map_or("", ClickIdKind::name).as_bytes());
        TrafficKey(hash.finish())
    }
}

struct Fnv(u128);

impl Fnv {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(Self::PRIME);
        }
    }

    /// Upper and lower halves folded; zero is kept for "unknown".
    fn finish(self) -> u64 {
        let folded = (self.0 >> 64) ^ (self.0 & u128::from(u64::MAX));
        u64::try_from(folded).unwrap_or(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_parts_never_run_together() {
        let left = Traffic {
            source: "ab".into(),
            medium: "c".into(),
            ..Traffic::default()
        };
        let right = Traffic {
            source: "a".into(),
            medium: "bc".into(),
            ..Traffic::default()
        };
        assert_ne!(left.key(WorkspaceId(1)), right.key(WorkspaceId(1)));
        assert_ne!(left.key(WorkspaceId(1)), left.key(WorkspaceId(2)));
    }

    #[test]
    fn the_direct_tuple_is_direct() {
        assert!(Traffic::direct().is_direct());
    }
}
