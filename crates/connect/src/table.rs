//! The table in an uploaded file: its encoding, delimiter, decimal mark, header and rows.
//!
//! Files come from ad platforms, spreadsheets and shops, packed or not, in any usual encoding or
//! as a workbook, with titles above the header and totals below. Reading streams: memory does not
//! grow with rows.

mod archive;
mod breach;
mod bytes;
mod layout;
mod opened;
mod records;
mod workbook;

use std::collections::VecDeque;
use std::io::{self, Read};

use crate::columns::Sums;
pub use archive::{ARCHIVE_FILES_MAX, ARCHIVE_RATIO_MAX};
use breach::Breach;
use bytes::Text;
pub use layout::Layout;
use opened::SheetRows;
pub(crate) use opened::unpacked;
pub use opened::{INNER_WORKBOOK_BYTES_MAX, OpenedTable};
use records::{Lines, Records};
pub(crate) use workbook::xml;
pub use workbook::{
    SHARED_TEXT_BYTES_MAX, SHARED_TEXTS_MAX, SHEET_ROWS_MAX, SHEETS_MAX, WORKBOOK_PART_BYTES_MAX,
};

/// Largest file, after unpacking.
pub const TABLE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// How much of the file decides its encoding.
pub const ENCODING_SAMPLE_BYTES: usize = 1024 * 1024;
/// How many lines decide delimiter, decimal mark and header.
pub const LAYOUT_LINES: usize = 200;
/// Longest record; a longer one is a sign of a file that is no table.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;
/// Most lines of one quoted record; a quote that stays open longer is taken literally.
pub const RECORD_LINES_MAX: usize = 200;
/// One control character in so many shows that a file is no text.
const BINARY_SHARE: usize = 20;
/// Most columns.
pub const COLUMNS_MAX: usize = 500;

/// What a cell of a workbook reads as whose formula has no value: the program that made the file
/// left counting to spreadsheets.
pub const NO_VALUE: &str = "#NO_VALUE!";

/// Where the bytes of a table come from, whichever file it is in.
pub type Source = Box<dyn Read + Send>;

/// Why no table can be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("failed to read the file")]
    Read(#[source] io::Error),
    #[error("the file holds no table")]
    Empty,
    #[error("the file is no text")]
    Binary,
    #[error("this is a workbook of a kind that is not read; save it as XLSX or CSV")]
    Workbook,
    #[error("this is a packed workbook; unpack it, or pack it as ZIP")]
    PackedWorkbook,
    #[error("the workbook is damaged, or is none; save it as XLSX or CSV again")]
    BadWorkbook,
    #[error("the workbook has no sheet {name}; it has {sheets}")]
    NoSuchSheet { name: String, sheets: String },
    #[error("the archive is damaged, or packed in a way that is not read")]
    BadArchive,
    #[error("the archive asks for a password; pack the file without one")]
    Locked,
    #[error("the archive holds more than {ARCHIVE_FILES_MAX} files")]
    TooManyFiles,
    #[error("the archive holds several files; unpack it and choose one of {names}")]
    SeveralFiles { names: String },
    #[error("the workbook in the archive is larger than {INNER_WORKBOOK_BYTES_MAX} bytes")]
    LargeInnerWorkbook,
    #[error("the file unpacks to more than {ARCHIVE_RATIO_MAX} times its size")]
    Trap,
    #[error(
        "the workbook holds more than {SHARED_TEXTS_MAX} texts or {SHARED_TEXT_BYTES_MAX} bytes \
         of them"
    )]
    TooMuchText,
    #[error("a list in the workbook is larger than {WORKBOOK_PART_BYTES_MAX} bytes")]
    LargePart,
    #[error("the sheet has more than {SHEET_ROWS_MAX} rows")]
    TooManyRows,
    #[error("the file is larger than {TABLE_BYTES_MAX} bytes after unpacking")]
    TooLarge,
    #[error("row {row} is longer than {RECORD_BYTES_MAX} bytes")]
    LongRecord { row: u64 },
    #[error("a cell is longer than {RECORD_BYTES_MAX} bytes")]
    LongCell,
    #[error("the file has more than {COLUMNS_MAX} columns")]
    TooManyColumns,
}

/// A record below the header. Its cells may be more or fewer than the header's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// As a spreadsheet numbers it: the first row of the file is 1.
    pub row: u64,
    pub cells: Vec<String>,
}

/// An open table: an iterator over its rows. Blank rows and totals are passed over.
pub struct Table<R: Read> {
    layout: Layout,
    sums: Sums,
    rows: Rows<R>,
    sampled: VecDeque<TableRow>,
    totals_skipped: u64,
}

/// The rows below the header.
enum Rows<R: Read> {
    Text(Box<Records<R>>),
    Sheet(Box<SheetRows<R>>),
}

/// What a user is shown before an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub layout: Layout,
    /// The first rows.
    pub rows: Vec<TableRow>,
    /// All rows that an import would look at.
    pub rows_total: u64,
    pub totals_skipped: u64,
}

impl<R: Read> Table<R> {
    /// Finds the table in a file.
    ///
    /// # Errors
    /// When the file cannot be read, is no table, or is beyond a limit.
    pub fn open(reader: R) -> Result<Self, TableError> {
        let text = Text::open(reader)?;
        let encoding = text.encoding();
        let mut lines = Lines::new(text);
        let mut head = Vec::new();
        while head.len() < LAYOUT_LINES {
            match lines.next_line()? {
                Some(line) => head.push(line),
                None => break,
            }
        }
        if is_binary(&head) {
            return Err(TableError::Binary);
        }
        let found = layout::detect(encoding, &head).ok_or(TableError::Empty)?;
        if found.header.len() > COLUMNS_MAX {
            return Err(TableError::TooManyColumns);
        }
        let mut records = Records::new(lines, head, found.delimiter);
        while records.rows_read() < found.header_row {
            records.next_record()?;
        }
        Ok(Self {
            sums: Sums::of(&found),
            layout: found,
            rows: Rows::Text(Box::new(records)),
            sampled: VecDeque::new(),
            totals_skipped: 0,
        })
    }

    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// How many totals rows were passed over so far.
    #[must_use]
    pub fn totals_skipped(&self) -> u64 {
        self.totals_skipped
    }

    /// The next rows, which the iterator will still give.
    ///
    /// # Errors
    /// When the file cannot be read or is beyond a limit.
    pub fn sample(&mut self, rows_max: usize) -> Result<Vec<TableRow>, TableError> {
        while self.sampled.len() < rows_max {
            match self.read_row()? {
                Some(row) => self.sampled.push_back(row),
                None => break,
            }
        }
        Ok(self.sampled.iter().take(rows_max).cloned().collect())
    }

    fn read_row(&mut self) -> Result<Option<TableRow>, TableError> {
        while let Some(row) = self.rows.next_row()? {
            if row.cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if is_totals(&row.cells) || self.sums.sum_up(&row.cells) {
                self.totals_skipped += 1;
                continue;
            }
            if is_imprint(&row.cells) {
                continue;
            }
            return Ok(Some(row));
        }
        Ok(None)
    }
}

impl<R: Read> Rows<R> {
    fn next_row(&mut self) -> Result<Option<TableRow>, TableError> {
        match self {
            Self::Text(records) => records.next_record(),
            Self::Sheet(rows) => rows.next_row(),
        }
    }
}

impl<R: Read> Iterator for Table<R> {
    type Item = Result<TableRow, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.sampled.pop_front() {
            Some(row) => Some(Ok(row)),
            None => self.read_row().transpose(),
        }
    }
}

/// Reads a table to its end and keeps its first rows.
///
/// # Errors
/// When the file cannot be read, or is beyond a limit.
pub fn preview<R: Read>(mut table: Table<R>, rows_max: usize) -> Result<Preview, TableError> {
    let rows = table.sample(rows_max)?;
    let mut rows_total = 0;
    for row in table.by_ref() {
        row?;
        rows_total += 1;
    }
    let totals_skipped = table.totals_skipped;
    Ok(Preview {
        layout: table.layout,
        rows,
        rows_total,
        totals_skipped,
    })
}

/// A picture or a document: text has hardly a control character.
fn is_binary(head: &[String]) -> bool {
    let letters = || head.iter().flat_map(|line| line.chars());
    let controls = letters().filter(|letter| letter.is_control() && *letter != '\t');
    controls.count() * BINARY_SHARE > letters().count()
}

/// A row whose first filled cell says that it sums up the others.
///
/// The word must stand alone or before a mark: a campaign may well be called "Total look".
fn is_totals(cells: &[String]) -> bool {
    const WORDS: [&str; 14] = [
        "grand total",
        "totals",
        "total",
        "итого",
        "всего",
        "общий итог",
        "итог",
        "razem",
        "suma końcowa",
        "suma",
        "łącznie",
        "ogółem",
        "podsumowanie",
        "w sumie",
    ];
    let first = cells
        .iter()
        .map(|cell| cell.trim())
        .find(|cell| !matches!(*cell, "" | "--" | "-"));
    let Some(first) = first else { return false };
    let lower = first.to_lowercase();
    WORDS.iter().any(|word| {
        lower.strip_prefix(word).is_some_and(|rest| {
            let rest = rest.trim_start();
            rest.is_empty()
                || rest.starts_with([':', '-', '\u{2013}', '\u{2014}'])
                || counts_rows(rest)
                || ["rows", "строк", "wierszy"]
                    .iter()
                    .any(|counted| rest.starts_with(counted))
        })
    })
}

/// `of 25 results`, as `TikTok` ends its word for totals.
fn counts_rows(rest: &str) -> bool {
    let counted = rest.strip_prefix("of ").map(str::trim_start);
    counted.is_some_and(|counted| counted.starts_with(|letter: char| letter.is_ascii_digit()))
}

/// The line below a report that says whose it is.
fn is_imprint(cells: &[String]) -> bool {
    let mut filled = cells.iter().filter(|cell| !cell.trim().is_empty());
    let first = filled.next().map(|cell| cell.trim());
    first.is_some_and(|cell| cell.starts_with('\u{a9}')) && filled.next().is_none()
}

#[cfg(test)]
mod tests;
