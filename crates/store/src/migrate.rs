//! Migrations: embedded, numbered, forwards only. A file takes all that it lacks in one
//! transaction, a server each in its own.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use crate::error::StoreError;
use crate::postgres::{ANSWER_TIMEOUT_MS, MIGRATION_TIMEOUT_MS, Server, Session};
use crate::statement::Statement;
use crate::value::{Place, Raw};

struct Migration {
    version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($version:literal => $file:literal,)+) => {
        &[$(Migration {
            version: $version,
            sqlite: include_str!(concat!("../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../migrations/postgres/", $file)),
        }),+]
    };
}

/// The two folders have the same numbers; a test compares what they make.
const MIGRATIONS: &[Migration] = migrations! {
    1 => "0001_people.sql",
    2 => "0002_sites.sql",
    3 => "0003_imports.sql",
    4 => "0004_costs.sql",
    5 => "0005_leads.sql",
    6 => "0006_deals.sql",
    7 => "0007_work.sql",
    8 => "0008_annotations.sql",
    9 => "0009_once.sql",
    10 => "0010_cost_terms.sql",
    11 => "0011_old_requests.sql",
    12 => "0012_visit_ends.sql",
    13 => "0013_waiting_links.sql",
    14 => "0014_no_jobs.sql",
    15 => "0015_upload_authors.sql",
    16 => "0016_undone_at.sql",
    17 => "0017_import_rows_new.sql",
    18 => "0018_lead_sales.sql",
    19 => "0019_audit.sql",
    20 => "0020_unclicked_impressions.sql",
    21 => "0021_rings.sql",
    22 => "0022_rate_versions.sql",
    23 => "0023_membership_versions.sql",
    24 => "0024_waiting_numbers.sql",
    25 => "0025_mail.sql",
    26 => "0026_key_expiry.sql",
    27 => "0027_secrets.sql",
    28 => "0028_second_factors.sql",
    29 => "0029_proofs.sql",
    30 => "0030_reach.sql",
    31 => "0031_webhooks.sql",
    32 => "0032_passkeys.sql",
    33 => "0033_erasures.sql",
    34 => "0034_ceremonies.sql",
    35 => "0035_provider_links.sql",
    36 => "0036_nodes.sql",
    37 => "0037_service_accounts.sql",
    38 => "0038_person_requests.sql",
    39 => "0039_invited_reach.sql",
    40 => "0040_conversions.sql",
    41 => "0041_unswept_nodes.sql",
    42 => "0042_told_names.sql",
    43 => "0043_audit_keys.sql",
    44 => "0044_saved_views.sql",
    46 => "0046_share_links.sql",
    47 => "0047_intake.sql",
    48 => "0048_said_conversions.sql",
    49 => "0049_report_schedules.sql",
    50 => "0050_import_mappings.sql",
    51 => "0051_told_reports.sql",
    52 => "0052_import_sources.sql",
    53 => "0053_goals.sql",
    54 => "0054_goal_alerts.sql",
    55 => "0055_custom_metrics.sql",
    56 => "0056_ad_name_sightings.sql",
};

/// The newest version of the schema.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// Brings the schema of a file to the newest version, or leaves it as it was.
pub(crate) async fn run_sqlite(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    apply_all_sqlite(connection, MIGRATIONS).await
}

async fn apply_all_sqlite(
    connection: &mut SqliteConnection,
    migrations: &'static [Migration],
) -> Result<(), StoreError> {
    let found = sqlite_version(connection).await?;
    let mut missing = missing(migrations, found)?.peekable();
    if missing.peek().is_none() {
        return Ok(());
    }
    sqlx::raw_sql("begin immediate")
        .execute(&mut *connection)
        .await?;
    for migration in missing {
        let version = migration.version;
        if let Err(source) = apply_sqlite(connection, migration).await {
            // The first error is the one that matters.
            let _ = sqlx::raw_sql("rollback").execute(connection).await;
            return Err(StoreError::Migration { version, source });
        }
    }
    sqlx::raw_sql("commit").execute(connection).await?;
    Ok(())
}

/// The schema's version in a file, where it is older than this program's; nothing for a new file.
pub(crate) async fn older_sqlite(
    connection: &mut SqliteConnection,
) -> Result<Option<i64>, StoreError> {
    let found = sqlite_version(connection).await?;
    let is_older = missing(MIGRATIONS, found)?.next().is_some();
    Ok((found > 0 && is_older).then_some(found))
}

/// Brings the schema of a server's database to the newest version. The lock of the writers is the
/// lock of migrations too: of several nodes that start together one migrates, the others wait.
pub(crate) async fn run_postgres(server: &Server) -> Result<(), StoreError> {
    let mut session = server.begin().await?;
    let make = include_str!("queries/maintain/make_schema_version.pg.sql");
    session.run(make, ANSWER_TIMEOUT_MS).await?;
    let found = postgres_version(&mut session).await?;
    session.commit().await?;
    for migration in missing(MIGRATIONS, found)? {
        apply_postgres(server, migration).await?;
    }
    Ok(())
}

/// Whether the schema of a server's database is this program's.
pub(crate) async fn is_current(session: &mut Session) -> Result<bool, StoreError> {
    let found = postgres_version(session).await?;
    Ok(missing(MIGRATIONS, found)?.next().is_none())
}

/// The migrations that a schema of version `found` lacks.
fn missing(
    migrations: &'static [Migration],
    found: i64,
) -> Result<impl Iterator<Item = &'static Migration>, StoreError> {
    let known = migrations.last().map_or(0, |migration| migration.version);
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    Ok(migrations
        .iter()
        .filter(move |migration| migration.version > found))
}

/// The version is kept in the file's header, so it changes with the schema or not at all.
async fn sqlite_version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let row = sqlx::query(include_str!("queries/maintain/schema_version.sql"))
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

async fn postgres_version(session: &mut Session) -> Result<i64, StoreError> {
    let asked = Statement::new(include_str!("queries/maintain/schema_version.pg.sql"));
    let rows = session.fetch(asked).await?;
    let version = rows.first().map(|row| i64::of_row(row, Place::First));
    Ok(version.transpose()?.unwrap_or(0))
}

async fn apply_sqlite(
    connection: &mut SqliteConnection,
    migration: &Migration,
) -> sqlx::Result<()> {
    let script = format!(
        "{}\npragma user_version = {};",
        migration.sqlite, migration.version
    );
    sqlx::raw_sql(AssertSqlSafe(script))
        .execute(connection)
        .await?;
    Ok(())
}

async fn apply_postgres(server: &Server, migration: &Migration) -> Result<(), StoreError> {
    let version = migration.version;
    let mut session = server.begin().await?;
    if postgres_version(&mut session).await? >= version {
        // Another node was quicker.
        return Ok(());
    }
    session
        .run(migration.postgres, MIGRATION_TIMEOUT_MS)
        .await
        .map_err(|error| match error {
            StoreError::Sql(source) => StoreError::Migration { version, source },
            other => other,
        })?;
    let mut set = Statement::new(include_str!("queries/maintain/set_schema_version.pg.sql"));
    set = set.bind(&version);
    session.execute(set).await?;
    session.commit().await
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, SqliteConnection};

    use super::*;

    const BROKEN: &[Migration] = &[
        Migration {
            version: 1,
            sqlite: "create table kept (id integer) strict;",
            postgres: "",
        },
        Migration {
            version: 2,
            sqlite: "create table lost (id integer) strict; insert into missing values (1);",
            postgres: "",
        },
    ];

    #[tokio::test]
    async fn a_file_takes_all_migrations_or_none() {
        let mut file = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let failed = apply_all_sqlite(&mut file, BROKEN).await;
        assert!(matches!(
            failed,
            Err(StoreError::Migration { version: 2, .. })
        ));
        assert_eq!(sqlite_version(&mut file).await.unwrap(), 0);
        apply_all_sqlite(&mut file, &BROKEN[..1]).await.unwrap();
        assert_eq!(sqlite_version(&mut file).await.unwrap(), 1);
        assert!(apply_all_sqlite(&mut file, BROKEN).await.is_err());
        assert_eq!(sqlite_version(&mut file).await.unwrap(), 1);
    }
}
