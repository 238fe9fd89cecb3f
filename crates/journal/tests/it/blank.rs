//! Entries that were blanked are gone, and everything else is where it was.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use journal::{Disk, DiskFile, FsDisk, Journal, Position};

use crate::promise::{all_entries, options};

/// An entry that is to go.
const SECRET: &[u8] = b"visitor 4711 anna@mail.example";

fn blanked(entry: &[u8]) -> Option<Vec<u8>> {
    entry.starts_with(b"visitor 4711").then(|| b"gone".to_vec())
}

async fn filled(folder: &Path) -> Journal {
    let journal = Journal::open(options(folder)).unwrap();
    for number in 0..600_u32 {
        let entry = match number % 50 {
            7 => SECRET.to_vec(),
            _ => format!("entry {number} {}", "x".repeat(60)).into_bytes(),
        };
        journal.append(&entry).unwrap().await.unwrap();
    }
    journal
}

/// How many files of the folder have the secret, packed ones unpacked.
fn files_with_secret(folder: &Path) -> usize {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let has_secret = |path: &std::path::PathBuf| {
        let mut bytes = fs::read(path).unwrap();
        if path.extension().is_some_and(|ending| ending == "zst") {
            bytes = zstd::stream::decode_all(bytes.as_slice()).unwrap();
        }
        bytes
            .windows(12)
            .any(|window| window == b"visitor 4711".as_slice())
    };
    files.filter(has_secret).count()
}

#[tokio::test]
async fn blanked_entries_are_in_no_file_and_the_others_keep_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path()).await;
    let half = Position {
        segment: 2,
        offset: 0,
    };
    journal.pack(half).unwrap();
    let (before, end) = (all_entries(&journal), journal.status().durable);
    journal.roll().unwrap().await.unwrap();
    let rolled = journal.status().durable;
    assert_eq!((rolled.segment, rolled.offset), (end.segment + 1, 0));

    fs::write(folder.path().join("000000000001.log.draft"), SECRET).unwrap();
    let mut told = Vec::new();
    let count = journal
        .blank(blanked, |done, of| told.push((done, of)))
        .unwrap();
    assert_eq!(count, 12);
    assert_eq!(told.last(), Some(&(end.segment + 1, end.segment + 1)));
    assert_eq!(files_with_secret(folder.path()), 0);
    let after = all_entries(&journal);
    assert_eq!(after.len(), before.len());
    for (was, is) in before.iter().zip(&after) {
        match was.as_slice() {
            SECRET => {
                assert_eq!(is.len(), was.len());
                assert!(is.starts_with(b"gone") && is[4..].iter().all(|byte| *byte == 0));
            }
            _ => assert_eq!(is, was),
        }
    }
    assert_eq!(journal.blank(blanked, |_, _| {}).unwrap(), 0);
    // An empty segment is closed by nobody, so rolling again and again fills no disk.
    journal.roll().unwrap().await.unwrap();
    assert_eq!(journal.status().durable, rolled);

    journal.append(b"later").unwrap().await.unwrap();
    drop(journal);
    let journal = Journal::open(options(folder.path())).unwrap();
    let entries = all_entries(&journal);
    assert_eq!(entries.last().map(Vec::as_slice), Some(b"later".as_slice()));
    assert_eq!(entries.len(), before.len() + 1);
}

#[tokio::test]
async fn a_replacement_longer_than_its_entry_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = filled(folder.path()).await;
    let before = all_entries(&journal);
    let longer = |entry: &[u8]| blanked(entry).map(|_| vec![1; entry.len() + 1]);
    assert!(journal.blank(longer, |_, _| {}).is_err());
    assert_eq!(all_entries(&journal), before);
}

/// A disk that dies at the n-th change of a finished file.
struct Dying {
    left: AtomicUsize,
}

impl Dying {
    fn change(&self) -> std::io::Result<()> {
        let had = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        had.map(drop)
            .map_err(|_| std::io::Error::other("the power was cut"))
    }
}

impl Disk for Dying {
    fn create_zeroed(&self, path: &Path, bytes: u64) -> std::io::Result<Arc<dyn DiskFile>> {
        FsDisk.create_zeroed(path, bytes)
    }

    fn open(&self, path: &Path) -> std::io::Result<Arc<dyn DiskFile>> {
        FsDisk.open(path)
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        if path.extension().is_some_and(|ending| ending == "zst") {
            self.change()?;
        }
        FsDisk.replace(path, bytes)
    }

    fn remove(&self, path: &Path) -> std::io::Result<()> {
        self.change()?;
        FsDisk.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> std::io::Result<()> {
        FsDisk.sync_folder(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> std::io::Result<()> {
        FsDisk.rename(from, to)
    }
}

#[tokio::test]
async fn a_power_cut_at_any_change_is_finished_by_doing_it_again() {
    for changes in 0..6 {
        let folder = tempfile::tempdir().unwrap();
        let journal = filled(folder.path()).await;
        journal.roll().unwrap().await.unwrap();
        let before = all_entries(&journal).len();
        drop(journal);
        let disk = Dying {
            left: AtomicUsize::new(usize::MAX),
        };
        let disk = Arc::new(disk);
        let journal = Journal::open_on(disk.clone(), options(folder.path())).unwrap();
        disk.left.store(changes, Ordering::SeqCst);
        assert!(journal.blank(blanked, |_, _| {}).is_err());
        drop(journal);

        let journal = Journal::open(options(folder.path())).unwrap();
        assert_eq!(all_entries(&journal).len(), before);
        journal.blank(blanked, |_, _| {}).unwrap();
        assert_eq!(all_entries(&journal).len(), before);
        assert_eq!(files_with_secret(folder.path()), 0, "{changes} changes");
    }
}
