//! What a node asks of others: files that people brought there, and to forget whoever is erased.

use std::path::Path;
use std::sync::Arc;

use base::{Fact, Pseudonym, UnixMillis, VisitorId, WorkspaceId};
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
}

impl Elsewhere for NobodyElse {
    fn fetch_upload(&self, _: &Journaled, _: &str, _: &Path) -> anyhow::Result<bool> {
        Ok(false)
    }

    fn erase(&self, node: &Journaled, _: &EraseOrder) -> anyhow::Result<u64> {
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
        }
    }

    /// What stands in the place of an entry of one of them.
    #[must_use]
    pub fn replacement(&self, entry: &[u8]) -> Option<Vec<u8>> {
        let fact = Fact::decode(entry).ok()?;
        let visitor = fact.visitor()?;
        let is_meant = fact.workspace().0 == self.workspace && fact.recorded().0 <= self.until_ms;
        let mut named = self.under.iter().filter(|_| is_meant);
        let (_, whom, visits) = named.find(|(known, ..)| *known == visitor.0)?;
        let pseudonym = Pseudonym::new(*whom, *visits);
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
    /// that have done it are in `done`, whatever comes next.
    pub(crate) async fn erase_elsewhere(
        &self,
        order: &EraseOrder,
        done: &mut Vec<String>,
    ) -> Result<u64, AppError> {
        let mut blanked = 0;
        for node in self.journals_of_others().await? {
            if done.contains(&node.name) {
                continue;
            }
            let (elsewhere, order) = (Arc::clone(&self.inner.elsewhere), order.clone());
            let name = node.name.clone();
            let erase = move || elsewhere.erase(&node, &order);
            let erased = tokio::task::spawn_blocking(erase)
                .await
                .step("reach a node")?;
            blanked += erased.map_err(|error| AppError::Unavailable {
                code: "node_away",
                detail: format!("{name} has to take the person out of its journal: {error:#}"),
            })?;
            done.push(name);
        }
        Ok(blanked)
    }
}
