//! A workbook of a spreadsheet (XLSX): its sheets, read one row at a time.
//!
//! Only the texts that cells share are held in memory, and bounded; a sheet streams.

mod number;
mod sheet;
mod strings;
mod styles;
mod xml;

use std::collections::HashMap;
use std::io::{Read, Seek};
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
use super::{Source, TableError};

/// Most sheets that are looked at.
pub const SHEETS_MAX: usize = 100;

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
        let book = read_part(&mut archive, BOOK, |part| read_book(part))?
            .ok_or(TableError::BadWorkbook)?;
        let targets =
            read_part(&mut archive, RELATIONS, |part| read_relations(part))?.unwrap_or_default();
        let place = |(name, relation): (String, String)| {
            let file = archive.find(targets.get(&relation)?)?;
            Some(Place { name, file })
        };
        let sheets = book.sheets.into_iter().filter_map(place).collect();
        let styles = read_part(&mut archive, STYLES, |part| Styles::read(part))?;
        let strings = read_part(&mut archive, STRINGS, |part| Strings::read(part))?;
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

    /// A sheet to look at, by its place among the names.
    pub(super) fn look_at(&mut self, index: usize) -> Result<Sheet<Unpacked<&mut S>>, TableError> {
        let place = self.sheets.get(index).ok_or(TableError::BadWorkbook)?;
        let content = self.archive.read(place.file)?;
        Ok(Sheet::new(content, self.shared.clone()))
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

/// Reads a file of the archive; `None` where there is none of the name.
fn read_part<S: Read + Seek, T>(
    archive: &mut Archive<S>,
    name: &str,
    read: impl FnOnce(Unpacked<&mut S>) -> Result<T, TableError>,
) -> Result<Option<T>, TableError> {
    match archive.find(name) {
        Some(index) => archive.read(index).and_then(read).map(Some),
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
                    let named = attribute(&tag, b"name").zip(attribute(&tag, b"id"));
                    book.sheets.extend(named.filter(|_| is_shown));
                }
                _ => {}
            },
            Event::Eof => return Ok(book),
            _ => {}
        }
    }
}

/// The files of the archive that relations lead to.
fn read_relations<R: Read>(part: R) -> Result<HashMap<String, String>, TableError> {
    let mut xml = Xml::new(part);
    let mut targets = HashMap::new();
    loop {
        match xml.next()? {
            Event::Start(tag) | Event::Empty(tag)
                if tag.local_name().as_ref() == b"Relationship" =>
            {
                let named = attribute(&tag, b"Id").zip(attribute(&tag, b"Target"));
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

fn is_on(tag: &BytesStart<'_>, name: &[u8]) -> bool {
    attribute(tag, name).is_some_and(|value| matches!(value.as_str(), "1" | "true" | "on"))
}
