//! CSV that spreadsheets open without running anything in it.

use base::safe_cell;

use crate::Language;
use crate::error::{Error, Result};
use crate::export::{ByteOrderMark, TOTAL};
use crate::report::{Cell, ColumnKind, Report};

/// The table with a header of titles; totals are the last line.
pub(crate) fn write(report: &Report, mark: ByteOrderMark, language: Language) -> Result<Vec<u8>> {
    let failed = |error: csv::Error| Error::Export {
        format: "csv",
        detail: error.to_string(),
    };
    let mut bytes = Vec::new();
    if mark == ByteOrderMark::Written {
        bytes.extend_from_slice("\u{feff}".as_bytes());
    }
    let mut writer = csv::WriterBuilder::new().from_writer(bytes);
    let header = report
        .columns
        .iter()
        .map(|column| safe_cell(&column.title).into_owned());
    writer.write_record(header).map_err(failed)?;
    for row in &report.rows {
        let labels = row
            .dimensions
            .iter()
            .map(|value| safe_cell(&value.label).into_owned());
        writer
            .write_record(labels.chain(row.cells.iter().map(number)))
            .map_err(failed)?;
    }
    if let Some(totals) = &report.totals {
        let is_key = |kind: ColumnKind| kind != ColumnKind::Metric;
        let keys = report
            .columns
            .iter()
            .filter(|column| is_key(column.kind))
            .count();
        let total = |index| match index {
            0 => TOTAL.get(language).to_owned(),
            _ => String::new(),
        };
        let names = (0..keys).map(total);
        writer
            .write_record(names.chain(totals.iter().map(number)))
            .map_err(failed)?;
    }
    writer.into_inner().map_err(|error| Error::Export {
        format: "csv",
        detail: error.to_string(),
    })
}

/// Numbers come from us and stay as they are, negative ones too.
fn number(cell: &Cell) -> String {
    cell.value.clone().unwrap_or_default()
}
