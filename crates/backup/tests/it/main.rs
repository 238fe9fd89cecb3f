//! Back-ups on a folder, on a place that fails, and on a real server that speaks S3.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod folder;
mod s3;
mod server;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use backup::{
    FileEntry, Key, Machine, Place, Repository, Sent, Set, SetName, SetWriter, UNFINISHED,
    finish_restore, restore,
};
use serde_json::json;

pub(crate) const HOUR_MS: i64 = 3_600_000;
/// Two pieces and a bit of a third.
pub(crate) const LONG: usize = (8 << 20) + 100;

/// A clock that is set, and bytes that never come twice.
pub(crate) struct Bench {
    pub(crate) now: AtomicI64,
    next: AtomicU8,
}

impl Bench {
    pub(crate) fn at(now: i64) -> Arc<Self> {
        Arc::new(Self {
            now: AtomicI64::new(now),
            next: AtomicU8::new(0),
        })
    }
}

impl Machine for Bench {
    fn now_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.next.fetch_add(1, Ordering::Relaxed));
    }
}

pub(crate) fn key() -> Key {
    Key::new(&[7; 32])
}

pub(crate) fn repository(place: impl Place + 'static, bench: &Arc<Bench>) -> Repository {
    let machine: Arc<dyn Machine> = Arc::<Bench>::clone(bench);
    Repository::open_or_make(Arc::new(place), key(), machine).unwrap()
}

/// Content that does not compress and is another for each seed.
pub(crate) fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = 2 * seed + 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..bytes).map(|_| next()).collect()
}

pub(crate) fn add(writer: &mut SetWriter<'_>, name: &str, content: &[u8]) -> FileEntry {
    let mut content = content;
    writer.add(name, None, &mut content, &mut |_| {}).unwrap()
}

/// Makes a set of whole files.
pub(crate) fn make(repository: &Repository, files: &[(&str, Vec<u8>)]) -> (SetName, Set, Sent) {
    let mut writer = SetWriter::begin(repository).unwrap();
    for (name, content) in files {
        add(&mut writer, name, content);
    }
    writer.finish("0.1.0", json!({"facts": 3})).unwrap()
}

/// Restores a set and compares it with what went in.
pub(crate) fn check_restored(repository: &Repository, set: &Set, files: &[(&str, Vec<u8>)]) {
    let folder = tempfile::tempdir().unwrap();
    restore(repository, set, folder.path(), &mut |_| {}).unwrap();
    let is_marked = folder.path().join(UNFINISHED).try_exists().unwrap();
    assert!(is_marked, "nothing opens it before its last word");
    finish_restore(folder.path()).unwrap();
    for (name, content) in files {
        let restored = std::fs::read(folder.path().join(name)).unwrap();
        assert!(restored == *content, "{name} differs");
    }
    assert_eq!(count_files(folder.path()), files.len());
}

pub(crate) fn count_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { count_files(&path) } else { 1 })
        .sum()
}
