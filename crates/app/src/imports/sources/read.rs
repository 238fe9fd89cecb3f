//! The worker that looks at sources whose time has come. A look that breaks off is begun again
//! after a while; what it had imported already is recognised by its content.

use base::{TimeZone, UnixMillis};
use connect::columns::Kind;
use connect::outbound::{AddressError, DownloadError, OutboundError, Wanted};
use domain::schedule::{Every, next_after};
use store::import_mappings::{self, ImportMapping};
use store::import_sources::{self, ImportRunEnd, ImportSource, ImportSourceDetails};
use store::{ImportRunId, StoreError, uploads};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::super::mappings::{fingerprint, kind_of};
use super::super::upload::Incoming;
use super::folder::{FolderFile, files_in};
use super::{DAY, HEADER, URL, file_name_of};
use crate::error::Step as _;
use crate::secrets::Place;
use crate::workspaces::load_zone;
use crate::{Actor, App, AppError};

const HOUR_MS: i64 = 60 * 60 * 1000;
/// After it a look is taken for broken off. A download is shorter.
const CLAIM_MS: i64 = 15 * 60 * 1000;
/// How long looks are kept that brought nothing.
const RUNS_KEPT_MS: i64 = 90 * 24 * HOUR_MS;
const SOURCES_AT_ONCE: i64 = 20;
const PIECES_WAITING: usize = 4;
const DETAIL_BYTES_MAX: usize = 500;
/// Titles that a refusal names.
const TITLES_TOLD: usize = 5;

/// Why nothing came of a look.
#[derive(Debug)]
pub(super) struct Failure {
    /// Stable, in `snake_case`.
    pub(super) code: &'static str,
    detail: String,
}

/// A file that is there to be read.
enum Found {
    Behind(String),
    In(FolderFile),
}

impl App {
    /// Waits until somebody wants a source to be read.
    pub async fn source_asked(&self) {
        self.inner.sources.notified().await;
    }

    /// Looks at every source whose time has come; how many there were.
    ///
    /// # Errors
    /// When the store fails; a source that cannot be read is no error.
    pub async fn read_due_sources(&self) -> Result<usize, AppError> {
        let mut looked = 0;
        loop {
            let mut connection = self.inner.store.read().await?;
            let now = self.now();
            let due =
                import_sources::list_due_sources(&mut connection, now, SOURCES_AT_ONCE).await?;
            drop(connection);
            if due.is_empty() {
                return Ok(looked);
            }
            for source in due {
                looked += usize::from(self.read_source(&source).await?);
            }
        }
    }

    /// Forgets old looks that brought nothing.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn purge_import_runs(&self) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        import_sources::purge_import_runs(&mut tx, self.now().plus_ms(-RUNS_KEPT_MS)).await?;
        Ok(tx.commit().await?)
    }

    /// One look; false where somebody else took or changed it meanwhile.
    async fn read_source(&self, source: &ImportSource) -> Result<bool, AppError> {
        let Some(due) = source.details.due_at else {
            return Ok(false);
        };
        let (workspace, now) = (source.workspace_id, self.now());
        let claimed = now.plus_ms(CLAIM_MS);
        let mut tx = self.inner.store.begin().await?;
        if !import_sources::move_due_source(&mut tx, source, due, claimed).await? {
            return Ok(false);
        }
        import_sources::break_off_runs(&mut tx, workspace, source.id, now).await?;
        let run = import_sources::insert_import_run(&mut tx, workspace, source.id, now).await?;
        tx.commit().await?;
        let is_well = self.look(source, run).await?;
        let mut tx = self.inner.store.begin().await?;
        let now = self.now();
        let turn = next_turn(&source.details, &load_zone(&mut tx, workspace).await?, now);
        let next = match is_well {
            true => turn,
            false => turn.min(now.plus_ms(HOUR_MS)),
        };
        import_sources::move_due_source(&mut tx, source, claimed, next).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Takes what is there, each file with its own line in the log; whether all went well.
    async fn look(&self, source: &ImportSource, first: ImportRunId) -> Result<bool, AppError> {
        let actor = Actor::system(source.workspace_id);
        let found = match self.find(source).await {
            Ok(found) => found,
            Err(failure) => {
                let ended = failed(String::new(), failure);
                self.end_look(source, first, ended).await?;
                return Ok(false);
            }
        };
        if found.is_empty() {
            let nothing = end("unchanged", String::new());
            self.end_look(source, first, nothing).await?;
            return Ok(true);
        }
        let (mut is_well, mut run) = (true, Some(first));
        for file in found {
            let run = match run.take() {
                Some(run) => run,
                None => self.begin_look(source).await?,
            };
            let ended = match self.take(&actor, source, &file, run).await {
                Ok(None) => continue,
                Ok(Some(ended)) => ended,
                Err(failure) => failed(file.name(), failure),
            };
            is_well &= ended.code.is_empty();
            self.end_look(source, run, file.marked(ended)).await?;
        }
        Ok(is_well)
    }

    /// The files that may be new.
    async fn find(&self, source: &ImportSource) -> Result<Vec<Found>, Failure> {
        let details = &source.details;
        if details.place == URL {
            return Ok(vec![Found::Behind(details.location.clone())]);
        }
        let Some(root) = self.inner.settings.import_folder.clone() else {
            let detail = "the configuration opens no folder any more (imports.folder)";
            return Err(Failure::new("folder_closed", detail));
        };
        // A workspace's files are its own.
        let root = root.join(source.workspace_id.0.to_string());
        let (folder, now) = (details.location.clone(), self.now());
        let files = spawn_blocking(move || files_in(&root, &folder, now)).await;
        let files = files.step("read a folder")??;
        let mut found = Vec::new();
        for file in files {
            let mut connection = self.inner.store.read().await?;
            let workspace = source.workspace_id;
            let last = import_sources::find_imported_run(
                &mut connection,
                workspace,
                source.id,
                &file.name,
            )
            .await?;
            let is_same = last.is_some_and(|run| {
                let end = run.end;
                end.size_bytes == Some(file.size_bytes) && end.modified_at == Some(file.modified_at)
            });
            if !is_same {
                found.push(Found::In(file));
            }
        }
        Ok(found)
    }

    /// Reads one file and imports it, where it is not as it was; the look has ended with the import
    /// then, and nothing is given.
    async fn take(
        &self,
        actor: &Actor,
        source: &ImportSource,
        file: &Found,
        run: ImportRunId,
    ) -> Result<Option<ImportRunEnd>, Failure> {
        let (workspace, name) = (source.workspace_id, file.name());
        let mut connection = self.inner.store.read().await?;
        let mapping = source.details.mapping_id;
        let mapping =
            import_mappings::load_import_mapping(&mut connection, workspace, mapping).await;
        drop(connection);
        let mapping = match mapping {
            Err(StoreError::NotFound { .. }) => {
                let detail = "the saved settings are not there any more";
                return Err(Failure::new("no_mapping", detail));
            }
            found => found?,
        };
        let kind = kind_of(&mapping.details)?;
        let mut incoming = match file {
            Found::Behind(url) => self.fetch(actor, source, url).await?,
            Found::In(file) => self.receive_file(actor, &file.path).await?,
        };
        let digest = digest_of(&incoming.digest().await?, &mapping);
        let mut connection = self.inner.store.read().await?;
        let named = match file {
            Found::Behind(_) => "",
            Found::In(file) => &file.name,
        };
        let last =
            import_sources::find_imported_run(&mut connection, workspace, source.id, named).await?;
        drop(connection);
        if last.is_some_and(|run| run.end.digest.as_ref() == Some(&digest)) {
            return Ok(Some(end("unchanged", name)));
        }
        let ended = file.marked(ImportRunEnd {
            digest: Some(digest),
            ended_at: Some(self.now()),
            ..end("imported", name)
        });
        self.import_by(actor, (kind, &mapping), incoming, (run, ended))
            .await?;
        Ok(None)
    }

    /// Queues the import of a file that has the columns of the mapping.
    async fn import_by(
        &self,
        actor: &Actor,
        (kind, mapping): (Kind, &ImportMapping),
        incoming: Incoming,
        (run, ended): (ImportRunId, ImportRunEnd),
    ) -> Result<(), Failure> {
        let name = &ended.file_name;
        let upload = self.keep_upload(actor, kind, name, incoming).await?;
        let options = &mapping.details.options;
        let sheet = options.get("sheet").and_then(|sheet| sheet.as_str());
        let started = async {
            let head = self.head_of(actor, kind, upload, sheet).await?;
            let header = &head.layout.header;
            if fingerprint(header) != mapping.details.fingerprint {
                return Err(other_columns(&mapping.details.header, header));
            }
            let read_as = (kind, Some(options.clone()));
            let look = Some((run, ended));
            self.queue_import(actor, upload, read_as, look).await?;
            Ok(())
        };
        let started = Box::pin(started).await;
        if started.is_err() {
            // It would lie here for a week, once an hour.
            let mut tx = self.inner.store.begin().await?;
            let kept = uploads::load_upload(&mut tx, actor.workspace, upload).await?;
            uploads::delete_upload(&mut tx, upload).await?;
            tx.commit().await?;
            let removed = tokio::fs::remove_file(self.upload_path(&kept.path)).await;
            removed.step("remove a file that was not imported")?;
        }
        started
    }

    async fn fetch(
        &self,
        actor: &Actor,
        source: &ImportSource,
        url: &str,
    ) -> Result<Incoming, Failure> {
        let address = self
            .inner
            .outbound
            .address(url)
            .map_err(DownloadError::from)?;
        let name = source.details.header_name.clone();
        let mut header = None;
        if !name.is_empty() {
            let place = Place {
                table: "import_sources",
                field: HEADER,
                row: source.id.0,
                workspace: Some(source.workspace_id),
            };
            let mut connection = self.inner.store.read().await?;
            let (workspace, id) = (source.workspace_id, source.id);
            let kept = import_sources::load_import_source(&mut connection, workspace, id).await?;
            if kept.version != source.version {
                // A new secret is for the new server.
                return Err(Failure::new("broken_off", "it was changed meanwhile"));
            }
            let value = self.open_secret(&mut connection, place).await?;
            let value = value.and_then(|value| String::from_utf8(value.to_vec()).ok());
            let value = value.ok_or_else(|| {
                Failure::new(
                    "no_secret",
                    "the secret of the header is not there; give it again",
                )
            })?;
            header = Some((name, zeroize::Zeroizing::new(value)));
        }
        let mut incoming = self.receive_upload(actor).await?;
        let (sender, mut pieces) = mpsc::channel::<Vec<u8>>(PIECES_WAITING);
        let outbound = self.inner.outbound.clone();
        let fetched = spawn_blocking(move || {
            let header = header.as_ref().map(|(name, value)| (&name[..], &value[..]));
            let wanted = Wanted {
                url: &address,
                header,
            };
            outbound.download(wanted, |piece| sender.blocking_send(piece.to_vec()).is_ok())
        });
        while let Some(piece) = pieces.recv().await {
            incoming.write(&piece).await?;
        }
        fetched.await.step("fetch a file")??;
        Ok(incoming)
    }

    async fn begin_look(&self, source: &ImportSource) -> Result<ImportRunId, AppError> {
        let (workspace, now) = (source.workspace_id, self.now());
        let mut tx = self.inner.store.begin().await?;
        let run = import_sources::insert_import_run(&mut tx, workspace, source.id, now).await?;
        tx.commit().await?;
        Ok(run)
    }

    async fn end_look(
        &self,
        source: &ImportSource,
        run: ImportRunId,
        mut ended: ImportRunEnd,
    ) -> Result<(), AppError> {
        ended.ended_at = Some(self.now());
        let mut tx = self.inner.store.begin().await?;
        import_sources::end_import_run(&mut tx, source.workspace_id, run, &ended).await?;
        Ok(tx.commit().await?)
    }
}

impl Found {
    fn name(&self) -> String {
        match self {
            Self::Behind(url) => file_name_of(url),
            Self::In(file) => file.name.clone(),
        }
    }

    /// With what a file of a folder is known again by.
    fn marked(&self, mut ended: ImportRunEnd) -> ImportRunEnd {
        if let Self::In(file) = self {
            ended.size_bytes = Some(file.size_bytes);
            ended.modified_at = Some(file.modified_at);
        }
        ended
    }
}

impl Failure {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// As the log tells it; what is not the file's fault is told to the operator too.
impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Invalid(errors) => match errors.into_iter().next() {
                Some(error) => Self::new(error.code, error.detail),
                None => Self::new("internal", ""),
            },
            AppError::Conflict { code, detail, .. } | AppError::Unavailable { code, detail } => {
                Self::new(code, detail)
            }
            other => {
                let error = anyhow::Error::from(other);
                tracing::error!(error = format!("{error:#}"), "a source was not read");
                Self::new("internal", "")
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        AppError::from(error).into()
    }
}

impl From<DownloadError> for Failure {
    fn from(error: DownloadError) -> Self {
        let detail = match &error {
            DownloadError::Status(status) => status.to_string(),
            DownloadError::Outbound(OutboundError::Failed(why)) => why.clone(),
            other => other.to_string(),
        };
        let code = match error {
            DownloadError::Outbound(OutboundError::Address(AddressError::Private)) => {
                "private_address"
            }
            DownloadError::Outbound(OutboundError::Address(_)) => "not_a_web_address",
            DownloadError::Outbound(OutboundError::UnknownHost) => "unknown_host",
            DownloadError::Outbound(OutboundError::TimedOut) => "timed_out",
            DownloadError::Outbound(OutboundError::Failed(_)) => "no_answer",
            DownloadError::Plain => "not_https",
            DownloadError::Status(_) => "http_status",
            DownloadError::Redirects => "redirects",
            DownloadError::Left => "internal",
        };
        Self::new(code, detail)
    }
}

/// When a source is read after a moment: an hour later, or at its time of the day.
pub(super) fn next_turn(
    details: &ImportSourceDetails,
    zone: &TimeZone,
    after: UnixMillis,
) -> UnixMillis {
    let minute = u16::try_from(details.at_minute).unwrap_or_default();
    match details.every == DAY {
        true => next_after(Every::Day, minute, zone, after),
        false => after.plus_ms(HOUR_MS),
    }
}

/// What a file is known again by: the same content, read in the same way, whatever that is called.
fn digest_of(content: &[u8], mapping: &ImportMapping) -> Vec<u8> {
    let details = &mapping.details;
    let mut hasher = blake3::Hasher::new();
    hasher.update(content);
    hasher.update(details.kind.as_bytes());
    hasher.update(&details.fingerprint);
    hasher.update(details.options.to_string().as_bytes());
    hasher.finalize().as_bytes().to_vec()
}

fn other_columns(wanted: &[String], found: &[String]) -> Failure {
    let lacking = |of: &[String], others: &[String]| {
        let others: Vec<String> = others.iter().map(|title| plain(title)).collect();
        let lacking = of.iter().filter(|title| !others.contains(&plain(title)));
        let titles: Vec<String> = lacking
            .take(TITLES_TOLD)
            .map(|title| format!("{title:?}"))
            .collect();
        titles.join(", ")
    };
    let (gone, new) = (lacking(wanted, found), lacking(found, wanted));
    let detail = match (gone.as_str(), new.as_str()) {
        ("", "") => "the columns stand in another order".to_owned(),
        (gone, "") => format!("missing: {gone}"),
        ("", new) => format!("new: {new}"),
        (gone, new) => format!("missing: {gone}; new: {new}"),
    };
    Failure::new("other_columns", detail)
}

fn plain(title: &str) -> String {
    title.trim().to_lowercase()
}

fn end(state: &str, file_name: String) -> ImportRunEnd {
    ImportRunEnd {
        state: state.to_owned(),
        ended_at: None,
        file_name,
        digest: None,
        size_bytes: None,
        modified_at: None,
        import_id: None,
        code: String::new(),
        detail: String::new(),
    }
}

fn failed(file_name: String, failure: Failure) -> ImportRunEnd {
    let Failure { code, mut detail } = failure;
    detail.truncate(detail.floor_char_boundary(DETAIL_BYTES_MAX));
    ImportRunEnd {
        code: code.to_owned(),
        detail,
        ..end("failed", file_name)
    }
}
