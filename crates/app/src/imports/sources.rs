//! Places that files are taken from every hour or day: an address, or a folder that the
//! configuration opens. A saved mapping says how they are read.

mod checks;
mod folder;
mod read;

use std::collections::HashMap;
use std::path::{Component, Path};

use base::{ImportId, UnixMillis};
use connect::outbound::{DownloadError, origin};
use domain::schedule::DAY_MINUTES;
use serde_json::json;
use store::import_mappings::{self, ImportMapping};
use store::import_sources::{self, ImportRun, ImportSource, ImportSourceDetails};
use store::imports::{self, Import};
use store::{Connection, ImportMappingId, ImportSourceId, Page, PageRequest, Tx};
use url::Url;

use super::own::require_import_of;
use super::{ImportView, view};
use crate::audit::{Act, changes};
use crate::secrets::Place;
use crate::workspaces::load_zone;
use crate::{Actor, App, AppError, Permission};
use checks::{checked_name, header_name};

const LOCATION_CHARS_MAX: usize = 500;
const URL: &str = "url";
const FOLDER: &str = "folder";
const HOUR: &str = "hour";
const DAY: &str = "day";
/// Of the secret that goes along.
const HEADER: &str = "header";

/// What somebody wants of a source.
#[derive(Debug, Clone)]
pub struct ImportSourceInput {
    pub name: String,
    pub mapping: ImportMappingId,
    pub place: SourcePlace,
    /// `hour` or `day`.
    pub every: String,
    /// Of a day: minutes after its midnight.
    pub at_minute: i64,
    pub is_on: bool,
}

/// Where the files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourcePlace {
    Url {
        url: String,
        header: SourceHeader,
    },
    /// Below the folder that the configuration opens.
    Folder(String),
}

/// What goes along with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceHeader {
    None,
    /// The one that is kept already.
    Kept,
    New {
        name: String,
        value: String,
    },
}

/// A source with what was read of it last.
#[derive(Debug, Clone)]
pub struct ImportSourceView {
    pub source: ImportSource,
    pub mapping: ImportMapping,
    pub last: Option<ImportRunView>,
}

/// A look with what became of its file.
#[derive(Debug, Clone)]
pub struct ImportRunView {
    pub run: ImportRun,
    pub import: Option<ImportView>,
}

impl App {
    /// The sources of files that the actor may import, by name.
    ///
    /// # Errors
    /// When the actor may import nothing or the store cannot be read.
    pub async fn list_import_sources(
        &self,
        actor: &Actor,
    ) -> Result<Vec<ImportSourceView>, AppError> {
        actor.require(Permission::ImportFiles)?;
        let workspace = actor.workspace;
        let mut connection = self.inner.store.read().await?;
        let sources = import_sources::list_import_sources(&mut connection, workspace).await?;
        let mappings = import_mappings::list_import_mappings(&mut connection, workspace).await?;
        let mappings: HashMap<_, _> = mappings.into_iter().map(|one| (one.id, one)).collect();
        let runs = import_sources::list_latest_runs(&mut connection, workspace).await?;
        let mut runs: HashMap<_, _> = runs.into_iter().map(|run| (run.source_id, run)).collect();
        let mut found = Vec::new();
        for source in sources {
            let Some(mapping) = mappings.get(&source.details.mapping_id) else {
                continue;
            };
            if require_import_of(actor, &mapping.details.kind).is_err() {
                continue;
            }
            let last = match runs.remove(&source.id) {
                Some(run) => Some(with_import(&mut connection, actor, run).await?),
                None => None,
            };
            found.push(ImportSourceView {
                source,
                mapping: mapping.clone(),
                last,
            });
        }
        Ok(found)
    }

    /// # Errors
    /// When the workspace has no such source, or it is of files that the actor may not import.
    pub async fn import_source(
        &self,
        actor: &Actor,
        id: ImportSourceId,
    ) -> Result<ImportSourceView, AppError> {
        let found = self.list_import_sources(actor).await?;
        let mut found = found.into_iter().filter(|one| one.source.id == id);
        found.next().ok_or(AppError::NotFound {
            what: "import source",
        })
    }

    /// Makes a source; it is read at once.
    ///
    /// # Errors
    /// When a field is wrong or another source has the name.
    pub async fn create_import_source(
        &self,
        actor: &Actor,
        input: &ImportSourceInput,
    ) -> Result<ImportSourceView, AppError> {
        actor.require(Permission::ImportFiles)?;
        let (workspace, now) = (actor.workspace, self.now());
        let mut tx = self.inner.store.begin_work().await?;
        let mut details = self.checked_source(&mut tx, actor, None, input).await?;
        details.due_at = input.is_on.then_some(now);
        let id = import_sources::insert_import_source(&mut tx, workspace, now, &details).await?;
        self.keep_header(&mut tx, actor, id, &input.place).await?;
        let told = json!({"name": &details.name, "from": from(&details)});
        self.note(&mut tx, actor, Act::ImportSourceCreated, id, told)
            .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        self.inner.sources.notify_one();
        self.import_source(actor, id).await
    }

    /// Changes a source as it was read at `version`.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_import_source(
        &self,
        actor: &Actor,
        id: ImportSourceId,
        version: i64,
        input: &ImportSourceInput,
    ) -> Result<ImportSourceView, AppError> {
        let before = self.import_source(actor, id).await?.source.details;
        let mut tx = self.inner.store.begin().await?;
        let mut details = self
            .checked_source(&mut tx, actor, Some((id, &before)), input)
            .await?;
        let schedule = |of: &ImportSourceDetails| (of.every.clone(), of.at_minute);
        details.due_at = match (input.is_on, before.due_at) {
            (false, _) => None,
            (true, Some(due)) if schedule(&before) == schedule(&details) => Some(due),
            (true, Some(_)) => {
                let zone = load_zone(&mut tx, actor.workspace).await?;
                Some(read::next_turn(&details, &zone, self.now()))
            }
            (true, None) => Some(self.now()),
        };
        let workspace = actor.workspace;
        import_sources::update_import_source(&mut tx, workspace, id, version, &details).await?;
        self.keep_header(&mut tx, actor, id, &input.place).await?;
        let mut told = changes(&shown(&before), &shown(&details));
        if matches!(
            &input.place,
            SourcePlace::Url {
                header: SourceHeader::New { .. },
                ..
            }
        ) {
            told["header"] = json!("replaced");
        }
        self.note(&mut tx, actor, Act::ImportSourceChanged, id, told)
            .await?;
        tx.commit().await?;
        self.inner.sources.notify_one();
        self.import_source(actor, id).await
    }

    /// Forgets a source with its secret; what was imported from it stays.
    ///
    /// # Errors
    /// When somebody else changed it meanwhile.
    pub async fn delete_import_source(
        &self,
        actor: &Actor,
        id: ImportSourceId,
        version: i64,
    ) -> Result<(), AppError> {
        let source = self.import_source(actor, id).await?.source;
        let (workspace, now) = (actor.workspace, self.now());
        let mut tx = self.inner.store.begin().await?;
        import_sources::archive_import_source(&mut tx, workspace, id, version, now).await?;
        self.forget_secret(&mut tx, place_of(actor, id)).await?;
        let told = json!({"name": source.details.name, "from": from(&source.details)});
        self.note(&mut tx, actor, Act::ImportSourceDeleted, id, told)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Lets a source be read now.
    ///
    /// # Errors
    /// When the workspace has no such source or it is switched off.
    pub async fn ask_import_source(
        &self,
        actor: &Actor,
        id: ImportSourceId,
    ) -> Result<ImportSourceView, AppError> {
        let seen = self.import_source(actor, id).await?;
        let Some(due) = seen.source.details.due_at else {
            return Err(AppError::Conflict {
                code: "source_off",
                field: None,
                detail: "the source is switched off; switch it on first".to_owned(),
            });
        };
        let mut tx = self.inner.store.begin_work().await?;
        // One that is being read, or due already, is read anyway.
        let now = self.now();
        if due > now {
            import_sources::move_due_source(&mut tx, &seen.source, due, now).await?;
        }
        let told = json!({"name": seen.source.details.name});
        self.note(&mut tx, actor, Act::ImportSourceAsked, id, told)
            .await?;
        tx.set_made(id.0);
        tx.commit().await?;
        self.inner.sources.notify_one();
        self.import_source(actor, id).await
    }

    /// What became of each look at a source, newest first.
    ///
    /// # Errors
    /// When the workspace has no such source.
    pub async fn list_import_runs(
        &self,
        actor: &Actor,
        id: ImportSourceId,
        page: PageRequest,
    ) -> Result<Page<ImportRunView>, AppError> {
        self.import_source(actor, id).await?;
        let workspace = actor.workspace;
        let mut connection = self.inner.store.read().await?;
        let page = import_sources::list_import_runs(&mut connection, workspace, id, page).await?;
        let mut items = Vec::new();
        for run in page.items {
            items.push(with_import(&mut connection, actor, run).await?);
        }
        Ok(Page {
            items,
            next: page.next,
        })
    }

    async fn checked_source(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        known: Option<(ImportSourceId, &ImportSourceDetails)>,
        input: &ImportSourceInput,
    ) -> Result<ImportSourceDetails, AppError> {
        let mapping = super::mappings::own_mapping(tx, actor, input.mapping).await;
        mapping.map_err(|error| match error {
            AppError::NotFound { .. } => {
                let detail = "there are no such saved settings";
                AppError::invalid("mapping_id", "unknown", detail)
            }
            other => other,
        })?;
        let name = checked_name(tx, actor, known.map(|(id, _)| id), &input.name).await?;
        if ![HOUR, DAY].contains(&input.every.as_str()) {
            let detail = "every is hour or day";
            return Err(AppError::invalid("every", "not_in_list", detail));
        }
        if !(0..i64::from(DAY_MINUTES)).contains(&input.at_minute) {
            let detail = "a time of the day such as 06:30";
            return Err(AppError::invalid("at", "out_of_range", detail));
        }
        let (place, location, header_name) = match &input.place {
            SourcePlace::Folder(folder) => (FOLDER, self.checked_folder(folder)?, String::new()),
            SourcePlace::Url { url, header } => {
                let url = self.checked_file_address(url)?;
                let before = known.map(|(_, details)| details);
                (URL, url.clone(), header_name(before, &url, header)?)
            }
        };
        Ok(ImportSourceDetails {
            name,
            mapping_id: input.mapping,
            place: place.to_owned(),
            location,
            header_name,
            every: input.every.clone(),
            at_minute: input.at_minute,
            due_at: None,
        })
    }

    fn checked_file_address(&self, url: &str) -> Result<String, AppError> {
        let address = self.checked_address(url)?;
        let is_safe = self.inner.outbound.check_safe(&address);
        is_safe.map_err(|error: DownloadError| {
            AppError::invalid("url", "not_https", error.to_string())
        })?;
        Ok(address.as_str().to_owned())
    }

    fn checked_folder(&self, folder: &str) -> Result<String, AppError> {
        let wrong = |code, detail: &str| Err(AppError::invalid("folder", code, detail));
        if self.inner.settings.import_folder.is_none() {
            return wrong(
                "folder_closed",
                "the configuration opens none (imports.folder)",
            );
        }
        let folder = folder.trim().trim_matches('/');
        let is_long = folder.chars().count() > LOCATION_CHARS_MAX;
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        if is_long || folder.contains(['\0', '\\']) || !Path::new(folder).components().all(is_plain)
        {
            return wrong(
                "not_a_folder",
                "a folder such as costs/vk, without . and ..",
            );
        }
        Ok(folder.to_owned())
    }

    async fn keep_header(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: ImportSourceId,
        place: &SourcePlace,
    ) -> Result<(), AppError> {
        match place {
            SourcePlace::Url {
                header: SourceHeader::Kept,
                ..
            } => Ok(()),
            SourcePlace::Url {
                header: SourceHeader::New { value, .. },
                ..
            } => {
                let place = place_of(actor, id);
                self.put_secret(tx, place, value.trim().as_bytes()).await
            }
            SourcePlace::Folder(_) | SourcePlace::Url { .. } => {
                self.forget_secret(tx, place_of(actor, id)).await
            }
        }
    }
}

/// # Errors
/// When a source reads by the mapping.
pub(super) async fn refuse_used(
    connection: &mut Connection,
    actor: &Actor,
    mapping: ImportMappingId,
) -> Result<(), AppError> {
    let sources = import_sources::list_import_sources(connection, actor.workspace).await?;
    let user = sources
        .iter()
        .find(|source| source.details.mapping_id == mapping);
    match user {
        None => Ok(()),
        Some(source) => Err(AppError::Conflict {
            code: "mapping_in_use",
            field: None,
            detail: format!("{:?} is read regularly by it", source.details.name),
        }),
    }
}

async fn with_import(
    connection: &mut Connection,
    actor: &Actor,
    run: ImportRun,
) -> Result<ImportRunView, AppError> {
    let import = match run.end.import_id {
        Some(id) => Some(import_of(connection, actor, id).await?),
        None => None,
    };
    Ok(ImportRunView {
        import: import.map(|import| view(import, &[])).transpose()?,
        run,
    })
}

async fn import_of(
    connection: &mut Connection,
    actor: &Actor,
    id: ImportId,
) -> Result<Import, AppError> {
    Ok(imports::load_import(connection, actor.workspace, id).await?)
}

fn place_of(actor: &Actor, id: ImportSourceId) -> Place<'static> {
    Place {
        table: "import_sources",
        field: HEADER,
        row: id.0,
        workspace: Some(actor.workspace),
    }
}

/// What is told of where files come from: behind an address there may be a secret.
fn from(details: &ImportSourceDetails) -> String {
    match details.place.as_str() {
        URL => origin(&details.location),
        _ => details.location.clone(),
    }
}

/// For the audit log.
fn shown(details: &ImportSourceDetails) -> ImportSourceDetails {
    ImportSourceDetails {
        location: from(details),
        due_at: details.due_at.map(|_| UnixMillis(0)),
        ..details.clone()
    }
}

/// The name of a file behind an address.
fn file_name_of(url: &str) -> String {
    let url = Url::parse(url).ok();
    let last = url
        .as_ref()
        .and_then(|url| url.path_segments()?.next_back());
    match last {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => url
            .as_ref()
            .and_then(|url| url.host_str())
            .unwrap_or("file")
            .to_owned(),
    }
}
