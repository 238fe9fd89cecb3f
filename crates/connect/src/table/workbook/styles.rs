//! How the numbers of a workbook are meant: by the formats of its cells.

use std::collections::HashMap;
use std::io::Read;

use base::Currency;
use quick_xml::events::{BytesStart, Event};

use super::number::{self, Epoch};
use super::xml::{Xml, attribute};
use crate::currency::{is_unit, parse_unit};
use crate::table::TableError;

/// Most formats; a spreadsheet has 65,490 at most.
const STYLES_MAX: usize = 66_000;
/// Longest word of a currency.
const CURRENCY_BYTES_MAX: usize = 64;

/// The formats of cells, by the number that a cell names.
#[derive(Debug, Clone, Default)]
pub(super) struct Styles(Vec<Style>);

/// What a format makes of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Style {
    Plain,
    Moment,
    Percent,
    /// With a currency beside it.
    Amount(String),
}

impl Styles {
    pub(super) fn read<R: Read>(source: R) -> Result<Self, TableError> {
        let mut xml = Xml::new(source);
        let mut codes: HashMap<u32, Style> = HashMap::new();
        let mut styles = Vec::new();
        let mut within_cells = false;
        loop {
            match xml.next()? {
                Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                    b"numFmt" if codes.len() < STYLES_MAX => {
                        let code = attribute(&tag, b"formatCode").unwrap_or_default();
                        codes.extend(format_of(&tag).zip(Some(Style::of_code(&code))));
                    }
                    b"cellXfs" => within_cells = true,
                    b"xf" if within_cells && styles.len() < STYLES_MAX => {
                        styles.push(style_of(&tag, &codes));
                    }
                    _ => {}
                },
                Event::End(tag) if tag.local_name().as_ref() == b"cellXfs" => {
                    xml.pass_over()?;
                    return Ok(Self(styles));
                }
                Event::Eof => return Ok(Self(styles)),
                _ => {}
            }
        }
    }

    /// The number of a cell as text.
    pub(super) fn shown(&self, text: &str, style: Option<usize>, epoch: Epoch) -> String {
        let style = style.and_then(|style| self.0.get(style));
        let shown = match style.unwrap_or(&Style::Plain) {
            Style::Plain => number::plain(text),
            Style::Moment => number::moment(text, epoch).or_else(|| number::plain(text)),
            Style::Percent => number::percent(text),
            Style::Amount(currency) => {
                number::plain(text).map(|amount| format!("{amount} {currency}"))
            }
        };
        shown.unwrap_or_else(|| text.to_owned())
    }
}

fn style_of(tag: &BytesStart<'_>, codes: &HashMap<u32, Style>) -> Style {
    let id = format_of(tag);
    if let Some(style) = id.and_then(|id| codes.get(&id)) {
        return style.clone();
    }
    // Formats that every spreadsheet knows without being told.
    match id {
        Some(9 | 10) => Style::Percent,
        Some(14..=22 | 27..=36 | 45..=47 | 50..=58) => Style::Moment,
        _ => Style::Plain,
    }
}

fn format_of(tag: &BytesStart<'_>) -> Option<u32> {
    attribute(tag, b"numFmtId")?.trim().parse().ok()
}

impl Style {
    /// By a format such as `#,##0.00 [$€-407]` or `dd/mm/yyyy hh:mm`.
    fn of_code(code: &str) -> Self {
        let mut bare = String::new();
        let mut beside = String::new();
        // In brackets and behind a dollar sign stands a currency and nothing else.
        let mut is_currency = false;
        let mut letters = code.chars();
        while let Some(letter) = letters.next() {
            match letter {
                // What follows is for negative numbers.
                ';' => break,
                '"' => beside.extend(letters.by_ref().take_while(|letter| *letter != '"')),
                '\\' => beside.extend(letters.next()),
                '_' | '*' => {
                    letters.next();
                }
                '[' => {
                    let inside: String = letters.by_ref().take_while(|c| *c != ']').collect();
                    match inside.strip_prefix('$') {
                        Some(named) => {
                            let named = named.split('-').next().unwrap_or_default();
                            is_currency |= !named.trim().is_empty();
                            beside.push_str(named);
                        }
                        // Hours that go on beyond a day.
                        None if is_clock(&inside) => bare.push('h'),
                        None => {}
                    }
                }
                '$' | '\u{a3}' | '\u{a5}' | '\u{20a0}'..='\u{20cf}' => beside.push(letter),
                letter => bare.extend(letter.to_lowercase()),
            }
        }
        let counts = bare.contains(['0', '#', '?']);
        if bare.contains('%') {
            Self::Percent
        } else if !counts && bare != "general" && bare.contains(['y', 'd', 'h', 's', 'm']) {
            Self::Moment
        } else if let Some(currency) = known_currency(&beside, is_currency) {
            Self::Amount(currency)
        } else {
            Self::Plain
        }
    }
}

fn is_clock(inside: &str) -> bool {
    let is_unit = |letter: char| matches!(letter.to_ascii_lowercase(), 'h' | 'm' | 's');
    !inside.is_empty() && inside.chars().all(is_unit)
}

/// What stands beside the number, where it says a currency; it may say anything else.
fn known_currency(beside: &str, is_currency: bool) -> Option<String> {
    let beside = beside.trim();
    let usual: Currency = "EUR".parse().ok()?;
    // Three small letters are rather pieces or minutes than a code.
    let is_small = beside.chars().all(|letter| letter.is_ascii_lowercase());
    if beside.len() > CURRENCY_BYTES_MAX || (is_small && !is_currency && !is_unit(beside)) {
        return None;
    }
    (!beside.is_empty() && parse_unit(beside, usual).is_some()).then(|| beside.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, want: &Style) {
        assert_eq!(&Style::of_code(code), want, "{code}");
    }

    #[test]
    fn formats_tell_days_percentages_and_currencies() {
        for code in [
            "yyyy-mm-dd",
            "dd/mm/yyyy hh:mm",
            "[$-419]d mmmm yyyy;@",
            "[h]:mm:ss",
            "mmm-yy",
            "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
        ] {
            check(code, &Style::Moment);
        }
        for code in ["0%", "0.00%", "#,##0.0 %"] {
            check(code, &Style::Percent);
        }
        for code in [
            "General",
            "0.00",
            "#,##0",
            "@",
            "0.00E+00",
            "[Red]0.00",
            "0 \"шт.\"",
            "0 \"pcs\"",
        ] {
            check(code, &Style::Plain);
        }
        let amount = |currency: &str| Style::Amount(currency.to_owned());
        check("#,##0.00 [$€-407]", &amount("€"));
        check("[$$-409]#,##0.00", &amount("$"));
        check("#,##0.00\\ \"₽\"", &amount("₽"));
        check("#,##0.00 \"zł\"", &amount("zł"));
        check("\"$\"#,##0.00_);(\"$\"#,##0.00)", &amount("$"));
    }

    #[test]
    fn currencies_in_small_letters_are_currencies() {
        let amount = |currency: &str| Style::Amount(currency.to_owned());
        check("#,##0.00\\ [$kr-41D]", &amount("kr"));
        check("#,##0.00\\ [$lei-418]", &amount("lei"));
        check("#,##0.00\\ [$usd]", &amount("usd"));
        check("#,##0.00\\ \"zl\"", &amount("zl"));
        check("#,##0.00\\ \"kr\"", &amount("kr"));
        check("[$-41D]0.00 \"min\"", &Style::Plain);
    }

    #[test]
    fn a_format_without_a_number_or_with_a_tale_is_not_kept() {
        let long = "x".repeat(1_000);
        let xml = format!(
            "<s><numFmts><numFmt numFmtId=\"{long}\" formatCode=\"0%\"/>\
             <numFmt numFmtId=\"164\" formatCode=\"0 [$u{}sd]\"/></numFmts>\
             <cellXfs><xf numFmtId=\"{long}\"/><xf numFmtId=\"164\"/></cellXfs></s>",
            " ".repeat(1_000)
        );
        let styles = Styles::read(xml.as_bytes()).unwrap();
        assert_eq!(styles.0, [Style::Plain, Style::Plain]);
    }
}
