//! The few file operations the journal needs, as a seam for fault tests.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes that one write of zeros covers while a segment is prepared.
const ZERO_CHUNK_BYTES: usize = 1 << 20;

/// Makes and opens the files of one journal folder.
pub trait Disk: Send + Sync {
    /// Makes a file of `bytes` written zeros, so that later syncs touch no metadata.
    ///
    /// # Errors
    /// When the file cannot be written or made durable.
    fn create_zeroed(&self, path: &Path, bytes: u64) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens an existing file for reading and writing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Puts bytes under `path` at once: readers see the old file or the whole new one.
    ///
    /// # Errors
    /// When the file cannot be written or made durable.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// # Errors
    /// When the file cannot be removed.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes a finished rename or creation in the folder durable.
    ///
    /// # Errors
    /// When the folder cannot be synced.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// # Errors
    /// When the file cannot be renamed.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
}

/// An open segment.
pub trait DiskFile: Send + Sync {
    /// # Errors
    /// When not all bytes could be written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes the written bytes durable.
    ///
    /// # Errors
    /// When the disk did not confirm; what was written since the last sync may be lost.
    fn sync(&self) -> io::Result<()>;

    /// Fills `bytes` from `offset`; the rest after the file's end is left as it was.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;

    /// # Errors
    /// When the length cannot be read.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file has no bytes.
    ///
    /// # Errors
    /// When the length cannot be read.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

/// The operating system's files.
#[derive(Debug, Default, Clone, Copy)]
pub struct FsDisk;

impl Disk for FsDisk {
    fn create_zeroed(&self, path: &Path, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        if let Err(error) = write_zeros(&file, bytes) {
            // What a full disk took of the file would only keep it full.
            std::fs::remove_file(path)?;
            return Err(error);
        }
        Ok(Arc::new(FsFile(file)))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(FsFile(
            OpenOptions::new().read(true).write(true).open(path)?,
        )))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let draft = draft_of(path);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&draft)?;
        file.write_all_at(bytes, 0)?;
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        self.sync_folder(path.parent().unwrap_or(path))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }
}

struct FsFile(File);

impl DiskFile for FsFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < bytes.len() {
            let at = offset + u64::try_from(filled).unwrap_or_default();
            match self.0.read_at(&mut bytes[filled..], at) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

fn write_zeros(file: &File, bytes: u64) -> io::Result<()> {
    let chunk = vec![0_u8; ZERO_CHUNK_BYTES];
    let mut offset = 0;
    while offset < bytes {
        let left = usize::try_from(bytes - offset).unwrap_or(ZERO_CHUNK_BYTES);
        let part = &chunk[..left.min(ZERO_CHUNK_BYTES)];
        file.write_all_at(part, offset)?;
        offset += u64::try_from(part.len()).unwrap_or_default();
    }
    file.sync_all()
}

fn draft_of(path: &Path) -> PathBuf {
    path.with_extension("draft")
}
