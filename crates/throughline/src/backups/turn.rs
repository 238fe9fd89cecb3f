//! Who makes or tests a back-up of a data folder: one at a time.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use rustix::fs::{FlockOperation, flock};

/// Held while a back-up is made or tested; the system lets go of it when the process ends, however
/// it ends.
pub(super) struct Turn(#[expect(dead_code, reason = "held, not read")] File);

/// Somebody else has the turn.
#[derive(Debug)]
pub(super) struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            "another back-up of this data folder is being made or tested: try again when it has \
             ended",
        )
    }
}

impl std::error::Error for Busy {}

impl Turn {
    /// # Errors
    /// When somebody else has it.
    pub(super) fn take(folder: &Path) -> anyhow::Result<Self> {
        let turn = Self::try_take(folder).context("failed to lock the data folder's back-ups")?;
        let Some(turn) = turn else { bail!(Busy) };
        Ok(turn)
    }

    /// Nothing where somebody else has it.
    pub(super) fn try_take(folder: &Path) -> io::Result<Option<Self>> {
        let mut options = File::options();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self(file))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
