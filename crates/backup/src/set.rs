//! A set: which files there were at one moment, and which pieces they are made of.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::name::PieceId;

/// The format of sets that this version writes. It reads all up to it.
pub const SET_FORMAT: u32 = 1;
/// Every piece but a file's last is so long.
pub(crate) const PIECE_BYTES: usize = 4 << 20;
/// What compression, padding and sealing may add to a piece.
pub(crate) const PIECE_OBJECT_BYTES_MAX: u64 = 6 << 20;
/// A set of a few million pieces.
pub(crate) const SET_OBJECT_BYTES_MAX: u64 = 1 << 30;

/// What a back-up holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    pub format: u32,
    /// Version of the program that made it.
    pub program: String,
    pub made_ms: i64,
    pub files: Vec<FileEntry>,
    /// What the maker wants to find again; this crate does not read it.
    pub notes: Value,
}

/// A file of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative, with slashes.
    pub name: String,
    /// Bytes in its pieces.
    pub bytes: u64,
    /// The file is so long: what its pieces lack are zeros.
    pub length: u64,
    pub pieces: Vec<PieceId>,
}

/// Sums over the files of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SetFiles {
    pub files: u64,
    pub bytes: u64,
}

impl Set {
    #[must_use]
    pub fn sums(&self) -> SetFiles {
        SetFiles {
            files: u64::try_from(self.files.len()).unwrap_or(u64::MAX),
            bytes: self.files.iter().map(|file| file.bytes).sum(),
        }
    }

    #[must_use]
    pub fn file(&self, name: &str) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.name == name)
    }
}
