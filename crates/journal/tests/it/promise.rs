//! Nothing acknowledged is lost, nothing is there twice, and damage is told from a torn tail.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use journal::{FsDisk, Journal, JournalError, JournalOptions, Position};

use crate::sim_disk::SimDisk;

/// Power cuts of one journal. Every round reads all that the rounds before it wrote.
const ROUNDS: u64 = 12;
const JOURNALS: u64 = 10;

pub(crate) fn options(folder: &Path) -> JournalOptions {
    JournalOptions {
        segment_bytes: 16 << 10,
        ..JournalOptions::new(folder)
    }
}

pub(crate) fn all_entries(journal: &Journal) -> Vec<Vec<u8>> {
    let mut from = journal.oldest().unwrap();
    let mut entries = Vec::new();
    loop {
        let batch = journal.read(from, 1 << 10).unwrap();
        if batch.next == from {
            return entries;
        }
        entries.extend(batch.entries);
        from = batch.next;
    }
}

/// Several senders at once; returns what was acknowledged before the disk gave up.
async fn send_all(journal: Arc<Journal>, round: u64) -> HashSet<Vec<u8>> {
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..4_u64 {
        let journal = Arc::clone(&journal);
        senders.spawn(async move {
            let mut kept = Vec::new();
            for number in 0..40_u64 {
                let size = usize::try_from((round * 7 + number * 13) % 300).unwrap();
                let mut entry = format!("{round}/{sender}/{number}/").into_bytes();
                entry.resize(entry.len() + size, b'x');
                let Ok(ack) = journal.append(&entry) else {
                    break;
                };
                if ack.await.is_err() {
                    break;
                }
                kept.push(entry);
            }
            kept
        });
    }
    senders.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_at_any_sync_loses_nothing_acknowledged() {
    let mut kept = 0;
    for journal in 0..JOURNALS {
        kept += cut_the_power(journal * ROUNDS..(journal + 1) * ROUNDS).await;
    }
    assert!(kept > 1_000, "the rounds were too short to show anything");
}

/// The rounds of one journal; returns how many entries were acknowledged.
async fn cut_the_power(rounds: Range<u64>) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = HashSet::new();
    for round in rounds {
        let syncs = 3 + usize::try_from(round * 5 % 37).unwrap();
        let disk = Arc::new(SimDisk::new(round, syncs));
        if let Ok(journal) = Journal::open_on(disk, options(folder.path())) {
            acknowledged.extend(send_all(Arc::new(journal), round).await);
        }
        let journal = Journal::open(options(folder.path())).unwrap();
        let entries = all_entries(&journal);
        let found: HashSet<Vec<u8>> = entries.iter().cloned().collect();
        assert_eq!(
            found.len(),
            entries.len(),
            "round {round}: an entry is there twice"
        );
        assert!(
            acknowledged.is_subset(&found),
            "round {round}: an acknowledged entry is lost"
        );
        if round % 5 == 4 {
            journal.pack(journal.status().durable).unwrap();
        }
    }
    acknowledged.len()
}

#[tokio::test]
async fn a_failing_sync_stops_acknowledgements_until_the_disk_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let disk = SimDisk::new(1, usize::MAX);
    let journal = Journal::open_on(Arc::new(disk.clone()), options(folder.path())).unwrap();
    journal.append(b"before").unwrap().await.unwrap();

    disk.fail_syncs(true);
    let refused = journal.append(b"lost").unwrap().await;
    assert!(matches!(refused, Err(JournalError::NotDurable)));
    assert!(matches!(
        journal.append(b"refused"),
        Err(JournalError::Failing)
    ));
    assert!(journal.status().failing);

    disk.fail_syncs(false);
    let ack = loop {
        match journal.append(b"after") {
            Ok(ack) => break ack,
            Err(JournalError::Failing) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    };
    ack.await.unwrap();
    assert!(!journal.status().failing);
    drop(journal);
    let journal = Journal::open(options(folder.path())).unwrap();
    assert_eq!(
        all_entries(&journal),
        [b"before".to_vec(), b"after".to_vec()]
    );
}

#[tokio::test]
async fn damage_before_the_end_is_not_taken_for_a_torn_tail() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(options(folder.path())).unwrap();
    for entry in [b"first", b"again", b"third"] {
        journal.append(entry).unwrap().await.unwrap();
    }
    drop(journal);
    flip_byte(&folder.path().join("000000000000.log"), 30);
    let refused = Journal::open(options(folder.path()));
    assert!(matches!(
        refused,
        Err(JournalError::Damaged {
            segment: 0,
            offset: 0
        })
    ));
}

#[tokio::test]
async fn a_torn_tail_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(options(folder.path())).unwrap();
    journal.append(b"whole").unwrap().await.unwrap();
    let end = journal.status().durable;
    journal.append(b"torn").unwrap().await.unwrap();
    drop(journal);
    flip_byte(&folder.path().join("000000000000.log"), end.offset + 26);
    let journal = Journal::open(options(folder.path())).unwrap();
    assert_eq!(journal.status().durable, end);
    assert_eq!(all_entries(&journal), [b"whole".to_vec()]);
}

#[tokio::test]
async fn packed_segments_read_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(options(folder.path())).unwrap();
    for number in 0..200 {
        let entry = format!("{number:0>400}");
        journal.append(entry.as_bytes()).unwrap().await.unwrap();
    }
    let before = all_entries(&journal);
    assert!(journal.pack(journal.status().durable).unwrap() > 2);
    assert_eq!(all_entries(&journal), before);
    drop(journal);
    let journal = Journal::open(options(folder.path())).unwrap();
    assert_eq!(all_entries(&journal), before);
    let middle = Position {
        segment: 2,
        offset: 0,
    };
    assert!(!journal.read(middle, 1).unwrap().entries.is_empty());
}

/// The journal of before was longer, and its folder was put back from a back-up.
#[tokio::test]
async fn the_segment_being_written_is_never_packed_whatever_is_said_to_be_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(options(folder.path())).unwrap();
    for number in 0..100 {
        let entry = format!("{number:0>400}");
        journal.append(entry.as_bytes()).unwrap().await.unwrap();
    }
    let full = journal.status().durable.segment;
    let beyond = Position {
        segment: full + 7,
        offset: 0,
    };
    let packed = journal.pack(beyond).unwrap();
    assert_eq!(u64::try_from(packed).unwrap(), full);
    journal.append(b"later").unwrap().await.unwrap();
    let entries = all_entries(&journal);
    assert_eq!(
        (entries.len(), entries[100].as_slice()),
        (101, &b"later"[..])
    );
}

#[tokio::test]
async fn a_segment_that_was_moved_away_is_stepped_over_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(options(folder.path())).unwrap();
    for number in 0..200 {
        let entry = format!("{number:0>400}");
        journal.append(entry.as_bytes()).unwrap().await.unwrap();
    }
    let before = all_entries(&journal).len();
    std::fs::remove_file(folder.path().join("000000000001.log")).unwrap();
    let first = Position::default();
    let batch = journal.read(first, usize::MAX).unwrap();
    assert_eq!((batch.missing, batch.next), (1, journal.status().durable));
    assert!(batch.entries.len() < before, "{}", batch.entries.len());
    assert_eq!(batch.entries.last().unwrap().last(), Some(&b'9'));
}

#[test]
fn a_second_process_is_told_that_the_journal_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let named = |holder: &str| JournalOptions {
        holder: holder.to_owned(),
        ..options(folder.path())
    };
    let refusal = |holder| match Journal::open_on(Arc::new(FsDisk), named(holder)) {
        Err(JournalError::Held { holder, .. }) => holder,
        other => panic!("{:?}", other.map(|journal| journal.status())),
    };
    let first = Journal::open(named("the first, with a long name")).unwrap();
    assert_eq!(refusal("a second"), "the first, with a long name");
    drop(first);
    let _next = Journal::open(named("the next")).unwrap();
    assert_eq!(refusal("a third"), "the next");
}

#[test]
fn empty_and_oversized_entries_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(options(folder.path())).unwrap();
    assert!(matches!(journal.append(b""), Err(JournalError::EntrySize)));
    assert!(matches!(
        journal.append(&vec![0; 9 << 20]),
        Err(JournalError::EntrySize)
    ));
}

fn flip_byte(path: &Path, at: u64) {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0xff], at).unwrap();
}

#[test]
fn entries_of_another_format_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let of = |format: u32| {
        let options = JournalOptions {
            format,
            ..options(folder.path())
        };
        Journal::open(options).map(|journal| journal.close())
    };
    of(2).unwrap();
    of(2).unwrap();
    let refused = of(3).unwrap_err().to_string();
    assert!(refused.contains("entries of format 2"), "{refused}");
    // A folder from before formats were told.
    std::fs::remove_file(folder.path().join("format")).unwrap();
    let refused = of(2).unwrap_err().to_string();
    assert!(refused.contains("entries of format 1"), "{refused}");
    assert!(refused.contains("knows format 2 only"), "{refused}");
}
