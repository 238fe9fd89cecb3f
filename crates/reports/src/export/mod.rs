//! A report as a file: CSV, XLSX, PDF or JSON, and as a page for a mail.

mod csv;
mod html;
mod intervals;
mod pdf;
mod request;
mod xlsx;

use crate::Language;
use crate::catalogue::{Words, attribution_title, date_basis_title};
use crate::error::{Error, Result};
use crate::report::Report;

pub use html::{html, readable};
pub use intervals::Intervals;
pub use pdf::ROWS_MAX as PDF_ROWS_MAX;
pub use request::{ExportFormat, ExportRequest};

/// Title of a report that has no other.
const REPORT: Words = Words::new("Report", "Отчёт", "Raport");
/// Name of the line of totals.
const TOTAL: Words = Words::new("Total", "Итого", "Razem");
const PERIOD: Words = Words::new("Period", "Период", "Okres");
const TIME_ZONE: Words = Words::new("Time zone", "Часовой пояс", "Strefa czasowa");
const DATE_BASIS: Words = Words::new("Date basis", "Учёт по дате", "Data zaliczenia");
const ATTRIBUTION: Words = Words::new("Attribution", "Атрибуция", "Atrybucja");
const CURRENCY: Words = Words::new("Currency", "Валюта", "Waluta");
const GENERATED_AT: Words = Words::new("Generated at", "Составлен", "Utworzono");
const COMPARED_WITH: Words = Words::new("Compared with", "В сравнении с", "W porównaniu z");
const AS_KNOWN_ON: Words = Words::new("As known on", "По данным на", "Stan wiedzy na");

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

/// Writes the report in a format, its own words in the language of the titles.
///
/// # Errors
/// `Error::Export` when the file cannot be laid out.
pub fn export(
    report: &Report,
    format: ExportFormat,
    mark: ByteOrderMark,
    language: Language,
) -> Result<ExportFile> {
    match format {
        ExportFormat::Csv => Ok(ExportFile {
            bytes: csv::write(report, mark, language)?,
            content_type: "text/csv; charset=utf-8",
            name: name(report, "csv"),
        }),
        ExportFormat::Xlsx => Ok(ExportFile {
            bytes: xlsx::write(report, language)?,
            content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            name: name(report, "xlsx"),
        }),
        ExportFormat::Pdf => printed(report, REPORT.get(language), language),
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

/// The report as a PDF under a title, its first thousand rows.
///
/// # Errors
/// `Error::Export` when the file cannot be laid out.
pub fn printed(report: &Report, title: &str, language: Language) -> Result<ExportFile> {
    Ok(ExportFile {
        bytes: pdf::write(report, title, language)?,
        content_type: "application/pdf",
        name: name(report, "pdf"),
    })
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
fn heading(report: &Report, language: Language) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        (
            &PERIOD,
            format!("{} – {}", report.period.from, report.period.to),
        ),
        (&TIME_ZONE, report.period.time_zone.clone()),
        (&DATE_BASIS, date_basis_title(&report.date_basis, language)),
        (
            &ATTRIBUTION,
            attribution_title(&report.attribution, language),
        ),
        (&CURRENCY, report.currency.clone()),
        (&GENERATED_AT, report.generated_at.clone()),
    ];
    if let Some(compare) = &report.compare {
        let period = format!("{} – {}", compare.from, compare.to);
        lines.push((&COMPARED_WITH, period));
    }
    if let Some(known) = &report.as_known_on {
        lines.push((&AS_KNOWN_ON, known.clone()));
    }
    let read = |(name, value): (&Words, String)| (name.get(language), value);
    lines.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Period;
    use crate::request::Vat;

    fn report() -> Report {
        Report {
            columns: Vec::new(),
            rows: Vec::new(),
            totals: None,
            rows_total: 0,
            period: Period {
                from: "2026-03-01".to_owned(),
                to: "2026-03-31".to_owned(),
                time_zone: "Europe/Warsaw".to_owned(),
                complete_until: "2026-03-31T22:00:00Z".to_owned(),
            },
            compare: None,
            currency: "PLN".to_owned(),
            date_basis: "payment".to_owned(),
            attribution: "last_non_direct".to_owned(),
            as_known_on: Some("2026-04-02".to_owned()),
            vat: Vat::default(),
            generated_at: "2026-04-03T10:00:00Z".to_owned(),
            elapsed_ms: 0,
            notes: Vec::new(),
            history: None,
        }
    }

    fn check_head(language: Language, basis: (&str, &str), model: &str) {
        let head = heading(&report(), language);
        assert_eq!(head[2], (basis.0, basis.1.to_owned()));
        assert_eq!(head[3].1, model);
        assert_eq!((head.len(), &*head[6].1), (7, "2026-04-02"));
    }

    #[test]
    fn the_head_of_a_file_is_in_the_language_of_its_titles() {
        check_head(
            Language::En,
            ("Date basis", "Date of payment"),
            "Last non-direct",
        );
        check_head(
            Language::Ru,
            ("Учёт по дате", "Дата оплаты"),
            "Последний непрямой",
        );
        check_head(
            Language::Pl,
            ("Data zaliczenia", "Data płatności"),
            "Ostatni niebezpośredni",
        );
    }
}
