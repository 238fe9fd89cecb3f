//! The warehouse in a database of a ClickHouse server.
//!
//! There are no transactions: a batch's rows carry its number, its position is written last, and
//! whoever writes next takes out what was not committed. `docs/decisions` has the proof.

mod address;
mod answer;
mod client;
mod loading;
mod migrate;
mod native;
mod rows;
mod wire;
mod writer;

use std::sync::Arc;

pub use wire::Failure;

use crate::engine::Reading;
use crate::error::Result;
use crate::query::{Limits, Parameter, Table, Value};
use address::Address;
use client::{Client, Statement};
pub(crate) use writer::Writer;

/// Asks from what is stored at the time.
pub(crate) struct Reader {
    client: Arc<Client>,
}

/// Makes the database if there is none and brings its schema up to date.
pub(crate) fn open(url: &str) -> Result<(Writer, Reader)> {
    let address = Address::parse(url)?;
    migrate::make_database(&address)?;
    on(Client::new(address))
}

/// Removes a database with all that it holds, if it is there.
pub(crate) fn drop_database(url: &str) -> Result<()> {
    migrate::drop_database(&Address::parse(url)?)
}

fn on(client: Client) -> Result<(Writer, Reader)> {
    let client = Arc::new(client);
    migrate::migrate(&client)?;
    let reader = Reader {
        client: Arc::clone(&client),
    };
    Ok((Writer::new(client), reader))
}

impl Reading for Reader {
    fn query(&self, sql: &str, parameters: &[Parameter], limits: Limits) -> Result<Table> {
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
