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

/// Where a period that is compared with ends before its last day does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) day: Day,
    /// The first moment of the day that does not count any more.
    pub(crate) until: UnixMillis,
}

/// Where to cut `compared` so that it is as far as `range`, whose last days may lie ahead. The
/// last day goes with the last day, one before it with the day as far from the start.
pub(crate) fn cut_of(
    zone: &TimeZone,
    range: DayRange,
    compared: DayRange,
    now: UnixMillis,
) -> Option<Cut> {
    let today = zone.day_of(now);
    if !range.contains(today) {
        return None;
    }
    let day = match today == range.last {
        true => compared.last,
        false => compared.first.plus_days(today.0 - range.first.0),
    };
    let elapsed_ms = now.since_ms(zone.start_of(today));
    let end = zone.start_of(day.plus_days(1));
    let until = zone.start_of(day).plus_ms(elapsed_ms).min(end);
    compared.contains(day).then_some(Cut { day, until })
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
        // A change in the middle of an hour starts a shorter one, which began before the change.
        let end = start + HOUR_MS;
        let reached = at;
        let mut changes = offsets.changes.iter().map(|(change, _)| change.0);
        at = changes
            .find(|change| reached < *change && *change < end)
            .unwrap_or(end);
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
    fn a_period_that_goes_on_is_compared_as_far_as_it_has_come() {
        let cut = |range, compared, now: &str| {
            let now = UnixMillis::parse_rfc3339(now).unwrap();
            let cut = cut_of(&zone("Europe/Warsaw"), range, compared, now)?;
            Some((cut.day.to_string(), cut.until.rfc3339()))
        };
        let at = |day: &str, until: &str| Some((day.to_owned(), until.to_owned()));
        let (november, october) = (
            range("2026-11-01", "2026-11-30"),
            range("2026-10-01", "2026-10-31"),
        );
        // The last day ends when the last day of the other period was as old.
        let so_far = range("2026-11-01", "2026-11-22");
        let same_days = range("2026-10-01", "2026-10-22");
        let now = "2026-11-22T15:40:00Z";
        let afternoon = at("2026-10-22", "2026-10-22T14:40:00.000Z");
        assert_eq!(cut(so_far, same_days, now), afternoon);
        // A period that goes on is at the day as far from its start.
        assert_eq!(cut(november, october, now), afternoon);
        let end = at("2026-10-31", "2026-10-31T22:30:00.000Z");
        assert_eq!(cut(november, october, "2026-11-30T22:30:00Z"), end);
        // Neither the past nor the future is cut.
        assert_eq!(cut(november, october, "2026-12-01T12:00:00Z"), None);
        assert_eq!(cut(november, october, "2026-10-31T12:00:00Z"), None);
        // No day is as far from the start of a shorter period.
        assert_eq!(cut(november, range("2026-10-01", "2026-10-07"), now), None);
        // A day of 25 hours is over before one of 24 could be.
        let long = range("2026-10-25", "2026-10-25");
        let short = range("2026-10-24", "2026-10-24");
        let midnight = at("2026-10-24", "2026-10-24T22:00:00.000Z");
        assert_eq!(cut(long, short, "2026-10-25T22:59:00Z"), midnight);
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
        // Half an hour back and forth: the clock tells the same half twice, or leaves one out.
        let island = zone("Australia/Lord_Howe");
        let steps = |day: &str| {
            steps(
                &island,
                range(day, day),
                BucketSize::Hour,
                WeekStart::Monday,
            )
        };
        assert_eq!(steps("2026-04-05").len(), 25);
        assert_eq!(steps("2026-10-04").len(), 24);
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
