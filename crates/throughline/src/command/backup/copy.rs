//! A copy of the data folder, made beside a running server, whole and proved by opening it.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use journal::Position;
use serde_json::json;

use crate::backups::Moment;
use crate::command::print;
use crate::command::rebuild::{self, Rebuilt, Unknown};
use crate::config::{Config, StoreUrl, WarehouseUrl};
use crate::master_key::Source;
use crate::open::Layout;

/// Whether a key that is in the data folder is copied with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Inside,
    Apart,
}

pub(crate) async fn run(config: &Config, to: &Path, key: Key, json: bool) -> anyhow::Result<()> {
    let from = Layout::new(&config.data.folder);
    let copy = Layout::new(to);
    make_folder(to)?;
    let source = Source::of(config, &from)?;
    // A key that is elsewhere is not the data folder's to be copied.
    let key = match &source {
        Source::Own(_) => key,
        _ => Key::Apart,
    };
    let rebuilt = match copy_all(config, &from, &copy, key).await {
        Ok(rebuilt) => rebuilt,
        Err(error) => {
            let words = format!("{} is no whole copy: remove it", to.display());
            return Err(error.context(words));
        }
    };
    if json {
        let told = json!({
            "folder": to,
            "facts": rebuilt.facts,
            "unknown_entries": rebuilt.unknown,
            "key_inside": key == Key::Inside,
        });
        print::say!("{told}");
        return Ok(());
    }
    print::say!(
        "{} is a copy of {} with {} facts.",
        to.display(),
        from.root.display(),
        rebuilt.facts
    );
    rebuild::tell_what_is_missing(&rebuilt);
    match key {
        Key::Inside => {
            print::say!("The key to its secrets is inside: whoever has the copy can read them.");
        }
        Key::Apart => print::say!(
            "The key to its secrets is not inside, and the copy cannot be served without it: keep \
             a copy of {source} too, apart from this one."
        ),
    }
    print::say!("Start a server on it with --data {}", to.display());
    if config.store.url != StoreUrl::Sqlite {
        print::say!("Its store is a file: set store.url to \"sqlite\" for it.");
    }
    Ok(())
}

/// The store gets its name last, so that an interrupted copy is never taken for a whole one.
async fn copy_all(
    config: &Config,
    from: &Layout,
    copy: &Layout,
    key: Key,
) -> anyhow::Result<Rebuilt> {
    let part = copy.root.join("store.part");
    let spinner = print::spinner("Copying the store");
    let moment = Moment::take(config, from, &part).await?;
    let end = moment.end;
    moment.copy(&part).await?;
    spinner.finish_and_clear();
    copy_journal(from, copy, end)?;
    copy_uploads(from, copy)?;
    let own_key = match Source::of(config, from)? {
        Source::Own(path) => Some(path),
        _ => None,
    };
    if let (Some(path), Key::Inside) = (&own_key, key) {
        copy_if_there(path, &copy.secrets_key())?;
    }
    // Whoever was erased is erased again where an earlier copy is put in this one's place.
    copy_if_there(&from.erasures(), &copy.erasures())?;
    File::open(&part)?.sync_all()?;
    fs::rename(&part, copy.store())?;
    let mut copied = config.clone();
    copied.data.folder.clone_from(&copy.root);
    // Never on the servers: they are the original's.
    copied.store.url = StoreUrl::Sqlite;
    copied.warehouse.url = WarehouseUrl::Duckdb;
    if let (Some(path), Key::Apart) = (own_key, key) {
        copied.secrets.key_file = path;
    }
    rebuild::make(&copied, Unknown::LeaveOut).await
}

fn copy_journal(from: &Layout, copy: &Layout, end: Position) -> anyhow::Result<()> {
    let bar = print::bar(end.segment + 1, "Copying the journal");
    let done = |segment| bar.set_position(segment + 1);
    let copied = journal::copy_until(&from.journal(), &copy.journal(), end, done)
        .context("failed to copy the journal")?;
    bar.finish_and_clear();
    let missing = (end.segment + u64::from(end.offset > 0)).saturating_sub(copied);
    if missing > 0 {
        bail!(
            "{missing} segments of the journal were moved away, so that the copy's reports would \
             lack their facts: put them back first"
        );
    }
    Ok(())
}

/// A store of before there was a key has none to copy, and one that erased nobody has no list.
fn copy_if_there(from: &Path, to: &Path) -> anyhow::Result<()> {
    match fs::copy(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        copied => {
            copied.with_context(|| format!("failed to copy {}", from.display()))?;
            Ok(File::open(to)?.sync_all()?)
        }
    }
}

/// Files between preview and import. One that went away meanwhile is needed no more.
fn copy_uploads(from: &Layout, copy: &Layout) -> anyhow::Result<()> {
    fs::create_dir_all(copy.uploads())?;
    let entries = match fs::read_dir(from.uploads()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        match fs::copy(entry.path(), copy.uploads().join(entry.file_name())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            copied => {
                copied.with_context(|| format!("failed to copy {}", entry.path().display()))?;
            }
        }
    }
    Ok(File::open(copy.uploads())?.sync_all()?)
}

fn make_folder(to: &Path) -> anyhow::Result<()> {
    let failed = || format!("failed to make the folder {}", to.display());
    fs::create_dir_all(to).with_context(failed)?;
    if fs::read_dir(to).with_context(failed)?.next().is_some() {
        bail!(
            "{} is not empty: a copy needs a folder of its own",
            to.display()
        );
    }
    Ok(())
}
