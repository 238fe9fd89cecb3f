//! What is known of back-ups, between whoever makes them and whoever looks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base::UnixMillis;
use serde_json::json;
use tokio::sync::Notify;

use crate::audit::Act;
use crate::notes::{Note, Severity, note};
use crate::{Actor, App, AppError, Permission};

/// A back-up may be so many intervals old before it is too old: one that failed may come late.
const LATE_INTERVALS: i64 = 2;
/// What is dated further ahead than this was made while the clock was wrong.
const AHEAD_MS_MAX: i64 = 3_600_000;

/// A back-up that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupMade {
    pub name: String,
    pub made: UnixMillis,
    pub took_ms: i64,
    /// In the files that it holds.
    pub bytes: u64,
    /// What was new, as it was sent.
    pub sent_bytes: u64,
    /// What all back-ups take together.
    pub place_bytes: u64,
}

/// The last try to make one, where it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFailure {
    pub at: UnixMillis,
    pub why: String,
}

/// The last time that one was restored for a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupProof {
    pub name: String,
    pub at: UnixMillis,
    pub facts: u64,
    /// Reports that were asked again.
    pub reports: u64,
    /// What was not as it had been; empty when all was.
    pub faults: Vec<String>,
}

/// How back-ups stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupStatus {
    /// Where they go; nothing where none are made.
    pub place: Option<String>,
    pub every_ms: i64,
    /// Since when somebody has been waiting for the first one.
    pub since: Option<UnixMillis>,
    /// One is being made or tested just now.
    pub running: bool,
    pub newest: Option<BackupMade>,
    pub failure: Option<BackupFailure>,
    pub proof: Option<BackupProof>,
}

/// The board that all of it is written on.
#[derive(Debug, Default)]
pub struct Backups {
    status: Mutex<BackupStatus>,
    /// Woken when somebody wants one now.
    wanted: Notify,
}

impl Backups {
    #[must_use]
    pub fn status(&self) -> BackupStatus {
        self.board().clone()
    }

    /// Changes what is known.
    pub fn note(&self, change: impl FnOnce(&mut BackupStatus)) {
        change(&mut self.board());
    }

    /// Ends when somebody wants a back-up now.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    fn board(&self) -> MutexGuard<'_, BackupStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BackupStatus {
    /// The newest one, unless it is dated so far ahead that the clock was wrong when it was made.
    #[must_use]
    pub fn newest_by(&self, now: UnixMillis) -> Option<&BackupMade> {
        let newest = self.newest.as_ref();
        newest.filter(|newest| newest.made.since_ms(now) <= AHEAD_MS_MAX)
    }

    /// Whether the newest one is too old, or there is none though there should be.
    #[must_use]
    pub fn is_late(&self, now: UnixMillis) -> bool {
        let since = self
            .since
            .filter(|since| since.since_ms(now) <= AHEAD_MS_MAX);
        let newest = self.newest_by(now).map(|newest| newest.made);
        let is_old = |begun: UnixMillis| now.since_ms(begun) > LATE_INTERVALS * self.every_ms;
        self.place.is_some() && newest.or(since).is_none_or(is_old)
    }
}

impl App {
    /// Where the maker of back-ups writes how they stand.
    #[must_use]
    pub fn backups(&self) -> &Backups {
        &self.inner.backups
    }

    /// Whether the last back-up failed, the newest is too old, or one was not what it had been.
    #[must_use]
    pub fn backups_fail(&self) -> bool {
        let status = self.backups().status();
        let is_broken = |proof: &BackupProof| !proof.faults.is_empty();
        status.place.is_some()
            && (status.failure.is_some()
                || status.is_late(self.now())
                || status.proof.as_ref().is_some_and(is_broken))
    }

    /// How back-ups stand, and whether the newest is too old.
    ///
    /// # Errors
    /// When the actor may not see it.
    pub async fn backup_status(&self, actor: &Actor) -> Result<(BackupStatus, bool), AppError> {
        self.require_keeper(actor).await?;
        let status = self.backups().status();
        let is_late = status.is_late(self.now());
        Ok((status, is_late))
    }

    /// Asks for a back-up now; it is made beside everything else.
    ///
    /// # Errors
    /// When the actor may not, or no place for back-ups is named.
    pub async fn back_up_now(&self, actor: &Actor) -> Result<(), AppError> {
        self.require_keeper(actor).await?;
        if self.backups().status().place.is_none() {
            return Err(AppError::Conflict {
                code: "no_backup_place",
                field: None,
                detail: "backup.place in the configuration names no place".to_owned(),
            });
        }
        let mut tx = self.inner.store.begin().await?;
        self.note(&mut tx, actor, Act::BackupAsked, "", json!({}))
            .await?;
        tx.commit().await?;
        self.backups().note(|status| status.running = true);
        self.backups().wanted.notify_one();
        Ok(())
    }

    /// A back-up is of the installation: its first workspace looks after it, and those of others
    /// need not know where it goes.
    async fn require_keeper(&self, actor: &Actor) -> Result<(), AppError> {
        actor.require(Permission::EditWorkspace)?;
        match self.workspace_or_first(None).await? == actor.workspace {
            true => Ok(()),
            false => Err(AppError::NotFound { what: "back-up" }),
        }
    }

    /// What is wrong with back-ups, for those who can do something about it.
    pub(crate) async fn backup_notes(&self, actor: &Actor) -> Vec<Note> {
        if self.require_keeper(actor).await.is_err() {
            return Vec::new();
        }
        let status = self.backups().status();
        let mut notes = Vec::new();
        if status.place.is_some() && status.failure.is_some() {
            let found = note("backup_failing", Severity::Warning, Vec::new(), "settings");
            notes.push(found.showing("tab=backups"));
        }
        if status.is_late(self.now()) {
            let found = note("backup_late", Severity::Warning, Vec::new(), "settings");
            notes.push(found.showing("tab=backups"));
        }
        let is_broken = |proof: &BackupProof| !proof.faults.is_empty();
        if status.proof.as_ref().is_some_and(is_broken) {
            let found = note("backup_broken", Severity::Error, Vec::new(), "settings");
            notes.push(found.showing("tab=backups"));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn check(newest_h: Option<i64>, is_late: bool) {
        let made = |hours: i64| BackupMade {
            name: String::new(),
            made: UnixMillis(hours * HOUR_MS),
            took_ms: 0,
            bytes: 0,
            sent_bytes: 0,
            place_bytes: 0,
        };
        let status = BackupStatus {
            place: Some("/backups".to_owned()),
            every_ms: 24 * HOUR_MS,
            since: Some(UnixMillis(90 * HOUR_MS)),
            newest: newest_h.map(made),
            ..BackupStatus::default()
        };
        assert_eq!(status.is_late(UnixMillis(100 * HOUR_MS)), is_late);
        let nowhere = BackupStatus {
            place: None,
            ..status
        };
        assert!(!nowhere.is_late(UnixMillis(100 * HOUR_MS)));
    }

    #[test]
    fn a_back_up_is_late_when_two_should_have_come() {
        check(Some(99), false);
        check(Some(52), false);
        check(Some(51), true);
        check(None, false);
    }

    #[test]
    fn one_from_the_future_is_none() {
        check(Some(101), false);
        // Somebody has been waiting for a first one for ten hours.
        check(Some(130), false);
        let status = BackupStatus {
            place: Some("/backups".to_owned()),
            every_ms: HOUR_MS,
            since: Some(UnixMillis(90 * HOUR_MS)),
            newest: Some(BackupMade {
                name: String::new(),
                made: UnixMillis(900 * HOUR_MS),
                took_ms: 0,
                bytes: 0,
                sent_bytes: 0,
                place_bytes: 0,
            }),
            ..BackupStatus::default()
        };
        assert!(status.is_late(UnixMillis(100 * HOUR_MS)));
    }
}
