//! Goals: what the visitors of a site are to do.

use base::{SiteId, UnixMillis, WorkspaceId};

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, GoalId, StoreError, Tx};

record! {
    pub struct GoalDetails {
        pub site_id: SiteId,
        pub name: String,
        /// `event` or `page`.
        pub kind: String,
        /// The name of an event, or a path; a path that ends in `*` is where paths begin.
        pub target: String,
        /// Empty where nothing is asked of the event's properties.
        pub property: String,
        pub property_value: String,
        /// Of reaching it once without telling money.
        pub worth_micros: Option<i64>,
    }
}

record! {
    pub struct Goal {
        pub id: GoalId,
        pub details: GoalDetails,
        pub created_at: UnixMillis,
        pub version: i64,
    }
}

pub async fn insert_goal(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &GoalDetails,
) -> Result<GoalId, StoreError> {
    Statement::new(include_str!("queries/goals/insert_goal.sql"))
        .bind(&workspace)
        .bind(&now)
        .bind(details)
        .value(tx)
        .await
}

/// Removed ones are not found.
pub async fn load_goal(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: GoalId,
) -> Result<Goal, StoreError> {
    let sql = include_str!("queries/goals/load_goal.sql");
    OneRow("goal", workspace, id).load(connection, sql).await
}

/// Of the sites that are there, by name.
pub async fn list_goals(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<Goal>, StoreError> {
    Statement::new(include_str!("queries/goals/list_goals.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_goal(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: GoalId,
    version: i64,
    details: &GoalDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/goals/update_goal.sql");
    let row = OneRow("goal", workspace, id);
    row.update(tx, sql, version, details).await
}

pub async fn archive_goal(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: GoalId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/goals/archive_goal.sql");
    OneRow("goal", workspace, id)
        .archive(tx, sql, version, now)
        .await
}
