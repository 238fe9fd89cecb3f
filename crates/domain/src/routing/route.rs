//! Where a click goes.

use std::cell::OnceCell;

use base::{CampaignId, FlowId, LandingId, OfferId};

use super::chain::HOPS_MAX;
use super::click::{Click, FoldedClick};
use super::definition::{Keeps, Redirect, Rotation};
use super::draw::{Draw, Urn};
use super::filter::Ground;
use super::memory::{Bound, Memory};
use super::snapshot::{
    PreparedAction, PreparedCampaign, PreparedFlow, PreparedLanding, PreparedOffer, Shares,
    Snapshot,
};
use super::witness::{Fate, Turn, Witness};
use crate::target::LinkTarget;

/// What becomes of a click.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision<'s> {
    steps: [Option<Step>; HOPS_MAX + 1],
    pub outcome: Outcome<'s>,
}

/// A campaign that the click went through. Flow and visitor are to be remembered with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub campaign: CampaignId,
    /// `None` where none took it.
    pub flow: Option<FlowId>,
    /// What the visitor is to get again; `None` where nothing is kept or nothing has changed.
    pub bind: Option<Bound>,
}

/// What the browser is answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome<'s> {
    Send {
        how: Redirect,
        target: &'s LinkTarget,
        landing: Option<LandingId>,
        /// Where the landing page leads on to, or the target itself.
        offer: Option<OfferId>,
    },
    Html(&'s str),
    NotFound,
    /// The flow says so.
    Nothing,
    /// No flow took it.
    NoFlow,
}

/// Routes a click that came to a campaign; `None` where there is no such campaign.
#[must_use]
pub fn route<'s, M: Memory>(
    snapshot: &'s Snapshot,
    campaign: CampaignId,
    click: &Click<'_>,
    memory: &M,
    draw: Draw,
) -> Option<Decision<'s>> {
    witnessed(
        snapshot,
        campaign,
        &FoldedClick::new(click),
        memory,
        draw,
        &mut (),
    )
}

/// Routes while somebody looks on. For nobody (`()`) it is compiled to nothing more.
pub(super) fn witnessed<'s, M: Memory, W: Witness<'s>>(
    snapshot: &'s Snapshot,
    campaign: CampaignId,
    click: &FoldedClick<'_>,
    memory: &M,
    draw: Draw,
    witness: &mut W,
) -> Option<Decision<'s>> {
    let mut place = *snapshot.by_id.get(&campaign)?;
    let mut steps = [None; HOPS_MAX + 1];
    let mut draw = draw;
    for step in &mut steps {
        let campaign = &snapshot.campaigns[place];
        witness.enters(campaign);
        let mut turn = Turns {
            snapshot,
            campaign,
            ground: ground(campaign, click, memory),
            draw: &mut draw,
            witness,
        };
        let choice = turn.choose();
        *step = Some(Step {
            campaign: campaign.id,
            flow: choice.as_ref().map(|choice| choice.flow.id),
            bind: choice.as_ref().and_then(|choice| choice.bind),
        });
        let outcome = match choice {
            None => Outcome::NoFlow,
            Some(choice) => match &choice.flow.action {
                PreparedAction::Campaign(next) => {
                    place = *next;
                    continue;
                }
                action => outcome(action, choice.pages),
            },
        };
        return Some(Decision { steps, outcome });
    }
    // Compiled campaigns lead on so often at most, so that no click comes here.
    let outcome = Outcome::NoFlow;
    Some(Decision { steps, outcome })
}

pub(super) fn ground<'g, 'c, M>(
    campaign: &'g PreparedCampaign,
    click: &'g FoldedClick<'c>,
    memory: &'g M,
) -> Ground<'g, 'c, M> {
    Ground {
        click,
        memory,
        campaign: campaign.id,
        unique_hours: campaign.unique_hours,
        zone: &campaign.zone,
        local: OnceCell::new(),
    }
}

impl Decision<'_> {
    /// The campaigns that the click went through, from the one that it came to.
    pub fn steps(&self) -> impl Iterator<Item = Step> {
        self.steps.into_iter().flatten()
    }
}

/// A flow that takes the click.
struct Choice<'s> {
    flow: &'s PreparedFlow,
    pages: Pages<'s>,
    bind: Option<Bound>,
}

/// What was drawn of a flow's pages.
#[derive(Clone, Copy, Default)]
struct Pages<'s> {
    landing: Option<&'s PreparedLanding>,
    offer: Option<&'s PreparedOffer>,
    /// What the share was drawn for, before alternatives.
    drawn: Option<OfferId>,
}

/// The flows' turns in one campaign.
struct Turns<'t, 'c, 's, M, W> {
    snapshot: &'s Snapshot,
    campaign: &'s PreparedCampaign,
    ground: Ground<'t, 'c, M>,
    draw: &'t mut Draw,
    witness: &'t mut W,
}

impl<'s, M: Memory, W: Witness<'s>> Turns<'_, '_, 's, M, W> {
    fn choose(&mut self) -> Option<Choice<'s>> {
        let campaign = self.campaign;
        let mut forced = campaign.forced().iter();
        let forced = forced.find_map(|flow| self.attempt(flow, None, Turn::Forced));
        forced.or_else(|| self.regular()).or_else(|| {
            let flow = campaign.default_flow()?;
            self.attempt(flow, None, Turn::Default)
        })
    }

    fn regular(&mut self) -> Option<Choice<'s>> {
        let (campaign, flows) = (self.campaign, self.campaign.regular());
        if flows.is_empty() {
            return None;
        }
        let bound = match campaign.binding {
            Some(_) => self.ground.memory.bound(campaign.id),
            None => None,
        };
        let choice = match campaign.rotation {
            Rotation::Position => flows.iter().find_map(|flow| {
                let own = bound.filter(|bound| bound.flow == flow.id);
                self.attempt(flow, own, Turn::Position)
            }),
            Rotation::Weight => self.drawn(flows, bound),
        };
        choice.map(|choice| {
            let bind = campaign
                .binding
                .map(|binding| kept(binding.keeps, &choice))
                .filter(|kept| Some(*kept) != bound);
            Choice { bind, ..choice }
        })
    }

    fn drawn(&mut self, flows: &'s [PreparedFlow], bound: Option<Bound>) -> Option<Choice<'s>> {
        let mut urn = Urn::new(&self.campaign.weights);
        if let Some(bound) = bound {
            match flows.iter().position(|flow| flow.id == bound.flow) {
                Some(place) => {
                    urn.take(place);
                    let again = self.attempt(&flows[place], Some(bound), Turn::Bound);
                    if again.is_some() {
                        return again;
                    }
                }
                None => self.witness.has_lost(bound.flow),
            }
        }
        while let Some(place) = urn.draw(self.draw) {
            let choice = self.attempt(&flows[place], None, Turn::Drawn);
            if choice.is_some() {
                return choice;
            }
        }
        None
    }

    fn attempt(
        &mut self,
        flow: &'s PreparedFlow,
        bound: Option<Bound>,
        turn: Turn,
    ) -> Option<Choice<'s>> {
        if !flow.passes(&self.ground) {
            self.witness.tries(flow.id, turn, Fate::RuleFailed);
            return None;
        }
        let pages = match &flow.action {
            PreparedAction::Send {
                landings, offers, ..
            } => self.pages(landings, offers, bound),
            _ => Some(Pages::default()),
        };
        let fate = match pages {
            Some(_) => Fate::Taken,
            None => Fate::NoRoom,
        };
        self.witness.tries(flow.id, turn, fate);
        pages.map(|pages| Choice {
            flow,
            pages,
            bind: None,
        })
    }

    /// A landing page and an offer, where the flow has them; none where every offer is full.
    fn pages(
        &mut self,
        landings: &Shares,
        offers: &Shares,
        bound: Option<Bound>,
    ) -> Option<Pages<'s>> {
        let snapshot = self.snapshot;
        let bound_landing = bound.and_then(|bound| bound.landing);
        let kept = landings.places.iter().copied();
        let kept = kept.map(|place| &snapshot.landings[place]);
        let landing = match kept.into_iter().find(|page| Some(page.id) == bound_landing) {
            Some(page) => Some(page),
            None => {
                let drawn = Urn::new(&landings.weights).draw(self.draw);
                drawn.map(|at| &snapshot.landings[landings.places[at]])
            }
        };
        let pages = Pages {
            landing,
            ..Pages::default()
        };
        if offers.places.is_empty() {
            return Some(pages);
        }
        // The last that can fail: a place that was taken is never given back.
        let (drawn, offer) = self.offer(offers, bound.and_then(|bound| bound.offer))?;
        Some(Pages {
            offer: Some(offer),
            drawn: Some(drawn),
            ..pages
        })
    }

    /// An offer with room, and the one that it was drawn for.
    fn offer(
        &mut self,
        offers: &Shares,
        bound: Option<OfferId>,
    ) -> Option<(OfferId, &'s PreparedOffer)> {
        let snapshot = self.snapshot;
        let id_at = |at: usize| snapshot.offers[offers.places[at]].id;
        let mut urn = Urn::new(&offers.weights);
        let again = (0..offers.places.len()).find(|at| Some(id_at(*at)) == bound);
        if let Some(at) = again {
            urn.take(at);
        }
        let mut next = again.or_else(|| urn.draw(self.draw));
        while let Some(at) = next {
            if let Some(found) = self.with_room(offers.places[at]) {
                return Some((id_at(at), found));
            }
            next = urn.draw(self.draw);
        }
        None
    }

    fn with_room(&mut self, place: usize) -> Option<&'s PreparedOffer> {
        self.snapshot.offer_and_alternatives(place).find(|offer| {
            let has_room = !offer.is_capped || self.ground.memory.take_place(offer.id);
            if !has_room {
                self.witness.finds_full(offer.id);
            }
            has_room
        })
    }
}

fn kept(keeps: Keeps, choice: &Choice<'_>) -> Bound {
    let landing = choice.pages.landing.map(|landing| landing.id);
    Bound {
        flow: choice.flow.id,
        landing: landing.filter(|_| keeps >= Keeps::Landing),
        offer: choice.pages.drawn.filter(|_| keeps >= Keeps::Offer),
    }
}

fn outcome<'s>(action: &'s PreparedAction, pages: Pages<'s>) -> Outcome<'s> {
    match action {
        PreparedAction::Send { how, .. } => {
            let landing = pages.landing.map(|landing| &landing.target);
            let offer = pages.offer.map(|offer| &offer.target);
            match landing.or(offer) {
                Some(target) => Outcome::Send {
                    how: *how,
                    target,
                    landing: pages.landing.map(|landing| landing.id),
                    offer: pages.offer.map(|offer| offer.id),
                },
                // A flow that sends has pages, or it would not have been compiled.
                None => Outcome::NoFlow,
            }
        }
        PreparedAction::Address { how, target } => Outcome::Send {
            how: *how,
            target,
            landing: None,
            offer: None,
        },
        PreparedAction::Html(page) => Outcome::Html(page),
        PreparedAction::NotFound => Outcome::NotFound,
        PreparedAction::Nothing | PreparedAction::Campaign(_) => Outcome::Nothing,
    }
}
