//! A data folder, taken out of a back-up.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use app::Surroundings as _;
use backup::{BackupError, FileEntry, Repository, Set, SetName};
use serde_json::json;
use store::restoring::{self, Restoring};
use store::{Store, moving};

use super::{backup as backup_command, print, rebuild};
use crate::backups::{self, Access, Notes};
use crate::cli::Restore;
use crate::config::{BackupPlace, Config, StoreUrl};
use crate::master_key::Source;
use crate::open::Layout;
use crate::surroundings::Machine;

pub(crate) async fn run(mut config: Config, command: &Restore, json: bool) -> anyhow::Result<()> {
    if let Some(from) = &command.from {
        let place = std::path::absolute(from).unwrap_or_default();
        let from = match from.starts_with("s3://") {
            true => from.clone(),
            false => place.to_string_lossy().into_owned(),
        };
        config.backup.place = BackupPlace::try_from(from).map_err(anyhow::Error::msg)?;
    }
    if let Some(file) = &command.key_file {
        config.backup.set_key_file(file);
    }
    let repository = backups::open(&config, Access::Read).await?;
    let name = choose(&config, &repository, command).await?;
    let (reading, wanted) = (Arc::clone(&repository), name.clone());
    let older_erasures = command.older_erasures;
    let chosen = tokio::task::spawn_blocking(move || {
        let set = reading.set(&wanted)?;
        with_newer_erasures(&reading, &wanted, set, older_erasures)
    })
    .await??;
    let set = chosen.set;
    if command.dry_run {
        tell_plan(&config, &name, &set, json)?;
        return Ok(());
    }
    // What would be refused in the end is refused before anything is written.
    if let StoreUrl::Postgres(url) = &config.store.url {
        let restorable = restoring::require_restorable(url).await;
        restorable.context("store.url names the server that the store is restored to")?;
    }
    let bar = print::bar(set.sums().bytes, "Restoring");
    let (reading, shown, to) = (Arc::clone(&repository), bar.clone(), command.to.clone());
    let restored = set.clone();
    tokio::task::spawn_blocking(move || {
        backup::restore(&reading, &restored, &to, &mut |bytes| shown.inc(bytes))
    })
    .await??;
    bar.finish_and_clear();
    finish(&config, &Layout::new(&command.to), &chosen.lists).await?;
    let facts = load(&config, &command.to, &set).await?;
    tell(&command.to, &name, facts, json);
    Ok(())
}

/// A set as it is restored, and who is erased again.
struct Chosen {
    set: Set,
    /// The newest list first; the set's own is the last.
    lists: Vec<Vec<u8>>,
}

/// The set with the erasure lists of all newer ones: whoever was erased since it was made is erased
/// again before anything is loaded. Where the newest lists are damaged or sealed with another key,
/// it has to be wished.
fn with_newer_erasures(
    repository: &Repository,
    wanted: &SetName,
    mut set: Set,
    older_erasures: bool,
) -> anyhow::Result<Chosen> {
    let own = set.clone();
    let (mut unread, mut lists) = (0, Vec::new());
    let later = repository.sets()?.into_iter().rev();
    let later = later.filter(|name| !is_ahead(name));
    for name in later.take_while(|name| name > wanted) {
        let read = repository
            .set(&name)
            .and_then(|set| list_of(repository, &set));
        match read {
            Ok(Some((entry, list))) => {
                if lists.is_empty() {
                    set.files.retain(|file| file.name != backups::ERASURES);
                    set.files.insert(0, entry);
                }
                lists.push(list);
            }
            Ok(None) => {}
            Err(error @ BackupError::Place(_)) => return Err(error.into()),
            Err(error) => {
                // After an earlier restore no list need hold what another one holds.
                unread += 1;
                tracing::warn!(backup = %name, %error, "its erasure list cannot be read");
            }
        }
    }
    if unread > 0 && !older_erasures {
        bail!(
            "whoever was erased after {wanted} would be back: the erasure lists of {unread} newer \
             back-ups cannot be read. Give their key too (backup.earlier_key_files), or say \
             --older-erasures"
        );
    }
    let own = list_of(repository, &own)?;
    lists.extend(own.map(|(_, list)| list));
    Ok(Chosen { set, lists })
}

/// The erasure list of a set.
fn list_of(
    repository: &Repository,
    set: &Set,
) -> Result<Option<(FileEntry, Vec<u8>)>, BackupError> {
    let Some(entry) = set.file(backups::ERASURES) else {
        return Ok(None);
    };
    let mut list = Vec::new();
    for piece in &entry.pieces {
        list.extend(repository.piece(*piece)?);
    }
    Ok(Some((entry.clone(), list)))
}

/// Writes the list that says what all of them say.
fn write_erasures(layout: &Layout, lists: &[Vec<u8>]) -> anyhow::Result<()> {
    if lists.len() < 2 {
        return Ok(());
    }
    let (united, left_out) = app::united_erasure_lists(lists)?;
    if left_out > 0 {
        tracing::warn!(
            lists = left_out,
            "are of another installation or key than the newest erasure list, and left out"
        );
    }
    let path = layout.erasures();
    fs::write(&path, united)?;
    Ok(File::open(path)?.sync_all()?)
}

/// A clock that was wrong when it was made says nothing of when that was.
fn is_ahead(name: &SetName) -> bool {
    const HOUR_MS: i64 = 60 * 60 * 1000;
    name.made_ms() > Machine.now().plus_ms(HOUR_MS).0
}

async fn choose(
    config: &Config,
    repository: &Arc<Repository>,
    command: &Restore,
) -> anyhow::Result<SetName> {
    let names = backup_command::names(repository, command.set.as_deref()).await?;
    let Some(at) = &command.at else {
        let of_now = names.iter().rev().find(|name| !is_ahead(name)).cloned();
        let newest = of_now.or_else(|| names.into_iter().last());
        return newest.with_context(|| format!("there is no back-up in {}", repository.shown()));
    };
    let schedule = config.backup.schedule()?;
    let Some(moment) = schedule.read(at) else {
        bail!("--at {at:?} is no time such as 2026-11-20 or \"2026-11-20 14:00\"");
    };
    let oldest = names.first().map(|name| schedule.shown(name.made_ms()));
    let found = names
        .into_iter()
        .rev()
        .find(|name| name.made_ms() <= moment);
    found.with_context(|| match oldest {
        Some(oldest) => format!("the oldest back-up is of {oldest}"),
        None => format!("there is no back-up in {}", repository.shown()),
    })
}

/// Writes who is erased again, and brings the store from its file to a server where it belongs
/// there. Until that is done nothing opens the folder, nor the database.
async fn finish(config: &Config, layout: &Layout, lists: &[Vec<u8>]) -> anyhow::Result<()> {
    write_erasures(layout, lists)?;
    let brought = match &config.store.url {
        StoreUrl::Postgres(url) => Some(to_server(url, layout).await?),
        StoreUrl::Sqlite => None,
    };
    // A folder beside another restore's database stays marked.
    if let Some(brought) = &brought {
        brought.check().await?;
    }
    backup::finish_restore(&layout.root)?;
    match brought {
        Some(brought) => Ok(brought.finish().await?),
        None => Ok(()),
    }
}

/// There is no file any more then.
async fn to_server(url: &str, layout: &Layout) -> anyhow::Result<Restoring> {
    let file = Store::open(&layout.store()).await?;
    let bar = print::bar(u64::try_from(moving::TABLES.len())?, "Moving the store");
    let token = app::random::<16>(&Machine);
    let brought = restoring::restore_to(url, &file, &token, |_| bar.inc(1)).await;
    let brought = brought.context("failed to bring the store to its server")?;
    bar.finish_and_clear();
    file.close().await;
    fs::remove_file(layout.store())?;
    Ok(brought)
}

/// Makes the warehouse from the journal. Nothing where the key to the store's secrets is not there.
async fn load(config: &Config, to: &Path, set: &Set) -> anyhow::Result<Option<u64>> {
    let mut restored = backups::restored_config(config, to, set)?;
    restored.store.url.clone_from(&config.store.url);
    let source = Source::of(&restored, &Layout::new(to))?;
    if source.read().await?.is_none() {
        return Ok(None);
    }
    let rebuilt = rebuild::make(&restored, rebuild::Unknown::LeaveOut).await?;
    Ok(Some(rebuilt.facts))
}

fn tell(to: &Path, name: &SetName, facts: Option<u64>, json: bool) {
    if json {
        print::say!("{}", json!({"folder": to, "name": name, "facts": facts}));
        return;
    }
    match facts {
        Some(facts) => print::say!(
            "{name} is restored to {} with {facts} facts. Start a server on it with --data {}",
            to.display(),
            to.display()
        ),
        None => print::say!(
            "{name} is restored to {}. The key to the store's secrets was not in it and is not \
             here: put it to {}, then make the warehouse with `throughline rebuild --data {}`",
            to.display(),
            Layout::new(to).secrets_key().display(),
            to.display()
        ),
    }
}

fn tell_plan(config: &Config, name: &SetName, set: &Set, json: bool) -> anyhow::Result<()> {
    let notes: Notes = serde_json::from_value(set.notes.clone())?;
    let (sums, made) = (set.sums(), config.backup.schedule()?.shown(set.made_ms));
    if json {
        let told = json!({
            "name": name, "made": made, "program": set.program, "files": sums.files,
            "bytes": sums.bytes, "key_inside": notes.key_inside,
        });
        print::say!("{told}");
        return Ok(());
    }
    print::say!(
        "{name} of {made}, made by version {}: {} files with {} MB. Nothing was written.",
        set.program,
        sums.files,
        sums.bytes >> 20
    );
    Ok(())
}
