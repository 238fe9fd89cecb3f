//! Deals: what leads may buy, with their history and the sums already posted as facts.

use base::{
    Currency, DealId, ImportId, LeadId, Traffic, TrafficKey, UnixMillis, UserId, VisitId,
    VisitorId, WorkspaceId,
};

use crate::filter;
use crate::statement::{Statement, record};
use crate::{
    Connection, Keyset, Page, PageRequest, PersonId, StoreError, Tx, fresh_version, met_version,
};

record! {
    pub struct DealDetails {
        /// The CRM's own id; unique among the workspace's deals in use.
        pub external_id: String,
        pub title: String,
        /// As the CRM says it; the status map tells its group.
        pub status: String,
        pub amount_micros: i64,
        pub cost_of_goods_micros: i64,
        pub currency: Currency,
        pub created_at: UnixMillis,
        pub paid_at: Option<UnixMillis>,
        pub recorded_at: UnixMillis,
        pub lead_id: Option<LeadId>,
        pub visitor_id: Option<VisitorId>,
        pub visit_id: Option<VisitId>,
        pub person_id: Option<PersonId>,
        /// The domain's word for how the visit was found.
        pub link_method: String,
        /// Source given by hand or by an import.
        pub declared: Option<Traffic>,
        pub traffic_key: Option<TrafficKey>,
        pub import_id: Option<ImportId>,
    }
}

record! {
    pub struct Deal {
        pub id: DealId,
        pub details: DealDetails,
        pub archived_at: Option<UnixMillis>,
        pub version: i64,
    }
}

record! {
    pub struct DealChange {
        pub at: UnixMillis,
        pub recorded_at: UnixMillis,
        pub field: String,
        pub old_value: Option<String>,
        pub new_value: Option<String>,
        pub author_id: Option<UserId>,
    }
}

record! {
    /// The sums of a deal that were posted as facts so far; the next posting is the difference.
pub struct DealPosted {
        pub deals: i64,
        pub sales: i64,
        pub customers: i64,
        pub revenue_micros: i64,
        pub vat_micros: i64,
        pub refunds_micros: i64,
        pub cost_of_goods_micros: i64,
        /// Counts the postings, so that each has facts with ids of its own.
        pub postings: i64,
    }
}

/// Which deals to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealFilter {
    pub from: UnixMillis,
    /// Not included.
    pub until: UnixMillis,
    pub statuses: Option<Vec<String>>,
    /// Part of the title or external id, in any case.
    pub text: Option<String>,
}

pub async fn load_deal(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: DealId,
) -> Result<Deal, StoreError> {
    Statement::new(include_str!("queries/deals/load_deal.sql"))
        .bind(&workspace)
        .bind(&id)
        .find(connection)
        .await?
        .ok_or_else(|| StoreError::not_found("deal", id))
}

pub async fn find_deal_by_external_id(
    connection: &mut Connection,
    workspace: WorkspaceId,
    external_id: &str,
) -> Result<Option<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/find_deal_by_external_id.sql"))
        .bind(&workspace)
        .bind(external_id)
        .find(connection)
        .await
}

pub async fn list_deals_of_lead(
    connection: &mut Connection,
    workspace: WorkspaceId,
    lead: LeadId,
) -> Result<Vec<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_deals_of_lead.sql"))
        .bind(&workspace)
        .bind(&lead)
        .all(connection)
        .await
}

pub async fn list_deals_of_person(
    connection: &mut Connection,
    workspace: WorkspaceId,
    person: PersonId,
) -> Result<Vec<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_deals_of_person.sql"))
        .bind(&workspace)
        .bind(&person)
        .all(connection)
        .await
}

/// Deals with a status, behind `after` in the order of ids: for when its group changes.
pub async fn list_deals_with_status(
    connection: &mut Connection,
    workspace: WorkspaceId,
    status: &str,
    after: DealId,
    limit: i64,
) -> Result<Vec<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_deals_with_status.sql"))
        .bind(&workspace)
        .bind(status)
        .bind(&after)
        .bind(&limit)
        .all(connection)
        .await
}

/// Deals in use that an import brought.
pub async fn list_deals_of_import(
    connection: &mut Connection,
    workspace: WorkspaceId,
    import: ImportId,
) -> Result<Vec<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_deals_of_import.sql"))
        .bind(&workspace)
        .bind(&import)
        .all(connection)
        .await
}

pub async fn archive_deal(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: DealId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let changed = Statement::new(include_str!("queries/deals/archive_deal.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .bind(&now)
        .execute(tx)
        .await?;
    met_version(changed, "deal", id, version)
}

pub async fn insert_deal_change(
    tx: &mut Tx,
    workspace: WorkspaceId,
    deal: DealId,
    change: &DealChange,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/deals/insert_deal_change.sql"))
        .bind(&workspace)
        .bind(&deal)
        .bind(change)
        .execute(tx)
        .await?;
    Ok(())
}

/// Oldest first.
pub async fn list_deal_changes(
    connection: &mut Connection,
    workspace: WorkspaceId,
    deal: DealId,
) -> Result<Vec<DealChange>, StoreError> {
    Statement::new(include_str!("queries/deals/list_deal_changes.sql"))
        .bind(&workspace)
        .bind(&deal)
        .all(connection)
        .await
}

/// Nothing when nothing was posted yet.
pub async fn find_posted(
    connection: &mut Connection,
    workspace: WorkspaceId,
    deal: DealId,
) -> Result<Option<DealPosted>, StoreError> {
    Statement::new(include_str!("queries/deals/find_posted.sql"))
        .bind(&workspace)
        .bind(&deal)
        .find(connection)
        .await
}

/// Keeps the sums, in the transaction that puts the facts into the outbox.
pub async fn save_posted(
    tx: &mut Tx,
    workspace: WorkspaceId,
    deal: DealId,
    posted: &DealPosted,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/deals/save_posted.sql"))
        .bind(&workspace)
        .bind(&deal)
        .bind(posted)
        .execute(tx)
        .await?;
    Ok(())
}

/// [`StoreError::Conflict`] on `external_id` when a deal in use has the same.
pub async fn insert_deal(
    tx: &mut Tx,
    workspace: WorkspaceId,
    deal: &DealDetails,
) -> Result<DealId, StoreError> {
    Statement::new(include_str!("queries/deals/insert_deal.sql"))
        .bind(&workspace)
        .bind(deal)
        .bind(&search_text(deal))
        .value(tx)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn save_deal(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: DealId,
    version: i64,
    deal: &DealDetails,
) -> Result<i64, StoreError> {
    let updated = Statement::new(include_str!("queries/deals/save_deal.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&version)
        .bind(deal)
        .bind(&search_text(deal))
        .find_value(tx)
        .await?;
    fresh_version(updated, "deal", id, version)
}

/// Newest first.
pub async fn list_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    filter: &DealFilter,
    page: PageRequest,
) -> Result<Page<Deal>, StoreError> {
    let items = Statement::new(include_str!("queries/deals/list_deals.sql"))
        .bind(&workspace)
        .bind(&filter.from)
        .bind(&filter.until)
        .bind(&filter.statuses)
        .bind(&filter.text.as_deref().map(filter::containing))
        .bind(&page)
        .all(connection)
        .await?;
    Ok(Page::of(items, page, |deal: &Deal| Keyset {
        at: deal.details.created_at,
        id: deal.id.0,
    }))
}

impl Default for DealFilter {
    /// Every deal.
    fn default() -> Self {
        let (from, until) = (UnixMillis(i64::MIN), UnixMillis(i64::MAX));
        Self {
            from,
            until,
            statuses: None,
            text: None,
        }
    }
}

fn search_text(deal: &DealDetails) -> String {
    filter::search_text(&[&deal.title, &deal.external_id])
}
