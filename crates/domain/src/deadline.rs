//! By when somebody has to be answered who asks what is held of them, or to be erased.

use base::Day;
use jiff::Span;
use jiff::civil::Weekday;

/// Working days of the Russian law on personal data.
const FZ152_WORKING_DAYS: i32 = 10;
const CCPA_DAYS: i32 = 45;

/// The law that says how long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Law {
    /// A month (Art. 12).
    #[default]
    Gdpr,
    /// Ten working days (Art. 14, 20).
    Fz152,
    /// 45 days.
    Ccpa,
}

impl Law {
    pub const ALL: [Self; 3] = [Self::Gdpr, Self::Fz152, Self::Ccpa];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gdpr => "gdpr",
            Self::Fz152 => "fz152",
            Self::Ccpa => "ccpa",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|law| law.name() == name)
    }

    /// The last day for the answer. The day it came in does not count; public holidays are not
    /// known, so that the day is never later than the law's.
    #[must_use]
    pub fn due(self, received: Day) -> Day {
        match self {
            Self::Gdpr => {
                let date = received.date();
                // A month without such a day ends on its last one.
                Day::from_date(date.checked_add(Span::new().months(1)).unwrap_or(date))
            }
            Self::Fz152 => (0..FZ152_WORKING_DAYS).fold(received, |day, _| next_working(day)),
            Self::Ccpa => received.plus_days(CCPA_DAYS),
        }
    }
}

fn next_working(day: Day) -> Day {
    let next = day.plus_days(1);
    match next.date().weekday() {
        Weekday::Saturday => next.plus_days(2),
        Weekday::Sunday => next.plus_days(1),
        _ => next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(law: Law, received: &str, due: &str) {
        let received: Day = received.parse().unwrap();
        assert_eq!(law.due(received).to_string(), due);
    }

    #[test]
    fn each_law_has_its_last_day() {
        check(Law::Gdpr, "2026-11-23", "2026-12-23");
        check(Law::Gdpr, "2027-01-31", "2027-02-28");
        // From a Monday, from a Friday, and from a Saturday.
        check(Law::Fz152, "2026-11-23", "2026-12-07");
        check(Law::Fz152, "2026-11-27", "2026-12-11");
        check(Law::Fz152, "2026-11-28", "2026-12-11");
        check(Law::Ccpa, "2026-11-23", "2027-01-07");
    }

    #[test]
    fn a_law_is_known_by_its_name() {
        for law in Law::ALL {
            assert_eq!(Law::from_name(law.name()), Some(law));
        }
        assert_eq!(Law::from_name("none"), None);
    }
}
