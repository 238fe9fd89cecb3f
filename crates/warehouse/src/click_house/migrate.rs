//! The schema of a database, version by version.

use super::address::Address;
use super::client::{Client, Statement};
use super::first_number;
use crate::error::{Error, Result};
use crate::query::Limits;

/// Their versions are those of the file's schema; the first one makes what files have by then.
/// Every statement can be repeated: there are no transactions.
const MIGRATIONS: &[(u32, &str)] = &[
    (8, include_str!("migrations/0008_initial.sql")),
    (9, include_str!("migrations/0009_imports_of_hits.sql")),
];

const MAKE_VERSIONS: &str = "create table if not exists schema_versions (version UInt32) \
     engine = MergeTree order by version";

pub(super) fn make_database(address: &Address) -> Result<()> {
    let make = format!("create database if not exists {}", address.database);
    outside(address).run(Statement::new(make), "make the database")
}

pub(super) fn drop_database(address: &Address) -> Result<()> {
    let drop = format!("drop database if exists {} sync", address.database);
    outside(address).run(Statement::new(drop), "remove the database")
}

/// The same server without its database, which may not be there.
fn outside(address: &Address) -> Client {
    Client::new(Address {
        database: "default".to_owned(),
        ..address.clone()
    })
}

pub(super) fn migrate(client: &Client) -> Result<()> {
    const STEP: &str = "bring the schema up to date";
    client.run(Statement::new(MAKE_VERSIONS), STEP)?;
    let asked = Statement::new("select max(version) from schema_versions");
    let found = first_number(&client.ask(asked, Limits::default())?);
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    let known = MIGRATIONS.last().map_or(0, |(version, _)| *version);
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    for (version, script) in MIGRATIONS.iter().filter(|(version, _)| *version > found) {
        for statement in statements(script) {
            client.run(Statement::new(statement), STEP)?;
        }
        let reached = format!("insert into schema_versions values ({version})");
        client.run(Statement::new(reached), STEP)?;
    }
    Ok(())
}

/// A script's statements: each ends with a semicolon at the end of a line.
fn statements(script: &str) -> impl Iterator<Item = &str> {
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
