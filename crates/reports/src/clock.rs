//! Local time without the engine's help: a small table of offsets, and the steps of a period.

use base::{Day, DayRange, TimeZone, UnixMillis};

use crate::context::WeekStart;
use crate::request::BucketSize;

/// The zone's offsets from UTC during a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offsets {
    /// In force before the first change.
    pub(crate) first_ms: i64,
    /// Moment of a change and the offset after it, in order.
    pub(crate) changes: Vec<(UnixMillis, i64)>,
}

const HOUR_MS: i64 = 3_600_000;

impl Offsets {
    pub(crate) fn of(zone: &TimeZone, (from, until): (UnixMillis, UnixMillis)) -> Self {
        let offset_at = |at: UnixMillis| {
            let stamp = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
            i64::from(zone.jiff().to_offset(stamp).seconds()) * 1000
        };
        let start = jiff::Timestamp::from_millisecond(from.0).unwrap_or_default();
        let changes = zone
            .jiff()
            .following(start)
            .map(|change| UnixMillis(change.timestamp().as_millisecond()))
            .take_while(|at| *at < until)
            .map(|at| (at, offset_at(at)))
            .collect();
        Self {
            first_ms: offset_at(from),
            changes,
        }
    }
}

/// The first day of the week that the day is in.
pub(crate) fn week_of(day: Day, start: WeekStart) -> Day {
    // Day 0 was a Thursday.
    let shift = match start {
        WeekStart::Monday => 3,
        WeekStart::Sunday => 4,
    };
    day.plus_days(-(day.0 + shift).rem_euclid(7))
}

/// The starts of all steps of a period, without gaps: days, or for hours milliseconds.
pub(crate) fn steps(
    zone: &TimeZone,
    range: DayRange,
    size: BucketSize,
    week_start: WeekStart,
) -> Vec<i64> {
    let days = || range.days();
    let numbers: Vec<i64> = match size {
        BucketSize::Day => days().map(|day| i64::from(day.0)).collect(),
        BucketSize::Week => days()
            .map(|day| i64::from(week_of(day, week_start).0))
            .collect(),
        BucketSize::Month => days()
            .map(|day| i64::from(Day::from_date(day.date().first_of_month()).0))
            .collect(),
        BucketSize::Hour => hours(zone, range),
    };
    let mut numbers = numbers;
    numbers.dedup();
    numbers
}

/// Starts of the local hours. Where clocks go back an hour is there twice, where they go
/// forward it is missing.
fn hours(zone: &TimeZone, range: DayRange) -> Vec<i64> {
    let (from, until) = zone.span_of(range);
    let offsets = Offsets::of(zone, (from, until));
    let mut starts = Vec::new();
    let mut at = from.0;
    while at < until.0 {
        let start = hour_of(UnixMillis(at), &offsets);
        starts.push(start);
        at = start + HOUR_MS;
        // A change in the middle of an hour starts a shorter one.
        if let Some((change, _)) = offsets
            .changes
            .iter()
            .find(|(change, _)| start < change.0 && change.0 < at)
        {
            at = change.0;
        }
    }
    starts.sort_unstable();
    starts
}

fn hour_of(at: UnixMillis, offsets: &Offsets) -> i64 {
    let offset = offsets
        .changes
        .iter()
        .rev()
        .find(|(change, _)| *change <= at)
        .map_or(offsets.first_ms, |(_, offset)| *offset);
    at.0 - (at.0 + offset).rem_euclid(HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        name.parse().unwrap()
    }

    fn range(first: &str, last: &str) -> DayRange {
        DayRange::new(first.parse().unwrap(), last.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_clock_change_makes_two_offsets() {
        let warsaw = zone("Europe/Warsaw");
        let span = warsaw.span_of(range("2026-03-28", "2026-03-30"));
        let offsets = Offsets::of(&warsaw, span);
        assert_eq!(offsets.first_ms, HOUR_MS);
        assert_eq!(offsets.changes.len(), 1);
        assert_eq!(offsets.changes[0].1, 2 * HOUR_MS);
    }

    #[test]
    fn a_day_has_as_many_hours_as_its_clock() {
        let warsaw = zone("Europe/Warsaw");
        let count = |day: &str| {
            steps(
                &warsaw,
                range(day, day),
                BucketSize::Hour,
                WeekStart::Monday,
            )
            .len()
        };
        assert_eq!(count("2026-03-29"), 23);
        assert_eq!(count("2026-03-30"), 24);
        assert_eq!(count("2026-10-25"), 25);
    }

    #[test]
    fn weeks_start_where_the_workspace_says() {
        let wednesday: Day = "2026-04-01".parse().unwrap();
        assert_eq!(
            week_of(wednesday, WeekStart::Monday).to_string(),
            "2026-03-30"
        );
        assert_eq!(
            week_of(wednesday, WeekStart::Sunday).to_string(),
            "2026-03-29"
        );
    }

    #[test]
    fn months_have_no_gaps() {
        let steps = steps(
            &TimeZone::UTC,
            range("2026-01-15", "2026-04-02"),
            BucketSize::Month,
            WeekStart::Monday,
        );
        let days: Vec<String> = steps
            .iter()
            .map(|day| Day(i32::try_from(*day).unwrap()).to_string())
            .collect();
        assert_eq!(
            days,
            ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]
        );
    }
}
