//! The texts that cells of a workbook share.

use std::io::Read;

use quick_xml::events::Event;

use super::xml::{Xml, add_text};
use crate::table::TableError;

/// Most bytes of all shared texts, which are held in memory while a sheet is read.
pub const SHARED_TEXT_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Most shared texts.
pub const SHARED_TEXTS_MAX: usize = 8_000_000;

/// All shared texts, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    pub(super) fn read<R: Read>(source: R) -> Result<Self, TableError> {
        let mut xml = Xml::new(source);
        let mut strings = Self::default();
        // Text of a run or of the whole; not the reading aids of Japanese.
        let (mut in_text, mut aids) = (false, 0_usize);
        loop {
            let event = xml.next()?;
            match &event {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    b"t" => in_text = aids == 0,
                    b"rPh" => aids += 1,
                    _ => {}
                },
                Event::End(tag) => match tag.local_name().as_ref() {
                    b"t" => in_text = false,
                    b"rPh" => aids = aids.saturating_sub(1),
                    b"si" => strings.end()?,
                    _ => {}
                },
                Event::Empty(tag) if tag.local_name().as_ref() == b"si" => strings.end()?,
                Event::Eof => return Ok(strings),
                event if in_text => strings.add(event)?,
                _ => {}
            }
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let place = |end: &u32| usize::try_from(*end).unwrap_or(usize::MAX);
        let end = self.ends.get(index).map(place)?;
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).map(place)?,
            None => 0,
        };
        self.text.get(start..end)
    }

    fn add(&mut self, event: &Event<'_>) -> Result<(), TableError> {
        add_text(event, &mut self.text)?;
        match self.text.len() > SHARED_TEXT_BYTES_MAX {
            true => Err(TableError::TooMuchText),
            false => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), TableError> {
        if self.ends.len() >= SHARED_TEXTS_MAX {
            return Err(TableError::TooMuchText);
        }
        let end = u32::try_from(self.text.len()).map_err(|_| TableError::TooMuchText)?;
        self.ends.push(end);
        Ok(())
    }
}
