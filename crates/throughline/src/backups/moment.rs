//! The store and the end of the journal as they are at one moment.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use journal::Position;
use store::maintain::{back_up, count_relayed, hold_writers};
use store::nodes::list_nodes;
use store::snapshot::Snapshot;

use crate::config::{Config, StoreUrl};
use crate::open::Layout;

/// How often the store is copied beside its writers, before they are made to wait.
const TRIES_MAX: u32 = 5;

/// A moment of the store.
pub(crate) struct Moment {
    /// Where the journal ended: what the store has given away lies before it, and nothing that the
    /// store does not know of.
    pub(crate) end: Position,
    /// All facts of the warehouse are in this folder's journal.
    pub(crate) is_alone: bool,
    /// What is copied yet.
    server: Option<Snapshot>,
}

impl Moment {
    /// Takes the moment; a file is copied to `part` at once.
    ///
    /// # Errors
    /// When the store or the journal cannot be read, or other nodes have journals of their own.
    pub(crate) async fn take(config: &Config, from: &Layout, part: &Path) -> anyhow::Result<Self> {
        match &config.store.url {
            StoreUrl::Sqlite if !from.store().is_file() => {
                bail!("there is no store in {} to back up", from.root.display())
            }
            StoreUrl::Sqlite => Ok(Self {
                end: copy_file(from, part).await?,
                is_alone: true,
                server: None,
            }),
            StoreUrl::Postgres(url) => hold_server(url, config.node.name(), from).await,
        }
    }

    /// Brings what is of the moment to `part`.
    ///
    /// # Errors
    /// When the server does not answer, or the copy cannot be written.
    pub(crate) async fn copy(self, part: &Path) -> anyhow::Result<()> {
        if let Some(server) = self.server {
            let copied = server.copy_to(part).await;
            copied.context("failed to copy the store from its server")?;
        }
        Ok(())
    }
}

/// What went from the store to the journal before the moment is in the journal by then: whoever
/// relays writes it there first, and takes it out of the store in a transaction, which waits.
async fn hold_server(url: &str, name: &str, from: &Layout) -> anyhow::Result<Moment> {
    if !from.journal().is_dir() {
        bail!("there is no journal in {} to back up", from.root.display());
    }
    let mut server = Snapshot::take(url)
        .await
        .context("failed to look at the store")?;
    let end = journal::find_end(&from.journal()).context("failed to read the journal")?;
    server.release_writers().await?;
    let mut others = list_nodes(server.connection()).await?;
    others.retain(|node| node.name != name);
    let is_alone = others.is_empty();
    if !is_alone {
        tracing::warn!(
            "nodes were given up: what they had taken in is in the warehouse, and not in back-ups"
        );
    }
    others.retain(|node| node.gone_at.is_none());
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|node| node.name.as_str()).collect();
        bail!(
            "other nodes have journals of their own, which would not be in the back-up: {}. Stop \
             all nodes, run pg_dump, and copy every node's data folder",
            names.join(", ")
        );
    }
    Ok(Moment {
        end,
        is_alone,
        server: Some(server),
    })
}

async fn copy_file(from: &Layout, part: &Path) -> anyhow::Result<Position> {
    let mut end = try_to_copy_file(from, part).await?;
    for _ in 1..TRIES_MAX {
        if end.is_some() {
            break;
        }
        end = try_to_copy_file(from, part).await?;
    }
    if end.is_none() {
        let held = hold_writers(&from.store()).await?;
        end = try_to_copy_file(from, part).await?;
        held.release().await?;
    }
    end.context("facts left the store though nobody could write to it")
}

/// Nothing when facts went from the store to the journal just then.
async fn try_to_copy_file(from: &Layout, part: &Path) -> anyhow::Result<Option<Position>> {
    let relayed = count_relayed(&from.store()).await?;
    let end = journal::find_end(&from.journal()).context("failed to read the journal")?;
    back_up(&from.store(), part)
        .await
        .context("failed to copy the store")?;
    if count_relayed(part).await? == relayed {
        return Ok(Some(end));
    }
    fs::remove_file(part)?;
    Ok(None)
}
