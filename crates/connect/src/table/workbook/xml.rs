//! XML as a stream of tags and texts, each of which is bounded.

use std::io::{self, BufRead, BufReader, Read};

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::table::{Breach, TableError};

/// Longest tag or text; more than the longest cell of a spreadsheet, 32,767 letters.
const TOKEN_BYTES_MAX: usize = 1024 * 1024;

/// An XML document that is read once, from its beginning to its end.
pub(super) struct Xml<R: Read> {
    reader: Reader<Measured<R>>,
    buffer: Vec<u8>,
}

/// Lets no more bytes pass than one tag or text may have.
struct Measured<R> {
    inner: BufReader<R>,
    left: usize,
}

impl<R: Read> Xml<R> {
    pub(super) fn new(source: R) -> Self {
        let measured = Measured {
            inner: BufReader::new(source),
            left: TOKEN_BYTES_MAX,
        };
        Self {
            reader: Reader::from_reader(measured),
            buffer: Vec::new(),
        }
    }

    /// The next tag or text; `Event::Eof` at the end.
    pub(super) fn next(&mut self) -> Result<Event<'_>, TableError> {
        self.buffer.clear();
        self.reader.get_mut().left = TOKEN_BYTES_MAX;
        self.reader
            .read_event_into(&mut self.buffer)
            .map_err(|error| refused(&error))
    }

    /// Reads what is left, so that its checksum is compared.
    pub(super) fn pass_over(&mut self) -> Result<(), TableError> {
        io::copy(&mut self.reader.get_mut().inner, &mut io::sink())?;
        Ok(())
    }
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Measured<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(Breach::LongCell.into());
        }
        let available = self.inner.fill_buf()?;
        Ok(&available[..available.len().min(self.left)])
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
        self.inner.consume(count);
    }
}

/// The value of an attribute, whatever the prefix of its name.
pub(crate) fn attribute(tag: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    // Looking for names that come twice takes the square of their number.
    let mut attributes = tag.attributes();
    let mut readable = attributes.with_checks(false).flatten();
    let found = readable.find(|found| found.key.local_name().as_ref() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

/// Adds what is text of an event.
pub(crate) fn add_text(event: &Event<'_>, text: &mut String) -> Result<(), TableError> {
    let wrong = |_| TableError::BadWorkbook;
    match event {
        Event::Text(part) => text.push_str(&part.xml10_content().map_err(wrong)?),
        Event::CData(part) => text.push_str(&part.xml10_content().map_err(wrong)?),
        Event::GeneralRef(part) => {
            let letter = part
                .resolve_char_ref()
                .map_err(|_| TableError::BadWorkbook)?;
            match letter {
                Some(letter) => text.push(letter),
                None => {
                    let name = part.decode().map_err(wrong)?;
                    text.push_str(resolve_predefined_entity(&name).unwrap_or_default());
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn refused(error: &quick_xml::Error) -> TableError {
    match error {
        quick_xml::Error::Io(error) => match Breach::of(error) {
            Some(breach) => breach.into(),
            None => TableError::BadWorkbook,
        },
        _ => TableError::BadWorkbook,
    }
}
