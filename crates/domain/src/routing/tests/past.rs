//! A memory for tests: it answers as it was set up, and writes down what it was asked.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use base::{CampaignId, FlowId, OfferId};

use crate::routing::{Bound, Memory, Period, Scope};

#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    pub(super) first: HashMap<Scope, bool>,
    pub(super) clicks: HashMap<(FlowId, Period), u64>,
    pub(super) bound: HashMap<CampaignId, Bound>,
    pub(super) full: HashSet<OfferId>,
    pub(super) asked: RefCell<Vec<Asked>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    First(Scope, u16),
    Clicks(FlowId, Period),
    Bound(CampaignId),
    /// And whether there was one.
    Place(OfferId, bool),
}

impl Past {
    pub(super) fn bound_to(campaign: i64, bound: Bound) -> Self {
        Self {
            bound: [(CampaignId(campaign), bound)].into(),
            ..Self::default()
        }
    }

    pub(super) fn with_full(offers: &[i64]) -> Self {
        Self {
            full: offers.iter().map(|id| OfferId(*id)).collect(),
            ..Self::default()
        }
    }

    fn note(&self, asked: Asked) {
        self.asked.borrow_mut().push(asked);
    }
}

impl Memory for Past {
    fn is_first(&self, scope: Scope, hours: u16) -> Option<bool> {
        self.note(Asked::First(scope, hours));
        self.first.get(&scope).copied()
    }

    fn clicks(&self, flow: FlowId, period: Period) -> Option<u64> {
        self.note(Asked::Clicks(flow, period));
        self.clicks.get(&(flow, period)).copied()
    }

    fn bound(&self, campaign: CampaignId) -> Option<Bound> {
        self.note(Asked::Bound(campaign));
        self.bound.get(&campaign).copied()
    }

    fn take_place(&self, offer: OfferId) -> bool {
        let has_room = !self.full.contains(&offer);
        self.note(Asked::Place(offer, has_room));
        has_room
    }
}
