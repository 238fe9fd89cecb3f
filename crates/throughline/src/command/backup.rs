//! Back-ups at the terminal: made, listed, read back.

mod copy;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use backup::{Repository, SetName, Verified, verify};
use indicatif::ProgressBar;
use serde_json::json;

use super::print;
use crate::backups::{self, Access, Made, Notes, Proof};
use crate::cli::{Backup, BackupCommand};
use crate::config::{BackupPlace, Config};

pub(crate) async fn run(
    mut config: Config,
    command: Backup,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match (command.what, command.to) {
        (Some(BackupCommand::List), _) => list(&config, json).await?,
        (Some(BackupCommand::Verify { set, restore }), _) => {
            let depth = if restore {
                Depth::Restore
            } else {
                Depth::Pieces
            };
            return read_back(&config, set.as_deref(), depth, json).await;
        }
        (None, Some(to)) => {
            let key = match command.without_key {
                true => copy::Key::Apart,
                false => copy::Key::Inside,
            };
            copy::run(&config, &to, key, json).await?;
        }
        (None, None) => {
            config.backup.with_secrets_key &= !command.without_key;
            make(&config, json).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Pieces,
    Restore,
}

async fn make(config: &Config, json: bool) -> anyhow::Result<()> {
    let bar = print::bar(0, "Sending");
    let made = backups::make(config, None, &bar).await?;
    bar.finish_and_clear();
    let notes: Notes = serde_json::from_value(made.set.notes.clone())?;
    let sums = made.set.sums();
    if json {
        let told = json!({
            "name": made.name,
            "place": made.place,
            "key": made.key,
            "files": sums.files,
            "bytes": sums.bytes,
            "sent_objects": made.sent.objects,
            "sent_bytes": made.sent.bytes,
            "removed_sets": made.swept.sets,
            "place_bytes": made.place_bytes,
            "key_inside": notes.key_inside,
        });
        print::say!("{told}");
        return Ok(());
    }
    tell(config, &made, notes.key_inside);
    Ok(())
}

fn tell(config: &Config, made: &Made, key_inside: bool) {
    let sums = made.set.sums();
    print::say!(
        "{} is in {}: {} files with {} MB; what was new was sent as {} MB.",
        made.name,
        made.place,
        sums.files,
        sums.bytes >> 20,
        made.sent.bytes >> 20
    );
    if made.swept.sets > 0 {
        print::say!("{} earlier back-ups are kept no longer.", made.swept.sets);
    }
    print::say!(
        "It is sealed with key {}: keep a copy of that key away from this machine, nobody can \
         restore without it.",
        made.key
    );
    if !key_inside {
        print::say!(
            "The key to the store's secrets is not inside: keep a copy of it too, apart from this \
             one."
        );
    }
    if let BackupPlace::Folder(path) = &config.backup.place
        && path.starts_with(&config.data.folder)
    {
        print::say!("It is on the disk that it is a back-up of, and would be lost with it.");
    }
}

async fn list(config: &Config, json: bool) -> anyhow::Result<()> {
    let repository = backups::open(config, Access::Read).await?;
    let schedule = config.backup.schedule()?;
    let reading = Arc::clone(&repository);
    let (sets, place_bytes) = tokio::task::spawn_blocking(move || {
        let mut sets = Vec::new();
        for name in reading.sets()? {
            let set = reading.set(&name);
            sets.push((name, set));
        }
        anyhow::Ok((sets, reading.bytes()?))
    })
    .await??;
    if json {
        let shape = |(name, set): &(SetName, Result<backup::Set, _>)| match set {
            Ok(set) => json!({
                "name": name, "made": schedule.shown(set.made_ms), "program": set.program,
                "files": set.sums().files, "bytes": set.sums().bytes, "damage": null,
            }),
            Err(error) => json!({
                "name": name, "made": schedule.shown(name.made_ms()), "program": null,
                "files": null, "bytes": null, "damage": backup::BackupError::to_string(error),
            }),
        };
        let sets: Vec<_> = sets.iter().map(shape).collect();
        let told = json!({"place": repository.shown(), "bytes": place_bytes, "sets": sets});
        print::say!("{told}");
        return Ok(());
    }
    let row = |(name, set): &(SetName, Result<backup::Set, backup::BackupError>)| {
        let made = schedule.shown(name.made_ms());
        let [program, files, size] = match set {
            Ok(set) => {
                let sums = set.sums();
                let size = format!("{} MB", sums.bytes >> 20);
                [set.program.clone(), sums.files.to_string(), size]
            }
            Err(error) => [error.to_string(), String::new(), String::new()],
        };
        vec![name.to_string(), made, program, files, size]
    };
    let rows: Vec<_> = sets.iter().map(row).collect();
    let header = ["Back-up", "Made", "Version", "Files", "Size"].map(str::to_owned);
    print::say!("{}", print::numbers(&header, &rows, 3));
    print::say!("\n{} holds {} MB.", repository.shown(), place_bytes >> 20);
    Ok(())
}

async fn read_back(
    config: &Config,
    wanted: Option<&str>,
    depth: Depth,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let repository = backups::open(config, Access::Read).await?;
    let names = names(&repository, wanted).await?;
    let bar = print::bar(0, "Reading");
    let (reading, shown, read) = (Arc::clone(&repository), bar.clone(), names.clone());
    let verified = tokio::task::spawn_blocking(move || {
        shown.set_length(reading.bytes()?);
        verify(&reading, &read, &mut |bytes| shown.inc(bytes))
    })
    .await??;
    bar.finish_and_clear();
    if !verified.damaged.is_empty() {
        mark(config, &verified).await;
    }
    let newest = names.last().context("there is no back-up to read")?;
    let proof = match depth {
        Depth::Restore if verified.damage.is_empty() => {
            Some(restore(config, &repository, newest).await?)
        }
        _ => None,
    };
    tell_read(&verified, proof.as_ref(), json);
    let is_sound = verified.damage.is_empty() && proof.is_none_or(|it| it.faults.is_empty());
    Ok(if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Lets the next back-up send again what is damaged. Whoever may only read is told the damage all
/// the same.
async fn mark(config: &Config, verified: &Verified) {
    let verified = verified.clone();
    let marked = match backups::open(config, Access::Write).await {
        Ok(repository) => tokio::task::spawn_blocking(move || repository.mark(&verified))
            .await
            .map_err(anyhow::Error::from)
            .and_then(|marked| Ok(marked?)),
        Err(error) => Err(error),
    };
    if let Err(error) = marked {
        tracing::warn!("damaged pieces could not be marked, and are not sent again: {error:#}");
    }
}

async fn restore(
    config: &Config,
    repository: &Arc<Repository>,
    name: &SetName,
) -> anyhow::Result<Proof> {
    let bar: ProgressBar = print::bar(0, "Restoring");
    let proof = backups::prove(config, repository, name, &bar).await?;
    bar.finish_and_clear();
    Ok(proof)
}

fn tell_read(verified: &Verified, proof: Option<&Proof>, json: bool) {
    if json {
        let told = json!({
            "sets": verified.sets, "pieces": verified.pieces, "bytes": verified.bytes,
            "damage": verified.damage, "restored": proof,
        });
        print::say!("{told}");
        return;
    }
    print::say!(
        "{} back-ups were read: {} pieces with {} MB.",
        verified.sets,
        verified.pieces,
        verified.bytes >> 20
    );
    for damage in &verified.damage {
        let file = damage.file.as_deref().unwrap_or("all of it");
        print::say!("{} cannot be restored, {file}: {}", damage.set, damage.why);
    }
    let Some(proof) = proof else {
        return;
    };
    print::say!(
        "{} was restored and opened: {} facts, {} reports asked again.",
        proof.set,
        proof.facts,
        proof.reports
    );
    for fault in &proof.faults {
        print::say!("It is not what it was: {fault}");
    }
}

/// The sets that are meant, the newest last.
pub(super) async fn names(
    repository: &Arc<Repository>,
    wanted: Option<&str>,
) -> anyhow::Result<Vec<SetName>> {
    let listed = Arc::clone(repository);
    let names = tokio::task::spawn_blocking(move || listed.sets()).await??;
    let Some(wanted) = wanted else {
        return Ok(names);
    };
    match names.into_iter().find(|name| name.as_str() == wanted) {
        Some(name) => Ok(vec![name]),
        None => bail!(
            "there is no back-up {wanted:?} in {}: `throughline backup list` names them",
            repository.shown()
        ),
    }
}
