//! The files in a ZIP archive, one at a time, none of them larger than its limits.
//!
//! The directory at the archive's end says what is inside. Nothing that it says is believed: what
//! is unpacked is counted, and its checksum compared.

use std::io::{self, Read, Seek, SeekFrom, Take};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::{Breach, TABLE_BYTES_MAX, TableError};

/// Most files in an archive.
pub const ARCHIVE_FILES_MAX: u64 = 1_000;
/// Largest directory of an archive.
const DIRECTORY_BYTES_MAX: u64 = 1024 * 1024;
/// A file in an archive that unpacks to more than so many times its packed size is a trap.
pub const ARCHIVE_RATIO_MAX: u64 = 250;
/// So much may be unpacked before the ratio is looked at: short files of one letter pack well.
const RATIO_FREE_BYTES: u64 = 16 * 1024 * 1024;

/// How archives and workbooks begin.
pub(super) const ARCHIVE_MARK: [u8; 4] = *b"PK\x03\x04";
/// An archive with nothing in it.
pub(super) const EMPTY_ARCHIVE_MARK: [u8; 4] = *b"PK\x05\x06";
const DIRECTORY_MARK: [u8; 4] = *b"PK\x01\x02";
const LARGE_END_MARK: [u8; 4] = *b"PK\x06\x06";
const LARGE_LOCATOR_MARK: [u8; 4] = *b"PK\x06\x07";
const END_BYTES: usize = 22;
const LOCATOR_BYTES: u64 = 20;
const LARGE_END_BYTES: usize = 56;
const ENTRY_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
const COMMENT_BYTES_MAX: u64 = 65_535;
/// The extra field with the sizes that 32 bits do not hold.
const LARGE_SIZES: u16 = 1;
const ENCRYPTED: u16 = 1;
const UTF_8_NAME: u16 = 1 << 11;

/// What is in an archive.
pub(super) struct Archive<S> {
    source: S,
    entries: Vec<Entry>,
}

/// One file of an archive, as the directory tells it.
#[derive(Debug, Clone)]
struct Entry {
    /// With slashes between folders.
    name: String,
    flags: u16,
    method: u16,
    checksum: u32,
    packed_bytes: u64,
    offset: u64,
}

/// The content of one file.
pub(super) struct Unpacked<R> {
    content: Content<R>,
    checksum: Crc,
    checksum_wanted: u32,
    packed_bytes: u64,
    bytes_read: u64,
    bytes_max: u64,
}

enum Content<R> {
    Stored(Take<R>),
    Deflated(Box<DeflateDecoder<Take<R>>>),
}

/// Where the directory lies.
struct Directory {
    entries: u64,
    bytes: u64,
    offset: u64,
}

impl<S: Read + Seek> Archive<S> {
    pub(super) fn open(mut source: S) -> Result<Self, TableError> {
        let directory = find_directory(&mut source)?;
        if directory.entries > ARCHIVE_FILES_MAX || directory.bytes > DIRECTORY_BYTES_MAX {
            return Err(TableError::TooManyFiles);
        }
        source.seek(SeekFrom::Start(directory.offset))?;
        let mut bytes = Vec::new();
        (&mut source)
            .take(directory.bytes)
            .read_to_end(&mut bytes)?;
        let mut entries = Vec::new();
        let mut at = 0;
        for _ in 0..directory.entries {
            let (entry, next) = entry_at(&bytes, at).ok_or(TableError::BadArchive)?;
            entries.push(entry);
            at = next;
        }
        Ok(Self { source, entries })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The place of a file by its name; letters of either case, as Windows has it.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names()
            .position(|known| known.eq_ignore_ascii_case(name))
    }

    /// A file that is refused when it unpacks to more than so many bytes.
    pub(super) fn read(
        &mut self,
        index: usize,
        bytes_max: u64,
    ) -> Result<Unpacked<&mut S>, TableError> {
        let entry = self.entries.get(index).ok_or(TableError::BadArchive)?;
        unpack(&mut self.source, entry, bytes_max)
    }

    pub(super) fn into_file(self, index: usize) -> Result<Unpacked<S>, TableError> {
        let entry = self.entries.get(index).ok_or(TableError::BadArchive)?;
        unpack(self.source, entry, TABLE_BYTES_MAX)
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.content {
            Content::Stored(content) => content.read(buffer)?,
            Content::Deflated(content) => content.read(buffer).map_err(damaged)?,
        };
        if count == 0 && !buffer.is_empty() {
            return match self.checksum.sum() == self.checksum_wanted {
                true => Ok(0),
                false => Err(Breach::Damaged.into()),
            };
        }
        self.checksum.update(&buffer[..count]);
        self.bytes_read += u64::try_from(count).unwrap_or(u64::MAX);
        if self.bytes_read > self.bytes_max {
            let is_part = self.bytes_max < TABLE_BYTES_MAX;
            let breach = if is_part {
                Breach::LargePart
            } else {
                Breach::TooLarge
            };
            return Err(breach.into());
        }
        let fair = self.packed_bytes.saturating_mul(ARCHIVE_RATIO_MAX);
        if self.bytes_read > fair.max(RATIO_FREE_BYTES) {
            return Err(Breach::Trap.into());
        }
        Ok(count)
    }
}

fn unpack<S: Read + Seek>(
    mut source: S,
    entry: &Entry,
    bytes_max: u64,
) -> Result<Unpacked<S>, TableError> {
    if entry.flags & ENCRYPTED != 0 {
        return Err(TableError::Locked);
    }
    source.seek(SeekFrom::Start(entry.offset))?;
    let mut local = [0; LOCAL_BYTES];
    source.read_exact(&mut local).map_err(cut_off)?;
    let is_file = local.starts_with(&ARCHIVE_MARK);
    let (Some(name), Some(extra), true) = (u16_at(&local, 26), u16_at(&local, 28), is_file) else {
        return Err(TableError::BadArchive);
    };
    source.seek(SeekFrom::Current(i64::from(name) + i64::from(extra)))?;
    let packed = source.take(entry.packed_bytes);
    let content = match entry.method {
        0 => Content::Stored(packed),
        8 => Content::Deflated(Box::new(DeflateDecoder::new(packed))),
        _ => return Err(TableError::BadArchive),
    };
    Ok(Unpacked {
        content,
        checksum: Crc::new(),
        checksum_wanted: entry.checksum,
        packed_bytes: entry.packed_bytes,
        bytes_read: 0,
        bytes_max,
    })
}

fn find_directory<S: Read + Seek>(source: &mut S) -> Result<Directory, TableError> {
    let length = source.seek(SeekFrom::End(0))?;
    let end_bytes = u64::try_from(END_BYTES).unwrap_or(u64::MAX);
    let tail_starts = length.saturating_sub(end_bytes + COMMENT_BYTES_MAX);
    source.seek(SeekFrom::Start(tail_starts))?;
    let mut tail = Vec::new();
    source
        .take(end_bytes + COMMENT_BYTES_MAX)
        .read_to_end(&mut tail)?;
    // The comment behind the last record is as long as the record says.
    let is_end = |at: &usize| {
        let comment = u16_at(&tail, at + 20).map(usize::from);
        tail[*at..].starts_with(&EMPTY_ARCHIVE_MARK)
            && comment.is_some_and(|comment| at + END_BYTES + comment == tail.len())
    };
    let last = tail.len().checked_sub(END_BYTES);
    let at = last.and_then(|last| (0..=last).rev().find(is_end));
    let at = at.ok_or(TableError::BadArchive)?;
    let found = || {
        Some(Directory {
            entries: u64::from(u16_at(&tail, at + 10)?),
            bytes: u64::from(u32_at(&tail, at + 12)?),
            offset: u64::from(u32_at(&tail, at + 16)?),
        })
    };
    let small = found().ok_or(TableError::BadArchive)?;
    let is_large = small.entries == u64::from(u16::MAX)
        || small.bytes == u64::from(u32::MAX)
        || small.offset == u64::from(u32::MAX);
    let at = tail_starts + u64::try_from(at).unwrap_or(u64::MAX);
    match at.checked_sub(LOCATOR_BYTES) {
        Some(locator) if is_large => large_directory(source, locator),
        _ => Ok(small),
    }
}

/// The record of an archive whose sizes do not fit into 32 bits.
fn large_directory<S: Read + Seek>(source: &mut S, locator: u64) -> Result<Directory, TableError> {
    let mut record = [0; LARGE_END_BYTES];
    source.seek(SeekFrom::Start(locator))?;
    source.read_exact(&mut record[..20]).map_err(cut_off)?;
    let at = u64_at(&record, 8).filter(|_| record.starts_with(&LARGE_LOCATOR_MARK));
    source.seek(SeekFrom::Start(at.ok_or(TableError::BadArchive)?))?;
    source.read_exact(&mut record).map_err(cut_off)?;
    let found = || {
        Some(Directory {
            entries: u64_at(&record, 32)?,
            bytes: u64_at(&record, 40)?,
            offset: u64_at(&record, 48)?,
        })
    };
    let found = found().filter(|_| record.starts_with(&LARGE_END_MARK));
    found.ok_or(TableError::BadArchive)
}

/// An entry of the directory, and where the next one begins.
fn entry_at(directory: &[u8], at: usize) -> Option<(Entry, usize)> {
    let entry = directory.get(at..)?;
    if !entry.starts_with(&DIRECTORY_MARK) {
        return None;
    }
    let length = |at| u16_at(entry, at).map(usize::from);
    let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
    let (name_ends, extra_ends) = (ENTRY_BYTES + name, ENTRY_BYTES + name + extra);
    let flags = u16_at(entry, 8)?;
    let (packed, offset) = large_sizes(entry, entry.get(name_ends..extra_ends)?)?;
    let found = Entry {
        name: name_of(entry.get(ENTRY_BYTES..name_ends)?, flags),
        flags,
        method: u16_at(entry, 10)?,
        checksum: u32_at(entry, 16)?,
        packed_bytes: packed,
        offset,
    };
    Some((found, at + extra_ends + comment))
}

/// Packed size and place of an entry, from its extra field where 32 bits do not hold them.
fn large_sizes(entry: &[u8], extra: &[u8]) -> Option<(u64, u64)> {
    let (packed, size, offset) = (u32_at(entry, 20)?, u32_at(entry, 24)?, u32_at(entry, 42)?);
    let mut large = large_field(extra).unwrap_or_default();
    let mut widened = |small: u32| {
        if small != u32::MAX {
            return Some(u64::from(small));
        }
        let (value, rest) = large.split_at_checked(8)?;
        large = rest;
        u64_at(value, 0)
    };
    // In the order of the extra field.
    widened(size)?;
    Some((widened(packed)?, widened(offset)?))
}

fn large_field(mut extra: &[u8]) -> Option<&[u8]> {
    loop {
        let (kind, length) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let content = extra.get(4..4 + length)?;
        if kind == LARGE_SIZES {
            return Some(content);
        }
        extra = &extra[4 + length..];
    }
}

/// Names are UTF-8 where the archive says so, and mostly where it does not.
fn name_of(bytes: &[u8], flags: u16) -> String {
    let name = match std::str::from_utf8(bytes) {
        Ok(name) => name.to_owned(),
        Err(_) if flags & UTF_8_NAME != 0 => String::from_utf8_lossy(bytes).into_owned(),
        // Russian Windows packs names in the letters of its old console.
        Err(_) => encoding_rs::IBM866.decode(bytes).0.into_owned(),
    };
    name.replace('\\', "/")
}

/// What no packer writes is no failure of the disk.
fn damaged(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            Breach::Damaged.into()
        }
        _ => error,
    }
}

fn cut_off(error: io::Error) -> TableError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => TableError::BadArchive,
        _ => error.into(),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_le_bytes(bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_le_bytes(bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + 8)?.try_into().ok()?;
    Some(u64::from_le_bytes(bytes))
}
