//! One visit of one person: when, from where, how many pages, and whether a request came of it.

use base::{Day, UnixMillis, VisitorId};

use crate::campaign::{Campaign, Group, Run, campaigns};
use crate::dice::{Dice, mix, wide};
use crate::plan::{
    DayPlan, Plan, day_seed, indexed, newcomers_before, returns_before, visit_number,
};

pub(crate) const PAGES_MAX: usize = 8;
/// How likely a visit has 1, 2 … pages.
const PAGES_WEIGHTS: [u64; PAGES_MAX] = [300, 180, 140, 110, 90, 70, 60, 50];
/// How likely a visit begins in each hour of the day.
const HOURS_WEIGHTS: [u64; 24] = [
    12, 7, 4, 3, 3, 5, 12, 25, 42, 58, 68, 72, 74, 72, 68, 66, 66, 68, 70, 74, 76, 70, 50, 14,
];
/// Days after which people come again.
const RETURN_DAYS: [i32; 11] = [1, 2, 3, 5, 7, 11, 16, 25, 40, 60, 90];
const REQUEST_AFTER_MS: i64 = 25_000;
const MINUTE_MS: i64 = 60_000;

/// One visit of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Its own number in the plan, from 1.
    pub number: u64,
    pub day: Day,
    pub campaign: &'static Campaign,
    pub group: Option<Group>,
    pub visitor: VisitorId,
    pub start: UnixMillis,
    /// When the last thing of the visit happens.
    pub end: UnixMillis,
    /// Whether the visitor asks for something.
    pub request: Request,
    pub(crate) seed: u64,
    pub(crate) pages: usize,
    /// Time from a page to the next.
    pub(crate) gaps_ms: [i64; PAGES_MAX],
}

/// Whether a visit ends in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    None,
    Made { at: UnixMillis },
}

impl Plan {
    /// The visits of a day that are over by the plan's end, in no order of time.
    ///
    /// All of a visit, and of a person's visits, lies in the order of time over the days.
    pub fn visits(&self, day: Day) -> impl Iterator<Item = Visit> + '_ {
        self.day(day)
            .into_iter()
            .flat_map(move |plan| self.visits_of(plan))
    }

    fn visits_of<'a>(&'a self, day: &'a DayPlan) -> impl Iterator<Item = Visit> + 'a {
        indexed().flat_map(move |(index, campaign)| {
            let share = day.shares[index];
            let newcomers = newcomers_before(day, index);
            let returns = returns_before(day, index);
            let first_number = visit_number(day, index, 0);
            (0..share.visits).filter_map(move |nth| {
                let number = first_number + nth;
                let fresh = share.visits - share.returning;
                let visitor = match campaign.run {
                    Run::LastMonth { .. } => None,
                    Run::Always { .. } if nth < fresh => Some(self.newcomer(day, newcomers + nth)),
                    Run::Always { .. } => self.returner(day, returns + nth - fresh),
                };
                let visitor = visitor.unwrap_or_else(|| self.stranger(number));
                let visit = self.visit(day, index, nth, number, visitor);
                (visit.end.plus_ms(MINUTE_MS) < self.now).then_some(visit)
            })
        })
    }

    fn newcomer(&self, day: &DayPlan, nth: u64) -> VisitorId {
        visitor_id(&[self.seed, 1, day_seed(day.day), nth])
    }

    /// Somebody who never comes again.
    fn stranger(&self, visit_number: u64) -> VisitorId {
        visitor_id(&[self.seed, 2, visit_number])
    }

    /// Somebody who was new some days ago. No two returns of a day are of one person.
    fn returner(&self, day: &DayPlan, nth: u64) -> Option<VisitorId> {
        let ways = wide(RETURN_DAYS.len());
        let way = usize::try_from(nth % ways).ok()?;
        let (days, nth) = (RETURN_DAYS[way], nth / ways);
        let earlier = self.day(day.day.plus_days(-days))?;
        if nth >= earlier.newcomers {
            return None;
        }
        let start = mix(&[self.seed, day_seed(day.day)]) % earlier.newcomers;
        let step = coprime_step(earlier.newcomers);
        Some(self.newcomer(earlier, (start + nth * step) % earlier.newcomers))
    }

    fn visit(
        &self,
        day: &DayPlan,
        index: usize,
        nth: u64,
        number: u64,
        visitor: VisitorId,
    ) -> Visit {
        let (campaign, share) = (&campaigns()[index], day.shares[index]);
        let seed = mix(&[self.seed, 3, number]);
        let mut dice = Dice::of(&[seed, 1]);
        let asks = asks(campaign.run, share.visits_before + nth, &mut dice);
        let pages = dice.weighted(&PAGES_WEIGHTS) + 1;
        let pages = if asks { pages.max(3) } else { pages };
        let start = day.start.plus_ms(moment_ms(&mut dice));
        let mut gaps_ms = [0; PAGES_MAX];
        for gap in &mut gaps_ms[..pages - 1] {
            *gap = dice.between(9_000, 150_000);
        }
        let last_page = start.plus_ms(gaps_ms.iter().sum());
        let end = last_page.plus_ms(REQUEST_AFTER_MS);
        let request = if asks {
            Request::Made { at: end }
        } else {
            Request::None
        };
        let group = group_of(campaign, share.visits_before + nth);
        Visit {
            number,
            day: day.day,
            campaign,
            group,
            visitor,
            start,
            end,
            request,
            seed,
            pages,
            gaps_ms,
        }
    }
}

/// The ad group of a campaign's `nth` click; the first groups get more.
pub(crate) fn group_of(campaign: &Campaign, nth: u64) -> Option<Group> {
    let count = wide(campaign.groups.len());
    let all = count * (count + 1) / 2;
    let mut left = (nth * 5 + nth / 7).checked_rem(all)?;
    for (index, group) in campaign.groups.iter().enumerate() {
        let weight = count - wide(index);
        if left < weight {
            return Some(*group);
        }
        left -= weight;
    }
    None
}

fn asks(run: Run, nth: u64, dice: &mut Dice) -> bool {
    match run {
        Run::Always {
            leads_per_mille, ..
        } => dice.per_mille(leads_per_mille),
        // Exactly so many, evenly among the visits.
        Run::LastMonth { visits, leads } => (nth + 1) * leads / visits > nth * leads / visits,
    }
}

/// From midnight; early enough that the visit ends on the same day.
fn moment_ms(dice: &mut Dice) -> i64 {
    let hour = dice.weighted(&HOURS_WEIGHTS);
    let minutes = if hour == 23 { 30 } else { 60 };
    let within = dice.between(0, minutes * MINUTE_MS - 1);
    i64::try_from(hour).unwrap_or_default() * 60 * MINUTE_MS + within
}

/// Zero is kept for "unknown".
fn visitor_id(parts: &[u64]) -> VisitorId {
    VisitorId(mix(parts).max(1))
}

/// A step that visits every number below `count` once.
fn coprime_step(count: u64) -> u64 {
    let mut step = (count * 618 / 1000).max(1);
    while greatest_common_divisor(step, count) != 1 {
        step += 1;
    }
    step
}

fn greatest_common_divisor(left: u64, right: u64) -> u64 {
    match right {
        0 => left,
        right => greatest_common_divisor(right, left % right),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::scenario::Scenario;

    fn plan(events: u64) -> Plan {
        let scenario = Scenario {
            events,
            days: 130,
            ..Scenario::year(5, String::new())
        };
        Plan::new(
            &scenario,
            UnixMillis::parse_rfc3339("2026-11-22T10:00:00Z").unwrap(),
        )
    }

    #[test]
    fn nobody_comes_twice_a_day_and_many_come_again() {
        let plan = plan(40_000);
        let mut visits: HashMap<VisitorId, u32> = HashMap::new();
        for day in plan.range().days() {
            let mut today = HashSet::new();
            for visit in plan.visits(day) {
                assert!(today.insert(visit.visitor), "{day}: {visit:?}");
                assert_eq!(plan.zone().day_of(visit.end), day);
                *visits.entry(visit.visitor).or_default() += 1;
            }
        }
        let again = visits.values().filter(|count| **count > 1).count();
        assert!(again * 20 > visits.len(), "{again} of {}", visits.len());
    }

    #[test]
    fn the_worked_examples_have_exactly_their_visits_and_requests() {
        for events in [3_000, 60_000] {
            let plan = plan(events);
            let mut found: HashMap<&str, (u64, u64)> = HashMap::new();
            let mut people = HashSet::new();
            for visit in plan.range().days().flat_map(|day| plan.visits(day)) {
                if let Run::LastMonth { .. } = visit.campaign.run {
                    assert!(plan.last_month().contains(visit.day));
                    assert!(people.insert(visit.visitor));
                    let entry = found.entry(visit.campaign.key).or_default();
                    entry.0 += 1;
                    entry.1 += u64::from(visit.request != Request::None);
                }
            }
            assert_eq!(found["sunglasses"], (100, 9));
            assert_eq!(found["lenses"], (300, 16));
            assert_eq!(found["diamond_glasses"], (50, 11));
        }
    }

    #[test]
    fn every_visit_has_its_own_number() {
        let plan = plan(10_000);
        let all = plan.range().days().flat_map(|day| plan.visits(day));
        let numbers: Vec<u64> = all.map(|visit| visit.number).collect();
        let different: HashSet<&u64> = numbers.iter().collect();
        assert_eq!(different.len(), numbers.len());
    }
}
