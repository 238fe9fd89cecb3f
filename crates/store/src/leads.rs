//! Leads: requests of possible customers, linked to the visit they came from.

use base::{
    FactId, ImportId, LeadId, Traffic, TrafficKey, UnixMillis, UserId, VisitId, VisitorId,
    WorkspaceId,
};
use serde_json::Value;

use crate::filter::{self, one_of};
use crate::statement::{Statement, record};
use crate::{
    Connection, Keyset, LeadRequestId, Page, PageRequest, PersonId, StoreError, Tx, fresh_version,
    met_version,
};

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
        /// The domain's word for the state of the lead.
        pub status: String,
        pub duplicate_of: Option<LeadId>,
        pub person_id: Option<PersonId>,
        pub request_id: Option<LeadRequestId>,
        pub import_id: Option<ImportId>,
    }
}

record! {
    pub struct Lead {
        pub id: LeadId,
        pub details: LeadDetails,
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

/// Which leads to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadFilter {
    pub from: UnixMillis,
    /// Not included.
    pub until: UnixMillis,
    pub status: Option<String>,
    /// Traffic keys, where zero stands for "unknown".
    pub traffic_keys: Option<Vec<TrafficKey>>,
    /// Part of a name, telephone number, address, message or external id, in any case.
    pub text: Option<String>,
}

pub async fn load_lead(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: LeadId,
) -> Result<Lead, StoreError> {
    Statement::new(include_str!("queries/leads/load_lead.sql"))
        .bind(&workspace)
        .bind(&id)
        .find(connection)
        .await?
        .ok_or_else(|| StoreError::not_found("lead", id))
}

pub async fn find_lead_by_external_id(
    connection: &mut Connection,
    workspace: WorkspaceId,
    external_id: &str,
) -> Result<Option<Lead>, StoreError> {
    Statement::new(include_str!("queries/leads/find_lead_by_external_id.sql"))
        .bind(&workspace)
        .bind(external_id)
        .find(connection)
        .await
}

/// Leads of the same telephone number or address from `since` until before `before`, oldest
/// first, at most 50.
pub async fn find_earlier_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    phone_e164: Option<&str>,
    email_norm: Option<&str>,
    since: UnixMillis,
    before: UnixMillis,
) -> Result<Vec<Lead>, StoreError> {
    Statement::new(include_str!("queries/leads/find_earlier_leads.sql"))
        .bind(&workspace)
        .bind(&phone_e164)
        .bind(&email_norm)
        .bind(&since)
        .bind(&before)
        .all(connection)
        .await
}

/// Leads in use that an import brought.
pub async fn list_leads_of_import(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
) -> Result<Vec<Lead>, StoreError> {
    Statement::new(include_str!("queries/leads/list_leads_of_import.sql"))
        .bind(&workspace)
        .bind(&import)
        .all(connection)
        .await
}

pub async fn archive_lead(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: LeadId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let changed = Statement::new(include_str!("queries/leads/archive_lead.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .bind(&now)
        .execute(tx)
        .await?;
    met_version(changed, "lead", id, version)
}

pub async fn insert_lead_status_change(
    tx: &mut Tx,
    workspace: WorkspaceId,
    lead: LeadId,
    change: &LeadStatusChange,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/leads/insert_lead_status_change.sql"))
        .bind(&workspace)
        .bind(&lead)
        .bind(change)
        .execute(tx)
        .await?;
    Ok(())
}

/// Oldest first.
pub async fn list_lead_status_changes(
    connection: &mut Connection,
    workspace: WorkspaceId,
    lead: LeadId,
) -> Result<Vec<LeadStatusChange>, StoreError> {
    Statement::new(include_str!("queries/leads/list_lead_status_changes.sql"))
        .bind(&workspace)
        .bind(&lead)
        .all(connection)
        .await
}

/// [`StoreError::Conflict`] on `external_id` when a lead in use has the same.
pub async fn insert_lead(
    tx: &mut Tx,
    workspace: WorkspaceId,
    lead: &LeadDetails,
) -> Result<LeadId, StoreError> {
    Statement::new(include_str!("queries/leads/insert_lead.sql"))
        .bind(&workspace)
        .bind(lead)
        .bind(&search_text(lead))
        .value(tx)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn save_lead(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: LeadId,
    version: i64,
    lead: &LeadDetails,
) -> Result<i64, StoreError> {
    let updated = Statement::new(include_str!("queries/leads/save_lead.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .bind(lead)
        .bind(&search_text(lead))
        .find_value(tx)
        .await?;
    fresh_version(updated, "lead", id, version)
}

/// Newest first.
pub async fn list_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    filter: &LeadFilter,
    page: PageRequest,
) -> Result<Page<Lead>, StoreError> {
    let keys = filter.traffic_keys.as_ref();
    let items = Statement::new(include_str!("queries/leads/list_leads.sql"))
        .bind(&workspace)
        .bind(&filter.from)
        .bind(&filter.until)
        .bind(&filter.status)
        .bind(&keys.map(|keys| one_of(keys.iter().map(|key| key.0.cast_signed()))))
        .bind(&filter.text.as_deref().map(filter::containing))
        .bind(&page)
        .all(connection)
        .await?;
    Ok(Page::of(items, page, |lead: &Lead| Keyset {
        at: lead.details.at,
        id: lead.id.0,
    }))
}

/// Deals and revenue of those of the leads that have deals.
pub async fn list_lead_deal_totals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    leads: &[LeadId],
) -> Result<Vec<LeadDealTotals>, StoreError> {
    Statement::new(include_str!("queries/leads/list_lead_deal_totals.sql"))
        .bind(&workspace)
        .bind(&one_of(leads.iter().map(|lead| lead.0)))
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
        }
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
