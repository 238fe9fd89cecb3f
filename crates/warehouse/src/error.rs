//! What can go wrong with the warehouse.

use std::path::PathBuf;

use crate::click_house::Failure;

/// The result of a warehouse call.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure of the warehouse; names the step that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("another process holds the warehouse file {path}; stop it, or go through its server")]
    InUse { path: PathBuf },
    #[error("failed to open the warehouse file {path}")]
    Open {
        path: PathBuf,
        #[source]
        source: duckdb::Error,
    },
    #[error(
        "the warehouse has schema version {found}, this program knows only {known}: use the \
         program that made it or a newer one, or restore a back-up of before"
    )]
    NewerSchema { found: u32, known: u32 },
    #[error("the warehouse has schema version {found}, and was not upgraded")]
    NotUpgraded { found: u32 },
    #[error("failed to migrate the warehouse to version {version}")]
    Migrate {
        version: u32,
        #[source]
        source: duckdb::Error,
    },
    #[error("failed to {step}")]
    Engine {
        step: &'static str,
        #[source]
        source: duckdb::Error,
    },
    #[error("the address of the warehouse is wrong: {detail}")]
    Address { detail: &'static str },
    #[error("the cluster with the warehouse cannot be used: {detail}")]
    Cluster { detail: String },
    #[error("failed to {step}")]
    Server {
        step: &'static str,
        #[source]
        source: Failure,
    },
    /// A move to this database was interrupted.
    #[error(
        "the facts of a file are only partly in this warehouse: finish with \
         `throughline migrate --warehouse`, or name another database"
    )]
    HalfMoved,
    #[error("the server's database holds facts already; a file is moved to an empty one")]
    Held,
    #[error("the server's {table} are not what the file holds; nothing uses the server's yet")]
    NotMoved { table: &'static str },
    #[error("the warehouse is on a server, not in a file")]
    NoFile,
    #[error("another process has begun to write to this warehouse; stop one of the two")]
    Fenced,
    /// Only the node that loads writes.
    #[error("another node of the installation writes the facts")]
    Follows,
    /// A write has failed, and nobody knows yet whether another node writes by now.
    #[error("a write has failed: this node first makes sure that it still writes the facts")]
    Lapsed,
    /// It was read before somebody else loaded from the same journal.
    #[error("the batch of {node} does not begin where what is loaded of it ends")]
    NotNext { node: String },
    #[error("failed to write {path}")]
    WriteFile {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the server's answer ends too early")]
    CutAnswer,
    #[error("failed to lay out the rows of {table}")]
    Layout { table: &'static str, detail: String },
    #[error("the query took longer than {timeout_ms} ms")]
    TimedOut { timeout_ms: u64 },
    #[error("the query has more than {rows_max} rows; add a filter or shorten the period")]
    TooManyRows { rows_max: usize },
    #[error("a value of the type {0} cannot be read")]
    UnreadableValue(&'static str),
    #[error("a thread failed while it held the warehouse")]
    Poisoned,
}

impl Error {
    /// The server could not be reached, or nobody knows at the moment who writes to it; what was
    /// asked may work in a moment.
    #[must_use]
    pub fn is_away(&self) -> bool {
        match self {
            Self::Server { source, .. } => matches!(source, Failure::Away(_) | Failure::TimedOut),
            Self::Follows | Self::Lapsed => true,
            _ => false,
        }
    }
}

/// Names the step of an engine call that failed.
pub(crate) trait Step<T> {
    fn step(self, step: &'static str) -> Result<T>;
}

impl<T> Step<T> for duckdb::Result<T> {
    fn step(self, step: &'static str) -> Result<T> {
        self.map_err(|source| Error::Engine { step, source })
    }
}
