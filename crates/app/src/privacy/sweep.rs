//! Journals that come back: a copy of a node's folder was put in its place, or nobody waited for it
//! for a while. People who were erased meanwhile, and what is too old, may still be in them.

use std::collections::{BTreeMap, HashMap};

use base::{Fact, Pseudonym, UnixMillis, VisitorId, WorkspaceId};
use journal::Position;
use store::nodes;

use super::Look;
use crate::nodes::{Journaled, journaled};
use crate::{App, AppError, EraseOrder};

/// Visitors that one order names: more of them wait for the next one.
const VISITORS: usize = 20_000;

/// Who was found in a part of a journal and not ordered yet. Of a visitor who was erased twice, the
/// earlier one goes first: it is what the earlier facts are under.
struct Found {
    first: u64,
    under: BTreeMap<(UnixMillis, WorkspaceId), HashMap<VisitorId, Pseudonym>>,
}

impl App {
    /// Sweeps the journals that need it and can be reached, on the node that loads. One that cannot
    /// is tried again.
    pub(super) async fn sweep_journals(&self) -> Result<(), AppError> {
        if !self.is_shared() || !self.writes_facts() {
            return Ok(());
        }
        let all = self.nodes().await?.into_iter();
        let runs = |node: &nodes::Node| node.gone_at.is_none() && node.stopped_segment.is_none();
        for node in all.filter(|node| node.is_unswept && runs(node)) {
            let _turn = self.inner.erasure_turn.lock().await;
            let (name, folder) = (node.name.clone(), node.folder.clone());
            let swept = match name == self.this_node().name {
                true => Ok(self.blank_journal().await?.blanked),
                false => self.sweep_journal_of(&journaled(node)).await?,
            };
            match swept {
                Ok(entries) => {
                    let mut tx = self.inner.store.begin().await?;
                    nodes::note_swept(&mut tx, (&name, &folder)).await?;
                    tx.commit().await?;
                    tracing::info!(node = name, entries, "a journal that came back was swept");
                }
                Err(error) => {
                    let why = format!("{error:#}");
                    tracing::warn!(
                        node = name,
                        why,
                        "a journal that came back may hold people who were erased"
                    );
                }
            }
        }
        Ok(())
    }

    /// How many entries were somebody's, or why the node could not be reached.
    async fn sweep_journal_of(&self, node: &Journaled) -> Result<anyhow::Result<u64>, AppError> {
        let erased = std::sync::Arc::clone(&self.inner.erased);
        let (mut at, mut end, mut swept) = (Position::default(), None, 0);
        let mut found = Found::from(0);
        loop {
            let piece = match self.read_journal_of(node, at).await? {
                Ok(piece) => piece,
                Err(error) => return Ok(Err(error)),
            };
            // What is taken in from now on is spared as everywhere.
            let end = *end.get_or_insert(piece.durable);
            found.look_through(&piece.batch.entries, &erased.look());
            let next = piece.batch.next;
            let is_over = next == at || next >= end;
            if is_over || found.count() >= VISITORS || next.segment > found.first {
                match self.order_sweep(node, &found, next.segment).await? {
                    Ok(entries) => swept += entries,
                    Err(error) => return Ok(Err(error)),
                }
                found = Found::from(next.segment);
            }
            if is_over {
                return Ok(Ok(swept));
            }
            at = next;
        }
    }

    async fn order_sweep(
        &self,
        node: &Journaled,
        found: &Found,
        last: u64,
    ) -> Result<anyhow::Result<u64>, AppError> {
        let mut swept = 0;
        for ((until, workspace), under) in &found.under {
            let under: Vec<_> = under.iter().map(|(who, whom)| (*who, *whom)).collect();
            let order = EraseOrder {
                segments: Some((found.first, last)),
                ..EraseOrder::of((*workspace, *until), &under)
            };
            match self.order_erasure(node, order).await? {
                Ok(entries) => swept += entries,
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(swept))
    }
}

impl Found {
    fn from(first: u64) -> Self {
        Self {
            first,
            under: BTreeMap::new(),
        }
    }

    fn count(&self) -> usize {
        self.under.values().map(HashMap::len).sum()
    }

    fn look_through(&mut self, entries: &[Vec<u8>], look: &Look<'_>) {
        for fact in entries.iter().flat_map(|entry| Fact::decode(entry)) {
            if let (Some((until, whom)), Some(visitor)) = (look.meant(&fact), fact.visitor()) {
                let under = self.under.entry((until, fact.workspace())).or_default();
                under.insert(visitor, whom);
            }
        }
    }
}
