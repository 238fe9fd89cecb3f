//! The schema of a database, version by version.

use super::address::Address;
use super::client::{Client, Statement};
use super::cluster::{on_node, over_all};
use super::first_number;
use super::nodes::Cluster;
use crate::error::{Error, Result};
use crate::query::Limits;

/// Their versions are those of the file's schema; the first one makes what files have by then.
/// Every statement can be repeated: there are no transactions.
const MIGRATIONS: &[(u32, &str)] = &[
    (8, include_str!("migrations/0008_initial.sql")),
    (9, include_str!("migrations/0009_imports_of_hits.sql")),
    (10, include_str!("migrations/0010_erasing.sql")),
    (11, include_str!("migrations/0011_said_conversions.sql")),
    (12, include_str!("migrations/0012_history.sql")),
];

const MAKE_VERSIONS: &str = "create table if not exists schema_versions (version UInt32) \
     engine = MergeTree order by version";

/// Makes a node's database with what questions of the whole cluster are asked of.
pub(super) fn make_databases(address: &Address, node: &Address) -> Result<()> {
    for database in [&address.database, &address.whole()] {
        let make = format!("create database if not exists {database}");
        outside(node).run(&Statement::new(make), "make the database")?;
    }
    Ok(())
}

pub(super) fn drop_databases(address: &Address) -> Result<()> {
    for server in &address.servers {
        for database in [&address.whole(), &address.database] {
            let drop = format!("drop database if exists {database} sync");
            let server = outside(&address.only(server));
            server.run(&Statement::new(drop), "remove the database")?;
        }
    }
    Ok(())
}

/// The same server without its database, which may not be there.
fn outside(address: &Address) -> Client {
    Client::new(&address.in_database("default"))
}

/// Brings a node up to date. The version is noted last: what was interrupted is done again.
pub(super) fn migrate(client: &Client, whole: &str, cluster: &Cluster) -> Result<()> {
    const STEP: &str = "bring the schema up to date";
    client.run(&Statement::new(MAKE_VERSIONS), STEP)?;
    let asked = Statement::new("select max(version) from schema_versions");
    let found = first_number(&client.ask(asked, Limits::default())?);
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    let known = MIGRATIONS.last().map_or(0, |(version, _)| *version);
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    if found == known {
        return Ok(());
    }
    let news = MIGRATIONS.iter().filter(|(version, _)| *version > found);
    for statement in news.flat_map(|(_, script)| statements(script)) {
        client.run(&Statement::new(on_node(statement, cluster)), STEP)?;
    }
    if let Cluster::Plain { name } | Cluster::Kept { name } = cluster {
        for statement in over_all(&client.database, whole, name) {
            client.run(&Statement::new(statement), STEP)?;
        }
    }
    let reached = format!("insert into schema_versions values ({known})");
    client.run(&Statement::new(reached), STEP)
}

/// Whether a node has what this version asks for.
pub(super) fn is_current(client: &Client) -> Result<bool> {
    let asked = Statement::new("select max(version) from schema_versions");
    let found = first_number(&client.ask(asked, Limits::default())?);
    let known = MIGRATIONS.last().map_or(0, |(version, _)| *version);
    match u32::try_from(found).unwrap_or(u32::MAX) {
        found if found > known => Err(Error::NewerSchema { found, known }),
        found => Ok(found == known),
    }
}

/// A script's statements: each ends with a semicolon at the end of a line.
pub(super) fn statements(script: &str) -> impl Iterator<Item = &str> {
    script
        .split(";\n")
        .map(|statement| statement.trim_end().trim_end_matches(';'))
        .filter(|statement| !statement.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duck_db;

    #[test]
    fn a_file_and_a_server_have_the_same_newest_version() {
        let newest = MIGRATIONS.last().map(|(version, _)| *version);
        assert_eq!(newest, u32::try_from(duck_db::MIGRATIONS.len()).ok());
    }
}
