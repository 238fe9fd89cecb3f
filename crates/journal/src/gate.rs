//! A gate before a disk: while it is shut nothing new is written, so that others keep room.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::disk::{Disk, DiskFile};

/// Opens and shuts every [`GatedDisk`] that was made with it.
#[derive(Debug, Default, Clone)]
pub struct Gate {
    /// A bit for each reason.
    shut: Arc<AtomicU8>,
}

/// Why nothing new is written. Each comes and goes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barrier {
    /// The rest of the room on the disk is others'.
    NoRoom,
    /// Nobody will read what is written here.
    NoReader,
}

impl Barrier {
    fn bit(self) -> u8 {
        match self {
            Self::NoRoom => 1,
            Self::NoReader => 2,
        }
    }
}

/// A disk behind a gate. Packing goes on while the gate is shut: it makes room.
pub struct GatedDisk {
    disk: Arc<dyn Disk>,
    gate: Gate,
}

struct GatedFile {
    file: Arc<dyn DiskFile>,
    gate: Gate,
}

impl Gate {
    /// Lets writes through again as far as it is up to this reason. Whether that is a change.
    pub fn open(&self, barrier: Barrier) -> bool {
        self.shut.fetch_and(!barrier.bit(), Ordering::AcqRel) & barrier.bit() != 0
    }

    /// Refuses writes. Whether that is a change.
    pub fn shut(&self, barrier: Barrier) -> bool {
        self.shut.fetch_or(barrier.bit(), Ordering::AcqRel) & barrier.bit() == 0
    }

    /// Whether writes are refused for this reason.
    #[must_use]
    pub fn is_shut(&self, barrier: Barrier) -> bool {
        self.shut.load(Ordering::Acquire) & barrier.bit() != 0
    }

    fn pass(&self) -> io::Result<()> {
        if self.is_shut(Barrier::NoReader) {
            return Err(io::Error::other(
                "the journal is not loaded: its node's name is another folder's",
            ));
        }
        if self.is_shut(Barrier::NoRoom) {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                "the disk's reserve of free space is reached",
            ));
        }
        Ok(())
    }
}

impl GatedDisk {
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, gate: Gate) -> Self {
        Self { disk, gate }
    }

    fn behind(&self, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        Arc::new(GatedFile {
            file,
            gate: self.gate.clone(),
        })
    }
}

impl Disk for GatedDisk {
    fn create_zeroed(&self, path: &Path, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        self.gate.pass()?;
        Ok(self.behind(self.disk.create_zeroed(path, bytes)?))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.behind(self.disk.open(path)?))
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

impl DiskFile for GatedFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.gate.pass()?;
        self.file.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(bytes, offset)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
}
