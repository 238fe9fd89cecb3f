//! Numbers of cells, exactly as a spreadsheet shows them: never through a float.
//!
//! A workbook keeps numbers as texts of what a double holds, such as `12.340000000000002` and
//! `1.2E12`. Spreadsheets show fifteen digits, so these are what people have seen.

use base::Day;

/// What a spreadsheet shows of a number that is no whole one.
const DIGITS_SHOWN: usize = 15;
/// Numbers with more zeros than this are no amounts.
const SCALE_MAX: i32 = 60;
/// Longest number that is looked at.
const NUMBER_BYTES_MAX: usize = 64;
/// 1970-01-01 as days are counted from 1900.
const EPOCH_SERIAL: i128 = 25_569;
/// How much later counting begins in workbooks of old Macintoshes.
const EPOCH_1904_DAYS: i128 = 1_462;
/// Until this serial day the count is one off: 1900 is taken for a leap year.
const LEAP_BUG_ENDS: i128 = 60;
/// 10000-01-01.
const SERIAL_END: i128 = 2_958_466;
const DAY_SECONDS: i128 = 86_400;
const FRACTION_DIGITS: u32 = 12;

/// Which day is the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Epoch {
    Of1900,
    Of1904,
}

/// A number as digits: `digits` over ten to the power of `scale`.
struct Decimal {
    negative: bool,
    digits: String,
    scale: i32,
}

/// The number in plain digits with a point; `None` where it is none.
pub(super) fn plain(text: &str) -> Option<String> {
    Some(Decimal::parse(text)?.written())
}

/// The number as a percentage.
pub(super) fn percent(text: &str) -> Option<String> {
    let mut decimal = Decimal::parse(text)?;
    decimal.scale -= 2;
    Some(format!("{}%", decimal.written()))
}

/// The day of a number that counts days, with the time where it is not midnight; the time alone
/// where there is no day. `None` where it is no day of four digits' years.
pub(super) fn moment(text: &str, epoch: Epoch) -> Option<String> {
    let decimal = Decimal::parse(text).filter(|decimal| !decimal.negative)?;
    let one = 10_i128.pow(FRACTION_DIGITS);
    let parts = decimal.times_ten_to(FRACTION_DIGITS)?;
    let (mut days, fraction) = (parts / one, parts % one);
    let mut seconds = (fraction * DAY_SECONDS + one / 2) / one;
    if seconds == DAY_SECONDS {
        (days, seconds) = (days + 1, 0);
    }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let time = format!("{hours:02}:{minutes:02}:{:02}", seconds % 60);
    if days == 0 && epoch == Epoch::Of1900 {
        return Some(time);
    }
    let days = match epoch {
        Epoch::Of1900 if days < LEAP_BUG_ENDS => days + 1,
        Epoch::Of1900 => days,
        Epoch::Of1904 => days + EPOCH_1904_DAYS,
    };
    if days >= SERIAL_END {
        return None;
    }
    let day = Day(i32::try_from(days - EPOCH_SERIAL).ok()?);
    Some(match seconds {
        0 => day.to_string(),
        _ => format!("{day} {time}"),
    })
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > NUMBER_BYTES_MAX {
            return None;
        }
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, Some(power.parse::<i32>().ok()?)),
            None => (text, None),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_exact = power.is_none() && fraction.is_empty();
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let places = i32::try_from(fraction.len()).ok()?;
        let scale = places.checked_sub(power.unwrap_or_default())?;
        if !(-SCALE_MAX..=SCALE_MAX).contains(&scale) {
            return None;
        }
        let digits = digits.trim_start_matches('0').to_owned();
        let mut decimal = Self {
            negative,
            digits,
            scale,
        };
        if !is_exact {
            decimal.round()?;
        }
        Some(decimal)
    }

    /// To the digits that are shown.
    fn round(&mut self) -> Option<()> {
        let Some(dropped) = self.digits.len().checked_sub(DIGITS_SHOWN) else {
            return Some(());
        };
        if dropped == 0 {
            return Some(());
        }
        let rounds_up = self.digits.as_bytes().get(DIGITS_SHOWN)? >= &b'5';
        let kept: u64 = self.digits.get(..DIGITS_SHOWN)?.parse().ok()?;
        self.digits = (kept + u64::from(rounds_up)).to_string();
        self.scale -= i32::try_from(dropped).ok()?;
        Some(())
    }

    fn written(&self) -> String {
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
        if self.digits.is_empty() {
            return "0".to_owned();
        }
        let sign = if self.negative { "-" } else { "" };
        if self.scale <= 0 {
            return format!("{sign}{}{}", self.digits, zeros(-self.scale));
        }
        let scale = usize::try_from(self.scale).unwrap_or(0);
        let lacking = (scale + 1).saturating_sub(self.digits.len());
        let digits = format!("{}{}", "0".repeat(lacking), self.digits);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        match fraction.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        }
    }

    /// The number times a power of ten, cut to a whole one.
    fn times_ten_to(&self, power: u32) -> Option<i128> {
        let written = self.written();
        let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
        let places = usize::try_from(power).ok()?;
        let kept = fraction.get(..places).unwrap_or(fraction);
        let digits = format!("{whole}{kept:0<places$}");
        (digits.len() <= 30).then(|| digits.parse().ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_plain(text: &str, want: &str) {
        assert_eq!(plain(text).as_deref(), Some(want), "{text}");
    }

    #[test]
    fn a_number_is_what_a_spreadsheet_shows() {
        check_plain("12.340000000000002", "12.34");
        check_plain("0.30000000000000004", "0.3");
        check_plain("1.2E12", "1200000000000");
        check_plain("1.5e-3", "0.0015");
        check_plain("-7", "-7");
        check_plain("0", "0");
        check_plain("-0.0", "0");
        check_plain("100", "100");
        check_plain("99.9999999999999999", "100");
        check_plain("0.05", "0.05");
    }

    #[test]
    fn a_whole_number_keeps_every_digit() {
        check_plain("120210000000000123", "120210000000000123");
    }

    #[test]
    fn what_is_no_number_stays_none() {
        for text in ["", "-", "abc", "1e999", "1.2.3", "0x10", "NaN"] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn no_power_is_too_great_to_be_refused() {
        for power in ["-2147483648", "2147483647", "-2147483647", "2147483649"] {
            let text = format!("5.5e{power}");
            assert_eq!(
                (plain(&text), percent(&text), moment(&text, Epoch::Of1900)),
                (None, None, None)
            );
        }
    }

    #[test]
    fn a_percentage_is_a_hundred_times_its_number() {
        assert_eq!(percent("0.25").as_deref(), Some("25%"));
        assert_eq!(percent("1").as_deref(), Some("100%"));
        assert_eq!(percent("0.0123").as_deref(), Some("1.23%"));
    }

    fn check_moment(text: &str, epoch: Epoch, want: Option<&str>) {
        assert_eq!(moment(text, epoch).as_deref(), want, "{text}");
    }

    #[test]
    fn days_are_counted_as_spreadsheets_do() {
        let new = Epoch::Of1900;
        check_moment("46327", new, Some("2026-11-01"));
        check_moment("46327.5625", new, Some("2026-11-01 13:30:00"));
        check_moment("46326.999999999", new, Some("2026-11-01"));
        check_moment("0.75", new, Some("18:00:00"));
        check_moment("1", new, Some("1900-01-01"));
        check_moment("61", new, Some("1900-03-01"));
        check_moment("44865", Epoch::Of1904, Some("2026-11-01"));
        check_moment("2958466", new, None);
        check_moment("-1", new, None);
    }
}
