//! A report as a file: CSV, XLSX or JSON.

mod csv;
mod intervals;
mod request;
mod xlsx;

use crate::error::{Error, Result};
use crate::report::Report;

pub use intervals::Intervals;
pub use request::{ExportFormat, ExportRequest};

/// A file to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    pub bytes: Vec<u8>,
    pub content_type: &'static str,
    /// Says what the numbers are of, in letters that every system takes.
    pub name: String,
}

/// Whether a CSV starts with a mark that makes spreadsheets read it as UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ByteOrderMark {
    #[default]
    Written,
    Omitted,
}

/// Writes the report in a format.
///
/// # Errors
/// `Error::Export` when the file cannot be laid out.
pub fn export(report: &Report, format: ExportFormat, mark: ByteOrderMark) -> Result<ExportFile> {
    match format {
        ExportFormat::Csv => Ok(ExportFile {
            bytes: csv::write(report, mark)?,
            content_type: "text/csv; charset=utf-8",
            name: name(report, "csv"),
        }),
        ExportFormat::Xlsx => Ok(ExportFile {
            bytes: xlsx::write(report)?,
            content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            name: name(report, "xlsx"),
        }),
        ExportFormat::Json => {
            let bytes = serde_json::to_vec_pretty(report).map_err(|error| Error::Export {
                format: "json",
                detail: error.to_string(),
            })?;
            Ok(ExportFile {
                bytes,
                content_type: "application/json",
                name: name(report, "json"),
            })
        }
    }
}

fn name(report: &Report, extension: &str) -> String {
    format!(
        "report_{}_{}_by-{}-date_{}_{}.{extension}",
        report.period.from,
        report.period.to,
        report.date_basis,
        report.attribution.replace('_', "-"),
        report.currency,
    )
}

/// What the numbers are of, for the head of a file: name and value.
fn heading(report: &Report) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        (
            "Period",
            format!("{} – {}", report.period.from, report.period.to),
        ),
        ("Time zone", report.period.time_zone.clone()),
        ("Date basis", report.date_basis.clone()),
        ("Attribution", report.attribution.clone()),
        ("Currency", report.currency.clone()),
        ("Generated at", report.generated_at.clone()),
    ];
    if let Some(compare) = &report.compare {
        lines.push((
            "Compared with",
            format!("{} – {}", compare.from, compare.to),
        ));
    }
    if let Some(known) = &report.as_known_on {
        lines.push(("As known on", known.clone()));
    }
    lines
}
