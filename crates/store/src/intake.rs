//! The ingest log: counts of what came in, in spans of a minute and later of an hour.

use base::{UnixMillis, WorkspaceId};

use crate::statement::{Statement, record};
use crate::{BATCH_ROWS, Connection, StoreError, Tx};

record! {
    /// One sum of a span.
    pub struct IntakeCount {
        /// Zero where nobody knows whose it was.
        pub workspace_id: i64,
        pub at: UnixMillis,
        pub span_ms: i64,
        /// Zero where it is of no site.
        pub site_id: i64,
        pub door: String,
        /// `in`, `stored`, or why it was dropped.
        pub outcome: String,
        pub count: i64,
    }
}

record! {
    /// A process that counts.
    pub struct IntakeRun {
        pub run: String,
        pub node: String,
        pub began_at: UnixMillis,
        pub sequence: i64,
        pub written_at: UnixMillis,
        pub ended_at: Option<UnixMillis>,
    }
}

record! {
    pub struct CountByTime {
        pub at: UnixMillis,
        pub outcome: String,
        pub count: i64,
    }
}

record! {
    pub struct CountByDoor {
        pub workspace_id: i64,
        pub site_id: i64,
        pub door: String,
        pub outcome: String,
        pub count: i64,
    }
}

/// What is summed up.
#[derive(Debug, Clone, Copy)]
pub struct IntakeSelection<'a> {
    pub workspace: WorkspaceId,
    /// Also what nobody knows the owner of.
    pub nobodys: Nobodys,
    pub from: UnixMillis,
    pub until: UnixMillis,
    pub site: Option<i64>,
    pub door: Option<&'a str>,
    pub span_ms: i64,
}

/// Counts of what came without a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nobodys {
    Included,
    Left,
}

/// Adds counts once: a process numbers what it writes from 1 on. False where these were written
/// before.
pub async fn add_counts(
    tx: &mut Tx,
    run: &IntakeRun,
    counts: &[IntakeCount],
) -> Result<bool, StoreError> {
    Statement::new(include_str!("queries/intake/begin_run.sql"))
        .bind(&run.run)
        .bind(&run.node)
        .bind(&run.began_at)
        .bind(&run.written_at)
        .execute(tx)
        .await?;
    let stepped = Statement::new(include_str!("queries/intake/step_run.sql"))
        .bind(&run.run)
        .bind(&run.sequence)
        .bind(&run.written_at)
        .execute(tx)
        .await?;
    if stepped == 0 {
        return Ok(false);
    }
    for rows in counts.chunks(BATCH_ROWS) {
        Statement::for_rows(include_str!("queries/intake/add_counts.sql"), rows)
            .execute(tx)
            .await?;
    }
    Ok(true)
}

/// All that the process counted is written.
pub async fn end_run(tx: &mut Tx, run: &str, now: UnixMillis) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/intake/end_run.sql"))
        .bind(run)
        .bind(&now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Minutes before `minutes_until`, where an hour begins, become hours; hours and processes before
/// `hours_until` are forgotten.
pub async fn fold_counts(
    tx: &mut Tx,
    (minute_ms, hour_ms): (i64, i64),
    minutes_until: UnixMillis,
    hours_until: UnixMillis,
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/intake/fold_minutes.sql"))
        .bind(&minute_ms)
        .bind(&hour_ms)
        .bind(&minutes_until)
        .execute(tx)
        .await?;
    let folded = forget_counts(tx, minute_ms, minutes_until).await?;
    forget_counts(tx, hour_ms, hours_until).await?;
    Statement::new(include_str!("queries/intake/forget_runs.sql"))
        .bind(&hours_until)
        .execute(tx)
        .await?;
    Ok(folded)
}

async fn forget_counts(tx: &mut Tx, span_ms: i64, until: UnixMillis) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/intake/forget_counts.sql"))
        .bind(&span_ms)
        .bind(&until)
        .execute(tx)
        .await
}

/// Sums of each span.
pub async fn sum_by_time(
    connection: &mut Connection,
    selection: &IntakeSelection<'_>,
) -> Result<Vec<CountByTime>, StoreError> {
    selected(include_str!("queries/intake/sum_by_time.sql"), selection)
        .all(connection)
        .await
}

/// Sums of each site and door.
pub async fn sum_by_door(
    connection: &mut Connection,
    selection: &IntakeSelection<'_>,
) -> Result<Vec<CountByDoor>, StoreError> {
    selected(include_str!("queries/intake/sum_by_door.sql"), selection)
        .all(connection)
        .await
}

/// Processes that wrote since, by node and begin.
pub async fn list_runs(
    connection: &mut Connection,
    since: UnixMillis,
) -> Result<Vec<IntakeRun>, StoreError> {
    Statement::new(include_str!("queries/intake/list_runs.sql"))
        .bind(&since)
        .all(connection)
        .await
}

fn selected(sql: &'static str, selection: &IntakeSelection<'_>) -> Statement {
    let nobodys = match selection.nobodys {
        Nobodys::Included => 0,
        Nobodys::Left => selection.workspace.0,
    };
    Statement::new(sql)
        .bind(&selection.workspace)
        .bind(&nobodys)
        .bind(&selection.from)
        .bind(&selection.until)
        .bind(&selection.site.unwrap_or(-1))
        .bind(selection.door.unwrap_or_default())
        .bind(&selection.span_ms)
}
