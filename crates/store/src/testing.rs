//! A quick store for tests: migrated once, then copied.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, PgConnection};
use tokio::sync::OnceCell;

use crate::connection::{Durability, Store};
use crate::error::StoreError;

/// Names the server that tests work on; without it they work on files.
pub const TEST_SERVER: &str = "THROUGHLINE_TEST_POSTGRES";

const TEMPLATE_DATABASE: &str = "throughline_template";
/// Where a folder says which database of the server is its own.
const ADDRESS: &str = "store.url";

/// The bytes of an empty, migrated file.
static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
static TEMPLATE_ON_SERVER: OnceCell<()> = OnceCell::const_new();
static MADE: AtomicU32 = AtomicU32::new(0);

impl Store {
    /// An empty store of its own for a test, kept by `dir`. Its commits do not wait for the disk.
    ///
    /// # Errors
    /// When the folder cannot be written or the server does not answer.
    pub async fn open_template(dir: &Path) -> Result<Self, StoreError> {
        if let Some(server) = test_server() {
            let url = make_database(&server, true).await?;
            write(&dir.join(ADDRESS), url.as_bytes())?;
            return Self::migrated(&url).await;
        }
        let bytes = TEMPLATE.get_or_try_init(|| template(dir)).await?;
        let path = dir.join("store.sqlite");
        write(&path, bytes)?;
        Self::copied(&path).await
    }

    /// Opens the store of `dir` once more, as a new process does.
    ///
    /// # Errors
    /// As for [`Store::open_with`] and [`Store::open_postgres`].
    pub async fn open_again(dir: &Path) -> Result<Self, StoreError> {
        match std::fs::read_to_string(dir.join(ADDRESS)) {
            Ok(url) => Self::open_postgres(&url).await,
            Err(_) => Self::open_with(&dir.join("store.sqlite"), Durability::None).await,
        }
    }
}

/// The server that tests work on, if any.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "no configuration of the program, but of the machine that tests it"
)]
pub fn test_server() -> Option<String> {
    std::env::var(TEST_SERVER).ok()
}

/// The address of a new database on the tests' server, empty or with the newest schema.
///
/// # Errors
/// When the server does not answer.
pub async fn make_database(server: &str, is_migrated: bool) -> Result<String, StoreError> {
    let template = if is_migrated {
        TEMPLATE_ON_SERVER
            .get_or_try_init(|| template_on_server(server))
            .await?;
        TEMPLATE_DATABASE
    } else {
        "template0"
    };
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let mut connection = connect(server).await?;
    // A number may come again on a server that outlives its tests.
    let drop = format!("drop database if exists {name}");
    let make = format!("create database {name} template {template} encoding 'UTF8'");
    for statement in [drop, make] {
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
    }
    connection.close().await?;
    Ok(address(server, &name))
}

/// The address of another database of the same server.
fn address(server: &str, database: &str) -> String {
    let base = server.rsplit_once('/').map_or(server, |(base, _)| base);
    format!("{base}/{database}")
}

/// One of the processes that run tests makes the template, the others wait for it.
async fn template_on_server(server: &str) -> Result<(), StoreError> {
    let mut connection = connect(server).await?;
    sqlx::query("select pg_advisory_lock(1)")
        .execute(&mut connection)
        .await?;
    let asked = sqlx::query("select 1 from pg_database where datname = $1");
    let found = asked
        .bind(TEMPLATE_DATABASE)
        .fetch_optional(&mut connection)
        .await?;
    if found.is_none() {
        let make = "create database throughline_unfinished template template0 encoding 'UTF8'";
        let rename = "alter database throughline_unfinished rename to throughline_template";
        sqlx::query("drop database if exists throughline_unfinished")
            .execute(&mut connection)
            .await?;
        sqlx::query(make).execute(&mut connection).await?;
        let store = Store::open_postgres(&address(server, "throughline_unfinished")).await?;
        store.close().await;
        sqlx::query(rename).execute(&mut connection).await?;
    }
    // The lock ends with the connection.
    connection.close().await?;
    Ok(())
}

async fn connect(server: &str) -> Result<PgConnection, StoreError> {
    let options: PgConnectOptions = server.parse()?;
    Ok(options.disable_statement_logging().connect().await?)
}

async fn template(dir: &Path) -> Result<Vec<u8>, StoreError> {
    let path = dir.join("template.sqlite");
    let store = Store::open_with(&path, Durability::None).await?;
    // The last connection that closes moves the write-ahead log into the file.
    store.close().await;
    std::fs::read(&path).map_err(|source| StoreError::File { path, source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    std::fs::write(path, bytes).map_err(|source| StoreError::File {
        path: path.to_owned(),
        source,
    })
}
