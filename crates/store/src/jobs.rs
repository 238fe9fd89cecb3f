//! Work to be done later: leased, so that a crashed worker is followed by another.

use base::{UnixMillis, WorkspaceId};
use serde_json::Value;

use crate::statement::{Statement, record};
use crate::{Connection, JobId, StoreError, Tx};

record! {
    pub struct NewJob {
        pub workspace_id: Option<WorkspaceId>,
        pub kind: String,
        pub payload: Value,
        /// Not before.
        pub run_after: UnixMillis,
        pub created_at: UnixMillis,
    }
}

record! {
    pub struct Job {
        pub id: JobId,
        pub workspace_id: Option<WorkspaceId>,
        pub kind: String,
        pub payload: Value,
        /// Leases so far, this one included; names the lease.
        pub attempts: i64,
        pub created_at: UnixMillis,
    }
}

record! {
    pub struct FailedJob {
        pub id: JobId,
        pub workspace_id: Option<WorkspaceId>,
        pub kind: String,
        pub last_error: Option<String>,
        pub attempts: i64,
        pub failed_at: UnixMillis,
    }
}

pub async fn insert_job(tx: &mut Tx, job: &NewJob) -> Result<JobId, StoreError> {
    Statement::new(include_str!("queries/jobs/insert_job.sql"))
        .bind(job)
        .value(tx)
        .await
}

/// Takes the job that is due longest and not leased, and leases it until `lease_until`.
///
/// All leases are equally long, so one that ends later than a lease of now was made by a clock
/// that ran ahead: it does not count.
pub async fn lease_job(
    tx: &mut Tx,
    now: UnixMillis,
    lease_until: UnixMillis,
) -> Result<Option<Job>, StoreError> {
    Statement::new(include_str!("queries/jobs/lease_job.sql"))
        .bind(&now)
        .bind(&lease_until)
        .find(tx)
        .await
}

/// Keeps the lease longer; 0 when another worker has the job by now.
pub async fn renew_lease(
    tx: &mut Tx,
    id: JobId,
    attempts: i64,
    lease_until: UnixMillis,
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/jobs/renew_lease.sql"))
        .bind(&id)
        .bind(&attempts)
        .bind(&lease_until)
        .execute(tx)
        .await
}

/// Removes a job that is done; 0 when another worker has it by now.
pub async fn finish_job(tx: &mut Tx, id: JobId, attempts: i64) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/jobs/finish_job.sql"))
        .bind(&id)
        .bind(&attempts)
        .execute(tx)
        .await
}

/// Gives a job back to be tried after `run_after`; 0 when another worker has it by now.
pub async fn retry_job(
    tx: &mut Tx,
    id: JobId,
    attempts: i64,
    run_after: UnixMillis,
    error: &str,
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/jobs/retry_job.sql"))
        .bind(&id)
        .bind(&attempts)
        .bind(&run_after)
        .bind(error)
        .execute(tx)
        .await
}

/// Gives up on a job and keeps it to be looked at.
pub async fn fail_job(
    tx: &mut Tx,
    id: JobId,
    attempts: i64,
    now: UnixMillis,
    error: &str,
) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/jobs/fail_job.sql"))
        .bind(&id)
        .bind(&attempts)
        .bind(&now)
        .bind(error)
        .execute(tx)
        .await
}

/// Jobs given up, newest first.
pub async fn list_failed_jobs(
    connection: &mut Connection,
    limit: i64,
) -> Result<Vec<FailedJob>, StoreError> {
    Statement::new(include_str!("queries/jobs/list_failed_jobs.sql"))
        .bind(&limit)
        .all(connection)
        .await
}
