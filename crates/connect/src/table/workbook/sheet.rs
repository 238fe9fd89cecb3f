//! The rows of one sheet, as they stand in its XML.

use std::io::Read;
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};

use super::number::Epoch;
use super::strings::Strings;
use super::styles::Styles;
use super::xml::{Xml, add_text, attribute};
use crate::table::{COLUMNS_MAX, NO_VALUE, RECORD_BYTES_MAX, TableError};

/// Most rows of a sheet, as spreadsheets have it.
pub const SHEET_ROWS_MAX: u64 = 1_048_576;
/// Letters in the name of a column, of which `XFD` is the last.
const COLUMN_LETTERS_MAX: usize = 3;

/// What the sheets of a workbook have in common.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) strings: Arc<Strings>,
    pub(super) styles: Arc<Styles>,
    pub(super) epoch: Epoch,
}

/// A sheet that is read from its top.
pub(in crate::table) struct Sheet<R: Read> {
    xml: Xml<R>,
    shared: Shared,
    row: u64,
    ended: bool,
}

/// A cell as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::table) struct Cell {
    pub(in crate::table) text: String,
    /// A number, written with a point.
    pub(in crate::table) is_number: bool,
}

/// A row with its number; the first one of the sheet is 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) struct SheetRow {
    pub(in crate::table) row: u64,
    pub(in crate::table) cells: Vec<Cell>,
}

/// A cell before its content is known.
struct Head {
    column: usize,
    kind: Kind,
    style: Option<usize>,
}

/// What stands in a cell.
struct Content {
    text: String,
    is_formula: bool,
}

/// What the content of a cell stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    SharedText,
    Flag,
    Text,
}

impl<R: Read> Sheet<R> {
    pub(super) fn new(source: R, shared: Shared) -> Self {
        Self {
            xml: Xml::new(source),
            shared,
            row: 0,
            ended: false,
        }
    }

    /// Rows without cells may be left out of the file; their numbers are then left out too.
    pub(in crate::table) fn next_row(&mut self) -> Result<Option<SheetRow>, TableError> {
        while !self.ended {
            match self.xml.next()? {
                Event::Start(tag) if tag.local_name().as_ref() == b"row" => {
                    self.row = numbered(&tag, self.row)?;
                    let cells = self.read_cells()?;
                    return Ok(Some(SheetRow {
                        row: self.row,
                        cells,
                    }));
                }
                Event::Empty(tag) if tag.local_name().as_ref() == b"row" => {
                    self.row = numbered(&tag, self.row)?;
                }
                Event::End(tag) if tag.local_name().as_ref() == b"sheetData" => {
                    self.ended = true;
                    self.xml.pass_over()?;
                }
                Event::Eof => self.ended = true,
                _ => {}
            }
        }
        Ok(None)
    }

    fn read_cells(&mut self) -> Result<Vec<Cell>, TableError> {
        let mut cells: Vec<Cell> = Vec::new();
        let mut bytes = 0;
        let mut next = 0;
        loop {
            let head = match self.xml.next()? {
                Event::Start(tag) if tag.local_name().as_ref() == b"c" => {
                    Head::of(&tag, next).ok_or(TableError::BadWorkbook)?
                }
                Event::Empty(tag) if tag.local_name().as_ref() == b"c" => {
                    let head = Head::of(&tag, next).ok_or(TableError::BadWorkbook)?;
                    next = head.column + 1;
                    continue;
                }
                Event::End(tag) if tag.local_name().as_ref() == b"row" => return Ok(cells),
                Event::Eof => return Err(TableError::BadWorkbook),
                _ => continue,
            };
            next = head.column + 1;
            let content = self.read_content()?;
            let cell = self.cell(&head, &content)?;
            if cell.text.trim().is_empty() {
                continue;
            }
            if head.column >= COLUMNS_MAX {
                return Err(TableError::TooManyColumns);
            }
            bytes += cell.text.len();
            if bytes > RECORD_BYTES_MAX {
                return Err(TableError::LongRecord { row: self.row });
            }
            if cells.len() <= head.column {
                cells.resize(head.column + 1, Cell::default());
            }
            cells[head.column] = cell;
        }
    }

    /// The value of a cell, or its text in place; of the formula that it came from it is only
    /// known that there is one.
    fn read_content(&mut self) -> Result<Content, TableError> {
        let mut content = String::new();
        let mut is_formula = false;
        let (mut within, mut aids) = (false, 0_usize);
        loop {
            let event = self.xml.next()?;
            if let Event::Start(tag) | Event::Empty(tag) = &event {
                is_formula |= tag.local_name().as_ref() == b"f";
            }
            match &event {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    b"v" | b"t" => within = aids == 0,
                    b"rPh" => aids += 1,
                    _ => {}
                },
                Event::End(tag) => match tag.local_name().as_ref() {
                    b"v" | b"t" => within = false,
                    b"rPh" => aids = aids.saturating_sub(1),
                    b"c" => {
                        return Ok(Content {
                            text: content,
                            is_formula,
                        });
                    }
                    _ => {}
                },
                Event::Eof => return Err(TableError::BadWorkbook),
                event if within => {
                    add_text(event, &mut content)?;
                    if content.len() > RECORD_BYTES_MAX {
                        return Err(TableError::LongRecord { row: self.row });
                    }
                }
                _ => {}
            }
        }
    }

    fn cell(&self, head: &Head, content: &Content) -> Result<Cell, TableError> {
        let shared = &self.shared;
        let Content {
            text: content,
            is_formula,
        } = content;
        let text = match head.kind {
            // What is no text has a value, unless its formula was never counted out.
            Kind::Number | Kind::Flag if *is_formula && content.trim().is_empty() => {
                NO_VALUE.to_owned()
            }
            Kind::Number => shared.styles.shown(content, head.style, shared.epoch),
            Kind::SharedText => {
                let index = content.trim().parse().ok();
                let text = index.and_then(|index| shared.strings.get(index));
                unescaped(text.ok_or(TableError::BadWorkbook)?)
            }
            Kind::Flag if content.trim() == "1" => "TRUE".to_owned(),
            Kind::Flag => "FALSE".to_owned(),
            Kind::Text => unescaped(content),
        };
        Ok(Cell {
            text,
            is_number: head.kind == Kind::Number,
        })
    }
}

impl Head {
    fn of(tag: &BytesStart<'_>, next: usize) -> Option<Self> {
        let column = match attribute(tag, b"r") {
            Some(place) => column_of(&place)?,
            None => next,
        };
        let kind = match attribute(tag, b"t").as_deref() {
            None | Some("n") => Kind::Number,
            Some("s") => Kind::SharedText,
            Some("b") => Kind::Flag,
            Some(_) => Kind::Text,
        };
        let style = attribute(tag, b"s").and_then(|style| style.parse().ok());
        Some(Self {
            column,
            kind,
            style,
        })
    }
}

/// The number of a row, which is below the one before it.
fn numbered(tag: &BytesStart<'_>, before: u64) -> Result<u64, TableError> {
    let said = attribute(tag, b"r").and_then(|row| row.parse::<u64>().ok());
    let row = said.unwrap_or(before + 1).max(before + 1);
    match row <= SHEET_ROWS_MAX {
        true => Ok(row),
        false => Err(TableError::TooManyRows),
    }
}

/// The column of a place such as `AB12`, counted from zero.
fn column_of(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let letters: Vec<u8> = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    if letters.is_empty() || letters.len() > COLUMN_LETTERS_MAX {
        return None;
    }
    let number = letters.iter().fold(0, |number, letter| {
        number * 26 + usize::from(letter - b'A') + 1
    });
    number.checked_sub(1)
}

/// Line ends of cells are escaped in a way of their own.
fn unescaped(text: &str) -> String {
    text.replace("_x000D_", "")
}
