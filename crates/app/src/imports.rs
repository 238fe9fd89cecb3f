//! Imports of files: previewed, queued, run in the background, undone.

mod access_log;
mod campaigns;
mod chunks;
mod dates;
mod failed;
mod fields;
mod foresight;
mod history;
mod kept;
mod layers;
mod mappings;
mod own;
mod plan;
mod preview;
mod queue;
mod records;
mod rejected;
mod row;
mod run;
mod sources;
mod statuses;
mod sums;
mod upload;

use std::collections::HashMap;

use base::{ImportId, PaymentId};
use connect::columns::{Kind, Mapping};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::ad_names::undo_ad_names;
use store::imports::{self, Import};
use store::touches::{Touch, list_kept};
use store::{Page, PageRequest, users};
use tokio::sync::Notify;

use crate::audit::Act;
use crate::costs::{Change, CostEffect, Phase, effects_from_json, retract};
use crate::{Actor, App, AppError, NOBODY, Permission};

pub use access_log::{ACCESS_LOG, AccessLogFile, AccessLogLines};
pub use campaigns::{PreviewCampaign, TrackedCampaign};
pub use kept::{Kept, KeptRecord, KeptWhy, Needer};
pub use mappings::{ImportMappingInput, ImportMappingPatch, MappedFile, Recall, Recalled};
pub use preview::{Preview, PreviewColumn, PreviewError, PreviewField, PreviewRow, PreviewWarning};
pub use rejected::{REJECTED_FILE_ROWS_MAX, Words};
pub use row::{RowEffect, RowOutcome};
pub use run::IMPORT_ROWS_MAX;
pub use sources::{ImportRunView, ImportSourceInput, ImportSourceView, SourceHeader, SourcePlace};
pub use statuses::PreviewStatus;
pub use sums::Uncounted;
pub use upload::{Incoming, UPLOAD_BYTES_MAX, purge_upload_files};

use access_log::{require_last_of_its_time, withdraw_hits};
use kept::deals_of;
pub(crate) use layers::{LayerField, LayerFields, Layers, Unwinding, Unwound, mark};
use own::{own_import, require_import_of};
use plan::ImportOptions;
pub(crate) use plan::refused;
pub(crate) use upload::disk_error;

/// An import with its author's name.
#[derive(Debug, Clone)]
pub struct ImportView {
    pub import: Import,
    /// Empty for imports by the program or an API key.
    pub author: String,
    /// What it has done to costs that were there.
    pub effects: Vec<CostEffect>,
    /// What of it counts nowhere, where a single import is asked for.
    pub uncounted: Option<Uncounted>,
    pub can_undo: bool,
    pub can_cancel: bool,
}

/// The states of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ImportState {
    Queued,
    Running,
    Done,
    Failed,
    Undoing,
    Undone,
    Cancelling,
    Cancelled,
}

/// What the store keeps of how a file is to be read.
#[derive(Debug, Serialize, Deserialize)]
struct StoredOptions {
    /// Name of the file below the uploads folder.
    upload: String,
    options: Value,
    #[serde(default)]
    layout: StoredLayout,
    /// The import whose rows the file mends.
    #[serde(default)]
    mends: Option<ImportId>,
}

/// How the file was written, so that the rows that were left out are handed back alike.
#[derive(Debug, Serialize, Deserialize)]
struct StoredLayout {
    delimiter: char,
    header: Vec<String>,
}

impl App {
    /// # Errors
    /// When the workspace has no such import.
    pub async fn import(&self, actor: &Actor, id: ImportId) -> Result<ImportView, AppError> {
        actor.require(Permission::ImportFiles)?;
        let mut connection = self.inner.store.read().await?;
        let import = own_import(&mut connection, actor, id).await?;
        let people = users::list_users(&mut connection, actor.workspace).await?;
        let uncounted = sums::uncounted(&mut connection, actor.workspace, &import).await?;
        Ok(ImportView {
            uncounted,
            ..view(import, &people)?
        })
    }

    /// Newest first; of one kind, or of all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_imports(
        &self,
        actor: &Actor,
        kind: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<ImportView>, AppError> {
        actor.require(Permission::ImportFiles)?;
        let mut connection = self.inner.store.read().await?;
        // A program is the author of none.
        let author = actor.sight().map(|_| actor.user().unwrap_or(NOBODY));
        let page =
            imports::list_imports(&mut connection, actor.workspace, kind, author, page).await?;
        let people = users::list_users(&mut connection, actor.workspace).await?;
        let items = page
            .items
            .into_iter()
            .map(|import| view(import, &people))
            .collect::<Result<_, _>>()?;
        Ok(Page {
            items,
            next: page.next,
        })
    }

    /// Takes an import back: what counted before it counts again, where nothing later speaks.
    /// Records that somebody changed since stay as they are and are told by [`App::kept`]. While
    /// another import runs, the undo waits behind it.
    ///
    /// # Errors
    /// When the import is not done, or of a kind that is not undone here, or a log whose lines a
    /// later one may have as well.
    pub async fn undo_import(&self, actor: &Actor, id: ImportId) -> Result<ImportView, AppError> {
        actor.require(Permission::ImportFiles)?;
        let turn = self
            .runs_imports()
            .then(|| self.inner.import_turn.try_lock());
        let mut tx = self.inner.store.begin_work().await?;
        let import = own_import(&mut tx, actor, id).await?;
        require_import_of(actor, &import.kind)?;
        if !can_undo(&import) {
            return Err(not_now("cannot_undo", "undone", &import));
        }
        require_last_of_its_time(&mut tx, actor.workspace, &import).await?;
        let (from, to) = (ImportState::Done.name(), ImportState::Undoing.name());
        imports::move_import(&mut tx, actor.workspace, id, from, to).await?;
        self.note(
            &mut tx,
            actor,
            Act::ImportUndone,
            id,
            json!({"kind": &import.kind, "file": &import.file_name}),
        )
        .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        // Whoever runs imports goes on with it if this call is dropped half-way.
        let wakes = Wakes(&self.inner.imports);
        if matches!(turn, Some(Ok(_))) {
            self.unwind(actor, id, ImportState::Undone).await?;
        }
        drop((turn, wakes));
        self.import(actor, id).await
    }

    /// Stops an import that waits or runs, and takes back what it has done so far.
    ///
    /// # Errors
    /// When the import has ended already.
    pub async fn cancel_import(&self, actor: &Actor, id: ImportId) -> Result<ImportView, AppError> {
        actor.require(Permission::ImportFiles)?;
        let mut tx = self.inner.store.begin_work().await?;
        let import = own_import(&mut tx, actor, id).await?;
        require_import_of(actor, &import.kind)?;
        if !can_cancel(&import) {
            return Err(not_now("cannot_cancel", "cancelled", &import));
        }
        let to = ImportState::Cancelling.name();
        imports::move_import(&mut tx, actor.workspace, id, &import.state, to).await?;
        self.note(
            &mut tx,
            actor,
            Act::ImportCancelled,
            id,
            json!({"kind": &import.kind, "file": &import.file_name}),
        )
        .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        self.inner.imports.notify_one();
        self.import(actor, id).await
    }

    /// Takes back what an import did and gives it its last state.
    async fn unwind(&self, actor: &Actor, id: ImportId, last: ImportState) -> Result<(), AppError> {
        let (workspace, now) = (actor.workspace, self.now());
        let mut connection = self.inner.store.read().await?;
        let import = imports::load_import(&mut connection, workspace, id).await?;
        drop(connection);
        self.undo_records(actor, &import).await?;
        let mut tx = self.inner.store.begin().await?;
        imports::move_import(&mut tx, workspace, id, &import.state, last.name()).await?;
        if last == ImportState::Undone {
            imports::note_undone(&mut tx, workspace, id, now).await?;
        }
        // What stopped an earlier try is over.
        imports::note_import_error(&mut tx, workspace, id, None).await?;
        let change = Change {
            workspace,
            import: id,
            phase: Phase::TakenBack,
            now,
        };
        retract(&mut tx, change, self.inner.settings.cost_memory).await?;
        withdraw_hits(&mut tx, workspace, &import, now).await?;
        let unnamed = undo_ad_names(&mut tx, workspace, id, now).await?;
        tx.commit().await?;
        self.wake_relay();
        // It is undone; labels are made anew at the next start at the latest.
        if unnamed > 0
            && let Err(error) = self.refresh_labels_of(workspace).await
        {
            tracing::error!(%error, "left the names of an undone import in labels");
        }
        Ok(())
    }

    /// Records that taking an import back has left as they are, with the reasons.
    ///
    /// # Errors
    /// When the workspace has no such import.
    pub async fn kept(
        &self,
        actor: &Actor,
        id: ImportId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<KeptRecord>, AppError> {
        actor.require(Permission::ImportFiles)?;
        let mut connection = self.inner.store.read().await?;
        let import = own_import(&mut connection, actor, id).await?;
        require_import_of(actor, &import.kind)?;
        let limit = i64::from(limit);
        let found = list_kept(&mut connection, actor.workspace, id, after, limit).await?;
        let mut deals = HashMap::new();
        if import.kind == Kind::Payments.name() {
            let payments = found.iter().map(|touch| PaymentId(touch.record_id));
            let payments: Vec<PaymentId> = payments.collect();
            deals = deals_of(&mut connection, actor.workspace, &payments).await?;
        }
        let kept = |touch: Touch| KeptRecord {
            record: touch.record_id,
            kept: Kept::read(&touch.kept.unwrap_or_default()),
            belongs_to: deals.remove(&touch.record_id),
        };
        Ok(found.into_iter().map(kept).collect())
    }
}

impl StoredOptions {
    /// Imports that came from no file have none of their own.
    fn layout_of(import: &Import) -> StoredLayout {
        let stored = serde_json::from_value::<Self>(import.options.clone());
        stored.map(|stored| stored.layout).unwrap_or_default()
    }

    /// What the columns of its file mean, where it came from one.
    fn mapping_of(import: &Import, header: &[String]) -> Option<Mapping> {
        let stored: Self = serde_json::from_value(import.options.clone()).ok()?;
        let options = ImportOptions::from_json(import.kind.parse().ok()?, &stored.options).ok()?;
        options.mapping(header).ok()
    }
}

impl Default for StoredLayout {
    fn default() -> Self {
        Self {
            delimiter: ',',
            header: Vec::new(),
        }
    }
}

/// Wakes whoever runs imports when it is dropped.
struct Wakes<'a>(&'a Notify);

impl Drop for Wakes<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl ImportState {
    fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
        }
    }
}

fn can_cancel(import: &Import) -> bool {
    let open = [ImportState::Queued.name(), ImportState::Running.name()];
    open.contains(&import.state.as_str())
}

fn not_now(code: &'static str, what: &str, import: &Import) -> AppError {
    AppError::Conflict {
        code,
        field: None,
        detail: format!("an import that is {} cannot be {what}", import.state),
    }
}

/// Manual costs have imports of their own, which are changed through the cost.
fn can_undo(import: &Import) -> bool {
    let is_file = import.kind == ACCESS_LOG || import.kind.parse::<Kind>().is_ok();
    import.state == ImportState::Done.name() && is_file
}

fn view(import: Import, people: &[users::User]) -> Result<ImportView, AppError> {
    let author = people
        .iter()
        .find(|person| Some(person.id) == import.author_id);
    let name = |person: &users::User| match person.name.as_str() {
        "" => person.email.clone(),
        name => name.to_owned(),
    };
    Ok(ImportView {
        author: author.map(name).unwrap_or_default(),
        effects: effects_from_json(import.result.effects.as_ref())?,
        uncounted: None,
        can_undo: can_undo(&import),
        can_cancel: can_cancel(&import),
        import,
    })
}
