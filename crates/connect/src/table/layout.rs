//! What a table looks like: delimiter, decimal mark, and where its header is.

use std::cmp::Reverse;

use super::is_totals;
use super::records::{split, split_literally};
use crate::columns;
use crate::numbers::DecimalMark;

/// In how many of the first records the header is looked for.
const HEADER_ROWS_MAX: usize = 30;

/// How a table is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// As the WHATWG names it, e.g. `UTF-8` or `windows-1251`.
    pub encoding: &'static str,
    pub delimiter: char,
    pub decimal: DecimalMark,
    /// Row of the header; the first row of the file is 1.
    pub header_row: u64,
    /// Trimmed titles of the columns.
    pub header: Vec<String>,
    /// The lines above the header: a report's name, its period.
    pub preamble: Vec<String>,
    /// Of a workbook: the name of the sheet that is read.
    pub sheet: Option<String>,
    /// Of a workbook: the names of all its sheets that are shown.
    pub sheets: Vec<String>,
}

/// `None` where there is no line with any text.
pub(super) fn detect(encoding: &'static str, head: &[String]) -> Option<Layout> {
    let delimiter = named_delimiter(head).unwrap_or_else(|| likely_delimiter(head));
    let records = records_of(head, delimiter);
    of_records(encoding, delimiter, &records).map(|(_, found)| found)
}

/// The same of records, with the place of the header among them.
pub(super) fn of_records(
    encoding: &'static str,
    delimiter: char,
    records: &[Vec<String>],
) -> Option<(usize, Layout)> {
    let at = header_index(records)?;
    let header = records[at]
        .iter()
        .map(|cell| cell.trim().to_owned())
        .collect();
    let preamble = records[..at]
        .iter()
        .map(|cells| cells.join(" ").trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let found = Layout {
        encoding,
        delimiter,
        decimal: decimal_mark(&records[at + 1..], delimiter),
        header_row: u64::try_from(at).ok()? + 1,
        header,
        preamble,
        sheet: None,
        sheets: Vec::new(),
    };
    Some((at, found))
}

/// Spreadsheets may say it in the first line: `sep=;`.
fn named_delimiter(head: &[String]) -> Option<char> {
    let mut named = head
        .first()?
        .trim_matches('"')
        .strip_prefix("sep=")?
        .chars();
    named
        .next()
        .filter(|mark| matches!(mark, ',' | ';' | '\t' | '|'))
}

/// The mark that splits the most lines into the same number of cells.
fn likely_delimiter(head: &[String]) -> char {
    let score = |delimiter: char| {
        let counts: Vec<usize> = head
            .iter()
            .filter(|line| !line.trim().is_empty())
            .map(|line| split(line, delimiter).map_or_else(|| 1, |cells| cells.len()))
            .collect();
        let usual = usual_count(&counts);
        let alike = counts.iter().filter(|count| **count == usual).count();
        let known = records_of(head, delimiter)
            .iter()
            .take(HEADER_ROWS_MAX)
            .map(|cells| known_titles(cells))
            .max();
        if usual < 2 {
            (0, 0, 0)
        } else {
            (known.unwrap_or(0), alike, usual)
        }
    };
    ['\t', ';', '|', ',']
        .into_iter()
        .rev()
        .max_by_key(|delimiter| score(*delimiter))
        .unwrap_or(',')
}

/// The most frequent number of cells above one; the greater of two equally frequent ones.
fn usual_count(counts: &[usize]) -> usize {
    let frequency = |count: usize| counts.iter().filter(|other| **other == count).count();
    let wide = counts.iter().copied().filter(|count| *count > 1);
    wide.max_by_key(|count| (frequency(*count), *count))
        .unwrap_or(1)
}

/// Records of the sample; its last lines may lack the end of a quoted record.
fn records_of(head: &[String], delimiter: char) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut at = 0;
    while at < head.len() {
        let mut record = head[at].clone();
        let mut taken = 1;
        let mut cells = split(&record, delimiter);
        while cells.is_none() && at + taken < head.len() {
            record.push('\n');
            record.push_str(&head[at + taken]);
            taken += 1;
            cells = split(&record, delimiter);
        }
        if let Some(cells) = cells {
            records.push(cells);
            at += taken;
        } else {
            records.push(split_literally(&head[at], delimiter));
            at += 1;
        }
    }
    records
}

/// The record with the most titles that mean something to us; without any, the first record as
/// wide as most are.
fn header_index(records: &[Vec<String>]) -> Option<usize> {
    let filled = |cells: &Vec<String>| cells.iter().any(|cell| !cell.trim().is_empty());
    let widest = records.iter().take(HEADER_ROWS_MAX).enumerate();
    let best = widest
        .filter(|(_, cells)| filled(cells) && !is_totals(cells))
        .max_by_key(|(index, cells)| (known_titles(cells), Reverse(*index)))
        .filter(|(_, cells)| known_titles(cells) >= 2.min(cells.len()));
    if let Some((index, _)) = best {
        return Some(index);
    }
    let counts: Vec<usize> = records.iter().map(Vec::len).collect();
    let usual = usual_count(&counts);
    records
        .iter()
        .position(|cells| filled(cells) && cells.len() == usual)
        .or_else(|| records.iter().position(filled))
}

fn known_titles(cells: &[String]) -> usize {
    cells
        .iter()
        .filter(|cell| columns::is_known_title(cell))
        .count()
}

/// By cells in which only one reading is possible; otherwise by the delimiter: where it is a
/// semicolon, the comma was needed for decimals.
fn decimal_mark(rows: &[Vec<String>], delimiter: char) -> DecimalMark {
    let (mut commas, mut dots) = (0_usize, 0_usize);
    for cell in rows.iter().flatten() {
        match DecimalMark::shown_by(cell) {
            Some(DecimalMark::Comma) => commas += 1,
            Some(DecimalMark::Dot) => dots += 1,
            None => {}
        }
    }
    match (commas > dots, dots > commas) {
        (true, _) => DecimalMark::Comma,
        (_, true) => DecimalMark::Dot,
        _ if delimiter == ';' => DecimalMark::Comma,
        _ => DecimalMark::Dot,
    }
}
