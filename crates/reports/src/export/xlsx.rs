//! XLSX with real numbers, and a head that says what they are of.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use crate::Language;
use crate::catalogue::Unit;
use crate::error::{Error, Result};
use crate::export::html::unit_of;
use crate::export::{TOTAL, heading};
use crate::report::{Cell, Column, ColumnKind, Report};

pub(crate) fn write(report: &Report, language: Language) -> Result<Vec<u8>> {
    lay_out(report, language).map_err(|error| Error::Export {
        format: "xlsx",
        detail: error.to_string(),
    })
}

fn lay_out(report: &Report, language: Language) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = workbook.add_worksheet();
    let mut line = 0;
    for (name, value) in heading(report, language) {
        sheet.write_string_with_format(line, 0, name, &bold)?;
        sheet.write_string(line, 1, &value)?;
        line += 1;
    }
    line += 1;
    for (place, column) in (0..).zip(&report.columns) {
        let title = format!("{}{}", column.title, unit_of(column, &report.currency));
        sheet.write_string_with_format(line, place, title, &bold)?;
    }
    sheet.set_freeze_panes(line + 1, 0)?;
    let metrics: Vec<&Column> = report
        .columns
        .iter()
        .filter(|column| column.kind == ColumnKind::Metric)
        .collect();
    let keys = u16::try_from(report.columns.len() - metrics.len()).unwrap_or(u16::MAX);
    for row in &report.rows {
        line += 1;
        for (column, value) in (0..).zip(&row.dimensions) {
            // A string cell is never run as a formula.
            sheet.write_string(line, column, &value.label)?;
        }
        write_cells(sheet, line, keys, &metrics, &row.cells)?;
    }
    if let Some(totals) = &report.totals {
        line += 1;
        if keys > 0 {
            sheet.write_string_with_format(line, 0, TOTAL.get(language), &bold)?;
        }
        write_cells(sheet, line, keys, &metrics, totals)?;
    }
    sheet.autofit();
    workbook.save_to_buffer()
}

fn write_cells(
    sheet: &mut Worksheet,
    line: u32,
    first: u16,
    metrics: &[&Column],
    cells: &[Cell],
) -> std::result::Result<(), XlsxError> {
    for (column, (metric, cell)) in (first..).zip(metrics.iter().zip(cells)) {
        // The file format knows no other numbers than floats; ours are exact until here.
        let number = cell
            .value
            .as_deref()
            .and_then(|value| value.parse::<f64>().ok());
        if let Some(number) = number {
            sheet.write_number_with_format(line, column, number, &number_format(metric))?;
        }
    }
    Ok(())
}

fn number_format(metric: &Column) -> Format {
    let digits = usize::from(metric.digits.unwrap_or_default());
    let fraction = if digits == 0 {
        String::new()
    } else {
        format!(".{}", "0".repeat(digits))
    };
    let suffix = if metric.unit == Some(Unit::Percent) {
        "\"%\""
    } else {
        ""
    };
    Format::new().set_num_format(format!("#,##0{fraction}{suffix}"))
}
