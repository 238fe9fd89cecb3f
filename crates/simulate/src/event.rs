//! Events as the server door takes them: what a visit leaves behind, and the crawlers.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use base::{Day, Money, UnixMillis, VisitorId};
use serde::{Serialize, Serializer};

use crate::address::{landing_url, link_url, page_url};
use crate::agent::{Agent, crawler, person};
use crate::dice::{Dice, wide};
use crate::plan::{Plan, day_seed};
use crate::scenario::Scenario;
use crate::shop::{PAGES, PRODUCTS, Product, roubles};
use crate::visit::{Request, Visit};

const DAY_MS: i64 = 86_400_000;
/// How many of the longer visits end with an order paid on the site.
const ONLINE_ORDERS_PER_MILLE: u64 = 6;
/// How long the last page is read at most, after the last thing that is done there.
const READ_MS_MAX: i64 = 45_000;

/// One event of the server door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Stays the same when the event is sent again.
    pub id: String,
    #[serde(rename = "type")]
    pub kind: EventKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    pub url: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub referrer: Cow<'static, str>,
    /// Crawlers keep no id.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub visitor: Option<VisitorId>,
    #[serde(serialize_with = "as_moment")]
    pub at: UnixMillis,
    pub ip: Ipv4Addr,
    pub user_agent: &'static str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<Engagement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Properties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Revenue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    Click,
    PageView,
    Engagement,
    Event,
    Revenue,
}

/// How a page was looked at, told when it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Engagement {
    /// Milliseconds in view.
    pub engaged_ms: i64,
    pub scroll_percent: i64,
}

/// What the event was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Properties {
    pub product: &'static str,
}

/// Money of a revenue event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revenue {
    /// In decimal units.
    pub amount: String,
    pub currency: String,
}

/// All events of a scenario, day by day; a person's events are in the order of time.
///
/// Memory does not grow with the number of events.
pub fn events(scenario: &Scenario, now: UnixMillis) -> impl Iterator<Item = Event> + use<> {
    let plan = Plan::new(scenario, now);
    plan.range()
        .days()
        .flat_map(move |day| plan.events(day).collect::<Vec<_>>())
}

impl Plan {
    /// The events of a day, none of them after the plan's end.
    pub fn events(&self, day: Day) -> impl Iterator<Item = Event> + '_ {
        let people = self.visits(day).flat_map(|visit| visit.events());
        people.chain(self.crawls(day))
    }

    fn crawls(&self, day: Day) -> impl Iterator<Item = Event> + '_ {
        self.day(day).into_iter().flat_map(move |plan| {
            (0..plan.bots).filter_map(move |nth| {
                let mut dice = Dice::of(&[self.seed, 4, day_seed(day), nth]);
                let at = plan.start.plus_ms(dice.between(0, DAY_MS - 1));
                let agent = crawler(&mut dice);
                let path = page(&mut dice);
                let event = event(format!("b{}-{nth}", day.0), None, at, page_url(path), agent);
                (at < self.now).then_some(event)
            })
        })
    }
}

impl Visit {
    /// Everything the visit leaves behind, in the order of time.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let agent = person(self.visitor.0);
        let mut dice = Dice::of(&[self.seed, 2]);
        let mut trail = Trail {
            visit: self,
            agent,
            events: Vec::with_capacity(2 * self.pages + 3),
        };
        let mut at = self.start;
        if let Some(link) = link_url(self) {
            trail.push(EventKind::Click, at, link);
            at = at.plus_ms(dice.between(200, 1_500));
        }
        let mut path = self.campaign.landing;
        trail.land(at);
        for (nth, gap) in self.gaps_ms[..self.pages - 1].iter().enumerate() {
            if nth > 0 && dice.per_mille(140) {
                trail.add(
                    "add_to_basket",
                    at.plus_ms(4_000),
                    path,
                    dice.pick(&PRODUCTS),
                );
            }
            let next = at.plus_ms(*gap);
            trail.leave((at, next.plus_ms(-1)), path, &mut dice);
            at = next;
            let from = path;
            path = page(&mut dice);
            trail.view(at, path, from);
        }
        let left = trail.finish(at, path, &mut dice);
        trail.leave((at, left), path, &mut dice);
        trail.events
    }

    /// The platform's id of the click that led here; empty where it sends none.
    #[must_use]
    pub fn click_id(&self) -> String {
        if self.campaign.click_id.is_empty() {
            return String::new();
        }
        // A platform's own ids are longer than any number of ours; two of them do.
        let mut dice = Dice::of(&[self.seed, 5]);
        let (head, tail) = (VisitorId(dice.next()), VisitorId(dice.next()));
        format!("{head}{tail}")
    }
}

/// The events of a visit so far.
struct Trail<'a> {
    visit: &'a Visit,
    agent: Agent,
    events: Vec<Event>,
}

impl Trail<'_> {
    fn push(&mut self, kind: EventKind, at: UnixMillis, url: String) -> &mut Event {
        let id = format!("v{}-{}", self.visit.number, self.events.len());
        let mut event = event(id, Some(self.visit.visitor), at, url, self.agent);
        event.kind = kind;
        let index = self.events.len();
        self.events.push(event);
        &mut self.events[index]
    }

    fn land(&mut self, at: UnixMillis) {
        let visit = self.visit;
        let event = self.push(EventKind::PageView, at, landing_url(visit));
        event.referrer = Cow::Borrowed(visit.campaign.referrer);
    }

    fn view(&mut self, at: UnixMillis, path: &str, from: &str) {
        let referrer = page_url(from);
        self.push(EventKind::PageView, at, page_url(path)).referrer = Cow::Owned(referrer);
    }

    /// What happens on the last page, opened at `at`; says when the page is left.
    fn finish(&mut self, at: UnixMillis, path: &str, dice: &mut Dice) -> UnixMillis {
        let visit = self.visit;
        let last = if let Request::Made { at } = visit.request {
            self.push(EventKind::Event, at, page_url(path)).name = Some("request_sent");
            at
        } else if visit.pages > 2 && dice.per_mille(ONLINE_ORDERS_PER_MILLE) {
            self.buy(visit.end, dice.pick(&PRODUCTS));
            visit.end
        } else if dice.per_mille(60) {
            let at = at.plus_ms(6_000);
            self.push(EventKind::Event, at, page_url(path)).name = Some("phone_shown");
            at
        } else {
            at
        };
        // Most people who do nothing more are gone in a moment.
        let stay = dice
            .between(1_200, READ_MS_MAX)
            .min(dice.between(1_200, READ_MS_MAX));
        last.plus_ms(stay)
    }

    /// Tells how the page was looked at between its opening and its end.
    fn leave(&mut self, (opened, left): (UnixMillis, UnixMillis), path: &str, dice: &mut Dice) {
        let engagement = Engagement {
            engaged_ms: left.since_ms(opened) * dice.between(550, 1_000) / 1_000,
            scroll_percent: dice.between(20, 100),
        };
        self.push(EventKind::Engagement, left, page_url(path))
            .engagement = Some(engagement);
    }

    fn add(&mut self, name: &'static str, at: UnixMillis, path: &str, product: Product) {
        let event = self.push(EventKind::Event, at, page_url(path));
        event.name = Some(name);
        event.properties = Some(Properties {
            product: product.title,
        });
    }

    fn buy(&mut self, at: UnixMillis, product: Product) {
        let event = self.push(EventKind::Revenue, at, page_url(product.path));
        event.name = Some("online_order");
        event.properties = Some(Properties {
            product: product.title,
        });
        event.revenue = Some(revenue(roubles(product.price_roubles)));
    }
}

fn event(
    id: String,
    visitor: Option<VisitorId>,
    at: UnixMillis,
    url: String,
    agent: Agent,
) -> Event {
    Event {
        id,
        kind: EventKind::PageView,
        name: None,
        url,
        referrer: Cow::Borrowed(""),
        visitor,
        at,
        ip: Ipv4Addr::from(agent.address),
        user_agent: agent.name,
        engagement: None,
        properties: None,
        revenue: None,
    }
}

/// A page of the shop: a shelf, an article, or one product.
fn page(dice: &mut Dice) -> &'static str {
    let index = dice.below(wide(PAGES.len() + PRODUCTS.len()));
    let index = usize::try_from(index).unwrap_or_default();
    PAGES
        .get(index)
        .copied()
        .unwrap_or_else(|| PRODUCTS[index - PAGES.len()].path)
}

fn revenue(amount: Money) -> Revenue {
    Revenue {
        amount: amount.decimal(),
        currency: amount.currency.to_string(),
    }
}

#[expect(clippy::ref_option, reason = "serde hands over the field as it is")]
fn as_text<S: Serializer>(id: &Option<VisitorId>, out: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => out.collect_str(id),
        None => out.serialize_none(),
    }
}

pub(crate) fn as_moment<S: Serializer>(at: &UnixMillis, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&at.rfc3339())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const NOW: &str = "2026-11-22T10:00:00Z";

    fn all(seed: u64, events_asked: u64) -> Vec<Event> {
        let scenario = Scenario {
            events: events_asked,
            ..Scenario::year(seed, String::new())
        };
        events(&scenario, UnixMillis::parse_rfc3339(NOW).unwrap()).collect()
    }

    #[test]
    fn one_seed_gives_one_year_and_another_seed_another() {
        assert_eq!(all(1, 5_000), all(1, 5_000));
        assert_ne!(all(1, 5_000), all(2, 5_000));
    }

    #[test]
    fn there_are_about_as_many_events_as_asked_for() {
        let count = wide(all(3, 100_000).len());
        assert!((97_000..=103_000).contains(&count), "{count}");
    }

    #[test]
    fn no_event_is_in_the_future_and_a_person_never_goes_back_in_time() {
        let now = UnixMillis::parse_rfc3339(NOW).unwrap();
        let mut last: HashMap<VisitorId, UnixMillis> = HashMap::new();
        for event in all(4, 60_000) {
            assert!(event.at < now, "{event:?}");
            if let Some(visitor) = event.visitor {
                let before = last.insert(visitor, event.at);
                assert!(before.is_none_or(|before| before < event.at), "{event:?}");
            }
        }
    }

    #[test]
    fn every_kind_of_traffic_occurs() {
        let events = all(5, 100_000);
        let any = |test: &dyn Fn(&Event) -> bool| events.iter().any(test);
        assert!(any(&|event| event
            .url
            .contains("utm_source=gogle&utm_medium=cpc%20")));
        assert!(any(&|event| event.url.contains("gclid=")));
        assert!(any(&|event| event.referrer == "https://chatgpt.com/"));
        assert!(any(
            &|event| event.user_agent.contains("Googlebot") && event.visitor.is_none()
        ));
        assert!(any(
            &|event| event.kind == EventKind::Revenue && event.revenue.is_some()
        ));
        assert!(any(&|event| event.name == Some("add_to_basket")));
    }

    #[test]
    fn every_page_is_left_once_and_a_link_is_clicked_on_the_day_of_its_visit() {
        let scenario = Scenario {
            events: 60_000,
            ..Scenario::year(6, String::new())
        };
        let plan = Plan::new(&scenario, UnixMillis::parse_rfc3339(NOW).unwrap());
        let mut clicks: HashMap<&str, u64> = HashMap::new();
        for visit in plan.range().days().flat_map(|day| plan.visits(day)) {
            let events = visit.events();
            let count = |kind| events.iter().filter(|event| event.kind == kind).count();
            let views = count(EventKind::PageView);
            assert_eq!(count(EventKind::Engagement), views);
            let left = events.last().unwrap();
            assert_eq!(left.kind, EventKind::Engagement, "{left:?}");
            let seen = left.engagement.unwrap();
            assert!(seen.engaged_ms > 0 && seen.scroll_percent > 0, "{seen:?}");
            let first = &events[0];
            match visit.campaign.link {
                Some(link) => {
                    assert_eq!((first.kind, first.at), (EventKind::Click, visit.start));
                    assert!(first.url.contains(&format!("/c/{}?utm_group=", link.slug)));
                    *clicks.entry(link.slug).or_default() += 1;
                }
                None => assert_eq!(first.kind, EventKind::PageView),
            }
        }
        assert!(
            clicks.len() == 4 && clicks.values().all(|count| *count > 20),
            "{clicks:?}"
        );
    }

    #[test]
    fn an_event_is_written_as_the_door_reads_it() {
        let event = all(1, 5_000)
            .into_iter()
            .find(|event| event.url.contains("yclid"))
            .unwrap();
        assert_eq!(event.kind, EventKind::PageView);
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["type"], "page_view");
        assert_eq!(json["visitor"].as_str().map(str::len), Some(13));
        let at = json["at"].as_str().and_then(UnixMillis::parse_rfc3339);
        assert_eq!(at, Some(event.at));
        assert!(
            json["url"]
                .as_str()
                .unwrap()
                .starts_with("https://optics.example/")
        );
        assert_eq!(json.get("revenue"), None);
    }
}
