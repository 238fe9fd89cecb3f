//! Where sets are kept: a few operations on named objects, whole or not there.

use std::io;

/// Clock and randomness, which the program owns.
pub trait Machine: Send + Sync {
    fn now_ms(&self) -> i64;
    fn fill(&self, bytes: &mut [u8]);
}

/// An object as a place lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub name: String,
    pub bytes: u64,
    /// When the place took it, by the place's own clock.
    pub put_ms: i64,
}

/// A folder or a bucket. Names are words of `a-z`, `0-9`, `-` and `.` with slashes in between.
pub trait Place: Send + Sync {
    /// Takes an object whole, in the place of one of the same name.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), PlaceError>;
    /// An object; `None` where there is none. One that is longer than `bytes_max` is an error.
    fn get(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, PlaceError>;
    /// All objects whose names begin so.
    fn list(&self, prefix: &str) -> Result<Vec<Object>, PlaceError>;
    /// Takes an object out; that it is not there is no error.
    fn remove(&self, name: &str) -> Result<(), PlaceError>;
    /// The place in words for the operator, without anything secret.
    fn shown(&self) -> String;
}

/// Why a place did not do what it was asked. Never holds a signed address.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("{place} cannot be reached: {why}")]
    Away { place: String, why: String },
    #[error("{place} refused to {what}: {why}")]
    Refused {
        place: String,
        what: &'static str,
        why: String,
    },
    #[error("failed to {what} {name} in {place}")]
    File {
        place: String,
        what: &'static str,
        name: String,
        source: io::Error,
    },
    #[error("{name} in {place} is longer than anything that belongs there")]
    TooLong { place: String, name: String },
    #[error("{place} is used by another back-up just now")]
    InUse { place: String },
}
