//! Sets in a folder: whole, sent once, and not to be fooled.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use backup::{
    BackupError, Folder, Key, Keys, Machine, Object, Place, PlaceError, Repository, SetWriter,
    restore, sweep, verify,
};
use serde_json::json;
use tempfile::TempDir;

use crate::{Bench, HOUR_MS, LONG, add, check_restored, key, make, noise, repository};

const NOW: i64 = 1_795_317_301_000;

fn open(folder: &TempDir, bench: &Arc<Bench>) -> Repository {
    repository(Folder::open_to_write(folder.path()).unwrap(), bench)
}

/// Every object below a part of the place.
fn objects(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(objects(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn what_is_restored_is_what_was_sent_and_nothing_is_sent_twice() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let kept = open(&place, &bench);
    let mut files = vec![
        ("journal/000000000000.log", noise(1, LONG)),
        ("uploads/empty", Vec::new()),
        ("store.sqlite", noise(2, 100_000)),
    ];
    let (first, set, sent) = make(&kept, &files);
    check_restored(&kept, &set, &files);
    // Three pieces, one more, and the set.
    assert_eq!(sent.objects, 5);
    files[0].1.extend(noise(3, 1_000));
    files[2].1 = noise(4, 100_000);
    bench.now.store(NOW + HOUR_MS, Ordering::Relaxed);
    let (second, set, sent) = make(&kept, &files);
    check_restored(&kept, &set, &files);
    // The last piece of the file that grew, the file that changed, and the set.
    assert_eq!(sent.objects, 3);
    assert_eq!(kept.sets().unwrap(), [first, second]);
    assert_eq!(set.notes, json!({"facts": 3}));
}

#[test]
fn a_file_is_as_long_as_it_was_and_one_sent_before_is_not_read_again() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let kept = open(&place, &bench);
    let mut writer = SetWriter::begin(&kept).unwrap();
    let content = noise(1, 1_000);
    let mut read = content.as_slice();
    let entry = writer
        .add("a", Some(5_000), &mut read, &mut |_| {})
        .unwrap();
    writer.finish("0.1.0", json!(null)).unwrap();
    let mut writer = SetWriter::begin(&kept).unwrap();
    assert!(writer.add_again(&entry));
    let (_, set, sent) = writer.finish("0.1.0", json!(null)).unwrap();
    assert_eq!(sent.objects, 1);
    let mut whole = content;
    whole.resize(5_000, 0);
    check_restored(&kept, &set, &[("a", whole)]);
    let lost = objects(&place.path().join("pieces"));
    fs::remove_file(&lost[0]).unwrap();
    assert!(!SetWriter::begin(&kept).unwrap().add_again(&entry));
}

#[test]
fn what_broke_off_is_no_set_and_the_next_one_goes_on() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let kept = open(&place, &bench);
    let mut broken = SetWriter::begin(&kept).unwrap();
    add(&mut broken, "a", &noise(1, LONG));
    drop(broken);
    assert!(kept.sets().unwrap().is_empty());
    let files = [("a", noise(1, LONG))];
    let (_, set, sent) = make(&kept, &files);
    assert_eq!(sent.objects, 1);
    check_restored(&kept, &set, &files);
}

/// Takes so many bytes and refuses everything behind them, as a full disk or a dead line does.
struct Full {
    folder: Folder,
    room: AtomicU64,
}

impl Place for Full {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), PlaceError> {
        let length = u64::try_from(bytes.len()).unwrap();
        let taken = |room: u64| room.checked_sub(length);
        let room = self
            .room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
        room.map_err(|_| PlaceError::Away {
            place: self.shown(),
            why: "the disk is full".to_owned(),
        })?;
        self.folder.put(name, bytes)
    }

    fn get(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, PlaceError> {
        self.folder.get(name, bytes_max)
    }

    fn list(&self, prefix: &str) -> Result<Vec<Object>, PlaceError> {
        self.folder.list(prefix)
    }

    fn remove(&self, name: &str) -> Result<(), PlaceError> {
        self.folder.remove(name)
    }

    fn shown(&self) -> String {
        "the place".to_owned()
    }
}

#[test]
fn a_place_that_fills_up_in_the_middle_keeps_what_it_had() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let files = [("a", noise(1, LONG))];
    let (name, set, _) = make(&open(&place, &bench), &files);
    let full = Full {
        folder: Folder::open_to_write(place.path()).unwrap(),
        room: AtomicU64::new(5 << 20),
    };
    let kept = repository(full, &bench);
    let mut writer = SetWriter::begin(&kept).unwrap();
    let content = noise(2, LONG);
    let refused = writer
        .add("b", None, &mut content.as_slice(), &mut |_| {})
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the place cannot be reached: the disk is full"
    );
    drop(writer);
    assert_eq!(kept.sets().unwrap(), [name]);
    check_restored(&kept, &set, &files);
}

#[test]
fn another_key_is_told_from_damage() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    make(&open(&place, &bench), &[("a", noise(1, 10))]);
    let folder = Folder::open(place.path()).unwrap();
    let machine: Arc<dyn Machine> = Arc::<Bench>::clone(&bench);
    let other = Key::new(&[8; 32]);
    let refused = Repository::open(Arc::new(folder), other.clone(), machine);
    let words = refused.err().unwrap().to_string();
    assert!(
        words.contains(&format!("sealed with key {}", key().id())),
        "{words}"
    );
    assert!(
        words.contains(&format!("the key given is {}", other.id())),
        "{words}"
    );
}

#[test]
fn of_two_that_write_one_is_refused_and_readers_are_not() {
    let place = tempfile::tempdir().unwrap();
    let first = Folder::open_to_write(place.path()).unwrap();
    let second = Folder::open_to_write(place.path()).err().unwrap();
    assert!(matches!(second, PlaceError::InUse { .. }), "{second}");
    assert!(Folder::open(place.path()).is_ok());
    drop(first);
    assert!(Folder::open_to_write(place.path()).is_ok());
}

#[test]
fn a_folder_with_other_things_is_left_alone_and_a_missing_one_is_not_made() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    fs::write(place.path().join("letter"), "mine").unwrap();
    let machine: Arc<dyn Machine> = Arc::<Bench>::clone(&bench);
    let folder = Arc::new(Folder::open(place.path()).unwrap());
    let refused = Repository::open_or_make(folder, key(), machine);
    assert!(matches!(refused.err(), Some(BackupError::Stranger(_))));
    let missing = place.path().join("not mounted");
    assert!(Folder::open_to_write(&missing).is_err());
    assert!(!missing.is_dir());
}

/// Does something to every object in turn: each time it is noticed, and nothing false comes out.
fn check_noticed(harm: fn(&mut Vec<u8>)) {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let kept = open(&place, &bench);
    let files = [("a", noise(1, 5_000)), ("b", b"short".to_vec())];
    let (name, set, _) = make(&kept, &files);
    let names = [name];
    assert!(
        verify(&kept, &names, &mut |_| {})
            .unwrap()
            .damage
            .is_empty()
    );
    for part in ["pieces", "sets"] {
        for object in objects(&place.path().join(part)) {
            let whole = fs::read(&object).unwrap();
            let mut harmed = whole.clone();
            harm(&mut harmed);
            fs::write(&object, harmed).unwrap();
            let verified = verify(&kept, &names, &mut |_| {}).unwrap();
            assert_eq!(verified.damage.len(), 1, "{}", object.display());
            if part == "pieces" {
                let target = tempfile::tempdir().unwrap();
                let failed = restore(&kept, &set, target.path(), &mut |_| {});
                assert!(matches!(failed, Err(BackupError::Damaged(_))));
            }
            fs::write(&object, whole).unwrap();
        }
    }
    check_restored(&kept, &set, &files);
}

#[test]
fn a_bit_that_was_turned_is_noticed() {
    check_noticed(|object| {
        let middle = object.len() / 2;
        object[middle] ^= 1;
    });
}

#[test]
fn an_object_that_was_cut_off_is_noticed() {
    check_noticed(|object| object.truncate(object.len() - 1));
    check_noticed(Vec::clear);
}

#[test]
fn an_object_that_is_gone_or_swapped_is_noticed() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let kept = open(&place, &bench);
    let (name, set, _) = make(&kept, &[("a", noise(1, 50)), ("b", noise(2, 50))]);
    let pieces = objects(&place.path().join("pieces"));
    fs::copy(&pieces[0], &pieces[1]).unwrap();
    let names = [name];
    let verified = verify(&kept, &names, &mut |_| {}).unwrap();
    assert_eq!(verified.damage.len(), 1);
    fs::remove_file(&pieces[0]).unwrap();
    let verified = verify(&kept, &names, &mut |_| {}).unwrap();
    assert_eq!(verified.damage.len(), 2);
    let target = tempfile::tempdir().unwrap();
    assert!(restore(&kept, &set, target.path(), &mut |_| {}).is_err());
}

#[test]
fn a_newer_format_is_told_in_words() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    drop(open(&place, &bench));
    let marker = place.path().join("throughline-backups.json");
    let text = fs::read_to_string(&marker).unwrap();
    fs::write(&marker, text.replace("\"format\":1", "\"format\":2")).unwrap();
    let machine: Arc<dyn Machine> = Arc::<Bench>::clone(&bench);
    let folder = Arc::new(Folder::open(place.path()).unwrap());
    let words = Repository::open(folder, key(), machine).err().unwrap();
    let words = words.to_string();
    assert!(words.ends_with("made by a newer version (format 2, this one reads up to 1)"));
}

#[test]
fn names_and_lengths_tell_nothing_of_what_is_inside() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let kept = open(&place, &bench);
    make(
        &kept,
        &[("anna", b"anna@example.com".to_vec()), ("b", b"x".to_vec())],
    );
    let pieces = objects(&place.path().join("pieces"));
    let lengths: Vec<u64> = pieces
        .iter()
        .map(|object| fs::metadata(object).unwrap().len())
        .collect();
    assert!(lengths[0].abs_diff(lengths[1]) < 32, "{lengths:?}");
    for object in objects(place.path()) {
        let text = fs::read(&object).unwrap();
        let told = String::from_utf8_lossy(&text).contains("anna");
        assert!(!told && !object.to_string_lossy().contains("anna"));
    }
}

#[test]
fn what_no_set_needs_is_swept_after_a_day_and_nothing_else() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let kept = open(&place, &bench);
    let shared = ("shared", noise(1, 1_000));
    make(&kept, &[shared.clone(), ("old", noise(2, 1_000))]);
    let files = [shared, ("new", noise(3, 1_000))];
    bench.now.store(NOW + HOUR_MS, Ordering::Relaxed);
    let (name, set, _) = make(&kept, &files);
    // Files have the machine's own time.
    bench.now.store(0, Ordering::Relaxed);
    let swept = sweep(&kept, std::slice::from_ref(&name)).unwrap();
    assert_eq!((swept.sets, swept.pieces), (1, 0));
    bench.now.store(i64::MAX / 2, Ordering::Relaxed);
    let swept = sweep(&kept, std::slice::from_ref(&name)).unwrap();
    assert_eq!((swept.sets, swept.pieces), (0, 1));
    check_restored(&kept, &set, &files);
    // While a kept set cannot be read nothing is taken out.
    let object = &objects(&place.path().join("sets"))[0];
    fs::write(object, "torn").unwrap();
    assert!(sweep(&kept, &[name]).is_err());
    assert_eq!(objects(&place.path().join("pieces")).len(), 2);
}

#[test]
fn a_piece_that_was_found_damaged_is_sent_again() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let kept = open(&place, &bench);
    let files = [("a", noise(1, LONG)), ("b", noise(2, 10))];
    let (first, set, _) = make(&kept, &files);
    let pieces = objects(&place.path().join("pieces"));
    let mut bytes = fs::read(&pieces[0]).unwrap();
    bytes[40] ^= 1;
    fs::write(&pieces[0], bytes).unwrap();
    let found = verify(&kept, std::slice::from_ref(&first), &mut |_| {}).unwrap();
    assert_eq!(kept.mark(&found).unwrap(), 1);
    assert_eq!(kept.mark(&found).unwrap(), 0, "it is marked already");
    let mut writer = SetWriter::begin(&kept).unwrap();
    let again: Vec<bool> = set
        .files
        .iter()
        .map(|file| writer.add_again(file))
        .collect();
    assert_eq!(again.iter().filter(|is_there| !**is_there).count(), 1);
    drop(writer);
    bench.now.store(NOW + HOUR_MS, Ordering::Relaxed);
    let (second, set, sent) = make(&kept, &files);
    assert_eq!(sent.objects, 2, "the piece, and the set");
    check_restored(&kept, &set, &files);
    // The earlier set has it back too, and the mark is gone.
    let found = verify(&kept, &[first, second], &mut |_| {}).unwrap();
    assert_eq!(found.damage, []);
    assert!(objects(&place.path().join("damaged")).is_empty());
}

#[test]
fn a_mark_goes_with_its_piece_and_when_it_is_read_well() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let kept = open(&place, &bench);
    let (name, _, _) = make(&kept, &[("a", noise(1, 10))]);
    let mut found = verify(&kept, std::slice::from_ref(&name), &mut |_| {}).unwrap();
    found.damaged = std::mem::take(&mut found.sound);
    kept.mark(&found).unwrap();
    let well = verify(&kept, &[name], &mut |_| {}).unwrap();
    kept.mark(&well).unwrap();
    assert!(objects(&place.path().join("damaged")).is_empty());
    kept.mark(&found).unwrap();
    for piece in objects(&place.path().join("pieces")) {
        fs::remove_file(piece).unwrap();
    }
    sweep(&kept, &kept.sets().unwrap()).unwrap();
    assert!(objects(&place.path().join("damaged")).is_empty());
}

#[test]
fn a_new_key_seals_what_is_new_and_the_one_of_before_reads_what_was() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let (old, new) = (key(), Key::new(&[9; 32]));
    let files = [("a", noise(1, LONG)), ("moved", noise(2, 10))];
    let (before, set_before, _) = make(&open(&place, &bench), &files);
    let folder = || Arc::new(Folder::open_to_write(place.path()).unwrap());
    let machine = || -> Arc<dyn Machine> { bench.clone() };
    let refused = Repository::open_or_make(folder(), new.clone(), machine());
    assert!(matches!(refused, Err(BackupError::OtherKey { .. })));
    let both = Keys {
        current: new.clone(),
        earlier: vec![old.clone()],
    };
    let kept = Repository::open_or_make(folder(), both, machine()).unwrap();
    bench.now.store(NOW + HOUR_MS, Ordering::Relaxed);
    let mut writer = SetWriter::begin(&kept).unwrap();
    add(&mut writer, "a", &files[0].1);
    let moved = set_before.file("moved").unwrap();
    assert_ne!(writer.add_anew(moved).unwrap().pieces, moved.pieces);
    let (after, set, sent) = writer.finish("0.1.0", json!(null)).unwrap();
    assert!(sent.objects >= 4, "all pieces are sent anew");
    check_restored(&kept, &set, &files);
    check_restored(&kept, &kept.set(&before).unwrap(), &files);
    sweep(&kept, &[before.clone(), after.clone()]).unwrap();
    drop(kept);
    // Each key reads its own alone, and the old one writes no more.
    for (key, reads, not) in [(&old, &before, &after), (&new, &after, &before)] {
        let one = Repository::open(folder(), key.clone(), machine()).unwrap();
        check_restored(&one, &one.set(reads).unwrap(), &files);
        assert!(matches!(one.set(not), Err(BackupError::Closed(_))));
    }
    let refused = Repository::open_or_make(folder(), old, machine());
    assert!(matches!(refused, Err(BackupError::OtherKey { .. })));
}

#[test]
fn damage_is_found_and_sent_again_after_an_earlier_key_was_retired() {
    let (place, bench) = (tempfile::tempdir().unwrap(), Bench::at(NOW));
    let (old, new) = (key(), Key::new(&[9; 32]));
    make(&open(&place, &bench), &[("a", noise(1, 10))]);
    let folder = || Arc::new(Folder::open_to_write(place.path()).unwrap());
    let machine = || -> Arc<dyn Machine> { bench.clone() };
    let both = Keys {
        current: new.clone(),
        earlier: vec![old],
    };
    drop(Repository::open_or_make(folder(), both, machine()).unwrap());
    // The key of before is not given any more.
    let kept = Repository::open_or_make(folder(), new, machine()).unwrap();
    let before = objects(&place.path().join("pieces"));
    bench.now.store(NOW + HOUR_MS, Ordering::Relaxed);
    let files = [("a", noise(2, 10))];
    let (name, set, _) = make(&kept, &files);
    let mut own = objects(&place.path().join("pieces"));
    own.retain(|piece| !before.contains(piece));
    fs::write(&own[0], "torn").unwrap();
    let found = verify(&kept, std::slice::from_ref(&name), &mut |_| {}).unwrap();
    assert!(
        found.damage[0].why.contains("damaged: it was changed"),
        "{:?}",
        found.damage
    );
    assert_eq!(kept.mark(&found).unwrap(), 1);
    make(&kept, &files);
    check_restored(&kept, &set, &files);
}
