//! A place of back-ups that its keeper changed: what is read is what was sent, or nothing is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use backup::{
    Key, Machine, Object, Place, PlaceError, Repository, Set, SetName, SetWriter, restore, verify,
};
use serde_json::json;

use crate::script::Script;

const FILES: [(&str, &[u8]); 3] = [
    ("journal/000000000000.log", b"entries of a journal"),
    ("store.sqlite", b"the store"),
    ("empty", b""),
];
const CHANGES_MAX: usize = 4;

/// A place as it was left, and what its one set says.
static MADE: LazyLock<(Objects, SetName, Set)> = LazyLock::new(|| {
    let place = Arc::new(Memory::default());
    let repository = open(&place).unwrap();
    let mut writer = SetWriter::begin(&repository).unwrap();
    for (name, content) in FILES {
        let mut content = content;
        writer.add(name, None, &mut content, &mut |_| {}).unwrap();
    }
    let (name, set, _) = writer.finish("0.1.0", json!({"facts": 3})).unwrap();
    let objects = place.0.lock().unwrap().clone();
    (objects, name, set)
});

type Objects = BTreeMap<String, Vec<u8>>;

#[derive(Default)]
struct Memory(Mutex<Objects>);

/// A clock that stands, and bytes that never come twice.
struct Bench(AtomicU8);

pub(crate) fn run(bytes: &[u8]) {
    let (objects, name, set) = &*MADE;
    let mut script = Script::new(bytes);
    let mut changed = objects.clone();
    for _ in 0..=script.below(CHANGES_MAX) {
        change(&mut changed, &mut script);
    }
    let is_whole = changed == *objects;
    let place = Arc::new(Memory(Mutex::new(changed)));
    let Ok(repository) = open(&place) else {
        assert!(!is_whole);
        return;
    };
    let Ok(read) = repository.set(name) else {
        assert!(!is_whole);
        return;
    };
    assert_eq!(read, *set, "a set that nobody sent");
    let verified = verify(&repository, std::slice::from_ref(name), &mut |_| {}).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let restored = restore(&repository, &read, folder.path(), &mut |_| {});
    assert_eq!(
        restored.is_ok(),
        verified.damage.is_empty(),
        "one tells what the other meets"
    );
    if restored.is_ok() {
        for (name, content) in FILES {
            assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), content);
        }
    }
}

fn open(place: &Arc<Memory>) -> Result<Repository, backup::BackupError> {
    let place: Arc<dyn Place> = Arc::<Memory>::clone(place);
    Repository::open_or_make(place, Key::new(&[7; 32]), Arc::new(Bench(AtomicU8::new(0))))
}

/// Whoever keeps the place can change, cut off, take away, swap and add.
fn change(objects: &mut Objects, script: &mut Script<'_>) {
    let names: Vec<String> = objects.keys().cloned().collect();
    let (Some(one), Some(other)) = (pick(&names, script), pick(&names, script)) else {
        return;
    };
    let mut object = objects[&one].clone();
    let at = script.below(object.len().max(1));
    match script.byte() % 6 {
        0 => object.truncate(at),
        1 => object.insert(at.min(object.len()), script.byte()),
        2 => object.clone_from(&objects[&other]),
        3 => {
            objects.remove(&one);
            return;
        }
        4 => object = (0..at).map(|_| script.byte()).collect(),
        _ => {
            let change = script.byte();
            object
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte ^= change);
        }
    }
    objects.insert(one, object);
}

fn pick(names: &[String], script: &mut Script<'_>) -> Option<String> {
    let at = script.below(names.len().max(1));
    names.get(at).cloned()
}

impl Machine for Bench {
    fn now_ms(&self) -> i64 {
        1_795_317_301_000
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

impl Place for Memory {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), PlaceError> {
        self.0
            .lock()
            .unwrap()
            .insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn get(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, PlaceError> {
        let found = self.0.lock().unwrap().get(name).cloned();
        let is_long = |bytes: &Vec<u8>| u64::try_from(bytes.len()).unwrap() > bytes_max;
        if found.as_ref().is_some_and(is_long) {
            let (place, name) = (self.shown(), name.to_owned());
            return Err(PlaceError::TooLong { place, name });
        }
        Ok(found)
    }

    fn list(&self, prefix: &str) -> Result<Vec<Object>, PlaceError> {
        let objects = self.0.lock().unwrap();
        let begins = objects.iter().filter(|(name, _)| name.starts_with(prefix));
        let object = |(name, bytes): (&String, &Vec<u8>)| Object {
            name: name.clone(),
            bytes: u64::try_from(bytes.len()).unwrap(),
            put_ms: 0,
        };
        Ok(begins.map(object).collect())
    }

    fn remove(&self, name: &str) -> Result<(), PlaceError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }

    fn shown(&self) -> String {
        "memory".to_owned()
    }
}
