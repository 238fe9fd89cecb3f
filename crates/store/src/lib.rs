//! Operational state: workspaces, people, leads, deals, imports, jobs, on SQLite.

mod connection;
mod error;
mod migrate;
mod scalar;
mod statement;

pub use connection::{
    ACQUIRE_TIMEOUT_MS, BUSY_TIMEOUT_MS, Connection, Durability, READERS_MAX, Store, Tx,
};
pub use error::StoreError;
