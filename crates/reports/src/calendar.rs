//! Periods that move with the calendar, and what they are compared with.

use base::{Day, DayRange};
use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A period that is another one tomorrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ViewPreset)]
pub enum Preset {
    Today,
    Yesterday,
    #[serde(rename = "last_7")]
    Last7,
    #[default]
    #[serde(rename = "last_30")]
    Last30,
    #[serde(rename = "last_90")]
    Last90,
    ThisMonth,
    LastMonth,
    ThisQuarter,
    ThisYear,
    #[serde(rename = "last_12_months")]
    Last12Months,
}

/// What a period stands beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ViewCompare)]
pub enum Compare {
    #[default]
    Previous,
    Year,
    None,
}

impl Preset {
    /// Its days where it is this day.
    #[must_use]
    pub fn on(self, today: Day) -> DayRange {
        let month = first_of_month(today);
        let (first, last) = match self {
            Self::Today => (today, today),
            Self::Yesterday => (today.plus_days(-1), today.plus_days(-1)),
            Self::Last7 => (today.plus_days(-6), today),
            Self::Last30 => (today.plus_days(-29), today),
            Self::Last90 => (today.plus_days(-89), today),
            Self::ThisMonth => (month, today),
            Self::LastMonth => (plus_months(month, -1), month.plus_days(-1)),
            Self::ThisQuarter => {
                let into = i32::from((today.date().month() - 1) % 3);
                (plus_months(month, -into), today)
            }
            Self::ThisYear => (Day::from_date(today.date().first_of_year()), today),
            Self::Last12Months => (plus_months(today, -12).plus_days(1), today),
        };
        range(first, last)
    }
}

impl Compare {
    /// Of a month, quarter or year from its beginning, the same days of the one before; otherwise
    /// as many days before. Days that have not come are left out.
    #[must_use]
    pub fn of(self, days: DayRange, today: Day) -> Option<DayRange> {
        let last = match days.first <= today {
            true => days.last.min(today),
            false => days.last,
        };
        match self {
            Self::None => None,
            Self::Year => Some(range(plus_months(days.first, -12), plus_months(last, -12))),
            Self::Previous => Some(before(days, last)),
        }
    }
}

fn before(days: DayRange, last: Day) -> DayRange {
    let eve = days.first.plus_days(-1);
    let Some(months) = months_from_start(days) else {
        let length = last.0 - days.first.0 + 1;
        return range(days.first.plus_days(-length), eve);
    };
    let is_whole = plus_months(days.first, months).plus_days(-1) == last;
    let same_day = plus_months(last, -months).min(eve);
    let end = match is_whole {
        true => eve,
        false => same_day,
    };
    range(plus_months(days.first, -months), end)
}

/// The months of the shortest of month, quarter and year that begins with the period and holds it.
fn months_from_start(days: DayRange) -> Option<i32> {
    let first = days.first.date();
    let months_before = i32::from(first.month()) - 1;
    let fits =
        |months: &i32| months_before % months == 0 && days.last < plus_months(days.first, *months);
    let starts = first.day() == 1;
    starts.then(|| [1, 3, 12].into_iter().find(fits)).flatten()
}

fn first_of_month(day: Day) -> Day {
    Day::from_date(day.date().first_of_month())
}

/// The same day of another month, or the last that it has.
fn plus_months(day: Day, months: i32) -> Day {
    let moved = day.date().checked_add(Span::new().months(months));
    let end = if months < 0 { Date::MIN } else { Date::MAX };
    Day::from_date(moved.unwrap_or(end))
}

fn range(first: Day, last: Day) -> DayRange {
    DayRange {
        first: first.min(last),
        last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(first: &str, last: &str) -> DayRange {
        DayRange::new(first.parse().unwrap(), last.parse().unwrap()).unwrap()
    }

    fn check(preset: Preset, today: &str, first: &str, last: &str) {
        assert_eq!(preset.on(today.parse().unwrap()), days(first, last));
    }

    fn check_before(of: (&str, &str), today: &str, wanted: (&str, &str)) {
        let found = Compare::Previous.of(days(of.0, of.1), today.parse().unwrap());
        assert_eq!(found, Some(days(wanted.0, wanted.1)), "{of:?}");
    }

    #[test]
    fn a_moving_period_ends_today_or_with_the_month_before() {
        check(Preset::Last7, "2026-03-03", "2026-02-25", "2026-03-03");
        check(Preset::LastMonth, "2026-03-31", "2026-02-01", "2026-02-28");
        check(
            Preset::ThisQuarter,
            "2026-06-15",
            "2026-04-01",
            "2026-06-15",
        );
        check(Preset::ThisYear, "2026-06-15", "2026-01-01", "2026-06-15");
        check(
            Preset::Last12Months,
            "2024-02-29",
            "2023-03-01",
            "2024-02-29",
        );
        check(Preset::Yesterday, "2026-01-01", "2025-12-31", "2025-12-31");
    }

    #[test]
    fn a_period_from_a_months_start_stands_beside_the_same_days_of_the_one_before() {
        let (today, march) = ("2026-03-31", ("2026-03-01", "2026-03-31"));
        check_before(march, today, ("2026-02-01", "2026-02-28"));
        check_before(march, "2026-03-10", ("2026-02-01", "2026-02-10"));
        check_before(
            ("2026-03-01", "2026-03-30"),
            today,
            ("2026-02-01", "2026-02-28"),
        );
        let quarter = ("2026-01-01", "2026-03-31");
        check_before(quarter, today, ("2025-10-01", "2025-12-31"));
        check_before(
            ("2026-03-05", "2026-03-11"),
            today,
            ("2026-02-26", "2026-03-04"),
        );
    }

    #[test]
    fn a_year_ago_keeps_the_days() {
        let today = "2026-03-10".parse().unwrap();
        let march = days("2026-03-01", "2026-03-31");
        let ago = days("2025-03-01", "2025-03-10");
        assert_eq!(Compare::Year.of(march, today), Some(ago));
        assert_eq!(Compare::None.of(march, today), None);
    }
}
