//! The store in a file: SQLite with one connection that writes and several that read.

use std::future::ready;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::query::Query;
use sqlx::sqlite::{
    Sqlite, SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Transaction};

use crate::connection::{ACQUIRE_TIMEOUT_MS, Durability, READERS_MAX, STATEMENT_CACHE_MAX};
use crate::error::StoreError;
use crate::migrate;
use crate::statement::Statement;
use crate::value::{Row, for_sqlite};

/// How long a statement waits for a lock of another process, such as a back-up.
pub const BUSY_TIMEOUT_MS: u64 = 5_000;

#[derive(Debug, Clone)]
pub(crate) struct File {
    path: PathBuf,
    writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

impl File {
    pub(crate) async fn connect(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        Self::connect_by(path, connect_options(path, durability)).await
    }

    /// A file without a log, so that filling it takes the room of what is in it. Nothing can be
    /// taken back there.
    pub(crate) async fn make(path: &Path) -> Result<Self, StoreError> {
        let options = connect_options(path, Durability::None);
        Self::connect_by(path, options.journal_mode(SqliteJournalMode::Off)).await
    }

    async fn connect_by(path: &Path, options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let open_error = |source| StoreError::Open {
            path: path.to_owned(),
            source,
        };
        // On a full disk SQLite may end a transaction by itself. The driver then still counts it
        // as open and could begin no other, so that connection makes room for a new one.
        let writer = pool_options(1)
            .before_acquire(|connection, _| Box::pin(ready(Ok(!connection.is_in_transaction()))))
            .connect_with(options.clone().create_if_missing(true))
            .await
            .map_err(open_error)?;
        // Readers connect when they are first needed.
        let readers =
            pool_options(READERS_MAX).connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Self {
            path: path.to_owned(),
            writer,
            readers,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        migrate::run_sqlite(&mut connection).await
    }

    /// The lock is taken at once: upgrading from a read lock later could fail half-way.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("begin immediate").await?)
    }

    /// Rows that are deleted are overwritten at once, but older states of pages are in the log.
    pub(crate) async fn scrub(&self) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await?;
        sqlx::query("vacuum").execute(&mut *connection).await?;
        drop(connection);
        match self.empty_log().await? {
            true => Ok(()),
            false => Err(StoreError::Busy(sqlx::Error::PoolTimedOut)),
        }
    }

    /// Whether it is empty now.
    pub(crate) async fn empty_log(&self) -> Result<bool, StoreError> {
        let mut connection = self.writer.acquire().await?;
        let is_busy: i64 = sqlx::query_scalar("pragma wal_checkpoint(truncate)")
            .fetch_one(&mut *connection)
            .await?;
        Ok(is_busy == 0)
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A connection beside the pools, to a file that is there.
pub(crate) async fn side_connection(path: &Path) -> Result<SqliteConnection, StoreError> {
    let connected = connect_options(path, Durability::Full).connect().await;
    connected.map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })
}

pub(crate) async fn execute(
    connection: &mut SqliteConnection,
    statement: Statement,
) -> Result<u64, StoreError> {
    let done = query(statement)?.execute(connection).await?;
    Ok(done.rows_affected())
}

pub(crate) async fn fetch(
    connection: &mut SqliteConnection,
    statement: Statement,
) -> Result<Vec<Row>, StoreError> {
    let rows = query(statement)?.fetch_all(connection).await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

fn query(statement: Statement) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
    let text = AssertSqlSafe(statement.sql.into_sqlite());
    Ok(sqlx::query_with(text, for_sqlite(statement.values)?))
}

fn connect_options(path: &Path, durability: Durability) -> SqliteConnectOptions {
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::None => SqliteSynchronous::Off,
    };
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
        .pragma("secure_delete", "on")
        .busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))
        .statement_cache_capacity(STATEMENT_CACHE_MAX)
        .disable_statement_logging()
}

fn pool_options(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_millis(ACQUIRE_TIMEOUT_MS))
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transaction_that_the_engine_has_ended_does_not_block_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.sqlite");
        let file = File::connect(&path, Durability::None).await.unwrap();
        let mut ended = file.begin().await.unwrap();
        sqlx::query("rollback").execute(&mut *ended).await.unwrap();
        assert!(ended.commit().await.is_err());

        let mut next = file.begin().await.unwrap();
        sqlx::query("create table written (number integer)")
            .execute(&mut *next)
            .await
            .unwrap();
        next.commit().await.unwrap();
    }
}
