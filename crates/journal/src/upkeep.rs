//! Upkeep of full segments: packing them, and blanking entries that have to go.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::sync::PoisonError;

use crate::frame;
use crate::log::{Journal, JournalError};
use crate::read;
use crate::segment::{self, Form, Position};

/// How strongly packed segments are compressed; stronger gains less than a hundredth.
const PACK_LEVEL: i32 = 9;

impl Journal {
    /// Compresses the full segments that lie wholly before `loaded`. Returns how many.
    ///
    /// # Errors
    /// When a segment cannot be read or its packed form cannot be made durable; it stays as it is.
    pub fn pack(&self, loaded: Position) -> Result<usize, JournalError> {
        self.pack_blanking(loaded, |_| None)
    }

    /// As [`Journal::pack`], and puts other bytes in the place of entries as [`Journal::blank`]
    /// does.
    ///
    /// # Errors
    /// As [`Journal::pack`], or when a replacement is longer than its entry.
    pub fn pack_blanking(
        &self,
        loaded: Position,
        mut replacement: impl FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<usize, JournalError> {
        let _turn = self.upkeep.lock().unwrap_or_else(PoisonError::into_inner);
        let segments = segment::list(&self.folder).map_err(|source| JournalError::Open {
            folder: self.folder.clone(),
            source,
        })?;
        // Whoever says what is loaded may know a journal that went farther than this one: the
        // segment being written stays.
        let end = loaded.segment.min(self.status().durable.segment);
        let done = |(number, form): &&(u64, Form)| *form == Form::Plain && *number < end;
        for (number, _) in segments.iter().filter(|(_, form)| *form == Form::Packed) {
            self.remove_leftover(*number)
                .map_err(|source| JournalError::Pack {
                    segment: *number,
                    source,
                })?;
        }
        let mut packed = 0;
        for (number, _) in segments.iter().filter(done) {
            self.pack_one(*number, &mut replacement)
                .map_err(|source| JournalError::Pack {
                    segment: *number,
                    source,
                })?;
            packed += 1;
        }
        Ok(packed)
    }

    fn pack_one(
        &self,
        number: u64,
        replacement: &mut impl FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> io::Result<()> {
        let plain = segment::path(&self.folder, number, Form::Plain);
        let mut used = read::used_bytes(self.disk.as_ref(), &plain, number)?;
        frame::replace_entries(&mut used, replacement)?;
        let bytes = zstd::bulk::compress(&used, PACK_LEVEL)?;
        self.disk
            .replace(&segment::path(&self.folder, number, Form::Packed), &bytes)?;
        self.disk.remove(&plain)
    }

    /// Puts other bytes in the place of entries, in all full segments. `replacement` gives them for
    /// the entries that are to go; they are no longer than the entry, and zeros fill its place, so
    /// that every position stays what it was. `progress` is called after each segment with how many
    /// are done and how many there are. Blocks.
    ///
    /// A crash leaves each segment as it was or wholly rewritten; doing it again finishes it.
    ///
    /// # Errors
    /// When a segment cannot be read, a replacement is too long, or the new form cannot be made
    /// durable; that segment and those behind it stay as they are.
    pub fn blank(
        &self,
        replacement: impl FnMut(&[u8]) -> Option<Vec<u8>>,
        progress: impl FnMut(u64, u64),
    ) -> Result<u64, JournalError> {
        self.blank_some(|_| true, replacement, progress)
    }

    /// As [`Journal::blank`], in those of the full segments that `is_meant`.
    ///
    /// # Errors
    /// As there.
    pub fn blank_some(
        &self,
        is_meant: impl Fn(u64) -> bool,
        mut replacement: impl FnMut(&[u8]) -> Option<Vec<u8>>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<u64, JournalError> {
        let _turn = self.upkeep.lock().unwrap_or_else(PoisonError::into_inner);
        let full = self.status().durable.segment;
        let failed = |source| JournalError::Open {
            folder: self.folder.clone(),
            source,
        };
        segment::remove_drafts(self.disk.as_ref(), &self.folder).map_err(failed)?;
        let segments = segment::list(&self.folder).map_err(failed)?;
        let numbers = segments.iter().map(|(number, _)| *number);
        let numbers = numbers.filter(|number| *number < full && is_meant(*number));
        let numbers: Vec<u64> = numbers.collect();
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let mut blanked = 0;
        for (done, number) in (1..).zip(&numbers) {
            let found = self.blank_one(*number, &mut replacement);
            blanked += found.map_err(|source| JournalError::Pack {
                segment: *number,
                source,
            })?;
            progress(done, count(numbers.len()));
        }
        Ok(blanked)
    }

    /// The full segments that were moved out of the folder: nothing reaches what is in them.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn away(&self) -> Result<Vec<u64>, JournalError> {
        let full = self.status().durable.segment;
        let there = segment::list(&self.folder).map_err(|source| JournalError::Open {
            folder: self.folder.clone(),
            source,
        })?;
        let there: BTreeSet<u64> = there.into_iter().map(|(number, _)| number).collect();
        let away = (0..full).filter(|number| !there.contains(number));
        Ok(away.collect())
    }

    fn blank_one(
        &self,
        number: u64,
        replacement: &mut impl FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> io::Result<u64> {
        self.remove_leftover(number)?;
        let plain = segment::path(&self.folder, number, Form::Plain);
        let packed = segment::path(&self.folder, number, Form::Packed);
        let is_plain = plain.try_exists()?;
        let mut bytes = if is_plain {
            read::used_bytes(self.disk.as_ref(), &plain, number)?
        } else {
            zstd::stream::decode_all(fs::read(&packed)?.as_slice())?
        };
        let blanked = frame::replace_entries(&mut bytes, replacement)?;
        if blanked > 0 {
            let bytes = zstd::bulk::compress(&bytes, PACK_LEVEL)?;
            self.disk.replace(&packed, &bytes)?;
            if is_plain {
                self.disk.remove(&plain)?;
                self.disk.sync_folder(&self.folder)?;
            }
        }
        Ok(blanked)
    }

    /// A crash while a segment was packed can have left its plain form: readers would take that.
    fn remove_leftover(&self, number: u64) -> io::Result<()> {
        let path = |form| segment::path(&self.folder, number, form);
        if path(Form::Packed).try_exists()? && path(Form::Plain).try_exists()? {
            self.disk.remove(&path(Form::Plain))?;
            self.disk.sync_folder(&self.folder)?;
        }
        Ok(())
    }
}
