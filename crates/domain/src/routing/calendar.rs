//! Parts of a week, and days: when by the campaign's clock.

use jiff::civil::{Date, DateTime};

use super::flaw::Flaw;

const DAY_MINUTES: u16 = 24 * 60;
const WEEK_MINUTES: u16 = 7 * DAY_MINUTES;
const DATE_CHARS: usize = 10;

/// Parts of a week in local minutes from Monday's midnight on, in order and apart.
#[derive(Debug, Default)]
pub(super) struct WeekTable(Vec<(u16, u16)>);

/// Days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    first: Date,
    last: Date,
}

impl WeekTable {
    /// Adds what a value such as `1-5 09:00-18:00` means.
    pub(super) fn add(&mut self, value: &str) -> Result<(), Flaw> {
        let (days, from, until) =
            read_hours(value).ok_or_else(|| Flaw::NoHours(value.to_owned()))?;
        for day in (0..7).filter(|day| days[usize::from(*day)]) {
            let midnight = day * DAY_MINUTES;
            let end = match from < until {
                true => midnight + until,
                false => midnight + DAY_MINUTES + until,
            };
            self.0.push((midnight + from, end.min(WEEK_MINUTES)));
            if end > WEEK_MINUTES {
                self.0.push((0, end - WEEK_MINUTES));
            }
        }
        self.join();
        Ok(())
    }

    pub(super) fn contains(&self, local: DateTime) -> bool {
        let minute = minute_of_week(local);
        let after = self.0.partition_point(|(from, _)| *from <= minute);
        self.0[..after]
            .last()
            .is_some_and(|(_, until)| minute < *until)
    }

    fn join(&mut self) {
        self.0.sort_unstable();
        self.0.dedup_by(|next, kept| {
            let touches = next.0 <= kept.1;
            if touches {
                kept.1 = kept.1.max(next.1);
            }
            touches
        });
    }
}

impl Days {
    /// Reads `2026-03-01..2026-03-31`, one day, or either end alone.
    pub(super) fn read(value: &str) -> Result<Self, Flaw> {
        let wrong = || Flaw::NoDays(value.to_owned());
        let (first, last) = value.split_once("..").unwrap_or((value, value));
        if first.trim().is_empty() && last.trim().is_empty() {
            return Err(wrong());
        }
        let read = |text: &str, missing: Date| match text.trim() {
            "" => Ok(missing),
            // A date alone: the reader would take a time behind it, too.
            day if day.len() == DATE_CHARS => day.parse::<Date>().map_err(|_| wrong()),
            _ => Err(wrong()),
        };
        let days = Self {
            first: read(first, Date::MIN)?,
            last: read(last, Date::MAX)?,
        };
        (days.first <= days.last).then_some(days).ok_or_else(wrong)
    }

    pub(super) fn contains(self, local: DateTime) -> bool {
        self.first <= local.date() && local.date() <= self.last
    }
}

/// Minutes since Monday's midnight, as a clock on the wall counts them.
fn minute_of_week(local: DateTime) -> u16 {
    let part = |number: i8| u16::try_from(number).unwrap_or_default();
    part(local.weekday().to_monday_zero_offset()) * DAY_MINUTES
        + part(local.hour()) * 60
        + part(local.minute())
}

fn read_hours(value: &str) -> Option<([bool; 7], u16, u16)> {
    let (days, times) = value.trim().split_once(' ')?;
    let (from, until) = times.trim().split_once('-')?;
    let (from, until) = (read_time(from)?, read_time(until)?);
    let is_time = from < DAY_MINUTES && from != until;
    // A part that ends at midnight may say so either way.
    let until = if until == 0 { DAY_MINUTES } else { until };
    is_time.then_some((read_weekdays(days)?, from, until))
}

/// Weekdays from Monday on: `1-5`, `6`, `1,3,5-7`.
fn read_weekdays(text: &str) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (read_number(first, 1)?, read_number(last, 1)?);
        if first < 1 || last > 7 || first > last {
            return None;
        }
        for day in first..=last {
            days[usize::from(day - 1)] = true;
        }
    }
    Some(days)
}

/// Minutes since midnight; `24:00` is the end of a day.
fn read_time(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute) = (read_number(hour, 2)?, read_number(minute, 2)?);
    let time = hour * 60 + minute;
    (minute < 60 && time <= DAY_MINUTES).then_some(time)
}

fn read_number(text: &str, digits: usize) -> Option<u16> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[track_caller]
    fn check(value: &str, local: &str, wanted: bool) {
        let mut table = WeekTable::default();
        table.add(value).unwrap();
        assert_eq!(table.contains(local.parse().unwrap()), wanted, "{local}");
    }

    #[test]
    fn a_part_of_the_week_begins_with_its_first_minute_and_ends_before_its_last() {
        // 2026-03-02 is a Monday.
        check("1-5 09:00-18:00", "2026-03-02T09:00:00", true);
        check("1-5 09:00-18:00", "2026-03-02T08:59:59", false);
        check("1-5 09:00-18:00", "2026-03-06T17:59:59", true);
        check("1-5 09:00-18:00", "2026-03-06T18:00:00", false);
        check("1-5 09:00-18:00", "2026-03-07T10:00:00", false);
        check("1,3,6-7 00:00-24:00", "2026-03-08T23:59:00", true);
        check("1,3,6-7 00:00-24:00", "2026-03-03T12:00:00", false);
        check("7 20:00-00:00", "2026-03-08T23:59:00", true);
        check("7 20:00-00:00", "2026-03-09T00:00:00", false);
    }

    #[test]
    fn a_part_over_midnight_ends_on_the_day_after() {
        check("5 22:00-06:00", "2026-03-06T22:00:00", true);
        check("5 22:00-06:00", "2026-03-07T05:59:00", true);
        check("5 22:00-06:00", "2026-03-07T06:00:00", false);
        check("5 22:00-06:00", "2026-03-06T05:00:00", false);
        // Sunday's night is a part of Monday.
        check("7 22:00-06:00", "2026-03-09T03:00:00", true);
    }

    #[test]
    fn what_is_no_part_of_a_week_is_refused() {
        for wrong in [
            "",
            "1-5",
            "09:00-18:00",
            "0 09:00-18:00",
            "8 09:00-18:00",
            "5-1 09:00-18:00",
            "1 9:00-18:00",
            "1 09:00",
            "1 09:00-24:01",
            "1 09:60-18:00",
            "1 24:00-06:00",
            "1 09:00-09:00",
            "1,, 09:00-18:00",
            "+1 09:00-18:00",
            "1 -9:00-18:00",
        ] {
            let refused = WeekTable::default().add(wrong);
            assert_eq!(refused, Err(Flaw::NoHours(wrong.to_owned())));
        }
    }

    #[test]
    fn days_have_both_ends() {
        let contains =
            |value: &str, day: Date| Days::read(value).unwrap().contains(day.at(12, 0, 0, 0));
        assert!(contains("2026-03-01..2026-03-31", date(2026, 3, 1)));
        assert!(contains("2026-03-01..2026-03-31", date(2026, 3, 31)));
        assert!(!contains("2026-03-01..2026-03-31", date(2026, 4, 1)));
        assert!(contains("2026-03-01..", date(2036, 4, 1)));
        assert!(contains("..2026-03-01", date(2026, 3, 1)));
        assert!(!contains("2026-03-01", date(2026, 3, 2)));
        for wrong in [
            "",
            "..",
            "2026-03-02..2026-03-01",
            "2026-02-30",
            "2026-03-01T10:00",
            "now",
        ] {
            assert_eq!(Days::read(wrong), Err(Flaw::NoDays(wrong.to_owned())));
        }
    }
}
