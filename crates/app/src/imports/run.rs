//! Running an import: the file is read in chunks on a blocking thread, its effects are saved.
//!
//! Whatever stops an import half-way leaves it `running`; it is then run again from the beginning.
//! Costs take effect in one transaction at the end; records are recognised by their own ids. An
//! import that is cancelled is noticed between two chunks, and what it did is taken back. Whatever
//! a run writes, it writes only while the import is still running: a commit that nobody waited for
//! may have brought it to its end after it was found unfinished.

use std::ops::ControlFlow;
use std::path::PathBuf;

use base::{HistoryTool, ImportId, SiteId, WorkspaceId};
use connect::RowError;
use connect::columns::Kind;
use connect::table::TableRow;
use store::imports::{self, Import, ImportProgress, ImportResult, Rejection, UnfinishedImport};
use store::workspaces::{self, Workspace};

use super::access_log::BROKEN_OFF;
use super::chunks::{Chunk, read_in_chunks};
use super::plan::{ImportOptions, ParsedRow, Unread};
use super::records::{Records, Tally};
use super::{ImportState, RowEffect, StoredOptions, history, sums};
use crate::costs::{Change, CostFile, CostFileEnd, NamesTold, Phase, declare};
use crate::error::Step as _;
use crate::rates::RateTable;
use crate::{Actor, App, AppError, FieldError};

/// Rows of one import at most.
pub const IMPORT_ROWS_MAX: i64 = 2_000_000;

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Done,
    Cancelled,
    /// It is not running: there is nothing left to do.
    Elsewhere,
}

/// An import that is running.
pub(super) struct Run {
    pub(super) actor: Actor,
    pub(super) import: ImportId,
    kind: Kind,
    workspace: Workspace,
    options: ImportOptions,
    path: PathBuf,
    mends: Option<ImportId>,
    progress: ImportProgress,
    rejections: Vec<Rejection>,
}

impl App {
    /// Resolves when an import has been queued.
    pub async fn import_waiting(&self) {
        self.inner.imports.notified().await;
    }

    /// Runs imports, oldest first, until none waits. Returns how many.
    ///
    /// # Errors
    /// When the store is not able to do it now; what was not finished is tried again later.
    pub async fn run_imports_until_idle(&self) -> Result<usize, AppError> {
        let mut count = 0;
        while self.run_next_import().await?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    /// Runs the oldest import that waits or was left half-way; one at a time in a process.
    /// An import that cannot be done is marked as failed, with the reason; one that cannot be
    /// taken back keeps the reason, and lets the next one pass.
    ///
    /// # Errors
    /// When the store is not able to do it now; the import is then run again later.
    pub async fn run_next_import(&self) -> Result<Option<ImportId>, AppError> {
        let _turn = self.inner.import_turn.lock().await;
        let mut connection = self.inner.store.read().await?;
        let unfinished = imports::list_unfinished_imports(&mut connection).await?;
        drop(connection);
        if self.is_shared() {
            // Whom another node has erased meanwhile, no file brings back.
            self.publish_erased().await?;
        }
        for next in unfinished {
            if self.is_shared() && !self.has_file_of(&next).await? {
                continue;
            }
            match Box::pin(self.advance_import(&next)).await {
                Ok(()) => return Ok(Some(next.id)),
                Err(error @ AppError::Unavailable { .. }) => return Err(error),
                Err(error) => self.note_stuck(&next, error).await?,
            }
        }
        Ok(None)
    }

    /// Whether the file of an import is on this node, or could be brought here; what is taken back
    /// needs none. Until then the import waits, and others pass it.
    async fn has_file_of(&self, next: &UnfinishedImport) -> Result<bool, AppError> {
        let waits = [ImportState::Queued.name(), ImportState::Running.name()];
        if !waits.contains(&next.state.as_str()) {
            return Ok(true);
        }
        let mut connection = self.inner.store.read().await?;
        let import = imports::load_import(&mut connection, next.workspace_id, next.id).await?;
        drop(connection);
        match serde_json::from_value::<StoredOptions>(import.options) {
            Ok(stored) => self.bring_upload(&stored.upload).await,
            Err(_) => Ok(true),
        }
    }

    /// Brings an unfinished import to its end.
    async fn advance_import(&self, next: &UnfinishedImport) -> Result<(), AppError> {
        let (workspace, id) = (next.workspace_id, next.id);
        for (state, last) in [
            (ImportState::Undoing, ImportState::Undone),
            (ImportState::Cancelling, ImportState::Cancelled),
        ] {
            if next.state == state.name() {
                return self.unwind(&Actor::system(workspace), id, last).await;
            }
        }
        if self.is_access_log(next).await? {
            return self.end_as_failed(workspace, id, BROKEN_OFF).await;
        }
        match Box::pin(self.run_import(workspace, id)).await {
            Ok(Ending::Done | Ending::Elsewhere) => Ok(()),
            Ok(Ending::Cancelled) => {
                let last = ImportState::Cancelled;
                self.unwind(&Actor::system(workspace), id, last).await
            }
            Err(error @ AppError::Unavailable { .. }) => Err(error),
            Err(error) => self.fail_import(workspace, id, &error).await,
        }
    }

    async fn run_import(&self, workspace: WorkspaceId, id: ImportId) -> Result<Ending, AppError> {
        if let Some(ending) = self.begin_run(workspace, id).await? {
            return Ok(ending);
        }
        let mut run = self.prepare_run(workspace, id).await?;
        match run.options.clone() {
            ImportOptions::Costs(options) => {
                let mut connection = self.inner.store.read().await?;
                let rates = RateTable::load(&mut connection, workspace).await?;
                drop(connection);
                let settings = &self.inner.settings;
                let file = CostFile::new(&run.workspace, options, rates, settings, self.now())?;
                let file = file.mending(run.mends);
                self.run_costs(run, file).await
            }
            ImportOptions::Records(..) => match self.run_records(&mut run).await? {
                ControlFlow::Continue(tally) => self.finish_records(run, tally).await,
                ControlFlow::Break(ending) => Ok(ending),
            },
        }
    }

    /// Starts an import, or starts it anew; the way it ended, where it has.
    async fn begin_run(
        &self,
        workspace: WorkspaceId,
        id: ImportId,
    ) -> Result<Option<Ending>, AppError> {
        let mut tx = self.inner.store.begin().await?;
        let state = imports::load_import(&mut tx, workspace, id).await?.state;
        if state == ImportState::Queued.name() {
            let to = ImportState::Running.name();
            imports::move_import(&mut tx, workspace, id, &state, to).await?;
        } else if let Some(ending) = ending_of(&state) {
            return Ok(Some(ending));
        }
        // What an earlier run of it, that did not come to its end, left out.
        imports::delete_rejections(&mut tx, workspace, id).await?;
        tx.commit().await?;
        Ok(None)
    }

    async fn prepare_run(&self, workspace: WorkspaceId, id: ImportId) -> Result<Run, AppError> {
        let mut connection = self.inner.store.read().await?;
        let Import {
            kind,
            options,
            author_id,
            progress,
            ..
        } = imports::load_import(&mut connection, workspace, id).await?;
        let workspace = workspaces::load_workspace(&mut connection, workspace).await?;
        drop(connection);
        let kind: Kind = kind.parse().step("recognise the kind of an import")?;
        let stored: StoredOptions =
            serde_json::from_value(options).step("read the options of an import")?;
        // Whoever began it was allowed to; a role that changed meanwhile does not stop it half-way.
        let who = match author_id {
            Some(user) => crate::Who::Person {
                user,
                name: String::new(),
                role: crate::Role::Owner,
                sight: crate::Sight::default(),
                session: None,
            },
            None => crate::Who::System,
        };
        Ok(Run {
            actor: Actor {
                workspace: workspace.id,
                who,
            },
            import: id,
            kind,
            workspace,
            options: ImportOptions::from_json(kind, &stored.options)?,
            path: self.upload_path(&stored.upload),
            mends: stored.mends,
            progress: ImportProgress::none_of(progress.rows_total),
            rejections: Vec::new(),
        })
    }

    async fn run_costs(&self, mut run: Run, mut file: CostFile) -> Result<Ending, AppError> {
        let (reader, mut chunks) = read_in_chunks(run.path.clone(), run.options.clone());
        while let Some(chunk) = chunks.recv().await {
            let added = tokio::task::spawn_blocking(move || add_costs(file, chunk));
            let outcomes;
            (file, outcomes) = added.await.step("add up an import's rows")??;
            for (row, added) in outcomes {
                run.count(row, added);
            }
            if let Some(ending) = self.save_progress(&mut run).await? {
                return Ok(ending);
            }
        }
        reader.await.step("read an import's file")??;
        self.finish_costs(run, file).await
    }

    /// Everything that a cost import changes is in this one transaction.
    async fn finish_costs(&self, mut run: Run, file: CostFile) -> Result<Ending, AppError> {
        let (workspace, now) = (run.workspace.id, self.now());
        let end = tokio::task::spawn_blocking(move || file.end());
        let CostFileEnd {
            said,
            cost_micros,
            names,
        } = end.await.step("add up an import's rows")??;
        let days = said.as_ref().map(|said| said.days);
        let mut tx = self.inner.store.begin().await?;
        if let Some(ending) = ending(&mut tx, &run).await? {
            return Ok(ending);
        }
        let (from, to) = (ImportState::Running.name(), ImportState::Done.name());
        imports::move_import(&mut tx, workspace, run.import, from, to).await?;
        let mut effects = None;
        if let Some(said) = said {
            let change = Change {
                workspace,
                import: run.import,
                phase: Phase::Made,
                now,
            };
            let declared = declare(&mut tx, change, said).await?;
            run.progress.rows_new = declared.rows_new;
            run.progress.rows_changed = declared.rows_changed;
            effects = Some(declared.effects.to_json()?);
        }
        run.progress.leave_unchanged();
        let told = NamesTold {
            workspace,
            import: run.import,
            now,
        };
        let renamed = names.save(&mut tx, told).await?;
        let result = ImportResult {
            first_day: days.map(|days| days.first),
            last_day: days.map(|days| days.last),
            amount_micros: Some(cost_micros),
            currency: Some(run.workspace.details.currency),
            effects,
        };
        run.save_end(&mut tx, now, &result).await?;
        tx.commit().await?;
        self.wake_relay();
        // The import has taken effect; labels are made anew at the next start at the latest.
        if renamed && let Err(error) = self.refresh_labels_of(workspace).await {
            tracing::error!(%error, "left the names of an import unlabelled");
        }
        Ok(Ending::Done)
    }

    /// How the run has ended, where there is nothing to finish.
    async fn run_records(&self, run: &mut Run) -> Result<ControlFlow<Ending, Tally>, AppError> {
        if let Some(groups) = run.options.status_groups() {
            self.adopt_statuses(&run.actor, groups).await?;
        }
        let mut tally = Tally::new(&run.workspace)?;
        let (reader, mut chunks) = read_in_chunks(run.path.clone(), run.options.clone());
        while let Some(chunk) = chunks.recv().await {
            let mut records = Records::empty(run.kind);
            let mut readable = Vec::new();
            for (row, read) in chunk {
                match read {
                    Ok(parsed) => {
                        readable.push((row, tally.day_of(&parsed)));
                        records.push(parsed);
                    }
                    Err(unread) => run.count(row, Err(Refusal::from(unread.error))),
                }
            }
            let mut outcomes = self.save_records(run, records).await?;
            for (row, day) in readable {
                let outcome = outcomes
                    .remove(&row.row)
                    .unwrap_or(Ok(RowEffect::Unchanged));
                match outcome {
                    Ok(RowEffect::Created) => run.progress.rows_new += 1,
                    Ok(RowEffect::Changed) => run.progress.rows_changed += 1,
                    Ok(RowEffect::Unchanged) | Err(_) => {}
                }
                if let (Ok(_), Some(day)) = (&outcome, day) {
                    tally.note(day);
                }
                run.count(row, outcome.map(|_| ()).map_err(Refusal::from));
            }
            if let Some(ending) = self.save_progress(run).await? {
                return Ok(ControlFlow::Break(ending));
            }
        }
        reader.await.step("read an import's file")??;
        Ok(ControlFlow::Continue(tally))
    }

    async fn finish_records(&self, mut run: Run, tally: Tally) -> Result<Ending, AppError> {
        let now = self.now();
        run.progress.leave_unchanged();
        let mut tx = self.inner.store.begin().await?;
        if let Some(ending) = ending(&mut tx, &run).await? {
            return Ok(ending);
        }
        let (from, to) = (ImportState::Running.name(), ImportState::Done.name());
        let workspace = run.workspace.id;
        imports::move_import(&mut tx, workspace, run.import, from, to).await?;
        let amount = sums::amount(&mut tx, workspace, run.import, run.kind).await?;
        run.save_end(&mut tx, now, &tally.result(amount)).await?;
        tx.commit().await?;
        Ok(Ending::Done)
    }

    /// Writes down how far the run is, unless it is not to go on.
    async fn save_progress(&self, run: &mut Run) -> Result<Option<Ending>, AppError> {
        let progress = &mut run.progress;
        progress.rows_total = progress.rows_total.max(progress.rows_done);
        if progress.rows_done > IMPORT_ROWS_MAX {
            let detail = format!("a file may have {IMPORT_ROWS_MAX} rows at most");
            return Err(AppError::invalid("file", "too_many_rows", detail));
        }
        let mut tx = self.inner.store.begin().await?;
        if let Some(ending) = ending(&mut tx, run).await? {
            return Ok(Some(ending));
        }
        let (workspace, import) = (run.workspace.id, run.import);
        let rejections = std::mem::take(&mut run.rejections);
        imports::insert_rejections(&mut tx, workspace, import, &rejections).await?;
        imports::save_import_progress(&mut tx, workspace, import, &run.progress).await?;
        tx.commit().await?;
        Ok(None)
    }
}

impl Run {
    /// Of another tool's days: their site, and who counted.
    pub(super) fn history(&self) -> Option<(SiteId, HistoryTool)> {
        match &self.options {
            ImportOptions::Records(Kind::History, options) => history::told(options),
            ImportOptions::Records(..) | ImportOptions::Costs(_) => None,
        }
    }

    pub(super) fn zone(&self) -> &str {
        &self.workspace.details.time_zone
    }

    fn count(&mut self, row: TableRow, outcome: Result<(), Refusal>) {
        self.progress.rows_done += 1;
        match outcome {
            Ok(()) => self.progress.rows_accepted += 1,
            Err(Refusal {
                field,
                code,
                detail,
            }) => {
                self.progress.rows_rejected += 1;
                self.rejections.push(Rejection {
                    row: i64::try_from(row.row).unwrap_or(i64::MAX),
                    field,
                    code: code.to_owned(),
                    detail,
                    cells: row.cells,
                });
            }
        }
    }

    async fn save_end(
        &self,
        tx: &mut store::Tx,
        now: base::UnixMillis,
        result: &ImportResult,
    ) -> Result<(), AppError> {
        let (workspace, state) = (self.workspace.id, ImportState::Done.name());
        imports::save_import_progress(tx, workspace, self.import, &self.progress).await?;
        imports::finish_import(tx, workspace, self.import, state, None, now, result).await?;
        Ok(())
    }
}

/// How the run has ended, where it is not to go on.
async fn ending(tx: &mut store::Tx, run: &Run) -> Result<Option<Ending>, AppError> {
    let import = imports::load_import(tx, run.workspace.id, run.import).await?;
    Ok(ending_of(&import.state))
}

fn ending_of(state: &str) -> Option<Ending> {
    if state == ImportState::Running.name() {
        None
    } else if state == ImportState::Cancelling.name() {
        Some(Ending::Cancelled)
    } else {
        Some(Ending::Elsewhere)
    }
}

/// Adds the rows of a chunk. Blocks.
fn add_costs(mut file: CostFile, chunk: Chunk) -> Result<(CostFile, Vec<Outcome>), AppError> {
    let mut outcomes = Vec::with_capacity(chunk.len());
    for (row, read) in chunk {
        let added = match read {
            Ok(ParsedRow::Cost(cost)) => file.add(*cost).map_err(Refusal::from),
            Ok(_) => Ok(()),
            Err(Unread { error, cost }) => {
                if let Some(cost) = cost {
                    file.leave_out(cost);
                }
                Err(Refusal::from(error))
            }
        };
        outcomes.push((row, added));
    }
    file.make_room()?;
    Ok((file, outcomes))
}

/// A row that was looked at.
type Outcome = (TableRow, Result<(), Refusal>);

/// Why a row was left out.
struct Refusal {
    field: Option<String>,
    code: &'static str,
    detail: String,
}

impl From<RowError> for Refusal {
    fn from(error: RowError) -> Self {
        Self {
            field: error.field.map(|field| field.key().to_owned()),
            code: error.code.name(),
            detail: error.detail,
        }
    }
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        Self {
            field: (!error.field.is_empty()).then(|| error.field.into_owned()),
            code: error.code,
            detail: error.detail,
        }
    }
}
