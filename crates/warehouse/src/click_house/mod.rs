//! The warehouse in a database of a ClickHouse server, or of every node of a cluster.
//!
//! There are no transactions: a batch's rows carry its number, its position is written last, and
//! whoever writes next takes out what was not committed. `docs/decisions` has the proof.

mod address;
mod answer;
mod client;
mod cluster;
mod form;
mod loading;
mod migrate;
mod moving;
mod native;
mod nodes;
mod rows;
mod shards;
mod takeover;
mod wire;
mod writer;

use std::path::Path;
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
    cluster: Option<String>,
    /// Of a node's own rows.
    database: String,
    /// Its schema is up to date: the writer has seen to it.
    is_ready: Arc<AtomicBool>,
}

/// The database of an address; nothing is asked of the server yet.
pub(crate) fn server(url: &str) -> Result<(Writer, Reader)> {
    let address = Address::parse(url)?;
    let client = Arc::new(Client::new(&address.in_database(address.whole())));
    let is_ready = Arc::new(AtomicBool::new(false));
    let reader = Reader {
        client: Arc::clone(&client),
        cluster: address.cluster.clone(),
        database: address.database.clone(),
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
    let hosts = address.servers.iter().skip(1).map(|server| {
        let host = server.split_once("://").map_or(&**server, |(_, host)| host);
        format!(",{}", host.trim_end_matches('/'))
    });
    let first = address.servers[0].trim_end_matches('/');
    let cluster = address.cluster.as_ref();
    let cluster = cluster.map_or(String::new(), |name| format!("?cluster={name}"));
    let database = &address.database;
    Ok(format!(
        "{first}{}/{database}{cluster}",
        hosts.collect::<String>()
    ))
}

/// Removes a database with all that it holds, on every node, if it is there.
pub(crate) fn drop_database(url: &str) -> Result<()> {
    migrate::drop_databases(&Address::parse(url)?)
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
        match &self.cluster {
            None => self.client.reach(),
            // A node of every shard has to answer.
            Some(name) => {
                let question = format!("select sum(dummy) from cluster('{name}', system, one)");
                self.client.reach_by(&question)
            }
        }
    }

    fn query(&self, sql: &str, parameters: &[Parameter], limits: Limits) -> Result<Table> {
        self.require_ready()?;
        let rows = self
            .client
            .ask(Statement::new(sql).with(parameters), limits)?;
        Ok(Table { rows })
    }

    fn write_parquet(&self, sql: &str, path: &Path) -> Result<()> {
        self.require_ready()?;
        let bytes = self.client.fetch_parquet(sql)?;
        std::fs::write(path, bytes).map_err(|source| Error::WriteFile {
            path: path.to_owned(),
            source,
        })
    }

    fn bytes(&self) -> Result<u64> {
        let parts = match &self.cluster {
            None => "system.parts".to_owned(),
            Some(name) => format!("cluster('{name}', system, parts)"),
        };
        let sql = include_str!("queries/disk_bytes.sql").replace(":parts", &parts);
        let database = [Parameter::Text(self.database.clone())];
        let statement = Statement::new(sql).with(&database);
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
