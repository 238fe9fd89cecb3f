//! A batch inside one transaction.

use std::collections::{BTreeSet, HashSet};

use base::{FactId, ImportId, TimeZone, TrafficKey, UnixMillis, VisitId, WorkspaceId};
use duckdb::{Connection, Params, Row, params};

use super::append::append;
use super::days::{self, Days};
use super::zones;
use crate::columns::Columns;
use crate::credit::{Credited, Touch};
use crate::credit_outcomes::Owed;
use crate::engine::{Dictionary, Loading, Stored};
use crate::error::{Result, Step};
use crate::rollup::Rollup;
use crate::rows::VisitStart;

/// The connection inside a transaction, with what a batch teaches once it is committed.
pub(super) struct Transaction<'a> {
    connection: &'a Connection,
    days: &'a Days,
    pub(super) learned: Learned,
}

/// What a committed batch changes of what is known of the days.
#[derive(Default)]
pub(super) struct Learned {
    pub(super) days: Days,
    /// New entries of the dictionary: sums under their keys have labels now.
    pub(super) labelled: BTreeSet<(WorkspaceId, TrafficKey)>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(connection: &'a Connection, days: &'a Days) -> Self {
        Self {
            connection,
            days,
            learned: Learned::default(),
        }
    }

    /// The rows of an answer about what was staged.
    fn ask<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        step: &'static str,
        read: impl FnMut(&Row<'_>) -> duckdb::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare(sql).step(step)?;
        let rows = statement.query_map(parameters, read).step(step)?;
        rows.collect::<duckdb::Result<Vec<T>>>().step(step)
    }
}

impl Loading for Transaction<'_> {
    fn stored(&mut self, facts: Stored, ids: Columns) -> Result<HashSet<FactId>> {
        append(self.connection, ids)?;
        let sql = match facts {
            Stored::RepeatableHits => include_str!("queries/stored_hits.sql"),
            Stored::Outcomes => include_str!("queries/stored_outcomes.sql"),
            Stored::Costs => include_str!("queries/stored_costs.sql"),
            Stored::LeadStates => include_str!("queries/stored_lead_states.sql"),
            Stored::History => include_str!("queries/stored_history.sql"),
        };
        let found = self.ask(sql, [], "look for stored facts", id_of)?;
        Ok(found.into_iter().collect())
    }

    fn recent_hits(
        &mut self,
        ids: Columns,
        since: UnixMillis,
    ) -> Result<Vec<(FactId, UnixMillis)>> {
        append(self.connection, ids)?;
        let sql = include_str!("queries/stored_recent_hits.sql");
        self.ask(sql, [since.0], "look for recent hits", |row| {
            Ok((id_of(row)?, UnixMillis(row.get(2)?)))
        })
    }

    fn visit_starts(
        &mut self,
        visits: Columns,
        (first, last): (UnixMillis, UnixMillis),
    ) -> Result<Vec<(VisitId, VisitStart)>> {
        append(self.connection, visits)?;
        let sql = include_str!("queries/visit_starts.sql");
        self.ask(
            sql,
            [first.0, last.0],
            "look for the starts of visits",
            |row| {
                let start = VisitStart {
                    traffic: TrafficKey(row.get(1)?),
                    site: row.get(2)?,
                    link: row.get(3)?,
                    page_host: row.get(4)?,
                    page_path: row.get(5)?,
                    device: row.get(6)?,
                    browser: row.get(7)?,
                    os: row.get(8)?,
                    country: row.get(9)?,
                    bot: row.get(10)?,
                };
                Ok((VisitId(row.get(0)?), start))
            },
        )
    }

    fn outcomes_after(&mut self, touches: Columns) -> Result<Vec<Owed>> {
        append(self.connection, touches)?;
        let sql = include_str!("queries/outcomes_to_credit.sql");
        self.ask(sql, [], "look for outcomes to credit again", owed)
    }

    fn outcomes_since(&mut self, workspace: WorkspaceId, from: UnixMillis) -> Result<Vec<Owed>> {
        let sql = include_str!("queries/outcomes_since.sql");
        let parameters = params![workspace.0, from.0];
        self.ask(sql, parameters, "look for outcomes to credit again", owed)
    }

    fn outcomes_touched(&mut self, workspace: WorkspaceId, import: ImportId) -> Result<Vec<Owed>> {
        let sql = include_str!("queries/outcomes_touched.sql");
        let parameters = params![workspace.0, import.0];
        self.ask(sql, parameters, "look for outcomes to credit again", owed)
    }

    fn take_out(
        &mut self,
        workspace: WorkspaceId,
        import: ImportId,
        zone: &TimeZone,
    ) -> Result<()> {
        let sql = include_str!("queries/take_out.sql")
            .replace(":workspace", &workspace.to_string())
            .replace(":import", &import.to_string());
        let taken = self.connection.execute_batch(&sql);
        taken.step("take the hits of an import out")?;
        zones::add_up(self.connection, workspace, zone)?;
        days::label_again(self.connection, workspace)
    }

    fn erase(&mut self, erasing: Columns) -> Result<()> {
        append(self.connection, erasing)?;
        self.connection
            .execute_batch(include_str!("queries/erase.sql"))
            .step("put visitors under pseudonyms")
    }

    fn touches_of(&mut self, visitors: Columns) -> Result<Vec<(WorkspaceId, u64, Touch)>> {
        append(self.connection, visitors)?;
        let sql = include_str!("queries/touches_of_visitors.sql");
        self.ask(sql, [], "look for touches", |row| {
            let touch = Touch {
                at: UnixMillis(row.get(2)?),
                seq: row.get(3)?,
                traffic: TrafficKey(row.get(4)?),
                direct: row.get::<_, i64>(5)? != 0,
            };
            Ok((WorkspaceId(row.get(0)?), row.get(1)?, touch))
        })
    }

    fn append(&mut self, rows: Columns) -> Result<()> {
        append(self.connection, rows)
    }

    fn append_labels(&mut self, labels: Columns) -> Result<()> {
        append(self.connection, labels)?;
        self.connection
            .execute_batch(include_str!("queries/insert_labels.sql"))
            .step("store labels")
    }

    fn append_days(&mut self, sums: Rollup<'_>, dictionary: &Dictionary<'_>) -> Result<()> {
        self.learned.days = days::store(self.connection, self.days, sums, dictionary)?;
        days::label_late(self.connection, self.days, dictionary)?;
        self.learned.labelled.clone_from(&dictionary.new);
        Ok(())
    }

    fn credit(&mut self, outdated: Columns, credits: Columns) -> Result<()> {
        if outdated.rows() > 0 {
            append(self.connection, outdated)?;
            self.connection
                .execute_batch(include_str!("queries/delete_credited.sql"))
                .step("delete outdated credits")?;
        }
        append(self.connection, credits)?;
        self.connection
            .execute_batch(include_str!("queries/insert_credited.sql"))
            .step("store credited outcomes")
    }
}

fn owed(row: &Row<'_>) -> duckdb::Result<Owed> {
    let declared: u64 = row.get(5)?;
    Ok(Owed {
        workspace: WorkspaceId(row.get(0)?),
        id: (row.get(1)?, row.get(2)?),
        visitor: row.get(3)?,
        credited: Credited {
            created: UnixMillis(row.get(4)?),
            declared: (declared != 0).then_some(TrafficKey(declared)),
        },
    })
}

fn id_of(row: &Row<'_>) -> duckdb::Result<FactId> {
    let (id_hi, id_lo) = (row.get::<_, u64>(0)?, row.get::<_, u64>(1)?);
    Ok(FactId((u128::from(id_hi) << 64) | u128::from(id_lo)))
}
