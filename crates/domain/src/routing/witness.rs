//! Whoever looks on while a click is routed.

use base::{FlowId, OfferId};

use super::snapshot::PreparedCampaign;

/// How a flow came to its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Forced,
    /// The visitor is bound to it.
    Bound,
    /// By its place in the list.
    Position,
    /// By weight.
    Drawn,
    /// Nobody else took the click.
    Default,
}

/// What became of its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Taken,
    RuleFailed,
    /// All its offers are full, and so are their alternatives.
    NoRoom,
}

/// Is told what happens, in order.
pub(super) trait Witness<'s> {
    fn enters(&mut self, _campaign: &'s PreparedCampaign) {}
    fn tries(&mut self, _flow: FlowId, _turn: Turn, _fate: Fate) {}
    /// The visitor is bound to a flow that is no regular one any more.
    fn has_lost(&mut self, _flow: FlowId) {}
    fn finds_full(&mut self, _offer: OfferId) {}
}

impl Witness<'_> for () {}
