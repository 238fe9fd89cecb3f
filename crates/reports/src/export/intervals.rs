//! The bounds of rates as two columns of their own in a file.

use crate::catalogue::metric;
use crate::interval::CONFIDENCE;
use crate::report::{Cell, Column, ColumnKind, Report, ReportRow};

/// Whether a file shows how sure its rates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Intervals {
    #[default]
    Omitted,
    /// Two columns more after every rate.
    Beside,
}

impl Intervals {
    /// The report as the file lays it out.
    #[must_use]
    pub fn lay_out(self, report: Report) -> Report {
        match self {
            Self::Omitted => report,
            Self::Beside => beside_rates(&report),
        }
    }
}

/// The report with a lower and an upper bound after every rate.
fn beside_rates(report: &Report) -> Report {
    let is_rate =
        |column: &&Column| metric(&column.key).is_some_and(crate::catalogue::Metric::is_proportion);
    let metrics = report
        .columns
        .iter()
        .filter(|column| column.kind == ColumnKind::Metric);
    let rates: Vec<bool> = metrics.map(|column| is_rate(&column)).collect();
    let widened = |cells: &Vec<Cell>| {
        let cells = cells.iter().zip(&rates);
        cells
            .flat_map(|(cell, rate)| with_bounds(cell, *rate))
            .collect()
    };
    let columns = report.columns.iter();
    Report {
        columns: columns
            .flat_map(|column| with_bound_columns(column, is_rate(&column)))
            .collect(),
        rows: report
            .rows
            .iter()
            .map(|row| ReportRow {
                dimensions: row.dimensions.clone(),
                cells: widened(&row.cells),
            })
            .collect(),
        totals: report.totals.as_ref().map(widened),
        ..report.clone()
    }
}

fn with_bounds(cell: &Cell, is_rate: bool) -> Vec<Cell> {
    let bound = |value: Option<&String>| Cell {
        value: value.cloned(),
        ..Cell::default()
    };
    let mut cells = vec![cell.clone()];
    if is_rate {
        let interval = cell.interval.as_ref();
        cells.push(bound(interval.map(|interval| &interval.low)));
        cells.push(bound(interval.map(|interval| &interval.high)));
    }
    cells
}

fn with_bound_columns(column: &Column, is_rate: bool) -> Vec<Column> {
    let level = CONFIDENCE.percent();
    let bound = |sign: &str, end: &str| Column {
        key: format!("{}_{end}", column.key),
        title: format!("{} {sign} {level}%", column.title),
        ..column.clone()
    };
    let mut columns = vec![column.clone()];
    if is_rate {
        columns.push(bound("≥", "low"));
        columns.push(bound("≤", "high"));
    }
    columns
}
