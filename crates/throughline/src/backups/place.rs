//! The place of back-ups and the key to them, as the configuration says.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use backup::{Folder, Key, Keys, Place, Repository, S3, S3Options};

use crate::config::{BackupPlace, Config};
use crate::master_key::Source;
use crate::surroundings::Machine;

/// Between the key that the operator keeps and what seals back-ups.
const PURPOSE: &str = "throughline 2026-11 back-ups: key of a repository";

/// What is done in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Looks at what is there.
    Read,
    /// Adds to it or takes from it; nobody else does meanwhile.
    Write,
}

/// Opens the back-ups.
///
/// # Errors
/// When no place or no key is named, the key is another one, or the place fails.
pub(crate) async fn open(config: &Config, access: Access) -> anyhow::Result<Arc<Repository>> {
    let keys = keys(config).await?;
    let config = config.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let place = place(&config, access)?;
        let open = match access {
            Access::Read => Repository::open::<Keys>,
            Access::Write => Repository::open_or_make::<Keys>,
        };
        anyhow::Ok(open(place, keys, Arc::new(Machine))?)
    });
    Ok(Arc::new(opened.await??))
}

fn place(config: &Config, access: Access) -> anyhow::Result<Arc<dyn Place>> {
    let settings = &config.backup;
    Ok(match (&settings.place, access) {
        (BackupPlace::Nowhere, _) => bail!(
            "no place for back-ups is named: set backup.place, or copy the data folder with \
             `throughline backup --to FOLDER`"
        ),
        (BackupPlace::Folder(path), Access::Read) => Arc::new(Folder::open(path)?),
        (BackupPlace::Folder(path), Access::Write) => Arc::new(Folder::open_to_write(path)?),
        (BackupPlace::S3 { bucket, prefix }, _) => {
            let options = S3Options {
                endpoint: &settings.s3_endpoint,
                region: &settings.s3_region,
                bucket,
                prefix,
                access_key: &settings.s3_access_key,
                secret_key: &settings.s3_secret_key.0,
            };
            Arc::new(S3::new(&options, Arc::new(Machine))?)
        }
    })
}

async fn keys(config: &Config) -> anyhow::Result<Keys> {
    let source = Source::given(&config.backup.key()).context("backup.key cannot be used")?;
    let source = source.context(
        "back-ups need a key: make one with `umask 077; openssl rand -hex 32 > FILE`, name it in \
         backup.key_file, and keep a copy of it away from this machine",
    )?;
    let failed = || "the key to back-ups cannot be had";
    let key = source.read().await.with_context(failed)?;
    let key = key.with_context(|| format!("the key to back-ups is not there: {source}"))?;
    let mut keys = Keys::from(Key::new(&key.derived(PURPOSE)));
    for file in &config.backup.earlier_key_files {
        let failed = || {
            format!(
                "the earlier key to back-ups is not there: {}",
                file.display()
            )
        };
        let key = Source::File(file.clone())
            .read()
            .await
            .with_context(failed)?;
        let key = key.with_context(failed)?;
        keys.earlier.push(Key::new(&key.derived(PURPOSE)));
    }
    Ok(keys)
}
