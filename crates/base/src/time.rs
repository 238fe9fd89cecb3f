//! Time: moments in UTC, calendar days, and zones that turn one into the other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

/// A calendar day: days since 1970-01-01, in whatever zone the context names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

/// First and last day, both included; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DayRange {
    pub first: Day,
    pub last: Day,
}

/// An IANA time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone(jiff::tz::TimeZone);

/// A name that is no IANA zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an IANA time zone such as Europe/Warsaw")]
pub struct TimeZoneError(pub String);

impl UnixMillis {
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds since `earlier`; negative when `earlier` is later.
    #[must_use]
    pub fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC with milliseconds.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.timestamp()
            .map_or_else(|| self.0.to_string(), |at| format!("{at:.3}"))
    }

    /// Reads RFC 3339 with an offset.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|at| Self(at.as_millisecond()))
    }

    fn timestamp(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_millisecond(self.0).ok()
    }
}

/// More days than the calendar has on either side of 1970, and as many as a span can hold.
const DAYS_MAX: i32 = 7_000_000;

impl Day {
    /// The day after `count` days; earlier for a negative count.
    #[must_use]
    pub fn plus_days(self, count: i32) -> Self {
        Self(self.0.saturating_add(count))
    }

    #[must_use]
    pub fn from_date(date: jiff::civil::Date) -> Self {
        let epoch = jiff::civil::date(1970, 1, 1);
        let days = date
            .since(epoch)
            .map(|span| span.get_days())
            .unwrap_or_default();
        Self(days)
    }

    /// The civil date; the calendar's first or last day where the number is outside the calendar.
    #[must_use]
    pub fn date(self) -> jiff::civil::Date {
        let epoch = jiff::civil::date(1970, 1, 1);
        let end = if self.0 < 0 {
            jiff::civil::Date::MIN
        } else {
            jiff::civil::Date::MAX
        };
        epoch
            .checked_add(jiff::Span::new().days(self.0.clamp(-DAYS_MAX, DAYS_MAX)))
            .unwrap_or(end)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.date())
    }
}

impl FromStr for Day {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse().map(Self::from_date)
    }
}

impl DayRange {
    /// `None` when `last` is before `first`.
    #[must_use]
    pub fn new(first: Day, last: Day) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    pub fn days(self) -> impl Iterator<Item = Day> {
        (self.first.0..=self.last.0).map(Day)
    }

    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// Number of days, at least one.
    #[must_use]
    pub fn len_days(self) -> i32 {
        self.last.0 - self.first.0 + 1
    }
}

impl TimeZone {
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    #[must_use]
    pub fn jiff(&self) -> &jiff::tz::TimeZone {
        &self.0
    }

    /// What a clock in the zone shows at a moment.
    #[must_use]
    pub fn local(&self, at: UnixMillis) -> jiff::civil::DateTime {
        let stamp = at.timestamp().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.0.to_datetime(stamp)
    }

    /// The local day of a moment.
    #[must_use]
    pub fn day_of(&self, at: UnixMillis) -> Day {
        Day::from_date(self.local(at).date())
    }

    /// The first moment of a local day, also where midnight does not exist.
    #[must_use]
    pub fn start_of(&self, day: Day) -> UnixMillis {
        self.moment_of(day.date().at(0, 0, 0, 0))
    }

    /// The moment of a local date and time: the later one in a gap, the earlier one in a fold.
    /// What lies beyond the calendar is its first or last moment.
    #[must_use]
    pub fn moment_of(&self, local: jiff::civil::DateTime) -> UnixMillis {
        let end = if local.year() < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        };
        let at = self.0.to_timestamp(local).unwrap_or(end);
        UnixMillis(at.as_millisecond())
    }

    /// The half-open span of moments that the days cover.
    #[must_use]
    pub fn span_of(&self, range: DayRange) -> (UnixMillis, UnixMillis) {
        (
            self.start_of(range.first),
            self.start_of(range.last.plus_days(1)),
        )
    }
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(name: &str) -> Result<Self, TimeZoneError> {
        jiff::tz::TimeZone::get(name)
            .map(Self)
            .map_err(|_| TimeZoneError(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_day_ends_where_the_next_begins_on_clock_change_days() {
        let warsaw: TimeZone = "Europe/Warsaw".parse().unwrap();
        let day: Day = "2026-03-29".parse().unwrap();
        let (from, until) = warsaw.span_of(DayRange::new(day, day).unwrap());
        assert_eq!(until.since_ms(from), 23 * 3_600_000);
        assert_eq!(warsaw.day_of(from), day);
        assert_eq!(warsaw.day_of(until.plus_ms(-1)), day);
        assert_eq!(warsaw.day_of(until), day.plus_days(1));
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_day_in_1970() {
        let warsaw: TimeZone = "Europe/Warsaw".parse().unwrap();
        let newest: Day = "9999-12-31".parse().unwrap();
        let oldest: Day = "-009999-01-01".parse().unwrap();
        let (from, until) = warsaw.span_of(DayRange::new(oldest, newest).unwrap());
        assert!(from < UnixMillis(-300_000_000_000_000), "{from:?}");
        assert!(until > UnixMillis(253_000_000_000_000), "{until:?}");
    }

    #[test]
    fn days_read_back() {
        let day: Day = "1969-12-31".parse().unwrap();
        assert_eq!(day, Day(-1));
        assert_eq!(day.to_string(), "1969-12-31");
    }
}
