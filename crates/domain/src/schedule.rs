//! When something that is sent every day, week or month is sent next.

use base::{Day, TimeZone, UnixMillis};

/// Days in which every kind of turn comes at least once.
const DAYS_AHEAD_MAX: i32 = 62;
/// The last day that every month has.
pub const MONTH_DAY_MAX: u8 = 28;
pub const DAY_MINUTES: u16 = 24 * 60;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    Day,
    /// 1 is Monday.
    Week(u8),
    /// 1 to [`MONTH_DAY_MAX`].
    Month(u8),
}

impl Every {
    /// `None` where there is no such day.
    #[must_use]
    pub fn new(name: &str, on_day: u8) -> Option<Self> {
        match (name, on_day) {
            ("day", 0) => Some(Self::Day),
            ("week", 1..=7) => Some(Self::Week(on_day)),
            ("month", 1..=MONTH_DAY_MAX) => Some(Self::Month(on_day)),
            _ => None,
        }
    }

    fn is_on(self, day: Day) -> bool {
        match self {
            Self::Day => true,
            Self::Week(weekday) => day.date().weekday().to_monday_one_offset() == to_i8(weekday),
            Self::Month(of_month) => day.date().day() == to_i8(of_month),
        }
    }
}

/// The first turn after a moment, so many minutes after midnight of the zone: one a day, also where
/// the clock is set forward over it or back through it.
#[must_use]
pub fn next_after(every: Every, at_minute: u16, zone: &TimeZone, after: UnixMillis) -> UnixMillis {
    let today = zone.day_of(after);
    let minute = at_minute.min(DAY_MINUTES - 1);
    let (hour, minute) = (to_i8_of(minute / 60), to_i8_of(minute % 60));
    let moment = |day: Day| zone.moment_of(day.date().at(hour, minute, 0, 0));
    let days = (0..=DAYS_AHEAD_MAX).map(|ahead| today.plus_days(ahead));
    let mut turns = days.filter(|day| every.is_on(*day)).map(moment);
    let found = turns.find(|turn| *turn > after);
    found.unwrap_or_else(|| moment(today.plus_days(DAYS_AHEAD_MAX)))
}

fn to_i8(number: u8) -> i8 {
    i8::try_from(number).unwrap_or_default()
}

fn to_i8_of(number: u16) -> i8 {
    i8::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(every: Every, at_minute: u16, after: &str, wanted: &str) {
        let zone: TimeZone = "Europe/Warsaw".parse().unwrap();
        let after = UnixMillis::parse_rfc3339(after).unwrap();
        let next = next_after(every, at_minute, &zone, after);
        let wanted = UnixMillis::parse_rfc3339(wanted).unwrap();
        assert_eq!(next.rfc3339(), wanted.rfc3339(), "{every:?}");
    }

    #[test]
    fn a_turn_is_at_its_time_of_the_zone() {
        let at = 8 * 60 + 30;
        check(
            Every::Day,
            at,
            "2026-07-01T06:29:00Z",
            "2026-07-01T06:30:00Z",
        );
        check(
            Every::Day,
            at,
            "2026-07-01T06:30:00Z",
            "2026-07-02T06:30:00Z",
        );
        // A Wednesday.
        check(
            Every::Week(1),
            at,
            "2026-07-01T06:30:00Z",
            "2026-07-06T06:30:00Z",
        );
        check(
            Every::Month(28),
            at,
            "2026-02-28T08:00:00Z",
            "2026-03-28T07:30:00Z",
        );
    }

    #[test]
    fn a_clock_that_is_set_neither_skips_a_turn_nor_repeats_it() {
        let night = 2 * 60 + 30;
        // There is no half past two on the last Sunday of March.
        check(
            Every::Day,
            night,
            "2026-03-28T12:00:00Z",
            "2026-03-29T01:30:00Z",
        );
        // And there are two on that of October.
        check(
            Every::Day,
            night,
            "2026-10-24T12:00:00Z",
            "2026-10-25T00:30:00Z",
        );
        check(
            Every::Day,
            night,
            "2026-10-25T00:30:00Z",
            "2026-10-26T01:30:00Z",
        );
    }

    proptest! {
        #[test]
        fn turns_go_on_and_are_at_most_a_month_apart(
            kind in 0_u8..3,
            day in 1_u8..=7,
            minute in 0_u16..DAY_MINUTES,
            at in 1_500_000_000_000_i64..2_500_000_000_000,
        ) {
            let every = [Every::Day, Every::Week(day), Every::Month(day)][usize::from(kind)];
            let longest_days = [1, 7, 31][usize::from(kind)];
            let zone: TimeZone = "America/New_York".parse().unwrap();
            let next = next_after(every, minute, &zone, UnixMillis(at));
            prop_assert!(next > UnixMillis(at));
            let after = next_after(every, minute, &zone, next);
            let gap_hours = after.since_ms(next) / 3_600_000;
            prop_assert!(gap_hours <= longest_days * 24 + 2, "{gap_hours}");
        }
    }
}
