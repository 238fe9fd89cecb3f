//! The store on a PostgreSQL server: the same promises as with a file, kept by one lock.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Row as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::connection::{ACQUIRE_TIMEOUT_MS, READERS_MAX, STATEMENT_CACHE_MAX};
use crate::error::StoreError;
use crate::migrate;
use crate::statement::Statement;
use crate::value::{Row, for_postgres};

/// The oldest release that is tested.
pub const OLDEST_MAJOR: i64 = 15;
/// How long connecting may take, and the look whether an idle connection still answers.
pub const CONNECT_TIMEOUT_MS: u64 = 5_000;
/// How long a statement may take before the server counts as away.
pub const ANSWER_TIMEOUT_MS: u64 = 20_000;
/// The same for beginning, which waits for the transaction of another node.
const BEGIN_TIMEOUT_MS: u64 = ACQUIRE_TIMEOUT_MS + CONNECT_TIMEOUT_MS;
/// The same for a migration, which may have to rewrite a table.
pub(crate) const MIGRATION_TIMEOUT_MS: u64 = 3_600_000;
/// A connection that was idle for less than this is not looked at before it is used.
const FRESH: Duration = Duration::from_secs(1);

/// Takes the lock of all writers of this database, of whatever node: one transaction writes at a
/// time, as with SQLite. The number is the name of the program, read as bytes.
const BEGIN: &str = "begin; select pg_advisory_xact_lock(8388080129014196332)";

/// The same lock, held beyond transactions: the moment that is looked at begins behind it.
const HOLD: &str = "select pg_advisory_lock(8388080129014196332)";
const SNAPSHOT: &str = "begin isolation level repeatable read read only; select 1";
/// Whoever looks at a moment may write elsewhere between two statements.
const SNAPSHOT_SETTINGS: &str = "set idle_in_transaction_session_timeout = 3600000";

/// A transaction that waits longer for a lock fails; one whose node has gone silent is ended by the
/// server, or nobody could write any more. A server that is set to acknowledge before it writes is
/// not taken at its word.
const SETTINGS: &str = "set lock_timeout = 30000;
    set idle_in_transaction_session_timeout = 60000;
    set client_min_messages = warning;
    select set_config('synchronous_commit', 'on', false)
    where current_setting('synchronous_commit') = 'off'";
const READ_ONLY: &str = "set default_transaction_read_only = on";

/// Tables that rows of people are taken out of. None of these runs inside a transaction.
const VACUUMS: [&str; 10] = [
    "vacuum leads",
    "vacuum deals",
    "vacuum persons",
    "vacuum identities",
    "vacuum lead_requests",
    "vacuum import_rejections",
    "vacuum import_touches",
    "vacuum idempotency_keys",
    "vacuum outbox",
    "vacuum erasures",
];

#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// Without the password.
    name: String,
    writer: Lane,
    readers: Lane,
    /// For asking whether it answers.
    looks: Lane,
}

/// Connections of one kind. Waiting for a turn and waiting for the server are told apart by
/// having a semaphore for the turns: the pool itself never has fewer connections than turns.
#[derive(Debug, Clone)]
struct Lane {
    turns: Arc<Semaphore>,
    pool: PgPool,
}

/// A connection, for reading or inside the write transaction.
#[derive(Debug)]
pub(crate) struct Session(Option<Held>);

#[derive(Debug)]
struct Held {
    connection: PoolConnection<Postgres>,
    is_writing: bool,
    _turn: OwnedSemaphorePermit,
}

impl Server {
    pub(crate) async fn connect(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::refused("store.url", "it is no address of PostgreSQL"))?
            .application_name("throughline")
            .statement_cache_capacity(STATEMENT_CACHE_MAX)
            .disable_statement_logging();
        let name = shown(&options);
        let mut first = match within(CONNECT_TIMEOUT_MS, options.connect()).await {
            Ok(first) => first,
            Err(error) => return Err(StoreError::refused(&name, why_not(&options, &error))),
        };
        examine(&name, &mut first).await?;
        // Its work is done; that a server minds being left is of no interest.
        let _ = first.close().await;
        Ok(Self {
            name,
            writer: Lane::of(options.clone(), 1, ""),
            readers: Lane::of(options.clone(), READERS_MAX, READ_ONLY),
            looks: Lane::of(options, 1, READ_ONLY),
        })
    }

    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        migrate::run_postgres(self).await
    }

    pub(crate) async fn read(&self) -> Result<Session, StoreError> {
        self.readers.take().await
    }

    /// The connection that writes, and writes nothing now: the schema was looked after by it.
    pub(crate) async fn look(&self) -> Result<Session, StoreError> {
        self.writer.take().await
    }

    pub(crate) async fn begin(&self) -> Result<Session, StoreError> {
        let mut session = self.writer.take().await?;
        session.run(BEGIN, BEGIN_TIMEOUT_MS).await?;
        if let Some(held) = &mut session.0 {
            held.is_writing = true;
        }
        Ok(session)
    }

    /// Everything as it is now. Nobody writes until the lock is given back or the session ends.
    pub(crate) async fn snapshot(&self) -> Result<Session, StoreError> {
        let mut session = self.writer.take().await?;
        if let Some(held) = &mut session.0 {
            held.is_writing = true;
            held.connection.close_on_drop();
        }
        session.run(SNAPSHOT_SETTINGS, ANSWER_TIMEOUT_MS).await?;
        session.run(HOLD, BEGIN_TIMEOUT_MS).await?;
        session.run(SNAPSHOT, ANSWER_TIMEOUT_MS).await?;
        Ok(session)
    }

    /// Asks on a connection of its own, which waits for nobody's turn.
    pub(crate) async fn answers(&self) -> Result<(), StoreError> {
        let mut session = self.looks.take().await?;
        session.run("select 1", CONNECT_TIMEOUT_MS).await
    }

    pub(crate) async fn scrub(&self) -> Result<(), StoreError> {
        let mut session = self.writer.take().await?;
        for statement in VACUUMS {
            session.run(statement, MIGRATION_TIMEOUT_MS).await?;
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        self.looks.pool.close().await;
        self.readers.pool.close().await;
        self.writer.pool.close().await;
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Lane {
    fn of(options: PgConnectOptions, connections_max: u32, further: &'static str) -> Self {
        let pool = PoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(Duration::from_millis(CONNECT_TIMEOUT_MS))
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |connection: &mut PgConnection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(SETTINGS).execute(&mut *connection).await?;
                    sqlx::raw_sql(further).execute(connection).await?;
                    Ok(())
                })
            })
            .before_acquire(|connection: &mut PgConnection, known| {
                Box::pin(async move {
                    if known.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        let turns = usize::try_from(connections_max).unwrap_or(1);
        Self {
            turns: Arc::new(Semaphore::new(turns)),
            pool,
        }
    }

    async fn take(&self) -> Result<Session, StoreError> {
        let waited = timeout(
            Duration::from_millis(ACQUIRE_TIMEOUT_MS),
            Arc::clone(&self.turns).acquire_owned(),
        );
        let turn = match waited.await {
            Ok(Ok(turn)) => turn,
            Ok(Err(_)) => return Err(StoreError::Unavailable(sqlx::Error::PoolClosed)),
            Err(_) => return Err(StoreError::Busy(sqlx::Error::PoolTimedOut)),
        };
        let connection = match self.pool.acquire().await {
            Ok(connection) => connection,
            Err(error) => return Err(StoreError::Unavailable(error)),
        };
        Ok(Session(Some(Held {
            connection,
            is_writing: false,
            _turn: turn,
        })))
    }
}

impl Session {
    pub(crate) fn is_writing(&self) -> bool {
        self.0.as_ref().is_some_and(|held| held.is_writing)
    }

    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        let query = query(statement)?;
        let connection = self.connection()?;
        let done = within(ANSWER_TIMEOUT_MS, query.execute(connection)).await;
        Ok(self.told(done)?.rows_affected())
    }

    pub(crate) async fn fetch(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let query = query(statement)?;
        let connection = self.connection()?;
        let rows = within(ANSWER_TIMEOUT_MS, query.fetch_all(connection)).await;
        Ok(self.told(rows)?.into_iter().map(Row::Postgres).collect())
    }

    /// Statements without values, several of them at once.
    pub(crate) async fn run(
        &mut self,
        script: &'static str,
        limit_ms: u64,
    ) -> Result<(), StoreError> {
        let connection = self.connection()?;
        let done = within(limit_ms, sqlx::raw_sql(script).execute(connection)).await;
        if done.is_err() {
            self.discard();
        }
        self.told(done)?;
        Ok(())
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.run("commit", ANSWER_TIMEOUT_MS).await?;
        if let Some(held) = &mut self.0 {
            held.is_writing = false;
        }
        Ok(())
    }

    fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        match &mut self.0 {
            Some(held) => Ok(&mut held.connection),
            None => Err(StoreError::Failed),
        }
    }

    /// A connection that did not answer is given up: what it would say next belongs to nobody.
    fn told<T>(&mut self, answer: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        let answer = answer.map_err(StoreError::from);
        if matches!(answer, Err(StoreError::Unavailable(_))) {
            self.discard();
        }
        answer
    }

    fn discard(&mut self) {
        if let Some(mut held) = self.0.take() {
            held.connection.close_on_drop();
        }
    }
}

impl Drop for Session {
    /// Takes back what was not committed. The turn is kept until that has happened.
    fn drop(&mut self) {
        let Some(mut held) = self.0.take().filter(|held| held.is_writing) else {
            return;
        };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            held.connection.close_on_drop();
            return;
        };
        runtime.spawn(async move {
            let rollback = sqlx::raw_sql("rollback").execute(&mut *held.connection);
            if within(CONNECT_TIMEOUT_MS, rollback).await.is_err() {
                held.connection.close_on_drop();
            }
        });
    }
}

fn query(statement: Statement) -> Result<Query<'static, Postgres, PgArguments>, StoreError> {
    let text = AssertSqlSafe(statement.sql.into_postgres());
    Ok(sqlx::query_with(text, for_postgres(statement.values)?))
}

/// A server that says nothing is an error of its own kind: a network that was cut says nothing too.
async fn within<T>(limit_ms: u64, call: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    match timeout(Duration::from_millis(limit_ms), call).await {
        Ok(answer) => answer,
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}

/// Version and encoding, before anything is written.
async fn examine(name: &str, connection: &mut PgConnection) -> Result<(), StoreError> {
    let asked = sqlx::query(include_str!("queries/maintain/examine.pg.sql")).fetch_one(connection);
    let row = within(CONNECT_TIMEOUT_MS, asked).await?;
    let (number, version): (i32, String) = (row.try_get("number")?, row.try_get("version")?);
    if i64::from(number) < OLDEST_MAJOR * 10_000 {
        let reason = format!("PostgreSQL {version} is too old, {OLDEST_MAJOR} or newer is needed");
        return Err(StoreError::refused(name, reason));
    }
    let encoding: String = row.try_get("encoding")?;
    if encoding != "UTF8" {
        let reason = format!("the database has the encoding {encoding}, UTF8 is needed");
        return Err(StoreError::refused(name, reason));
    }
    Ok(())
}

/// The server and database as people write them, without secrets.
fn shown(options: &PgConnectOptions) -> String {
    let (user, host) = (options.get_username(), options.get_host());
    let database = options.get_database().unwrap_or(user);
    match options.get_socket() {
        Some(socket) => format!("postgres://{user}@{}/{database}", socket.display()),
        None => format!("postgres://{user}@{host}:{}/{database}", options.get_port()),
    }
}

/// What is wrong, in words for the person who starts the program.
fn why_not(options: &PgConnectOptions, error: &sqlx::Error) -> String {
    let user = options.get_username();
    let code = error.as_database_error().and_then(DatabaseError::code);
    match (code.as_deref(), error) {
        (Some("28P01"), _) => format!("the password of user {user} is wrong"),
        (Some("28000"), _) => format!("user {user} is unknown or may not connect from here"),
        (Some("3D000"), _) => {
            let database = options.get_database().unwrap_or(user);
            format!("there is no database {database}; make it with `createdb {database}`")
        }
        (Some("53300"), _) => "the server has no connection left".to_owned(),
        (Some("57P03"), _) => "the server is starting up or shutting down".to_owned(),
        (_, sqlx::Error::Io(error)) => format!("nothing answers there ({})", error.kind()),
        (_, sqlx::Error::Tls(error)) => format!("the encrypted connection failed ({error})"),
        (Some(code), _) => {
            let message = error.as_database_error().map_or("", |told| told.message());
            format!("the server refuses: {message} ({code})")
        }
        (None, error) => error.to_string(),
    }
}
