//! The year at a glance: how many visits each campaign brings on each day.

use base::{Day, DayRange, TimeZone, UnixMillis};
use jiff::ToSpan;

use crate::campaign::{Campaign, Run, campaigns};
use crate::dice::mix;
use crate::scenario::{DAYS_MIN, Scenario};
use crate::shop;

/// Events of an average visit, in thousandths; measured, and held by a test.
const EVENTS_PER_VISIT_MILLI: u64 = 6_720;
/// Crawlers' share of all events.
const BOTS_PER_MILLE: u64 = 30;
/// January to December.
const SEASON: [u64; 12] = [
    880, 900, 1000, 1080, 1180, 1220, 1150, 1050, 1060, 980, 950, 1150,
];
/// Monday to Sunday.
const WEEK: [u64; 7] = [1050, 1080, 1060, 1020, 960, 880, 950];
/// Growth from the first to the last day, in thousandths of the average.
const GROWTH: (u64, u64) = (800, 1200);

/// The scenario laid out over days. Its size depends on the days, not on the events.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) seed: u64,
    pub(crate) now: UnixMillis,
    zone: TimeZone,
    range: DayRange,
    last_month: DayRange,
    events_expected: u64,
    days: Vec<DayPlan>,
}

/// One day of the plan.
#[derive(Debug, Clone)]
pub(crate) struct DayPlan {
    pub(crate) day: Day,
    pub(crate) start: UnixMillis,
    /// By campaign.
    pub(crate) shares: Vec<Share>,
    /// Visits of all the days before.
    pub(crate) visits_before: u64,
    /// Visitors who come for the first time, and may come again.
    pub(crate) newcomers: u64,
    pub(crate) bots: u64,
}

/// A campaign's part of a day.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Share {
    pub(crate) visits: u64,
    /// The campaign's visits of all the days before.
    pub(crate) visits_before: u64,
    /// How many of the visits are by people who were here before.
    pub(crate) returning: u64,
}

impl Plan {
    /// Lays the scenario out so that it ends at `now`.
    #[must_use]
    pub fn new(scenario: &Scenario, now: UnixMillis) -> Self {
        let zone = shop::time_zone();
        let last = zone.day_of(now);
        let count = i32::try_from(scenario.days.max(DAYS_MIN)).unwrap_or(i32::MAX);
        let range = DayRange {
            first: last.plus_days(1 - count),
            last,
        };
        let mut plan = Self {
            seed: scenario.seed,
            now,
            last_month: month_before(last),
            events_expected: scenario.events,
            days: Vec::new(),
            zone,
            range,
        };
        plan.days = plan.lay_out(scenario.events);
        plan
    }

    /// All days, the last of which is today.
    #[must_use]
    pub fn range(&self) -> DayRange {
        self.range
    }

    /// The last full month, in which the worked examples run.
    #[must_use]
    pub fn last_month(&self) -> DayRange {
        self.last_month
    }

    /// The number of events asked for.
    #[must_use]
    pub fn events_expected(&self) -> u64 {
        self.events_expected
    }

    /// When the simulation ends.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.now
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub(crate) fn day(&self, day: Day) -> Option<&DayPlan> {
        usize::try_from(day.0 - self.range.first.0)
            .ok()
            .and_then(|index| self.days.get(index))
    }

    fn lay_out(&self, events: u64) -> Vec<DayPlan> {
        let bots = events * BOTS_PER_MILLE / 1000;
        let dated: u64 = campaigns()
            .iter()
            .map(|campaign| dated_visits(campaign.run))
            .sum();
        let visits = ((events - bots) * 1000 / EVENTS_PER_VISIT_MILLI).saturating_sub(dated);
        let weights: Vec<u64> = self.range.days().map(|day| self.weight_of(day)).collect();
        let year = weights.iter().sum::<u64>().max(1);
        let all: u64 = campaigns()
            .iter()
            .map(|campaign| weight(campaign.run))
            .sum();
        let mut days = Vec::new();
        let (mut weight_before, mut visits_before) = (0, 0);
        for (day, day_weight) in self.range.days().zip(weights) {
            let weight_after = weight_before + day_weight;
            let shares: Vec<Share> = campaigns()
                .iter()
                .map(|campaign| match campaign.run {
                    Run::Always {
                        weight,
                        returning_per_mille,
                        ..
                    } => {
                        let total = visits * weight / all;
                        let jitter = mix(&[self.seed, weight, total]) % year;
                        let upto = |part: u64| scaled(total, part, jitter, year);
                        Share::over(upto(weight_before), upto(weight_after), returning_per_mille)
                    }
                    Run::LastMonth { visits, .. } => self.dated_share(day, visits),
                })
                .collect();
            let upto = |part: u64| scaled(bots, part, 0, year);
            days.push(DayPlan {
                day,
                start: self.zone.start_of(day),
                visits_before,
                newcomers: newcomers(&shares),
                bots: upto(weight_after) - upto(weight_before),
                shares,
            });
            visits_before += days.last().map_or(0, DayPlan::visits);
            weight_before = weight_after;
        }
        days
    }

    fn weight_of(&self, day: Day) -> u64 {
        let date = day.date();
        let month = usize::try_from(date.month() - 1).unwrap_or_default();
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let passed = u64::try_from(day.0 - self.range.first.0).unwrap_or_default();
        let all = u64::try_from(self.range.len_days()).unwrap_or(1);
        let growth = GROWTH.0 + (GROWTH.1 - GROWTH.0) * passed / all;
        // A day is never quite like the one a week before.
        let whim = 930 + mix(&[self.seed, passed]) % 141;
        SEASON[month] * WEEK[weekday] / 1000 * growth / 1000 * whim / 1000
    }

    /// The visits of a dated campaign, spread evenly over its month.
    fn dated_share(&self, day: Day, visits: u64) -> Share {
        let all = u64::try_from(self.last_month.len_days()).unwrap_or(1);
        // Before the month nothing has passed, after it everything has.
        let passed = |days: i32| u64::try_from(days).unwrap_or_default().min(all);
        let days = day.0 - self.last_month.first.0;
        Share::over(
            visits * passed(days) / all,
            visits * passed(days + 1) / all,
            0,
        )
    }
}

impl DayPlan {
    pub(crate) fn visits(&self) -> u64 {
        self.shares.iter().map(|share| share.visits).sum()
    }
}

impl Share {
    fn over(before: u64, after: u64, returning_per_mille: u64) -> Self {
        let visits = after - before;
        Self {
            visits,
            visits_before: before,
            returning: visits * returning_per_mille / 1000,
        }
    }
}

/// Only undated campaigns have visitors who come again: a dated one would otherwise earn what its
/// worked example does not tell.
fn newcomers(shares: &[Share]) -> u64 {
    campaigns()
        .iter()
        .zip(shares)
        .filter(|(campaign, _)| matches!(campaign.run, Run::Always { .. }))
        .map(|(_, share)| share.visits - share.returning)
        .sum()
}

fn weight(run: Run) -> u64 {
    match run {
        Run::Always { weight, .. } => weight,
        Run::LastMonth { .. } => 0,
    }
}

fn dated_visits(run: Run) -> u64 {
    match run {
        Run::Always { .. } => 0,
        Run::LastMonth { visits, .. } => visits,
    }
}

/// `total · part / whole`, shifted so that small campaigns do not all step on the same days.
fn scaled(total: u64, part: u64, jitter: u64, whole: u64) -> u64 {
    let shift = if part == 0 || part >= whole {
        0
    } else {
        u128::from(jitter)
    };
    let exact = (u128::from(total) * u128::from(part) + shift) / u128::from(whole);
    u64::try_from(exact).unwrap_or(total).min(total)
}

fn month_before(day: Day) -> DayRange {
    let end = day
        .date()
        .first_of_month()
        .checked_sub(1.day())
        .unwrap_or(day.date());
    DayRange {
        first: Day::from_date(end.first_of_month()),
        last: Day::from_date(end),
    }
}

/// An index into the campaigns.
pub(crate) fn indexed() -> impl Iterator<Item = (usize, &'static Campaign)> {
    campaigns().iter().enumerate()
}

/// A number of its own for every visit of the plan, from 1.
pub(crate) fn visit_number(day: &DayPlan, campaign: usize, nth: u64) -> u64 {
    let before: u64 = day
        .shares
        .iter()
        .take(campaign)
        .map(|share| share.visits)
        .sum();
    day.visits_before + before + nth + 1
}

/// How many of a day's new people the campaigns before this one bring.
pub(crate) fn newcomers_before(day: &DayPlan, campaign: usize) -> u64 {
    newcomers(&day.shares[..campaign.min(day.shares.len())])
}

/// How many of a day's returns the campaigns before this one bring.
pub(crate) fn returns_before(day: &DayPlan, campaign: usize) -> u64 {
    day.shares
        .iter()
        .take(campaign)
        .map(|share| share.returning)
        .sum()
}

/// Days as part of a seed.
pub(crate) fn day_seed(day: Day) -> u64 {
    u64::from(day.0.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::wide;

    fn plan(events: u64, now: &str) -> Plan {
        let scenario = Scenario {
            events,
            ..Scenario::year(1, String::new())
        };
        Plan::new(&scenario, UnixMillis::parse_rfc3339(now).unwrap())
    }

    #[test]
    fn the_dated_month_is_the_last_full_one_and_holds_the_worked_examples() {
        for now in [
            "2026-11-22T10:00:00Z",
            "2026-11-30T21:30:00Z",
            "2026-03-01T00:00:00Z",
        ] {
            let plan = plan(20_000, now);
            let month = plan.last_month();
            assert_eq!(month.first.date().day(), 1);
            assert_eq!(month.last.plus_days(1).date().day(), 1);
            assert!(plan.range().contains(month.first) && month.last < plan.range().last);
            let visits = |index: usize| -> u64 {
                month
                    .days()
                    .map(|day| plan.day(day).unwrap().shares[index].visits)
                    .sum()
            };
            assert_eq!([visits(0), visits(1), visits(2)], [100, 300, 50], "{now}");
        }
    }

    #[test]
    fn shares_add_up_and_never_go_back() {
        let plan = plan(300_000, "2026-11-22T10:00:00Z");
        let mut before = vec![0; campaigns().len()];
        let mut visits = 0;
        for day in &plan.days {
            assert_eq!(day.visits_before, visits);
            for (share, seen) in day.shares.iter().zip(&mut before) {
                assert_eq!(share.visits_before, *seen);
                *seen += share.visits;
            }
            visits += day.visits();
        }
        assert!(visits > 40_000, "{visits}");
        assert_eq!(wide(plan.days.len()), 365);
    }
}
