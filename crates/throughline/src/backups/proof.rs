//! The proof of a back-up: it is restored, opened, loaded and asked what the server was asked when
//! it was made.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use app::{App, Surroundings as _};
use backup::{Repository, Set, SetName, restore};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use store::maintain::{check_integrity, count_rows};

use super::make::Notes;
use super::reports;
use super::turn::Turn;
use crate::config::{Config, StoreUrl, WarehouseUrl};
use crate::master_key::Source;
use crate::open::{self, Layout};
use crate::surroundings::Machine;

/// Where it is restored to, below the folder of back-ups.
pub(super) const PROOF: &str = "proof";
/// Memory of the engine while it proves, so that the server keeps its own.
const MEMORY_MB_MAX: u64 = 256;
/// Room that restoring takes, as a multiple of the files: a warehouse is made beside them.
const ROOM_FACTOR: u64 = 2;

/// What proving has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proof {
    pub(crate) set: SetName,
    pub(crate) facts: u64,
    /// Reports that were asked again.
    pub(crate) reports: u64,
    /// What differs from what was noted; empty when all is well.
    pub(crate) faults: Vec<String>,
}

/// Restores a back-up into a folder beside the data, and takes it away again.
///
/// # Errors
/// When there is no room, or the back-up cannot be read or opened.
pub(crate) async fn prove(
    config: &Config,
    repository: &Arc<Repository>,
    name: &SetName,
    bar: &ProgressBar,
) -> anyhow::Result<Proof> {
    let beside = Layout::new(&config.data.folder).backup();
    fs::create_dir_all(&beside)?;
    let _turn = Turn::take(&beside)?;
    let folder = beside.join(PROOF);
    clear(&folder)?;
    let proved = prove_in(config, repository, name, &folder, bar).await;
    clear(&folder)?;
    proved
}

async fn prove_in(
    config: &Config,
    repository: &Arc<Repository>,
    name: &SetName,
    folder: &Path,
    bar: &ProgressBar,
) -> anyhow::Result<Proof> {
    fs::create_dir_all(folder)?;
    let (repository, wanted, target, bar) = (
        Arc::clone(repository),
        name.clone(),
        folder.to_owned(),
        bar.clone(),
    );
    let reserve = config.data.disk_low_mb << 20;
    let set = tokio::task::spawn_blocking(move || {
        let set = repository.set(&wanted)?;
        let bytes = set.sums().bytes;
        let free = Machine.free_bytes(&target).unwrap_or(u64::MAX);
        if free < bytes * ROOM_FACTOR + reserve {
            bail!(
                "there is no room to restore it for a test: {} MB are needed, {} MB are free",
                (bytes * ROOM_FACTOR + reserve) >> 20,
                free >> 20
            );
        }
        bar.set_length(bytes);
        restore(&repository, &set, &target, &mut |bytes| bar.inc(bytes))?;
        backup::finish_restore(&target)?;
        anyhow::Ok(set)
    })
    .await??;
    let notes: Notes = serde_json::from_value(set.notes.clone())?;
    let mut copied = restored_config(config, folder, &set)?;
    copied.warehouse.memory_mb = copied.warehouse.memory_mb.min(MEMORY_MB_MAX);
    copied.warehouse.threads = 1;
    let counted = count_rows(&Layout::new(folder).store()).await?;
    let app = open::open_existing(&copied).await?;
    let proved = look(&app, name, &notes, counted).await;
    app.journal().close();
    app.store().close().await;
    proved
}

async fn look(
    app: &App,
    name: &SetName,
    notes: &Notes,
    counted: Vec<(String, i64)>,
) -> anyhow::Result<Proof> {
    let mut faults = check_integrity(&mut app.store().read().await?).await?;
    for (table, rows) in &notes.tables {
        let found = counted.iter().find(|(name, _)| name == table);
        let found = found.map(|(_, rows)| *rows);
        if found != Some(*rows) {
            let found = found.unwrap_or_default();
            faults.push(format!("{table} has {found} rows, and had {rows}"));
        }
    }
    let mut loader = open::loader(app);
    let facts = tokio::task::spawn_blocking(move || {
        let mut facts = 0;
        loader.catch_up(|step| facts += step.loaded.facts())?;
        Ok::<u64, app::AppError>(facts)
    })
    .await??;
    for noted in &notes.reports {
        let told = reports::ask_again(app, noted).await?;
        if told != *noted {
            faults.push(format!(
                "workspace {}: a report by {} says {}, and said {}",
                noted.workspace,
                if noted.question["bucket"].is_null() {
                    "source"
                } else {
                    "month"
                },
                told.totals,
                noted.totals
            ));
        }
    }
    Ok(Proof {
        set: name.clone(),
        facts,
        reports: u64::try_from(notes.reports.len())?,
        faults,
    })
}

/// The configuration of a server on a restored folder.
pub(crate) fn restored_config(config: &Config, folder: &Path, set: &Set) -> anyhow::Result<Config> {
    let mut copied = config.clone();
    if set.file(super::SECRETS_KEY).is_none() {
        // The key is where it was when the back-up was made.
        let source = Source::of(config, &Layout::new(&config.data.folder))?;
        if let Source::Own(path) = source {
            copied.secrets.key_file = path;
        }
    } else {
        copied.secrets.key_file = Layout::new(folder).secrets_key();
        copied.secrets.key = crate::config::Unshown::default();
        copied.secrets.key_command.clear();
    }
    folder.clone_into(&mut copied.data.folder);
    copied.store.url = StoreUrl::Sqlite;
    // Never on the server: it is the original's.
    copied.warehouse.url = WarehouseUrl::Duckdb;
    Ok(copied)
}

fn clear(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        cleared => cleared,
    }
}
