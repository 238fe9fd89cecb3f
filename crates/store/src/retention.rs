//! Personal data that is older than a workspace keeps it.

use base::{LeadId, UnixMillis, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{Connection, LeadRequestId, StoreError};

record! {
    /// How much there is from until a moment.
    #[derive(Default)]
    pub struct Expired {
        pub rows: i64,
        pub oldest: Option<UnixMillis>,
    }
}

/// Raw requests that were judged.
pub async fn count_requests(
    connection: &mut Connection,
    workspace: WorkspaceId,
    until: UnixMillis,
) -> Result<Expired, StoreError> {
    let sql = Statement::new(include_str!("queries/retention/count_requests.sql"));
    count(connection, sql, workspace, until).await
}

pub async fn list_requests(
    connection: &mut Connection,
    workspace: WorkspaceId,
    until: UnixMillis,
    limit: i64,
) -> Result<Vec<LeadRequestId>, StoreError> {
    Statement::new(include_str!("queries/retention/list_requests.sql"))
        .bind(&workspace)
        .bind(&until)
        .bind(&limit)
        .values(connection)
        .await
}

/// Rows that imports left out, by when the import ended.
pub async fn count_rejected(
    connection: &mut Connection,
    workspace: WorkspaceId,
    until: UnixMillis,
) -> Result<Expired, StoreError> {
    let sql = Statement::new(include_str!("queries/retention/count_rejected.sql"));
    count(connection, sql, workspace, until).await
}

pub async fn list_rejected(
    connection: &mut Connection,
    workspace: WorkspaceId,
    until: UnixMillis,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    Statement::new(include_str!("queries/retention/list_rejected.sql"))
        .bind(&workspace)
        .bind(&until)
        .bind(&limit)
        .values(connection)
        .await
}

/// Leads that became no deal and still say who somebody is.
pub async fn count_contacts(
    connection: &mut Connection,
    workspace: WorkspaceId,
    until: UnixMillis,
) -> Result<Expired, StoreError> {
    let sql = Statement::pair(
        include_str!("queries/retention/count_contacts.sql"),
        include_str!("queries/retention/count_contacts.pg.sql"),
    );
    count(connection, sql, workspace, until).await
}

pub async fn list_contacts(
    connection: &mut Connection,
    workspace: WorkspaceId,
    until: UnixMillis,
    limit: i64,
) -> Result<Vec<LeadId>, StoreError> {
    Statement::pair(
        include_str!("queries/retention/list_contacts.sql"),
        include_str!("queries/retention/list_contacts.pg.sql"),
    )
    .bind(&workspace)
    .bind(&until)
    .bind(&limit)
    .values(connection)
    .await
}

async fn count(
    connection: &mut Connection,
    sql: Statement,
    workspace: WorkspaceId,
    until: UnixMillis,
) -> Result<Expired, StoreError> {
    let found = sql.bind(&workspace).bind(&until);
    Ok(found.find(connection).await?.unwrap_or_default())
}
