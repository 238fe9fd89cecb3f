//! A copy made from the files alone, while the journal is written and packed.

use journal::{Journal, Position, copy_until, find_end};
use tempfile::tempdir;

use crate::promise::{all_entries, options};

const ENTRY_BYTES: usize = 700;

async fn append(journal: &Journal, numbers: std::ops::Range<u8>) {
    for number in numbers {
        let entry = vec![number + 1; ENTRY_BYTES];
        journal.append(&entry).unwrap().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_holds_exactly_what_was_there_when_its_end_was_found() {
    for count in [0, 1, 20, 100] {
        let (folder, target) = (tempdir().unwrap(), tempdir().unwrap());
        let journal = Journal::open(options(folder.path())).unwrap();
        append(&journal, 0..count).await;
        let before = all_entries(&journal);
        assert_eq!(before.len(), usize::from(count));
        let end = find_end(folder.path()).unwrap();
        assert_eq!(end, journal.status().durable);
        append(&journal, 100..200).await;
        // The segment of the end is full and packed by now.
        journal.pack(journal.status().durable).unwrap();
        append(&journal, 200..240).await;
        let mut seen = Vec::new();
        let copied = copy_until(folder.path(), target.path(), end, |it| seen.push(it));
        assert_eq!(copied.unwrap(), u64::try_from(seen.len()).unwrap());
        let copy = Journal::open(options(target.path())).unwrap();
        assert_eq!(all_entries(&copy), before);
        append(&copy, 240..250).await;
        assert_eq!(all_entries(&copy).len(), before.len() + 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_copied_over_another_journal() {
    let (folder, target) = (tempdir().unwrap(), tempdir().unwrap());
    for place in [&folder, &target] {
        let journal = Journal::open(options(place.path())).unwrap();
        append(&journal, 0..1).await;
    }
    let end = Position::default();
    let refused = copy_until(folder.path(), target.path(), end, |_| {}).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
}
