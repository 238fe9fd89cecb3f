//! A report as HTML for a mail: a table with its styles beside every element, as mail programs
//! want it, and nothing that is loaded from anywhere.

use std::fmt::Write as _;

use crate::Language;
use crate::catalogue::Unit;
use crate::export::{TOTAL, heading};
use crate::report::{Cell, Column, ColumnKind, Report};

const PAGE: &str = "font-family:Arial,Helvetica,sans-serif;font-size:14px;color:#1c1f1e";
const HEAD: &str = "padding:6px 10px;border-bottom:2px solid #c9cfcd;font-size:12px;text-align:";
const CELL: &str = "padding:6px 10px;border-bottom:1px solid #e4e8e6;text-align:";

/// The report under a title, with what its numbers are of, and a last line.
#[must_use]
pub fn html(report: &Report, title: &str, foot: &str, language: Language) -> String {
    let mut page = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body style=\"{PAGE}\"><h1 style=\"font-size:20px\">{title}</h1><p>",
        title = safe(title),
    );
    for (name, value) in heading(report, language) {
        let _ = write!(
            page,
            "<span style=\"color:#5d6663\">{}:</span> {}<br>",
            safe(name),
            safe(&value)
        );
    }
    page.push_str("</p><table cellspacing=\"0\" style=\"border-collapse:collapse\"><tr>");
    for column in &report.columns {
        let style = format!("{HEAD}{}", side(column));
        let unit = unit_of(column, &report.currency);
        let _ = write!(
            page,
            "<th style=\"{style}\">{}{unit}</th>",
            safe(&column.title)
        );
    }
    page.push_str("</tr>");
    let is_metric = |column: &&Column| column.kind == ColumnKind::Metric;
    let metrics: Vec<&Column> = report.columns.iter().filter(is_metric).collect();
    let names = report.columns.len() - metrics.len();
    if let Some(totals) = &report.totals {
        let total = TOTAL.get(language);
        let mut labels = vec![total.to_owned()];
        labels.resize(names, String::new());
        row(&mut page, &labels, &metrics, totals, (true, language));
    }
    for each in &report.rows {
        let labels: Vec<String> = each
            .dimensions
            .iter()
            .map(|value| value.label.clone())
            .collect();
        row(&mut page, &labels, &metrics, &each.cells, (false, language));
    }
    let _ = write!(
        page,
        "</table><p style=\"font-size:12px;color:#5d6663\">{}</p></body></html>",
        safe(foot)
    );
    page
}

/// A number as people read it: so many digits, thousands apart, nothing where there is none.
#[must_use]
pub fn readable(cell: &Cell, column: &Column, language: Language) -> String {
    let Some(value) = &cell.value else {
        return "—".to_owned();
    };
    let rounded = rounded(value, usize::from(column.digits.unwrap_or_default()));
    let (sign, rest) = match rounded.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", rounded.as_str()),
    };
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let (apart, point) = match language {
        Language::En => (",", "."),
        Language::Ru | Language::Pl => ("\u{a0}", ","),
    };
    let mut text = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push_str(apart);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push_str(point);
        text.push_str(fraction);
    }
    text
}

/// What a metric's numbers are in, for its heading.
pub(crate) fn unit_of(column: &Column, currency: &str) -> String {
    match column.unit {
        Some(Unit::Money) => format!(", {currency}"),
        Some(Unit::Percent) => ", %".to_owned(),
        Some(Unit::Duration) => ", s".to_owned(),
        _ => String::new(),
    }
}

fn row(
    page: &mut String,
    labels: &[String],
    metrics: &[&Column],
    cells: &[Cell],
    (is_total, language): (bool, Language),
) {
    let weight = if is_total { ";font-weight:bold" } else { "" };
    page.push_str("<tr>");
    for label in labels {
        let label = safe(label);
        let _ = write!(page, "<td style=\"{CELL}left{weight}\">{label}</td>");
    }
    for (metric, cell) in metrics.iter().zip(cells) {
        let number = readable(cell, metric, language);
        let _ = write!(page, "<td style=\"{CELL}right{weight}\">{number}</td>");
    }
    page.push_str("</tr>");
}

fn side(column: &Column) -> &'static str {
    match column.kind {
        ColumnKind::Metric => "right",
        ColumnKind::Dimension | ColumnKind::Bucket => "left",
    }
}

/// A decimal with so many digits behind the point, halves away from zero.
fn rounded(value: &str, digits: usize) -> String {
    let (sign, rest) = match value.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", value),
    };
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let mut kept: Vec<u8> = whole.bytes().collect();
    kept.extend(fraction.bytes().chain(std::iter::repeat(b'0')).take(digits));
    let goes_up = fraction
        .as_bytes()
        .get(digits)
        .is_some_and(|next| *next >= b'5');
    if goes_up {
        let mut at = kept.len();
        loop {
            if at == 0 {
                kept.insert(0, b'1');
                break;
            }
            at -= 1;
            if kept[at] != b'9' {
                kept[at] += 1;
                break;
            }
            kept[at] = b'0';
        }
    }
    let split = kept.len() - digits;
    let text: String = kept.into_iter().map(char::from).collect();
    let (whole, fraction) = text.split_at(split);
    let is_zero = text.bytes().all(|digit| digit == b'0');
    let sign = if is_zero { "" } else { sign };
    match fraction {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// Text that is no markup.
fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_digits_and_halves_go_away_from_zero() {
        for (value, digits, wanted) in [
            ("1327.455", 2, "1327.46"),
            ("-0.5", 0, "-1"),
            ("999.995", 2, "1000.00"),
            ("12", 2, "12.00"),
            ("-0.004", 2, "0.00"),
            ("1204900", 0, "1204900"),
        ] {
            assert_eq!(rounded(value, digits), wanted, "{value}");
        }
    }

    #[test]
    fn text_is_no_markup() {
        assert_eq!(
            safe("<a href=\"x\">&'"),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"
        );
    }
}
