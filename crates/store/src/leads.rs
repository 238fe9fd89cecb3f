//! Leads: requests of possible customers, linked to the visit they came from.

use base::{
    FactId, ImportId, LeadId, Traffic, TrafficKey, UnixMillis, UserId, VisitId, VisitorId,
    WorkspaceId,
};
use domain::lead::LeadStatus;
use serde_json::Value;

use crate::filter::{self, maybe_one_of, one_of, one_of_texts};
use crate::reach::Reach;
use crate::statement::{Joined, Statement, insert_rows, record};
use crate::{Connection, Keyset, LeadRequestId, Page, PageRequest, PersonId, StoreError, Tx};

/// Key among a lead's fields of a click id, our own or a platform's, as it was sent.
/// `list_waiting_leads.sql` and the index `leads_waiting` know it by this name.
pub const RAW_CLICK_FIELD: &str = "click_id";

/// Key among a lead's fields of what a file calls its status, where that is no word we know.
pub const STATUS_WORD_FIELD: &str = "status_word";

record! {
    pub struct LeadDetails {
        /// The sender's own id; unique among the workspace's leads in use.
        pub external_id: Option<String>,
        pub at: UnixMillis,
        pub recorded_at: UnixMillis,
        pub name: String,
        /// As it was given.
        pub phone: String,
        pub phone_e164: Option<String>,
        pub email: String,
        pub email_norm: Option<String>,
        pub message: String,
        pub fields: Value,
        pub form: String,
        pub page: String,
        pub visit_id: Option<VisitId>,
        pub visitor_id: Option<VisitorId>,
        /// Our own click id that came with the lead.
        pub click_id: Option<FactId>,
        /// The domain's word for how the visit was found.
        pub link_method: String,
        /// Source given by hand, by the sender or by an import.
        pub declared: Option<Traffic>,
        /// Traffic of the linked visit.
        pub traffic_key: Option<TrafficKey>,
        /// The domain's word for the state of the lead, as it was said; [`Lead::status`] is what
        /// it is.
        pub status: String,
        pub duplicate_of: Option<LeadId>,
        pub person_id: Option<PersonId>,
        pub request_id: Option<LeadRequestId>,
        pub import_id: Option<ImportId>,
        /// Who is responsible for it.
        pub assignee_id: Option<UserId>,
        /// As the CRM names that person; empty where it names nobody.
        pub responsible: String,
    }
}

record! {
    pub struct Lead {
        pub id: LeadId,
        pub details: LeadDetails,
        /// Since when a paid deal makes it a sale, whatever was said of it.
        pub sold_at: Option<UnixMillis>,
        pub archived_at: Option<UnixMillis>,
        pub version: i64,
    }
}

record! {
    pub struct LeadStatusChange {
        pub at: UnixMillis,
        pub from_status: Option<String>,
        pub to_status: String,
        pub author_id: Option<UserId>,
        /// The import that said so.
        pub import_id: Option<ImportId>,
    }
}

record! {
    /// A change with the lead it is about.
pub struct ChangedLead {
        pub lead_id: LeadId,
        pub change: LeadStatusChange,
    }
}

record! {
    /// What became of a lead.
pub struct LeadDealTotals {
        pub lead_id: LeadId,
        pub deals: i64,
        /// Revenue posted so far.
        pub revenue_micros: i64,
    }
}

record! {
    /// When somebody else became responsible.
    pub struct LeadAssignment {
        pub at: UnixMillis,
        pub from_id: Option<UserId>,
        pub to_id: Option<UserId>,
        pub author_id: Option<UserId>,
    }
}

impl Lead {
    /// What the lead is: a sale, or what was said of it. `list_leads.sql` filters by the same.
    #[must_use]
    pub fn status(&self) -> &str {
        match self.sold_at {
            Some(_) => LeadStatus::Converted.name(),
            None => &self.details.status,
        }
    }

    /// What the file it came from calls its status, where that is no word we know.
    #[must_use]
    pub fn status_word(&self) -> Option<&str> {
        self.details.fields.get(STATUS_WORD_FIELD)?.as_str()
    }
}

/// Which leads to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadFilter {
    pub from: UnixMillis,
    /// Not included.
    pub until: UnixMillis,
    /// What the leads are, sales included.
    pub status: Option<String>,
    /// Traffic keys, where zero stands for "unknown".
    pub traffic_keys: Option<Vec<TrafficKey>>,
    /// Part of a name, telephone number, address, message or external id, in any case.
    pub text: Option<String>,
    /// [`NOBODY`](crate::reach::NOBODY) for those that nobody is responsible for.
    pub assignee: Option<UserId>,
    /// What may be seen at all.
    pub reach: Reach,
}

/// Beyond the reach there is no lead.
pub async fn load_lead(
    connection: &mut Connection,
    workspace: WorkspaceId,
    reach: &Reach,
    id: LeadId,
) -> Result<Lead, StoreError> {
    Statement::new(include_str!("queries/leads/load_lead.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(reach)
        .find(connection)
        .await?
        .ok_or_else(|| StoreError::not_found("lead", id))
}

/// Which of the leads are within reach.
pub async fn list_reached_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    reach: &Reach,
    ids: &[LeadId],
) -> Result<Vec<LeadId>, StoreError> {
    let found: Vec<LeadKey> = Statement::new(include_str!("queries/leads/list_reached_leads.sql"))
        .bind(&workspace)
        .bind(&one_of(ids.iter().map(|id| id.0)))
        .bind(reach)
        .all(connection)
        .await?;
    Ok(found.into_iter().map(|key| key.id).collect())
}

record! {
    struct LeadKey {
        id: LeadId,
    }
}

/// Who became responsible when, oldest first.
pub async fn list_lead_assignments(
    connection: &mut Connection,
    workspace: WorkspaceId,
    lead: LeadId,
) -> Result<Vec<LeadAssignment>, StoreError> {
    Statement::new(include_str!("queries/leads/list_lead_assignments.sql"))
        .bind(&workspace)
        .bind(&lead)
        .all(connection)
        .await
}

pub async fn insert_lead_assignment(
    tx: &mut Tx,
    workspace: WorkspaceId,
    lead: LeadId,
    assignment: &LeadAssignment,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/leads/insert_lead_assignment.sql"))
        .bind(&workspace)
        .bind(&lead)
        .bind(assignment)
        .execute(tx)
        .await?;
    Ok(())
}

/// Those of the leads that there are, archived ones too.
pub async fn list_leads_by_id(
    connection: &mut Connection,
    workspace: WorkspaceId,
    ids: &[LeadId],
) -> Result<Vec<Lead>, StoreError> {
    Statement::new(include_str!("queries/leads/list_leads_by_id.sql"))
        .bind(&workspace)
        .bind(&one_of(ids.iter().map(|id| id.0)))
        .all(connection)
        .await
}

/// Leads in use that repeat one of the leads.
pub async fn list_duplicates(
    connection: &mut Connection,
    workspace: WorkspaceId,
    originals: &[LeadId],
) -> Result<Vec<Lead>, StoreError> {
    Statement::new(include_str!("queries/leads/list_duplicates.sql"))
        .bind(&workspace)
        .bind(&one_of(originals.iter().map(|id| id.0)))
        .all(connection)
        .await
}

/// Leads in use with one of the ids.
pub async fn list_leads_by_external_id(
    connection: &mut Connection,
    workspace: WorkspaceId,
    ids: &[&str],
) -> Result<Vec<Lead>, StoreError> {
    Statement::new(include_str!("queries/leads/list_leads_by_external_id.sql"))
        .bind(&workspace)
        .bind(&one_of_texts(ids))
        .all(connection)
        .await
}

/// Leads in use of one of the telephone numbers or addresses from `since` until before `before`,
/// oldest first.
pub async fn list_leads_of_contacts(
    connection: &mut Connection,
    workspace: WorkspaceId,
    phones_e164: &[&str],
    emails_norm: &[&str],
    since: UnixMillis,
    before: UnixMillis,
) -> Result<Vec<Lead>, StoreError> {
    Statement::new(include_str!("queries/leads/list_leads_of_contacts.sql"))
        .bind(&workspace)
        .bind(&one_of_texts(phones_e164))
        .bind(&one_of_texts(emails_norm))
        .bind(&since)
        .bind(&before)
        .all(connection)
        .await
}

/// Leads in use of the people, oldest first.
pub async fn list_leads_of_persons(
    connection: &mut Connection,
    workspace: WorkspaceId,
    persons: &[PersonId],
) -> Result<Vec<Lead>, StoreError> {
    Statement::new(include_str!("queries/leads/list_leads_of_persons.sql"))
        .bind(&workspace)
        .bind(&one_of(persons.iter().map(|id| id.0)))
        .all(connection)
        .await
}

/// Makes what somebody is responsible for nobody's, and notes who did it.
pub async fn release_leads(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    author: Option<UserId>,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let note = include_str!("queries/leads/insert_released_leads.sql");
    let note = Statement::new(note).bind(&workspace).bind(&user);
    note.bind(&author).bind(&now).execute(tx).await?;
    Statement::new(include_str!("queries/leads/release_leads.sql"))
        .bind(&workspace)
        .bind(&user)
        .execute(tx)
        .await?;
    Ok(())
}

/// By lead, oldest first.
pub async fn list_status_changes(
    connection: &mut Connection,
    workspace: WorkspaceId,
    leads: &[LeadId],
) -> Result<Vec<ChangedLead>, StoreError> {
    Statement::new(include_str!("queries/leads/list_status_changes.sql"))
        .bind(&workspace)
        .bind(&one_of(leads.iter().map(|lead| lead.0)))
        .all(connection)
        .await
}

pub async fn insert_status_changes(
    tx: &mut Tx,
    workspace: WorkspaceId,
    changes: &[ChangedLead],
) -> Result<(), StoreError> {
    let sql = include_str!("queries/leads/insert_status_changes.sql");
    insert_rows(tx, sql, &workspace, changes).await
}

/// Forgets the history of leads, to write it anew.
pub async fn delete_status_changes(
    tx: &mut Tx,
    workspace: WorkspaceId,
    leads: &[LeadId],
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/leads/delete_status_changes.sql"))
        .bind(&workspace)
        .bind(&one_of(leads.iter().map(|lead| lead.0)))
        .execute(tx)
        .await?;
    Ok(())
}

/// Adds or replaces leads that were loaded, or given an id, in the same transaction.
/// [`StoreError::Conflict`] on `external_id` when another lead in use has the same.
pub async fn put_leads(
    tx: &mut Tx,
    workspace: WorkspaceId,
    leads: &[Lead],
) -> Result<(), StoreError> {
    let searched: Vec<String> = leads
        .iter()
        .map(|lead| search_text(&lead.details))
        .collect();
    let rows: Vec<_> = leads
        .iter()
        .zip(&searched)
        .map(|(lead, search)| Joined(lead, search))
        .collect();
    let sql = include_str!("queries/leads/put_leads.sql");
    insert_rows(tx, sql, &workspace, &rows).await
}

/// Newest first.
pub async fn list_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    filter: &LeadFilter,
    page: PageRequest,
) -> Result<Page<Lead>, StoreError> {
    let keys = filter.traffic_keys.as_ref();
    let keys = keys.map(|keys| keys.iter().map(|key| key.0.cast_signed()));
    Statement::new(include_str!("queries/leads/list_leads.sql"))
        .bind(&workspace)
        .bind(&filter.from)
        .bind(&filter.until)
        .bind(&filter.status)
        .bind(&maybe_one_of(keys))
        .bind(&filter.text.as_deref().map(filter::containing))
        .bind(&filter.assignee)
        .bind(&filter.reach)
        .page(connection, page, place_of)
        .await
}

/// Leads in use whose visit number no visit has yet, newest first.
pub async fn list_waiting_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<Lead>, StoreError> {
    Statement::new(include_str!("queries/leads/list_waiting_leads.sql"))
        .bind(&workspace)
        .page(connection, page, place_of)
        .await
}

/// Other leads in use since `since` that have no visitor yet and carry a click id among their
/// fields, under the key [`RAW_CLICK_FIELD`]. Newest first.
pub async fn list_clicked_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    since: UnixMillis,
    page: PageRequest,
) -> Result<Page<Lead>, StoreError> {
    Statement::new(include_str!("queries/leads/list_clicked_leads.sql"))
        .bind(&workspace)
        .bind(&since)
        .page(connection, page, place_of)
        .await
}

/// Deals within reach, and their revenue, of those of the leads that have such deals.
pub async fn list_lead_deal_totals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    reach: &Reach,
    leads: &[LeadId],
) -> Result<Vec<LeadDealTotals>, StoreError> {
    Statement::new(include_str!("queries/leads/list_lead_deal_totals.sql"))
        .bind(&workspace)
        .bind(&one_of(leads.iter().map(|lead| lead.0)))
        .bind(reach)
        .all(connection)
        .await
}

impl Default for LeadFilter {
    /// Every lead.
    fn default() -> Self {
        Self {
            from: UnixMillis(i64::MIN),
            until: UnixMillis(i64::MAX),
            status: None,
            traffic_keys: None,
            text: None,
            assignee: None,
            reach: Reach::WHOLE,
        }
    }
}

fn place_of(lead: &Lead) -> Keyset<UnixMillis> {
    Keyset {
        at: lead.details.at,
        id: lead.id.0,
    }
}

fn search_text(lead: &LeadDetails) -> String {
    filter::search_text(&[
        &lead.name,
        &lead.phone,
        lead.phone_e164.as_deref().unwrap_or_default(),
        &lead.email,
        &lead.message,
        lead.external_id.as_deref().unwrap_or_default(),
    ])
}
