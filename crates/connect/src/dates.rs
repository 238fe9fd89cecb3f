//! Days and moments as platforms, shops and spreadsheets write them, in three languages.

use std::cmp::Ordering;

use base::{Day, DayRange, TimeZone, UnixMillis};
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// Longest cell that is looked at as a date.
const DATE_CHARS_MAX: usize = 60;
/// Years outside these are taken for something else.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// Whether `3/4/2026` is in April or in March; one file means one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// What the dates of a file tell of their order.
#[derive(Debug, Clone, Copy, Default)]
pub struct DatesSeen {
    day_first: usize,
    month_first: usize,
    either: usize,
}

impl DateOrder {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DayFirst => "day_first",
            Self::MonthFirst => "month_first",
        }
    }
}

impl DatesSeen {
    /// A number above twelve is no month.
    pub fn note(&mut self, cell: &str) {
        match leading_pair(cell) {
            Some([first, second]) if first != second => {
                self.day_first += usize::from(first > 12);
                self.month_first += usize::from(second > 12);
                self.either += usize::from(first <= 12 && second <= 12);
            }
            _ => {}
        }
    }

    /// The order that most dates can only be read in; `None` where they do not tell.
    #[must_use]
    pub fn order(self) -> Option<DateOrder> {
        match self.day_first.cmp(&self.month_first) {
            Ordering::Greater => Some(DateOrder::DayFirst),
            Ordering::Less => Some(DateOrder::MonthFirst),
            Ordering::Equal => None,
        }
    }

    /// Whether it matters in which order the dates are read, and they do not tell.
    #[must_use]
    pub fn are_ambiguous(self) -> bool {
        self.order().is_none() && self.either + self.day_first > 0
    }
}

/// The day in a cell; a time after it is left out.
///
/// Understood: `2026-11-01`, `20261101`, `01.11.2026`, `1/11/26`, `Nov 1, 2026`,
/// `1 нояб. 2026 г.`, `1 listopada 2026`, and weekdays before them.
#[must_use]
pub fn parse_day(cell: &str, order: DateOrder) -> Option<Day> {
    let (date, _) = split_time(cell)?;
    parse_date(&date, order).map(Day::from_date)
}

/// The days in a cell: one, or a range such as `2026-11-01/2026-11-03` or `1.11.2026 - 3.11.2026`.
#[must_use]
pub fn parse_days(cell: &str, order: DateOrder) -> Option<DayRange> {
    if let Some(day) = parse_day(cell, order) {
        return DayRange::new(day, day);
    }
    [" - ", " \u{2013} ", "\u{2013}", "..", "/"]
        .iter()
        .filter_map(|mark| cell.split_once(mark))
        .find_map(|(first, last)| DayRange::new(parse_day(first, order)?, parse_day(last, order)?))
}

/// The moment in a cell: RFC 3339, seconds or milliseconds since 1970, or a local date with or
/// without a time; without one it is the start of the day.
#[must_use]
pub fn parse_moment(cell: &str, order: DateOrder, zone: &TimeZone) -> Option<UnixMillis> {
    let text = cell.trim();
    if text.chars().count() > DATE_CHARS_MAX {
        return None;
    }
    if let Some(at) = UnixMillis::parse_rfc3339(text) {
        return Some(at);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        match text.len() {
            10 => {
                return text
                    .parse::<i64>()
                    .ok()
                    .map(|seconds| UnixMillis(seconds * 1_000));
            }
            13 => return text.parse().ok().map(UnixMillis),
            _ => {}
        }
    }
    let (date, time) = split_time(text)?;
    let day = parse_date(&date, order)?;
    Some(match time {
        Some(time) => zone.moment_of(day.to_datetime(time)),
        None => zone.start_of(Day::from_date(day)),
    })
}

/// Takes a time such as `14:05`, `2:05:07 PM` or `T14:05` out of the text.
fn split_time(cell: &str) -> Option<(String, Option<Time>)> {
    let text = cell.trim();
    if text.is_empty() || text.chars().count() > DATE_CHARS_MAX {
        return None;
    }
    let Some(colon) = text.find(':') else {
        return Some((text.to_owned(), None));
    };
    let before = &text[..colon];
    let hour_digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
    let start = colon - hour_digits;
    let date = text[..start]
        .trim_end()
        .trim_end_matches([',', 'T', 't'])
        .trim_end();
    let time = parse_time(&text[start..])?;
    Some((date.to_owned(), Some(time)))
}

fn parse_time(text: &str) -> Option<Time> {
    let lower = text.to_lowercase();
    let lower = lower.trim();
    let (clock, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        _ => (lower, None),
    };
    // A fraction of a second changes no report.
    let clock = clock.trim().split('.').next()?;
    let mut parts = clock.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(offset) => hour % 12 + offset,
        None => hour,
    };
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second.min(59), 0).ok()
}

fn parse_date(text: &str, order: DateOrder) -> Option<Date> {
    let words = words(text)?;
    let is_number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
    let numbers: Vec<&str> = words.iter().map(String::as_str).filter(is_number).collect();
    let month = words
        .iter()
        .filter(|word| !is_number(&word.as_str()))
        .find_map(|w| month_of(w));
    match (month, numbers.as_slice()) {
        (Some(month), [year, day]) if year.len() == 4 => date(year, month, number(day)?),
        (Some(month), [day, year]) => date(year, month, number(day)?),
        (None, _) if words.len() != numbers.len() => None,
        (None, [compact]) if compact.len() == 8 => date(
            &compact[..4],
            number(&compact[4..6])?,
            number(&compact[6..])?,
        ),
        (None, [year, month, day]) if year.len() == 4 => date(year, number(month)?, number(day)?),
        (None, [first, second, year]) => match order {
            // Dots are never American.
            DateOrder::MonthFirst if !text.contains('.') => {
                date(year, number(first)?, number(second)?)
            }
            _ => date(year, number(second)?, number(first)?),
        },
        _ => None,
    }
}

/// Runs of letters and of digits; `None` where anything but the usual marks stands between.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut running = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() {
            if !letter.is_whitespace() && !matches!(letter, '.' | ',' | '/' | '-') {
                return None;
            }
            running = false;
            continue;
        }
        let same =
            |word: &String| word.ends_with(|last: char| last.is_numeric() == letter.is_numeric());
        match words.last_mut().filter(|word| running && same(word)) {
            Some(word) => word.extend(letter.to_lowercase()),
            None => words.push(letter.to_lowercase().collect()),
        }
        running = true;
    }
    Some(words)
}

fn month_of(word: &str) -> Option<i8> {
    const MONTHS: [&[&str]; 12] = [
        &["jan", "янв", "sty"],
        &["feb", "фев", "lut"],
        &["mar", "мар"],
        &["apr", "апр", "kwi"],
        &["may", "мая", "май", "maj"],
        &["jun", "июн", "cze"],
        &["jul", "июл", "lip"],
        &["aug", "авг", "sie"],
        &["sep", "сен", "wrz"],
        &["oct", "окт", "paź", "paz"],
        &["nov", "ноя", "lis"],
        &["dec", "дек", "gru"],
    ];
    let at = MONTHS
        .iter()
        .position(|names| names.iter().any(|name| word.starts_with(name)))?;
    i8::try_from(at + 1).ok()
}

fn number(text: &str) -> Option<i8> {
    text.parse().ok()
}

fn date(year: &str, month: i8, day: i8) -> Option<Date> {
    let year: i16 = match (year.len(), year.parse().ok()?) {
        (4, year) => year,
        (2, short) => 2_000_i16.checked_add(short)?,
        _ => return None,
    };
    YEARS
        .contains(&year)
        .then(|| Date::new(year, month, day).ok())
        .flatten()
}

/// The first two numbers of a date whose year comes last.
fn leading_pair(cell: &str) -> Option<[u8; 2]> {
    let (date, _) = split_time(cell)?;
    let mut parts = date.split(['/', '-']).map(str::trim);
    let pair = [parts.next()?.parse().ok()?, parts.next()?.parse().ok()?];
    let year_length = parts.next()?.len();
    (matches!(year_length, 2 | 4) && parts.next().is_none()).then_some(pair)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_day(cell: &str, order: DateOrder, want: Option<&str>) {
        let day = parse_day(cell, order).map(|day| day.to_string());
        assert_eq!(day.as_deref(), want, "{cell}");
    }

    #[test]
    fn days_are_read_in_three_languages() {
        for cell in [
            "2026-11-01",
            "20261101",
            "2026/11/01",
            "2026.11.01",
            "01.11.2026",
            "1.11.26",
            "1 нояб. 2026 г.",
            "вс, 1 нояб. 2026 г.",
            "1 ноября 2026",
            "Nov 1, 2026",
            "November 1, 2026",
            "1 Nov 2026",
            "01-Nov-2026",
            "Sun, Nov 1, 2026",
            "1 lis 2026",
            "1 listopada 2026",
            "2026-11-01T10:00:00",
            "2026-11-01 23:59",
            "01.11.2026 7:05:00",
        ] {
            check_day(cell, DateOrder::DayFirst, Some("2026-11-01"));
            check_day(cell, DateOrder::MonthFirst, Some("2026-11-01"));
        }
        check_day("3/4/2026", DateOrder::MonthFirst, Some("2026-03-04"));
        check_day("3/4/2026", DateOrder::DayFirst, Some("2026-04-03"));
        check_day("16 paź 2026", DateOrder::DayFirst, Some("2026-10-16"));
        check_day("5 мая 2026", DateOrder::DayFirst, Some("2026-05-05"));
    }

    #[test]
    fn a_cell_may_hold_a_range_of_days() {
        let check = |cell: &str, want: Option<(&str, &str)>| {
            let found = parse_days(cell, DateOrder::DayFirst);
            let found = found.map(|days| (days.first.to_string(), days.last.to_string()));
            let found = found
                .as_ref()
                .map(|(first, last)| (first.as_str(), last.as_str()));
            assert_eq!(found, want, "{cell}");
        };
        let three = Some(("2026-11-01", "2026-11-03"));
        for cell in [
            "2026-11-01/2026-11-03",
            "01.11.2026 - 03.11.2026",
            "1/11/2026\u{2013}3/11/2026",
            "2026-11-01..2026-11-03",
        ] {
            check(cell, three);
        }
        check("1/11/2026", Some(("2026-11-01", "2026-11-01")));
        check("2026-11-03/2026-11-01", None);
        check("2026-11-03/soon", None);
    }

    #[test]
    fn what_is_no_day_is_none() {
        for cell in [
            "",
            "Total",
            "2026-02-30",
            "13/13/2026",
            "1.1",
            "12",
            "1850-01-01",
            "a.b.c",
        ] {
            check_day(cell, DateOrder::DayFirst, None);
        }
    }

    #[test]
    fn one_number_above_twelve_decides_for_the_file() {
        let decide = |cells: &[&str]| {
            let mut seen = DatesSeen::default();
            cells.iter().for_each(|cell| seen.note(cell));
            (seen.order(), seen.are_ambiguous())
        };
        let (day, month) = (Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst));
        assert_eq!(decide(&["1/2/2026", "25/2/2026"]), (day, false));
        assert_eq!(decide(&["1/2/2026", "2/25/2026"]), (month, false));
        assert_eq!(decide(&["1/2/2026"]), (None, true));
        assert_eq!(decide(&["25/2/2026", "2/25/2026"]), (None, true));
        assert_eq!(decide(&["2/2/2026"]), (None, false));
        assert_eq!(decide(&["2026-02-25", "01.02.2026"]), (None, false));
    }

    fn check_moment(cell: &str, want: &str) {
        let warsaw: TimeZone = "Europe/Warsaw".parse().unwrap();
        let at = parse_moment(cell, DateOrder::DayFirst, &warsaw);
        assert_eq!(at.map(UnixMillis::rfc3339).as_deref(), Some(want), "{cell}");
    }

    #[test]
    fn moments_are_local_unless_they_say_otherwise() {
        check_moment("2026-11-01T10:00:00Z", "2026-11-01T10:00:00.000Z");
        check_moment("2026-11-01T10:00:00+03:00", "2026-11-01T07:00:00.000Z");
        check_moment("2026-11-01 10:00:00", "2026-11-01T09:00:00.000Z");
        check_moment("01.11.2026, 10:00", "2026-11-01T09:00:00.000Z");
        check_moment("1 Nov 2026 2:05:07 PM", "2026-11-01T13:05:07.000Z");
        check_moment("20261101", "2026-10-31T23:00:00.000Z");
        check_moment("1793527200", "2026-11-01T10:00:00.000Z");
        check_moment("1793527200000", "2026-11-01T10:00:00.000Z");
    }

    proptest! {
        #[test]
        fn no_cell_panics(cell: String, near in "[0-9./: ,TZ+a-z-]{0,24}") {
            for text in [&cell, &near] {
                let _ = parse_days(text, DateOrder::DayFirst);
                let _ = parse_moment(text, DateOrder::MonthFirst, &TimeZone::UTC);
                DatesSeen::default().note(text);
            }
        }

        #[test]
        fn an_iso_day_reads_back(number in 8_000_i32..40_000) {
            let day = Day(number);
            prop_assert_eq!(parse_day(&day.to_string(), DateOrder::MonthFirst), Some(day));
        }
    }
}
