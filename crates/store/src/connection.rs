//! The store: one connection that writes, several that read.

use std::future::ready;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection as _, Transaction};

use crate::error::StoreError;
use crate::migrate;

/// How many reads run at the same time.
pub const READERS_MAX: u32 = 8;
/// How long a statement waits for a lock of another process, such as a back-up.
pub const BUSY_TIMEOUT_MS: u64 = 5_000;
/// How long a caller waits for the write connection or a free reader before `StoreError::Busy`.
pub const ACQUIRE_TIMEOUT_MS: u64 = 30_000;
const STATEMENT_CACHE_MAX: usize = 256;

/// What a commit promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A committed change survives a power cut.
    Full,
    /// Nothing is synced: for tests and throw-away data only.
    None,
}

/// Operational state. Cheap to clone: clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
}

/// A connection that statements run on: a reader, or the inside of a transaction.
#[derive(Debug)]
pub struct Connection(Inner);

#[derive(Debug)]
enum Inner {
    Reader(PoolConnection<Sqlite>),
    Writer(Transaction<'static, Sqlite>),
}

/// The one write transaction. Dropping it without `commit` takes everything back.
#[derive(Debug)]
pub struct Tx(Connection);

impl Store {
    /// Opens the file, creates it when absent, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, or is newer than this program.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Durability::Full).await
    }

    /// Like [`Store::open`], with a chosen durability.
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub async fn open_with(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let store = Self::connect(path, durability).await?;
        let mut connection = store.writer.acquire().await?;
        migrate::run(&mut connection).await?;
        drop(connection);
        Ok(store)
    }

    /// Where the file lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A connection for reading. Each statement sees the latest committed state.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no reader becomes free in time.
    pub async fn read(&self) -> Result<Connection, StoreError> {
        Ok(Connection(Inner::Reader(self.readers.acquire().await?)))
    }

    /// Begins the write transaction; waits until the one before it has ended.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the write connection does not become free in time.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        // The lock is taken at once: upgrading from a read lock later could fail half-way.
        let transaction = self.writer.begin_with("begin immediate").await?;
        Ok(Tx(Connection(Inner::Writer(transaction))))
    }

    /// Waits for running statements and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// A connection outside both pools, for work that neither of them may do.
    pub(crate) async fn side_connection(&self) -> Result<SqliteConnection, StoreError> {
        Ok(connect_options(&self.path, Durability::Full)
            .connect()
            .await?)
    }

    pub(crate) async fn connect(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let open_error = |source| StoreError::Open {
            path: path.to_owned(),
            source,
        };
        let options = connect_options(path, durability);
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
}

impl Tx {
    /// Makes everything done in this transaction lasting.
    ///
    /// # Errors
    /// When the disk refuses; nothing is changed then.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0.0 {
            Inner::Writer(transaction) => Ok(transaction.commit().await?),
            Inner::Reader(_) => Ok(()),
        }
    }
}

impl Connection {
    pub(crate) fn sqlite(&mut self) -> &mut SqliteConnection {
        match &mut self.0 {
            Inner::Reader(connection) => connection,
            Inner::Writer(transaction) => transaction,
        }
    }
}

impl Deref for Tx {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
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
        let store = Store::open_template(folder.path()).await.unwrap();
        let mut ended = store.begin().await.unwrap();
        sqlx::query("rollback")
            .execute(ended.sqlite())
            .await
            .unwrap();
        assert!(ended.commit().await.is_err());

        let mut next = store.begin().await.unwrap();
        sqlx::query("create table written (number integer)")
            .execute(next.sqlite())
            .await
            .unwrap();
        next.commit().await.unwrap();
    }
}
