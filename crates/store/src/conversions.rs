//! What ad platforms are told of leads and sales: targets, files, and the log of what stood in
//! which file.

use base::{Currency, DealId, LeadId, UnixMillis, UserId, VisitorId, WorkspaceId};
use serde_json::Value;

use crate::filter::one_of;
use crate::row::OneRow;
use crate::statement::{Statement, insert_rows, record};
use crate::{
    Connection, ConversionBatchId, ConversionTargetId, Keyset, Page, PageRequest, StoreError, Tx,
    fresh_version,
};

record! {
    pub struct ConversionTargetDetails {
        pub platform: String,
        /// `lead`, `qualified_lead` or `sale`.
        pub event: String,
        /// As the conversion or goal is called there.
        pub conversion: String,
        /// `net`, `gross`, `fixed` or `none`.
        pub value_kind: String,
        pub fixed_micros: i64,
        pub currency: Currency,
        pub time_zone: String,
    }
}

record! {
    pub struct ConversionTarget {
        pub id: ConversionTargetId,
        pub details: ConversionTargetDetails,
        pub created_at: UnixMillis,
        pub archived_at: Option<UnixMillis>,
        pub version: i64,
    }
}

record! {
    /// A lead or a sale that may be told.
    pub struct ConversionCandidate {
        pub record_id: i64,
        pub lead_id: Option<LeadId>,
        pub at: UnixMillis,
        /// Clicks behind this moment did not bring it.
        pub came_at: UnixMillis,
        pub visitor_id: Option<VisitorId>,
        /// Of the lead.
        pub name: String,
        /// The number of the deal.
        pub label: String,
        pub revenue_micros: i64,
        pub vat_micros: i64,
        pub is_erased: bool,
        pub is_exported: bool,
    }
}

record! {
    /// What was told last of a lead or a sale, and what it is now.
    pub struct ToldConversion {
        pub record_id: i64,
        pub lead_id: Option<LeadId>,
        pub at: UnixMillis,
        pub name: String,
        pub label: String,
        pub seq: i64,
        pub click_at: UnixMillis,
        /// When it happened, as it was told first.
        pub first_at: UnixMillis,
        /// As it stood in the first file; empty once it is forgotten whose it was.
        pub first_line: String,
        /// As the conversion was called when it was told first.
        pub first_name: String,
        /// As it was told.
        pub value_micros: Option<i64>,
        pub currency: Currency,
        pub revenue_micros: i64,
        pub vat_micros: i64,
        /// It is still what was told.
        pub stands: bool,
    }
}

record! {
    pub struct NewConversionBatch {
        pub target_id: ConversionTargetId,
        /// `conversions` or `adjustments`.
        pub kind: String,
        pub head: String,
        pub rows: i64,
        pub sum_micros: i64,
        pub currency: Currency,
        pub left_out: Value,
        pub author_id: Option<UserId>,
        pub created_at: UnixMillis,
        /// As the conversion or goal was called when the file was made.
        pub conversion: String,
    }
}

record! {
    pub struct ConversionBatch {
        pub id: ConversionBatchId,
        pub said: NewConversionBatch,
        /// `made`, `uploaded` or `taken_back`.
        pub state: String,
        pub state_at: UnixMillis,
        pub version: i64,
        pub platform: String,
        pub event: String,
    }
}

record! {
    pub struct NewConversionRow {
        pub batch_id: ConversionBatchId,
        pub target_id: ConversionTargetId,
        pub event: String,
        pub record_id: i64,
        pub seq: i64,
        /// `conversion`, `restate` or `retract`.
        pub kind: String,
        pub at: UnixMillis,
        pub click_at: UnixMillis,
        pub value_micros: Option<i64>,
        pub currency: Currency,
        pub line: String,
    }
}

record! {
    pub struct ConversionRow {
        pub id: i64,
        pub event: String,
        pub record_id: i64,
        pub seq: i64,
        pub kind: String,
        pub at: UnixMillis,
        pub click_at: UnixMillis,
        pub value_micros: Option<i64>,
        pub currency: Currency,
        /// As it stands in the file; empty once it is forgotten whose it was.
        pub line: String,
        /// Of the lead.
        pub name: String,
        /// The number of the deal.
        pub label: String,
    }
}

record! {
    pub struct ConversionLine {
        pub id: i64,
        pub line: String,
    }
}

/// Which candidates to list.
#[derive(Debug, Clone, Copy)]
pub struct CandidateFilter {
    pub target: ConversionTargetId,
    pub from: UnixMillis,
    /// Not included.
    pub until: UnixMillis,
    pub limit: i64,
}

pub async fn insert_conversion_target(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &ConversionTargetDetails,
) -> Result<ConversionTargetId, StoreError> {
    let sql = include_str!("queries/conversions/insert_conversion_target.sql");
    let insert = Statement::new(sql).bind(&workspace).bind(&now);
    insert.bind(details).value(tx).await
}

/// Those out of use are found: batches refer to them.
pub async fn load_conversion_target(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ConversionTargetId,
) -> Result<ConversionTarget, StoreError> {
    let sql = include_str!("queries/conversions/load_conversion_target.sql");
    OneRow("conversion target", workspace, id)
        .load(connection, sql)
        .await
}

/// Newest first.
pub async fn list_conversion_targets(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<ConversionTarget>, StoreError> {
    let sql = include_str!("queries/conversions/list_conversion_targets.sql");
    let place = |target: &ConversionTarget| Keyset {
        at: target.created_at,
        id: target.id.0,
    };
    let list = Statement::new(sql).bind(&workspace);
    list.page(connection, page, place).await
}

pub async fn update_conversion_target(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (id, version): (ConversionTargetId, i64),
    details: &ConversionTargetDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/conversions/update_conversion_target.sql");
    OneRow("conversion target", workspace, id)
        .update(tx, sql, version, details)
        .await
}

pub async fn archive_conversion_target(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (id, version): (ConversionTargetId, i64),
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/conversions/archive_conversion_target.sql");
    OneRow("conversion target", workspace, id)
        .archive(tx, sql, version, now)
        .await
}

/// Leads that count, in the order of time.
pub async fn list_lead_candidates(
    connection: &mut Connection,
    workspace: WorkspaceId,
    filter: CandidateFilter,
) -> Result<Vec<ConversionCandidate>, StoreError> {
    let sql = include_str!("queries/conversions/list_lead_candidates.sql");
    list_candidates(connection, sql, workspace, filter).await
}

/// Qualified leads by when they first were.
pub async fn list_qualified_candidates(
    connection: &mut Connection,
    workspace: WorkspaceId,
    filter: CandidateFilter,
) -> Result<Vec<ConversionCandidate>, StoreError> {
    let sql = include_str!("queries/conversions/list_qualified_candidates.sql");
    list_candidates(connection, sql, workspace, filter).await
}

/// Deals that are sales, by when they were paid.
pub async fn list_sale_candidates(
    connection: &mut Connection,
    workspace: WorkspaceId,
    filter: CandidateFilter,
) -> Result<Vec<ConversionCandidate>, StoreError> {
    let sql = include_str!("queries/conversions/list_sale_candidates.sql");
    list_candidates(connection, sql, workspace, filter).await
}

async fn list_candidates(
    connection: &mut Connection,
    sql: &'static str,
    workspace: WorkspaceId,
    filter: CandidateFilter,
) -> Result<Vec<ConversionCandidate>, StoreError> {
    Statement::new(sql)
        .bind(&workspace)
        .bind(&filter.target)
        .bind(&filter.from)
        .bind(&filter.until)
        .bind(&filter.limit)
        .all(connection)
        .await
}

/// Leads that the platform of the target still takes for conversions, behind one.
pub async fn list_told_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    target: ConversionTargetId,
    after: i64,
    limit: i64,
) -> Result<Vec<ToldConversion>, StoreError> {
    Statement::new(include_str!("queries/conversions/list_told_leads.sql"))
        .bind(&workspace)
        .bind(&target)
        .bind(&after)
        .bind(&limit)
        .all(connection)
        .await
}

/// Deals that the platform of the target still takes for sales, behind one.
pub async fn list_told_sales(
    connection: &mut Connection,
    workspace: WorkspaceId,
    target: ConversionTargetId,
    after: i64,
    limit: i64,
) -> Result<Vec<ToldConversion>, StoreError> {
    Statement::new(include_str!("queries/conversions/list_told_sales.sql"))
        .bind(&workspace)
        .bind(&target)
        .bind(&after)
        .bind(&limit)
        .all(connection)
        .await
}

pub async fn insert_conversion_batch(
    tx: &mut Tx,
    workspace: WorkspaceId,
    batch: &NewConversionBatch,
) -> Result<ConversionBatchId, StoreError> {
    let sql = include_str!("queries/conversions/insert_conversion_batch.sql");
    let insert = Statement::new(sql).bind(&workspace).bind(batch);
    insert.value(tx).await
}

/// [`StoreError::Conflict`] on `seq` when one of them was told already.
pub async fn insert_conversion_rows(
    tx: &mut Tx,
    workspace: WorkspaceId,
    rows: &[NewConversionRow],
) -> Result<(), StoreError> {
    let sql = include_str!("queries/conversions/insert_conversion_rows.sql");
    insert_rows(tx, sql, &workspace, rows).await
}

pub async fn load_conversion_batch(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ConversionBatchId,
) -> Result<ConversionBatch, StoreError> {
    let sql = include_str!("queries/conversions/load_conversion_batch.sql");
    OneRow("conversion batch", workspace, id)
        .load(connection, sql)
        .await
}

/// Newest first.
pub async fn list_conversion_batches(
    connection: &mut Connection,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<ConversionBatch>, StoreError> {
    let sql = include_str!("queries/conversions/list_conversion_batches.sql");
    let place = |batch: &ConversionBatch| Keyset {
        at: batch.said.created_at,
        id: batch.id.0,
    };
    let list = Statement::new(sql).bind(&workspace);
    list.page(connection, page, place).await
}

/// Says what became of a batch; [`StoreError::StaleVersion`] where something did already.
pub async fn mark_conversion_batch(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (id, version): (ConversionBatchId, i64),
    state: &str,
    now: UnixMillis,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/conversions/mark_conversion_batch.sql");
    let marked = Statement::new(sql).bind(&workspace).bind(&id);
    let marked = marked.bind(&version).bind(state).bind(&now);
    fresh_version(
        marked.find_value(tx).await?,
        "conversion batch",
        id,
        version,
    )
}

/// Sets the records of a batch free again.
pub async fn delete_conversion_rows(
    tx: &mut Tx,
    workspace: WorkspaceId,
    batch: ConversionBatchId,
) -> Result<u64, StoreError> {
    let sql = include_str!("queries/conversions/delete_conversion_rows.sql");
    let delete = Statement::new(sql).bind(&workspace).bind(&batch);
    delete.execute(tx).await
}

/// How many rows of later files put right what this batch told.
pub async fn count_conversion_rows_behind(
    connection: &mut Connection,
    workspace: WorkspaceId,
    batch: ConversionBatchId,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/conversions/count_conversion_rows_behind.sql");
    let count = Statement::new(sql).bind(&workspace).bind(&batch);
    count.value(connection).await
}

/// Lines of a batch's file in their order, behind one.
pub async fn list_conversion_lines(
    connection: &mut Connection,
    workspace: WorkspaceId,
    batch: ConversionBatchId,
    after: i64,
    limit: i64,
) -> Result<Vec<ConversionLine>, StoreError> {
    Statement::new(include_str!(
        "queries/conversions/list_conversion_lines.sql"
    ))
    .bind(&workspace)
    .bind(&batch)
    .bind(&after)
    .bind(&limit)
    .all(connection)
    .await
}

/// What stood in a batch's file, newest first.
pub async fn list_conversion_rows(
    connection: &mut Connection,
    workspace: WorkspaceId,
    batch: ConversionBatchId,
    page: PageRequest,
) -> Result<Page<ConversionRow>, StoreError> {
    let sql = include_str!("queries/conversions/list_conversion_rows.sql");
    let place = |row: &ConversionRow| Keyset {
        at: row.at,
        id: row.id,
    };
    let list = Statement::new(sql).bind(&workspace).bind(&batch);
    list.page(connection, page, place).await
}

/// What platforms were told of leads and deals.
pub async fn list_conversion_rows_of_records(
    connection: &mut Connection,
    workspace: WorkspaceId,
    leads: &[LeadId],
    deals: &[DealId],
) -> Result<Vec<ConversionRow>, StoreError> {
    let sql = include_str!("queries/conversions/list_conversion_rows_of_records.sql");
    of_records(sql, workspace, leads, deals)
        .all(connection)
        .await
}

/// Forgets by which clicks leads and deals were told. Returns how many lines are gone.
pub async fn forget_conversion_lines(
    tx: &mut Tx,
    workspace: WorkspaceId,
    leads: &[LeadId],
    deals: &[DealId],
) -> Result<u64, StoreError> {
    let sql = include_str!("queries/conversions/forget_conversion_lines.sql");
    of_records(sql, workspace, leads, deals).execute(tx).await
}

/// The same of clicks until a moment.
pub async fn forget_old_conversion_lines(
    tx: &mut Tx,
    workspace: WorkspaceId,
    until: UnixMillis,
) -> Result<u64, StoreError> {
    let sql = include_str!("queries/conversions/forget_old_conversion_lines.sql");
    let forget = Statement::new(sql).bind(&workspace).bind(&until);
    forget.execute(tx).await
}

fn of_records(
    sql: &'static str,
    workspace: WorkspaceId,
    leads: &[LeadId],
    deals: &[DealId],
) -> Statement {
    Statement::new(sql)
        .bind(&workspace)
        .bind(&one_of(leads.iter().map(|id| id.0)))
        .bind(&one_of(deals.iter().map(|id| id.0)))
}
