//! Care of the database: back-ups, checks and counts.

use std::path::Path;

use crate::statement::{Statement, record};
use crate::{Connection, Engine, Store, StoreError};

record! {
    pub struct TableCount {
        pub name: String,
        pub rows: i64,
    }
}

/// How many rows the main tables hold.
pub async fn count_tables(connection: &mut Connection) -> Result<Vec<TableCount>, StoreError> {
    Statement::new(include_str!("queries/maintain/count_tables.sql"))
        .all(connection)
        .await
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

/// Writes a compact, consistent copy of a file to `target`, which must not exist yet. Work goes on
/// meanwhile. [`StoreError::NoFile`] on a server, which has its own means.
pub async fn back_up(store: &Store, target: &Path) -> Result<(), StoreError> {
    // A connection of its own: a copy inside a transaction is refused, and readers may not write.
    let Some(mut connection) = store.side_connection().await? else {
        return Err(StoreError::NoFile);
    };
    sqlx::query(include_str!("queries/maintain/back_up.sql"))
        .bind(target.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    Ok(())
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
