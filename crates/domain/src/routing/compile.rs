//! Checks definitions and turns them into a snapshot.
//!
//! What is wrong is left out by the smallest part that makes sense alone, and told: a flow with a
//! filter that cannot be read is no flow, but its campaign goes on with the others. Never is a
//! filter left out of a rule, which would let everyone in. Whoever saves a definition refuses it
//! where it makes a defect that was not there before, be it another campaign's (a circle has two
//! ends); so what is stored has none, unless what it refers to has gone.

use std::collections::{HashMap, HashSet};

use base::{CampaignId, FlowId, LandingId, OfferId, TimeZone};

use super::chain::{ALTERNATIVES_MAX, HOPS_MAX, Levels};
use super::definition::{
    Action, CAMPAIGNS_MAX, Campaign, Definitions, FLOWS_MAX, Flow, FlowKind, FlowState, HOURS_MAX,
    HTML_BYTES_MAX, Landing, Offer, PAGES_MAX, Room, SHARES_MAX, Share, WEIGHT_MAX,
};
use super::draw::Weights;
use super::flaw::{About, Defect, Flaw, Misfit};
use super::pattern::Expressions;
use super::read::read_rule;
use super::snapshot::{
    PreparedAction, PreparedCampaign, PreparedFlow, PreparedLanding, PreparedOffer, Shares,
    Snapshot,
};
use crate::target::LinkTarget;

/// A snapshot of all that can be used, and what cannot.
#[derive(Debug)]
pub struct Compiled {
    pub snapshot: Snapshot,
    pub defects: Vec<Defect>,
}

/// Checks and compiles what the clicks of a workspace are routed by.
#[must_use]
pub fn compile(definitions: &Definitions) -> Compiled {
    let mut compiler = Compiler::default();
    compiler.landings(&definitions.landings);
    compiler.offers(&definitions.offers);
    let campaigns = compiler.usable_campaigns(&definitions.campaigns);
    let levels = compiler.levels(&campaigns);
    for (place, (campaign, zone)) in campaigns.into_iter().enumerate() {
        let prepared = compiler.campaign(campaign, zone, place, &levels);
        compiler.snapshot.campaigns.push(prepared);
    }
    Compiled {
        snapshot: compiler.snapshot,
        defects: compiler.defects,
    }
}

#[derive(Default)]
struct Compiler {
    snapshot: Snapshot,
    landings: HashMap<LandingId, usize>,
    offers: HashMap<OfferId, usize>,
    flows: HashSet<FlowId>,
    expressions: Expressions,
    defects: Vec<Defect>,
}

impl Compiler {
    fn tell(&mut self, about: About, misfit: Misfit) {
        self.defects.push(misfit.about(about));
    }

    /// The entries that there may be, of a list of the workspace.
    fn bounded<'d, T>(&mut self, list: &'d [T], field: &'static str, max: usize) -> &'d [T] {
        if list.len() > max {
            self.tell(About::All, Misfit::from(Flaw::TooMany(max)).within(field));
        }
        &list[..list.len().min(max)]
    }

    fn landings(&mut self, landings: &[Landing]) {
        for landing in self.bounded(landings, "landings", PAGES_MAX) {
            let about = About::Landing(landing.id);
            let place = self.snapshot.landings.len();
            match read_url(&landing.url) {
                Err(misfit) => self.tell(about, misfit),
                Ok(_) if self.landings.contains_key(&landing.id) => {
                    self.tell(about, Misfit::from(Flaw::SameId).within("id"));
                }
                Ok(target) => {
                    self.landings.insert(landing.id, place);
                    let id = landing.id;
                    self.snapshot.landings.push(PreparedLanding { id, target });
                }
            }
        }
    }

    fn offers(&mut self, offers: &[Offer]) {
        let mut kept = Vec::new();
        for offer in self.bounded(offers, "offers", PAGES_MAX) {
            let about = About::Offer(offer.id);
            match read_url(&offer.url) {
                Err(misfit) => self.tell(about, misfit),
                Ok(_) if self.offers.contains_key(&offer.id) => {
                    self.tell(about, Misfit::from(Flaw::SameId).within("id"));
                }
                Ok(target) => {
                    self.offers.insert(offer.id, kept.len());
                    kept.push(offer);
                    self.snapshot.offers.push(PreparedOffer {
                        id: offer.id,
                        target,
                        is_capped: offer.room == Room::Capped,
                        alternative: None,
                    });
                }
            }
        }
        self.alternatives(&kept);
    }

    fn alternatives(&mut self, offers: &[&Offer]) {
        let place_of = |id: Option<OfferId>| self.offers.get(&id?).copied();
        let links: Vec<Vec<usize>> = offers
            .iter()
            .map(|offer| place_of(offer.alternative).into_iter().collect())
            .collect();
        let levels = Levels::new(&links, ALTERNATIVES_MAX);
        for (place, offer) in offers.iter().enumerate() {
            let flaw = match (offer.alternative, links[place].first()) {
                (None, _) => continue,
                (Some(_), Some(to)) if levels.may_follow(place, *to) => {
                    self.snapshot.offers[place].alternative = Some(*to);
                    continue;
                }
                (Some(_), Some(_)) => Flaw::OfferCircle,
                (Some(_), None) => Flaw::NoOffer,
            };
            self.tell(
                About::Offer(offer.id),
                Misfit::from(flaw).within("alternative"),
            );
        }
    }

    /// Campaigns that may have flows, with their places set.
    fn usable_campaigns<'d>(&mut self, all: &'d [Campaign]) -> Vec<(&'d Campaign, TimeZone)> {
        let mut zones = HashMap::new();
        let mut usable = Vec::new();
        for campaign in self.bounded(all, "campaigns", CAMPAIGNS_MAX) {
            let same = self.snapshot.by_id.contains_key(&campaign.id);
            let checked = match same {
                true => Err(Misfit::from(Flaw::SameId).within("id")),
                false => check_campaign(campaign, &mut zones),
            };
            match checked {
                Err(misfit) => self.tell(About::Campaign(campaign.id), misfit),
                Ok(zone) => {
                    self.snapshot.by_id.insert(campaign.id, usable.len());
                    usable.push((campaign, zone));
                }
            }
        }
        usable
    }

    /// Which campaigns may send to which.
    fn levels(&self, campaigns: &[(&Campaign, TimeZone)]) -> Levels {
        let targets = |campaign: &Campaign| {
            let on = campaign.flows.iter();
            let on = on.filter(|flow| flow.state == FlowState::On);
            let to = on.filter_map(|flow| match &flow.action {
                Action::Campaign { id } => self.snapshot.by_id.get(id).copied(),
                _ => None,
            });
            to.collect()
        };
        let links: Vec<Vec<usize>> = campaigns.iter().map(|(one, _)| targets(one)).collect();
        Levels::new(&links, HOPS_MAX)
    }

    fn campaign(
        &mut self,
        campaign: &Campaign,
        zone: TimeZone,
        place: usize,
        levels: &Levels,
    ) -> PreparedCampaign {
        let (mut flows, mut weights) = (Vec::new(), Vec::new());
        let mut has_default = false;
        for (index, flow) in campaign.flows.iter().enumerate() {
            let prepared = self
                .check_flow(flow, &mut has_default)
                .and_then(|()| self.flow(flow, place, levels));
            match prepared {
                Ok(prepared) if flow.state == FlowState::On => {
                    if flow.kind == FlowKind::Regular {
                        weights.push(flow.weight);
                    }
                    flows.push(prepared);
                }
                Ok(_) => {}
                Err(misfit) => self.tell(
                    About::Campaign(campaign.id),
                    misfit.within_nth("flows", index),
                ),
            }
        }
        flows.sort_by_key(|flow| match flow.kind {
            FlowKind::Forced => 0,
            FlowKind::Regular => 1,
            FlowKind::Default => 2,
        });
        PreparedCampaign {
            id: campaign.id,
            zone,
            rotation: campaign.rotation,
            binding: campaign.binding,
            unique_hours: campaign.unique_hours,
            forced: flows.partition_point(|flow| flow.kind == FlowKind::Forced),
            flows,
            weights: Weights::new(weights),
        }
    }

    /// What no flow may be, whatever it does.
    fn check_flow(&mut self, flow: &Flow, has_default: &mut bool) -> Result<(), Misfit> {
        let in_field = |flaw: Flaw, field| Err(Misfit::from(flaw).within(field));
        if !self.flows.insert(flow.id) {
            return in_field(Flaw::SameId, "id");
        }
        if flow.weight > WEIGHT_MAX {
            return in_field(Flaw::Weight, "weight");
        }
        if flow.kind == FlowKind::Default {
            if !flow.rule.filters.is_empty() {
                return in_field(Flaw::FilteredDefault, "rule");
            }
            // One that is off may wait beside the one that is on.
            if flow.state == FlowState::On && std::mem::replace(has_default, true) {
                return in_field(Flaw::SecondDefault, "kind");
            }
        }
        Ok(())
    }

    fn flow(&mut self, flow: &Flow, from: usize, levels: &Levels) -> Result<PreparedFlow, Misfit> {
        let filters = read_rule(&flow.rule, &mut self.expressions);
        let action = self.action(flow, from, levels);
        Ok(PreparedFlow {
            id: flow.id,
            kind: flow.kind,
            joint: flow.rule.joint,
            filters: filters.map_err(|misfit| misfit.within("rule"))?,
            action: action.map_err(|misfit| misfit.within("action"))?,
        })
    }

    fn action(&self, flow: &Flow, from: usize, levels: &Levels) -> Result<PreparedAction, Misfit> {
        match &flow.action {
            Action::Send {
                how,
                landings,
                offers,
            } => {
                if landings.is_empty() && offers.is_empty() {
                    return Err(Flaw::NoPages.into());
                }
                Ok(PreparedAction::Send {
                    how: *how,
                    landings: shares(landings, "landings", &self.landings, &Flaw::NoLanding)?,
                    offers: shares(offers, "offers", &self.offers, &Flaw::NoOffer)?,
                })
            }
            Action::Address { how, url } => {
                let (how, target) = (*how, read_url(url)?);
                Ok(PreparedAction::Address { how, target })
            }
            Action::Html { body } if body.len() > HTML_BYTES_MAX => {
                Err(Misfit::from(Flaw::LongPage).within("body"))
            }
            Action::Html { body } => Ok(PreparedAction::Html(body.as_str().into())),
            Action::NotFound {} => Ok(PreparedAction::NotFound),
            Action::Nothing {} => Ok(PreparedAction::Nothing),
            Action::Campaign { id } => {
                let to = self.place_of(*id).ok_or(Flaw::NoCampaign);
                let flaw = match to {
                    // One that is off leads nowhere, so that it is not among the links.
                    Ok(to) if flow.state == FlowState::Off || levels.may_follow(from, to) => {
                        return Ok(PreparedAction::Campaign(to));
                    }
                    Ok(_) => Flaw::CampaignCircle,
                    Err(flaw) => flaw,
                };
                Err(Misfit::from(flaw).within("id"))
            }
        }
    }

    fn place_of(&self, campaign: CampaignId) -> Option<usize> {
        self.snapshot.by_id.get(&campaign).copied()
    }
}

fn check_campaign(
    campaign: &Campaign,
    zones: &mut HashMap<String, TimeZone>,
) -> Result<TimeZone, Misfit> {
    let hours = |hours: u16| match hours {
        1..=HOURS_MAX => Ok(()),
        _ => Err(Misfit::from(Flaw::Hours)),
    };
    hours(campaign.unique_hours).map_err(|misfit| misfit.within("unique_hours"))?;
    if let Some(binding) = campaign.binding {
        hours(binding.hours).map_err(|misfit| misfit.within("hours").within("binding"))?;
    }
    if campaign.flows.len() > FLOWS_MAX {
        return Err(Misfit::from(Flaw::TooMany(FLOWS_MAX)).within("flows"));
    }
    if let Some(zone) = zones.get(&campaign.zone) {
        return Ok(zone.clone());
    }
    let zone: TimeZone = campaign
        .zone
        .parse()
        .map_err(|_| Misfit::from(Flaw::NoZone(campaign.zone.clone())).within("zone"))?;
    zones.insert(campaign.zone.clone(), zone.clone());
    Ok(zone)
}

fn shares<Id: Copy + Eq + std::hash::Hash>(
    list: &[Share<Id>],
    field: &'static str,
    known: &HashMap<Id, usize>,
    missing: &Flaw,
) -> Result<Shares, Misfit> {
    if list.len() > SHARES_MAX {
        return Err(Misfit::from(Flaw::TooMany(SHARES_MAX)).within(field));
    }
    let mut places = Vec::with_capacity(list.len());
    for (index, share) in list.iter().enumerate() {
        let refuse =
            |flaw: Flaw, part| Err(Misfit::from(flaw).within(part).within_nth(field, index));
        match known.get(&share.id).copied() {
            None => return refuse(missing.clone(), "id"),
            Some(place) if places.contains(&place) => return refuse(Flaw::Twice, "id"),
            Some(_) if share.weight > WEIGHT_MAX => return refuse(Flaw::Weight, "weight"),
            Some(place) => places.push(place),
        }
    }
    let weights = Weights::new(list.iter().map(|share| share.weight));
    if !list.is_empty() && weights.total() == 0 {
        return Err(Misfit::from(Flaw::NothingToDraw).within(field));
    }
    Ok(Shares {
        places: places.into_boxed_slice(),
        weights,
    })
}

fn read_url(url: &str) -> Result<LinkTarget, Misfit> {
    LinkTarget::parse(url).map_err(|error| Misfit::from(Flaw::from(error)).within("url"))
}
