//! Imports of web-server logs. Their hits are facts from the start and go to the journal without
//! the store; what the store keeps is the import, so that it is listed and can be taken back.

use std::collections::BTreeSet;
use std::path::PathBuf;

use base::{Day, DayRange, Fact, ImportId, SiteId, TimeZone, UnixMillis, Withdrawal, WorkspaceId};
use connect::columns::Kind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::imports::{self, Import, ImportProgress, ImportResult, NewImport};
use warehouse::Parameter;

use super::own::require_import_of;
use super::queue::content_hash;
use super::{ImportState, ImportView};
use crate::activity::int;
use crate::audit::Act;
use crate::error::Step as _;
use crate::outbox::{derived_id, put};
use crate::workspaces::load_zone;
use crate::{Actor, App, AppError, Permission};

/// The kind of these imports.
pub const ACCESS_LOG: &str = "access_log";

/// What an import says whose caller went away.
pub(super) const BROKEN_OFF: &str =
    "it broke off before its end, and was taken back: import the file again";

/// Days of every zone begin on a quarter of an hour.
const STEP_MS: i64 = 15 * 60 * 1000;

/// A log that is about to be imported.
#[derive(Debug, Clone)]
pub struct AccessLogFile {
    pub path: PathBuf,
    pub site: SiteId,
    /// The moments of its first and its last page view.
    pub extent: (UnixMillis, UnixMillis),
}

/// What came of a log's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessLogLines {
    pub read: u64,
    /// Of people and of machines.
    pub page_views: u64,
}

/// What the store keeps of a log.
#[derive(Debug, Serialize, Deserialize)]
struct StoredLog {
    site: SiteId,
    first_ms: i64,
    last_ms: i64,
}

impl App {
    /// Begins to import a log: whoever calls it appends the hits under the import's number, and
    /// says when they are all there. An import that nobody brings to its end is taken back by
    /// whoever runs imports next.
    ///
    /// # Errors
    /// When the file cannot be read, or the disk is nearly full.
    pub async fn start_access_log(
        &self,
        actor: &Actor,
        log: &AccessLogFile,
    ) -> Result<ImportId, AppError> {
        require_import_of(actor, ACCESS_LOG)?;
        self.require_room()?;
        self.require_no_others().await?;
        let path = log.path.clone();
        let content_hash = tokio::task::spawn_blocking(move || content_hash(&path))
            .await
            .step("read a log")??;
        let name = log.path.file_name().unwrap_or_default().to_string_lossy();
        let stored = StoredLog {
            site: log.site,
            first_ms: log.extent.0.0,
            last_ms: log.extent.1.0,
        };
        let new = NewImport {
            kind: ACCESS_LOG.to_owned(),
            file_name: name.into_owned(),
            content_hash,
            options: serde_json::to_value(stored).step("write the options of an import down")?,
            author_id: actor.user(),
            created_at: self.now(),
        };
        let mut tx = self.inner.store.begin_work().await?;
        let id = imports::insert_import(&mut tx, actor.workspace, &new).await?;
        let (from, to) = (ImportState::Queued.name(), ImportState::Running.name());
        imports::move_import(&mut tx, actor.workspace, id, from, to).await?;
        self.note(
            &mut tx,
            actor,
            Act::ImportStarted,
            id,
            json!({"kind": ACCESS_LOG, "file": &new.file_name}),
        )
        .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok(id)
    }

    /// Refuses a log beside other nodes: the one that works would take its import for broken off,
    /// and what counts twice could not be told before the one that loads has loaded it. To be asked
    /// before anything is done for it.
    ///
    /// # Errors
    /// When other nodes are known to the store.
    pub async fn require_no_others(&self) -> Result<(), AppError> {
        let others = match self.is_shared() {
            true => self.journals_of_others().await?,
            false => Vec::new(),
        };
        let Some(other) = others.first() else {
            return Ok(());
        };
        Err(AppError::Conflict {
            code: "several_nodes",
            field: None,
            detail: format!(
                "an access log is imported while no other node is known to the store, such as {}: \
                 import it before nodes share the work, or stop them and give them up with \
                 `throughline node give-up` until it is done; nothing was changed",
                other.name
            ),
        })
    }

    /// Says that all hits of a log's import are loaded.
    ///
    /// # Errors
    /// When the import is not running, or the warehouse fails.
    pub async fn finish_access_log(
        &self,
        actor: &Actor,
        id: ImportId,
        lines: AccessLogLines,
    ) -> Result<ImportView, AppError> {
        let workspace = actor.workspace;
        let brought = self.hits_of_import(workspace, id).await?;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let mut progress = ImportProgress {
            rows_total: count(lines.read),
            rows_done: count(lines.read),
            rows_accepted: count(lines.page_views),
            rows_rejected: 0,
            rows_new: brought,
            rows_changed: 0,
            rows_unchanged: 0,
            rows_kept: 0,
        };
        progress.leave_unchanged();
        let mut tx = self.inner.store.begin().await?;
        let import = imports::load_import(&mut tx, workspace, id).await?;
        let zone = load_zone(&mut tx, workspace).await?;
        let log = stored(&import)?;
        let days = log.map(|log| (UnixMillis(log.first_ms), UnixMillis(log.last_ms)));
        let result = ImportResult {
            first_day: days.map(|(first, _)| zone.day_of(first)),
            last_day: days.map(|(_, last)| zone.day_of(last)),
            amount_micros: None,
            currency: None,
            effects: None,
        };
        let (from, to) = (ImportState::Running.name(), ImportState::Done.name());
        imports::move_import(&mut tx, workspace, id, from, to).await?;
        imports::save_import_progress(&mut tx, workspace, id, &progress).await?;
        imports::finish_import(&mut tx, workspace, id, to, None, self.now(), &result).await?;
        tx.commit().await?;
        self.import(actor, id).await
    }

    /// Days of a zone on which the site was seen by its tracker or told by its server, from the
    /// first to the last of two moments. What is not loaded yet is not seen.
    ///
    /// # Errors
    /// When the warehouse fails.
    pub async fn tracked_days(
        &self,
        actor: &Actor,
        site: SiteId,
        (first, last): (UnixMillis, UnixMillis),
        zone: &TimeZone,
    ) -> Result<BTreeSet<Day>, AppError> {
        actor.require(Permission::ReadSetup)?;
        let days = DayRange::new(zone.day_of(first), zone.day_of(last));
        let (from, until) = days.map_or((first, last), |days| zone.span_of(days));
        let parameters = [actor.workspace.0, site.0, from.0, until.0, STEP_MS];
        let parameters = parameters.into_iter().map(Parameter::Int).collect();
        let sql = include_str!("../queries/tracked_times.sql");
        let table = self.read_table(sql, parameters).await?;
        let times = table.rows.iter().filter_map(|row| int(row, 0));
        Ok(times.map(|at| zone.day_of(UnixMillis(at))).collect())
    }

    async fn hits_of_import(
        &self,
        workspace: WorkspaceId,
        import: ImportId,
    ) -> Result<i64, AppError> {
        let parameters = vec![Parameter::Int(workspace.0), Parameter::Int(import.0)];
        let sql = include_str!("../queries/hits_of_import.sql");
        let table = self.read_table(sql, parameters).await?;
        let count = table.rows.first().and_then(|row| int(row, 0));
        Ok(count.unwrap_or_default())
    }
}

/// Takes the hits of an import back, if it is one of a log, or another tool's days.
pub(super) async fn withdraw_hits(
    tx: &mut Tx,
    workspace: WorkspaceId,
    import: &Import,
    now: UnixMillis,
) -> Result<(), AppError> {
    if import.kind != ACCESS_LOG && import.kind != Kind::History.name() {
        return Ok(());
    }
    let parts = ["withdrawal", &workspace.to_string(), &import.id.to_string()];
    let withdrawal = Withdrawal {
        id: derived_id(&parts),
        workspace,
        import: import.id,
        recorded: now,
    };
    put(tx, now, &[Fact::Withdrawal(Box::new(withdrawal))]).await
}

/// A line that two logs have counts for the one that brought it first, and would be lost with it:
/// so a later log of the same time has to be taken back before.
pub(super) async fn require_last_of_its_time(
    tx: &mut Tx,
    workspace: WorkspaceId,
    import: &Import,
) -> Result<(), AppError> {
    let Some(own) = stored(import)? else {
        return Ok(());
    };
    let later = imports::list_later_imports(tx, workspace, ACCESS_LOG, import.id).await?;
    for other in later {
        let Some(log) = stored(&other)? else {
            continue;
        };
        let meets = log.first_ms <= own.last_ms && own.first_ms <= log.last_ms;
        if log.site == own.site && meets {
            return Err(AppError::Conflict {
                code: "later_import",
                field: None,
                detail: format!(
                    "import {} ({}) is of the same time: take that one back first",
                    other.id, other.file_name
                ),
            });
        }
    }
    Ok(())
}

fn stored(import: &Import) -> Result<Option<StoredLog>, AppError> {
    if import.kind != ACCESS_LOG {
        return Ok(None);
    }
    let stored = serde_json::from_value(import.options.clone());
    Ok(Some(stored.step("read the options of an import")?))
}
