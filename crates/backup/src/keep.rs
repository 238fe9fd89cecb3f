//! Which sets are kept: the newest of so many hours, days, weeks and months.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::name::SetName;

/// How many of each are kept. The newest set is kept whatever they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    pub hourly: usize,
    pub daily: usize,
    pub weekly: usize,
    pub monthly: usize,
}

/// Names the hour, day, week or month of a moment.
type Span = fn(&Zoned) -> String;

/// The sets that stay: of each of the last hours, days, weeks and months that have one, in `zone`,
/// the newest.
#[must_use]
pub fn kept(sets: &[SetName], keep: Keep, zone: &TimeZone) -> Vec<SetName> {
    let mut newest_first: Vec<&SetName> = sets.iter().collect();
    newest_first.sort();
    newest_first.reverse();
    let mut stays: HashSet<&SetName> = newest_first.first().copied().into_iter().collect();
    let spans: [(usize, Span); 4] = [
        (keep.hourly, |at| at.strftime("%Y-%m-%d %H %z").to_string()),
        (keep.daily, |at| at.strftime("%Y-%m-%d").to_string()),
        (keep.weekly, |at| at.strftime("%G-%V").to_string()),
        (keep.monthly, |at| at.strftime("%Y-%m").to_string()),
    ];
    for (count, span) in spans {
        let mut seen = HashSet::new();
        for name in &newest_first {
            if seen.len() >= count {
                break;
            }
            let made = Timestamp::from_millisecond(name.made_ms()).unwrap_or_default();
            if seen.insert(span(&made.to_zoned(zone.clone()))) {
                stays.insert(name);
            }
        }
    }
    let mut stays: Vec<SetName> = stays.into_iter().cloned().collect();
    stays.sort();
    stays
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keep: Keep, sets: &[&str], stay: &[&str]) {
        let name = |text: &&str| format!("{text}-00000000").parse::<SetName>().unwrap();
        let sets: Vec<SetName> = sets.iter().map(name).collect();
        let stay: Vec<SetName> = stay.iter().map(name).collect();
        let zone = TimeZone::get("Europe/Warsaw").unwrap();
        assert_eq!(kept(&sets, keep, &zone), stay);
    }

    #[test]
    fn of_each_day_the_newest_stays() {
        let keep = Keep {
            daily: 2,
            ..Keep::default()
        };
        let sets = [
            "20261119t120000000z",
            "20261120t010000000z",
            // Half past midnight of the 21st in Warsaw.
            "20261120t233000000z",
            "20261121t120000000z",
        ];
        check(keep, &sets, &[sets[1], sets[3]]);
    }

    #[test]
    fn days_without_a_set_count_for_nothing() {
        let keep = Keep {
            daily: 2,
            ..Keep::default()
        };
        let sets = [
            "20260101t120000000z",
            "20260601t120000000z",
            "20261121t120000000z",
        ];
        check(keep, &sets, &sets[1..]);
    }

    #[test]
    fn weeks_and_months_reach_further_back_than_days() {
        let keep = Keep {
            hourly: 1,
            daily: 1,
            weekly: 2,
            monthly: 3,
        };
        let sets = [
            "20260930t120000000z",
            "20261031t120000000z",
            "20261115t120000000z",
            "20261116t120000000z",
            "20261118t120000000z",
            "20261121t120000000z",
        ];
        check(keep, &sets, &[sets[0], sets[1], sets[2], sets[5]]);
    }

    #[test]
    fn the_newest_stays_whatever_the_numbers_are() {
        let sets = ["20261120t120000000z", "20261121t120000000z"];
        check(Keep::default(), &sets, &sets[1..]);
        check(Keep::default(), &[], &[]);
    }

    #[test]
    fn the_hour_that_comes_twice_is_two_hours() {
        let keep = Keep {
            hourly: 2,
            ..Keep::default()
        };
        let sets = ["20261025t003000000z", "20261025t013000000z"];
        check(keep, &sets, &sets);
    }
}
