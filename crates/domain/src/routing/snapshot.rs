//! Definitions as the hot path holds them: everything read, every reference a place in a list.

use std::collections::HashMap;

use base::{CampaignId, FlowId, LandingId, OfferId, TimeZone};

use super::chain::ALTERNATIVES_MAX;
use super::definition::{Binding, FlowKind, Joint, Redirect, Rotation};
use super::draw::Weights;
use super::filter::{Ground, PreparedFilter};
use super::memory::Memory;
use crate::target::LinkTarget;

/// What clicks of a workspace are routed by; immutable.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub(super) campaigns: Vec<PreparedCampaign>,
    pub(super) by_id: HashMap<CampaignId, usize>,
    pub(super) landings: Vec<PreparedLanding>,
    pub(super) offers: Vec<PreparedOffer>,
}

#[derive(Debug)]
pub(super) struct PreparedCampaign {
    pub(super) id: CampaignId,
    pub(super) zone: TimeZone,
    pub(super) rotation: Rotation,
    pub(super) binding: Option<Binding>,
    pub(super) unique_hours: u16,
    /// Forced ones, then regular ones, then the default one; each kind in its order.
    pub(super) flows: Vec<PreparedFlow>,
    pub(super) forced: usize,
    /// Of the regular flows.
    pub(super) weights: Weights,
}

#[derive(Debug)]
pub(super) struct PreparedFlow {
    pub(super) id: FlowId,
    pub(super) kind: FlowKind,
    pub(super) joint: Joint,
    /// In the order in which they are asked.
    pub(super) filters: Box<[PreparedFilter]>,
    pub(super) action: PreparedAction,
}

#[derive(Debug)]
pub(super) enum PreparedAction {
    Send {
        how: Redirect,
        landings: Shares,
        offers: Shares,
    },
    Address {
        how: Redirect,
        target: LinkTarget,
    },
    Html(Box<str>),
    NotFound,
    Nothing,
    /// Its place among the campaigns.
    Campaign(usize),
}

/// Places of landing pages or offers, with how often each is drawn.
#[derive(Debug, Default)]
pub(super) struct Shares {
    pub(super) places: Box<[usize]>,
    pub(super) weights: Weights,
}

#[derive(Debug)]
pub(super) struct PreparedLanding {
    pub(super) id: LandingId,
    pub(super) target: LinkTarget,
}

#[derive(Debug)]
pub(super) struct PreparedOffer {
    pub(super) id: OfferId,
    pub(super) target: LinkTarget,
    pub(super) is_capped: bool,
    pub(super) alternative: Option<usize>,
}

impl Snapshot {
    /// Number of campaigns.
    #[must_use]
    pub fn len(&self) -> usize {
        self.campaigns.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.campaigns.is_empty()
    }

    #[must_use]
    pub fn has(&self, campaign: CampaignId) -> bool {
        self.by_id.contains_key(&campaign)
    }

    /// The offer and its alternatives, one after the other.
    pub(super) fn offer_and_alternatives(
        &self,
        place: usize,
    ) -> impl Iterator<Item = &PreparedOffer> {
        let first = self.offers.get(place);
        let next = |offer: &&PreparedOffer| self.offers.get(offer.alternative?);
        std::iter::successors(first, next).take(1 + ALTERNATIVES_MAX)
    }
}

impl PreparedCampaign {
    pub(super) fn forced(&self) -> &[PreparedFlow] {
        &self.flows[..self.forced]
    }

    pub(super) fn regular(&self) -> &[PreparedFlow] {
        let rest = &self.flows[self.forced..];
        match rest {
            [regular @ .., last] if last.kind == FlowKind::Default => regular,
            all => all,
        }
    }

    pub(super) fn default_flow(&self) -> Option<&PreparedFlow> {
        let last = self.flows.last();
        last.filter(|flow| flow.kind == FlowKind::Default)
    }
}

impl PreparedFlow {
    pub(super) fn passes<M: Memory>(&self, ground: &Ground<'_, '_, M>) -> bool {
        let mut filters = self.filters.iter();
        match self.joint {
            Joint::All => filters.all(|filter| filter.holds(ground, self.id)),
            Joint::Any => {
                self.filters.is_empty() || filters.any(|filter| filter.holds(ground, self.id))
            }
        }
    }
}
