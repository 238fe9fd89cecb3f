//! The warehouse in a database of a ClickHouse server.
//!
//! There are no transactions: a batch's rows carry its number, its position is written last, and
//! whoever writes next takes out what was not committed. `docs/decisions` has the proof.

mod address;
mod answer;
mod client;
mod loading;
mod migrate;
mod moving;
mod native;
mod rows;
mod wire;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use moving::Target;
pub use wire::Failure;

use crate::engine::Reading;
use crate::error::{Error, Result};
use crate::query::{Limits, Parameter, Table, Value};
use address::Address;
use client::{Client, Statement};
pub(crate) use writer::Writer;

/// Asks from what is stored at the time.
pub(crate) struct Reader {
    client: Arc<Client>,
    /// Its schema is up to date: the writer has seen to it.
    is_ready: Arc<AtomicBool>,
}

/// The database of an address; nothing is asked of the server yet.
pub(crate) fn server(url: &str) -> Result<(Writer, Reader)> {
    let address = Address::parse(url)?;
    let client = Arc::new(Client::new(address.clone()));
    let is_ready = Arc::new(AtomicBool::new(false));
    let reader = Reader {
        client: Arc::clone(&client),
        is_ready: Arc::clone(&is_ready),
    };
    Ok((Writer::new(address, client, is_ready), reader))
}

/// An address as people write it, without user and password.
///
/// # Errors
/// When it is none.
pub fn shown_address(url: &str) -> Result<String> {
    let address = Address::parse(url)?;
    Ok(format!("{}{}", address.server, address.database))
}

/// Removes a database with all that it holds, if it is there.
pub(crate) fn drop_database(url: &str) -> Result<()> {
    migrate::drop_database(&Address::parse(url)?)
}

impl Reader {
    /// What no writer has reached since the start may have an older schema, or none.
    fn require_ready(&self) -> Result<()> {
        match self.is_ready.load(Ordering::Acquire) {
            true => Ok(()),
            false => Err(Error::Server {
                step: "run a query",
                source: Failure::Away("it was not reached yet".to_owned()),
            }),
        }
    }
}

impl Reading for Reader {
    fn answers(&self) -> Result<()> {
        self.require_ready()?;
        self.client.reach()
    }

    fn query(&self, sql: &str, parameters: &[Parameter], limits: Limits) -> Result<Table> {
        self.require_ready()?;
        let rows = self
            .client
            .ask(Statement::new(sql).with(parameters), limits)?;
        Ok(Table { rows })
    }

    fn bytes(&self) -> Result<u64> {
        let statement = Statement::new(include_str!("queries/disk_bytes.sql"));
        let rows = self.client.ask(statement, Limits::default())?;
        let bytes = rows.first().and_then(|row| row.first()?.int());
        Ok(bytes
            .and_then(|bytes| u64::try_from(bytes).ok())
            .unwrap_or_default())
    }
}

/// The number in the first column of the first row; 0 for none.
fn first_number(rows: &[Vec<Value>]) -> u64 {
    let number = rows.first().and_then(|row| row.first()?.int());
    number
        .and_then(|number| u64::try_from(number).ok())
        .unwrap_or_default()
}
