//! A data folder, taken out of a back-up.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use backup::{Repository, Set, SetName};
use serde_json::json;

use super::{backup as backup_command, print, rebuild};
use crate::backups::{self, Access, Notes};
use crate::cli::Restore;
use crate::config::{BackupPlace, Config};
use crate::master_key::Source;
use crate::open::Layout;

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
    let set = tokio::task::spawn_blocking(move || {
        let set = reading.set(&wanted)?;
        with_newest_erasures(&reading, &wanted, set)
    })
    .await??;
    if command.dry_run {
        tell_plan(&config, &name, &set, json)?;
        return Ok(());
    }
    let bar = print::bar(set.sums().bytes, "Restoring");
    let (reading, shown, to) = (Arc::clone(&repository), bar.clone(), command.to.clone());
    let restored = set.clone();
    tokio::task::spawn_blocking(move || {
        backup::restore(&reading, &restored, &to, &mut |bytes| shown.inc(bytes))
    })
    .await??;
    bar.finish_and_clear();
    let facts = load(&config, &command.to, &set).await?;
    tell(&command.to, &name, facts, json);
    Ok(())
}

/// The set with the erasure list of the newest one that can be read: whoever was erased since it
/// was made is erased again before anything is loaded.
fn with_newest_erasures(
    repository: &Repository,
    wanted: &SetName,
    mut set: Set,
) -> anyhow::Result<Set> {
    let later = repository.sets()?.into_iter().rev();
    for name in later.take_while(|name| name > wanted) {
        // One that is damaged has an earlier list beside it.
        let Ok(newer) = repository.set(&name) else {
            continue;
        };
        if let Some(list) = newer.file(backups::ERASURES) {
            set.files.retain(|file| file.name != backups::ERASURES);
            set.files.insert(0, list.clone());
            break;
        }
    }
    Ok(set)
}

async fn choose(
    config: &Config,
    repository: &Arc<Repository>,
    command: &Restore,
) -> anyhow::Result<SetName> {
    let names = backup_command::names(repository, command.set.as_deref()).await?;
    let Some(at) = &command.at else {
        let newest = names.into_iter().last();
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

/// Makes the warehouse from the journal. Nothing where the key to the store's secrets is not there.
async fn load(config: &Config, to: &Path, set: &Set) -> anyhow::Result<Option<u64>> {
    let restored = backups::restored_config(config, to, set)?;
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
