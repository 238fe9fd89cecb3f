//! Typed ids: no bare number crosses a function boundary.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Text that is not an id of the expected type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an id")]
pub struct IdError(pub String);

/// An id that the store counts up; shown in decimal.
macro_rules! store_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self).map_err(|_| IdError(text.to_owned()))
            }
        }
    )+};
}

/// An id that is minted or derived from content; shown in base 32 (Crockford's alphabet).
macro_rules! minted_id {
    ($($(#[$doc:meta])* $name:ident($inner:ty)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl From<$name> for $inner {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&encode(u128::from(self.0), <$inner>::BITS))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                decode(text, <$inner>::BITS)
                    .and_then(|value| <$inner>::try_from(value).ok())
                    .map(Self)
                    .ok_or_else(|| IdError(text.to_owned()))
            }
        }
    )+};
}

store_id!(
    /// The tenant that everything belongs to.
    WorkspaceId,
    /// A person who can sign in.
    UserId,
    /// A web site whose visits are collected.
    SiteId,
    /// A click link, `/c/{slug}`.
    LinkId,
    /// A node of the channel tree.
    ChannelId,
    /// A request from a possible customer.
    LeadId,
    /// A lead that sales works on.
    DealId,
    /// Money received or returned for a deal.
    PaymentId,
    /// One run of a file import.
    ImportId,
    /// An entrance for traffic whose flows say where each click goes.
    CampaignId,
    /// One way through a campaign.
    FlowId,
    /// A page that a flow shows before the offer.
    LandingId,
    /// What is advertised, at the advertiser's address.
    OfferId,
);

minted_id!(
    /// Identity of a fact: retries carry the same id. A click's id is its fact id.
    FactId(u128),
    /// A browser (cookie) or a daily cookieless hash.
    VisitorId(u64),
    /// The visit number that forms and deals carry.
    VisitId(u64),
    /// Points into the dictionary of raw traffic tuples.
    TrafficKey(u64),
);

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn encode(value: u128, bits: u32) -> String {
    let digits = bits.div_ceil(5);
    (0..digits)
        .rev()
        .map(|digit| {
            let index = usize::try_from((value >> (digit * 5)) & 31).unwrap_or_default();
            char::from(ALPHABET[index])
        })
        .collect()
}

fn decode(text: &str, bits: u32) -> Option<u128> {
    let digits = usize::try_from(bits.div_ceil(5)).ok()?;
    if text.len() != digits {
        return None;
    }
    text.bytes().try_fold(0_u128, |value, byte| {
        let upper = byte.to_ascii_uppercase();
        let digit = ALPHABET.iter().position(|letter| *letter == upper)?;
        if value >> 123 != 0 {
            return None;
        }
        Some((value << 5) | u128::try_from(digit).ok()?)
    })
}

/// Hits of machines walk beside the visitor's own, so that a prefetch never opens a person's visit.
const MACHINE_MASK: u64 = 0x4d41_4348_494e_4521;

impl VisitorId {
    /// The visitor that a machine's hits are filed under.
    #[must_use]
    pub fn machine_twin(self) -> Self {
        Self(self.0 ^ MACHINE_MASK)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_minted_id_reads_back(value: u128, short: u64) {
            prop_assert_eq!(FactId(value).to_string().parse(), Ok(FactId(value)));
            prop_assert_eq!(VisitId(short).to_string().parse(), Ok(VisitId(short)));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<FactId>();
            let _ = text.parse::<VisitId>();
        }
    }

    #[test]
    fn too_large_a_value_is_refused() {
        assert!("ZZZZZZZZZZZZZ".parse::<VisitId>().is_err());
        assert!("ZZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<FactId>().is_err());
    }

    #[test]
    fn letters_are_read_in_either_case() {
        let id = FactId(0xABCD_EF01);
        assert_eq!(id.to_string().to_lowercase().parse(), Ok(id));
    }
}
