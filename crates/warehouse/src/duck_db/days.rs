//! Storing sums by local day: by traffic, and by the campaign that the traffic is labelled with.

use std::collections::{BTreeSet, HashSet};

use base::{TrafficKey, WorkspaceId};
use duckdb::Connection;

use super::append::append;
use super::loading::Learned;
use crate::columns::{Columns, Place};
use crate::engine::Dictionary;
use crate::error::{Result, Step};
use crate::rollup::Rollup;

/// What the writer keeps in mind of the days, as stored.
#[derive(Debug, Default)]
pub(super) struct Days {
    /// Days that batches have added rows to since they were added up.
    pub(super) unsummed: HashSet<i64>,
    /// Keys of sums whose tuple is not in the dictionary yet, so that they have no label.
    pub(super) unlabelled: HashSet<TrafficKey>,
}

impl Days {
    pub(super) fn stored(connection: &Connection) -> Result<Self> {
        let days = numbers(connection, "select day from unsummed_days", |row| {
            row.get(0)
        })?;
        let keys = numbers(
            connection,
            include_str!("queries/unlabelled_days.sql"),
            |row| row.get::<_, u64>(0).map(TrafficKey),
        )?;
        Ok(Self {
            unsummed: days,
            unlabelled: keys,
        })
    }

    pub(super) fn learn(&mut self, Learned { days, labelled }: Learned) {
        for (_, key) in &labelled {
            self.unlabelled.remove(key);
        }
        self.unsummed.extend(days.unsummed);
        self.unlabelled.extend(days.unlabelled);
    }
}

fn numbers<T: Eq + std::hash::Hash>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&duckdb::Row<'_>) -> duckdb::Result<T>,
) -> Result<HashSet<T>> {
    let mut statement = connection.prepare(sql).step("read the days")?;
    statement
        .query_map([], read)
        .step("read the days")?
        .collect::<duckdb::Result<HashSet<_>>>()
        .step("read the days")
}

/// Stores a batch's sums; the labels of its new tuples must be stored. Gives what is new.
pub(super) fn store(
    connection: &Connection,
    known: &Days,
    rollup: Rollup<'_>,
    dictionary: &Dictionary<'_>,
) -> Result<Days> {
    if rollup.is_empty() {
        return Ok(Days::default());
    }
    let unsummed: BTreeSet<i64> = rollup
        .days()
        .filter(|day| !known.unsummed.contains(day))
        .collect();
    let unlabelled = rollup
        .traffic()
        .filter(|(workspace, key)| !dictionary.has(*workspace, *key))
        .map(|(_, key)| key)
        .collect();
    append(connection, rollup.rows())?;
    connection
        .execute_batch(include_str!("queries/insert_days.sql"))
        .step("store the sums of days")?;
    let mut rows = Columns::new("unsummed_days", Place::Stored, "i");
    for day in &unsummed {
        rows.int(*day);
    }
    append(connection, rows)?;
    Ok(Days {
        unsummed: unsummed.into_iter().collect(),
        unlabelled,
    })
}

/// Labels sums that came before their tuple: rare, because a visit's tuple comes with its start.
pub(super) fn label_late(
    connection: &Connection,
    known: &Days,
    dictionary: &Dictionary<'_>,
) -> Result<()> {
    let late: BTreeSet<WorkspaceId> = dictionary
        .new
        .iter()
        .filter(|(_, key)| known.unlabelled.contains(key))
        .map(|(workspace, _)| *workspace)
        .collect();
    late.into_iter()
        .try_for_each(|workspace| label_again(connection, workspace))
}

/// Adds a workspace's days up by the labels of now.
pub(super) fn label_again(connection: &Connection, workspace: WorkspaceId) -> Result<()> {
    let sql = include_str!("queries/rebuild_campaign_days.sql")
        .replace(":workspace", &workspace.to_string());
    connection
        .execute_batch(&sql)
        .step("add days up by campaign")
}
