//! A journal whose files were torn and flipped: what is read was written, from the first on.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use journal::{Journal, JournalOptions, Position};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::script::Script;

/// Small, so that a few entries fill several.
const SEGMENT_BYTES: u64 = 2 << 10;
const ENTRIES_MAX: usize = 40;
const ENTRY_BYTES_MAX: usize = 300;
const DAMAGES_MAX: usize = 3;
const READ_BYTES: usize = 1 << 10;
/// Acknowledged after the journal was opened again.
const LATER: &[u8] = b"later";

thread_local! {
    static RUNTIME: RefCell<Runtime> = RefCell::new(
        tokio::runtime::Builder::new_current_thread().build().unwrap(),
    );
}

pub(crate) fn run(bytes: &[u8]) {
    let folder = TempDir::new().unwrap();
    let mut script = Script::new(bytes);
    let written = write(folder.path(), &mut script);
    let damages = script.below(DAMAGES_MAX + 1);
    for _ in 0..damages {
        damage(folder.path(), &mut script);
    }
    let mut expected = written;
    // Damage may be told of, and the operator is asked; without any there is nothing to tell.
    let journal = match Journal::open(options(folder.path())) {
        Err(error) if damages == 0 => panic!("{error}"),
        Err(_) => return,
        Ok(journal) => journal,
    };
    let read = all_entries(&journal, damages);
    assert!(read.len() <= expected.len(), "an entry nobody wrote");
    if damages == 0 {
        assert_eq!(read, expected);
    }
    expected.truncate(read.len());
    assert_eq!(read, expected, "not what was written");
    let whole = journal.read(Position::default(), usize::MAX);
    let is_whole = whole.is_ok_and(|batch| batch.next == journal.status().durable);
    append(&journal, LATER);
    drop(journal);
    let journal = Journal::open(options(folder.path())).unwrap();
    if is_whole {
        expected.push(LATER.to_vec());
    }
    assert_eq!(all_entries(&journal, damages), expected, "after a restart");
}

fn options(folder: &Path) -> JournalOptions {
    JournalOptions {
        segment_bytes: SEGMENT_BYTES,
        ..JournalOptions::new(folder)
    }
}

fn write(folder: &Path, script: &mut Script<'_>) -> Vec<Vec<u8>> {
    let journal = Journal::open(options(folder)).unwrap();
    let mut written = Vec::new();
    for index in 0..script.below(ENTRIES_MAX) {
        let length = 1 + script.below(ENTRY_BYTES_MAX);
        let entry = vec![u8::try_from(index).unwrap() + 1; length];
        append(&journal, &entry);
        written.push(entry);
        if script.byte() % 16 == 1 {
            journal.pack(journal.status().durable).unwrap();
        }
    }
    written
}

fn append(journal: &Journal, entry: &[u8]) {
    let ack = journal.append(entry).unwrap();
    RUNTIME
        .with_borrow(|runtime| runtime.block_on(ack))
        .unwrap();
}

/// At most three bits or one burst of 32 bits: what a checksum of 32 bits never overlooks. Or the
/// end of the file is gone, or zeros.
fn damage(folder: &Path, script: &mut Script<'_>) {
    let files = segments(folder);
    let path = &files[script.below(files.len())];
    let mut bytes = fs::read(path).unwrap();
    if bytes.is_empty() {
        return;
    }
    let at = script.below(bytes.len());
    match script.byte() % 4 {
        0 => bytes[at] ^= 1 << (script.byte() % 8),
        1 => bytes[at] ^= script.byte(),
        2 => bytes.truncate(at),
        _ => bytes[at..].fill(0),
    }
    fs::write(path, bytes).unwrap();
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let mut segments: Vec<PathBuf> = paths
        .filter(|path| path.to_string_lossy().contains(".log"))
        .collect();
    segments.sort();
    segments
}

fn all_entries(journal: &Journal, damages: usize) -> Vec<Vec<u8>> {
    let mut from = journal.oldest().unwrap();
    let mut entries = Vec::new();
    loop {
        let batch = match journal.read(from, READ_BYTES) {
            Err(error) if damages == 0 => panic!("{error}"),
            Err(_) => return entries,
            Ok(batch) => batch,
        };
        assert_eq!(batch.missing, 0, "no segment was taken away");
        if batch.next == from {
            return entries;
        }
        entries.extend(batch.entries);
        from = batch.next;
    }
}
