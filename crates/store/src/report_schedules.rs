//! Report schedules: saved views that are sent every day, week or month.

use base::{UnixMillis, UserId, WorkspaceId};
use serde_json::Value as Json;

use crate::row::OneRow;
use crate::statement::{Statement, record};
use crate::{Connection, ReportScheduleId, SavedViewId, StoreError, Tx};

record! {
    pub struct ReportScheduleDetails {
        /// `day`, `week` or `month`.
        pub every: String,
        /// Of a week from Monday on, 1 to 7; of a month, 1 to 28; 0 for every day.
        pub on_day: i64,
        /// After midnight, in the workspace's zone.
        pub at_minute: i64,
        /// Members, by number: a list.
        pub recipients: Json,
        pub is_on: bool,
        /// When the next turn is.
        pub planned_at: UnixMillis,
        /// Whether webhooks that want reports are told it too.
        pub tells_webhooks: bool,
    }
}

record! {
    pub struct ReportSchedule {
        pub workspace_id: WorkspaceId,
        pub id: ReportScheduleId,
        /// Whose view it is that is sent.
        pub author_id: UserId,
        pub view_id: SavedViewId,
        pub details: ReportScheduleDetails,
        /// When the turn is tried next.
        pub due_at: UnixMillis,
        /// Tries of this turn.
        pub attempts: i64,
        /// Who has got this turn's: a list.
        pub sent_to: Json,
        /// When a turn was last sent to everybody.
        pub sent_at: Option<UnixMillis>,
        /// The turn that webhooks were last told, by when it was planned.
        pub told_at: Option<UnixMillis>,
        /// Why the last try came to nothing; empty where it did not.
        pub failure: String,
        pub version: i64,
    }
}

pub async fn insert_report_schedule(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    (author, view): (UserId, SavedViewId),
    details: &ReportScheduleDetails,
) -> Result<ReportScheduleId, StoreError> {
    let sql = include_str!("queries/report_schedules/insert_report_schedule.sql");
    Statement::new(sql)
        .bind(&workspace)
        .bind(&now)
        .bind(&author)
        .bind(&view)
        .bind(details)
        .value(tx)
        .await
}

/// Of views that are still there, the oldest first.
pub async fn list_report_schedules(
    connection: &mut Connection,
    workspace: WorkspaceId,
) -> Result<Vec<ReportSchedule>, StoreError> {
    let sql = include_str!("queries/report_schedules/list_report_schedules.sql");
    Statement::new(sql).bind(&workspace).all(connection).await
}

pub async fn load_report_schedule(
    connection: &mut Connection,
    workspace: WorkspaceId,
    id: ReportScheduleId,
) -> Result<ReportSchedule, StoreError> {
    let sql = include_str!("queries/report_schedules/load_report_schedule.sql");
    OneRow("report schedule", workspace, id)
        .load(connection, sql)
        .await
}

/// Those of the whole installation whose turn it is.
pub async fn list_due_schedules(
    connection: &mut Connection,
    now: UnixMillis,
    limit: i64,
) -> Result<Vec<ReportSchedule>, StoreError> {
    let sql = include_str!("queries/report_schedules/list_due_schedules.sql");
    Statement::new(sql)
        .bind(&now)
        .bind(&limit)
        .all(connection)
        .await
}

/// The new version; [`StoreError::StaleVersion`] when `version` is not the current one.
///
/// A turn that stays planned at its time goes on, also when it is being tried.
pub async fn update_report_schedule(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ReportScheduleId,
    version: i64,
    details: &ReportScheduleDetails,
) -> Result<i64, StoreError> {
    let sql = include_str!("queries/report_schedules/update_report_schedule.sql");
    let row = OneRow("report schedule", workspace, id);
    row.update(tx, sql, version, details).await
}

/// Waits for the turn at `next`, in the place of whichever was waited for or tried.
pub async fn plan_report_schedule(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ReportScheduleId,
    next: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/report_schedules/plan_report_schedule.sql");
    let row = Statement::new(sql).bind(&workspace).bind(&id);
    row.bind(&next).execute(tx).await?;
    Ok(())
}

/// The rest stays as it is, also a turn that has begun.
pub async fn set_recipients(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ReportScheduleId,
    recipients: &Json,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/report_schedules/set_recipients.sql");
    let row = Statement::new(sql).bind(&workspace).bind(&id);
    row.bind(recipients).execute(tx).await?;
    Ok(())
}

pub async fn archive_report_schedule(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ReportScheduleId,
    version: i64,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/report_schedules/archive_report_schedule.sql");
    OneRow("report schedule", workspace, id)
        .archive(tx, sql, version, now)
        .await
}

/// Counts a try that begins now; should nobody say how it went, the next one is due at `due_at`.
/// False where somebody else began one meanwhile.
pub async fn claim_schedule(
    tx: &mut Tx,
    turn: &ReportSchedule,
    due_at: UnixMillis,
) -> Result<bool, StoreError> {
    let claimed = of_turn(
        include_str!("queries/report_schedules/claim_schedule.sql"),
        turn,
    )
    .bind(&turn.attempts)
    .bind(&due_at)
    .execute(tx)
    .await?;
    Ok(claimed > 0)
}

/// Who has got this turn's by now.
pub async fn note_sent_to(
    tx: &mut Tx,
    turn: &ReportSchedule,
    sent_to: &Json,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/report_schedules/note_sent_to.sql");
    of_turn(sql, turn).bind(sent_to).execute(tx).await?;
    Ok(())
}

/// Webhooks are told this turn's from now on.
pub async fn note_told(tx: &mut Tx, turn: &ReportSchedule) -> Result<(), StoreError> {
    let sql = include_str!("queries/report_schedules/note_told.sql");
    of_turn(sql, turn).execute(tx).await?;
    Ok(())
}

/// Tells webhooks no more, and says why.
pub async fn stop_telling(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ReportScheduleId,
    why: &str,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/report_schedules/stop_telling.sql");
    let row = Statement::new(sql).bind(&workspace).bind(&id);
    row.bind(why).execute(tx).await?;
    Ok(())
}

/// Says why a try came to nothing; the next one is due at `due_at`.
pub async fn fail_schedule(
    tx: &mut Tx,
    turn: &ReportSchedule,
    failure: &str,
    due_at: UnixMillis,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/report_schedules/fail_schedule.sql");
    let row = of_turn(sql, turn).bind(failure).bind(&due_at);
    row.execute(tx).await?;
    Ok(())
}

/// Ends a turn, sent or given up; the next one is at `next`.
pub async fn end_schedule_turn(
    tx: &mut Tx,
    turn: &ReportSchedule,
    next: UnixMillis,
    failure: &str,
    sent_at: Option<UnixMillis>,
) -> Result<(), StoreError> {
    let sql = include_str!("queries/report_schedules/end_schedule_turn.sql");
    of_turn(sql, turn)
        .bind(&next)
        .bind(failure)
        .bind(&sent_at)
        .execute(tx)
        .await?;
    Ok(())
}

fn of_turn(sql: &'static str, turn: &ReportSchedule) -> Statement {
    Statement::new(sql)
        .bind(&turn.workspace_id)
        .bind(&turn.id)
        .bind(&turn.details.planned_at)
}
