//! Segments: numbered files of one journal, and positions in them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::disk::Disk;

/// A place between two groups. Everything before it is ordered before everything after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    pub segment: u64,
    pub offset: u64,
}

/// How a segment is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Preallocated; the end of its groups is found by reading.
    Plain,
    /// Loaded and compressed; never written again.
    Packed,
}

/// The segments of a folder in order.
///
/// A segment that was packed but whose plain file is still there counts as packed.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<(u64, Form)>> {
    let mut found: Vec<(u64, Form)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        if let Some(segment) = parse_name(&entry?.file_name().to_string_lossy()) {
            found.push(segment);
        }
    }
    found.sort_by_key(|(number, form)| (*number, *form == Form::Plain));
    found.dedup_by_key(|(number, _)| *number);
    Ok(found)
}

/// Removes what writes that were broken off have left.
pub(crate) fn remove_drafts(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "draft") {
            disk.remove(&path)?;
        }
    }
    Ok(())
}

pub(crate) fn path(folder: &Path, number: u64, form: Form) -> PathBuf {
    let ending = match form {
        Form::Plain => "log",
        Form::Packed => "log.zst",
    };
    folder.join(format!("{number:012}.{ending}"))
}

fn parse_name(name: &str) -> Option<(u64, Form)> {
    let (number, ending) = name.split_once('.')?;
    let form = match ending {
        "log" => Form::Plain,
        "log.zst" => Form::Packed,
        _ => return None,
    };
    (number.len() == 12)
        .then(|| number.parse().ok())
        .flatten()
        .map(|number| (number, form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_strangers_are_passed_over() {
        let folder = Path::new("");
        for form in [Form::Plain, Form::Packed] {
            let name = path(folder, 42, form);
            assert_eq!(parse_name(&name.to_string_lossy()), Some((42, form)));
        }
        assert_eq!(parse_name("000000000042.draft"), None);
        assert_eq!(parse_name("lock"), None);
    }
}
