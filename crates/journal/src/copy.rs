//! Copying a journal from its files alone, while another process may be writing it.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use crate::disk::{Disk as _, FsDisk};
use crate::read;
use crate::segment::{self, Form, Position};

/// Small files beside the segments: which format the entries have, and whose journal it is.
const BESIDE: [&str; 2] = ["format", OWNER];
/// Whose journal this is, where its user says so.
pub const OWNER: &str = "owner";

/// A file of a journal, as a copy of the journal has it.
pub struct CopiedFile {
    pub name: String,
    /// Nothing for the small files beside the segments.
    pub segment: Option<u64>,
    pub content: Box<dyn Read + Send>,
    /// The copy is so long: what the content lacks are zeros.
    pub length: u64,
    /// Of the file, where all of it is copied.
    pub whole: Option<Metadata>,
}

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

/// The names that a segment's file may have.
#[must_use]
pub fn segment_names(number: u64) -> [String; 2] {
    [Form::Packed, Form::Plain].map(|form| name(number, form))
}

/// Visits the files of a copy that ends before `end`. Returns how many segments there were.
///
/// # Errors
/// When a file cannot be read, or the visitor fails.
pub fn visit_until<E: From<io::Error>>(
    folder: &Path,
    end: Position,
    mut visit: impl FnMut(CopiedFile) -> Result<(), E>,
) -> Result<u64, E> {
    for name in BESIDE {
        let beside = folder.join(name);
        if beside.try_exists()? {
            visit(whole(name.to_owned(), None, File::open(beside)?)?)?;
        }
    }
    let mut visited = 0;
    for (number, _) in segment::list(folder)? {
        let kept = match number.cmp(&end.segment) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal if end.offset > 0 => Some(end.offset),
            _ => break,
        };
        visit(open_segment(folder, number, kept)?)?;
        visited += 1;
    }
    Ok(visited)
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
    let copied = visit_until(folder, end, |mut file| {
        let mut copy = File::create_new(target.join(&file.name))?;
        io::copy(&mut file.content, &mut copy)?;
        copy.set_len(file.length.max(copy.metadata()?.len()))?;
        copy.sync_all()?;
        file.segment.map(&mut progress);
        Ok::<(), io::Error>(())
    })?;
    File::open(target)?.sync_all()?;
    Ok(copied)
}

/// The plain form is looked for first: it is only removed once the packed one is there.
fn open_segment(folder: &Path, number: u64, kept: Option<u64>) -> io::Result<CopiedFile> {
    let plain = match File::open(segment::path(folder, number, Form::Plain)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        opened => Some(opened?),
    };
    let (form, file) = match plain {
        Some(plain) => (Form::Plain, plain),
        None => {
            let packed = segment::path(folder, number, Form::Packed);
            (Form::Packed, File::open(packed)?)
        }
    };
    let Some(kept) = kept else {
        return whole(name(number, form), Some(number), file);
    };
    let (length, content): (u64, Box<dyn Read + Send>) = match form {
        Form::Plain => (file.metadata()?.len(), Box::new(file.take(kept))),
        // It was filled and packed since its end was found.
        Form::Packed => {
            let groups = zstd::stream::read::Decoder::new(file)?;
            (kept, Box::new(groups.take(kept)))
        }
    };
    Ok(CopiedFile {
        name: name(number, Form::Plain),
        segment: Some(number),
        content,
        length,
        whole: None,
    })
}

fn whole(name: String, segment: Option<u64>, file: File) -> io::Result<CopiedFile> {
    let meta = file.metadata()?;
    Ok(CopiedFile {
        name,
        segment,
        length: meta.len(),
        content: Box::new(file),
        whole: Some(meta),
    })
}

fn name(number: u64, form: Form) -> String {
    let path = segment::path(Path::new(""), number, form);
    path.to_string_lossy().into_owned()
}
