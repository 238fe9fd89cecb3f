//! Linking leads and deals again whose visit had no facts yet when they came.

use base::{UnixMillis, WorkspaceId};
use domain::lead::{LinkMethod, standing};
use serde_json::Value;
use store::deals::{self, Deal, DealFilter};
use store::leads::{self, Lead, LeadFilter};
use store::{PageRequest, workspaces};

use super::check::RAW_CLICK_FIELD;
use super::link::{Clues, Link, Sightings, Wanted};
use super::post::{Version, facts, standing_of, taken_back};
use crate::deals::Desk;
use crate::{App, AppError, outbox};

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
        let mut linked = 0;
        for deal in waiting {
            let current = deals::load_deal(&mut tx, workspace, deal.id).await?;
            if current.version == deal.version && current.archived_at.is_none() {
                linked += usize::from(desk.follow_visit(&mut tx, current).await?);
            }
        }
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
        let lead = leads::load_lead(&mut tx, workspace, seen.id).await?;
        // Somebody changed it meanwhile: the next round sees it as it is.
        if lead.version != seen.version {
            return Ok(false);
        }
        post_link(&mut tx, workspace, &lead, link, now).await?;
        let of_lead = deals::list_deals_of_lead(&mut tx, workspace, lead.id).await?;
        if !of_lead.is_empty() {
            let desk = Desk::open(&mut tx, workspace, None, now).await?;
            for deal in of_lead {
                desk.follow_lead(&mut tx, deal).await?;
            }
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// Takes the lead's facts back where they were and posts them where they belong.
async fn post_link(
    tx: &mut store::Tx,
    workspace: WorkspaceId,
    lead: &Lead,
    link: Link,
    now: UnixMillis,
) -> Result<(), AppError> {
    let history = leads::list_lead_status_changes(tx, workspace, lead.id).await?;
    let effects = standing(standing_of(&lead.details, &history));
    let mut details = lead.details.clone();
    details.link_method = link.method.name().to_owned();
    details.visit_id = link.visit;
    details.visitor_id = link.visitor;
    details.traffic_key = link.traffic;
    details.declared = link.declared;
    let version = leads::save_lead(tx, workspace, lead.id, lead.version, &details).await?;
    let part = |part| Version {
        workspace,
        lead: lead.id,
        version,
        recorded: now,
        part,
    };
    let mut posted = facts(part("unlinked"), &lead.details, &taken_back(&effects));
    posted.extend(facts(part("linked"), &details, &effects));
    outbox::put(tx, now, &posted).await
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
