//! Requests: forms that visitors fill in, and calls that nobody can trace.

use base::{Day, UnixMillis};
use serde::Serialize;

use crate::campaign::{Campaign, Run};
use crate::deal::Deal;
use crate::dice::{Dice, wide};
use crate::plan::Plan;
use crate::shop::{DOMAIN, FIRST_NAMES, FORMS, LAST_NAMES, MESSAGES};
use crate::visit::{Request, Visit};

/// One untraceable call for so many visits.
const VISITS_PER_CALL: u64 = 350;
/// One caller who says that it was the radio, for so many visits.
const VISITS_PER_RADIO_CALL: u64 = 600;
/// People who send their request twice.
const REPEATS_PER_MILLE: u64 = 25;
/// Days back from today whose leads the sales desk still looks at.
const DESK_DAYS: i32 = 45;
const HOUR_MS: i64 = 3_600_000;
/// Numbers of callers, apart from the numbers of visits.
const CALLERS_FROM: u64 = 50_000_000;
const RADIO_FROM: u64 = 75_000_000;
const PHONES: u64 = 100_000_000;

/// A request as the lead door takes it, and what the simulator knows about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lead {
    pub external_id: String,
    pub name: String,
    pub phone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub message: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub form: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub page: String,
    /// The tracker's id of whoever asks; empty for a call.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub visitor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub click_id: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub source: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub medium: &'static str,
    #[serde(rename = "campaign", skip_serializing_if = "str::is_empty")]
    pub declared_campaign: &'static str,
    #[serde(serialize_with = "crate::event::as_moment")]
    pub at: UnixMillis,
    #[serde(skip)]
    pub origin: Origin,
    /// The person's own number, which the same request sent again shares.
    #[serde(skip)]
    pub number: u64,
    #[serde(skip)]
    pub sent: Sent,
    #[serde(skip)]
    pub(crate) fate: Fate,
}

/// Where a request truly came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Campaign(&'static Campaign),
    /// The caller named it: no visit is known.
    Radio,
    Unknown,
}

/// Whether a request is a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    First,
    /// The same person asks the same again: a duplicate.
    Again,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Deal,
    /// The desk has not come to it, or has given up without saying so.
    Left,
    Marked(Mark),
}

/// What the sales desk writes beside a request that becomes no deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Working,
    Qualified,
    Disqualified,
    Spam,
}

impl Origin {
    /// A worked example's leads are all good ones.
    fn is_dated(self) -> bool {
        matches!(
            self,
            Self::Campaign(Campaign {
                run: Run::LastMonth { .. },
                ..
            })
        )
    }
}

impl Plan {
    /// The requests of a day, none of them after the plan's end.
    pub fn leads(&self, day: Day) -> impl Iterator<Item = Lead> + '_ {
        let forms = self.visits(day).flat_map(|visit| self.requests(&visit));
        let before_now = |lead: &Lead| lead.at < self.now;
        forms.chain(self.calls(day)).filter(before_now)
    }

    /// What the desk writes beside a lead, if it writes anything.
    #[must_use]
    pub fn mark(&self, lead: &Lead) -> Option<Mark> {
        match lead.fate {
            // What becomes a deal was worth the desk's time, and a sale needs no word of it.
            Fate::Deal => {
                let is_sold = self.deals_of(lead).iter().any(Deal::is_sale);
                (!is_sold).then_some(Mark::Qualified)
            }
            Fate::Marked(mark) => Some(mark),
            Fate::Left => None,
        }
    }

    fn requests(&self, visit: &Visit) -> Vec<Lead> {
        let Request::Made { at } = visit.request else {
            return Vec::new();
        };
        let mut dice = Dice::of(&[visit.seed, 7]);
        let fate = self.fate(visit.day, Origin::Campaign(visit.campaign), &mut dice);
        let mut lead = self.person(visit.number, at, fate, Origin::Campaign(visit.campaign));
        lead.message = dice.pick(&MESSAGES);
        lead.form = dice.pick(&FORMS);
        lead.page = format!("https://{DOMAIN}{}", visit.campaign.landing);
        lead.visitor = visit.visitor.to_string();
        lead.click_id = visit.click_id();
        let again = !lead.origin.is_dated() && dice.per_mille(REPEATS_PER_MILLE);
        let repeat = again.then(|| Lead {
            external_id: format!("{}-again", lead.external_id),
            at: at.plus_ms(dice.between(20, 300) * 60_000),
            sent: Sent::Again,
            fate: Fate::Left,
            ..lead.clone()
        });
        std::iter::once(lead).chain(repeat).collect()
    }

    fn calls(&self, day: Day) -> impl Iterator<Item = Lead> + '_ {
        self.day(day).into_iter().flat_map(move |plan| {
            let between = |step: u64| {
                let after = plan.visits_before + plan.visits();
                plan.visits_before / step..after / step
            };
            let unknown = between(VISITS_PER_CALL).map(|nth| (CALLERS_FROM + nth, Origin::Unknown));
            let radio = between(VISITS_PER_RADIO_CALL).map(|nth| (RADIO_FROM + nth, Origin::Radio));
            unknown.chain(radio).map(move |(number, origin)| {
                let mut dice = Dice::of(&[self.seed, 8, number]);
                let at = plan.start.plus_ms(dice.between(9 * HOUR_MS, 21 * HOUR_MS));
                let fate = self.fate(day, origin, &mut dice);
                let mut lead = self.person(number, at, fate, origin);
                lead.email = String::new();
                if origin == Origin::Radio {
                    (lead.source, lead.medium) = ("radio", "radio");
                    lead.declared_campaign = "morning_show";
                }
                lead
            })
        })
    }

    fn fate(&self, day: Day, origin: Origin, dice: &mut Dice) -> Fate {
        let draw = dice.below(1000);
        let at_the_desk = day.0 > self.range().last.0 - DESK_DAYS;
        match draw {
            0..720 => Fate::Deal,
            720..760 if at_the_desk && !origin.is_dated() => Fate::Marked(Mark::Spam),
            760..860 if at_the_desk => Fate::Marked(Mark::Disqualified),
            860..920 if at_the_desk => Fate::Marked(Mark::Qualified),
            920..960 if at_the_desk => Fate::Marked(Mark::Working),
            _ => Fate::Left,
        }
    }

    fn person(&self, number: u64, at: UnixMillis, fate: Fate, origin: Origin) -> Lead {
        let mut dice = Dice::of(&[self.seed, 9, number]);
        let (first, last) = (dice.pick(&FIRST_NAMES), dice.pick(&LAST_NAMES));
        let phone = phone(number, &mut dice);
        Lead {
            external_id: format!("L-{number}"),
            name: format!("{first} {last}"),
            phone,
            email: format!("{first}.{last}.{number}@post.example").to_lowercase(),
            message: "",
            form: "",
            page: String::new(),
            visitor: String::new(),
            click_id: String::new(),
            source: "",
            medium: "",
            declared_campaign: "",
            at,
            origin,
            number,
            sent: Sent::First,
            fate,
        }
    }
}

/// A mobile number of its own for every person, spelt as people spell it.
fn phone(number: u64, dice: &mut Dice) -> String {
    const PREFIXES: [&str; 10] = [
        "903", "905", "906", "909", "910", "915", "916", "917", "925", "926",
    ];
    // The factor is prime to the number of phones, so no two people share one.
    let own = number * 48_271 % PHONES;
    let prefix = PREFIXES[usize::try_from(own / 10_000_000).unwrap_or_default()];
    let rest = format!("{:07}", own % 10_000_000);
    let (head, middle, tail) = (&rest[..3], &rest[3..5], &rest[5..]);
    match dice.below(wide(3)) {
        0 => format!("+7 ({prefix}) {head}-{middle}-{tail}"),
        1 => format!("+7 {prefix} {head} {middle} {tail}"),
        _ => format!("+7{prefix}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::scenario::Scenario;

    fn leads() -> (Plan, Vec<Lead>) {
        let scenario = Scenario {
            events: 200_000,
            ..Scenario::year(6, String::new())
        };
        let now = UnixMillis::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        let plan = Plan::new(&scenario, now);
        let leads = plan
            .range()
            .days()
            .flat_map(|day| plan.leads(day))
            .collect();
        (plan, leads)
    }

    #[test]
    fn people_have_their_own_phones_and_repeats_share_them() {
        let digits =
            |lead: &Lead| -> String { lead.phone.chars().filter(char::is_ascii_digit).collect() };
        let (_, leads) = leads();
        let first: Vec<_> = leads
            .iter()
            .filter(|lead| lead.sent == Sent::First)
            .collect();
        let phones: HashSet<String> = first.iter().map(|lead| digits(lead)).collect();
        assert_eq!(phones.len(), first.len());
        let again: Vec<_> = leads
            .iter()
            .filter(|lead| lead.sent == Sent::Again)
            .collect();
        assert!(!again.is_empty());
        assert!(again.iter().all(|lead| phones.contains(&digits(lead))));
    }

    #[test]
    fn some_requests_cannot_be_traced_and_none_is_in_the_future() {
        let (plan, leads) = leads();
        assert!(leads.iter().all(|lead| lead.at < plan.now()));
        let silent = |lead: &&Lead| lead.origin == Origin::Unknown;
        let silent: Vec<_> = leads.iter().filter(silent).collect();
        assert!(silent.len() > 50);
        assert!(
            silent
                .iter()
                .all(|lead| lead.visitor.is_empty() && lead.source.is_empty())
        );
        assert!(leads.iter().any(|lead| lead.source == "radio"));
    }

    #[test]
    fn a_lead_is_written_as_the_door_reads_it() {
        let (_, leads) = leads();
        let found = leads.iter().find(|lead| !lead.click_id.is_empty()).unwrap();
        let json = serde_json::to_value(found).unwrap();
        assert_eq!(json["external_id"], *found.external_id);
        assert_eq!(json["visitor"].as_str().map(str::len), Some(13));
        assert_eq!(json.get("source"), None);
        assert_eq!(json.get("fate"), None);
    }
}
