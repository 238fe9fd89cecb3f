//! Opening the warehouse file, its migrations and its connections.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, RwLock};

use base::{TrafficKey, UnixMillis};
use duckdb::{Config, Connection};

use crate::days::Days;
use crate::error::{Error, Result, Step};
use crate::rollup::Zones;
use crate::zones;

/// How to open the warehouse.
#[derive(Debug, Clone)]
pub struct Options {
    pub path: PathBuf,
    /// Worker threads of the engine; at least one.
    pub threads: u16,
    pub memory_limit_mib: u32,
    /// Where queries that do not fit into memory spill to.
    pub temporary_folder: PathBuf,
}

/// The facts of all workspaces in one DuckDB file.
///
/// Calls block; an async caller runs them on a blocking thread and limits how many run at once.
/// One process owns the file. Writes are serialised, reads run beside them on a snapshot.
pub struct Warehouse {
    pub(crate) path: PathBuf,
    writer: Mutex<Writer>,
    /// Only ever cloned, so that a new reader need not wait for a running load.
    template: Mutex<Connection>,
    /// Idle reading connections.
    readers: Mutex<Vec<Connection>>,
    /// As the writer has them, for those who plan a query.
    pub(crate) zones: RwLock<Zones>,
}

/// The writing connection with what it remembers between loads.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    /// Keys that are in the traffic dictionary.
    pub(crate) known_traffic: HashSet<TrafficKey>,
    /// The latest creation among all outcomes; touches after it change no credit.
    pub(crate) latest_created: Option<UnixMillis>,
    /// In whose days the pre-aggregate is kept.
    pub(crate) zones: Zones,
    pub(crate) days: Days,
}

/// Idle readers kept; more run at once, but are closed after their query.
const IDLE_READERS_MAX: usize = 8;

/// Size of the log that is folded into the main file. The engine's own 16 MB would do it every
/// few batches of a bulk load; what is in the log is also in memory.
const CHECKPOINT_AFTER: &str = "64MB";

/// Memory that was freed goes back to the system from this size on, and by a thread of the
/// engine's own: the engine's allocator would keep hundreds of megabytes for the next load.
const KEPT_FREE: &str = "16MiB";

const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_days_and_credited.sql"),
    include_str!("migrations/0003_campaign_days.sql"),
    include_str!("migrations/0004_lead_states.sql"),
    include_str!("migrations/0005_past_labels.sql"),
    include_str!("migrations/0006_smaller_hits.sql"),
    include_str!("migrations/0007_known_touches.sql"),
];

/// Tables of facts and what is derived from them, which `wipe` empties.
pub(crate) const FACT_TABLES: &[&str] = &[
    "journal_position",
    "hits",
    "repeatable_hits",
    "visits",
    "touches",
    "outcomes",
    "credited",
    "costs",
    "lead_states",
    "traffic",
    "labels",
    "hits_daily",
    "campaign_days",
    "unsummed_days",
];

impl Warehouse {
    /// Opens or creates the file and brings its schema up to date.
    ///
    /// # Errors
    /// When another process holds the file, it is no warehouse, it was written by a newer
    /// program, or a migration fails.
    pub fn open(options: &Options) -> Result<Self> {
        let connection = connect(options)?;
        migrate(&connection)?;
        connection
            .execute_batch(include_str!("queries/create_staging.sql"))
            .step("create the staging tables")?;
        let template = connection.try_clone().step("open a second connection")?;
        let writer = Writer::new(connection)?;
        let zones = RwLock::new(writer.zones.clone());
        Ok(Self {
            path: options.path.clone(),
            writer: Mutex::new(writer),
            template: Mutex::new(template),
            readers: Mutex::new(Vec::new()),
            zones,
        })
    }

    /// Empties every table of facts, so that they can be loaded again from the journal.
    /// Published channels stay, and so do the labels of the past, which no journal holds.
    ///
    /// # Errors
    /// When the engine fails; then nothing has changed.
    pub fn wipe(&self) -> Result<()> {
        let mut writer = self.writer()?;
        let deletes: String = FACT_TABLES
            .iter()
            .map(|table| format!("delete from {table};\n"))
            .collect();
        writer
            .transact(|connection| connection.execute_batch(&deletes).step("empty the tables"))?;
        writer.known_traffic.clear();
        writer.latest_created = None;
        writer.days = Days::default();
        Ok(())
    }

    /// Writes everything committed into the main file, for a clean shutdown or a copy.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn checkpoint(&self) -> Result<()> {
        self.writer()?
            .connection
            .execute_batch("checkpoint")
            .step("checkpoint")
    }

    pub(crate) fn writer(&self) -> Result<MutexGuard<'_, Writer>> {
        self.writer.lock().map_err(|_| Error::Poisoned)
    }

    /// An idle reader, or a new one.
    pub(crate) fn take_reader(&self) -> Result<Connection> {
        let idle = self.readers.lock().map_err(|_| Error::Poisoned)?.pop();
        match idle {
            Some(reader) => Ok(reader),
            None => {
                let template = self.template.lock().map_err(|_| Error::Poisoned)?;
                template.try_clone().step("open a reading connection")
            }
        }
    }

    pub(crate) fn give_back(&self, reader: Connection) {
        if let Ok(mut readers) = self.readers.lock()
            && readers.len() < IDLE_READERS_MAX
        {
            readers.push(reader);
        }
    }
}

impl Writer {
    fn new(connection: Connection) -> Result<Self> {
        let known_traffic = {
            let mut statement = connection
                .prepare("select traffic from traffic")
                .step("read the dictionary")?;
            let keys = statement
                .query_map([], |row| row.get::<_, u64>(0).map(TrafficKey))
                .step("read the dictionary")?;
            keys.collect::<duckdb::Result<HashSet<_>>>()
                .step("read the dictionary")?
        };
        let latest_created = connection
            .query_row("select max(created_ms) from outcomes", [], |row| {
                row.get::<_, Option<i64>>(0)
            })
            .step("read the latest outcome")?
            .map(UnixMillis);
        let zones = zones::stored_zones(&connection)?;
        let days = Days::stored(&connection)?;
        Ok(Self {
            connection,
            known_traffic,
            latest_created,
            zones,
            days,
        })
    }

    /// Runs `work` in a transaction: all of it or nothing.
    pub(crate) fn transact<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
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
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
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

#[cfg(test)]
mod tests;
