//! From text to records: lines, quotes and cells.

use std::collections::VecDeque;
use std::io::Read;

use super::bytes::Text;
use super::{RECORD_BYTES_MAX, RECORD_LINES_MAX, TableError, TableRow};

/// The lines of a text, without their ends.
pub(super) struct Lines<R> {
    text: Text<R>,
    buffer: String,
    start: usize,
    end_mark: Option<char>,
    read: u64,
}

/// The records of a text; each may span several lines by quotes.
pub(super) struct Records<R> {
    lines: Lines<R>,
    waiting: VecDeque<String>,
    delimiter: char,
    rows_read: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(text: Text<R>) -> Self {
        Self {
            text,
            buffer: String::new(),
            start: 0,
            end_mark: None,
            read: 0,
        }
    }

    pub(super) fn next_line(&mut self) -> Result<Option<String>, TableError> {
        let mut searched = self.start;
        loop {
            let mark = self.end_mark.unwrap_or('\n');
            if let Some(at) = self.buffer[searched..].find(mark) {
                let end = searched + at;
                let line = self.buffer[self.start..end]
                    .trim_end_matches('\r')
                    .to_owned();
                self.start = end + 1;
                self.read += 1;
                return Ok(Some(line));
            }
            searched = self.buffer.len();
            if searched - self.start > RECORD_BYTES_MAX {
                return Err(TableError::LongRecord { row: self.read + 1 });
            }
            let kept = self.start;
            self.buffer.drain(..kept);
            self.start = 0;
            searched -= kept;
            if !self.text.read_into(&mut self.buffer)? {
                break;
            }
            self.learn_end_mark();
            // The mark may have become another one, which the searched part may hold.
            if self.end_mark == Some('\r') {
                searched = 0;
            }
        }
        if self.buffer.is_empty() {
            return Ok(None);
        }
        self.read += 1;
        let line = std::mem::take(&mut self.buffer);
        Ok(Some(line.trim_end_matches('\r').to_owned()))
    }

    /// Old spreadsheets end lines by a carriage return alone.
    fn learn_end_mark(&mut self) {
        if self.end_mark.is_none() && !self.buffer.is_empty() {
            let old = self.buffer.contains('\r') && !self.buffer.contains('\n');
            self.end_mark = Some(if old { '\r' } else { '\n' });
        }
    }
}

impl<R: Read> Records<R> {
    /// `head` are lines that were taken from `lines` before.
    pub(super) fn new(lines: Lines<R>, head: Vec<String>, delimiter: char) -> Self {
        Self {
            lines,
            waiting: head.into(),
            delimiter,
            rows_read: 0,
        }
    }

    pub(super) fn rows_read(&self) -> u64 {
        self.rows_read
    }

    pub(super) fn next_record(&mut self) -> Result<Option<TableRow>, TableError> {
        let Some(first) = self.take_line()? else {
            return Ok(None);
        };
        self.rows_read += 1;
        let row = self.rows_read;
        let cells = match split(&first, self.delimiter) {
            Some(cells) => cells,
            None => self.read_quoted(&first)?,
        };
        Ok(Some(TableRow { row, cells }))
    }

    /// Adds lines until the quote closes. One that never does is an inch mark or a typing error,
    /// and must not swallow the rest of the file.
    fn read_quoted(&mut self, first: &str) -> Result<Vec<String>, TableError> {
        let mut record = first.to_owned();
        let mut added = Vec::new();
        while added.len() < RECORD_LINES_MAX && record.len() < RECORD_BYTES_MAX {
            let Some(line) = self.take_line()? else { break };
            record.push('\n');
            record.push_str(&line);
            let may_close = line.contains('"');
            added.push(line);
            if may_close && let Some(cells) = split(&record, self.delimiter) {
                return Ok(cells);
            }
        }
        for line in added.into_iter().rev() {
            self.waiting.push_front(line);
        }
        Ok(split_literally(first, self.delimiter))
    }

    fn take_line(&mut self) -> Result<Option<String>, TableError> {
        match self.waiting.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line(),
        }
    }
}

/// The cells of a record; `None` while a quote is open.
pub(super) fn split(record: &str, delimiter: char) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut left = record;
    loop {
        let (cell, rest) = match left.strip_prefix('"') {
            Some(quoted) => match quoted_cell(quoted, delimiter)? {
                Some(found) => found,
                None => literal_cell(left, delimiter),
            },
            None => literal_cell(left, delimiter),
        };
        cells.push(cell);
        match rest {
            Some(rest) => left = rest,
            None => return Some(cells),
        }
    }
}

/// The cells of a record in which quotes are letters like any other.
pub(super) fn split_literally(record: &str, delimiter: char) -> Vec<String> {
    record.split(delimiter).map(str::to_owned).collect()
}

type CellAndRest<'a> = (String, Option<&'a str>);

fn literal_cell(text: &str, delimiter: char) -> CellAndRest<'_> {
    match text.split_once(delimiter) {
        Some((cell, rest)) => (cell.to_owned(), Some(rest)),
        None => (text.to_owned(), None),
    }
}

/// The cell after its opening quote. `None`: still open. `Some(None)`: the quote closes in the
/// middle of the cell, so it was a part of the text, as in the keyword `"glasses" buy`.
fn quoted_cell(quoted: &str, delimiter: char) -> Option<Option<CellAndRest<'_>>> {
    let mut cell = String::new();
    let mut left = quoted;
    loop {
        let (part, rest) = left.split_once('"')?;
        cell.push_str(part);
        if let Some(after) = rest.strip_prefix('"') {
            cell.push('"');
            left = after;
            continue;
        }
        return Some(if rest.is_empty() {
            Some((cell, None))
        } else {
            rest.strip_prefix(delimiter)
                .map(|after| (cell, Some(after)))
        });
    }
}
