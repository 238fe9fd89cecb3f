//! What a node asks of others: files that people brought there, and to forget whoever is erased.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use base::{Fact, Pseudonym, UnixMillis, VisitorId, WorkspaceId};
use journal::{Handover, Position};
use serde::{Deserialize, Serialize};
use tokio::fs;

use crate::error::Step as _;
use crate::nodes::Journaled;
use crate::{App, AppError};

/// Reaches other nodes. Calls block.
pub trait Elsewhere: Send + Sync {
    /// Puts the file of an upload at `path`, whole or not at all. False where the node has none.
    ///
    /// # Errors
    /// When the node does not answer.
    fn fetch_upload(&self, node: &Journaled, name: &str, path: &Path) -> anyhow::Result<bool>;

    /// Lets a node take somebody out of its journal, and files out of its uploads. How many entries
    /// there were.
    ///
    /// # Errors
    /// When the node does not answer, or its disk fails.
    fn erase(&self, node: &Journaled, order: &EraseOrder) -> anyhow::Result<u64>;

    /// A piece of a node's journal, from a position on.
    ///
    /// # Errors
    /// When the node does not answer.
    fn read_journal(&self, node: &Journaled, from: Position) -> anyhow::Result<Handover>;
}

/// For a program that nobody shares the store with.
#[derive(Debug, Clone, Copy)]
pub struct NobodyElse;

/// Who is taken out of a journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseOrder {
    pub workspace: i64,
    /// What was recorded until then.
    pub until_ms: i64,
    /// Visitors, and both halves of whom they become.
    pub under: Vec<(u64, u64, u64)>,
    /// Names of files.
    pub uploads: Vec<String>,
    /// The first and the last segment that is meant; all of them where nothing is said.
    #[serde(default)]
    pub segments: Option<(u64, u64)>,
}

/// An order, ready to be looked up for many entries.
#[derive(Debug)]
pub struct Replacing {
    workspace: i64,
    until_ms: i64,
    under: HashMap<u64, Pseudonym>,
}

impl Elsewhere for NobodyElse {
    fn fetch_upload(&self, _: &Journaled, _: &str, _: &Path) -> anyhow::Result<bool> {
        Ok(false)
    }

    fn erase(&self, node: &Journaled, _: &EraseOrder) -> anyhow::Result<u64> {
        anyhow::bail!("nothing reaches {}", node.name)
    }

    fn read_journal(&self, node: &Journaled, _: Position) -> anyhow::Result<Handover> {
        anyhow::bail!("nothing reaches {}", node.name)
    }
}

impl EraseOrder {
    pub(crate) fn of(
        (workspace, until): (WorkspaceId, UnixMillis),
        under: &[(VisitorId, Pseudonym)],
    ) -> Self {
        let under = under.iter();
        Self {
            workspace: workspace.0,
            until_ms: until.0,
            under: under
                .map(|(visitor, whom)| (visitor.0, whom.visitor().0, whom.visits()))
                .collect(),
            uploads: Vec::new(),
            segments: None,
        }
    }

    /// Whether a segment is meant.
    #[must_use]
    pub fn reaches(&self, segment: u64) -> bool {
        self.segments
            .is_none_or(|(first, last)| (first..=last).contains(&segment))
    }

    #[must_use]
    pub fn replacing(&self) -> Replacing {
        let under = self.under.iter();
        Replacing {
            workspace: self.workspace,
            until_ms: self.until_ms,
            under: under
                .map(|(visitor, whom, visits)| (*visitor, Pseudonym::new(*whom, *visits)))
                .collect(),
        }
    }
}

impl Replacing {
    /// What stands in the place of an entry of one of them.
    #[must_use]
    pub fn replacement(&self, entry: &[u8]) -> Option<Vec<u8>> {
        let fact = Fact::decode(entry).ok()?;
        let visitor = fact.visitor()?;
        let is_meant = fact.workspace().0 == self.workspace && fact.recorded().0 <= self.until_ms;
        let pseudonym = *self.under.get(&visitor.0).filter(|_| is_meant)?;
        fact.under(pseudonym).encode_within(entry.len()).ok()
    }
}

impl App {
    /// Brings the file of an upload to this node, from whichever node has it. False where none has.
    pub(crate) async fn bring_upload(&self, name: &str) -> Result<bool, AppError> {
        let path = self.inner.settings.uploads.join(name);
        if fs::try_exists(&path).await.step("look for an upload")? {
            return Ok(true);
        }
        for node in self.journals_of_others().await? {
            let (elsewhere, name) = (Arc::clone(&self.inner.elsewhere), name.to_owned());
            let (path, there) = (path.clone(), node.name.clone());
            let fetch = move || elsewhere.fetch_upload(&node, &name, &path);
            match tokio::task::spawn_blocking(fetch)
                .await
                .step("fetch an upload")?
            {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(error) => {
                    let why = format!("{error:#}");
                    tracing::warn!(node = there, why, "a node was not asked for an upload");
                }
            }
        }
        Ok(false)
    }

    /// Takes visitors out of the journals of the other nodes, and files out of their uploads. Those
    /// that have done it are in `done`; the others are named with why they have not.
    pub(crate) async fn erase_elsewhere(
        &self,
        order: &EraseOrder,
        done: &mut Vec<String>,
    ) -> Result<(u64, Vec<String>), AppError> {
        let (mut blanked, mut waits_for) = (0, Vec::new());
        for node in self.journals_of_others().await? {
            if done.contains(&node.name) {
                continue;
            }
            let name = node.name.clone();
            match self.order_erasure(&node, order.clone()).await? {
                Ok(count) => {
                    blanked += count;
                    done.push(name);
                }
                Err(error) => waits_for.push(format!("{name} ({error:#})")),
            }
        }
        Ok((blanked, waits_for))
    }

    /// What a node answers to an order.
    pub(crate) async fn order_erasure(
        &self,
        node: &Journaled,
        order: EraseOrder,
    ) -> Result<anyhow::Result<u64>, AppError> {
        let (elsewhere, node) = (Arc::clone(&self.inner.elsewhere), node.clone());
        let erase = move || elsewhere.erase(&node, &order);
        tokio::task::spawn_blocking(erase)
            .await
            .step("reach a node")
    }

    /// A piece of a node's journal, or why there is none.
    pub(crate) async fn read_journal_of(
        &self,
        node: &Journaled,
        from: Position,
    ) -> Result<anyhow::Result<Handover>, AppError> {
        let (elsewhere, node) = (Arc::clone(&self.inner.elsewhere), node.clone());
        let read = move || elsewhere.read_journal(&node, from);
        tokio::task::spawn_blocking(read).await.step("reach a node")
    }
}
