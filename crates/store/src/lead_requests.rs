//! Requests of leads as they came in, stored before anybody tries to understand them.

use base::{LeadId, UnixMillis, WorkspaceId};
use serde_json::Value;

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, LeadRequestId, StoreError, Tx};

record! {
    pub struct NewLeadRequest {
        /// Which door it came through: `form`, `api` …
        pub door: String,
        pub body: Vec<u8>,
        /// The few headers that matter.
        pub headers: Value,
        pub received_at: UnixMillis,
        /// Its `Idempotency-Key`.
        pub request_key: Option<String>,
    }
}

record! {
    pub struct LeadRequest {
        pub id: LeadRequestId,
        pub workspace_id: WorkspaceId,
        pub door: String,
        pub body: Vec<u8>,
        pub headers: Value,
        pub received_at: UnixMillis,
        pub state: String,
        pub lead_id: Option<LeadId>,
        pub error: Option<String>,
        pub request_key: Option<String>,
    }
}

pub async fn insert_lead_request(
    tx: &mut Tx,
    workspace: WorkspaceId,
    request: &NewLeadRequest,
) -> Result<LeadRequestId, StoreError> {
    Statement::new(include_str!(
        "queries/lead_requests/insert_lead_request.sql"
    ))
    .bind(&workspace)
    .bind(request)
    .value(tx)
    .await
}

pub async fn finish_lead_request(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: LeadRequestId,
    lead: LeadId,
) -> Result<(), StoreError> {
    Statement::new(include_str!(
        "queries/lead_requests/finish_lead_request.sql"
    ))
    .bind(&workspace)
    .bind(&id)
    .bind(&lead)
    .execute_on(tx, "lead request", id)
    .await
}

/// Keeps why the request could not be understood.
pub async fn fail_lead_request(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: LeadRequestId,
    error: &str,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/lead_requests/fail_lead_request.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(error)
        .execute_on(tx, "lead request", id)
        .await
}

/// Removes requests of all workspaces that were judged and came at or before `until`, oldest
/// first; their leads stay. Returns how many.
pub async fn purge_lead_requests(
    tx: &mut Tx,
    until: UnixMillis,
    limit: i64,
) -> Result<u64, StoreError> {
    Statement::new(include_str!(
        "queries/lead_requests/release_old_lead_requests.sql"
    ))
    .bind(&until)
    .bind(&limit)
    .execute(tx)
    .await?;
    Statement::new(include_str!(
        "queries/lead_requests/purge_lead_requests.sql"
    ))
    .bind(&until)
    .bind(&limit)
    .execute(tx)
    .await
}

pub async fn load_lead_request(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: LeadRequestId,
) -> Result<LeadRequest, StoreError> {
    let sql = include_str!("queries/lead_requests/load_lead_request.sql");
    OneRow("lead request", workspace, id)
        .load(connection, sql)
        .await
}

/// The newest request of all workspaces; zero where there is none.
pub async fn load_newest_lead_request(
    connection: &mut Connection,
) -> Result<LeadRequestId, StoreError> {
    Statement::new(include_str!(
        "queries/lead_requests/load_newest_lead_request.sql"
    ))
    .value(connection)
    .await
}

/// Requests of all workspaces that nobody came to, oldest first: those after the first id, up to
/// the second.
pub async fn list_open_lead_requests(
    connection: &mut Connection,
    (after, last): (LeadRequestId, LeadRequestId),
    limit: i64,
) -> Result<Vec<LeadRequest>, StoreError> {
    Statement::new(include_str!(
        "queries/lead_requests/list_open_lead_requests.sql"
    ))
    .bind(&after)
    .bind(&last)
    .bind(&limit)
    .all(connection)
    .await
}
