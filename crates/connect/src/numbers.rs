//! Numbers as platforms and spreadsheets write them, as exact integers.

use serde::{Deserialize, Serialize};

/// Longest cell that is looked at as a number.
const NUMBER_CHARS_MAX: usize = 60;

/// The mark before the fraction; the other one may group thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    Dot,
    Comma,
}

impl DecimalMark {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Comma => "comma",
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Dot => '.',
            Self::Comma => ',',
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Dot => Self::Comma,
            Self::Comma => Self::Dot,
        }
    }

    /// The mark that a cell shows beyond doubt: `1,5` does, `1,234` does not, a date neither.
    #[must_use]
    pub fn shown_by(cell: &str) -> Option<Self> {
        let (_, digits, _) = plain(cell)?;
        let marks: Vec<char> = digits.chars().filter(|c| matches!(c, '.' | ',')).collect();
        let last = match marks.last()? {
            ',' => Self::Comma,
            _ => Self::Dot,
        };
        let whole_and_rest = digits.rsplit_once(last.letter())?;
        let lone = marks.iter().filter(|mark| **mark == last.letter()).count() == 1;
        match (lone, marks.len()) {
            (true, 1) if whole_and_rest.1.len() != 3 => Some(last),
            (true, 1) => None,
            // 1,234.5: the last mark, of which there is one, is decimal.
            (true, _) => micros(&digits, last).map(|_| last),
            // 1,234,567: only groups repeat.
            (false, _) => micros(&digits, last.other()).map(|_| last.other()),
        }
    }
}

/// Millionths of the number in a cell. Currency signs, spaces, a percent sign and accounting's
/// parentheses for a minus are understood. Digits after the sixth are rounded half away from zero.
#[must_use]
pub fn parse_micros(cell: &str, decimal: DecimalMark) -> Option<i64> {
    i64::try_from(signed_micros(cell, decimal)?).ok()
}

/// A whole number.
#[must_use]
pub fn parse_whole(cell: &str, decimal: DecimalMark) -> Option<i64> {
    let micros = signed_micros(cell, decimal)?;
    if micros % 1_000_000 != 0 {
        return None;
    }
    i64::try_from(micros / 1_000_000).ok()
}

/// A whole number, never negative.
#[must_use]
pub fn parse_count(cell: &str, decimal: DecimalMark) -> Option<i64> {
    parse_whole(cell, decimal).filter(|count| *count >= 0)
}

/// What stands beside the number in a cell, such as the sign of a currency; `None` where nothing
/// does, or where there is no number.
#[must_use]
pub fn unit(cell: &str) -> Option<String> {
    let (_, _, unit) = plain(cell)?;
    (!unit.is_empty()).then_some(unit)
}

fn signed_micros(cell: &str, decimal: DecimalMark) -> Option<i128> {
    let (negative, digits, _) = plain(cell)?;
    let value = micros(&digits, decimal).or_else(|| {
        // 12.5 can mean one thing only, whatever the rest of the file does.
        let shown = DecimalMark::shown_by(cell)?;
        (shown != decimal).then(|| micros(&digits, shown)).flatten()
    })?;
    Some(if negative { -value } else { value })
}

/// Sign, digits with marks, and what stands around them; `None` where anything else stands inside
/// the number.
fn plain(cell: &str) -> Option<(bool, String, String)> {
    let mut text = cell.trim();
    if text.len() > NUMBER_CHARS_MAX * 4 {
        return None;
    }
    let accounting = text
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'));
    text = accounting.unwrap_or(text);
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let start = text.find(|c: char| c.is_ascii_digit())?;
    // A mark right before the first digit belongs to the number, as in `.5`, unless it ends an
    // abbreviation, as in `Rs.500`.
    let head = text[..start].strip_suffix(['.', ',']);
    let start = match head {
        Some(head) if !head.ends_with(char::is_alphabetic) => start - 1,
        _ => start,
    };
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (before, after) = (&text[..start], &text[end..]);
    let minus = before
        .chars()
        .filter(|c| matches!(c, '-' | '\u{2212}'))
        .count();
    if minus > 1 || !before.chars().all(is_around) || !after.chars().all(is_around) {
        return None;
    }
    let inside = text[start..end].chars().filter(|c| !is_space(*c));
    let digits: String = inside.collect();
    let fits = digits.len() <= NUMBER_CHARS_MAX && digits.chars().all(is_part);
    let is_bare = |c: char| is_space(c) || matches!(c, '-' | '\u{2212}' | '+');
    let beside = [before, after].map(|text| text.trim_matches(is_bare));
    let unit = beside.join(" ").trim().to_owned();
    fits.then_some(((minus == 1) != accounting.is_some(), digits, unit))
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\'' | '\u{2019}' | '\u{2060}')
}

/// What may stand beside a number: a sign, a currency in letters or symbols, a percent sign.
fn is_around(letter: char) -> bool {
    is_space(letter)
        || letter.is_alphabetic()
        || matches!(
            letter,
            '-' | '\u{2212}' | '+' | '%' | '$' | '.' | '\u{a3}' | '\u{a5}'
        )
        || ('\u{20a0}'..='\u{20cf}').contains(&letter)
}

fn micros(digits: &str, decimal: DecimalMark) -> Option<i128> {
    let mark = decimal.letter();
    let group = decimal.other().letter();
    let (whole, fraction) = digits.split_once(mark).unwrap_or((digits, ""));
    let mut groups = whole.split(group);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let grouped = rest.is_empty() || (1..=3).contains(&first.len());
    let groups_fit = grouped && rest.iter().all(|part| part.len() == 3);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole: String = std::iter::once(first).chain(rest).collect();
    if !groups_fit || !all_digits(&whole) || !all_digits(fraction) {
        return None;
    }
    let rounds_up = fraction
        .as_bytes()
        .get(6)
        .is_some_and(|digit| *digit >= b'5');
    let kept = fraction.get(..6).unwrap_or(fraction);
    let value: i128 = format!("0{whole}{kept:0<6}").parse().ok()?;
    Some(value + i128::from(rounds_up))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(cell: &str, decimal: DecimalMark, want: Option<i64>) {
        assert_eq!(parse_micros(cell, decimal), want, "{cell}");
    }

    #[test]
    fn amounts_are_read_as_platforms_write_them() {
        check("1,234.56", DecimalMark::Dot, Some(1_234_560_000));
        check("1,234", DecimalMark::Dot, Some(1_234_000_000));
        check("1,234", DecimalMark::Comma, Some(1_234_000));
        check("1 234,56 ₽", DecimalMark::Comma, Some(1_234_560_000));
        check(
            "1\u{a0}234\u{202f}567,5\u{a0}zł",
            DecimalMark::Comma,
            Some(1_234_567_500_000),
        );
        check("$1,234.50", DecimalMark::Dot, Some(1_234_500_000));
        check("12,50 руб.", DecimalMark::Comma, Some(12_500_000));
        check("PLN -5", DecimalMark::Dot, Some(-5_000_000));
        check("(12.50)", DecimalMark::Dot, Some(-12_500_000));
        check("5.25%", DecimalMark::Dot, Some(5_250_000));
        check(".5", DecimalMark::Dot, Some(500_000));
        check("12.5", DecimalMark::Comma, Some(12_500_000));
        check("0.12345678", DecimalMark::Dot, Some(123_457));
        check("1'234.5", DecimalMark::Dot, Some(1_234_500_000));
    }

    #[test]
    fn what_stands_beside_a_number_is_told() {
        for (cell, want) in [
            ("$1,234.50", Some("$")),
            ("-$5", Some("$")),
            ("1 234,56 ₽", Some("₽")),
            ("12,50 руб.", Some("руб.")),
            ("PLN -5", Some("PLN")),
            ("(12.50 zł)", Some("zł")),
            ("$5 CAD", Some("$ CAD")),
            ("12", None),
            ("-12", None),
            ("much", None),
        ] {
            assert_eq!(unit(cell).as_deref(), want, "{cell}");
        }
        check("Rs.500", DecimalMark::Dot, Some(500_000_000));
        check("р.1500", DecimalMark::Comma, Some(1_500_000_000));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for cell in [
            "",
            "--",
            "abc",
            "1.2.3",
            "12,34,56",
            "1e5",
            "2026-11-01",
            "1/2",
            "--5",
        ] {
            check(cell, DecimalMark::Dot, None);
        }
        check("99999999999999999999", DecimalMark::Dot, None);
        assert_eq!(parse_count("1.5", DecimalMark::Dot), None);
        assert_eq!(parse_count("-1", DecimalMark::Dot), None);
        assert_eq!(parse_count("1 200", DecimalMark::Dot), Some(1_200));
    }

    #[test]
    fn a_cell_shows_its_mark_only_beyond_doubt() {
        assert_eq!(DecimalMark::shown_by("1,5"), Some(DecimalMark::Comma));
        assert_eq!(DecimalMark::shown_by("1,234"), None);
        assert_eq!(DecimalMark::shown_by("1,234.50"), Some(DecimalMark::Dot));
        assert_eq!(DecimalMark::shown_by("1,234,567"), Some(DecimalMark::Dot));
        assert_eq!(DecimalMark::shown_by("1.234.567"), Some(DecimalMark::Comma));
        assert_eq!(DecimalMark::shown_by("01.11.2026"), None);
    }

    proptest! {
        #[test]
        fn no_cell_panics(cell: String, near in "[-+0-9.,() %$]{0,12}") {
            for text in [&cell, &near] {
                let _ = DecimalMark::shown_by(text);
                let _ = parse_micros(text, DecimalMark::Dot);
                let _ = parse_count(text, DecimalMark::Comma);
            }
        }

        #[test]
        fn both_spellings_mean_the_same(units in 0_i64..1_000_000, cents in 0_i64..100) {
            let want = Some(units * 1_000_000 + cents * 10_000);
            prop_assert_eq!(parse_micros(&format!("{units}.{cents:02}"), DecimalMark::Dot), want);
            prop_assert_eq!(parse_micros(&format!("{units},{cents:02}"), DecimalMark::Comma), want);
        }
    }
}
