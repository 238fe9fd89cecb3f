//! From a file that was uploaded to an import that waits for its turn.

use std::path::Path;

use base::{ImportId, WorkspaceId};
use connect::columns::{Kind, mended_import};
use connect::table::Preview as Contents;
use domain::cost::KeepEarlier;
use serde_json::{Value, json};
use store::import_sources::{self, ImportRunEnd};
use store::imports::{self, ImportProgress, NewImport};
use store::{Connection, ImportRunId, StoreError, Tx, UploadId, workspaces};

use super::dates::Dates;
use super::mappings::remember;
use super::own::require_import_of;
use super::plan::{ImportOptions, contents, misplanned};
use super::{ImportView, StoredLayout, StoredOptions, history};
use crate::audit::Act;
use crate::error::Step as _;
use crate::{Actor, App, AppError};

impl App {
    /// Queues an import of a file that was uploaded.
    ///
    /// # Errors
    /// When the upload is unknown, old, somebody else's or of another kind, the options do not fit
    /// the file, or the disk is nearly full.
    pub async fn start_import(
        &self,
        actor: &Actor,
        upload: UploadId,
        kind: Kind,
        given: Option<Value>,
    ) -> Result<ImportView, AppError> {
        let id = self
            .queue_import(actor, upload, (kind, given), None)
            .await?;
        self.import(actor, id).await
    }

    /// As [`App::start_import`]; the look that brought the file ends in the same commit, so that
    /// no stop comes between them and the file is not taken twice.
    pub(super) async fn queue_import(
        &self,
        actor: &Actor,
        upload: UploadId,
        (kind, given): (Kind, Option<Value>),
        look: Option<(ImportRunId, ImportRunEnd)>,
    ) -> Result<ImportId, AppError> {
        require_import_of(actor, kind.name())?;
        self.require_room()?;
        let upload = self.upload(actor, kind, upload).await?;
        let path = self.upload_path(&upload.path);
        let (found, content_hash) = read_upload(&path, given.as_ref()).await?;
        let mut tx = self.inner.store.begin_work().await?;
        let workspace = workspaces::load_workspace(&mut tx, actor.workspace).await?;
        let mended = mended(&mut tx, actor.workspace, kind, &found).await?;
        let (mends, usual) = mended.unzip();
        let given = [usual.as_ref(), given.as_ref()];
        let options = ImportOptions::resolve(kind, &found, &workspace.details, &given)?;
        options.check(actor)?;
        history::require_site(&mut tx, actor.workspace, &options).await?;
        if mends.is_none() {
            let header = &found.layout.header;
            remember(&mut tx, actor, header, &options, self.now()).await?;
        }
        let details = workspace.details;
        let (options, found) = tokio::task::spawn_blocking(move || {
            let dates = Dates::of(&path, &found, &options, &details)?;
            Ok::<_, AppError>((options.dated(dates.order), found))
        })
        .await
        .step("read an upload")??;
        options
            .plan(&found.layout, &found.rows)
            .map_err(|error| misplanned(&error))?;
        let stored = StoredOptions {
            upload: upload.path,
            options: options.to_json()?,
            layout: StoredLayout {
                delimiter: found.layout.delimiter,
                header: found.layout.header,
            },
            mends,
        };
        let new = NewImport {
            kind: kind.name().to_owned(),
            file_name: upload.file_name,
            content_hash,
            options: serde_json::to_value(stored).step("write the options of an import down")?,
            author_id: actor.user(),
            created_at: self.now(),
        };
        let id = imports::insert_import(&mut tx, actor.workspace, &new).await?;
        let rows_total = i64::try_from(found.rows_total).unwrap_or(i64::MAX);
        let progress = ImportProgress::none_of(rows_total);
        imports::save_import_progress(&mut tx, actor.workspace, id, &progress).await?;
        self.note(
            &mut tx,
            actor,
            Act::ImportStarted,
            id,
            json!({"kind": kind.name(), "file": &new.file_name}),
        )
        .await?;
        if let Some(look) = look {
            end_look(&mut tx, actor, look, id).await?;
        }
        tx.set_made(id.0);
        tx.commit().await?;
        self.inner.imports.notify_one();
        Ok(id)
    }
}

async fn end_look(
    tx: &mut Tx,
    actor: &Actor,
    (run, end): (ImportRunId, ImportRunEnd),
    import: ImportId,
) -> Result<(), AppError> {
    let end = ImportRunEnd {
        import_id: Some(import),
        ..end
    };
    import_sources::end_import_run(tx, actor.workspace, run, &end).await?;
    Ok(())
}

/// Where the file has the rows that an import of this kind left out: that import, and how it was
/// read, which is how these rows are read as well. They complete it.
pub(super) async fn mended(
    connection: &mut Connection,
    workspace: WorkspaceId,
    kind: Kind,
    contents: &Contents,
) -> Result<Option<(ImportId, Value)>, AppError> {
    let Some(id) = mended_import(&contents.layout.header) else {
        return Ok(None);
    };
    let import = match imports::load_import(connection, workspace, id).await {
        Ok(import) if import.kind == kind.name() => import,
        Ok(_) | Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Ok(stored) = serde_json::from_value::<StoredOptions>(import.options) else {
        return Ok(None);
    };
    let mut options = stored.options;
    // The rows that were left out of a sheet come back as a file without sheets.
    if let Some(options) = options.as_object_mut() {
        options.remove("sheet");
    }
    if kind == Kind::Costs {
        options["keep_earlier"] = json!(KeepEarlier::All);
    }
    Ok(Some((id, options)))
}

/// What is in an upload, as the options choose it, and what the file is recognised by.
pub(super) async fn read_upload(
    path: &Path,
    given: Option<&Value>,
) -> Result<(Contents, Vec<u8>), AppError> {
    let (path, given) = (path.to_owned(), given.cloned());
    let read = tokio::task::spawn_blocking(move || {
        let found = contents(&path, given.as_ref())?;
        Ok((found, content_hash(&path)?))
    });
    read.await.step("read an upload")?
}

/// Recognises the same file again. Blocks.
pub(super) fn content_hash(path: &Path) -> Result<Vec<u8>, AppError> {
    let file = std::fs::File::open(path).step("open an upload")?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file).step("read an upload")?;
    Ok(hasher.finalize().as_bytes().to_vec())
}
