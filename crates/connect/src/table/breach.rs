//! A limit that is met in the middle of reading, where only errors of reading can be told.

use std::error::Error;
use std::fmt;
use std::io;

use super::TableError;

/// What stops the reading of a packed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breach {
    Damaged,
    LongCell,
    LargePart,
    TooLarge,
    Trap,
}

impl Breach {
    /// The limit that an error of reading stands for.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        TableError::from(*self).fmt(formatter)
    }
}

impl Error for Breach {}

impl From<Breach> for io::Error {
    fn from(breach: Breach) -> Self {
        Self::other(breach)
    }
}

impl From<Breach> for TableError {
    fn from(breach: Breach) -> Self {
        match breach {
            Breach::Damaged => Self::BadArchive,
            Breach::LongCell => Self::LongCell,
            Breach::LargePart => Self::LargePart,
            Breach::TooLarge => Self::TooLarge,
            Breach::Trap => Self::Trap,
        }
    }
}

impl From<io::Error> for TableError {
    fn from(error: io::Error) -> Self {
        match Breach::of(&error) {
            Some(breach) => breach.into(),
            None => Self::Read(error),
        }
    }
}
