//! Which files of this data folder were sent before, so that they are not read again.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use backup::{FileEntry, Repository};
use serde::{Deserialize, Serialize};

/// The files of the last set. It belongs to one data folder and is in no back-up: what another
/// folder holds under the same names is another file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct SentFiles {
    /// The repository that they were sent to.
    repository: String,
    /// The key that they were sealed with; files of before there could be several have none.
    #[serde(default)]
    key: String,
    #[serde(skip)]
    is_of_other_key: bool,
    files: BTreeMap<String, SentFile>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SentFile {
    stamp: Stamp,
    entry: FileEntry,
}

/// What changes when a file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    bytes: u64,
    modified_s: i64,
    modified_ns: i64,
    inode: u64,
}

impl Stamp {
    pub(super) fn of(meta: &Metadata) -> Self {
        Self {
            bytes: meta.len(),
            modified_s: meta.mtime(),
            modified_ns: meta.mtime_nsec(),
            inode: meta.ino(),
        }
    }
}

impl SentFiles {
    /// What was sent to this repository; nothing where that cannot be read, and all is sent again.
    pub(super) fn read(folder: &Path, place: &Repository) -> Self {
        let (repository, key) = (place.id(), place.key().id().0.as_str());
        let read = fs::read(path(folder)).ok();
        let sent: Option<Self> = read.and_then(|text| serde_json::from_slice(&text).ok());
        let sent = sent.filter(|sent| sent.repository == repository);
        let mut sent = sent.unwrap_or_else(|| Self {
            repository: repository.to_owned(),
            key: key.to_owned(),
            is_of_other_key: false,
            files: BTreeMap::new(),
        });
        sent.is_of_other_key = match sent.key.is_empty() {
            true => place.had_other_keys(),
            false => sent.key != key,
        };
        key.clone_into(&mut sent.key);
        sent
    }

    /// The key is another one since: what was sent opens with the earlier one only.
    pub(super) fn is_of_other_key(&self) -> bool {
        self.is_of_other_key
    }

    /// A file that has not changed since it was sent.
    pub(super) fn unchanged(&self, name: &str, stamp: Stamp) -> Option<&FileEntry> {
        let sent = self.files.get(name).filter(|_| !self.is_of_other_key)?;
        (sent.stamp == stamp).then_some(&sent.entry)
    }

    /// A file that is not in the folder any more.
    pub(super) fn moved_away(&self, name: &str) -> Option<(Stamp, &FileEntry)> {
        let sent = self.files.get(name)?;
        Some((sent.stamp, &sent.entry))
    }

    pub(super) fn note(&mut self, stamp: Stamp, entry: FileEntry) {
        let name = entry.name.clone();
        self.files.insert(name, SentFile { stamp, entry });
    }

    /// The same repository, and no file yet.
    pub(super) fn anew(&self) -> Self {
        Self {
            repository: self.repository.clone(),
            key: self.key.clone(),
            is_of_other_key: false,
            files: BTreeMap::new(),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let part = folder.join("sent.part");
        let mut file = File::create(&part)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        Ok(fs::rename(&part, path(folder))?)
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("sent.json")
}
