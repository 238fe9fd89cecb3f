//! A folder as a place: of a disk that is mounted, which should not be the one with the data.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rustix::fs::{FlockOperation, flock};

use crate::place::{Object, Place, PlaceError};

/// Held by whoever writes; the system lets go of it when a process ends, however it ends.
const LOCK: &str = "lock";
/// What an object is called until it is whole.
const PART: &str = ".part";

/// A folder.
pub struct Folder {
    root: PathBuf,
    /// Held while this lives, where it was opened for writing.
    _lock: Option<File>,
}

impl Folder {
    /// Opens a folder for reading.
    ///
    /// # Errors
    /// When it is not there.
    pub fn open(root: &Path) -> Result<Self, PlaceError> {
        let root = root.to_owned();
        if !root.is_dir() {
            return Err(PlaceError::Away {
                place: root.display().to_string(),
                why: "there is no such folder".to_owned(),
            });
        }
        Ok(Self { root, _lock: None })
    }

    /// Opens a folder for writing, which nobody else does meanwhile. The folder has to be there: a
    /// disk that is not mounted would be mistaken for an empty one.
    ///
    /// # Errors
    /// When it is not there, or somebody else writes.
    pub fn open_to_write(root: &Path) -> Result<Self, PlaceError> {
        let mut folder = Self::open(root)?;
        let mut options = File::options();
        let lock = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(root.join(LOCK));
        let lock = lock.map_err(|source| folder.failed("write", LOCK, source))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => folder._lock = Some(lock),
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(PlaceError::InUse {
                    place: folder.shown(),
                });
            }
            // A file system without locks: the lock of the data folder still keeps two apart.
            Err(rustix::io::Errno::NOTSUP | rustix::io::Errno::NOLCK) => {}
            Err(error) => return Err(folder.failed("lock", LOCK, error.into())),
        }
        Ok(folder)
    }

    fn failed(&self, what: &'static str, name: &str, source: io::Error) -> PlaceError {
        PlaceError::File {
            place: self.shown(),
            what,
            name: name.to_owned(),
            source,
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let parent = path.parent().unwrap_or(&self.root);
        if !parent.is_dir() {
            fs::create_dir_all(parent)?;
            File::open(parent.parent().unwrap_or(&self.root))?.sync_all()?;
        }
        let part = with_part(path);
        let mut file = File::create(&part)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        if let Err(error) = written {
            // A full disk gets the room back.
            let _ = fs::remove_file(&part);
            return Err(error);
        }
        fs::rename(&part, path)?;
        File::open(parent)?.sync_all()
    }

    fn walk(&self, folder: &Path, found: &mut Vec<Object>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                self.walk(&path, found)?;
                continue;
            }
            let name = path.strip_prefix(&self.root).unwrap_or(&path);
            let name = name.to_string_lossy().into_owned();
            if name == LOCK || name.ends_with(PART) {
                continue;
            }
            let meta = entry.metadata()?;
            let put = meta.modified()?.duration_since(UNIX_EPOCH);
            let put_ms = put.map(|since| since.as_millis()).unwrap_or_default();
            found.push(Object {
                name,
                bytes: meta.len(),
                put_ms: i64::try_from(put_ms).unwrap_or(i64::MAX),
            });
        }
        Ok(())
    }
}

impl Place for Folder {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), PlaceError> {
        self.write(&self.root.join(name), bytes)
            .map_err(|source| self.failed("write", name, source))
    }

    fn get(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, PlaceError> {
        let failed = |source| self.failed("read", name, source);
        let file = match File::open(self.root.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        let mut bytes = Vec::new();
        let read = file.take(bytes_max + 1).read_to_end(&mut bytes);
        if u64::try_from(read.map_err(failed)?).unwrap_or(u64::MAX) > bytes_max {
            return Err(PlaceError::TooLong {
                place: self.shown(),
                name: name.to_owned(),
            });
        }
        Ok(Some(bytes))
    }

    fn list(&self, prefix: &str) -> Result<Vec<Object>, PlaceError> {
        let failed = |source| self.failed("list", prefix, source);
        let folder = self.root.join(prefix);
        let mut found = Vec::new();
        match self.walk(&folder, &mut found) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            walked => walked.map_err(failed)?,
        }
        Ok(found)
    }

    fn remove(&self, name: &str) -> Result<(), PlaceError> {
        match fs::remove_file(self.root.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|source| self.failed("remove", name, source)),
        }
    }

    fn shown(&self) -> String {
        self.root.display().to_string()
    }
}

fn with_part(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(PART);
    part.into()
}
