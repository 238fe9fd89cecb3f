//! A workbook of a spreadsheet (XLSX): its sheets, read one row at a time.
//!
//! Only the texts that cells share, names of sheets and formats are held in memory, and bounded; a
//! sheet streams.

mod number;
mod sheet;
mod strings;
mod styles;
pub(crate) mod xml;

use std::collections::HashMap;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};

use number::Epoch;
pub use sheet::SHEET_ROWS_MAX;
use sheet::Shared;
pub(super) use sheet::{Cell, Sheet, SheetRow};
use strings::Strings;
pub use strings::{SHARED_TEXT_BYTES_MAX, SHARED_TEXTS_MAX};
use styles::Styles;
use xml::{Xml, attribute};

use super::archive::{Archive, Unpacked};
use super::{Source, TABLE_BYTES_MAX, TableError};

/// Most sheets that are looked at.
pub const SHEETS_MAX: usize = 100;
/// Largest list of sheets, relations or formats, unpacked.
pub const WORKBOOK_PART_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest name or path of a sheet; spreadsheets allow 31 letters.
const NAME_BYTES_MAX: usize = 1_024;

const BOOK: &str = "xl/workbook.xml";
const RELATIONS: &str = "xl/_rels/workbook.xml.rels";
const STYLES: &str = "xl/styles.xml";
const STRINGS: &str = "xl/sharedStrings.xml";

/// An open workbook.
pub(super) struct Workbook<S> {
    archive: Archive<S>,
    sheets: Vec<Place>,
    shared: Shared,
}

/// Where a sheet is in the archive.
struct Place {
    name: String,
    file: usize,
}

/// Lets no more bytes pass than are left; what is cut off so has ended.
pub(super) struct Budgeted<'a, R> {
    inner: R,
    left: &'a mut u64,
}

/// The sheets by their names and the numbers of their relations, hidden ones left out.
struct Book {
    sheets: Vec<(String, String)>,
    epoch: Epoch,
}

impl<S: Read + Seek> Workbook<S> {
    /// Whether an archive is a workbook; of another kind than is read here is an error.
    pub(super) fn is_in(archive: &Archive<S>) -> Result<bool, TableError> {
        if archive.find("xl/workbook.bin").is_some()
            || archive.find("META-INF/manifest.xml").is_some()
        {
            return Err(TableError::Workbook);
        }
        Ok(archive.find(BOOK).is_some())
    }

    pub(super) fn open(mut archive: Archive<S>) -> Result<Self, TableError> {
        let few = WORKBOOK_PART_BYTES_MAX;
        let book = read_part(&mut archive, BOOK, few, |part| read_book(part))?
            .ok_or(TableError::BadWorkbook)?;
        let targets = read_part(&mut archive, RELATIONS, few, |part| {
            read_relations(part, &book)
        })?
        .unwrap_or_default();
        let place = |(name, relation): (String, String)| {
            let file = archive.find(targets.get(&relation)?)?;
            Some(Place { name, file })
        };
        let sheets = book.sheets.into_iter().filter_map(place).collect();
        let styles = read_part(&mut archive, STYLES, few, |part| Styles::read(part))?;
        let strings = read_part(&mut archive, STRINGS, TABLE_BYTES_MAX, |part| {
            Strings::read(part)
        })?;
        Ok(Self {
            archive,
            sheets,
            shared: Shared {
                strings: Arc::new(strings.unwrap_or_default()),
                styles: Arc::new(styles.unwrap_or_default()),
                epoch: book.epoch,
            },
        })
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.sheets.iter().map(|sheet| sheet.name.clone()).collect()
    }

    /// The file of the archive that a sheet is in; several sheets may claim the same.
    pub(super) fn file_of(&self, index: usize) -> Option<usize> {
        self.sheets.get(index).map(|place| place.file)
    }

    /// A sheet to look at, by its place among the names, as far as the bytes left allow.
    pub(super) fn look_at<'a>(
        &'a mut self,
        index: usize,
        left: &'a mut u64,
    ) -> Result<Sheet<Budgeted<'a, Unpacked<&'a mut S>>>, TableError> {
        let place = self.sheets.get(index).ok_or(TableError::BadWorkbook)?;
        let inner = self.archive.read(place.file, TABLE_BYTES_MAX)?;
        Ok(Sheet::new(Budgeted { inner, left }, self.shared.clone()))
    }
}

impl<S: Read + Seek + Send + 'static> Workbook<S> {
    /// A sheet to read, by its place among the names.
    pub(super) fn into_sheet(self, index: usize) -> Result<Sheet<Source>, TableError> {
        let place = self.sheets.get(index).ok_or(TableError::BadWorkbook)?;
        let content = self.archive.into_file(place.file)?;
        Ok(Sheet::new(Box::new(content), self.shared))
    }
}

impl<R: Read> Read for Budgeted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(*self.left).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        let count = self.inner.read(&mut buffer[..room])?;
        *self.left = self
            .left
            .saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

/// Reads a file of the archive; `None` where there is none of the name.
fn read_part<S: Read + Seek, T>(
    archive: &mut Archive<S>,
    name: &str,
    bytes_max: u64,
    read: impl FnOnce(Unpacked<&mut S>) -> Result<T, TableError>,
) -> Result<Option<T>, TableError> {
    match archive.find(name) {
        Some(index) => archive.read(index, bytes_max).and_then(read).map(Some),
        None => Ok(None),
    }
}

fn read_book<R: Read>(part: R) -> Result<Book, TableError> {
    let mut xml = Xml::new(part);
    let mut book = Book {
        sheets: Vec::new(),
        epoch: Epoch::Of1900,
    };
    loop {
        match xml.next()? {
            Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                b"workbookPr" if is_on(&tag, b"date1904") => book.epoch = Epoch::Of1904,
                b"sheet" if book.sheets.len() < SHEETS_MAX => {
                    let is_shown = attribute(&tag, b"state").is_none_or(|state| state == "visible");
                    let named = short(&tag, b"name").zip(short(&tag, b"id"));
                    book.sheets.extend(named.filter(|_| is_shown));
                }
                _ => {}
            },
            Event::Eof => return Ok(book),
            _ => {}
        }
    }
}

/// The files of the archive that the relations of the sheets lead to.
fn read_relations<R: Read>(part: R, book: &Book) -> Result<HashMap<String, String>, TableError> {
    let mut xml = Xml::new(part);
    let mut targets = HashMap::new();
    loop {
        match xml.next()? {
            Event::Start(tag) | Event::Empty(tag)
                if tag.local_name().as_ref() == b"Relationship" =>
            {
                let is_sheet = |id: &String| book.sheets.iter().any(|(_, sheet)| sheet == id);
                let named = short(&tag, b"Id")
                    .filter(is_sheet)
                    .zip(short(&tag, b"Target"));
                let full = |(id, target): (String, String)| match target.strip_prefix('/') {
                    Some(from_root) => (id, from_root.to_owned()),
                    None => (id, format!("xl/{target}")),
                };
                targets.extend(named.map(full));
            }
            Event::Eof => return Ok(targets),
            _ => {}
        }
    }
}

/// An attribute that is no longer than a name may be.
fn short(tag: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    attribute(tag, name).filter(|value| value.len() <= NAME_BYTES_MAX)
}

fn is_on(tag: &BytesStart<'_>, name: &[u8]) -> bool {
    attribute(tag, name).is_some_and(|value| matches!(value.as_str(), "1" | "true" | "on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relations_of_sheets_are_kept() {
        let long = "a".repeat(10_000);
        let book = Book {
            sheets: vec![("S".into(), "x".into()), ("T".into(), "y".into())],
            epoch: Epoch::Of1900,
        };
        let mut xml = String::from("<r>");
        for id in 0..50 {
            xml += &format!("<Relationship Id=\"{id}\" Target=\"{long}\"/>");
        }
        xml += &format!(
            "<Relationship Id=\"x\" Target=\"one.xml\"/>\
             <Relationship Id=\"y\" Target=\"{long}\"/></r>"
        );
        let targets = read_relations(xml.as_bytes(), &book).unwrap();
        let wanted = HashMap::from([("x".to_owned(), "xl/one.xml".to_owned())]);
        assert_eq!(targets, wanted);
    }
}
