//! Care of the database: back-ups, checks and counts.

use std::path::Path;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use crate::meta::SALTS_KEY;
use crate::migrate;
use crate::sqlite::side_connection;
use crate::statement::{Statement, record};
use crate::{Connection, Engine, StoreError, Tx};

record! {
    pub struct TableCount {
        pub name: String,
        pub rows: i64,
    }
}

record! {
    /// An index of the schema.
    pub struct Index {
        pub name: String,
        sql: String,
    }
}

/// Indexes of the schema that a file lacks: it works without them, and slowly. A server's are its
/// administrator's.
///
/// # Errors
/// When the store fails.
pub async fn find_missing_indexes(connection: &mut Connection) -> Result<Vec<Index>, StoreError> {
    if connection.engine() != Engine::Sqlite {
        return Ok(Vec::new());
    }
    let list = include_str!("queries/maintain/list_indexes.sql");
    let held: Vec<Index> = Statement::new(list).all(connection).await?;
    let mut fresh = SqliteConnection::connect("sqlite::memory:").await?;
    migrate::run_sqlite(&mut fresh).await?;
    let known: Vec<(String, String)> = sqlx::query_as(list).fetch_all(&mut fresh).await?;
    fresh.close().await?;
    let known = known.into_iter().map(|(name, sql)| Index { name, sql });
    Ok(known
        .filter(|index| held.iter().all(|other| other.name != index.name))
        .collect())
}

/// Makes an index that is missing.
///
/// # Errors
/// When the rows are not what the index says of them, or the store fails.
pub async fn make_index(tx: &mut Tx, index: &Index) -> Result<(), StoreError> {
    Statement::made(index.sql.clone()).execute(tx).await?;
    Ok(())
}

/// How many rows the main tables hold.
pub async fn count_tables(connection: &mut Connection) -> Result<Vec<TableCount>, StoreError> {
    Statement::new(include_str!("queries/maintain/count_tables.sql"))
        .all(connection)
        .await
}

/// The same for a file that nobody has open, such as a copy.
///
/// # Errors
/// When the file is no store.
pub async fn count_rows(file: &Path) -> Result<Vec<(String, i64)>, StoreError> {
    let mut connection = side_connection(file).await?;
    let counted = sqlx::query_as(include_str!("queries/maintain/count_tables.sql"))
        .fetch_all(&mut connection)
        .await?;
    connection.close().await?;
    Ok(counted)
}

/// Release of the engine, such as `3.46.1` or `15.14`.
pub async fn engine_version(connection: &mut Connection) -> Result<String, StoreError> {
    Statement::pair(
        include_str!("queries/maintain/engine_version.sql"),
        include_str!("queries/maintain/engine_version.pg.sql"),
    )
    .value(connection)
    .await
}

/// Writes a compact, consistent copy of the file to `target`, which must not exist yet. Work goes
/// on meanwhile, in another process too.
///
/// The salts of cookieless visitors are not in it: they live for two days, and a copy for years.
///
/// # Errors
/// When the file is no store, or the copy cannot be written.
pub async fn back_up(file: &Path, target: &Path) -> Result<(), StoreError> {
    // A connection of its own: a copy inside a transaction is refused, and readers may not write.
    let mut connection = side_connection(file).await?;
    sqlx::query(include_str!("queries/maintain/back_up.sql"))
        .bind(target.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    let mut copy = side_connection(target).await?;
    sqlx::query(include_str!("queries/meta/delete_meta.sql"))
        .bind(SALTS_KEY)
        .execute(&mut copy)
        .await?;
    Ok(copy.close().await?)
}

/// The schema's version in a file that was made by an earlier program; nothing for one of this
/// program, and where there is none.
///
/// # Errors
/// When the file is no store, or one of a newer program.
pub async fn older_schema(file: &Path) -> Result<Option<i64>, StoreError> {
    if !file.is_file() {
        return Ok(None);
    }
    let mut connection = side_connection(file).await?;
    let older = migrate::older_sqlite(&mut connection).await?;
    connection.close().await?;
    Ok(older)
}

/// The version of the schema that this program works with.
#[must_use]
pub fn newest_schema() -> i64 {
    migrate::newest()
}

/// Nobody writes to the file while this lives.
#[derive(Debug)]
pub struct Held(SqliteConnection);

/// Lets writers, of other processes too, wait until [`Held::release`].
///
/// # Errors
/// When the file is no store, or another writer does not come to an end.
pub async fn hold_writers(file: &Path) -> Result<Held, StoreError> {
    let mut connection = side_connection(file).await?;
    sqlx::query(include_str!("queries/maintain/hold_writers.sql"))
        .execute(&mut connection)
        .await?;
    Ok(Held(connection))
}

impl Held {
    /// # Errors
    /// When the file cannot be closed.
    pub async fn release(self) -> Result<(), StoreError> {
        // What was begun and not committed ends with the connection.
        Ok(self.0.close().await?)
    }
}

/// How many facts have left the outbox of the file for ever. Two equal numbers mean that none has
/// left in between.
///
/// # Errors
/// When the file is no store.
pub async fn count_relayed(file: &Path) -> Result<i64, StoreError> {
    let mut connection = side_connection(file).await?;
    let counted = sqlx::query_scalar(include_str!("queries/maintain/count_relayed.sql"))
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(counted)
}

/// What is wrong with the database, in its own words; empty when all is well.
pub async fn check_integrity(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    let told: Vec<String> = Statement::pair(
        include_str!("queries/maintain/check_integrity.sql"),
        include_str!("queries/maintain/check_integrity.pg.sql"),
    )
    .values(connection)
    .await?;
    let orphans: Vec<String> = match connection.engine() {
        Engine::Sqlite => {
            Statement::new(include_str!("queries/maintain/check_references.sql"))
                .values(connection)
                .await?
        }
        // A server never leaves its references unwatched.
        Engine::Postgres => Vec::new(),
    };
    let orphans = orphans
        .into_iter()
        .map(|table| format!("{table} refers to missing rows"));
    Ok(told
        .into_iter()
        .filter(|line| line != "ok")
        .chain(orphans)
        .collect())
}
