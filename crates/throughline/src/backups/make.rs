//! Making a back-up: the store at one moment, the journal up to it, uploads, and the key if it is
//! wanted; the store last.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use app::{App, Loader, Surroundings as _};
use backup::{Repository, Sent, Set, SetName, SetWriter, Swept, kept, sweep};
use indicatif::ProgressBar;
use journal::Position;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::place::{Access, open};
use super::reports::{self, NotedReport};
use super::sent::{SentFiles, Stamp};
use super::turn::Turn;
use super::{ERASURES, JOURNAL, Moment, SECRETS_KEY, STORE, UPLOADS};
use crate::config::Config;
use crate::master_key::Source;
use crate::open::Layout;
use crate::surroundings::Machine;

/// The running server: it can be asked for reports.
#[derive(Clone)]
pub(crate) struct Living {
    pub(crate) app: App,
    pub(crate) loader: Arc<Mutex<Loader>>,
}

/// What the maker of a set wants to find again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notes {
    /// Where the journal ended.
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) key_inside: bool,
    /// Rows of the store's main tables.
    pub(crate) tables: Vec<(String, i64)>,
    /// What reports said; none where nobody could be asked.
    pub(crate) reports: Vec<NotedReport>,
}

/// A back-up that was made.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) name: SetName,
    pub(crate) set: Set,
    pub(crate) sent: Sent,
    pub(crate) swept: Swept,
    pub(crate) place: String,
    pub(crate) key: String,
    /// Bytes that all back-ups take together.
    pub(crate) place_bytes: u64,
}

/// The copy of the store that is sent, below the folder of back-ups.
pub(super) const PART: &str = "store.part";

/// What goes into a set, and what is known of it.
struct Content {
    layout: Layout,
    end: Position,
    /// The key of the store's secrets, where it goes along.
    secrets_key: Option<std::path::PathBuf>,
    notes: Notes,
}

/// Makes a back-up, and takes out those that are not kept any longer.
///
/// # Errors
/// When another back-up is being made, or something fails; the place then holds the sets that it
/// had.
pub(crate) async fn make(
    config: &Config,
    living: Option<&Living>,
    bar: &ProgressBar,
) -> anyhow::Result<Made> {
    let layout = Layout::new(&config.data.folder);
    fs::create_dir_all(layout.backup())?;
    let turn = Turn::take(&layout.backup())?;
    let repository = open(config, Access::Write).await?;
    let part = layout.backup().join(PART);
    remove(&part)?;
    let content = match look(config, layout, &part, living).await {
        Ok(content) => content,
        Err(error) => {
            // What was copied is not sealed, and takes room.
            remove(&part)?;
            return Err(error);
        }
    };
    let (config, bar) = (config.clone(), bar.clone());
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let made = send(&repository, &content, &part, &bar);
        remove(&part)?;
        let (name, set, sent) = made?;
        clear_up(&config, &repository, (name, set, sent))
    });
    made.await?
}

/// Copies the store, and asks for reports of that very moment: the loader rests from before it
/// until they are answered. Intake goes on.
async fn look(
    config: &Config,
    layout: Layout,
    part: &Path,
    living: Option<&Living>,
) -> anyhow::Result<Content> {
    let resting = match living {
        Some(living) => Some((Arc::clone(&living.loader).lock_owned().await, &living.app)),
        None => None,
    };
    let moment = Moment::take(config, &layout, part).await?;
    let end = moment.end;
    let mut noted = Vec::new();
    if let Some((mut loader, app)) = resting.filter(|_| moment.is_alone) {
        let loaded = tokio::task::spawn_blocking(move || {
            let loaded = loader.load_until(end);
            (loader, loaded)
        });
        let (loader, loaded) = loaded.await?;
        match loaded {
            Ok(true) => match reports::ask_all(app, Machine.now()).await {
                Ok(answers) => noted = answers,
                Err(error) => tracing::warn!("a back-up without reports: {error:#}"),
            },
            Ok(false) => tracing::warn!("a back-up without reports: they are ahead of it"),
            Err(error) => tracing::warn!("a back-up without reports: {error}"),
        }
        drop(loader);
    }
    moment.copy(part).await?;
    let own_key = match Source::of(config, &layout)? {
        Source::Own(path) if config.backup.with_secrets_key && path.is_file() => Some(path),
        _ => None,
    };
    let notes = Notes {
        segment: end.segment,
        offset: end.offset,
        key_inside: own_key.is_some(),
        tables: store::maintain::count_rows(part).await?,
        reports: noted,
    };
    Ok(Content {
        layout,
        end,
        secrets_key: own_key,
        notes,
    })
}

fn send(
    repository: &Repository,
    content: &Content,
    part: &Path,
    bar: &ProgressBar,
) -> anyhow::Result<(SetName, Set, Sent)> {
    let folder = content.layout.backup();
    let earlier = SentFiles::read(&folder, repository);
    let mut now = earlier.anew();
    let mut writer = SetWriter::begin(repository)?;
    bar.set_length(expected_bytes(content, part));
    send_journal(&mut writer, content, (&earlier, &mut now), bar)?;
    for (name, path) in list_uploads(&content.layout)? {
        match File::open(&path) {
            // One that went away meanwhile is needed no more.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => add(&mut writer, &name, opened?, bar)?,
        }
    }
    // Whoever was erased is erased again where an earlier set is put back.
    match File::open(content.layout.erasures()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => add(&mut writer, ERASURES, opened?, bar)?,
    }
    if let Some(key) = &content.secrets_key {
        add(&mut writer, SECRETS_KEY, File::open(key)?, bar)?;
    }
    add(&mut writer, STORE, File::open(part)?, bar)?;
    let notes = serde_json::to_value(&content.notes)?;
    let made = writer.finish(env!("CARGO_PKG_VERSION"), notes)?;
    now.write(&folder)?;
    Ok(made)
}

/// Segments that were sent and have not changed are not read. What was moved away since is taken
/// from the set before.
fn send_journal(
    writer: &mut SetWriter<'_>,
    content: &Content,
    (earlier, now): (&SentFiles, &mut SentFiles),
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let end = content.end;
    let mut missing: Vec<bool> =
        vec![true; usize::try_from(end.segment + u64::from(end.offset > 0))?];
    journal::visit_until(&content.layout.journal(), end, |mut file| {
        if let Some(seen) = file.segment.and_then(|at| usize::try_from(at).ok()) {
            missing[seen] = false;
        }
        let name = format!("{JOURNAL}/{}", file.name);
        let stamp = file.whole.as_ref().map(Stamp::of);
        let sent = stamp.and_then(|stamp| earlier.unchanged(&name, stamp));
        if let (Some(entry), Some(stamp)) = (sent, stamp)
            && writer.add_again(entry)
        {
            bar.inc(entry.bytes);
            now.note(stamp, entry.clone());
            return Ok(());
        }
        let length = Some(file.length);
        let entry = writer.add(&name, length, &mut file.content, &mut |bytes| {
            bar.inc(bytes);
        })?;
        if let Some(stamp) = stamp {
            now.note(stamp, entry);
        }
        anyhow::Ok(())
    })
    .context("failed to send the journal")?;
    let mut lost = 0;
    for (number, _) in (0..).zip(&missing).filter(|(_, is_missing)| **is_missing) {
        let names = journal::segment_names(number).map(|name| format!("{JOURNAL}/{name}"));
        let sent = names.iter().find_map(|name| earlier.moved_away(name));
        match sent {
            Some((stamp, entry)) if !earlier.is_of_other_key() && writer.add_again(entry) => {
                now.note(stamp, entry.clone());
            }
            Some((stamp, entry)) => match writer.add_anew(entry) {
                Ok(anew) => now.note(stamp, anew),
                Err(backup::BackupError::Damaged(_) | backup::BackupError::Missing(_)) => lost += 1,
                Err(error) => return Err(error.into()),
            },
            None => lost += 1,
        }
    }
    if lost > 0 {
        bail!(
            "{lost} segments of the journal were moved away and are in no back-up yet, so that \
             reports of this one would lack their facts: put them back until it is made"
        );
    }
    Ok(())
}

fn add(
    writer: &mut SetWriter<'_>,
    name: &str,
    mut file: File,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    writer.add(name, None, &mut file, &mut |bytes| bar.inc(bytes))?;
    Ok(())
}

/// Files between preview and import, by their names in a set.
fn list_uploads(layout: &Layout) -> anyhow::Result<Vec<(String, std::path::PathBuf)>> {
    let entries = match fs::read_dir(layout.uploads()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            found.push((format!("{UPLOADS}/{name}"), entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn expected_bytes(content: &Content, store: &Path) -> u64 {
    let of_file = |path: &Path| fs::metadata(path).map_or(0, |meta| meta.len());
    let of_folder = |folder: &Path| -> u64 {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| of_file(&entry.path())).sum()
    };
    of_file(store) + of_folder(&content.layout.journal()) + of_folder(&content.layout.uploads())
}

/// What is kept no longer goes. A back-up that was made is one, whatever becomes of earlier ones.
fn clear_up(
    config: &Config,
    repository: &Repository,
    (name, set, sent): (SetName, Set, Sent),
) -> anyhow::Result<Made> {
    let schedule = config.backup.schedule()?;
    let stay = kept(&repository.sets()?, config.backup.keep(), schedule.zone());
    let swept = sweep(repository, &stay).unwrap_or_else(|error| {
        tracing::warn!(%error, "earlier back-ups stay though they are kept no longer");
        Swept::default()
    });
    Ok(Made {
        name,
        set,
        sent,
        swept,
        place: repository.shown(),
        key: repository.key().id().to_string(),
        place_bytes: repository.bytes().unwrap_or_default(),
    })
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
