//! Linking leads and deals again whose visit had no facts yet when they came, and giving up visit
//! numbers that no visit has.

use std::collections::BTreeSet;

use base::{DealId, UnixMillis, WorkspaceId};
use domain::lead::{CONTACT_LINK_DAYS_MAX, LinkMethod};
use serde_json::Value;
use store::deals::{self, Deal};
use store::leads::{self, Lead, RAW_CLICK_FIELD};
use store::{PageRequest, PersonId, workspaces};

use super::book::{LeadBook, NewState};
use super::known::{KnownLeads, Sought};
use super::link::{Clues, Link, WAITING_MS_MAX, Wanted, is_waiting};
use super::save::take_link;
use crate::deals::{Desk, Shelf, own_clues};
use crate::{App, AppError};

/// Leads of this long ago with a click id that no visit has are looked at again.
const CLICK_WAITING_MS_MAX: i64 = WAITING_MS_MAX;
/// The facts of a click that a lead came without are those of a recent one: they were about to be
/// loaded, or came with a log of the last months.
const CLICK_MS_MAX: i64 = 90 * 24 * 60 * 60 * 1000;
const PAGE_ROWS: u32 = 500;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl App {
    /// Looks again for the visits of recent leads and deals known by number or click id only, and
    /// posts every link that is found as a correction. A number that no visit has got in time is
    /// given up: then the click id and the contact decide. To be run every few seconds.
    /// Returns how many leads and deals were decided.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn relink_leads(&self) -> Result<usize, AppError> {
        let mut connection = self.inner.store.read().await?;
        let all = workspaces::list_workspaces(&mut connection).await?;
        drop(connection);
        let mut linked = 0;
        // A number is not given up while its visit may be waiting to be loaded.
        let now = self.known_until();
        // One that fails keeps no other waiting.
        let mut failed = None;
        for workspace in all {
            for found in [
                self.relink_leads_of(workspace.id, now).await,
                self.relink_deals_of(workspace.id, now).await,
            ] {
                match found {
                    Ok(count) => linked += count,
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
        }
        if linked > 0 {
            self.wake_relay();
        }
        failed.map_or(Ok(linked), Err)
    }

    async fn relink_leads_of(
        &self,
        workspace: WorkspaceId,
        now: UnixMillis,
    ) -> Result<usize, AppError> {
        let mut linked = 0;
        let mut page = Some(PageRequest::first(PAGE_ROWS));
        while let Some(request) = page {
            let mut connection = self.inner.store.read().await?;
            let found = leads::list_waiting_leads(&mut connection, workspace, request).await?;
            drop(connection);
            page = found.following(PAGE_ROWS);
            linked += self.relink_page(workspace, &found.items, now).await?;
        }
        let since = now.plus_ms(-CLICK_WAITING_MS_MAX);
        let mut page = Some(PageRequest::first(PAGE_ROWS));
        while let Some(request) = page {
            let mut connection = self.inner.store.read().await?;
            let found =
                leads::list_clicked_leads(&mut connection, workspace, since, request).await?;
            drop(connection);
            page = found.following(PAGE_ROWS);
            linked += self.relink_page(workspace, &found.items, now).await?;
        }
        Ok(linked)
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
        let mut sought = Sought::default();
        for lead in waiting {
            wanted.add(&clues(lead));
            let (phone, email) = contact_of(lead);
            sought.contact(phone, email, span_of(lead));
        }
        // What is decided for good must not be decided by a warehouse that did not answer.
        let sightings = self.look_up(workspace, &wanted).await?;
        let mut connection = self.inner.store.read().await?;
        let known = KnownLeads::look_up(&mut connection, workspace, &sought).await?;
        drop(connection);
        let mut linked = 0;
        for lead in waiting {
            let (phone, email) = contact_of(lead);
            let mut earlier = known.earlier(phone, email, span_of(lead));
            earlier.retain(|other| other.id != lead.id);
            let at = lead.details.at;
            let link = sightings.decide(workspace, &clues(lead), &earlier, at, now);
            let is_news = if is_waiting(&lead.details.link_method) {
                link.method != LinkMethod::Waiting
            } else {
                link.visitor.is_some()
            };
            if is_news {
                linked += usize::from(self.relink(workspace, lead, &link, now).await?);
            }
        }
        Ok(linked)
    }

    /// Deals that carry a visit number of their own, which no visit has yet.
    async fn relink_deals_of(
        &self,
        workspace: WorkspaceId,
        now: UnixMillis,
    ) -> Result<usize, AppError> {
        let mut linked = 0;
        let mut page = Some(PageRequest::first(PAGE_ROWS));
        while let Some(request) = page {
            let mut connection = self.inner.store.read().await?;
            let found = deals::list_waiting_deals(&mut connection, workspace, request).await?;
            drop(connection);
            page = found.following(PAGE_ROWS);
            if !found.items.is_empty() {
                linked += self.follow_visits(workspace, &found.items, now).await?;
            }
        }
        Ok(linked)
    }

    async fn follow_visits(
        &self,
        workspace: WorkspaceId,
        waiting: &[Deal],
        now: UnixMillis,
    ) -> Result<usize, AppError> {
        let mut wanted = Wanted::default();
        for deal in waiting {
            wanted.add(&own_clues(&deal.details));
        }
        let sightings = self.look_up(workspace, &wanted).await?;
        let mut tx = self.inner.store.begin().await?;
        let mut desk = Desk::open(&mut tx, workspace, None, now).await?;
        desk.sightings = sightings;
        let mut shelf = Shelf::open(&mut tx, workspace).await?;
        let ids: Vec<DealId> = waiting.iter().map(|deal| deal.id).collect();
        shelf.fetch(&mut tx, &ids).await?;
        let persons: BTreeSet<PersonId> = waiting
            .iter()
            .filter_map(|deal| deal.details.person_id)
            .collect();
        let persons: Vec<PersonId> = persons.into_iter().collect();
        let of_persons = leads::list_leads_of_persons(&mut tx, workspace, &persons).await?;
        let mut linked = 0;
        for deal in waiting {
            let is_same =
                |current: &Deal| current.version == deal.version && current.archived_at.is_none();
            if shelf.deal(deal.id).is_some_and(is_same) {
                linked += usize::from(desk.follow_visit(&mut shelf, deal.id, &of_persons)?);
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
        link: &Link,
        now: UnixMillis,
    ) -> Result<bool, AppError> {
        let mut tx = self.inner.store.begin().await?;
        let mut book = LeadBook::open(&mut tx, workspace, now).await?;
        book.fetch(&mut tx, &[seen.id]).await?;
        let entry = book.entry(seen.id)?.clone();
        // Somebody changed it meanwhile: the next round sees it as it is.
        if entry.lead.version != seen.version {
            return Ok(false);
        }
        let mut details = entry.lead.details;
        take_link(&mut details, link);
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
    let details = &lead.details;
    Clues {
        visit: details.visit_id,
        click: raw_click(lead).map(ToOwned::to_owned),
        // Of a lead that waits, it is what the sender named.
        visitor: details.visitor_id,
        declared: details.declared.clone(),
    }
}

fn contact_of(lead: &Lead) -> (Option<&str>, Option<&str>) {
    let details = &lead.details;
    (details.phone_e164.as_deref(), details.email_norm.as_deref())
}

/// When leads may have come that explain this one.
fn span_of(lead: &Lead) -> (UnixMillis, UnixMillis) {
    let at = lead.details.at;
    (at.plus_ms(-CONTACT_LINK_DAYS_MAX * DAY_MS), at.plus_ms(1))
}

fn raw_click(lead: &Lead) -> Option<&str> {
    lead.details
        .fields
        .get(RAW_CLICK_FIELD)
        .and_then(Value::as_str)
}
