//! Routing written a second time, straight from the definitions and without regard to time.

use base::{BotReason, CampaignId, Country, Device, FlowId, LandingId, OfferId, TimeZone};
use jiff::civil::{Date, DateTime};
use regex::RegexBuilder;

use crate::routing::{
    Action, Bound, Campaign, Click, Connection, Definitions, Draw, Filter, Flow, FlowKind,
    FlowState, Joint, Keeps, Memory, Op, Outcome, Period, Proxy, Redirect, Room, Rotation, Scope,
    Sender, Share, Step, Subject,
};

#[derive(Debug, PartialEq)]
pub(super) struct Way {
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
}

#[derive(Debug, PartialEq)]
pub(super) enum End {
    Send(Redirect, String, Option<LandingId>, Option<OfferId>),
    Html(String),
    NotFound,
    Nothing,
    NoFlow,
}

impl From<Outcome<'_>> for End {
    fn from(outcome: Outcome<'_>) -> Self {
        match outcome {
            Outcome::Send {
                how,
                target,
                landing,
                offer,
            } => Self::Send(how, target.as_str().to_owned(), landing, offer),
            Outcome::Html(page) => Self::Html(page.to_owned()),
            Outcome::NotFound => Self::NotFound,
            Outcome::Nothing => Self::Nothing,
            Outcome::NoFlow => Self::NoFlow,
        }
    }
}

/// The way of a click, by definitions without defects.
pub(super) fn way(
    all: &Definitions,
    campaign: CampaignId,
    click: &Click<'_>,
    memory: &impl Memory,
    mut draw: Draw,
) -> Option<Way> {
    let mut steps = Vec::new();
    let mut at = all.campaigns.iter().find(|one| one.id == campaign)?;
    loop {
        let mut twin = Twin {
            all,
            campaign: at,
            click,
            memory,
            draw: &mut draw,
        };
        let taken = twin.flow();
        steps.push(Step {
            campaign: at.id,
            flow: taken.as_ref().map(|taken| taken.flow.id),
            bind: taken.as_ref().and_then(|taken| taken.bind),
        });
        let Some(taken) = taken else {
            let end = End::NoFlow;
            return Some(Way { steps, end });
        };
        let url_of = |landing: Option<LandingId>, offer: Option<OfferId>| match landing {
            Some(id) => &all.landings.iter().find(|one| one.id == id).unwrap().url,
            None => {
                &all.offers
                    .iter()
                    .find(|one| Some(one.id) == offer)
                    .unwrap()
                    .url
            }
        };
        let (landing, offer) = (taken.landing, taken.offer);
        let end = match &taken.flow.action {
            Action::Campaign { id } => {
                at = all.campaigns.iter().find(|one| one.id == *id).unwrap();
                continue;
            }
            Action::Send { how, .. } => {
                End::Send(*how, url_of(landing, offer).clone(), landing, offer)
            }
            Action::Address { how, url } => End::Send(*how, url.clone(), None, None),
            Action::Html { body } => End::Html(body.clone()),
            Action::NotFound {} => End::NotFound,
            Action::Nothing {} => End::Nothing,
        };
        return Some(Way { steps, end });
    }
}

struct Twin<'t, M> {
    all: &'t Definitions,
    campaign: &'t Campaign,
    click: &'t Click<'t>,
    memory: &'t M,
    draw: &'t mut Draw,
}

struct Taken<'t> {
    flow: &'t Flow,
    landing: Option<LandingId>,
    offer: Option<OfferId>,
    drawn: Option<OfferId>,
    bind: Option<Bound>,
}

impl<'t, M: Memory> Twin<'t, M> {
    fn of_kind(&self, kind: FlowKind) -> Vec<&'t Flow> {
        let on = self.campaign.flows.iter();
        on.filter(|flow| flow.kind == kind && flow.state == FlowState::On)
            .collect()
    }

    fn flow(&mut self) -> Option<Taken<'t>> {
        for flow in self.of_kind(FlowKind::Forced) {
            if let Some(taken) = self.try_flow(flow, None) {
                return Some(taken);
            }
        }
        if let Some(mut taken) = self.regular() {
            if let Some(binding) = self.campaign.binding {
                let bind = Bound {
                    flow: taken.flow.id,
                    landing: match binding.keeps {
                        Keeps::Flow => None,
                        Keeps::Landing | Keeps::Offer => taken.landing,
                    },
                    offer: match binding.keeps {
                        Keeps::Flow | Keeps::Landing => None,
                        Keeps::Offer => taken.drawn,
                    },
                };
                if self.memory.bound(self.campaign.id) != Some(bind) {
                    taken.bind = Some(bind);
                }
            }
            return Some(taken);
        }
        let default = self.of_kind(FlowKind::Default).first().copied()?;
        self.try_flow(default, None)
    }

    fn regular(&mut self) -> Option<Taken<'t>> {
        let mut left = self.of_kind(FlowKind::Regular);
        let bound = match self.campaign.binding {
            Some(_) => self.memory.bound(self.campaign.id),
            None => None,
        };
        if self.campaign.rotation == Rotation::Position {
            for flow in left {
                let own = if bound.is_some_and(|bound| bound.flow == flow.id) {
                    bound
                } else {
                    None
                };
                if let Some(taken) = self.try_flow(flow, own) {
                    return Some(taken);
                }
            }
            return None;
        }
        if let Some(at) = left
            .iter()
            .position(|flow| Some(flow.id) == bound.map(|b| b.flow))
        {
            let flow = left.remove(at);
            if let Some(taken) = self.try_flow(flow, bound) {
                return Some(taken);
            }
        }
        loop {
            let weights: Vec<u32> = left.iter().map(|flow| flow.weight).collect();
            let flow = left.remove(self.pick(&weights)?);
            if let Some(taken) = self.try_flow(flow, None) {
                return Some(taken);
            }
        }
    }

    /// Each place as many times as its weight says, and one of them drawn.
    fn pick(&mut self, weights: &[u32]) -> Option<usize> {
        let mut places = Vec::new();
        for (place, weight) in weights.iter().enumerate() {
            places.extend((0..*weight).map(|_| place));
        }
        if places.is_empty() {
            return None;
        }
        let point = self.draw.below(u64::try_from(places.len()).unwrap());
        Some(places[usize::try_from(point).unwrap()])
    }

    fn try_flow(&mut self, flow: &'t Flow, bound: Option<Bound>) -> Option<Taken<'t>> {
        let held = flow
            .rule
            .filters
            .iter()
            .filter(|one| self.holds(one, flow.id));
        let held = held.count();
        let passes = match flow.rule.joint {
            Joint::All => held == flow.rule.filters.len(),
            Joint::Any => held > 0 || flow.rule.filters.is_empty(),
        };
        if !passes {
            return None;
        }
        let mut taken = Taken {
            flow,
            landing: None,
            offer: None,
            drawn: None,
            bind: None,
        };
        if let Action::Send {
            landings, offers, ..
        } = &flow.action
        {
            taken.landing = self.landing(landings, bound.and_then(|bound| bound.landing));
            if !offers.is_empty() {
                let (drawn, offer) = self.offer(offers, bound.and_then(|bound| bound.offer))?;
                taken.drawn = Some(drawn);
                taken.offer = Some(offer);
            }
        }
        Some(taken)
    }

    fn landing(
        &mut self,
        landings: &[Share<LandingId>],
        bound: Option<LandingId>,
    ) -> Option<LandingId> {
        if landings.iter().any(|share| Some(share.id) == bound) {
            return bound;
        }
        let weights: Vec<u32> = landings.iter().map(|share| share.weight).collect();
        self.pick(&weights).map(|at| landings[at].id)
    }

    fn offer(
        &mut self,
        offers: &[Share<OfferId>],
        bound: Option<OfferId>,
    ) -> Option<(OfferId, OfferId)> {
        let mut left = offers.to_vec();
        let mut next = left.iter().position(|share| Some(share.id) == bound);
        loop {
            let at = match next.take() {
                Some(at) => at,
                None => {
                    let weights: Vec<u32> = left.iter().map(|share| share.weight).collect();
                    self.pick(&weights)?
                }
            };
            let drawn = left.remove(at).id;
            let mut id = Some(drawn);
            while let Some(offer) = self.all.offers.iter().find(|one| Some(one.id) == id) {
                if offer.room == Room::Unlimited || self.memory.take_place(offer.id) {
                    return Some((drawn, offer.id));
                }
                id = offer.alternative;
            }
        }
    }

    fn holds(&self, filter: &Filter, flow: FlowId) -> bool {
        let is = filter.values.iter().any(|value| match value {
            None => self.is_unknown(filter, flow),
            Some(value) => !self.is_unknown(filter, flow) && self.is(filter, value.trim(), flow),
        });
        is == (filter.op == Op::Is)
    }

    fn is_unknown(&self, filter: &Filter, flow: FlowId) -> bool {
        let click = self.click;
        match filter.by {
            Subject::Country => click.country == Country::UNKNOWN,
            Subject::Device => click.device == Device::Unknown,
            Subject::Asn => click.asn.is_none(),
            Subject::Connection => click.connection.is_none(),
            Subject::Proxy => click.proxy == Proxy::Unknown,
            Subject::Bot => click.sender == Sender::Unknown,
            Subject::TimeTable | Subject::Dates => false,
            Subject::Unique | Subject::ClicksBelow => {
                let values = filter.values.iter().flatten();
                let known = values.filter(|value| match filter.by {
                    Subject::Unique => self.is_first(value, flow).is_some(),
                    _ => self.clicks(value, flow).is_some(),
                });
                known.count() == 0
            }
            _ => self.text(filter).trim().is_empty(),
        }
    }

    fn is(&self, filter: &Filter, value: &str, flow: FlowId) -> bool {
        let click = self.click;
        match filter.by {
            Subject::Country => click.country.code().eq_ignore_ascii_case(value),
            Subject::Device => click.device.name().eq_ignore_ascii_case(value),
            Subject::Asn => click.asn.unwrap().to_string() == value.replace("AS", ""),
            Subject::Connection => {
                let name = match click.connection.unwrap() {
                    Connection::Cable => "cable",
                    Connection::Cellular => "cellular",
                    Connection::Corporate => "corporate",
                    Connection::Dialup => "dialup",
                    Connection::Satellite => "satellite",
                };
                name.eq_ignore_ascii_case(value)
            }
            Subject::Proxy => (click.proxy == Proxy::Yes) == value.eq_ignore_ascii_case("yes"),
            Subject::Bot => match click.sender {
                Sender::Machine(reason) => is_reason(reason, value),
                Sender::Person | Sender::Unknown => value == "person",
            },
            Subject::TimeTable => is_on(value, self.local()),
            Subject::Dates => {
                let (first, last) = value.split_once("..").unwrap_or((value, value));
                let day = self.local().date();
                let bound = |text: &str| text.parse::<Date>().ok();
                bound(first).is_none_or(|first| first <= day)
                    && bound(last).is_none_or(|last| day <= last)
            }
            Subject::Unique => self.is_first(value, flow) == Some(true),
            Subject::ClicksBelow => {
                let limit = value.split_once('/').unwrap().0.parse::<u64>().unwrap();
                self.clicks(value, flow).unwrap() < limit
            }
            _ => fits(value, self.text(filter).trim()),
        }
    }

    fn text(&self, filter: &Filter) -> &str {
        let click = self.click;
        match filter.by {
            Subject::Region => click.region,
            Subject::City => click.city,
            Subject::Os => click.os,
            Subject::OsVersion => click.os_version,
            Subject::Browser => click.browser,
            Subject::BrowserVersion => click.browser_version,
            Subject::Language => click.language,
            Subject::Isp => click.isp,
            Subject::Referrer => click.referrer,
            Subject::Keyword => click.keyword,
            Subject::Parameter => {
                let mut pairs = click.parameters.iter();
                pairs
                    .find(|(name, _)| *name == filter.name)
                    .map_or("", |(_, value)| value)
            }
            _ => {
                let number: usize = filter.name.parse().unwrap();
                click.subs.get(number - 1).map_or("", |value| value)
            }
        }
    }

    fn is_first(&self, value: &str, flow: FlowId) -> Option<bool> {
        let scope = match value {
            "campaign" => Scope::Campaign(self.campaign.id),
            "flow" => Scope::Flow(flow),
            _ => Scope::Global,
        };
        self.memory.is_first(scope, self.campaign.unique_hours)
    }

    fn clicks(&self, value: &str, flow: FlowId) -> Option<u64> {
        let period = match value.split_once('/').unwrap().1 {
            "hour" => Period::Hour,
            "day" => Period::Day,
            _ => Period::Total,
        };
        self.memory.clicks(flow, period)
    }

    fn local(&self) -> DateTime {
        let zone: TimeZone = self.campaign.zone.parse().unwrap();
        zone.local(self.click.at)
    }
}

fn is_reason(reason: BotReason, value: &str) -> bool {
    value == "machine" || reason.name() == value
}

/// Goes from the beginning of each day's part minute by minute and looks whether it comes by.
fn is_on(value: &str, local: DateTime) -> bool {
    let (days, times) = value.split_once(' ').unwrap();
    let (from, until) = times.split_once('-').unwrap();
    let minutes = |time: &str| {
        let (hour, minute) = time.split_once(':').unwrap();
        hour.parse::<usize>().unwrap() * 60 + minute.parse::<usize>().unwrap()
    };
    let now = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap() * 1440
        + usize::try_from(local.hour()).unwrap() * 60
        + usize::try_from(local.minute()).unwrap();
    let mut is_on = false;
    for part in days.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        for day in first.parse::<usize>().unwrap()..=last.parse().unwrap() {
            let mut minute = minutes(from);
            loop {
                is_on |= ((day - 1) * 1440 + minute) % (7 * 1440) == now;
                minute += 1;
                if minute % 1440 == minutes(until) % 1440 {
                    break;
                }
            }
        }
    }
    is_on
}

fn fits(value: &str, text: &str) -> bool {
    let inner = value
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'));
    if let Some(inner) = inner.filter(|inner| !inner.is_empty()) {
        let mut builder = RegexBuilder::new(inner);
        return builder
            .case_insensitive(true)
            .build()
            .unwrap()
            .is_match(text);
    }
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    is_glob(&letters(value), &letters(text))
}

fn is_glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=text.len()).any(|from| is_glob(rest, &text[from..])),
        ([one, rest @ ..], [other, left @ ..]) => one == other && is_glob(rest, left),
        _ => false,
    }
}
