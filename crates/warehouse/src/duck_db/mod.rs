//! The warehouse in one DuckDB file: its migrations, its connections, its transactions.

mod append;
mod compact;
mod days;
mod loading;
mod query;
mod scrub;
mod zones;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base::{TimeZone, TrafficKey, UnixMillis, WorkspaceId};
use duckdb::{Config, Connection, params};

use crate::batch::Position;
use crate::columns::Columns;
use crate::engine::{Memory, Work, Writing};
use crate::error::{Error, Result, Step};
use crate::rollup::Zones;
use crate::warehouse::Options;
use append::append;
use days::Days;
use loading::Transaction;

/// The writing connection. Writes go through it alone; readers see what it has committed.
pub(crate) struct Writer {
    connection: Connection,
    days: Days,
}

/// Reading connections to the same file.
pub(crate) struct Readers {
    path: PathBuf,
    /// Only ever cloned, so that a new reader need not wait for a running load.
    template: Mutex<Connection>,
    idle: Mutex<Vec<Connection>>,
}

/// Idle readers kept; more run at once, but are closed after their query.
const IDLE_READERS_MAX: usize = 8;

/// Size of the log that is folded into the main file. The engine's own 16 MB would do it every
/// few batches of a bulk load; what is in the log is also in memory.
const CHECKPOINT_AFTER: &str = "64MB";

/// Memory that was freed goes back to the system from this size on, and by a thread of the
/// engine's own: the engine's allocator would keep hundreds of megabytes for the next load.
const KEPT_FREE: &str = "16MiB";

pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_days_and_credited.sql"),
    include_str!("migrations/0003_campaign_days.sql"),
    include_str!("migrations/0004_lead_states.sql"),
    include_str!("migrations/0005_past_labels.sql"),
    include_str!("migrations/0006_smaller_hits.sql"),
    include_str!("migrations/0007_known_touches.sql"),
    include_str!("migrations/0008_unknown_clicks.sql"),
    include_str!("migrations/0009_imports_of_hits.sql"),
    include_str!("migrations/0010_erasing.sql"),
    include_str!("migrations/0011_said_conversions.sql"),
    include_str!("migrations/0012_history.sql"),
];

/// Tables of facts and what is derived from them, which `wipe` empties.
const FACT_TABLES: &[&str] = &[
    "journal_position",
    "hits",
    "repeatable_hits",
    "visits",
    "touches",
    "outcomes",
    "credited",
    "costs",
    "lead_states",
    "history",
    "traffic",
    "labels",
    "hits_daily",
    "campaign_days",
    "unsummed_days",
];

/// Opens or creates the file and brings its schema up to date.
pub(crate) fn open(
    options: &Options,
    may_upgrade: impl FnOnce(u32) -> bool,
) -> Result<(Writer, Readers)> {
    let mut connection = connect(options)?;
    let found = schema_version(&connection)?;
    if found > 0 && found < known_schema() {
        connection
            .execute_batch("checkpoint")
            .step("write the log into the file")?;
        drop(connection);
        if !may_upgrade(found) {
            return Err(Error::NotUpgraded { found });
        }
        connection = connect(options)?;
    }
    migrate(&connection)?;
    connection
        .execute_batch(include_str!("queries/create_staging.sql"))
        .step("create the staging tables")?;
    let template = connection.try_clone().step("open a second connection")?;
    let days = Days::stored(&connection)?;
    let readers = Readers {
        path: options.path.clone(),
        template: Mutex::new(template),
        idle: Mutex::new(Vec::new()),
    };
    Ok((Writer { connection, days }, readers))
}

impl Writing for Writer {
    fn follow(&mut self) -> Result<Zones> {
        zones::stored_zones(&self.connection)
    }

    fn remembered(&mut self) -> Result<Memory> {
        let known_traffic = {
            let mut statement = self
                .connection
                .prepare("select traffic from traffic")
                .step("read the dictionary")?;
            let keys = statement
                .query_map([], |row| row.get::<_, u64>(0).map(TrafficKey))
                .step("read the dictionary")?;
            keys.collect::<duckdb::Result<HashSet<_>>>()
                .step("read the dictionary")?
        };
        let latest_created = self
            .connection
            .query_row("select max(created_ms) from outcomes", [], |row| {
                row.get::<_, Option<i64>>(0)
            })
            .step("read the latest outcome")?
            .map(UnixMillis);
        Ok(Memory {
            known_traffic,
            latest_created,
            zones: zones::stored_zones(&self.connection)?,
        })
    }

    fn store_batch(&mut self, until: Option<&Position>, work: Work<'_>) -> Result<()> {
        let learned = self.transact(|connection| {
            if let Some(position) = until {
                store_position(connection, position)?;
            }
            let mut transaction = Transaction::new(connection, &self.days);
            work(&mut transaction)?;
            Ok(transaction.learned)
        })?;
        self.days.learn(learned);
        Ok(())
    }

    fn position(&mut self, node: &str) -> Result<Option<Position>> {
        stored_position(&self.connection, node)
    }

    fn set_position(&mut self, position: &Position) -> Result<()> {
        self.transact(|connection| store_position(connection, position))
    }

    fn relabel(&mut self, workspace: WorkspaceId, labels: Columns, now: UnixMillis) -> Result<()> {
        self.transact(|connection| {
            append(connection, labels)?;
            connection
                .execute(include_str!("queries/keep_past_labels.sql"), params![now.0])
                .step("keep the old labels")?;
            connection
                .execute_batch(include_str!("queries/delete_labels.sql"))
                .step("delete the old labels")?;
            connection
                .execute_batch(include_str!("queries/insert_labels.sql"))
                .step("store labels")?;
            days::label_again(connection, workspace)
        })
    }

    fn replace_channels(&mut self, workspace: WorkspaceId, channels: Columns) -> Result<()> {
        self.transact(|connection| {
            connection
                .execute(
                    "delete from channels where workspace = $1",
                    params![workspace.0],
                )
                .step("delete the old channels")?;
            append(connection, channels)
        })
    }

    fn add_up_days(&mut self, workspace: WorkspaceId, zone: &TimeZone) -> Result<()> {
        self.transact(|connection| {
            zones::store_zone(connection, workspace, zone)?;
            zones::add_up(connection, workspace, zone)?;
            days::label_again(connection, workspace)
        })
    }

    fn compact(&mut self, now: UnixMillis) -> Result<()> {
        compact::compact(self, now)
    }

    fn wipe(&mut self) -> Result<()> {
        let deletes: String = FACT_TABLES
            .iter()
            .map(|table| format!("delete from {table};\n"))
            .collect();
        self.transact(|connection| connection.execute_batch(&deletes).step("empty the tables"))?;
        self.days = Days::default();
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.connection
            .execute_batch("checkpoint")
            .step("checkpoint")
    }

    fn scrub(&mut self) -> Result<()> {
        scrub::scrub(self)
    }
}

impl Writer {
    /// Runs `work` in a transaction: all of it or nothing.
    fn transact<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.connection
            .execute_batch("begin transaction")
            .step("begin a transaction")?;
        match work(&self.connection) {
            Ok(value) => {
                self.connection.execute_batch("commit").step("commit")?;
                Ok(value)
            }
            Err(error) => {
                // The first error is what matters; a failed rollback leaves nothing committed.
                if let Err(rollback) = self.connection.execute_batch("rollback") {
                    tracing::warn!(error = %rollback, "failed to roll back");
                }
                Err(error)
            }
        }
    }
}

fn connect(options: &Options) -> Result<Connection> {
    let open = |source| open_error(&options.path, source);
    let config = Config::default()
        .threads(i64::from(options.threads.max(1)))
        .and_then(|config| config.max_memory(&format!("{}MiB", options.memory_limit_mib)))
        .and_then(|config| {
            config.with("temp_directory", options.temporary_folder.to_string_lossy())
        })
        .and_then(|config| config.with("preserve_insertion_order", "false"))
        .and_then(|config| config.with("storage_compatibility_version", "latest"))
        .and_then(|config| config.with("checkpoint_threshold", CHECKPOINT_AFTER))
        .and_then(|config| config.with("allocator_background_threads", "true"))
        .and_then(|config| config.with("allocator_flush_threshold", KEPT_FREE))
        .and_then(|config| config.with("allocator_bulk_deallocation_flush_threshold", KEPT_FREE))
        .and_then(|config| config.with("autoinstall_known_extensions", "false"))
        .and_then(|config| config.with("autoload_known_extensions", "false"))
        .map_err(open)?;
    Connection::open_with_flags(&options.path, config).map_err(open)
}

fn open_error(path: &Path, source: duckdb::Error) -> Error {
    let path = path.to_owned();
    if source.to_string().contains("Conflicting lock") {
        return Error::InUse { path };
    }
    Error::Open { path, source }
}

fn migrate(connection: &Connection) -> Result<()> {
    let found = schema_version(connection)?;
    let known = known_schema();
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    for (version, script) in (1..).zip(MIGRATIONS) {
        if version > found {
            let sql = format!(
                "begin transaction;\n{script}\n\
                 delete from meta where key = 'schema_version';\n\
                 insert into meta values ('schema_version', '{version}');\ncommit;"
            );
            connection
                .execute_batch(&sql)
                .map_err(|source| Error::Migrate { version, source })?;
        }
    }
    Ok(())
}

fn known_schema() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

fn schema_version(connection: &Connection) -> Result<u32> {
    let tables: i64 = connection
        .query_row(
            "select count(*) from information_schema.tables where table_name = 'meta'",
            [],
            |row| row.get(0),
        )
        .step("look for the schema version")?;
    if tables == 0 {
        return Ok(0);
    }
    let text: String = connection
        .query_row(
            "select value from meta where key = 'schema_version'",
            [],
            |row| row.get(0),
        )
        .step("read the schema version")?;
    Ok(text.parse().unwrap_or(u32::MAX))
}

fn stored_position(connection: &Connection, node: &str) -> Result<Option<Position>> {
    let mut statement = connection
        .prepare("select segment, byte_offset from journal_position where node = $1")
        .step("read the journal position")?;
    let mut rows = statement
        .query(params![node])
        .step("read the journal position")?;
    let Some(row) = rows.next().step("read the journal position")? else {
        return Ok(None);
    };
    let segment = row.get(0).step("read the journal position")?;
    let offset = row.get(1).step("read the journal position")?;
    Ok(Some(Position {
        node: node.to_owned(),
        segment,
        offset,
    }))
}

fn store_position(connection: &Connection, position: &Position) -> Result<()> {
    connection
        .execute(
            "delete from journal_position where node = $1",
            params![position.node],
        )
        .step("replace the journal position")?;
    connection
        .execute(
            "insert into journal_position (node, segment, byte_offset) values ($1, $2, $3)",
            params![position.node, position.segment, position.offset],
        )
        .step("store the journal position")?;
    Ok(())
}

#[cfg(test)]
mod tests;
