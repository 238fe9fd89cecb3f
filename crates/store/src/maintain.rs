//! Care of the file: back-ups, checks and counts.

use crate::statement::{Statement, record};
use std::path::Path;

use crate::Store;
use crate::{Connection, StoreError};

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

/// Writes a compact, consistent copy to `target`, which must not exist yet. Work goes on meanwhile.
pub async fn back_up(store: &Store, target: &Path) -> Result<(), StoreError> {
    // A connection of its own: a copy inside a transaction is refused, and readers may not write.
    let mut connection = store.side_connection().await?;
    sqlx::query(include_str!("queries/maintain/back_up.sql"))
        .bind(target.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// What is wrong with the file, in the database's own words; empty when all is well.
pub async fn check_integrity(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    let told: Vec<String> = Statement::new(include_str!("queries/maintain/check_integrity.sql"))
        .values(connection)
        .await?;
    let orphans: Vec<String> =
        Statement::new(include_str!("queries/maintain/check_references.sql"))
            .values(connection)
            .await?;
    let orphans = orphans
        .into_iter()
        .map(|table| format!("{table} refers to missing rows"));
    Ok(told
        .into_iter()
        .filter(|line| line != "ok")
        .chain(orphans)
        .collect())
}
