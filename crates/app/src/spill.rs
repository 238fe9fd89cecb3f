//! Sorting more than memory is to hold: sorted runs wait in a file that has no name, and are merged
//! when they are read. The file goes when it is closed, also by a crash.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, btree_map};
use std::fs::File;
use std::io::{self, BufReader, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is read of a run at a time.
const RUN_BUFFER_BYTES: usize = 16 * 1024;

/// A value that stands for several of the same key.
pub(crate) trait Fold {
    fn fold(&mut self, later: Self);
}

/// Values by key, in any order, not yet complete.
#[derive(Debug)]
pub(crate) struct Gathered<K, V> {
    folder: PathBuf,
    held_max: usize,
    held: BTreeMap<K, V>,
    file: Option<Arc<File>>,
    /// Where each run begins and ends.
    runs: Vec<(u64, u64)>,
}

/// Values by key, in the order of the keys.
#[derive(Debug)]
pub(crate) struct Sorted<K, V> {
    held: btree_map::IntoIter<K, V>,
    runs: Vec<BufReader<Run>>,
    /// The next key of each run; what is held comes last, as the run behind all others.
    heads: BinaryHeap<Reverse<(K, usize)>>,
    values: Vec<Option<V>>,
}

#[derive(Debug)]
struct Run {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl<K: Ord + Serialize, V: Fold + Serialize> Gathered<K, V> {
    /// Holds about `held_max` keys in memory and the others in a file in this folder.
    pub(crate) fn new(folder: &Path, held_max: usize) -> Self {
        Self {
            folder: folder.to_owned(),
            held_max,
            held: BTreeMap::new(),
            file: None,
            runs: Vec::new(),
        }
    }

    /// For what has a bound of its own.
    pub(crate) fn in_memory() -> Self {
        Self::new(Path::new(""), usize::MAX)
    }

    pub(crate) fn add(&mut self, key: K, value: V) {
        match self.held.entry(key) {
            btree_map::Entry::Occupied(mut known) => known.get_mut().fold(value),
            btree_map::Entry::Vacant(empty) => {
                empty.insert(value);
            }
        }
    }

    /// Writes what is held down, when it is enough. Blocks.
    pub(crate) fn make_room(&mut self) -> io::Result<()> {
        if self.held.len() < self.held_max {
            return Ok(());
        }
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::new(tempfile::tempfile_in(&self.folder)?),
        };
        self.file = Some(Arc::clone(&file));
        let begin = self.runs.last().map_or(0, |(_, end)| *end);
        let mut to = io::BufWriter::new(&*file);
        let mut end = begin;
        for entry in std::mem::take(&mut self.held) {
            let bytes = postcard::to_stdvec(&entry).map_err(io::Error::other)?;
            let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
            to.write_all(&length.to_le_bytes())?;
            to.write_all(&bytes)?;
            end += u64::from(length) + 4;
        }
        to.flush()?;
        self.runs.push((begin, end));
        Ok(())
    }

    /// How many keys are in memory.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.held.len()
    }
}

impl<K: Ord + DeserializeOwned, V: Fold + DeserializeOwned> Gathered<K, V> {
    /// Begins to read. Blocks.
    pub(crate) fn sorted(self) -> io::Result<Sorted<K, V>> {
        let run = |(at, end): (u64, u64)| {
            let file = Arc::clone(self.file.as_ref()?);
            Some(BufReader::with_capacity(
                RUN_BUFFER_BYTES,
                Run { file, at, end },
            ))
        };
        let runs: Vec<_> = self.runs.into_iter().filter_map(run).collect();
        Sorted::merging(self.held, runs)
    }
}

impl<K: Ord + DeserializeOwned, V: Fold + DeserializeOwned> Sorted<K, V> {
    fn merging(held: BTreeMap<K, V>, runs: Vec<BufReader<Run>>) -> io::Result<Self> {
        let count = runs.len() + 1;
        let mut sorted = Self {
            held: held.into_iter(),
            runs,
            heads: BinaryHeap::new(),
            values: std::iter::repeat_with(|| None).take(count).collect(),
        };
        for run in 0..count {
            sorted.advance(run)?;
        }
        Ok(sorted)
    }

    /// The next key.
    pub(crate) fn peek(&self) -> Option<&K> {
        self.heads.peek().map(|Reverse((key, _))| key)
    }

    /// The next key with all that was said of it. Blocks.
    pub(crate) fn next(&mut self) -> io::Result<Option<(K, V)>> {
        let Some((key, mut value)) = self.pop()? else {
            return Ok(None);
        };
        while self.peek() == Some(&key) {
            if let Some((_, later)) = self.pop()? {
                value.fold(later);
            }
        }
        Ok(Some((key, value)))
    }

    fn pop(&mut self) -> io::Result<Option<(K, V)>> {
        let Some(Reverse((key, run))) = self.heads.pop() else {
            return Ok(None);
        };
        let value = self.values[run].take();
        self.advance(run)?;
        Ok(value.map(|value| (key, value)))
    }

    fn advance(&mut self, run: usize) -> io::Result<()> {
        let next = match self.runs.get_mut(run) {
            Some(reader) => read_entry(reader)?,
            None => self.held.next(),
        };
        if let Some((key, value)) = next {
            self.heads.push(Reverse((key, run)));
            self.values[run] = Some(value);
        }
        Ok(())
    }
}

impl Read for Run {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let count = self.file.read_at(&mut buffer[..wanted], self.at)?;
        self.at += u64::try_from(count).unwrap_or_default();
        Ok(count)
    }
}

fn read_entry<T: DeserializeOwned>(reader: &mut BufReader<Run>) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    if reader.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    reader.read_exact(&mut length[1..])?;
    let length = usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    postcard::from_bytes(&bytes)
        .map(Some)
        .map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Shows the order in which values were folded.
    impl Fold for String {
        fn fold(&mut self, later: Self) {
            self.push_str(&later);
        }
    }

    fn read_all(gathered: Gathered<u16, String>) -> Vec<(u16, String)> {
        let mut sorted = gathered.sorted().unwrap();
        let mut read = Vec::new();
        while let Some(next) = sorted.next().unwrap() {
            read.push(next);
        }
        read
    }

    proptest! {
        #[test]
        fn runs_in_a_file_are_as_if_all_had_been_held(
            entries in prop::collection::vec((0_u16..40, "[a-z]{0,3}"), 0..300),
            held_max in 1_usize..50,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut twin: BTreeMap<u16, String> = BTreeMap::new();
            let mut gathered = Gathered::new(folder.path(), held_max);
            for (key, value) in entries {
                twin.entry(key).or_default().push_str(&value);
                gathered.add(key, value);
                gathered.make_room().unwrap();
                prop_assert!(gathered.held() < held_max);
            }
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
            prop_assert_eq!(read_all(gathered), twin.into_iter().collect::<Vec<_>>());
        }
    }
}
