//! Storing sums by local day: by traffic, and by the campaign that the traffic is labelled with.

use std::collections::{BTreeSet, HashSet};

use base::{TrafficKey, WorkspaceId};
use duckdb::Connection;

use crate::columns::{Columns, Place};
use crate::error::{Result, Step};
use crate::open::Writer;
use crate::rollup::Rollup;

/// What the writer keeps in mind of the days, as stored.
#[derive(Debug, Default)]
pub(crate) struct Days {
    /// Days that batches have added rows to since they were added up.
    pub(crate) unsummed: HashSet<i64>,
    /// Keys of sums whose tuple is not in the dictionary yet, so that they have no label.
    pub(crate) unlabelled: HashSet<TrafficKey>,
}

impl Days {
    pub(crate) fn stored(connection: &Connection) -> Result<Self> {
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

    pub(crate) fn extend(&mut self, new: Self) {
        self.unsummed.extend(new.unsummed);
        self.unlabelled.extend(new.unlabelled);
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
pub(crate) fn store(
    connection: &Connection,
    writer: &Writer,
    rollup: Rollup<'_>,
    new_traffic: &BTreeSet<(WorkspaceId, TrafficKey)>,
) -> Result<Days> {
    let known = &writer.known_traffic;
    let unsummed: BTreeSet<i64> = rollup
        .days()
        .filter(|day| !writer.days.unsummed.contains(day))
        .collect();
    let unlabelled = rollup
        .traffic()
        .filter(|(workspace, key)| {
            !known.contains(key) && !new_traffic.contains(&(*workspace, *key))
        })
        .map(|(_, key)| key)
        .collect();
    if rollup.is_empty() {
        return Ok(Days::default());
    }
    connection
        .execute_batch("delete from staged_daily")
        .step("clear the staged days")?;
    rollup.rows().append(connection)?;
    connection
        .execute_batch(include_str!("queries/insert_days.sql"))
        .step("store the sums of days")?;
    let mut rows = Columns::new("unsummed_days", Place::Main, "i");
    for day in &unsummed {
        rows.int(*day);
    }
    rows.append(connection)?;
    Ok(Days {
        unsummed: unsummed.into_iter().collect(),
        unlabelled,
    })
}

/// Labels sums that came before their tuple: rare, because a visit's tuple comes with its start.
pub(crate) fn label_late(
    connection: &Connection,
    writer: &Writer,
    new_traffic: &BTreeSet<(WorkspaceId, TrafficKey)>,
) -> Result<()> {
    let late: BTreeSet<WorkspaceId> = new_traffic
        .iter()
        .filter(|(_, key)| writer.days.unlabelled.contains(key))
        .map(|(workspace, _)| *workspace)
        .collect();
    late.into_iter()
        .try_for_each(|workspace| label_again(connection, workspace))
}

/// Adds a workspace's days up by the labels of now.
pub(crate) fn label_again(connection: &Connection, workspace: WorkspaceId) -> Result<()> {
    let sql = include_str!("queries/rebuild_campaign_days.sql")
        .replace(":workspace", &workspace.to_string());
    connection
        .execute_batch(&sql)
        .step("add days up by campaign")
}
