//! The key to the store's secrets: where it comes from, and that it is the right one.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use app::{KeyError, KeyId, Keyring, MasterKey};
use store::Store;
use zeroize::Zeroizing;

use crate::command_output::printed;
use crate::config::{Config, Secrets};
use crate::open::Layout;
use crate::surroundings::Machine;

/// Only the owner reads and writes a file of a key.
const MODE: u32 = 0o600;
const MODE_OF_OTHERS: u32 = 0o077;

/// Where the key is.
pub(crate) enum Source {
    /// In the data folder; the first start makes it.
    Own(PathBuf),
    File(PathBuf),
    Setting(MasterKey),
    Command(String),
}

/// Why a store is not opened, in words for the operator.
#[derive(Debug)]
pub(crate) struct KeyRefused(String);

impl fmt::Display for KeyRefused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for KeyRefused {}

impl Source {
    pub(crate) fn of(config: &Config, layout: &Layout) -> anyhow::Result<Self> {
        let given = Self::given(&config.secrets).context("secrets.key cannot be used")?;
        Ok(given.unwrap_or_else(|| Self::Own(layout.secrets_key())))
    }

    /// The place that settings name, if they name one.
    pub(crate) fn given(settings: &Secrets) -> anyhow::Result<Option<Self>> {
        Ok(if !settings.key.0.is_empty() {
            Some(Self::Setting(MasterKey::parse(&settings.key.0)?))
        } else if !settings.key_command.is_empty() {
            Some(Self::Command(settings.key_command.clone()))
        } else if !settings.key_file.as_os_str().is_empty() {
            Some(Self::File(settings.key_file.clone()))
        } else {
            None
        })
    }

    /// The key; `None` where its file is not there.
    pub(crate) async fn read(&self) -> anyhow::Result<Option<MasterKey>> {
        match self {
            Self::Own(path) | Self::File(path) => read_file(path),
            Self::Setting(key) => Ok(Some(key.clone())),
            Self::Command(command) => Ok(Some(run(command).await?)),
        }
    }

    /// The program's own file, the one that a rotation may put another in place of. A file that
    /// somebody named may be a copy, a link or a mount of what is kept elsewhere.
    pub(crate) fn own(&self) -> Option<&Path> {
        match self {
            Self::Own(path) => Some(path),
            Self::File(_) | Self::Setting(_) | Self::Command(_) => None,
        }
    }

    /// The file that the key is in.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Own(path) | Self::File(path) => Some(path),
            Self::Setting(_) | Self::Command(_) => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(path) | Self::File(path) => write!(out, "{}", path.display()),
            Self::Setting(_) => out.write_str("the setting secrets.key"),
            Self::Command(_) => out.write_str("the command of secrets.key_command"),
        }
    }
}

/// The key of a store that was opened.
///
/// # Errors
/// [`KeyRefused`] when there is none, or it is not the one that the store's secrets are sealed
/// with.
pub(crate) async fn open(
    config: &Config,
    layout: &Layout,
    store: &Store,
) -> anyhow::Result<Keyring> {
    let source = Source::of(config, layout)?;
    let held = Keyring::held(store).await?;
    if let (Some(path), Some(held)) = (source.own(), &held) {
        finish_rotation(path, held)?;
    }
    let key = match (source.read().await?, held) {
        (Some(key), _) => key,
        (None, Some(held)) => bail!(missing(&source, &held)),
        (None, None) => make(&source)?,
    };
    if let Some(path) = source.file().filter(|path| is_open_to_others(path)) {
        tracing::warn!(file = %path.display(), "others may read the key to the secrets: chmod 600");
    }
    match Keyring::open(store, key).await {
        Err(KeyError::Other { held, given }) => bail!(KeyRefused(format!(
            "the key {given} of {source} is not the one of this store, whose secrets are sealed \
             with key {held}: {WHAT_TO_DO}"
        ))),
        opened => Ok(opened?),
    }
}

/// Whether others than its owner may read the file.
pub(crate) fn is_open_to_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & MODE_OF_OTHERS != 0)
}

/// Reads a key from a file; `None` where there is no file.
pub(crate) fn read_file(path: &Path) -> anyhow::Result<Option<MasterKey>> {
    let refused = |why: &dyn fmt::Display| KeyRefused(format!("{}: {why}", path.display()));
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => bail!(refused(&format_args!("the key cannot be read: {error}"))),
    };
    let key = MasterKey::parse(&text);
    Ok(Some(key.map_err(|error| refused(&error))?))
}

/// Puts the key that is to come beside the one that is, before the store changes over to it.
pub(crate) fn put_next(path: &Path, key: &MasterKey) -> anyhow::Result<()> {
    write(&beside(path, "next"), key)
}

/// Lets the next key take the place of the one before it, which is kept under its id: back-ups of
/// then need it.
pub(crate) fn take_next(path: &Path, earlier: &KeyId) -> anyhow::Result<PathBuf> {
    let kept = beside(path, &format!("old-{earlier}"));
    let renamed = match fs::rename(path, &kept) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed,
    };
    renamed
        .and_then(|()| fs::rename(beside(path, "next"), path))
        .and_then(|()| sync_folder(path))
        .with_context(|| format!("failed to put the new key at {}", path.display()))?;
    Ok(kept)
}

const WHAT_TO_DO: &str = "put that key back, from where it is kept or from a back-up, or say in \
    [secrets] where it is. No other key opens these secrets, and none was made";

fn missing(source: &Source, held: &KeyId) -> KeyRefused {
    KeyRefused(format!(
        "{source}, the key to the store's secrets, is not there. They are sealed with key {held}: \
         {WHAT_TO_DO}"
    ))
}

/// A rotation that broke off between the store and the file is brought to its end.
fn finish_rotation(path: &Path, held: &KeyId) -> anyhow::Result<()> {
    let current = read_file(path)?.map(|key| key.id());
    if current.as_ref() == Some(held) {
        return Ok(());
    }
    let next = read_file(&beside(path, "next"))?.map(|key| key.id());
    if next.as_ref() == Some(held) {
        let earlier = current.unwrap_or_else(|| held.clone());
        take_next(path, &earlier)?;
        tracing::warn!(key = %held, "finished the change of the key that had broken off");
    }
    Ok(())
}

/// A key for a store that has none yet.
fn make(source: &Source) -> anyhow::Result<MasterKey> {
    let Some(path) = source.own() else {
        bail!(KeyRefused(format!(
            "{source}, the file of secrets.key_file, is not there; make one with `umask 077; \
             openssl rand -hex 32 > {source}`"
        )));
    };
    let key = MasterKey::random(&Machine);
    write(path, &key)?;
    tracing::info!(
        key = %key.id(),
        file = %path.display(),
        "made the key to the store's secrets: keep a copy of this file apart from the back-ups"
    );
    Ok(key)
}

/// Writes a key so that the file has all of it or is not there.
fn write(path: &Path, key: &MasterKey) -> anyhow::Result<()> {
    let part = beside(path, "part");
    let written = remove(&part).and_then(|()| {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(MODE)
            .open(&part)?;
        file.write_all(key.to_text().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&part, path)?;
        sync_folder(path)
    });
    written.with_context(|| format!("failed to write the key {}", path.display()))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    name.into()
}

async fn run(command: &str) -> anyhow::Result<MasterKey> {
    let printed = printed(command, "secrets.key_command").await;
    let text = printed.map_err(|error| KeyRefused(error.to_string()))?;
    Ok(MasterKey::parse(&text).map_err(|error| {
        KeyRefused(format!(
            "the command of secrets.key_command printed something else: {error}"
        ))
    })?)
}

#[cfg(test)]
mod tests;
