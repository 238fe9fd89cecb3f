//! Files on their way in: written below the uploads folder piece by piece, then known by an id.

use std::path::{Path, PathBuf};

use base::UnixMillis;
use connect::columns::Kind;
use serde_json::json;
use store::UploadId;
use store::uploads::{self, NewUpload, Upload};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::own::require_import_of;
use super::queue::content_hash;
use crate::audit::Act;
use crate::error::Step as _;
use crate::{Actor, App, AppError, Permission, surroundings};

/// Largest file that is taken in.
pub const UPLOAD_BYTES_MAX: u64 = 200 * 1024 * 1024;
/// Uploads are removed this long after they came.
const UPLOAD_KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Old uploads that one round removes.
const PURGE_ROWS_MAX: i64 = 1_000;
const FILE_NAME_CHARS: usize = 24;
const TITLE_CHARS_MAX: usize = 200;
const COPY_BYTES: usize = 64 * 1024;

/// A file that is being received. Dropping it before it is finished leaves nothing behind.
#[derive(Debug)]
pub struct Incoming {
    path: PathBuf,
    name: String,
    file: File,
    size_bytes: u64,
    is_kept: bool,
}

impl App {
    /// Opens a file for content to come.
    ///
    /// # Errors
    /// When the actor may not import, the disk is nearly full, or the folder cannot be written.
    pub async fn receive_upload(&self, actor: &Actor) -> Result<Incoming, AppError> {
        actor.require(Permission::ImportFiles)?;
        self.require_room()?;
        let folder = &self.inner.settings.uploads;
        fs::create_dir_all(folder)
            .await
            .step("make the uploads folder")?;
        let name = surroundings::short_token(self.inner.surroundings.as_ref(), FILE_NAME_CHARS);
        let path = folder.join(&name);
        let file = File::create_new(&path)
            .await
            .step("create the file of an upload")?;
        Ok(Incoming {
            path,
            name,
            file,
            size_bytes: 0,
            is_kept: false,
        })
    }

    /// Receives a file that lies on this machine.
    ///
    /// # Errors
    /// When it cannot be read or is too large.
    pub async fn receive_file(&self, actor: &Actor, path: &Path) -> Result<Incoming, AppError> {
        let mut incoming = self.receive_upload(actor).await?;
        let mut source = File::open(path).await.map_err(|error| {
            AppError::invalid("file", "unreadable", format!("{}: {error}", path.display()))
        })?;
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            let count = source
                .read(&mut buffer)
                .await
                .step("read the file to import")?;
            if count == 0 {
                return Ok(incoming);
            }
            incoming.write(&buffer[..count]).await?;
        }
    }

    /// Keeps a file that was received for its preview and its import.
    ///
    /// # Errors
    /// When the actor may not import such files or the disk refuses.
    pub async fn keep_upload(
        &self,
        actor: &Actor,
        kind: Kind,
        title: &str,
        incoming: Incoming,
    ) -> Result<UploadId, AppError> {
        require_import_of(actor, kind.name())?;
        let size_bytes = incoming.size_bytes;
        let path = incoming.finish().await?;
        let upload = NewUpload {
            kind: kind.name().to_owned(),
            file_name: title.trim().chars().take(TITLE_CHARS_MAX).collect(),
            path,
            size_bytes: i64::try_from(size_bytes).unwrap_or(i64::MAX),
            created_at: self.now(),
            author_id: actor.user(),
        };
        let mut tx = self.inner.store.begin().await?;
        let id = uploads::insert_upload(&mut tx, actor.workspace, &upload).await?;
        self.note(
            &mut tx,
            actor,
            Act::FileUploaded,
            id,
            json!({"kind": kind.name(), "file": &upload.file_name}),
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A file that the actor brought not long ago.
    pub(super) async fn upload(
        &self,
        actor: &Actor,
        kind: Kind,
        id: UploadId,
    ) -> Result<Upload, AppError> {
        let mut connection = self.inner.store.read().await?;
        let upload = uploads::load_upload(&mut connection, actor.workspace, id).await?;
        let is_old = upload.created_at.plus_ms(UPLOAD_KEPT_MS) <= self.now();
        if is_old || upload.author_id != actor.user() {
            return Err(AppError::NotFound { what: "upload" });
        }
        if upload.kind != kind.name() {
            let detail = format!("the file was uploaded as {}", upload.kind);
            return Err(AppError::invalid("kind", "other_kind", detail));
        }
        if self.is_shared() && !self.bring_upload(&upload.path).await? {
            return Err(AppError::Unavailable {
                code: "upload_elsewhere",
                detail: "the node that took the file does not answer; try again in a moment"
                    .to_owned(),
            });
        }
        Ok(upload)
    }

    /// Where the file of an upload lies.
    pub(super) fn upload_path(&self, name: &str) -> PathBuf {
        self.inner.settings.uploads.join(name)
    }

    /// Removes what is known of files that came long ago, and those that are here. Returns how
    /// many.
    ///
    /// # Errors
    /// When the store or the folder cannot be written.
    pub async fn purge_uploads(&self) -> Result<usize, AppError> {
        let until = self.now().plus_ms(-UPLOAD_KEPT_MS);
        let mut connection = self.inner.store.read().await?;
        let old = uploads::list_old_uploads(&mut connection, until, PURGE_ROWS_MAX).await?;
        drop(connection);
        for upload in &old {
            match fs::remove_file(self.upload_path(&upload.path)).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).step("remove an old upload");
                }
                _ => {}
            }
            let mut tx = self.inner.store.begin().await?;
            uploads::delete_upload(&mut tx, upload.id).await?;
            tx.commit().await?;
        }
        Ok(old.len())
    }

    /// Removes files from this node's folder by their age, whichever node forgets what they were.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub async fn purge_upload_files(&self) -> Result<usize, AppError> {
        let (folder, now) = (self.inner.settings.uploads.clone(), self.now());
        let purge = tokio::task::spawn_blocking(move || purge_upload_files(&folder, now)).await;
        purge.step("remove old uploads")?.step("remove old uploads")
    }
}

/// As [`App::purge_upload_files`], for a node without the rest of the program. Blocks.
///
/// # Errors
/// When the folder cannot be written.
pub fn purge_upload_files(folder: &Path, now: UnixMillis) -> std::io::Result<usize> {
    let files = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        files => files?,
    };
    let mut purged = 0;
    for file in files {
        match purge_upload_file(&file?, now) {
            Ok(is_old) => purged += usize::from(is_old),
            // An import that ended meanwhile took it away.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(purged)
}

fn purge_upload_file(file: &std::fs::DirEntry, now: UnixMillis) -> std::io::Result<bool> {
    let details = file.metadata()?;
    let age = details.modified()?.duration_since(std::time::UNIX_EPOCH);
    let written_ms = age.map_or(0, |age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    let is_old = details.is_file() && UnixMillis(written_ms).plus_ms(UPLOAD_KEPT_MS) <= now;
    if is_old {
        std::fs::remove_file(file.path())?;
    }
    Ok(is_old)
}

impl Incoming {
    /// Adds content.
    ///
    /// # Errors
    /// When the file becomes larger than [`UPLOAD_BYTES_MAX`] or the disk refuses.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        self.size_bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.size_bytes > UPLOAD_BYTES_MAX {
            let detail = format!("a file may have {UPLOAD_BYTES_MAX} bytes at most; pack it");
            return Err(AppError::invalid("file", "too_large", detail));
        }
        self.file
            .write_all(bytes)
            .await
            .map_err(|error| disk_error(&error))
    }

    /// What the content is recognised by.
    pub(super) async fn digest(&mut self) -> Result<Vec<u8>, AppError> {
        let flushed = self.file.flush().await;
        flushed.map_err(|error| disk_error(&error))?;
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || content_hash(&path)).await;
        read.step("read an upload")?
    }

    /// Makes the content durable and hands over the name of the file.
    async fn finish(mut self) -> Result<String, AppError> {
        self.file
            .sync_all()
            .await
            .map_err(|error| disk_error(&error))?;
        self.is_kept = true;
        Ok(std::mem::take(&mut self.name))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.is_kept && std::fs::remove_file(&self.path).is_err() {
            tracing::warn!(path = %self.path.display(), "left an unfinished upload behind");
        }
    }
}

pub(crate) fn disk_error(error: &std::io::Error) -> AppError {
    AppError::Unavailable {
        code: "disk_failing",
        detail: format!("the file could not be kept: {error}"),
    }
}
