//! Linking leads and deals again whose visit had no facts yet when they came.

use base::{DealId, UnixMillis, WorkspaceId};
use domain::lead::LinkMethod;
use serde_json::Value;
use store::deals::{self, Deal};
use store::leads::{self, Lead, RAW_CLICK_FIELD};
use store::{PageRequest, workspaces};

use super::book::{LeadBook, NewState};
use super::link::{Clues, Sightings, Wanted};
use super::save::take_link;
use crate::deals::{Desk, Shelf};
use crate::{App, AppError};

/// Leads of this long ago are looked at again.
const RELINK_MS_MAX: i64 = 48 * 60 * 60 * 1000;
/// The facts of a click that a lead came without are those of a recent one: they were about to be
/// loaded, or came with a log of the last months.
const CLICK_MS_MAX: i64 = 90 * 24 * 60 * 60 * 1000;
const PAGE_ROWS: u32 = 500;

impl App {
    /// Looks again for the visits of recent leads and deals known by number or click id only, and
    /// posts every link that is found as a correction. To be run every few seconds.
    /// Returns how many leads and deals were linked.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn relink_leads(&self) -> Result<usize, AppError> {
        let mut connection = self.inner.store.read().await?;
        let all = workspaces::list_workspaces(&mut connection).await?;
        drop(connection);
        let mut linked = 0;
        let now = self.now();
        for workspace in all {
            linked += self.relink_leads_of(workspace.id, now).await?;
            linked += self.relink_deals_of(workspace.id, now).await?;
        }
        if linked > 0 {
            self.wake_relay();
        }
        Ok(linked)
    }

    async fn relink_leads_of(
        &self,
        workspace: WorkspaceId,
        now: UnixMillis,
    ) -> Result<usize, AppError> {
        let since = now.plus_ms(-RELINK_MS_MAX);
        let mut page = PageRequest::first(PAGE_ROWS);
        let mut linked = 0;
        loop {
            let mut connection = self.inner.store.read().await?;
            let found = leads::list_waiting_leads(&mut connection, workspace, since, page).await?;
            drop(connection);
            linked += self.relink_page(workspace, &found.items, now).await?;
            match found.next {
                Some(next) => page = PageRequest::after(next, PAGE_ROWS),
                None => return Ok(linked),
            }
        }
    }

    async fn relink_page(
        &self,
        workspace: WorkspaceId,
        waiting: &[Lead],
        now: UnixMillis,
    ) -> Result<usize, AppError> {
        let Some(first) = waiting.iter().map(|lead| lead.details.at).min() else {
            return Ok(0);
        };
        let mut wanted = Wanted::clicked_since(first.plus_ms(-CLICK_MS_MAX));
        for lead in waiting {
            wanted.add(&clues(lead));
        }
        let sightings = self.sightings(workspace, wanted).await;
        let mut linked = 0;
        for lead in waiting {
            linked += usize::from(self.relink(workspace, lead, &sightings, now).await?);
        }
        Ok(linked)
    }

    /// Deals that carry a visit number of their own and have no visitor yet.
    async fn relink_deals_of(
        &self,
        workspace: WorkspaceId,
        now: UnixMillis,
    ) -> Result<usize, AppError> {
        let since = now.plus_ms(-RELINK_MS_MAX);
        let mut page = PageRequest::first(PAGE_ROWS);
        let mut linked = 0;
        loop {
            let mut connection = self.inner.store.read().await?;
            let found = deals::list_waiting_deals(&mut connection, workspace, since, page).await?;
            drop(connection);
            if !found.items.is_empty() {
                linked += self.follow_visits(workspace, &found.items, now).await?;
            }
            match found.next {
                Some(next) => page = PageRequest::after(next, PAGE_ROWS),
                None => return Ok(linked),
            }
        }
    }

    async fn follow_visits(
        &self,
        workspace: WorkspaceId,
        waiting: &[Deal],
        now: UnixMillis,
    ) -> Result<usize, AppError> {
        let mut wanted = Wanted::default();
        for deal in waiting {
            wanted.add(&Clues {
                visit: deal.details.visit_id,
                ..Clues::default()
            });
        }
        let sightings = self.sightings(workspace, wanted).await;
        let mut tx = self.inner.store.begin().await?;
        let mut desk = Desk::open(&mut tx, workspace, None, now).await?;
        desk.sightings = sightings;
        let mut shelf = Shelf::open(&mut tx, workspace).await?;
        let ids: Vec<DealId> = waiting.iter().map(|deal| deal.id).collect();
        shelf.fetch(&mut tx, &ids).await?;
        let mut linked = 0;
        for deal in waiting {
            let is_same =
                |current: &Deal| current.version == deal.version && current.archived_at.is_none();
            if shelf.deal(deal.id).is_some_and(is_same) {
                linked += usize::from(desk.follow_visit(&mut shelf, deal.id)?);
            }
        }
        shelf.save(&mut tx, now).await?;
        tx.commit().await?;
        Ok(linked)
    }

    async fn relink(
        &self,
        workspace: WorkspaceId,
        seen: &Lead,
        sightings: &Sightings,
        now: UnixMillis,
    ) -> Result<bool, AppError> {
        let link = sightings.decide(workspace, &clues(seen), &[], seen.details.at, now);
        if !matches!(link.method, LinkMethod::VisitNumber | LinkMethod::ClickId)
            || link.visitor.is_none()
        {
            return Ok(false);
        }
        let mut tx = self.inner.store.begin().await?;
        let mut book = LeadBook::open(&mut tx, workspace, now).await?;
        book.fetch(&mut tx, &[seen.id]).await?;
        let entry = book.entry(seen.id)?.clone();
        // Somebody changed it meanwhile: the next round sees it as it is.
        if entry.lead.version != seen.version {
            return Ok(false);
        }
        let mut details = entry.lead.details;
        take_link(&mut details, &link);
        let state = NewState {
            details,
            history: entry.history,
            archived_at: entry.lead.archived_at,
        };
        book.change(seen.id, state)?;
        book.save(&mut tx).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn clues(lead: &Lead) -> Clues {
    Clues {
        visit: lead.details.visit_id,
        click: raw_click(lead).map(ToOwned::to_owned),
        visitor: None,
        declared: lead.details.declared.clone(),
    }
}

fn raw_click(lead: &Lead) -> Option<&str> {
    lead.details
        .fields
        .get(RAW_CLICK_FIELD)
        .and_then(Value::as_str)
}
