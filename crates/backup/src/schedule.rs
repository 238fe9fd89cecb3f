//! When back-ups are due, by the clock on the wall of whoever runs them.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// Times of day in a zone: one, and every so many hours from it.
#[derive(Debug, Clone)]
pub struct Schedule {
    at: Time,
    every_h: i64,
    zone: TimeZone,
}

/// Why something is no schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("it is no time of day such as 03:15")]
    At,
    #[error("it is none of 1, 2, 3, 4, 6, 8, 12, 24")]
    Every,
    #[error("it is no time zone such as Europe/Warsaw")]
    Zone,
}

impl Schedule {
    /// # Errors
    /// Which of the three cannot be used.
    pub fn new(at: &str, every_h: u32, zone: &str) -> Result<Self, ScheduleError> {
        if every_h == 0 || 24 % every_h != 0 {
            return Err(ScheduleError::Every);
        }
        Ok(Self {
            at: Time::strptime("%H:%M", at).map_err(|_| ScheduleError::At)?,
            every_h: every_h.into(),
            zone: TimeZone::get(zone).map_err(|_| ScheduleError::Zone)?,
        })
    }

    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Milliseconds from one time to the next.
    #[must_use]
    pub fn every_ms(&self) -> i64 {
        self.every_h * 3_600_000
    }

    /// The last time that was due, at `now_ms` or before it.
    #[must_use]
    pub fn last_due_ms(&self, now_ms: i64) -> i64 {
        let now = Timestamp::from_millisecond(now_ms).unwrap_or_default();
        let today = now.to_zoned(self.zone.clone()).date();
        let days = [today.yesterday().unwrap_or(today), today];
        let due = days.into_iter().flat_map(|day| {
            let first = day.to_datetime(self.at);
            (0..24 / self.every_h).filter_map(move |turn| {
                let wanted = first.checked_add((turn * self.every_h).hours()).ok()?;
                let due = wanted.to_zoned(self.zone.clone()).ok()?;
                Some(due.timestamp().as_millisecond())
            })
        });
        due.filter(|due| *due <= now_ms).max().unwrap_or(now_ms)
    }

    /// A moment as an operator reads it.
    #[must_use]
    pub fn shown(&self, at_ms: i64) -> String {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
        let at = at.to_zoned(self.zone.clone());
        at.strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }

    /// Reads a moment as an operator writes it: a day, which means its end, a day and time in the
    /// schedule's zone, or a moment with its offset.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<i64> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Some(moment.as_millisecond());
        }
        let local = match text.parse::<jiff::civil::Date>() {
            Ok(day) if !text.contains([':', 'T', ' ']) => {
                day.tomorrow().ok()?.to_datetime(Time::midnight())
            }
            _ => text.parse::<jiff::civil::DateTime>().ok()?,
        };
        let moment = local.to_zoned(self.zone.clone()).ok()?.timestamp();
        Some(moment.as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn check_due(at: &str, every_h: u32, now: &str, due: &str) {
        let schedule = Schedule::new(at, every_h, "Europe/Warsaw").unwrap();
        assert_eq!(
            schedule.last_due_ms(ms(now)),
            ms(due),
            "{at} {every_h} {now}"
        );
    }

    #[test]
    fn a_time_of_day_is_due_by_the_clock_on_the_wall() {
        check_due("03:15", 24, "2026-11-22T10:00:00Z", "2026-11-22T02:15:00Z");
        check_due("03:15", 24, "2026-11-22T02:15:00Z", "2026-11-22T02:15:00Z");
        check_due("03:15", 24, "2026-11-22T02:14:59Z", "2026-11-21T02:15:00Z");
        check_due("03:15", 24, "2026-07-22T10:00:00Z", "2026-07-22T01:15:00Z");
        check_due("23:00", 6, "2026-11-22T10:30:00Z", "2026-11-22T10:00:00Z");
        check_due("00:00", 1, "2026-11-22T10:59:59Z", "2026-11-22T10:00:00Z");
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_is_due_all_the_same() {
        // From 02:00 to 03:00 on the 29th of March.
        check_due("02:30", 24, "2026-03-29T10:00:00Z", "2026-03-29T01:30:00Z");
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        let made = |at, every_h, zone| Schedule::new(at, every_h, zone).err();
        assert_eq!(made("3 am", 24, "UTC"), Some(ScheduleError::At));
        assert_eq!(made("03:15", 5, "UTC"), Some(ScheduleError::Every));
        assert_eq!(made("03:15", 0, "UTC"), Some(ScheduleError::Every));
        assert_eq!(made("03:15", 24, "Mars/Olympus"), Some(ScheduleError::Zone));
    }

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        let schedule = Schedule::new("03:15", 24, "Europe/Warsaw").unwrap();
        for (text, moment) in [
            ("2026-11-22", "2026-11-22T23:00:00Z"),
            ("2026-11-22 04:00", "2026-11-22T03:00:00Z"),
            ("2026-11-22T04:00", "2026-11-22T03:00:00Z"),
            ("2026-11-22T04:00:00Z", "2026-11-22T04:00:00Z"),
        ] {
            assert_eq!(schedule.read(text), Some(ms(moment)), "{text}");
        }
        assert_eq!(schedule.read("yesterday"), None);
    }
}
