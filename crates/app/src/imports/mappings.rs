//! How files were read, remembered: under names that people give, and for each header the way such
//! a file was imported last.

use connect::columns::{Kind, is_known_title};
use connect::plan::PLAN_SAMPLE_ROWS;
use connect::table::Preview as Contents;
use serde_json::{Map, Value, json};
use store::import_mappings::{self, ImportMapping, ImportMappingDetails};
use store::workspaces::{self, WorkspaceDetails};
use store::{Connection, ImportMappingId, Tx, UploadId};

use super::own::require_import_of;
use super::plan::{ImportOptions, misplanned, open_table, refused};
use super::sources::refuse_used;
use crate::audit::Act;
use crate::error::Step as _;
use crate::people::check_name;
use crate::segments::check_size;
use crate::{Actor, App, AppError, Permission};

/// Saved mappings of a workspace.
const MAPPINGS_MAX: usize = 200;
/// Headers of which it is remembered how they were imported last.
const HEADERS_MAX: i64 = 500;
/// A row with fewer titles that mean something may be no header.
const TITLES_MIN: usize = 2;

/// How an uploaded file is read, to be saved under a name.
#[derive(Debug, Clone)]
pub struct ImportMappingInput {
    pub kind: Kind,
    pub name: String,
    pub read: MappedFile,
}

/// What changes about a saved mapping; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ImportMappingPatch {
    pub name: Option<String>,
    pub read: Option<MappedFile>,
}

/// A file that was previewed, and what was decided about it.
#[derive(Debug, Clone)]
pub struct MappedFile {
    pub upload: UploadId,
    pub options: Option<Value>,
}

/// Which earlier way to read it a file is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recall {
    /// None: what the file itself tells.
    Nothing,
    /// The one that fits its columns and was used last.
    Latest,
    This(ImportMappingId),
}

/// Earlier ways to read files with the same columns.
#[derive(Debug, Clone)]
pub struct Recalled {
    /// The one used last first; one without a name is how such a file was imported last.
    pub fitting: Vec<ImportMapping>,
    pub taken: Option<ImportMappingId>,
    /// What was decided then, overruled by what is said now.
    pub options: Option<Value>,
}

impl App {
    /// Mappings that somebody saved, of the kinds of files that the actor may import, by name.
    ///
    /// # Errors
    /// When the actor may import nothing or the store cannot be read.
    pub async fn list_import_mappings(
        &self,
        actor: &Actor,
    ) -> Result<Vec<ImportMapping>, AppError> {
        actor.require(Permission::ImportFiles)?;
        let mut connection = self.inner.store.read().await?;
        let mut found =
            import_mappings::list_import_mappings(&mut connection, actor.workspace).await?;
        found.retain(|mapping| require_import_of(actor, &mapping.details.kind).is_ok());
        Ok(found)
    }

    /// # Errors
    /// When the workspace has no such mapping, or it is of files that the actor may not import.
    pub async fn import_mapping(
        &self,
        actor: &Actor,
        id: ImportMappingId,
    ) -> Result<ImportMapping, AppError> {
        actor.require(Permission::ImportFiles)?;
        let mut connection = self.inner.store.read().await?;
        own_mapping(&mut connection, actor, id).await
    }

    /// Saves how an uploaded file is read.
    ///
    /// # Errors
    /// When the file cannot be imported so, or another mapping has the name.
    pub async fn create_import_mapping(
        &self,
        actor: &Actor,
        input: &ImportMappingInput,
    ) -> Result<ImportMapping, AppError> {
        let details = self
            .mapping_of(actor, input.kind, &input.name, &input.read)
            .await?;
        let mut tx = self.inner.store.begin_work().await?;
        check_free(&mut tx, actor, None, &details.name).await?;
        let (workspace, now) = (actor.workspace, self.now());
        let id = import_mappings::insert_import_mapping(&mut tx, workspace, now, &details).await?;
        let made = import_mappings::load_import_mapping(&mut tx, workspace, id).await?;
        let told = json!({"name": &details.name, "kind": &details.kind});
        self.note(&mut tx, actor, Act::ImportMappingCreated, id, told)
            .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok(made)
    }

    /// Renames a mapping, or lets it be how another file is read, as it was read at `version`.
    ///
    /// # Errors
    /// When the file cannot be imported so, another mapping has the name, or somebody else changed
    /// it meanwhile.
    pub async fn update_import_mapping(
        &self,
        actor: &Actor,
        id: ImportMappingId,
        version: i64,
        patch: &ImportMappingPatch,
    ) -> Result<ImportMapping, AppError> {
        let before = self.import_mapping(actor, id).await?.details;
        let name = patch.name.as_ref().unwrap_or(&before.name);
        let details = match &patch.read {
            Some(read) => {
                let kind = kind_of(&before)?;
                self.mapping_of(actor, kind, name, read).await?
            }
            None => ImportMappingDetails {
                name: checked_name(name)?,
                ..before.clone()
            },
        };
        let workspace = actor.workspace;
        let mut tx = self.inner.store.begin().await?;
        check_free(&mut tx, actor, Some(id), &details.name).await?;
        import_mappings::update_import_mapping(&mut tx, workspace, id, version, &details).await?;
        let after = import_mappings::load_import_mapping(&mut tx, workspace, id).await?;
        let told = told_changes(&before, &details);
        self.note(&mut tx, actor, Act::ImportMappingChanged, id, told)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Forgets a mapping; imports that were made by it stay.
    ///
    /// # Errors
    /// When files are taken regularly by it, or somebody else changed it meanwhile.
    pub async fn delete_import_mapping(
        &self,
        actor: &Actor,
        id: ImportMappingId,
        version: i64,
    ) -> Result<(), AppError> {
        let mapping = self.import_mapping(actor, id).await?;
        let (workspace, now) = (actor.workspace, self.now());
        let mut tx = self.inner.store.begin().await?;
        refuse_used(&mut tx, actor, id).await?;
        import_mappings::archive_import_mapping(&mut tx, workspace, id, version, now).await?;
        let told = json!({"name": mapping.details.name, "kind": mapping.details.kind});
        self.note(&mut tx, actor, Act::ImportMappingDeleted, id, told)
            .await?;
        Ok(tx.commit().await?)
    }

    /// What is remembered of files with the columns of this one.
    ///
    /// # Errors
    /// When the file is no table, or the mapping that is asked for is of other columns.
    pub async fn recall(
        &self,
        actor: &Actor,
        kind: Kind,
        upload: UploadId,
        recall: Recall,
        given: Option<Value>,
    ) -> Result<Recalled, AppError> {
        require_import_of(actor, kind.name())?;
        let sheet = given
            .as_ref()
            .and_then(|given| given.get("sheet")?.as_str());
        let head = self.head_of(actor, kind, upload, sheet).await?;
        let digest = fingerprint(&head.layout.header);
        let mut connection = self.inner.store.read().await?;
        let (workspace, kind) = (actor.workspace, kind.name());
        let fitting =
            import_mappings::list_fitting_mappings(&mut connection, workspace, kind, &digest)
                .await?;
        let taken = match recall {
            Recall::Nothing => None,
            Recall::Latest => fitting.first(),
            Recall::This(id) => {
                let found = fitting.iter().find(|mapping| mapping.id == id);
                Some(found.ok_or_else(|| {
                    let detail = "the mapping is of a file with other columns";
                    AppError::invalid("mapping", "other_columns", detail)
                })?)
            }
        };
        Ok(Recalled {
            options: match taken {
                Some(mapping) => Some(joined(mapping, given)?),
                None => given,
            },
            taken: taken.map(|mapping| mapping.id),
            fitting,
        })
    }

    /// A mapping that lets the file be imported.
    async fn mapping_of(
        &self,
        actor: &Actor,
        kind: Kind,
        name: &str,
        read: &MappedFile,
    ) -> Result<ImportMappingDetails, AppError> {
        require_import_of(actor, kind.name())?;
        let name = checked_name(name)?;
        let given = read.options.as_ref();
        let sheet = given.and_then(|given| given.get("sheet")?.as_str());
        let head = self.head_of(actor, kind, read.upload, sheet).await?;
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        drop(connection);
        let options = ImportOptions::resolve(kind, &head, &workspace.details, &[given])?;
        options.check(actor)?;
        options
            .plan(&head.layout, &head.rows)
            .map_err(|error| misplanned(&error))?;
        let options = remembered(&options)?;
        check_size("options", &options)?;
        Ok(ImportMappingDetails {
            kind: kind.name().to_owned(),
            name,
            fingerprint: fingerprint(&head.layout.header),
            header: shown_titles(&head.layout.header),
            options,
        })
    }

    /// The header and first rows of an upload.
    pub(super) async fn head_of(
        &self,
        actor: &Actor,
        kind: Kind,
        upload: UploadId,
        sheet: Option<&str>,
    ) -> Result<Contents, AppError> {
        let upload = self.upload(actor, kind, upload).await?;
        let path = self.upload_path(&upload.path);
        let sheet = sheet.map(str::to_owned);
        let read = tokio::task::spawn_blocking(move || {
            let mut table = open_table(&path, sheet.as_deref())?;
            let rows = table
                .sample(PLAN_SAMPLE_ROWS)
                .map_err(|error| refused(&error))?;
            Ok(Contents {
                layout: table.layout().clone(),
                rows,
                rows_total: 0,
                totals_skipped: 0,
            })
        });
        read.await.step("read an upload")?
    }
}

/// Keeps how a file is imported, for the next one with the same columns. A saved mapping that says
/// the same is what it was imported by.
pub(super) async fn remember(
    tx: &mut Tx,
    actor: &Actor,
    header: &[String],
    chosen: &ImportOptions,
    now: base::UnixMillis,
) -> Result<(), AppError> {
    let (workspace, kind) = (actor.workspace, chosen.kind().name());
    let (options, digest) = (remembered(chosen)?, fingerprint(header));
    let fitting = import_mappings::list_fitting_mappings(tx, workspace, kind, &digest).await?;
    let (saved, latest): (Vec<_>, Vec<_>) = fitting
        .iter()
        .partition(|mapping| !mapping.details.name.is_empty());
    let mut same = saved
        .iter()
        .filter(|mapping| alike(&mapping.details.options) == alike(&options));
    if let Some(saved) = same.next() {
        let options = &saved.details.options;
        import_mappings::note_mapping_used(tx, workspace, saved, options, now).await?;
        return Ok(());
    }
    let workspace_now = workspaces::load_workspace(tx, workspace).await?.details;
    let mut options = decided(options, &workspace_now);
    if check_size("options", &options).is_err() {
        options = without(options, &[CAMPAIGNS]);
    }
    if let Some(latest) = latest.first() {
        import_mappings::note_mapping_used(tx, workspace, latest, &options, now).await?;
        return Ok(());
    }
    let details = ImportMappingDetails {
        kind: kind.to_owned(),
        name: String::new(),
        header: shown_titles(header),
        fingerprint: digest,
        options,
    };
    import_mappings::insert_import_mapping(tx, workspace, now, &details).await?;
    import_mappings::forget_unnamed_mappings(tx, workspace, HEADERS_MAX).await?;
    Ok(())
}

/// Which earlier amounts stay is decided anew for every file, unless somebody saved it.
const KEEP_EARLIER: &str = "keep_earlier";
/// Whether amounts are millionths, each file shows.
const MICROS: &str = "micros";
/// The longest of them by far.
const CAMPAIGNS: &str = "campaigns";
/// Which sheet a workbook is read of, the file says.
const SHEET: &str = "sheet";
/// What statuses stand for is the workspace's once it was said.
const STATUS_GROUPS: &str = "status_groups";

pub(super) async fn own_mapping(
    connection: &mut Connection,
    actor: &Actor,
    id: ImportMappingId,
) -> Result<ImportMapping, AppError> {
    let found = import_mappings::load_import_mapping(connection, actor.workspace, id).await?;
    let is_saved = !found.details.name.is_empty();
    match is_saved && require_import_of(actor, &found.details.kind).is_ok() {
        true => Ok(found),
        false => Err(AppError::NotFound {
            what: "import mapping",
        }),
    }
}

pub(super) fn kind_of(mapping: &ImportMappingDetails) -> Result<Kind, AppError> {
    let kind = mapping.kind.parse();
    kind.map_err(|_| AppError::NotFound {
        what: "import mapping",
    })
}

/// Titles are the same in any case and with any space around them; their order is a part of it.
pub(super) fn fingerprint(header: &[String]) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    for title in header {
        hasher.update(title.trim().to_lowercase().as_bytes());
        hasher.update(&[0]);
    }
    hasher.finalize().as_bytes().to_vec()
}

fn remembered(options: &ImportOptions) -> Result<Value, AppError> {
    Ok(without(options.to_json()?, &[STATUS_GROUPS]))
}

/// What somebody decided of a file, as far as can be told: what the file shows of itself, and what
/// the workspace says for all files, is found out anew for the next one.
fn decided(options: Value, workspace: &WorkspaceDetails) -> Value {
    let mut options = without(options, &[KEEP_EARLIER, MICROS]);
    let usual = [
        ("time_zone", &workspace.time_zone),
        ("default_country", &workspace.default_country),
    ];
    if let Some(options) = options.as_object_mut() {
        for (name, value) in usual {
            if options.get(name).and_then(Value::as_str) == Some(value.as_str()) {
                options.remove(name);
            }
        }
    }
    options
}

/// The titles that mappings are known by to people. A file without any may begin with a person's
/// data, which are not kept.
fn shown_titles(header: &[String]) -> Vec<String> {
    let known = header.iter().filter(|title| is_known_title(title)).count();
    match known < TITLES_MIN {
        true => Vec::new(),
        false => header.to_vec(),
    }
}

fn alike(options: &Value) -> Value {
    without(options.clone(), &[KEEP_EARLIER, SHEET])
}

fn without(mut options: Value, names: &[&str]) -> Value {
    if let Some(options) = options.as_object_mut() {
        options.retain(|name, _| !names.contains(&name.as_str()));
    }
    options
}

/// What was decided then, overruled by what is said now.
fn joined(mapping: &ImportMapping, given: Option<Value>) -> Result<Value, AppError> {
    let mut options = without(mapping.details.options.clone(), &[SHEET]);
    match (options.as_object_mut(), given) {
        (Some(options), Some(Value::Object(given))) => options.extend(given),
        (_, None | Some(Value::Null)) => {}
        (_, Some(_)) => {
            let detail = "options must be an object";
            return Err(AppError::invalid("options", "not_an_object", detail));
        }
    }
    Ok(options)
}

fn checked_name(name: &str) -> Result<String, AppError> {
    let name = check_name("name", name)?;
    match name.is_empty() {
        false => Ok(name),
        true => {
            let detail = "give the mapping a name";
            Err(AppError::invalid("name", "required", detail))
        }
    }
}

async fn check_free(
    connection: &mut Connection,
    actor: &Actor,
    id: Option<ImportMappingId>,
    name: &str,
) -> Result<(), AppError> {
    let all = import_mappings::list_import_mappings(connection, actor.workspace).await?;
    if id.is_none() && all.len() >= MAPPINGS_MAX {
        let detail = format!("a workspace has at most {MAPPINGS_MAX} saved mappings");
        return Err(AppError::invalid("name", "too_many", detail));
    }
    let is_taken = |other: &ImportMapping| Some(other.id) != id && other.details.name == name;
    match all.iter().any(is_taken) {
        false => Ok(()),
        true => Err(AppError::Conflict {
            code: "already_exists",
            field: Some("name".to_owned()),
            detail: format!("there is a mapping {name:?} already"),
        }),
    }
}

fn told_changes(before: &ImportMappingDetails, after: &ImportMappingDetails) -> Value {
    let mut told = Map::new();
    if before.name != after.name {
        told.insert("name".to_owned(), json!([before.name, after.name]));
    }
    if before.header != after.header {
        told.insert("header".to_owned(), json!([before.header, after.header]));
    }
    if before.options != after.options {
        told.insert("options".to_owned(), json!([before.options, after.options]));
    }
    Value::Object(told)
}
