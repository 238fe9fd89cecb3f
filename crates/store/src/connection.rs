//! The store: one transaction that writes at a time, several connections that read.

use std::ops::{Deref, DerefMut};
use std::path::Path;

use sqlx::Transaction;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::Sqlite;

use crate::error::StoreError;
use crate::idempotency::{self, Request};
use crate::leases;
use crate::moving;
use crate::postgres::{Server, Session};
use crate::restoring;
use crate::sqlite::{self, File};
use crate::statement::Statement;
use crate::value::Row;

/// How many reads run at the same time.
pub const READERS_MAX: u32 = 8;
/// How long a caller waits for its turn to write or a free reader before `StoreError::Busy`.
pub const ACQUIRE_TIMEOUT_MS: u64 = 30_000;
/// Statements that a connection keeps prepared.
pub(crate) const STATEMENT_CACHE_MAX: usize = 256;

/// What a commit promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A committed change survives a power cut.
    Full,
    /// Nothing is synced: for tests and throw-away data only.
    None,
}

/// The database under the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Operational state. Cheap to clone: clones share the connections.
#[derive(Debug, Clone)]
pub struct Store(Pools);

#[derive(Debug, Clone)]
enum Pools {
    Sqlite(File),
    Postgres(Server),
}

/// A connection that statements run on: a reader, or the inside of a transaction.
#[derive(Debug)]
pub struct Connection {
    inner: Inner,
    /// A statement has failed, so a transaction here cannot be committed any more.
    is_failed: bool,
}

#[derive(Debug)]
pub(crate) enum Inner {
    SqliteReader(PoolConnection<Sqlite>),
    SqliteWriter(Transaction<'static, Sqlite>),
    Postgres(Session),
}

/// The one write transaction. Dropping it without `commit` takes everything back.
///
/// A statement that fails ends it on both engines: nothing but dropping is left to do then.
#[derive(Debug)]
pub struct Tx {
    connection: Connection,
    /// The request whose work this is.
    request: Option<Request>,
    made: Option<i64>,
}

impl Store {
    /// Opens the file, creates it when absent, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, is newer than this program or was moved away.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Durability::Full).await
    }

    /// Like [`Store::open`], with a chosen durability.
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub async fn open_with(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let file = File::connect(path, durability).await?;
        file.migrate().await?;
        let store = Self(Pools::Sqlite(file));
        if let Some(to) = moving::moved_to(&mut store.read().await?).await? {
            return Err(StoreError::Moved { to });
        }
        Ok(store)
    }

    /// Connects to a database of a PostgreSQL server and brings its schema up to date. What the
    /// address leaves out comes from `PGPASSWORD` and the other variables of `libpq`.
    ///
    /// # Errors
    /// [`StoreError::Refused`], in one sentence that says what is wrong, or a failed migration.
    pub async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let server = Server::connect(url).await?;
        server.migrate().await?;
        let mut connection = Connection::of(Inner::Postgres(server.look().await?));
        let is_marked = restoring::is_marked(&mut connection).await?;
        drop(connection);
        let store = Self(Pools::Postgres(server));
        if is_marked {
            let reason = "a restore into the database was interrupted: restore into it again";
            return Err(StoreError::refused(&store.place(), reason));
        }
        Ok(store)
    }

    /// Also what a restore has not finished.
    pub(crate) async fn open_unfinished(url: &str) -> Result<Self, StoreError> {
        let server = Server::connect(url).await?;
        server.migrate().await?;
        Ok(Self(Pools::Postgres(server)))
    }

    pub(crate) async fn copied(path: &Path) -> Result<Self, StoreError> {
        let file = File::connect(path, Durability::None).await?;
        Ok(Self(Pools::Sqlite(file)))
    }

    /// A new file that somebody fills in one go: what is interrupted is no store.
    pub(crate) async fn made(path: &Path) -> Result<Self, StoreError> {
        let file = File::make(path).await?;
        file.migrate().await?;
        Ok(Self(Pools::Sqlite(file)))
    }

    /// For a database whose schema is known to be up to date, or of no interest.
    pub(crate) async fn migrated(url: &str) -> Result<Self, StoreError> {
        Ok(Self(Pools::Postgres(Server::connect(url).await?)))
    }

    #[must_use]
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Pools::Sqlite(_) => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Says within a few seconds whether the store can be used; a file always can.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server does not answer.
    pub async fn answers(&self) -> Result<(), StoreError> {
        match &self.0 {
            Pools::Sqlite(_) => Ok(()),
            Pools::Postgres(server) => server.answers().await,
        }
    }

    /// Leaves as little as the engine can of rows that are gone: a file is written anew and its log
    /// emptied; a server takes the room of dead rows back.
    ///
    /// # Errors
    /// When the engine fails, or somebody reads the file for long; it can be done again.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        match &self.0 {
            Pools::Sqlite(file) => file.scrub().await,
            Pools::Postgres(server) => server.scrub().await,
        }
    }

    /// Empties the log of a file, where older states of its pages are; whoever reads an old state
    /// just then makes it wait for the next time.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        match &self.0 {
            Pools::Sqlite(file) => file.empty_log().await.map(drop),
            Pools::Postgres(_) => Ok(()),
        }
    }

    /// Where it is, as people write it and without secrets: a path, or a server and database.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.0 {
            Pools::Sqlite(file) => file.path().display().to_string(),
            Pools::Postgres(server) => server.name().to_owned(),
        }
    }

    /// A connection for reading. Each statement sees the latest committed state.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no reader becomes free in time, [`StoreError::Unavailable`] when
    /// the server does not answer.
    pub async fn read(&self) -> Result<Connection, StoreError> {
        Ok(Connection::of(match &self.0 {
            Pools::Sqlite(file) => Inner::SqliteReader(file.readers.acquire().await?),
            Pools::Postgres(server) => Inner::Postgres(server.read().await?),
        }))
    }

    /// Begins the write transaction; waits until the one before it has ended.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when its turn does not come in time, [`StoreError::Unavailable`] when
    /// the server does not answer, [`StoreError::LeaseLost`] in work that another node does by now.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let connection = Connection::of(match &self.0 {
            Pools::Sqlite(file) => Inner::SqliteWriter(file.begin().await?),
            Pools::Postgres(server) => Inner::Postgres(server.begin().await?),
        });
        let mut tx = Tx {
            connection,
            request: None,
            made: None,
        };
        for claim in leases::claims() {
            leases::require_claim(&mut tx, claim).await?;
        }
        Ok(tx)
    }

    /// Begins the transaction that is the work of the request under way: under an idempotency key,
    /// see [`idempotency::within`], it commits once, however often the request comes.
    ///
    /// # Errors
    /// As for [`Store::begin`].
    pub async fn begin_work(&self) -> Result<Tx, StoreError> {
        Ok(Tx {
            request: idempotency::under_way(),
            ..self.begin().await?
        })
    }

    /// Waits for running statements and closes the connections.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite(file) => file.close().await,
            Pools::Postgres(server) => server.close().await,
        }
    }
}

impl Tx {
    /// Makes everything done in this transaction lasting.
    ///
    /// # Errors
    /// When a statement of it failed or the disk refuses, or it is the work of a request that was
    /// done meanwhile; nothing is changed then. When the
    /// connection to a server is lost meanwhile, nobody can tell whether it is changed.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if let Some(request) = self.request.take() {
            let made = self.made;
            idempotency::mark_idempotency_key(&mut self, &request, made).await?;
        }
        if self.connection.is_failed {
            return Err(StoreError::Failed);
        }
        match self.connection.inner {
            Inner::SqliteWriter(transaction) => Ok(transaction.commit().await?),
            Inner::Postgres(session) => session.commit().await,
            Inner::SqliteReader(_) => Ok(()),
        }
    }
}

impl Tx {
    /// Notes the id of what the work has made, which a repeated request is told.
    pub fn set_made(&mut self, id: i64) {
        self.made = Some(id);
    }
}

impl Connection {
    pub(crate) fn of(inner: Inner) -> Self {
        Self {
            inner,
            is_failed: false,
        }
    }

    #[must_use]
    pub fn engine(&self) -> Engine {
        match &self.inner {
            Inner::SqliteReader(_) | Inner::SqliteWriter(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        self.check()?;
        let done = match &mut self.inner {
            Inner::SqliteReader(connection) => sqlite::execute(connection, statement).await,
            Inner::SqliteWriter(transaction) => sqlite::execute(transaction, statement).await,
            Inner::Postgres(session) => session.execute(statement).await,
        };
        self.is_failed |= done.is_err();
        done
    }

    pub(crate) async fn fetch(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.check()?;
        let rows = match &mut self.inner {
            Inner::SqliteReader(connection) => sqlite::fetch(connection, statement).await,
            Inner::SqliteWriter(transaction) => sqlite::fetch(transaction, statement).await,
            Inner::Postgres(session) => session.fetch(statement).await,
        };
        self.is_failed |= rows.is_err();
        rows
    }

    /// PostgreSQL takes no statement behind a failed one in a transaction. SQLite would go on, and
    /// code that relied on that would work on one engine only.
    fn check(&self) -> Result<(), StoreError> {
        let is_writing = match &self.inner {
            Inner::SqliteReader(_) => false,
            Inner::SqliteWriter(_) => true,
            Inner::Postgres(session) => session.is_writing(),
        };
        if self.is_failed && is_writing {
            return Err(StoreError::Failed);
        }
        Ok(())
    }
}

impl Deref for Tx {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
