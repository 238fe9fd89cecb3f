//! What part of a workspace's leads and deals is read: those of some people, of some traffic.

use base::{TrafficKey, UserId};

use crate::filter::maybe_one_of;
use crate::statement::Bind;
use crate::value::Value;

/// Stands among the people of a [`Reach`] for leads and deals that nobody is responsible for.
pub const NOBODY: UserId = UserId(0);

/// The leads and deals that may be read. A deal that nobody is responsible for is of whoever is
/// responsible for its lead.
///
/// Fills two placeholders: the people and the traffic keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whoever is responsible; anybody, and [`NOBODY`], when absent.
    pub assignees: Option<Vec<UserId>>,
    /// Where zero stands for "unknown"; any when absent.
    pub traffic_keys: Option<Vec<TrafficKey>>,
}

impl Reach {
    /// All that a workspace has.
    pub const WHOLE: Self = Self {
        assignees: None,
        traffic_keys: None,
    };
}

impl Bind for Reach {
    fn bind_to(&self, values: &mut Vec<Value>) {
        let assignees = self.assignees.as_ref();
        maybe_one_of(assignees.map(|ids| ids.iter().map(|id| id.0))).bind_to(values);
        let keys = self.traffic_keys.as_ref();
        maybe_one_of(keys.map(|keys| keys.iter().map(|key| key.0.cast_signed()))).bind_to(values);
    }
}
