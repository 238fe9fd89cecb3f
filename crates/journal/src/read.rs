//! Reading groups back, and telling a torn tail from damage.

use std::io;
use std::path::Path;

use crate::disk::{Disk, DiskFile};
use crate::frame::{self, GROUP_BYTES_MAX, HEADER_BYTES, Header};
use crate::segment::{self, Form, Position};

/// Bytes that a reader of groups asks the disk for at a time.
const WINDOW_BYTES: usize = 256 << 10;
/// Bytes that a search for an intact later group reads at a time.
const SEARCH_BYTES: usize = 1 << 20;

/// Durable entries in order.
#[derive(Debug, Default)]
pub struct Batch {
    pub entries: Vec<Vec<u8>>,
    /// Where the next batch begins.
    pub next: Position,
    /// Segments on the way that are not in the folder any more; what they held is not in here.
    pub missing: u64,
}

/// Why entries could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("failed to read segment {segment}")]
    Read { segment: u64, source: io::Error },
    #[error("segment {segment} is damaged at byte {offset}")]
    Damaged { segment: u64, offset: u64 },
}

/// The number that the group with this index in a segment carries.
pub(crate) fn group_number(segment: u64, index: u64) -> u64 {
    (segment << 32) | index
}

/// What a scan of one segment found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Just after the last intact group.
    pub(crate) end: u64,
    /// Intact groups, the closing one included.
    pub(crate) groups: u64,
    /// The closing group is there: the segment is full and another one follows.
    pub(crate) closed: bool,
}

pub(crate) fn batch(
    disk: &dyn Disk,
    folder: &Path,
    from: Position,
    durable: Position,
    bytes_max: usize,
) -> Result<Batch, ReadError> {
    let mut batch = Batch {
        next: from,
        ..Batch::default()
    };
    let mut bytes = 0;
    while batch.next < durable && bytes < bytes_max {
        let number = batch.next.segment;
        let failed = |source| ReadError::Read {
            segment: number,
            source,
        };
        let file = match open(disk, folder, number) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let Some(next) = segment_after(folder, number).map_err(failed)? else {
                    return Err(failed(error));
                };
                batch.missing += next - number;
                batch.next = Position {
                    segment: next,
                    offset: 0,
                };
                continue;
            }
            opened => opened.map_err(failed)?,
        };
        let mut window = Window::new(file.as_ref());
        loop {
            if batch.next >= durable || bytes >= bytes_max {
                break;
            }
            let offset = batch.next.offset;
            let group = window.group(offset).map_err(failed)?;
            let Some((_, body)) = group.filter(|(header, _)| header.group >> 32 == number) else {
                return Err(ReadError::Damaged {
                    segment: number,
                    offset,
                });
            };
            let entries = frame::entries(body).ok_or(ReadError::Damaged {
                segment: number,
                offset,
            })?;
            if is_closing(&entries) {
                batch.next = Position {
                    segment: number + 1,
                    offset: 0,
                };
                break;
            }
            bytes += body.len();
            batch.entries.extend(entries);
            batch.next.offset += group_bytes(body);
        }
    }
    Ok(batch)
}

/// The first segment with a higher number that is in the folder.
fn segment_after(folder: &Path, number: u64) -> io::Result<Option<u64>> {
    let segments = segment::list(folder)?;
    let later = segments.iter().map(|(found, _)| *found);
    Ok(later.filter(|found| *found > number).min())
}

/// The part of a full segment that holds its groups.
pub(crate) fn used_bytes(disk: &dyn Disk, path: &Path, number: u64) -> io::Result<Vec<u8>> {
    let file = disk.open(path)?;
    let scan = scan(file.as_ref(), number)?;
    let mut bytes = vec![0; usize::try_from(scan.end).map_err(io::Error::other)?];
    let read = file.read_at(&mut bytes, 0)?;
    if read < bytes.len() || !scan.closed {
        return Err(io::Error::other(format!(
            "segment {number} has no closing group"
        )));
    }
    Ok(bytes)
}

/// Walks the intact groups of a segment from its start.
pub(crate) fn scan(file: &dyn DiskFile, number: u64) -> io::Result<Scan> {
    let mut scan = Scan {
        end: 0,
        groups: 0,
        closed: false,
    };
    let mut window = Window::new(file);
    while let Some((header, body)) = window.group(scan.end)? {
        if header.group != group_number(number, scan.groups) {
            break;
        }
        scan.end += group_bytes(body);
        scan.groups += 1;
        if frame::entries(body).is_some_and(|entries| is_closing(&entries)) {
            scan.closed = true;
            break;
        }
    }
    Ok(scan)
}

/// Whether an intact group of this segment lies anywhere after `from`.
///
/// The next group is only written once the one before it is synced, so an intact later group
/// proves that what precedes it was durable and has been damaged since.
pub(crate) fn has_group_after(file: &dyn DiskFile, number: u64, from: u64) -> io::Result<bool> {
    let length = file.len()?;
    let mut offset = from;
    let mut window = vec![0; SEARCH_BYTES];
    while offset < length {
        window.fill(0);
        let read = file.read_at(&mut window, offset)?;
        if window[..read].iter().any(|byte| *byte != 0) {
            for at in 0..read.saturating_sub(HEADER_BYTES - 1) {
                let header = Header::parse(&window[at..at + HEADER_BYTES]);
                if header.is_some_and(|header| header.group >> 32 == number) {
                    let here = offset + to_u64(at);
                    if Window::new(file).group(here)?.is_some() {
                        return Ok(true);
                    }
                }
            }
        }
        if read < SEARCH_BYTES {
            break;
        }
        offset += to_u64(SEARCH_BYTES - (HEADER_BYTES - 1));
    }
    Ok(false)
}

fn is_closing(entries: &[Vec<u8>]) -> bool {
    matches!(entries, [only] if only.is_empty())
}

fn group_bytes(body: &[u8]) -> u64 {
    to_u64(HEADER_BYTES + body.len())
}

/// A part of a segment in memory, so that many small groups are one read.
struct Window<'f> {
    file: &'f dyn DiskFile,
    start: u64,
    bytes: Vec<u8>,
}

impl<'f> Window<'f> {
    fn new(file: &'f dyn DiskFile) -> Self {
        Self {
            file,
            start: 0,
            bytes: Vec::new(),
        }
    }

    /// The intact group at `offset`, if one is there.
    fn group(&mut self, offset: u64) -> io::Result<Option<(Header, &[u8])>> {
        let head = self.range(offset, HEADER_BYTES)?;
        let Some(header) = head.and_then(Header::parse) else {
            return Ok(None);
        };
        debug_assert!(header.body_bytes <= GROUP_BYTES_MAX);
        let body = self.range(offset + to_u64(HEADER_BYTES), header.body_bytes)?;
        Ok(body
            .filter(|body| header.fits(body))
            .map(|body| (header, body)))
    }

    /// `None` where the file ends before.
    fn range(&mut self, offset: u64, count: usize) -> io::Result<Option<&[u8]>> {
        let end = offset + to_u64(count);
        if offset < self.start || end > self.start + to_u64(self.bytes.len()) {
            self.bytes.resize(count.max(WINDOW_BYTES), 0);
            let read = self.file.read_at(&mut self.bytes, offset)?;
            self.bytes.truncate(read);
            self.start = offset;
        }
        let from = usize::try_from(offset - self.start).map_err(io::Error::other)?;
        Ok(self.bytes.get(from..from + count))
    }
}

fn open(disk: &dyn Disk, folder: &Path, number: u64) -> io::Result<std::sync::Arc<dyn DiskFile>> {
    match disk.open(&segment::path(folder, number, Form::Plain)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let packed = std::fs::read(segment::path(folder, number, Form::Packed))?;
            Ok(std::sync::Arc::new(Unpacked(zstd::stream::decode_all(
                packed.as_slice(),
            )?)))
        }
        other => other,
    }
}

/// A packed segment in memory.
struct Unpacked(Vec<u8>);

impl DiskFile for Unpacked {
    fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        Err(io::Error::other("a packed segment is never written"))
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(self.0.len());
        let rest = &self.0[start..];
        let count = rest.len().min(bytes.len());
        bytes[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(to_u64(self.0.len()))
    }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
