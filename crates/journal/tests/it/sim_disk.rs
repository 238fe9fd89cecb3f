//! A disk whose unsynced sectors survive a crash or not, at random, and whose syncs can fail.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use journal::{Disk, DiskFile, FsDisk};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SECTOR_BYTES: usize = 512;

/// Writes are held back until they are synced; a crash lets some of them through.
#[derive(Clone)]
pub(crate) struct SimDisk {
    plan: Arc<Plan>,
}

struct Plan {
    /// Syncs left until the power goes; later operations all fail.
    syncs_left: AtomicUsize,
    crashed: AtomicBool,
    fail_syncs: AtomicBool,
    random: Mutex<ChaCha8Rng>,
}

struct SimFile {
    file: Arc<dyn DiskFile>,
    unsynced: Mutex<Vec<(u64, Vec<u8>)>>,
    plan: Arc<Plan>,
}

impl SimDisk {
    pub(crate) fn new(seed: u64, syncs_left: usize) -> Self {
        Self {
            plan: Arc::new(Plan {
                syncs_left: AtomicUsize::new(syncs_left),
                crashed: AtomicBool::new(false),
                fail_syncs: AtomicBool::new(false),
                random: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            }),
        }
    }

    pub(crate) fn fail_syncs(&self, fail: bool) {
        self.plan.fail_syncs.store(fail, Ordering::SeqCst);
    }
}

impl Plan {
    fn alive(&self) -> io::Result<()> {
        if self.crashed.load(Ordering::SeqCst) {
            return Err(io::Error::other("the power is off"));
        }
        Ok(())
    }
}

impl Disk for SimDisk {
    fn create_zeroed(&self, path: &Path, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        self.plan.alive()?;
        let file = FsDisk.create_zeroed(path, bytes)?;
        Ok(Arc::new(SimFile {
            file,
            unsynced: Mutex::default(),
            plan: Arc::clone(&self.plan),
        }))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        self.plan.alive()?;
        let file = FsDisk.open(path)?;
        Ok(Arc::new(SimFile {
            file,
            unsynced: Mutex::default(),
            plan: Arc::clone(&self.plan),
        }))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.plan.alive()?;
        FsDisk.replace(path, bytes)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.plan.alive()?;
        FsDisk.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.plan.alive()?;
        FsDisk.sync_folder(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.plan.alive()?;
        FsDisk.rename(from, to)
    }
}

impl SimFile {
    /// Lets a random part of the unsynced sectors reach the file.
    fn crash(&self) -> io::Result<()> {
        let mut random = self.plan.random.lock().unwrap();
        for (offset, bytes) in self.unsynced.lock().unwrap().drain(..) {
            for (index, sector) in bytes.chunks(SECTOR_BYTES).enumerate() {
                if random.random_bool(0.5) {
                    let at = offset + u64::try_from(index * SECTOR_BYTES).unwrap();
                    self.file.write_at(sector, at)?;
                }
            }
        }
        Ok(())
    }
}

impl DiskFile for SimFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.plan.alive()?;
        self.unsynced.lock().unwrap().push((offset, bytes.to_vec()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.plan.alive()?;
        if self.plan.fail_syncs.load(Ordering::SeqCst) {
            self.crash()?;
            return Err(io::Error::other("input/output error"));
        }
        if self.plan.syncs_left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.plan.crashed.store(true, Ordering::SeqCst);
            self.crash()?;
            return Err(io::Error::other("the power went"));
        }
        for (offset, bytes) in self.unsynced.lock().unwrap().drain(..) {
            self.file.write_at(&bytes, offset)?;
        }
        Ok(())
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.plan.alive()?;
        self.file.read_at(bytes, offset)
    }

    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
}
