//! Linking leads and deals again whose visit had no facts yet when they came.

use base::{DealId, UnixMillis, WorkspaceId};
use domain::lead::LinkMethod;
use serde_json::Value;
use store::deals::{self, Deal, DealFilter};
use store::leads::{self, Lead, LeadFilter};
use store::{PageRequest, workspaces};

use super::book::{LeadBook, NewState};
use super::check::RAW_CLICK_FIELD;
use super::link::{Clues, Sightings, Wanted};
use super::save::take_link;
use crate::deals::{Desk, Shelf};
use crate::{App, AppError};

/// Leads of this long ago are looked at again.
const RELINK_MS_MAX: i64 = 48 * 60 * 60 * 1000;
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
        for workspace in all {
            linked += self.relink_leads_of(workspace.id).await?;
            linked += self.relink_deals_of(workspace.id).await?;
        }
        Ok(linked)
    }

    async fn relink_leads_of(&self, workspace: WorkspaceId) -> Result<usize, AppError> {
        let now = self.now();
        let waiting = self.waiting(workspace, now).await?;
        let mut wanted = Wanted::default();
        for lead in &waiting {
            wanted.add(&clues(lead));
        }
        if waiting.is_empty() {
            return Ok(0);
        }
        let sightings = self.sightings(workspace, wanted).await;
        let mut linked = 0;
        for lead in waiting {
            linked += usize::from(self.relink(workspace, &lead, &sightings, now).await?);
        }
        if linked > 0 {
            self.wake_relay();
        }
        Ok(linked)
    }

    /// Deals that carry a visit number of their own and have no visitor yet.
    async fn relink_deals_of(&self, workspace: WorkspaceId) -> Result<usize, AppError> {
        let now = self.now();
        let from = now.plus_ms(-RELINK_MS_MAX);
        let filter = DealFilter {
            from,
            ..DealFilter::default()
        };
        let is_waiting = |deal: &Deal| {
            let details = &deal.details;
            let own_visit = details.lead_id.is_none() && details.visit_id.is_some();
            own_visit && details.visitor_id.is_none()
        };
        let mut page = PageRequest::first(PAGE_ROWS);
        let mut waiting = Vec::new();
        let mut connection = self.inner.store.read().await?;
        loop {
            let found = deals::list_deals(&mut connection, workspace, &filter, page).await?;
            waiting.extend(found.items.into_iter().filter(is_waiting));
            match found.next {
                Some(next) => page = PageRequest::after(next, PAGE_ROWS),
                None => break,
            }
        }
        drop(connection);
        if waiting.is_empty() {
            return Ok(0);
        }
        let mut wanted = Wanted::default();
        for deal in &waiting {
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
        self.wake_relay();
        Ok(linked)
    }

    /// Leads without a visitor that carry a visit number or a click id.
    async fn waiting(
        &self,
        workspace: WorkspaceId,
        now: UnixMillis,
    ) -> Result<Vec<Lead>, AppError> {
        let filter = LeadFilter {
            from: now.plus_ms(-RELINK_MS_MAX),
            ..LeadFilter::default()
        };
        let mut page = PageRequest::first(PAGE_ROWS);
        let mut waiting = Vec::new();
        let mut connection = self.inner.store.read().await?;
        loop {
            let found = leads::list_leads(&mut connection, workspace, &filter, page).await?;
            waiting.extend(found.items.into_iter().filter(is_waiting));
            match found.next {
                Some(next) => page = PageRequest::after(next, PAGE_ROWS),
                None => return Ok(waiting),
            }
        }
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

fn is_waiting(lead: &Lead) -> bool {
    let carries = lead.details.visit_id.is_some() || raw_click(lead).is_some();
    lead.details.visitor_id.is_none() && carries
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
