//! What can go wrong in the store, told so that the caller can decide what to do.

use std::path::PathBuf;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgDatabaseError;

/// A failed operation of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row does not exist in this workspace.
    #[error("{what} {id} does not exist")]
    NotFound { what: &'static str, id: String },
    /// Another row already has this value; `what` is the table, `field` the column.
    #[error("another row of {what} has the same {field}")]
    Conflict { what: String, field: String },
    /// Somebody else changed the row since it was read.
    #[error("{what} {id} was changed since version {version} was read")]
    StaleVersion {
        what: &'static str,
        id: String,
        version: i64,
    },
    /// The row names another one that does not exist in this workspace, or is itself named.
    #[error("a row that this one refers to does not exist in the workspace")]
    BrokenReference,
    /// A value lies outside what its column allows.
    #[error("a value is not allowed: {detail}")]
    Check { detail: String },
    /// The database stayed locked, or no connection became free, for longer than the time-out.
    #[error("the store is busy")]
    Busy(#[source] sqlx::Error),
    /// The disk is full or cannot be written.
    #[error("the store cannot write to its disk")]
    Disk(#[source] sqlx::Error),
    /// The server does not answer, or has ended the connection.
    #[error("the database server does not answer")]
    Unavailable(#[source] sqlx::Error),
    /// The server cannot be used; `reason` is for the person who starts the program.
    #[error("{server} cannot be used: {reason}")]
    Refused { server: String, reason: String },
    /// A statement of this transaction has failed before, so it can only be dropped.
    #[error("a statement of this transaction has failed before")]
    Failed,
    /// The work of this request was committed by another try of it.
    #[error("the request was carried out meanwhile")]
    WorkDone,
    /// Another node does this by now.
    #[error("another node has taken this over ({name})")]
    LeaseLost { name: &'static str },
    /// The file is damaged or no database.
    #[error("the store's file is damaged")]
    Corrupt(#[source] sqlx::Error),
    /// A stored value does not fit its type.
    #[error("column {column} holds a value that cannot be read: {value}")]
    BadValue { column: String, value: String },
    /// The file was written by a newer version of the program.
    #[error(
        "the store has schema version {found}, this program knows only {known}: use the program \
         that made it or a newer one, or restore a back-up of before"
    )]
    NewerSchema { found: i64, known: i64 },
    #[error("migration {version} of the store failed")]
    Migration {
        version: i64,
        #[source]
        source: sqlx::Error,
    },
    #[error("failed to open the store {path}")]
    Open {
        path: PathBuf,
        #[source]
        source: sqlx::Error,
    },
    /// The file is kept as it was before its content went to a server.
    #[error("this store was moved to {to}; set store.url to it")]
    Moved { to: String },
    /// A table on the server does not hold what the file holds.
    #[error("the server's {table} are not what the file holds; it must be empty before a move")]
    NotMoved { table: &'static str },
    /// A server's database is backed up with the server's own means.
    #[error("the store is on a server, not in a file")]
    NoFile,
    #[error("failed to copy the store's file {path}")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("a statement on the store failed")]
    Sql(#[source] sqlx::Error),
}

/// The primary result codes of SQLite that mean something to a caller.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READ_ONLY: i32 = 8;
    pub(super) const IO: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const NO_DATABASE: i32 = 26;
}

/// Codes of PostgreSQL that mean something to a caller; the first two letters are the class.
fn of_postgres(code: &str) -> fn(sqlx::Error) -> StoreError {
    match (code.get(..2).unwrap_or_default(), code) {
        // A lock that was waited for too long, a deadlock, a statement that took too long.
        (_, "55P03" | "40P01" | "40001" | "57014") => StoreError::Busy,
        // Full, or an error of its disk.
        (_, "53100" | "58030") => StoreError::Disk,
        // Gone, out of connections or memory, shutting down, or a stand-by that may only be read.
        ("08" | "53" | "57" | "58", _) | (_, "25006" | "25P03") => StoreError::Unavailable,
        ("XX", _) => StoreError::Corrupt,
        _ => StoreError::Sql,
    }
}

impl StoreError {
    pub(crate) fn refused(server: &str, reason: impl Into<String>) -> Self {
        Self::Refused {
            server: server.to_owned(),
            reason: reason.into(),
        }
    }

    pub(crate) fn not_found(what: &'static str, id: impl std::fmt::Display) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::Busy(error);
        }
        let Some(told) = error.as_database_error() else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolClosed => Self::Unavailable(error),
                _ => Self::Sql(error),
            };
        };
        if let Some(known) = constraint(told) {
            return known;
        }
        if let Some(told) = told.try_downcast_ref::<PgDatabaseError>() {
            return of_postgres(told.code())(error);
        }
        match primary_code(told) {
            Some(code::BUSY | code::LOCKED) => Self::Busy(error),
            Some(code::FULL | code::IO | code::READ_ONLY) => Self::Disk(error),
            Some(code::CORRUPT | code::NO_DATABASE) => Self::Corrupt(error),
            _ => Self::Sql(error),
        }
    }
}

fn constraint(told: &dyn DatabaseError) -> Option<StoreError> {
    match told.kind() {
        ErrorKind::UniqueViolation => {
            let (what, field) = match told.try_downcast_ref::<PgDatabaseError>() {
                Some(told) => unique_key(told),
                None => unique_field(told.message()),
            };
            Some(StoreError::Conflict { what, field })
        }
        ErrorKind::ForeignKeyViolation => Some(StoreError::BrokenReference),
        ErrorKind::CheckViolation | ErrorKind::NotNullViolation => Some(check(told)),
        // A number that does not fit, or a key that is too long for an index of PostgreSQL.
        _ if matches!(told.code().as_deref(), Some("22003" | "54000")) => Some(check(told)),
        _ => None,
    }
}

fn check(told: &dyn DatabaseError) -> StoreError {
    StoreError::Check {
        detail: told.message().to_owned(),
    }
}

/// Extended codes keep the primary one in their lowest byte.
fn primary_code(told: &dyn DatabaseError) -> Option<i32> {
    told.code()
        .and_then(|code| code.parse::<i32>().ok())
        .map(|code| code & 0xff)
}

/// Unique keys are named after their table and last column; the rest are rows' own ids.
fn unique_key(told: &PgDatabaseError) -> (String, String) {
    let named = told.constraint().and_then(|name| name.split_once("__"));
    let (what, field) = named.unwrap_or((told.table().unwrap_or_default(), "id"));
    (what.to_owned(), field.to_owned())
}

/// Table and column from `… failed: leads.workspace_id, leads.external_id` or, for an index on
/// an expression, from `… failed: index 'channels__name'`.
fn unique_field(message: &str) -> (String, String) {
    let named = message
        .rsplit_once("failed: ")
        .map_or(message, |(_, named)| named);
    let last = named.rsplit_once(", ").map_or(named, |(_, last)| last);
    let index = last
        .strip_prefix("index '")
        .and_then(|rest| rest.strip_suffix('\''));
    let parts = match index {
        Some(index) => index.split_once("__"),
        None => last.split_once('.'),
    };
    parts.map_or((String::new(), last.to_owned()), |(what, field)| {
        (what.to_owned(), field.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, what: &str, field: &str) {
        assert_eq!(unique_field(message), (what.to_owned(), field.to_owned()));
    }

    #[test]
    fn a_conflict_names_the_table_and_the_last_column() {
        check("UNIQUE constraint failed: users.email", "users", "email");
        check(
            "UNIQUE constraint failed: leads.workspace_id, leads.external_id",
            "leads",
            "external_id",
        );
        check(
            "UNIQUE constraint failed: index 'channels__name'",
            "channels",
            "name",
        );
    }
}
