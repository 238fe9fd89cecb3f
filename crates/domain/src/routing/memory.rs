//! What is remembered of clicks before this one. It is asked only where an answer depends on it.

use base::{CampaignId, FlowId, LandingId, OfferId};

/// Answers about visitors and flows. All answers are for the visitor of the click.
pub trait Memory {
    /// Whether the visitor was not there within so many hours; `None` where nobody can tell.
    fn is_first(&self, scope: Scope, hours: u16) -> Option<bool>;

    /// How many clicks the flow took in the period that goes on; `None` where nobody can tell.
    fn clicks(&self, flow: FlowId, period: Period) -> Option<u64>;

    /// What the visitor got of the campaign before, if that is not too long ago.
    fn bound(&self, campaign: CampaignId) -> Option<Bound>;

    /// Takes a place at a capped offer, if there is one left.
    ///
    /// In one routing it says `true` once at most, and that offer is the answer's. So whoever
    /// counts down in here never lets more through than there are places. A dry run only looks.
    fn take_place(&self, offer: OfferId) -> bool;
}

/// Where a visitor may have been before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    Campaign(CampaignId),
    Flow(FlowId),
    /// Any campaign of the workspace.
    Global,
}

/// The time that clicks are counted in. Hours and days are those of the campaign's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    Hour,
    Day,
    Total,
}

/// What a visitor gets again. Landing page and offer are those of the flow, where they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bound {
    pub flow: FlowId,
    pub landing: Option<LandingId>,
    /// As it was drawn, also where it was full and its alternative was shown.
    pub offer: Option<OfferId>,
}

/// Remembers nothing: every visitor is unknown, no click was counted, every offer has room.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMemory;

impl Memory for NoMemory {
    fn is_first(&self, _: Scope, _: u16) -> Option<bool> {
        None
    }

    fn clicks(&self, _: FlowId, _: Period) -> Option<u64> {
        None
    }

    fn bound(&self, _: CampaignId) -> Option<Bound> {
        None
    }

    fn take_place(&self, _: OfferId) -> bool {
        true
    }
}
