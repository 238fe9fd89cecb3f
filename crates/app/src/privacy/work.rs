//! The work of an erasure: step by step, each of which can be done again, so that a crash at any
//! moment is only a pause.

use std::collections::BTreeSet;
use std::sync::{Arc, MutexGuard, PoisonError};

use base::{Pseudonym, UnixMillis, VisitorId};
use serde_json::{Value, json};
use store::erasures::{self, Erasure};
use store::{ErasureId, person_requests, uploads};
use tokio::fs;

use super::records::{self, Desk, told};
use super::subject::{Subject, Work};
use crate::EraseOrder;
use crate::audit::Act;
use crate::error::{Step as _, of_warehouse};
use crate::leases::Job;
use crate::{Actor, App, AppError};

/// What is done next of an erasure, by the name that it is stored with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureStep {
    /// The store.
    Records,
    /// Facts on their way, files, the warehouse.
    Facts,
    Journal,
    /// What engines keep of what is gone.
    Bytes,
    Done,
}

impl ErasureStep {
    pub const ALL: [Self; 5] = [
        Self::Records,
        Self::Facts,
        Self::Journal,
        Self::Bytes,
        Self::Done,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Facts => "facts",
            Self::Journal => "journal",
            Self::Bytes => "bytes",
            Self::Done => "done",
        }
    }

    /// What is not known is done from the start.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let named = Self::ALL.into_iter().find(|step| step.name() == name);
        named.unwrap_or(Self::Records)
    }
}

/// What was done to this node's journal.
pub(super) struct Blanked {
    /// Entries.
    pub(super) blanked: u64,
    /// Segments that are moved away.
    away: u64,
}

impl App {
    /// Resolves when somebody may be waiting to be erased.
    pub async fn erasure_waiting(&self) {
        self.inner.erasures.notified().await;
    }

    /// Does all that is asked of erasures. Returns how many were finished.
    ///
    /// # Errors
    /// When an engine fails, or a node that has to do its part is away: what was done stays done,
    /// the other erasures go on, and the rest is done by the next try.
    pub async fn run_erasures_until_idle(&self) -> Result<usize, AppError> {
        self.put_off().clear();
        // First the journals: what somebody has who was erased before goes under the earlier
        // pseudonym.
        let swept = self.sweep_journals().await;
        let finished = self.run_erasures_before(ErasureStep::Done).await?;
        swept.map(|()| finished)
    }

    /// The same without those that could not go on before.
    ///
    /// # Errors
    /// As [`App::run_erasures_until_idle`].
    pub async fn run_new_erasures(&self) -> Result<usize, AppError> {
        self.run_erasures_before(ErasureStep::Done).await
    }

    /// The same up to a step, which is left to be done: what a crash before it leaves.
    ///
    /// # Errors
    /// As [`App::run_erasures_until_idle`].
    pub async fn run_erasures_before(&self, end: ErasureStep) -> Result<usize, AppError> {
        let _turn = self.inner.erasure_turn.lock().await;
        let (mut finished, mut failed) = (0, None);
        loop {
            let mut connection = self.inner.store.read().await?;
            let open = erasures::list_open_erasures(&mut connection).await?;
            drop(connection);
            let put_off = self.put_off().clone();
            let mut own = open.into_iter().filter(|open| self.does_next_of(open));
            let Some(next) = own.find(|open| !put_off.contains(&open.id)) else {
                return failed.map_or(Ok(finished), Err);
            };
            let id = next.id;
            match self.work_on_erasure(next, end).await {
                Ok(()) => finished += 1,
                // One that waits for a node keeps nobody else waiting.
                Err(error) => {
                    self.put_off().insert(id);
                    failed.get_or_insert(error);
                }
            }
            if end != ErasureStep::Done {
                return failed.map_or(Ok(0), Err);
            }
        }
    }

    /// The erasures that could not go on.
    fn put_off(&self) -> MutexGuard<'_, BTreeSet<ErasureId>> {
        let held = self.inner.erasures_put_off.lock();
        held.unwrap_or_else(PoisonError::into_inner)
    }

    async fn work_on_erasure(
        &self,
        mut erasure: Erasure,
        end: ErasureStep,
    ) -> Result<(), AppError> {
        loop {
            let step = ErasureStep::from_name(&erasure.work.step);
            if step == end || !self.does_next_of(&erasure) {
                return Ok(());
            }
            let done = match step {
                ErasureStep::Records => {
                    // No file is read meanwhile: what it says of the person would come in behind
                    // our back. From then on it is known whose rows are left out.
                    let _imports = self.inner.import_turn.lock().await;
                    // Nor does another node take records apart that became too old.
                    Box::pin(self.in_turn(Job::Forget, self.erase_records(&mut erasure))).await
                }
                ErasureStep::Facts => {
                    let _imports = self.inner.import_turn.lock().await;
                    self.erase_facts(&mut erasure).await
                }
                ErasureStep::Journal => self.erase_journals(&mut erasure).await,
                ErasureStep::Bytes => self.erase_bytes(&mut erasure).await,
                ErasureStep::Done => return Ok(()),
            };
            if let Err(error) = done {
                erasure.error = Some(error.to_string());
                self.note_progress(&erasure).await?;
                return Err(error);
            }
        }
    }

    /// Of several nodes the one that imports takes people out of the store, so that no file is read
    /// meanwhile, and the one that loads does the rest.
    fn does_next_of(&self, erasure: &Erasure) -> bool {
        match ErasureStep::from_name(&erasure.work.step) {
            ErasureStep::Records => self.runs_imports(),
            ErasureStep::Facts | ErasureStep::Journal | ErasureStep::Bytes => self.writes_facts(),
            ErasureStep::Done => true,
        }
    }

    async fn advance(&self, erasure: &mut Erasure, next: ErasureStep) -> Result<(), AppError> {
        next.name().clone_into(&mut erasure.work.step);
        erasure.error = None;
        self.note_progress(erasure).await
    }

    async fn note_progress(&self, erasure: &Erasure) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        erasures::advance_erasure(&mut tx, erasure).await?;
        Ok(tx.commit().await?)
    }

    async fn erase_records(&self, erasure: &mut Erasure) -> Result<(), AppError> {
        let subject = Subject::read(&erasure.work.subject)?;
        let mut tx = self.inner.store.begin().await?;
        let until = erasure.work.until_ms.unwrap_or_else(|| self.now());
        let desk = Desk {
            key: self.mark_key()?,
            workspace: erasure.workspace_id,
            erasure: erasure.id,
            until,
        };
        let (work, counts) = records::erase(&mut tx, &desk, &subject).await?;
        erasure.work.until_ms = Some(until);
        erasure.work.subject = work.written();
        erasure.work.counts = told(&counts);
        ErasureStep::Facts.name().clone_into(&mut erasure.work.step);
        erasure.error = None;
        erasures::advance_erasure(&mut tx, erasure).await?;
        tx.commit().await?;
        // Imports that run here next know it, wherever the other steps are done.
        self.publish_erased().await
    }

    async fn erase_facts(&self, erasure: &mut Erasure) -> Result<(), AppError> {
        self.publish_erased().await?;
        self.write_erasure_list().await?;
        let removed = self.remove_uploads(erasure).await?;
        note_count(erasure, "uploads", records::count(removed.len()));
        // What waits in the outbox leaves it: it is spared in the journal and by the loader.
        self.relay_outbox().await?;
        let workspace = erasure.workspace_id;
        let mut work = Work::read(&erasure.work.subject)?;
        let unnamed = self.visitors_of_marks(erasure).await?;
        work.visitors.extend(unnamed);
        work.uploads.extend(removed);
        let under = self.pseudonyms_of(erasure, &work)?;
        let until = erasure.work.until_ms.unwrap_or_else(|| self.now());
        let warehouse = Arc::clone(&self.inner.warehouse);
        let erase = move || warehouse.erase(workspace, &under, until);
        let done = tokio::task::spawn_blocking(erase).await;
        done.step("put visitors under pseudonyms")?
            .map_err(of_warehouse("put visitors under pseudonyms"))?;
        if self.is_shared() {
            // The journals of other nodes are asked by name.
            erasure.work.subject = work.written();
        }
        self.advance(erasure, ErasureStep::Journal).await
    }

    fn pseudonyms_of(
        &self,
        erasure: &Erasure,
        work: &Work,
    ) -> Result<Vec<(VisitorId, Pseudonym)>, AppError> {
        let key = self.mark_key()?;
        let (workspace, id) = (erasure.workspace_id, erasure.id);
        let visitors = work.visitors.iter();
        Ok(visitors
            .map(|visitor| (*visitor, key.pseudonym(workspace, id, *visitor)))
            .collect())
    }

    /// Takes visitors out of every node's journal. Each does it once, and one that is away has to
    /// come back: until then the erasure is not done, and says why.
    async fn erase_journals(&self, erasure: &mut Erasure) -> Result<(), AppError> {
        let mut work = Work::read(&erasure.work.subject)?;
        let own = &self.this_node().name;
        if !work.done.contains(own) {
            self.erase_journal(erasure).await?;
            work.done.push(own.clone());
        }
        if self.is_shared() {
            // A try that is broken off writes this node's journal no second time.
            erasure.work.subject = work.written();
            self.note_progress(erasure).await?;
            let until = erasure.work.until_ms.unwrap_or_else(|| self.now());
            let under = self.pseudonyms_of(erasure, &work)?;
            let order = EraseOrder {
                uploads: work.uploads.clone(),
                ..EraseOrder::of((erasure.workspace_id, until), &under)
            };
            let (blanked, waits_for) = self.erase_elsewhere(&order, &mut work.done).await?;
            note_count(erasure, "journal_entries", blanked);
            erasure.work.subject = work.written();
            if !waits_for.is_empty() {
                return Err(AppError::Unavailable {
                    code: "node_away",
                    detail: format!(
                        "the person has still to be taken out of the journals of: {}",
                        waits_for.join(", ")
                    ),
                });
            }
        }
        // Nobody needs to know any more whose facts they were.
        erasure.work.subject = json!({});
        self.advance(erasure, ErasureStep::Bytes).await
    }

    async fn erase_journal(&self, erasure: &mut Erasure) -> Result<(), AppError> {
        let done = self.blank_journal().await?;
        note_count(erasure, "journal_entries", done.blanked);
        note_count(erasure, "segments_away", done.away);
        Ok(())
    }

    /// Takes everybody who was erased out of this node's journal.
    pub(super) async fn blank_journal(&self) -> Result<Blanked, AppError> {
        let rolled = self.inner.journal.roll().step("close a segment")?;
        rolled.await.step("close a segment")?;
        let blanked = self.blank_segments(None).await?;
        let segments = self.inner.journal.away().step("list segments")?;
        let away = records::count(segments.len());
        if away > 0 {
            tracing::warn!(
                segments = away,
                "segments of the journal are moved away: whoever was erased is taken out of them \
                 when they are back"
            );
            self.change_erasure_list(|list| list.away.extend(segments))
                .await?;
        }
        Ok(Blanked { blanked, away })
    }

    /// Writes full segments anew, or some of them, without who was erased.
    pub(super) async fn blank_segments(
        &self,
        meant: Option<BTreeSet<u64>>,
    ) -> Result<u64, AppError> {
        let (journal, erased) = (
            Arc::clone(&self.inner.journal),
            Arc::clone(&self.inner.erased),
        );
        let blank = move || {
            let look = erased.look();
            let is_meant = |number| meant.as_ref().is_none_or(|meant| meant.contains(&number));
            journal.blank_some(is_meant, |entry| look.replacement(entry), |_, _| {})
        };
        let blanked = tokio::task::spawn_blocking(blank).await;
        blanked
            .step("write the journal anew")?
            .step("write the journal anew")
    }

    async fn erase_bytes(&self, erasure: &mut Erasure) -> Result<(), AppError> {
        let warehouse = Arc::clone(&self.inner.warehouse);
        let scrubbed = tokio::task::spawn_blocking(move || warehouse.scrub()).await;
        scrubbed
            .step("write over free room")?
            .map_err(of_warehouse("write over free room"))?;
        self.inner.store.scrub().await?;
        let clear = Arc::clone(&self.inner.clear_copies);
        let cleared = tokio::task::spawn_blocking(move || clear()).await;
        let step = "remove copies of the databases";
        note_count(erasure, "copies", cleared.step(step)?.step(step)?);
        let mut tx = self.inner.store.begin().await?;
        erasure.finished_at = Some(self.now());
        ErasureStep::Done.name().clone_into(&mut erasure.work.step);
        erasure.error = None;
        erasures::advance_erasure(&mut tx, erasure).await?;
        let now = self.now();
        person_requests::finish_person_requests(&mut tx, erasure.workspace_id, erasure.id, now)
            .await?;
        let actor = Actor::system(erasure.workspace_id);
        let told = json!({
            "until": erasure.work.until_ms.map(UnixMillis::rfc3339),
            "counts": erasure.work.counts,
        });
        self.note(&mut tx, &actor, Act::PersonErased, erasure.id, told)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Files that wait between preview and import may hold the person: they can be sent again.
    async fn remove_uploads(&self, erasure: &Erasure) -> Result<Vec<String>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let uploads = erasures::list_uploads(&mut connection, erasure.workspace_id).await?;
        drop(connection);
        let of_records = ["leads", "deals", "payments"];
        let named = uploads.iter();
        let named = named.filter(|upload| of_records.contains(&upload.kind.as_str()));
        let mut removed = Vec::new();
        for upload in named {
            let path = self.inner.settings.uploads.join(&upload.path);
            match fs::remove_file(path).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).step("remove an upload");
                }
                _ => {}
            }
            let mut tx = self.inner.store.begin().await?;
            uploads::delete_upload(&mut tx, upload.id).await?;
            tx.commit().await?;
            removed.push(upload.path.clone());
        }
        Ok(removed)
    }
}

fn note_count(erasure: &mut Erasure, name: &'static str, count: u64) {
    if let Value::Object(counts) = &mut erasure.work.counts {
        let before = counts.get(name).and_then(Value::as_u64).unwrap_or_default();
        counts.insert(name.to_owned(), json!(before + count));
    }
}
