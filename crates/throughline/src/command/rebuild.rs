//! The warehouse, made anew from the journal.

use anyhow::bail;
use app::{App, LOAD_BYTES_MAX};
use base::Fact;
use journal::Journal;
use serde_json::json;

use super::print;
use crate::config::Config;
use crate::open;

/// What to do with entries that this version does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    Refuse,
    LeaveOut,
}

/// What the warehouse was made of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rebuilt {
    pub(super) facts: u64,
    pub(super) unknown: u64,
    pub(super) missing: u64,
}

pub(crate) async fn run(config: &Config, unknown: Unknown, json: bool) -> anyhow::Result<()> {
    let rebuilt = make(config, unknown).await?;
    if json {
        let told = json!({
            "facts": rebuilt.facts,
            "unknown_entries": rebuilt.unknown,
            "missing_segments": rebuilt.missing,
        });
        super::print::say!("{told}");
        return Ok(());
    }
    super::print::say!("The warehouse holds {} facts again.", rebuilt.facts);
    tell_what_is_missing(&rebuilt);
    Ok(())
}

/// Makes the warehouse of the data folder anew.
pub(super) async fn make(config: &Config, unknown: Unknown) -> anyhow::Result<Rebuilt> {
    let app = open::open_existing(config).await?;
    app.relay_outbox().await?;
    let store = app.store().clone();
    let rebuilt = tokio::task::spawn_blocking(move || rebuild(&app, unknown)).await??;
    store.close().await;
    Ok(rebuilt)
}

pub(super) fn tell_what_is_missing(rebuilt: &Rebuilt) {
    let Rebuilt {
        unknown, missing, ..
    } = rebuilt;
    if *unknown > 0 {
        super::print::say!(
            "{unknown} entries of the journal are not known to this version; they are left out."
        );
    }
    if *missing > 0 {
        super::print::say!(
            "{missing} segments of the journal are not there; their facts are missing."
        );
    }
}

/// The journal is read to its end before anything is wiped: what cannot be made anew stays.
fn rebuild(app: &App, unknown: Unknown) -> anyhow::Result<Rebuilt> {
    let end = app.journal().status().durable;
    let strangers = count_unknown(app.journal())?;
    if strangers > 0 && unknown == Unknown::Refuse {
        bail!(
            "{strangers} entries of the journal are not known to this version, so that their \
             facts would be lost; nothing was changed. Use the version that wrote them, or leave \
             them out with --force"
        );
    }
    app.warehouse().wipe()?;
    let mut loader = open::loader(app);
    let bar = print::bar(end.segment + 1, "Loading the journal");
    let mut rebuilt = Rebuilt::default();
    while loader.position().is_none_or(|at| at < end) {
        let step = loader.step()?;
        rebuilt.facts += step.loaded.facts();
        rebuilt.unknown += step.unknown;
        rebuilt.missing += step.missing;
        if let Some(at) = loader.position() {
            bar.set_position(at.segment);
        }
    }
    bar.finish_and_clear();
    app.warehouse().compact(app.now())?;
    app.warehouse().checkpoint()?;
    app.journal().close();
    Ok(rebuilt)
}

fn count_unknown(journal: &Journal) -> anyhow::Result<u64> {
    let end = journal.status().durable;
    let mut unknown = 0;
    let mut at = journal.oldest()?;
    let bar = print::bar(end.segment + 1, "Reading the journal");
    while at < end {
        let read = journal.read(at, LOAD_BYTES_MAX)?;
        let strangers = read
            .entries
            .iter()
            .filter(|entry| Fact::decode(entry).is_err());
        unknown += u64::try_from(strangers.count())?;
        if read.next == at {
            break;
        }
        at = read.next;
        bar.set_position(at.segment);
    }
    bar.finish_and_clear();
    Ok(unknown)
}

#[cfg(test)]
mod tests {
    use base::{Fact, LeadId, LeadState, UnixMillis, WorkspaceId};

    use super::*;

    fn state() -> Fact {
        Fact::LeadState(Box::new(LeadState {
            id: base::FactId(7),
            workspace: WorkspaceId(1),
            lead: LeadId(1),
            version: 1,
            recorded: UnixMillis(5),
            status: "new".to_owned(),
        }))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_wiped_while_entries_are_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let (mut config, _) = crate::config::load(None, std::iter::empty()).unwrap();
        folder.path().clone_into(&mut config.data.folder);
        let app = open::open(&config).await.unwrap();
        app.journal()
            .append(&state().encode().unwrap())
            .unwrap()
            .await
            .unwrap();
        open::loader(&app).catch_up(|_| {}).unwrap();
        app.journal().append(&[9, 9, 9]).unwrap().await.unwrap();
        let loaded = || app.warehouse().position(&app.this_node().name).unwrap();
        let before = loaded();
        let refused = rebuild(&app, Unknown::Refuse).unwrap_err().to_string();
        assert!(refused.starts_with("1 entries of the journal"), "{refused}");
        assert!(before.is_some());
        assert_eq!(loaded(), before);
        let rebuilt = rebuild(&app, Unknown::LeaveOut).unwrap();
        let wanted = Rebuilt {
            facts: 1,
            unknown: 1,
            missing: 0,
        };
        assert_eq!(rebuilt, wanted);
    }
}
