//! What the program watches about itself: room on the data disk, and whether facts are loaded.

use std::path::Path;
use std::sync::atomic::Ordering;

use base::UnixMillis;
use journal::Barrier;

use crate::notes::{Note, Severity, note};
use crate::reach::Keeper;
use crate::{App, AppError};

/// How full the disk of the data folder may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskLimits {
    /// Below this the owner is told and imports are refused.
    pub low_mb: u64,
    /// Below this nothing is taken in any more, so that the databases keep room to work.
    pub floor_mb: u64,
}

/// How much room is left on the disk of the data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskRoom {
    Enough,
    Low { free_mb: u64 },
    Spent { free_mb: u64 },
}

impl DiskLimits {
    /// Where nobody can tell how much is free, writing shows soon enough.
    #[must_use]
    pub fn judge(self, free_bytes: Option<u64>) -> DiskRoom {
        match free_bytes.map(|bytes| bytes >> 20) {
            Some(free_mb) if free_mb < self.floor_mb => DiskRoom::Spent { free_mb },
            Some(free_mb) if free_mb < self.low_mb => DiskRoom::Low { free_mb },
            Some(_) | None => DiskRoom::Enough,
        }
    }
}

impl App {
    /// How much room there is now.
    #[must_use]
    pub fn disk_room(&self) -> DiskRoom {
        let settings = &self.inner.settings;
        settings
            .disk
            .judge(self.inner.surroundings.free_bytes(&settings.data))
    }

    /// Where the journal, the databases and uploads lie.
    #[must_use]
    pub fn data_folder(&self) -> &Path {
        &self.inner.settings.data
    }

    /// Looks at the disk; stops the journal below the floor and lets it go on above.
    pub fn guard_disk(&self) -> DiskRoom {
        let room = self.disk_room();
        match room {
            DiskRoom::Spent { free_mb } => {
                if self.inner.gate.shut(Barrier::NoRoom) {
                    tracing::error!(free_mb, "the disk is full: nothing is taken in any more");
                }
            }
            DiskRoom::Enough | DiskRoom::Low { .. } => {
                if self.inner.gate.open(Barrier::NoRoom) {
                    tracing::info!("the disk has room again: intake goes on");
                }
            }
        }
        room
    }

    /// Remembers that the loader could not go on.
    pub fn loading_failed(&self) {
        self.inner.loading_fails.store(true, Ordering::Relaxed);
    }

    /// Told by a loader that works beside the doors: what was durable at a time is loaded.
    pub fn loaded_until(&self, at: UnixMillis) {
        self.inner.loaded_until.store(at.0, Ordering::Relaxed);
    }

    pub(crate) fn own_loaded_until(&self) -> UnixMillis {
        UnixMillis(self.inner.loaded_until.load(Ordering::Relaxed))
    }

    /// The time up to which the warehouse knows everything: that of now where nothing is loaded
    /// beside the doors.
    pub(crate) fn known_until(&self) -> UnixMillis {
        self.now().min(self.own_loaded_until())
    }

    /// Remembers that the loader goes on.
    pub fn loading_works(&self) {
        self.inner.loading_fails.store(false, Ordering::Relaxed);
    }

    /// Refuses work that needs much room where little is left.
    ///
    /// # Errors
    /// When the disk is nearly full.
    pub fn require_room(&self) -> Result<(), AppError> {
        match self.disk_room() {
            DiskRoom::Enough => Ok(()),
            DiskRoom::Low { free_mb } | DiskRoom::Spent { free_mb } => Err(AppError::Unavailable {
                code: "disk_low",
                detail: format!(
                    "only {free_mb} MB are free on the data disk; nothing is imported below {} MB",
                    self.inner.settings.disk.low_mb
                ),
            }),
        }
    }

    /// Refuses what is taken in where the databases need the rest of the room.
    pub(crate) fn require_intake(&self) -> Result<(), AppError> {
        match self.disk_room() {
            DiskRoom::Enough | DiskRoom::Low { .. } => Ok(()),
            DiskRoom::Spent { free_mb } => Err(AppError::Unavailable {
                code: "disk_full",
                detail: format!(
                    "only {free_mb} MB are free on the data disk; nothing is taken in below {} MB",
                    self.inner.settings.disk.floor_mb
                ),
            }),
        }
    }

    /// What is wrong with the machine, for everybody to see.
    pub(crate) fn health_notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        let room = self.disk_room();
        let free = |free_mb: u64| vec![("free_mb", free_mb.to_string())];
        if let DiskRoom::Spent { free_mb } = room {
            let found = note("disk_full", Severity::Error, free(free_mb), "settings");
            notes.push(found);
        } else if self.inner.journal.status().failing {
            let found = note("journal_failing", Severity::Error, Vec::new(), "settings");
            notes.push(found);
        }
        // A server that is away is told of on every screen.
        let is_away = self.away_since(Keeper::Warehouse).is_some();
        if !is_away && self.inner.loading_fails.load(Ordering::Relaxed) {
            let found = note("loading_failing", Severity::Error, Vec::new(), "settings");
            notes.push(found);
        }
        if let DiskRoom::Low { free_mb } = room {
            let found = note("disk_low", Severity::Warning, free(free_mb), "settings");
            notes.push(found);
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(free_mb: Option<u64>, room: DiskRoom) {
        let limits = DiskLimits {
            low_mb: 1024,
            floor_mb: 256,
        };
        assert_eq!(limits.judge(free_mb.map(|free| free << 20)), room);
    }

    #[test]
    fn room_is_judged_by_the_two_limits() {
        check(Some(1024), DiskRoom::Enough);
        check(Some(1023), DiskRoom::Low { free_mb: 1023 });
        check(Some(256), DiskRoom::Low { free_mb: 256 });
        check(Some(255), DiskRoom::Spent { free_mb: 255 });
        check(None, DiskRoom::Enough);
    }
}
