//! A file of any kind that holds a table: text, packed or not, or a sheet of a workbook.

use std::cmp::Reverse;
use std::collections::{HashSet, VecDeque};
use std::io::{Cursor, Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;

use super::archive::{ARCHIVE_MARK, Archive, EMPTY_ARCHIVE_MARK};
use super::layout::{self, Layout};
use super::workbook::{Cell, Sheet, SheetRow, Workbook};
use super::{COLUMNS_MAX, LAYOUT_LINES, Rows, Source, Table, TableError, TableRow};
use crate::columns::{Sums, is_known_title};
use crate::numbers::DecimalMark;

/// Largest workbook inside an archive, which has to be held in memory.
pub const INNER_WORKBOOK_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Rows of a sheet in which its titles are looked for when sheets are compared.
const COMPARED_ROWS: usize = 30;
/// So much of all sheets together is unpacked to compare them.
const COMPARED_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Two titles that mean something to us are a header.
const TITLES_OF_A_TABLE: usize = 2;
/// How files that `gzip` packed begin.
const GZIP_MARK: [u8; 2] = [0x1f, 0x8b];
/// Names in a message.
const NAMES_SHOWN_MAX: usize = 10;

/// A table wherever it came from.
pub type OpenedTable = Table<Source>;

/// A sheet as rows of texts.
pub(super) struct SheetRows<R: Read> {
    sheet: Sheet<R>,
    head: VecDeque<SheetRow>,
    decimal: DecimalMark,
    width: usize,
}

impl OpenedTable {
    /// Finds the table in a file: as text, packed or not, in an archive with one table, or in a
    /// workbook, there in the sheet of that name or in the first one that looks like a table.
    ///
    /// # Errors
    /// When the file cannot be read, holds no table or several, or is beyond a limit.
    pub fn open_file<S>(mut source: S, sheet: Option<&str>) -> Result<Self, TableError>
    where
        S: Read + Seek + Send + 'static,
    {
        if !is_archive(&mut source)? {
            return match sheet {
                None => Self::open(Box::new(source)),
                Some(name) => Err(no_sheet(name, &[])),
            };
        }
        let archive = Archive::open(source)?;
        if Workbook::is_in(&archive)? {
            return open_workbook(archive, sheet);
        }
        let index = only_table(&archive)?;
        let is_workbook = archive
            .names()
            .nth(index)
            .is_some_and(|name| has_extension(name, &["xlsx", "xlsm"]));
        let content = archive.into_file(index)?;
        if !is_workbook {
            return match sheet {
                None => Self::open(Box::new(content)),
                Some(name) => Err(no_sheet(name, &[])),
            };
        }
        let mut bytes = Vec::new();
        content
            .take(INNER_WORKBOOK_BYTES_MAX + 1)
            .read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > INNER_WORKBOOK_BYTES_MAX) {
            return Err(TableError::LargeInnerWorkbook);
        }
        let inner = Archive::open(Cursor::new(bytes))?;
        match Workbook::is_in(&inner)? {
            true => open_workbook(inner, sheet),
            false => Err(TableError::BadWorkbook),
        }
    }
}

/// The one file that may be a table, out of its archive, or what was packed by `gzip`; of what is
/// not packed the same.
pub(crate) fn unpacked(bytes: &[u8], bytes_max: u64) -> Result<Vec<u8>, TableError> {
    let mut source = Cursor::new(bytes);
    let mut content = Vec::new();
    if is_archive(&mut source)? {
        let mut archive = Archive::open(source)?;
        let index = only_table(&archive)?;
        archive.read(index, bytes_max)?.read_to_end(&mut content)?;
    } else if bytes.starts_with(&GZIP_MARK) {
        let mut packed = MultiGzDecoder::new(bytes).take(bytes_max + 1);
        let read = packed.read_to_end(&mut content);
        read.map_err(|_| TableError::BadArchive)?;
    } else {
        content.extend_from_slice(bytes);
    }
    match u64::try_from(content.len()).is_ok_and(|length| length <= bytes_max) {
        true => Ok(content),
        false => Err(TableError::TooLarge),
    }
}

impl<R: Read> SheetRows<R> {
    pub(super) fn next_row(&mut self) -> Result<Option<TableRow>, TableError> {
        let next = match self.head.pop_front() {
            Some(row) => Some(row),
            None => self.sheet.next_row()?,
        };
        Ok(next.map(|row| self.written(row)))
    }

    /// As wide as the header, with numbers as the rest of the sheet writes them.
    fn written(&self, row: SheetRow) -> TableRow {
        let mut cells: Vec<String> = row.cells.into_iter().map(|cell| self.text(cell)).collect();
        // Notes beside the table are in no column of it.
        cells.resize(self.width, String::new());
        TableRow {
            row: row.row,
            cells,
        }
    }

    fn text(&self, cell: Cell) -> String {
        match self.decimal {
            // What stands behind the number may be an abbreviation.
            DecimalMark::Comma if cell.is_number => match cell.text.split_once(' ') {
                Some((number, unit)) => format!("{} {unit}", number.replace('.', ",")),
                None => cell.text.replace('.', ","),
            },
            DecimalMark::Comma | DecimalMark::Dot => cell.text,
        }
    }
}

fn is_archive<S: Read + Seek>(source: &mut S) -> Result<bool, TableError> {
    let mut mark = Vec::new();
    source.by_ref().take(4).read_to_end(&mut mark)?;
    source.seek(SeekFrom::Start(0))?;
    Ok(mark == ARCHIVE_MARK || mark == EMPTY_ARCHIVE_MARK)
}

fn open_workbook<S>(archive: Archive<S>, sheet: Option<&str>) -> Result<OpenedTable, TableError>
where
    S: Read + Seek + Send + 'static,
{
    let mut book = Workbook::open(archive)?;
    let names = book.names();
    let index = match sheet {
        Some(name) => {
            let found = names.iter().position(|known| known.trim() == name.trim());
            found.ok_or_else(|| no_sheet(name, &names))?
        }
        None => likely_sheet(&mut book, names.len())?,
    };
    let mut sheet = book.into_sheet(index)?;
    let mut head = Vec::new();
    while head.len() < LAYOUT_LINES {
        match sheet.next_row()? {
            Some(row) => head.push(row),
            None => break,
        }
    }
    let mut found = lay_out(&head).ok_or(TableError::Empty)?;
    if found.header.len() > COLUMNS_MAX {
        return Err(TableError::TooManyColumns);
    }
    // Columns without a title count as they do in a file of text, whose rows are all as wide.
    let below = head.iter().filter(|row| row.row > found.header_row);
    let widest = below.map(|row| row.cells.len()).max().unwrap_or(0);
    let width = found.header.len().max(widest);
    found.header.resize(width, String::new());
    found.sheet = names.get(index).cloned();
    found.sheets = names;
    head.retain(|row| row.row > found.header_row);
    let rows = SheetRows {
        sheet,
        head: head.into(),
        decimal: found.decimal,
        width: found.header.len(),
    };
    Ok(Table {
        sums: Sums::of(&found),
        layout: found,
        rows: Rows::Sheet(Box::new(rows)),
        sampled: VecDeque::new(),
        totals_skipped: 0,
    })
}

/// The first sheet with a header that means something to us, else the first one with anything.
fn likely_sheet<S: Read + Seek>(
    book: &mut Workbook<S>,
    sheets: usize,
) -> Result<usize, TableError> {
    let mut best: Option<(bool, Reverse<usize>)> = None;
    let mut left = COMPARED_BYTES_MAX;
    let mut seen = HashSet::new();
    let mut failure = None;
    for index in 0..sheets {
        if left == 0 || !seen.insert(book.file_of(index)) {
            continue;
        }
        let mut sheet = book.look_at(index, &mut left)?;
        let mut filled = false;
        let mut is_table = false;
        let mut failed = None;
        for _ in 0..COMPARED_ROWS {
            let row = match sheet.next_row() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                // It is told where no other sheet can be read, or when this one is.
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            };
            filled |= !row.cells.is_empty();
            let titles = row.cells.iter().filter(|cell| is_known_title(&cell.text));
            is_table |= titles.count() >= TITLES_OF_A_TABLE;
        }
        drop(sheet);
        // What was only cut off is not damaged.
        if left > 0 {
            failure = failure.or(failed);
        }
        if filled {
            best = best.max(Some((is_table, Reverse(index))));
        }
        if is_table {
            break;
        }
    }
    best.map(|(_, Reverse(index))| index)
        .ok_or(failure.unwrap_or(TableError::Empty))
}

/// The layout of a sheet whose first rows these are.
fn lay_out(head: &[SheetRow]) -> Option<Layout> {
    // Numbers show no habit of writing: the workbook keeps all of them alike.
    let written = |cell: &Cell| match cell.is_number {
        true => "0".to_owned(),
        false => cell.text.clone(),
    };
    let records: Vec<Vec<String>> = head
        .iter()
        .map(|row| row.cells.iter().map(written).collect())
        .collect();
    let (at, mut found) = layout::of_records("UTF-8", ',', &records)?;
    let header = head.get(at)?;
    found.header_row = header.row;
    found.header = header
        .cells
        .iter()
        .map(|cell| cell.text.trim().to_owned())
        .collect();
    if found.decimal == DecimalMark::Comma {
        found.delimiter = ';';
    }
    Some(found)
}

/// The one file of an archive that may be a table.
fn only_table<S: Read + Seek>(archive: &Archive<S>) -> Result<usize, TableError> {
    let is_there = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or_default();
        !file.is_empty() && !file.starts_with('.') && !name.starts_with("__MACOSX/")
    };
    let files: Vec<(usize, &str)> = archive
        .names()
        .enumerate()
        .filter(|(_, name)| is_there(name))
        .collect();
    let tables = || {
        let known = ["csv", "tsv", "xlsx", "xlsm", "gz"];
        files
            .iter()
            .filter(move |(_, name)| has_extension(name, &known))
    };
    let found: Vec<&(usize, &str)> = match tables().count() {
        0 => files.iter().collect(),
        _ => tables().collect(),
    };
    match found.as_slice() {
        [] => Err(TableError::Empty),
        [(index, _)] => Ok(*index),
        several => Err(TableError::SeveralFiles {
            names: listed(several.iter().map(|(_, name)| *name)),
        }),
    }
}

fn has_extension(name: &str, known: &[&str]) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|found| known.iter().any(|known| found.eq_ignore_ascii_case(known)))
}

fn no_sheet(name: &str, sheets: &[String]) -> TableError {
    TableError::NoSuchSheet {
        name: crate::plan::shortened(name),
        sheets: listed(sheets.iter().map(String::as_str)),
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names
        .take(NAMES_SHOWN_MAX)
        .map(crate::plan::shortened)
        .collect();
    names.join(", ")
}
