//! Facts as Parquet files that any tool reads: a file for each UTC day of a table, and one for
//! each table that grows slowly.

use std::path::Path;
use std::time::Duration;

use base::{Day, DayRange, Described, WorkspaceId};

use crate::error::Result;
use crate::query::{Limits, Parameter, Value};
use crate::warehouse::{EngineKind, Warehouse};

const FACTS: Described = Described::new(include_str!("export/facts.txt"));
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A table of an export.
#[derive(Debug, Clone)]
pub struct FactTable {
    pub name: &'static str,
    pub meaning: &'static str,
    pub columns: Vec<FactColumn>,
    /// What tells the moment of a row in milliseconds; none where the table is told as a whole.
    time: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
pub struct FactColumn {
    pub name: &'static str,
    pub meaning: &'static str,
}

/// A file of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactPiece {
    /// The day by UTC; none where the table is told as a whole.
    pub day: Option<Day>,
    pub rows: u64,
}

const LONG: Limits = Limits {
    timeout: Duration::from_hours(1),
    rows_max: 1_000_000,
};

/// The tables that an export holds.
#[must_use]
pub fn fact_tables() -> Vec<FactTable> {
    let mut tables: Vec<FactTable> = Vec::new();
    for line in FACTS.lines() {
        if let Some(header) = line.strip_prefix("= ") {
            tables.extend(table(header));
        } else if let (Some(table), false) = (tables.last_mut(), line.starts_with("* ")) {
            table.columns.extend(column(line));
        }
    }
    tables
}

impl Warehouse {
    /// The files that a table of a workspace makes, oldest day first.
    ///
    /// # Errors
    /// When the warehouse cannot be asked.
    pub fn fact_pieces(
        &self,
        table: &FactTable,
        workspace: WorkspaceId,
        days: Option<DayRange>,
    ) -> Result<Vec<FactPiece>> {
        let FactTable { name, .. } = table;
        let asked = [Parameter::Int(workspace.0)];
        let Some(time) = table.time else {
            let sql = format!("select count(*) from {name} where workspace = $1");
            let rows = self.query(&sql, &asked, LONG)?.rows;
            let rows = rows.first().and_then(|row| row.first()?.int());
            let rows = rows.and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0);
            return Ok(vec![FactPiece { day: None, rows }]);
        };
        let day = self.day_of(time);
        let within = within(&day, days);
        let sql = format!(
            "select day, count(*) from (select {day} as day from {name} where workspace = $1\
             {within}) as days group by day order by day"
        );
        let found = self.query(&sql, &asked, LONG)?;
        let piece = |row: &Vec<Value>| {
            let day = i32::try_from(row.first()?.int()?).ok()?;
            Some(FactPiece {
                day: Some(Day(day)),
                rows: u64::try_from(row.get(1)?.int()?).ok()?,
            })
        };
        Ok(found.rows.iter().filter_map(piece).collect())
    }

    /// Writes one of them to a file that is not there yet.
    ///
    /// # Errors
    /// When the warehouse cannot be asked, or the file not be written.
    pub fn write_facts(
        &self,
        table: &FactTable,
        workspace: WorkspaceId,
        piece: FactPiece,
        path: &Path,
    ) -> Result<()> {
        let columns: Vec<String> = table.columns.iter().map(|it| quoted(it.name)).collect();
        let columns = columns.join(", ");
        let day = match (table.time, piece.day) {
            (Some(time), Some(day)) => {
                format!(" and {} = {}", self.day_of(time), i64::from(day.0))
            }
            _ => String::new(),
        };
        let FactTable { name, .. } = table;
        let sql = format!("select {columns} from {name} where workspace = {workspace}{day}");
        self.reader.write_parquet(&sql, path)
    }

    /// The UTC day of a moment: of engines, one says whole division by `//`, the other by `intDiv`.
    fn day_of(&self, time: &str) -> String {
        match self.engine() {
            EngineKind::DuckDb => format!("({time}) // {DAY_MS}"),
            EngineKind::ClickHouse => format!("intDiv({time}, {DAY_MS})"),
        }
    }
}

fn within(day: &str, days: Option<DayRange>) -> String {
    days.map_or(String::new(), |days| {
        let (first, last) = (days.first.0, days.last.0);
        format!(" and {day} between {first} and {last}")
    })
}

fn table(header: &'static str) -> Option<FactTable> {
    let mut parts = header.split('|').map(str::trim);
    let (name, time) = (parts.next()?, parts.next()?);
    Some(FactTable {
        name,
        meaning: parts.next()?,
        columns: Vec::new(),
        time: (!time.is_empty()).then_some(time),
    })
}

fn column(line: &'static str) -> Option<FactColumn> {
    let (name, meaning) = FACTS.column(line)?;
    Some(FactColumn { name, meaning })
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}
