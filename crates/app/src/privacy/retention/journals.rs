//! The days that a workspace keeps data, in the journals of other nodes: what is too old there is
//! read, and the node is told by which pseudonyms. No key leaves this node.

use std::collections::HashMap;

use base::{Fact, Pseudonym, UnixMillis, VisitorId, WorkspaceId};
use journal::{Handover, Position};
use store::meta;

use super::{State, key};
use crate::nodes::Journaled;
use crate::{App, AppError, EraseOrder};

/// Visitors that one order names: more of them wait for the next one.
const VISITORS: usize = 20_000;

/// What was found and not ordered yet.
struct Found {
    first: u64,
    under: HashMap<VisitorId, Pseudonym>,
}

impl App {
    /// The same as with the own journal. A node that is away is tried again until it is back.
    pub(super) async fn expire_journals_of_others(
        &self,
        workspace: WorkspaceId,
    ) -> Result<(), AppError> {
        let state = self.read_state(workspace).await?;
        let Some(until) = state.visits_until_ms.filter(|_| self.is_shared()) else {
            return Ok(());
        };
        let others = self.journals_of_others().await?;
        // Whatever ends this in the middle, the next try knows whom to ask.
        let all = others.iter().map(|node| node.name.clone()).collect();
        self.note_waits(workspace, all, &others).await?;
        let mut waits_for = Vec::new();
        for node in &others {
            let known = state.segments_of_others.get(&node.name);
            let from = known.copied().unwrap_or_default();
            match self
                .expire_journal_of(node, workspace, UnixMillis(until), from)
                .await?
            {
                Ok(segment) => self.note_segment(workspace, &node.name, segment).await?,
                Err(error) => {
                    let why = format!("{error:#}");
                    tracing::warn!(
                        node = node.name,
                        why,
                        "a journal keeps what is too old until its node is back"
                    );
                    waits_for.push(node.name.clone());
                }
            }
        }
        self.note_waits(workspace, waits_for, &others).await
    }

    /// Writes down whose journals are to be asked again, of those that there are.
    async fn note_waits(
        &self,
        workspace: WorkspaceId,
        waits_for: Vec<String>,
        others: &[Journaled],
    ) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        let mut state = State::read(&mut tx, workspace).await?;
        state
            .segments_of_others
            .retain(|name, _| others.iter().any(|node| node.name == *name));
        state.waits_for = waits_for;
        meta::put_meta(&mut tx, &key(workspace), &state.written()?).await?;
        Ok(tx.commit().await?)
    }

    /// The first segment that may hold such facts next time, or why the node could not be reached.
    async fn expire_journal_of(
        &self,
        node: &Journaled,
        workspace: WorkspaceId,
        until: UnixMillis,
        segment: u64,
    ) -> Result<anyhow::Result<u64>, AppError> {
        let (mut at, mut next, mut is_old) = (Position { segment, offset: 0 }, segment, true);
        let mut found = Found::from(segment);
        loop {
            let piece = match self.read_journal_of(node, at).await? {
                Ok(piece) => piece,
                Err(error) => return Ok(Err(error)),
            };
            let (oldest, newest) = self.find_expiring(&piece, (workspace, until), &mut found)?;
            is_old &= newest <= until.0;
            if is_old {
                next = piece.batch.next.segment;
            }
            // What came behind it is younger.
            let is_over = piece.batch.next == at || oldest.is_some_and(|oldest| oldest > until.0);
            let is_much = found.under.len() >= VISITORS || piece.batch.next.segment > found.first;
            if is_over || is_much {
                let last = piece.batch.next.segment;
                if let Err(error) = self.order(node, (workspace, until), &found, last).await? {
                    return Ok(Err(error));
                }
                found = Found::from(last);
            }
            if is_over {
                return Ok(Ok(next));
            }
            at = piece.batch.next;
        }
    }

    /// Visitors of a piece who are put under pseudonyms; when its first and last facts were
    /// recorded.
    fn find_expiring(
        &self,
        piece: &Handover,
        (workspace, until): (WorkspaceId, UnixMillis),
        found: &mut Found,
    ) -> Result<(Option<i64>, i64), AppError> {
        let key = self.mark_key()?;
        let (mut oldest, mut newest) = (None, i64::MIN);
        let facts = piece.batch.entries.iter();
        for fact in facts.filter_map(|entry| Fact::decode(entry).ok()) {
            let recorded = fact.recorded();
            oldest = Some(oldest.map_or(recorded.0, |oldest: i64| oldest.min(recorded.0)));
            newest = newest.max(recorded.0);
            let is_meant = fact.workspace() == workspace && recorded <= until;
            if let Some(visitor) = fact.visitor().filter(|_| is_meant && !fact.is_nobodys()) {
                let whom = key.pseudonym_by_time(workspace, visitor);
                found.under.insert(visitor, whom);
            }
        }
        Ok((oldest, newest))
    }

    async fn order(
        &self,
        node: &Journaled,
        meant: (WorkspaceId, UnixMillis),
        found: &Found,
        last: u64,
    ) -> Result<anyhow::Result<()>, AppError> {
        let under: Vec<_> = found
            .under
            .iter()
            .map(|(who, whom)| (*who, *whom))
            .collect();
        if under.is_empty() {
            return Ok(Ok(()));
        }
        let order = EraseOrder {
            segments: Some((found.first, last)),
            ..EraseOrder::of(meant, &under)
        };
        // Erasures have their turns between two orders.
        let _turn = self.inner.erasure_turn.lock().await;
        let done = self.order_erasure(node, order).await?;
        Ok(done.map(drop))
    }

    async fn read_state(&self, workspace: WorkspaceId) -> Result<State, AppError> {
        let mut connection = self.inner.store.read().await?;
        State::read(&mut connection, workspace).await
    }

    async fn note_segment(
        &self,
        workspace: WorkspaceId,
        node: &str,
        segment: u64,
    ) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        let mut state = State::read(&mut tx, workspace).await?;
        state.segments_of_others.insert(node.to_owned(), segment);
        meta::put_meta(&mut tx, &key(workspace), &state.written()?).await?;
        Ok(tx.commit().await?)
    }
}

impl Found {
    fn from(first: u64) -> Self {
        Self {
            first,
            under: HashMap::new(),
        }
    }
}
