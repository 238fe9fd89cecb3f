//! Copying a journal from its files alone, while another process may be writing it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use crate::disk::{Disk as _, FsDisk};
use crate::read;
use crate::segment::{self, Form, Position};

/// Just after the last intact group of a folder that may be in use.
///
/// # Errors
/// When the folder or a segment cannot be read.
pub fn find_end(folder: &Path) -> io::Result<Position> {
    let mut next = 0;
    for (number, form) in segment::list(folder)? {
        next = number + 1;
        if form == Form::Packed {
            continue;
        }
        let file = match FsDisk.open(&segment::path(folder, number, Form::Plain)) {
            // It was packed meanwhile, so it is full.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        let scan = read::scan(file.as_ref(), number)?;
        if !scan.closed {
            return Ok(Position {
                segment: number,
                offset: scan.end,
            });
        }
    }
    Ok(Position {
        segment: next,
        offset: 0,
    })
}

/// Copies the segments before `end` into the folder `target`, which must hold no journal, and calls
/// `progress` with the number of each. Returns how many there were.
///
/// # Errors
/// When a file cannot be read, or not be made durable in the target.
pub fn copy_until(
    folder: &Path,
    target: &Path,
    end: Position,
    mut progress: impl FnMut(u64),
) -> io::Result<u64> {
    fs::create_dir_all(target)?;
    if !segment::list(target)?.is_empty() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let format = folder.join("format");
    if format.try_exists()? {
        copy_file(&mut File::open(format)?, &target.join("format"), None)?;
    }
    let mut copied = 0;
    for (number, _) in segment::list(folder)? {
        let kept = match number.cmp(&end.segment) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal if end.offset > 0 => Some(end.offset),
            _ => break,
        };
        copy_segment(folder, target, number, kept)?;
        copied += 1;
        progress(number);
    }
    File::open(target)?.sync_all()?;
    Ok(copied)
}

/// The plain form is looked for first: it is only removed once the packed one is there.
fn copy_segment(folder: &Path, target: &Path, number: u64, kept: Option<u64>) -> io::Result<()> {
    let copy = |form| segment::path(target, number, form);
    let plain = match File::open(segment::path(folder, number, Form::Plain)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        opened => Some(opened?),
    };
    if let Some(mut plain) = plain {
        return copy_file(&mut plain, &copy(Form::Plain), kept);
    }
    let mut packed = File::open(segment::path(folder, number, Form::Packed))?;
    let Some(kept) = kept else {
        return copy_file(&mut packed, &copy(Form::Packed), None);
    };
    // It was filled and packed since its end was found.
    let mut begun = File::create_new(copy(Form::Plain))?;
    let groups = zstd::stream::read::Decoder::new(packed)?;
    io::copy(&mut groups.take(kept), &mut begun)?;
    begun.sync_all()
}

/// Copies the first `kept` bytes, or everything; the copy is as long as the file, with zeros.
fn copy_file(file: &mut File, target: &Path, kept: Option<u64>) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut copy = File::create_new(target)?;
    io::copy(&mut file.take(kept.unwrap_or(length)), &mut copy)?;
    copy.set_len(length)?;
    copy.sync_all()
}
