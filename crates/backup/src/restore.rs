//! Taking the files of a set out of their place.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use crate::repository::{BackupError, Repository};
use crate::set::{FileEntry, Set};

/// In a folder that a restore has begun to fill and not finished.
pub const UNFINISHED: &str = "unfinished-restore";

/// Writes the files of a set into a folder that is empty or not there.
///
/// They are written durably and in the set's order. The folder holds a file [`UNFINISHED`] until
/// [`finish_restore`] says that all is done. `progress` is called with the bytes of each piece.
///
/// # Errors
/// When a piece is damaged or missing, the folder holds something, or a file cannot be written.
pub fn restore(
    repository: &Repository,
    set: &Set,
    folder: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(), BackupError> {
    let failed = |source| file_error("make the folder", folder, source);
    fs::create_dir_all(folder).map_err(failed)?;
    if fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(BackupError::NotEmpty(folder.display().to_string()));
    }
    let mark = folder.join(UNFINISHED);
    let marked = private(&mark).and_then(|mark| mark.sync_all());
    marked.map_err(|source| file_error("write", &mark, source))?;
    make_durable(folder)?;
    for file in &set.files {
        let path = inside(folder, &file.name)?;
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|source| file_error("make", parent, source))?;
        write(repository, file, &path, progress)?;
        make_durable(parent)?;
    }
    Ok(())
}

/// Lets a folder be opened that a restore has filled, with whatever was to be done in it besides.
///
/// # Errors
/// When the file system fails.
pub fn finish_restore(folder: &Path) -> Result<(), BackupError> {
    let mark = folder.join(UNFINISHED);
    fs::remove_file(&mark).map_err(|source| file_error("remove", &mark, source))?;
    make_durable(folder)
}

fn make_durable(folder: &Path) -> Result<(), BackupError> {
    let sync = File::open(folder).and_then(|folder| folder.sync_all());
    sync.map_err(|source| file_error("make durable", folder, source))
}

/// A file has its name once it is whole.
fn write(
    repository: &Repository,
    entry: &FileEntry,
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(), BackupError> {
    let failed = |source| file_error("write", path, source);
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut file = private(&part).map_err(failed)?;
    for id in &entry.pieces {
        let piece = repository.piece(*id)?;
        file.write_all(&piece).map_err(failed)?;
        progress(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }
    let written = file.metadata().map_err(failed)?.len();
    if written != entry.bytes {
        return Err(BackupError::Damaged(entry.name.clone()));
    }
    file.set_len(entry.length).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(&part, path).map_err(failed)
}

/// Nobody else reads what a back-up holds.
fn private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// A name leads to a place inside the folder and nowhere else.
fn inside(folder: &Path, name: &str) -> Result<PathBuf, BackupError> {
    let path = Path::new(name);
    let is_inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if name.is_empty() || !is_inside {
        return Err(BackupError::BadName(name.to_owned()));
    }
    Ok(folder.join(path))
}

fn file_error(what: &'static str, path: &Path, source: std::io::Error) -> BackupError {
    BackupError::File {
        what,
        name: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_out_of_no_folder() {
        let folder = Path::new("/restored");
        assert_eq!(inside(folder, "a/b").unwrap(), Path::new("/restored/a/b"));
        for name in ["", "/etc/passwd", "../a", "a/../../b", "./a"] {
            assert!(inside(folder, name).is_err(), "{name}");
        }
    }
}
