//! The same questions answered by loops.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use base::{DayRange, Fact, Hit, HitKind, LeadId, Outcome, OutcomeKind, Traffic, UnixMillis};
use reports::ReportContext;

use crate::twin::PROPERTY;
use crate::twin::scroll::deepest;
use crate::world::{DAY_MS, label_at};

#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) dimensions: Vec<&'static str>,
    pub(crate) filter: Option<(String, String, String)>,
    pub(crate) basis: &'static str,
    pub(crate) attribution: &'static str,
    pub(crate) range: DayRange,
    pub(crate) known_on: Option<UnixMillis>,
    pub(crate) bots: bool,
    pub(crate) gross: bool,
}

/// Sums of a row: additive ones by name, distinct ones as sets.
#[derive(Default, Clone)]
pub(crate) struct Sums {
    added: BTreeMap<&'static str, i128>,
    visitors: BTreeSet<u64>,
    event_visitors: BTreeSet<u64>,
    payers: BTreeSet<String>,
}

pub(crate) struct Naive<'a> {
    pub(crate) facts: &'a [Fact],
    pub(crate) question: &'a Question,
    pub(crate) context: &'a ReportContext,
}

/// Takes the dimensions of a fact and what it adds to their row.
pub(crate) type Add<'a> = &'a mut dyn FnMut(&Values, &dyn Fn(&mut Sums));

/// Value of each dimension of a fact.
pub(crate) type Values = BTreeMap<&'static str, String>;

impl Sums {
    pub(crate) fn add(&mut self, name: &'static str, value: i64) {
        *self.added.entry(name).or_default() += i128::from(value);
    }

    pub(crate) fn get(&self, name: &str) -> i128 {
        match name {
            "visitors" => i128::try_from(self.visitors.len()).unwrap(),
            "event_visitors" => i128::try_from(self.event_visitors.len()).unwrap(),
            "payers" => i128::try_from(self.payers.len()).unwrap(),
            _ => self.added.get(name).copied().unwrap_or_default(),
        }
    }

    /// Money with its VAT.
    pub(crate) fn gross(&self) -> Self {
        let mut sums = self.clone();
        for (name, vat) in [("cost", "ad_cost_vat"), ("revenue", "vat")] {
            let vat = sums.get(vat);
            *sums.added.entry(name).or_default() += vat;
        }
        sums
    }

    fn is_zero(&self) -> bool {
        self.visitors.is_empty() && self.payers.is_empty() && self.added.values().all(|v| *v == 0)
    }
}

impl<'a> Naive<'a> {
    pub(crate) fn new(
        facts: &'a [Fact],
        question: &'a Question,
        context: &'a ReportContext,
    ) -> Self {
        Self {
            facts,
            question,
            context,
        }
    }

    pub(crate) fn total(&self) -> Sums {
        self.by(&[]).remove(&Vec::new()).unwrap_or_default()
    }

    pub(crate) fn groups(&self) -> BTreeMap<Vec<String>, Sums> {
        let mut groups = self.by(&self.question.dimensions);
        groups.retain(|_, sums| !sums.is_zero());
        if self.question.dimensions.is_empty() {
            groups.entry(Vec::new()).or_default();
        }
        groups
    }

    fn by(&self, dimensions: &[&str]) -> BTreeMap<Vec<String>, Sums> {
        let mut groups: BTreeMap<Vec<String>, Sums> = BTreeMap::new();
        let mut add = |values: &Values, with: &dyn Fn(&mut Sums)| {
            if self.passes(values) {
                let value = |key: &&str| values.get(*key).cloned().unwrap_or_else(|| "-".into());
                with(
                    groups
                        .entry(dimensions.iter().map(value).collect())
                        .or_default(),
                );
            }
        };
        let reported = self.reported();
        for fact in self.facts {
            match fact {
                Fact::Hit(hit) => self.add_hit(hit, &reported, &mut add),
                Fact::FiledHit(filed) => self.add_hit(&filed.hit, &reported, &mut add),
                Fact::Outcome(outcome) => self.add_outcome(outcome, &mut add),
                Fact::Cost(_) | Fact::UnclickedCost(_) | Fact::SaidCost(_) => {
                    let cost = fact.cost().unwrap();
                    if self.knows(cost.recorded) && self.question.range.contains(cost.day) {
                        let mut values = self.traffic_values(Some(&cost.traffic));
                        if cost.channel.is_some() {
                            values.insert("channel", "3".into());
                            values.insert("subchannel", "31".into());
                        }
                        values.insert("platform", cost.platform.clone());
                        add(&values, &|sums| {
                            sums.add("impressions", cost.impressions);
                            if let Some(clicks) = fact.told_clicks() {
                                sums.add("clickable_impressions", cost.impressions);
                                sums.add("ad_clicks", clicks);
                                sums.add("clicks", clicks);
                            }
                            sums.add("cost", cost.cost_micros);
                            sums.add("ad_cost_vat", cost.vat_micros);
                            let (conversions, value) = fact.said_conversions();
                            sums.add("said_conversions", conversions);
                            sums.add("said_value", value);
                        });
                    }
                }
                Fact::LeadState(_) | Fact::History(_) | Fact::Withdrawal(_) => {}
            }
        }
        self.add_history(&mut add);
        self.add_cohorts(&mut add);
        groups
    }

    fn add_hit(&self, hit: &Hit, reported: &HashSet<(i32, String, String)>, add: Add<'_>) {
        if !self.knows(hit.recorded()) || (hit.bot.is_some() && !self.question.bots) {
            return;
        }
        let first = self.first_hit(hit.visit.0).unwrap_or(hit);
        let tuple = first.touch.as_deref();
        let mut values = self.traffic_values(tuple);
        visit_values(first, &mut values);
        values.extend(self.exit_of(hit));
        values.insert("page", address(first));
        if self.in_period(hit.visit_at()) {
            add(&values, &|sums| {
                for name in ["visits", "bounceable", "timed", "paged"] {
                    sums.add(name, i64::from(hit.visits));
                }
                sums.add("bounces", i64::from(hit.bounces));
                if hit.visits == 1 {
                    sums.visitors.insert(hit.visitor.0);
                    sums.add("lasted_ms", self.lasted(hit));
                }
            });
        }
        if !self.in_period(hit.at) {
            return;
        }
        values.insert("page", address(hit));
        values.extend(own_words(hit));
        let day = self.context.time_zone.day_of(hit.at).0;
        let named = label_at(tuple.unwrap(), self.question.known_on);
        let deepest = deepest(self.facts, hit, self.question.known_on);
        let is_reported = reported.contains(&(day, named.source, named.campaign));
        add(&values, &|sums| {
            let clicks = i64::from(hit.kind == HitKind::Click);
            sums.add("tracked_clicks", clicks);
            sums.add("clicks", if is_reported { 0 } else { clicks });
            for name in ["page_views", "paged_views"] {
                sums.add(name, i64::from(hit.kind == HitKind::PageView));
            }
            let event = matches!(hit.kind, HitKind::Event | HitKind::Revenue);
            sums.add("events", i64::from(event));
            if event {
                sums.event_visitors.insert(hit.visitor.0);
            }
            sums.add("form_submits", i64::from(hit.kind == HitKind::FormSubmit));
            sums.add("outbound_clicks", i64::from(hit.kind == HitKind::Outbound));
            sums.add("downloads", i64::from(hit.kind == HitKind::Download));
            sums.add("searches", i64::from(searched(hit).is_some()));
            let nothing = hit
                .properties
                .contains(&("results".to_owned(), "0".to_owned()));
            let nothing = nothing && searched(hit).is_some();
            sums.add("empty_searches", i64::from(nothing));
            let money = hit
                .revenue
                .filter(|money| money.currency == self.context.currency);
            sums.add("event_revenue", money.map_or(0, |money| money.micros));
            sums.add("engaged_ms", i64::from(hit.engaged_ms));
            sums.add("scroll_percent", deepest);
            sums.add("scrolled_pages", i64::from(deepest > 0));
        });
    }

    fn add_outcome(&self, outcome: &Outcome, add: Add<'_>) {
        let (values, moment) = self.credited(outcome);
        if !self.knows(outcome.recorded) || !self.in_period(moment) {
            return;
        }
        add(&values, &|sums| {
            sums.add("leads", i64::from(outcome.leads));
            sums.add("qualified_leads", i64::from(outcome.qualified));
            sums.add("deals", i64::from(outcome.deals));
            sums.add("sales", i64::from(outcome.sales));
            sums.add("customers", i64::from(outcome.customers));
            sums.add("revenue", outcome.revenue_micros);
            sums.add("vat", outcome.vat_micros);
            sums.add("refunds", outcome.refunds_micros);
            sums.add("cost_of_goods", outcome.cost_of_goods_micros);
            let cycle = i64::from(outcome.sales) * outcome.at.since_ms(outcome.created);
            sums.add("cycle_ms", cycle);
            if outcome.revenue_micros > 0 {
                sums.payers.insert(customer(outcome));
            }
        });
    }

    fn add_cohorts(&self, add: Add<'_>) {
        let known: Vec<&Outcome> = self.outcomes().filter(|o| self.knows(o.recorded)).collect();
        let customers: BTreeSet<String> = known.iter().map(|o| customer(o)).collect();
        let now = self.question.known_on.unwrap_or(self.context.now).0;
        for name in customers {
            let own: Vec<&&Outcome> = known.iter().filter(|o| customer(o) == name).collect();
            let net: i32 = own.iter().map(|o| o.customers).sum();
            let first = own
                .iter()
                .filter(|o| o.customers > 0)
                .min_by_key(|o| (o.at, o.id));
            let Some(first) = first.filter(|_| net > 0) else {
                continue;
            };
            let (values, moment) = self.credited(first);
            if !self.in_period(moment) {
                continue;
            }
            let until = |days: i64| -> i64 {
                let young = own.iter().filter(|o| o.at.0 < first.at.0 + days * DAY_MS);
                young
                    .map(|o| o.revenue_micros - o.cost_of_goods_micros)
                    .sum()
            };
            add(&values, &|sums| {
                for (days, grown, profit) in LIFETIMES {
                    if first.at.0 <= now - days * DAY_MS {
                        sums.add(grown, 1);
                        sums.add(profit, until(days));
                    }
                }
                for (step, name) in (1..).zip(EARLY) {
                    sums.add(name, until(30 * step));
                }
            });
        }
    }

    /// Dimensions and moment of an outcome under the question's model and basis.
    fn credited(&self, outcome: &Outcome) -> (Values, UnixMillis) {
        let mut touches: Vec<&Hit> = self
            .hits()
            .filter(|hit| hit.touch.is_some() && hit.bot.is_none() && self.knows(hit.recorded()))
            .filter(|hit| Some(hit.visitor) == outcome.visitor && hit.at <= outcome.created)
            .collect();
        touches.sort_by_key(|hit| (hit.at, hit.seq));
        let direct = |hit: &&&Hit| hit.touch.as_ref().unwrap().is_direct();
        let chosen = match self.question.attribution {
            "first" => touches.first(),
            "last" => touches.last(),
            _ => touches
                .iter()
                .rev()
                .find(|hit| !direct(hit))
                .or(touches.last()),
        };
        let tuple = match chosen {
            Some(hit) => hit.touch.as_deref(),
            None => outcome.declared.as_deref(),
        };
        let mut values = self.traffic_values(tuple);
        if let Some(first) = outcome.visit.and_then(|visit| self.first_hit(visit.0)) {
            visit_values(first, &mut values);
        }
        if let Some(status) = outcome.lead.and_then(|lead| self.status_of(lead)) {
            values.insert("lead_status", status);
        }
        let moment = match self.question.basis {
            "visit" => chosen.map_or(outcome.created, |hit| hit.at),
            "creation" => outcome.created,
            _ if outcome.kind == OutcomeKind::LeadStatus => outcome.created,
            _ => outcome.at,
        };
        (values, moment)
    }

    fn status_of(&self, lead: LeadId) -> Option<String> {
        let states = self.facts.iter().filter_map(Fact::lead_state);
        let known = states.filter(|state| state.lead == lead && self.knows(state.recorded));
        let latest = known.max_by_key(|state| state.version)?;
        Some(latest.status.clone())
    }

    /// Days, sources and campaigns with reported clicks.
    fn reported(&self) -> HashSet<(i32, String, String)> {
        let mut sums: BTreeMap<(i32, String, String), i64> = BTreeMap::new();
        for fact in self.facts {
            if let (Some(cost), Some(_)) = (fact.cost(), fact.told_clicks())
                && self.knows(cost.recorded)
                && self.question.range.contains(cost.day)
            {
                let named = label_at(&cost.traffic, self.question.known_on);
                *sums
                    .entry((cost.day.0, named.source, named.campaign))
                    .or_default() += cost.clicks;
            }
        }
        sums.into_iter()
            .filter(|(_, clicks)| *clicks != 0)
            .map(|(key, _)| key)
            .collect()
    }

    pub(crate) fn traffic_values(&self, tuple: Option<&Traffic>) -> Values {
        let mut values = Values::new();
        let Some(tuple) = tuple else { return values };
        let named = label_at(tuple, self.question.known_on);
        if let Some(top) = named.channel_path.first() {
            values.insert("channel", top.to_string());
        }
        if let Some(leaf) = named.channel_path.get(1) {
            values.insert("subchannel", leaf.to_string());
        }
        for (key, value) in [
            ("campaign", named.campaign),
            ("utm_source", tuple.source.clone()),
        ] {
            if !value.is_empty() {
                values.insert(key, value);
            }
        }
        values
    }

    fn passes(&self, values: &Values) -> bool {
        let Some((key, op, wanted)) = &self.question.filter else {
            return true;
        };
        let value = values.get(key.as_str());
        match op.as_str() {
            "is" => value == Some(wanted),
            "is_not" => value != Some(wanted),
            "is_unknown" => value.is_none(),
            "is_known" => value.is_some(),
            _ => value.is_some_and(|v| v.to_lowercase().contains(&wanted.to_lowercase())),
        }
    }

    pub(crate) fn knows(&self, recorded: UnixMillis) -> bool {
        self.question.known_on.is_none_or(|known| recorded <= known)
    }

    fn in_period(&self, at: UnixMillis) -> bool {
        self.question
            .range
            .contains(self.context.time_zone.day_of(at))
    }

    fn first_hit(&self, visit: u64) -> Option<&'a Hit> {
        self.hits()
            .find(|hit| hit.visit.0 == visit && hit.visits == 1)
    }

    /// The page that was seen last in the hit's visit.
    fn exit_of(&self, hit: &Hit) -> Option<(&'static str, String)> {
        let pages = self.hits().filter(|other| {
            let is_same = other.visit == hit.visit && other.kind == HitKind::PageView;
            is_same && self.knows(other.recorded())
        });
        let last = pages.max_by_key(|page| (page.at, page.seq))?;
        Some(("exit_page", address(last)))
    }

    /// From the visit's beginning to the last that is known of it.
    fn lasted(&self, hit: &Hit) -> i64 {
        let own = self.hits().filter(|other| other.visit == hit.visit);
        let known = own.filter(|other| self.knows(other.recorded()));
        known.map(|other| other.visit_age_ms).max().unwrap()
    }

    pub(crate) fn hits(&self) -> impl Iterator<Item = &'a Hit> {
        self.facts.iter().filter_map(Fact::hit)
    }

    fn outcomes(&self) -> impl Iterator<Item = &'a Outcome> {
        self.facts.iter().filter_map(Fact::outcome)
    }
}

/// What a hit was told with, as dimensions.
fn own_words(hit: &Hit) -> Values {
    let key = match hit.kind {
        HitKind::Event | HitKind::Revenue => Some("event"),
        HitKind::Outbound => Some("outbound_link"),
        HitKind::Download => Some("download"),
        _ => None,
    };
    let named = key.map(|key| (key, hit.name.clone()));
    let property = hit.properties.iter().find(|(name, _)| name == PROPERTY);
    let property = property.map(|(_, value)| ("property", value.clone()));
    let mut names: Vec<&str> = hit
        .properties
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    let names = Some(("property_names", names.join(", ")));
    let search = searched(hit).map(|term| ("search_term", term));
    let words = named.into_iter().chain(property).chain(names).chain(search);
    words.filter(|(_, word)| !word.is_empty()).collect()
}

/// What was looked for on the site.
fn searched(hit: &Hit) -> Option<String> {
    let names: &[&str] = match hit.kind {
        HitKind::PageView => &["search_term"],
        HitKind::Event if hit.name.to_lowercase() == "search" => &["search_term", "query"],
        _ => &[],
    };
    let found = hit.properties.iter();
    let mut found = found.filter(|(name, _)| names.contains(&name.as_str()));
    found.next().map(|(_, term)| term.to_lowercase())
}

fn visit_values(first: &Hit, values: &mut Values) {
    values.insert("landing_page", address(first));
    values.insert("device", first.agent.device.name().to_owned());
    if !first.country.code().is_empty() {
        values.insert("country", first.country.code().to_owned());
    }
}

fn address(hit: &Hit) -> String {
    format!("{}{}", hit.page.host, hit.page.path)
}

fn customer(outcome: &Outcome) -> String {
    match (outcome.visitor, outcome.lead, outcome.deal) {
        (Some(visitor), _, _) => format!("v{}", visitor.0),
        (None, Some(lead), _) => format!("l{lead}"),
        (None, None, Some(deal)) => format!("d{deal}"),
        (None, None, None) => format!("f{}", outcome.id),
    }
}

const LIFETIMES: [(i64, &str, &str); 4] = [
    (30, "grown_30", "profit_30"),
    (90, "grown_90", "profit_90"),
    (180, "grown_180", "profit_180"),
    (365, "grown_365", "profit_365"),
];

pub(crate) const EARLY: [&str; 12] = [
    "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9", "e10", "e11", "e12",
];
