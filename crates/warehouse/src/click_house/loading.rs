//! A batch in the making: its rows are stored as they come, and count once it is committed.

use std::collections::HashSet;
use std::time::Duration;

use base::{FactId, ImportId, TimeZone, TrafficKey, UnixMillis, VisitId, WorkspaceId};

use super::client::Statement;
use super::migrate;
use super::rows::Cells;
use super::writer::{Credits, Moves, Writer, read_all};
use crate::columns::{Columns, Place};
use crate::credit::{Credited, Touch};
use crate::credit_outcomes::Owed;
use crate::engine::{Dictionary, Loading, Stored};
use crate::error::Result;
use crate::query::{Limits, Parameter};
use crate::rollup::Rollup;
use crate::rows::VisitStart;

/// A batch that is not committed yet.
pub(super) struct Open<'a> {
    writer: &'a Writer,
    batch: u64,
    moves: Moves,
}

/// Looks of a load read what they need, however much it is.
const LOOK: Limits = Limits {
    timeout: Duration::from_mins(5),
    rows_max: usize::MAX,
};

impl<'a> Open<'a> {
    pub(super) fn new(writer: &'a Writer, batch: u64) -> Self {
        Self {
            writer,
            batch,
            moves: Moves::default(),
        }
    }

    /// What the batch has laid down.
    pub(super) fn moves(&self) -> Moves {
        self.moves
    }

    /// The rows of an answer about staged rows.
    fn ask<T>(
        &self,
        sql: &str,
        parameters: &[Parameter],
        staged: &Columns,
        read: impl FnMut(&mut Cells) -> Result<T>,
    ) -> Result<Vec<T>> {
        let statement = Statement::new(sql).with(parameters).beside(staged);
        read_all(self.writer.ask(statement, LOOK)?, read)
    }
}

impl Loading for Open<'_> {
    fn stored(&mut self, facts: Stored, ids: Columns) -> Result<HashSet<FactId>> {
        let table = match facts {
            Stored::RepeatableHits => "repeatable_hits",
            Stored::Outcomes => "outcomes",
            Stored::Costs => "costs",
            Stored::LeadStates => "lead_states",
            Stored::History => "history",
        };
        let sql = include_str!("queries/stored_ids.sql").replace(":table", table);
        let found = self.ask(&sql, &[], &ids, id_of)?;
        Ok(found.into_iter().collect())
    }

    fn recent_hits(
        &mut self,
        ids: Columns,
        since: UnixMillis,
    ) -> Result<Vec<(FactId, UnixMillis)>> {
        let sql = include_str!("queries/stored_recent_hits.sql");
        self.ask(sql, &[Parameter::Int(since.0)], &ids, |cells| {
            Ok((id_of(cells)?, UnixMillis(cells.int()?)))
        })
    }

    fn visit_starts(
        &mut self,
        visits: Columns,
        (first, last): (UnixMillis, UnixMillis),
    ) -> Result<Vec<(VisitId, VisitStart)>> {
        let sql = include_str!("queries/visit_starts.sql");
        let span = [Parameter::Int(first.0), Parameter::Int(last.0)];
        self.ask(sql, &span, &visits, |cells| {
            let visit = VisitId(cells.key()?);
            let start = VisitStart {
                traffic: TrafficKey(cells.key()?),
                site: cells.int_or_null()?,
                link: cells.int_or_null()?,
                page_host: cells.text()?,
                page_path: cells.text()?,
                device: cells.text()?,
                browser: cells.text()?,
                os: cells.text()?,
                country: cells.text()?,
                bot: cells.text()?,
            };
            Ok((visit, start))
        })
    }

    fn outcomes_after(&mut self, touches: Columns) -> Result<Vec<Owed>> {
        let sql = include_str!("queries/outcomes_to_credit.sql");
        self.ask(sql, &[], &touches, owed)
    }

    fn outcomes_since(&mut self, workspace: WorkspaceId, from: UnixMillis) -> Result<Vec<Owed>> {
        let sql = include_str!("queries/outcomes_since.sql");
        let parameters = [Parameter::Int(workspace.0), Parameter::Int(from.0)];
        let statement = Statement::new(sql).with(&parameters);
        read_all(self.writer.ask(statement, LOOK)?, owed)
    }

    fn outcomes_touched(&mut self, workspace: WorkspaceId, import: ImportId) -> Result<Vec<Owed>> {
        let sql = include_str!("queries/outcomes_touched.sql");
        let parameters = [Parameter::Int(workspace.0), Parameter::Int(import.0)];
        let statement = Statement::new(sql).with(&parameters);
        read_all(self.writer.ask(statement, LOOK)?, owed)
    }

    /// They go once the batch is committed.
    fn take_out(
        &mut self,
        workspace: WorkspaceId,
        import: ImportId,
        zone: &TimeZone,
    ) -> Result<()> {
        self.moves.withdrawn = true;
        let mut rows = Columns::new("withdrawn", Place::Stored, "iit");
        rows.int(workspace.0).int(import.0).text(zone.name());
        self.append(rows)
    }

    /// The rows themselves go once the batch is committed.
    fn erase(&mut self, erasing: Columns) -> Result<()> {
        self.moves.erased = true;
        self.moves.credits = Credits::Added;
        self.append(erasing)?;
        let script = include_str!("queries/erase.sql").replace(":batch", &self.batch.to_string());
        for statement in migrate::statements(&script) {
            let statement = Statement::new(self.writer.guarded(statement));
            self.writer
                .run(statement, "put visitors under pseudonyms")?;
        }
        Ok(())
    }

    fn touches_of(&mut self, visitors: Columns) -> Result<Vec<(WorkspaceId, u64, Touch)>> {
        let sql = include_str!("queries/touches_of_visitors.sql")
            .replace(":batch", &self.batch.to_string());
        self.ask(&sql, &[], &visitors, |cells| {
            let (workspace, visitor) = (WorkspaceId(cells.int()?), cells.key()?);
            let touch = Touch {
                at: UnixMillis(cells.int()?),
                seq: cells.int()?,
                traffic: TrafficKey(cells.key()?),
                direct: cells.int()? != 0,
            };
            Ok((workspace, visitor, touch))
        })
    }

    fn append(&mut self, rows: Columns) -> Result<()> {
        if rows.rows() == 0 {
            return Ok(());
        }
        self.writer.insert(rows.table, &rows, self.batch)
    }

    fn append_labels(&mut self, labels: Columns) -> Result<()> {
        self.writer.insert_labels(&labels, self.batch, self.batch)
    }

    /// Labels join when a report is asked, so nothing is kept of the dictionary.
    fn append_days(&mut self, sums: Rollup<'_>, _: &Dictionary<'_>) -> Result<()> {
        if sums.is_empty() {
            return Ok(());
        }
        self.moves.days = true;
        self.append(sums.rows())
    }

    fn credit(&mut self, outdated: Columns, credits: Columns) -> Result<()> {
        self.moves.credits = match outdated.rows() {
            0 => Credits::Added,
            _ => Credits::Replaced,
        };
        if outdated.rows() > 0 {
            self.writer.insert("recredited", &outdated, self.batch)?;
        }
        let sql = self
            .writer
            .guarded(include_str!("queries/insert_credited.sql"))
            .replace(":batch", &self.batch.to_string());
        let statement = Statement::new(sql).beside(&credits);
        self.writer.run(statement, "lay credits down")
    }
}

fn owed(cells: &mut Cells) -> Result<Owed> {
    let workspace = WorkspaceId(cells.int()?);
    let id = (cells.key()?, cells.key()?);
    let visitor = cells.key()?;
    let created = UnixMillis(cells.int()?);
    let declared = cells.key()?;
    Ok(Owed {
        workspace,
        id,
        visitor,
        credited: Credited {
            created,
            declared: (declared != 0).then_some(TrafficKey(declared)),
        },
    })
}

fn id_of(cells: &mut Cells) -> Result<FactId> {
    let (id_hi, id_lo) = (cells.key()?, cells.key()?);
    Ok(FactId((u128::from(id_hi) << 64) | u128::from(id_lo)))
}
