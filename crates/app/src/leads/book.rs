//! The leads of a batch with their histories: read together, written together.

use std::collections::{BTreeSet, HashMap};

use base::{Fact, LeadId, UnixMillis, UserId, WorkspaceId};
use domain::lead::{LeadEffect, LeadSale, LeadStatus, difference, sold_since, standing};
use store::Tx;
use store::deals::list_deals_of_leads;
use store::ids::{Counted, find_last_id};
use store::leads::{self, ChangedLead, Lead, LeadAssignment, LeadDetails, LeadStatusChange};

use super::post::{Version, facts, standing_of, state, taken_back, words};
use crate::deals::{Desk, Shelf, list_sales};
use crate::webhooks::{News, tell};
use crate::{AppError, outbox};

/// A lead with its history, oldest change first, and the deals that are its sales.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) lead: Lead,
    pub(super) history: Vec<LeadStatusChange>,
    sales: Vec<LeadSale>,
}

/// What a change makes of a lead.
pub(super) struct NewState {
    pub(super) details: LeadDetails,
    pub(super) history: Vec<LeadStatusChange>,
    pub(super) archived_at: Option<UnixMillis>,
}

/// Leads that are looked at and changed in one transaction.
pub(super) struct LeadBook {
    workspace: WorkspaceId,
    now: UnixMillis,
    entries: HashMap<LeadId, Entry>,
    last_id: i64,
    changed: BTreeSet<LeadId>,
    /// Leads whose history is written anew.
    rewritten: BTreeSet<LeadId>,
    /// Leads whose deals have to follow them.
    moved: BTreeSet<LeadId>,
    facts: Vec<Fact>,
    /// What webhooks are told.
    news: Vec<News>,
    /// Who became responsible instead of whom.
    handed_on: Vec<(LeadId, LeadAssignment)>,
}

impl LeadBook {
    pub(super) async fn open(
        tx: &mut Tx,
        workspace: WorkspaceId,
        now: UnixMillis,
    ) -> Result<Self, AppError> {
        Ok(Self {
            workspace,
            now,
            entries: HashMap::new(),
            last_id: find_last_id(tx, Counted::Leads).await?,
            changed: BTreeSet::new(),
            rewritten: BTreeSet::new(),
            moved: BTreeSet::new(),
            facts: Vec::new(),
            news: Vec::new(),
            handed_on: Vec::new(),
        })
    }

    /// Fetches leads, archived ones too, with their histories.
    pub(super) async fn fetch(&mut self, tx: &mut Tx, ids: &[LeadId]) -> Result<(), AppError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut histories: HashMap<LeadId, Vec<LeadStatusChange>> = HashMap::new();
        for row in leads::list_status_changes(tx, self.workspace, ids).await? {
            histories.entry(row.lead_id).or_default().push(row.change);
        }
        let mut sales = list_sales(tx, self.workspace, ids).await?;
        for lead in leads::list_leads_by_id(tx, self.workspace, ids).await? {
            let entry = Entry {
                history: histories.remove(&lead.id).unwrap_or_default(),
                sales: sales.remove(&lead.id).unwrap_or_default(),
                lead,
            };
            self.entries.insert(entry.lead.id, entry);
        }
        Ok(())
    }

    pub(super) fn entry(&self, id: LeadId) -> Result<&Entry, AppError> {
        self.entries
            .get(&id)
            .ok_or(AppError::NotFound { what: "lead" })
    }

    /// Adds a lead with the status it comes with, and posts what it counts.
    pub(super) fn add(&mut self, details: LeadDetails, author_id: Option<UserId>) -> Lead {
        self.last_id += 1;
        let lead = Lead {
            id: LeadId(self.last_id),
            details,
            sold_at: None,
            archived_at: None,
            version: 1,
        };
        let first = LeadStatusChange {
            at: lead.details.at,
            from_status: None,
            to_status: lead.details.status.clone(),
            author_id,
            import_id: lead.details.import_id,
        };
        let entry = Entry {
            lead: lead.clone(),
            history: vec![first],
            sales: Vec::new(),
        };
        let effects = counts(&entry);
        self.post(&lead, "received", &effects);
        self.post_state(&lead);
        self.entries.insert(lead.id, entry);
        self.changed.insert(lead.id);
        self.rewritten.insert(lead.id);
        lead
    }

    /// The history of a lead of which a status is said.
    pub(super) fn said(
        entry: &Entry,
        status: LeadStatus,
        mut change: LeadStatusChange,
    ) -> Vec<LeadStatusChange> {
        let mut history = entry.history.clone();
        // Changes of one lead never go back in time, whatever the clock does.
        change.at = history
            .last()
            .map_or(change.at, |last| last.at.max(change.at));
        change.from_status = Some(entry.lead.details.status.clone());
        status.name().clone_into(&mut change.to_status);
        history.push(change);
        history
    }

    /// Makes a lead a sale, or what was said of it, as its deals have it now.
    pub(super) fn follow_sales(&mut self, id: LeadId) -> Result<(), AppError> {
        let entry = self.entry(id)?;
        let lead = &entry.lead;
        if lead.sold_at == sold_at(&lead.details, &entry.history, &entry.sales) {
            return Ok(());
        }
        let state = NewState {
            details: lead.details.clone(),
            history: entry.history.clone(),
            archived_at: lead.archived_at,
        };
        self.change(id, state)
    }

    /// Makes a lead what it is to be, as its next version, and posts the differences.
    pub(super) fn change(&mut self, id: LeadId, state: NewState) -> Result<(), AppError> {
        let NewState {
            details,
            history,
            archived_at,
        } = state;
        let before = self.entry(id)?.clone();
        let lead = Lead {
            id,
            sold_at: sold_at(&details, &history, &before.sales),
            details,
            archived_at,
            version: before.lead.version + 1,
        };
        let after = Entry {
            lead,
            history,
            sales: before.sales.clone(),
        };
        let (was, is) = (counts(&before), counts(&after));
        if origin(&before.lead) == origin(&after.lead) {
            self.post(&after.lead, "changed", &difference(&was, &is));
        } else {
            // The lead came from elsewhere: it is taken back there and posted here.
            let there = Lead {
                details: before.lead.details.clone(),
                ..after.lead.clone()
            };
            self.post(&there, "unlinked", &taken_back(&was));
            self.post(&after.lead, "linked", &is);
            self.moved.insert(id);
        }
        if before.lead.status() != after.lead.status() {
            self.post_state(&after.lead);
        }
        if before.history != after.history {
            self.rewritten.insert(id);
        }
        self.changed.insert(id);
        self.entries.insert(id, after);
        Ok(())
    }

    /// Lets webhooks know, once the changes are committed.
    pub(super) fn tell(&mut self, news: News) {
        self.news.push(news);
    }

    /// Notes who becomes responsible for a lead, where that is somebody else.
    pub(super) fn hand_on(&mut self, lead: &Lead, to: Option<UserId>, author: Option<UserId>) {
        let from = lead.details.assignee_id;
        if from != to {
            let assignment = LeadAssignment {
                at: self.now,
                from_id: from,
                to_id: to,
                author_id: author,
            };
            self.handed_on.push((lead.id, assignment));
        }
    }

    fn post(&mut self, lead: &Lead, part: &'static str, effects: &[LeadEffect]) {
        let version = Version::of(self.workspace, lead, self.now, part);
        self.facts.extend(facts(version, &lead.details, effects));
    }

    fn post_state(&mut self, lead: &Lead) {
        self.facts.push(state(self.workspace, lead, self.now));
    }

    /// Writes down everything that changed; deals follow the leads they grew out of.
    pub(super) async fn save(self, tx: &mut Tx) -> Result<(), AppError> {
        let (workspace, now) = (self.workspace, self.now);
        let entries = |ids: &BTreeSet<LeadId>| -> Vec<&Entry> {
            ids.iter().filter_map(|id| self.entries.get(id)).collect()
        };
        let changed: Vec<Lead> = entries(&self.changed)
            .into_iter()
            .map(|entry| entry.lead.clone())
            .collect();
        leads::put_leads(tx, workspace, &changed).await?;
        let rewritten: Vec<LeadId> = self.rewritten.iter().copied().collect();
        if !rewritten.is_empty() {
            leads::delete_status_changes(tx, workspace, &rewritten).await?;
        }
        let history: Vec<ChangedLead> = entries(&self.rewritten)
            .into_iter()
            .flat_map(|entry| {
                let lead_id = entry.lead.id;
                let changes = entry.history.iter().cloned();
                changes.map(move |change| ChangedLead { lead_id, change })
            })
            .collect();
        leads::insert_status_changes(tx, workspace, &history).await?;
        for (lead, assignment) in &self.handed_on {
            leads::insert_lead_assignment(tx, workspace, *lead, assignment).await?;
        }
        outbox::put(tx, now, &self.facts).await?;
        tell(tx, workspace, now, &self.news).await?;
        let moved: Vec<LeadId> = self.moved.iter().copied().collect();
        if moved.is_empty() {
            return Ok(());
        }
        let following = list_deals_of_leads(tx, workspace, &moved).await?;
        if following.is_empty() {
            return Ok(());
        }
        let desk = Desk::open(tx, workspace, None, now).await?;
        let mut shelf = Shelf::open(tx, workspace).await?;
        let ids: Vec<_> = following.iter().map(|deal| deal.id).collect();
        shelf.fetch(tx, &ids).await?;
        for deal in following {
            let lead = deal.details.lead_id.and_then(|id| self.entries.get(&id));
            if let Some(entry) = lead {
                desk.follow_lead(&mut shelf, deal.id, &entry.lead)?;
            }
        }
        shelf.save_following(tx, now).await
    }
}

/// What a lead counts, with all that has happened to it.
fn counts(entry: &Entry) -> Vec<LeadEffect> {
    if entry.lead.archived_at.is_some() {
        return Vec::new();
    }
    standing(standing_of(&entry.lead, &entry.history))
}

fn sold_at(
    details: &LeadDetails,
    history: &[LeadStatusChange],
    sales: &[LeadSale],
) -> Option<UnixMillis> {
    sold_since(details.at, &words(history), sales)
}

/// What facts about a lead are told apart by.
fn origin(lead: &Lead) -> impl PartialEq + use<> {
    let details = &lead.details;
    (
        details.at,
        details.visitor_id,
        details.visit_id,
        details.declared.clone(),
    )
}
