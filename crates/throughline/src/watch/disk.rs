//! A disk that tells how long it takes to make writes durable.

use std::io;
use std::path::Path;
use std::sync::Arc;

use journal::{Disk, DiskFile};
use metrics::Histogram;
use tokio::time::Instant;

use super::SYNC_SECONDS;

/// Another disk, with a look at the clock before and after each sync.
pub(crate) struct TimedDisk {
    disk: Arc<dyn Disk>,
    syncs: Histogram,
}

struct TimedFile {
    file: Arc<dyn DiskFile>,
    syncs: Histogram,
}

impl TimedDisk {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Self {
        let syncs = metrics::histogram!(SYNC_SECONDS);
        Self { disk, syncs }
    }

    fn timed(&self, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        let syncs = self.syncs.clone();
        Arc::new(TimedFile { file, syncs })
    }
}

impl Disk for TimedDisk {
    fn create_zeroed(&self, path: &Path, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.timed(self.disk.create_zeroed(path, bytes)?))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.timed(self.disk.open(path)?))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.disk.replace(path, bytes)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_folder(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }
}

impl DiskFile for TimedFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        let begun = Instant::now();
        let synced = self.file.sync();
        self.syncs.record(begun.elapsed());
        synced
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(bytes, offset)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
}
