//! Deals: what leads may buy, with their history and the sums already posted as facts.

use base::{
    Currency, DealId, ImportId, LeadId, Traffic, TrafficKey, UnixMillis, UserId, VisitId,
    VisitorId, WorkspaceId,
};

use serde_json::Value;

use crate::filter::{self, maybe_one_of_texts, one_of, one_of_texts};
use crate::reach::Reach;
use crate::statement::{Joined, Statement, insert_rows, record};
use crate::{Connection, Keyset, Page, PageRequest, PersonId, StoreError, Tx};

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
        /// Who is responsible for it; where nobody is, whoever is responsible for its lead is.
        pub assignee_id: Option<UserId>,
        /// As the CRM names that person; empty where it names nobody.
        pub responsible: String,
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
        /// The import that made the change.
        pub import_id: Option<ImportId>,
    }
}

record! {
    /// A change with the deal it is about.
pub struct ChangedDeal {
        pub deal_id: DealId,
        pub change: DealChange,
    }
}

record! {
    /// What was posted of a deal as facts so far; the next posting is the difference.
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
        /// What was posted line by line, in the words of the use case that posts.
        pub book: Value,
    }
}

record! {
    /// What was posted of a deal.
pub struct PostedDeal {
        pub deal_id: DealId,
        pub posted: DealPosted,
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
    /// [`NOBODY`](crate::reach::NOBODY) for those that nobody is responsible for.
    pub assignee: Option<UserId>,
    /// What may be seen at all.
    pub reach: Reach,
}

record! {
    /// What deals of one currency come to.
    pub struct DealSum {
        pub currency: Currency,
        pub deals: i64,
        pub amount_micros: i64,
        pub cost_of_goods_micros: i64,
    }
}

record! {
    /// Amounts in other currencies than the workspace's own, of some time.
pub struct ForeignSpan {
        pub home: Currency,
        /// Any when absent.
        pub currency: Option<Currency>,
        pub from: UnixMillis,
        /// Not included.
        pub before: UnixMillis,
    }
}

record! {
    /// The first moment with an amount in a currency.
pub struct ForeignSince {
        pub currency: Currency,
        pub at: UnixMillis,
    }
}

/// Beyond the reach there is no deal.
pub async fn load_deal(
    connection: &mut Connection,
    workspace: WorkspaceId,
    reach: &Reach,
    id: DealId,
) -> Result<Deal, StoreError> {
    Statement::new(include_str!("queries/deals/load_deal.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(reach)
        .find(connection)
        .await?
        .ok_or_else(|| StoreError::not_found("deal", id))
}

/// Which of the deals are within reach.
pub async fn list_reached_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    reach: &Reach,
    ids: &[DealId],
) -> Result<Vec<DealId>, StoreError> {
    let found: Vec<DealKey> = Statement::new(include_str!("queries/deals/list_reached_deals.sql"))
        .bind(&workspace)
        .bind(&one_of(ids.iter().map(|id| id.0)))
        .bind(reach)
        .all(connection)
        .await?;
    Ok(found.into_iter().map(|key| key.id).collect())
}

record! {
    struct DealKey {
        id: DealId,
    }
}

/// Those of the deals that there are, archived ones too.
pub async fn list_deals_by_id(
    connection: &mut Connection,
    workspace: WorkspaceId,
    ids: &[DealId],
) -> Result<Vec<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_deals_by_id.sql"))
        .bind(&workspace)
        .bind(&one_of(ids.iter().map(|id| id.0)))
        .all(connection)
        .await
}

/// Deals in use with one of the ids.
pub async fn list_deals_by_external_id(
    connection: &mut Connection,
    workspace: WorkspaceId,
    ids: &[&str],
) -> Result<Vec<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_deals_by_external_id.sql"))
        .bind(&workspace)
        .bind(&one_of_texts(ids))
        .all(connection)
        .await
}

/// Deals in use that grew out of one of the leads, oldest first.
pub async fn list_deals_of_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    leads: &[LeadId],
) -> Result<Vec<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_deals_of_leads.sql"))
        .bind(&workspace)
        .bind(&one_of(leads.iter().map(|lead| lead.0)))
        .all(connection)
        .await
}

/// Deals in use of one of the people, oldest first.
pub async fn list_deals_of_persons(
    connection: &mut Connection,
    workspace: WorkspaceId,
    persons: &[PersonId],
) -> Result<Vec<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_deals_of_persons.sql"))
        .bind(&workspace)
        .bind(&one_of(persons.iter().map(|id| id.0)))
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

/// Deals, archived ones too, with an amount of their own or of a payment in the span, behind
/// `after` in the order of ids.
pub async fn list_foreign_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    span: &ForeignSpan,
    after: DealId,
    limit: i64,
) -> Result<Vec<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_foreign_deals.sql"))
        .bind(&workspace)
        .bind(span)
        .bind(&after)
        .bind(&limit)
        .all(connection)
        .await
}

/// Since when deals and payments are in each currency that is not the workspace's own.
pub async fn list_foreign_since(
    connection: &mut Connection,
    workspace: WorkspaceId,
    home: Currency,
) -> Result<Vec<ForeignSince>, StoreError> {
    Statement::new(include_str!("queries/deals/list_foreign_since.sql"))
        .bind(&workspace)
        .bind(&home)
        .all(connection)
        .await
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

pub async fn insert_deal_changes(
    tx: &mut Tx,
    workspace: WorkspaceId,
    changes: &[ChangedDeal],
) -> Result<(), StoreError> {
    let sql = include_str!("queries/deals/insert_deal_changes.sql");
    insert_rows(tx, sql, &workspace, changes).await
}

/// Forgets the changes that an import made to these deals.
pub async fn delete_deal_changes(
    tx: &mut Tx,
    workspace: WorkspaceId,
    import: ImportId,
    deals: &[DealId],
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/deals/delete_deal_changes.sql"))
        .bind(&workspace)
        .bind(&import)
        .bind(&one_of(deals.iter().map(|deal| deal.0)))
        .execute(tx)
        .await?;
    Ok(())
}

/// What was posted of those of the deals that anything was posted of.
pub async fn list_posted(
    connection: &mut Connection,
    workspace: WorkspaceId,
    deals: &[DealId],
) -> Result<Vec<PostedDeal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_posted.sql"))
        .bind(&workspace)
        .bind(&one_of(deals.iter().map(|deal| deal.0)))
        .all(connection)
        .await
}

/// Keeps what was posted, in the transaction that puts the facts into the outbox.
pub async fn put_posted(
    tx: &mut Tx,
    workspace: WorkspaceId,
    posted: &[PostedDeal],
) -> Result<(), StoreError> {
    let sql = include_str!("queries/deals/put_posted.sql");
    insert_rows(tx, sql, &workspace, posted).await
}

/// Makes what somebody is responsible for nobody's, and notes who did it.
pub async fn release_deals(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    author: Option<UserId>,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let note = include_str!("queries/deals/insert_released_deals.sql");
    let note = Statement::new(note).bind(&workspace).bind(&user);
    note.bind(&author).bind(&now).execute(tx).await?;
    Statement::new(include_str!("queries/deals/release_deals.sql"))
        .bind(&workspace)
        .bind(&user)
        .execute(tx)
        .await?;
    Ok(())
}

/// Adds or replaces deals that were loaded, or given an id, in the same transaction.
/// [`StoreError::Conflict`] on `external_id` when another deal in use has the same.
pub async fn put_deals(
    tx: &mut Tx,
    workspace: WorkspaceId,
    deals: &[Deal],
) -> Result<(), StoreError> {
    let searched: Vec<String> = deals
        .iter()
        .map(|deal| search_text(&deal.details))
        .collect();
    let rows: Vec<_> = deals
        .iter()
        .zip(&searched)
        .map(|(deal, search)| Joined(deal, search))
        .collect();
    let sql = include_str!("queries/deals/put_deals.sql");
    insert_rows(tx, sql, &workspace, &rows).await
}

/// Newest first.
pub async fn list_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    filter: &DealFilter,
    page: PageRequest,
) -> Result<Page<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_deals.sql"))
        .bind(&workspace)
        .bind(&filter.from)
        .bind(&filter.until)
        .bind(&maybe_one_of_texts(filter.statuses.as_deref()))
        .bind(&filter.text.as_deref().map(filter::containing))
        .bind(&filter.assignee)
        .bind(&filter.reach)
        .page(connection, page, place_of)
        .await
}

/// Deals in use of no lead whose own visit number no visit has yet, newest first.
pub async fn list_waiting_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<Deal>, StoreError> {
    Statement::new(include_str!("queries/deals/list_waiting_deals.sql"))
        .bind(&workspace)
        .page(connection, page, place_of)
        .await
}

/// What the deals of the filter come to, by currency.
pub async fn sum_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    filter: &DealFilter,
) -> Result<Vec<DealSum>, StoreError> {
    Statement::new(include_str!("queries/deals/sum_deals.sql"))
        .bind(&workspace)
        .bind(&filter.from)
        .bind(&filter.until)
        .bind(&maybe_one_of_texts(filter.statuses.as_deref()))
        .bind(&filter.text.as_deref().map(filter::containing))
        .bind(&filter.assignee)
        .bind(&filter.reach)
        .all(connection)
        .await
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
            assignee: None,
            reach: Reach::WHOLE,
        }
    }
}

fn place_of(deal: &Deal) -> Keyset<UnixMillis> {
    Keyset {
        at: deal.details.created_at,
        id: deal.id.0,
    }
}

fn search_text(deal: &DealDetails) -> String {
    filter::search_text(&[&deal.title, &deal.external_id])
}
