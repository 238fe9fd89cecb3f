//! Failed sign-ins, counted in windows per bucket (an e-mail address or a network).

use base::UnixMillis;

use crate::statement::{Statement, record};
use crate::{Connection, StoreError, Tx};

record! {
    pub struct LoginFailures {
        pub failures: i64,
        /// When the window began.
        pub started_at: UnixMillis,
    }
}

/// A window that begins later than this after now was begun by a clock that ran ahead. Requests
/// overtake each other by less.
pub const AHEAD_MS: i64 = 60_000;

/// Counts one more failure; a window that began at or before `since`, or is yet to come, is over
/// and a new one begins. The failures in the window, this one included.
pub async fn record_login_failure(
    tx: &mut Tx,
    bucket: &str,
    now: UnixMillis,
    since: UnixMillis,
) -> Result<i64, StoreError> {
    Statement::new(include_str!("queries/throttle/record_login_failure.sql"))
        .bind(bucket)
        .bind(&now)
        .bind(&since)
        .bind(&now.plus_ms(AHEAD_MS))
        .value(tx)
        .await
}

/// The failures of a window that began after `since`.
pub async fn find_login_failures(
    connection: &mut Connection,
    bucket: &str,
    since: UnixMillis,
) -> Result<Option<LoginFailures>, StoreError> {
    Statement::new(include_str!("queries/throttle/find_login_failures.sql"))
        .bind(bucket)
        .bind(&since)
        .find(connection)
        .await
}

pub async fn clear_login_failures(tx: &mut Tx, bucket: &str) -> Result<(), StoreError> {
    Statement::new(include_str!("queries/throttle/clear_login_failures.sql"))
        .bind(bucket)
        .execute(tx)
        .await?;
    Ok(())
}

/// Removes windows that began at or before `since`; the number removed.
pub async fn purge_login_failures(tx: &mut Tx, since: UnixMillis) -> Result<u64, StoreError> {
    Statement::new(include_str!("queries/throttle/purge_login_failures.sql"))
        .bind(&since)
        .execute(tx)
        .await
}
