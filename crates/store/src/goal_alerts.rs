//! Alerts: what is looked at after every day or week of a goal, when it is told, and what was seen.

use base::{Day, UnixMillis, WorkspaceId};
use serde_json::Value as Json;

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, GoalAlertId, GoalId, GoalLookId, StoreError, Tx};

record! {
    pub struct GoalAlertDetails {
        pub goal_id: GoalId,
        /// `visitors`, `count` or `conversion`.
        pub measure: String,
        /// `day` or `week`.
        pub every: String,
        /// `below`, `above` or `change`.
        pub condition: String,
        /// Of visitors or times, or of a percent.
        pub bound_micros: i64,
        /// After midnight, in the workspace's zone.
        pub at_minute: i64,
        /// Members, by number: a list.
        pub recipients: Json,
        pub is_on: bool,
        pub tells_webhooks: bool,
        /// When the next look is.
        pub planned_at: UnixMillis,
    }
}

record! {
    pub struct GoalAlert {
        pub workspace_id: WorkspaceId,
        pub id: GoalAlertId,
        pub details: GoalAlertDetails,
        pub version: i64,
    }
}

record! {
    /// What was seen at a look, with the alert and the goal as they were then.
    pub struct GoalLookDetails {
        pub workspace_id: WorkspaceId,
        pub alert_id: GoalAlertId,
        pub looked_at: UnixMillis,
        pub first_day: Day,
        pub last_day: Day,
        pub goal: String,
        pub measure: String,
        pub condition: String,
        pub bound_micros: i64,
        pub value_micros: Option<i64>,
        pub before_micros: Option<i64>,
        pub is_told: bool,
        /// Members it was mailed to.
        pub recipients: i64,
    }
}

record! {
    pub struct GoalLook {
        pub id: GoalLookId,
        pub details: GoalLookDetails,
    }
}

pub async fn insert_goal_alert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    details: &GoalAlertDetails,
) -> Result<GoalAlertId, StoreError> {
    Statement::new(include_str!("queries/goal_alerts/insert_goal_alert.sql"))
        .bind(&workspace)
        .bind(&now)
        .bind(details)
        .value(tx)
        .await
}

/// Of goals and sites that are still there, the oldest first.
pub async fn list_goal_alerts(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<GoalAlert>, StoreError> {
    Statement::new(include_str!("queries/goal_alerts/list_goal_alerts.sql"))
        .bind(&workspace)
        .all(connection)
        .await
}

/// Those of the whole installation whose turn it is.
pub async fn list_due_goal_alerts(
    connection: &mut Connection,
    now: UnixMillis,
    limit: i64,
) -> Result<Vec<GoalAlert>, StoreError> {
    Statement::new(include_str!("queries/goal_alerts/list_due_goal_alerts.sql"))
        .bind(&now)
        .bind(&limit)
        .all(connection)
        .await
}

pub async fn load_goal_alert(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: GoalAlertId,
) -> Result<GoalAlert, StoreError> {
    let sql = include_str!("queries/goal_alerts/load_goal_alert.sql");
    OneRow("goal alert", workspace, id)
        .load(connection, sql)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
pub async fn update_goal_alert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: GoalAlertId,
    version: i64,
    details: &GoalAlertDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/goal_alerts/update_goal_alert.sql");
    let row = OneRow("goal alert", workspace, id);
    row.update(tx, sql, version, details).await
}

pub async fn archive_goal_alert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: GoalAlertId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/goal_alerts/archive_goal_alert.sql");
    OneRow("goal alert", workspace, id)
        .archive(tx, sql, version, now)
        .await
}

/// Waits for the look at `next`, in the place of whichever was waited for.
pub async fn plan_goal_alert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: GoalAlertId,
    next: UnixMillis,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/goal_alerts/plan_goal_alert.sql"))
        .bind(&workspace)
        .bind(&id)
        .bind(&next)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends a look; the next one is at `next`. False where somebody else ended it, or changed the
/// alert, meanwhile.
pub async fn end_look(
    tx: &mut Tx,
    alert: &GoalAlert,
    next: UnixMillis,
) -> Result<bool, StoreError> {
    let ended = Statement::new(include_str!("queries/goal_alerts/end_look.sql"))
        .bind(&alert.workspace_id)
        .bind(&alert.id)
        .bind(&alert.details.planned_at)
        .bind(&alert.version)
        .bind(&next)
        .execute(tx)
        .await?;
    Ok(ended > 0)
}

pub async fn insert_look(tx: &mut Tx, look: &GoalLookDetails) -> Result<GoalLookId, StoreError> {
    Statement::new(include_str!("queries/goal_alerts/insert_look.sql"))
        .bind(look)
        .value(tx)
        .await
}

/// The newest first.
pub async fn list_looks(
    connection: &mut Connection,
    workspace: WorkspaceId,
    alert: GoalAlertId,
    limit: i64,
) -> Result<Vec<GoalLook>, StoreError> {
    Statement::new(include_str!("queries/goal_alerts/list_looks.sql"))
        .bind(&workspace)
        .bind(&alert)
        .bind(&limit)
        .all(connection)
        .await
}

/// The look that a mail is about.
pub async fn find_look(
    connection: &mut Connection,
    id: GoalLookId,
) -> Result<Option<GoalLook>, StoreError> {
    Statement::new(include_str!("queries/goal_alerts/find_look.sql"))
        .bind(&id)
        .find(connection)
        .await
}

/// Forgets looks at days before this one.
pub async fn forget_looks(
    tx: &mut Tx,
    workspace: WorkspaceId,
    alert: GoalAlertId,
    before: Day,
) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/goal_alerts/forget_looks.sql"))
        .bind(&workspace)
        .bind(&alert)
        .bind(&before)
        .execute(tx)
        .await?;
    Ok(())
}
