//! Migrations: embedded, numbered, forwards only; each in its own transaction.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use crate::error::StoreError;

struct Migration {
    version: i64,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        sql: include_str!("../migrations/sqlite/0001_people.sql"),
    },
    Migration {
        version: 2,
        sql: include_str!("../migrations/sqlite/0002_sites.sql"),
    },
    Migration {
        version: 3,
        sql: include_str!("../migrations/sqlite/0003_imports.sql"),
    },
    Migration {
        version: 4,
        sql: include_str!("../migrations/sqlite/0004_costs.sql"),
    },
    Migration {
        version: 5,
        sql: include_str!("../migrations/sqlite/0005_leads.sql"),
    },
    Migration {
        version: 6,
        sql: include_str!("../migrations/sqlite/0006_deals.sql"),
    },
    Migration {
        version: 7,
        sql: include_str!("../migrations/sqlite/0007_work.sql"),
    },
    Migration {
        version: 8,
        sql: include_str!("../migrations/sqlite/0008_annotations.sql"),
    },
];

/// Brings the schema to the newest version.
pub(crate) async fn run(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found = schema_version(connection).await?;
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    for migration in MIGRATIONS
        .iter()
        .filter(|migration| migration.version > found)
    {
        let version = migration.version;
        apply(connection, migration)
            .await
            .map_err(|source| StoreError::Migration { version, source })?;
    }
    Ok(())
}

/// The version is kept in the file's header, so it changes with the schema or not at all.
pub(crate) async fn schema_version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let row = sqlx::query(include_str!("queries/maintain/schema_version.sql"))
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

async fn apply(connection: &mut SqliteConnection, migration: &Migration) -> sqlx::Result<()> {
    let script = format!(
        "begin immediate;\n{}\npragma user_version = {};\ncommit;",
        migration.sql, migration.version
    );
    let applied = sqlx::raw_sql(AssertSqlSafe(script))
        .execute(&mut *connection)
        .await;
    if let Err(error) = applied {
        // The script stopped inside its transaction; the first error is the one that matters.
        let _ = sqlx::raw_sql("rollback").execute(connection).await;
        return Err(error);
    }
    Ok(())
}
