//! What would happen to a click, with every rule's verdict.

use base::{CampaignId, FlowId, OfferId};

use super::click::{Click, FoldedClick};
use super::definition::{FlowKind, Subject};
use super::draw::Draw;
use super::memory::Memory;
use super::route::{Decision, ground, witnessed};
use super::snapshot::{PreparedCampaign, PreparedFlow, Snapshot};
use super::witness::{Fate, Turn, Witness};

/// The way of one click.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace<'s> {
    pub hops: Vec<Hop>,
    pub decision: Decision<'s>,
}

/// What happened in one campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub campaign: CampaignId,
    /// In the order in which it happened.
    pub events: Vec<Event>,
    /// Of all flows that are on, also of those that had no turn: forced ones, then regular ones,
    /// then the default one.
    pub verdicts: Vec<FlowVerdict>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Tried {
        flow: FlowId,
        turn: Turn,
        fate: Fate,
    },
    /// The visitor is bound to a flow that is no regular one any more.
    Lost(FlowId),
    /// An offer was passed over. It is told before the flow that it belongs to.
    Full(OfferId),
}

/// Whether a flow's rule passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowVerdict {
    pub flow: FlowId,
    pub kind: FlowKind,
    pub passes: bool,
    /// In the order in which they are written.
    pub filters: Vec<FilterVerdict>,
}

/// Whether a filter holds, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterVerdict {
    pub by: Subject,
    pub holds: bool,
    /// `None` where it is unknown.
    pub seen: Option<String>,
}

/// Routes a click as [`route`](super::route) does and tells all about it; `None` where there is no
/// such campaign. The memory is asked more often, so it should be one that only looks.
#[must_use]
pub fn trace<'s, M: Memory>(
    snapshot: &'s Snapshot,
    campaign: CampaignId,
    click: &Click<'_>,
    memory: &M,
    draw: Draw,
) -> Option<Trace<'s>> {
    let click = FoldedClick::new(click);
    let mut notes = Notes(Vec::new());
    let decision = witnessed(snapshot, campaign, &click, memory, draw, &mut notes)?;
    let hops = notes.0.into_iter().map(|(campaign, events)| Hop {
        campaign: campaign.id,
        events,
        verdicts: verdicts(campaign, &click, memory),
    });
    Some(Trace {
        hops: hops.collect(),
        decision,
    })
}

struct Notes<'s>(Vec<(&'s PreparedCampaign, Vec<Event>)>);

impl Notes<'_> {
    fn note(&mut self, event: Event) {
        if let Some((_, events)) = self.0.last_mut() {
            events.push(event);
        }
    }
}

impl<'s> Witness<'s> for Notes<'s> {
    fn enters(&mut self, campaign: &'s PreparedCampaign) {
        self.0.push((campaign, Vec::new()));
    }

    fn tries(&mut self, flow: FlowId, turn: Turn, fate: Fate) {
        self.note(Event::Tried { flow, turn, fate });
    }

    fn has_lost(&mut self, flow: FlowId) {
        self.note(Event::Lost(flow));
    }

    fn finds_full(&mut self, offer: OfferId) {
        self.note(Event::Full(offer));
    }
}

fn verdicts<M: Memory>(
    campaign: &PreparedCampaign,
    click: &FoldedClick<'_>,
    memory: &M,
) -> Vec<FlowVerdict> {
    let ground = ground(campaign, click, memory);
    let verdict = |flow: &PreparedFlow| {
        let mut filters: Vec<_> = flow.filters.iter().collect();
        filters.sort_by_key(|filter| filter.place);
        let filters = filters.into_iter().map(|filter| FilterVerdict {
            by: filter.subject,
            holds: filter.holds(&ground, flow.id),
            seen: filter.seen(&ground, flow.id),
        });
        FlowVerdict {
            flow: flow.id,
            kind: flow.kind,
            passes: flow.passes(&ground),
            filters: filters.collect(),
        }
    };
    campaign.flows.iter().map(verdict).collect()
}
