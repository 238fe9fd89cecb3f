//! A report as a table, CSV or JSON.

use anyhow::{Context as _, bail};
use app::{Actor, App};
use reports::catalogue::Unit;
use reports::export::{ByteOrderMark, ExportFormat, export};
use reports::{Cell, ColumnKind, Language, Query, Report, ReportRow};
use serde_json::json;

use super::{open_as_operator, print};
use crate::cli::{self, Attribution};
use crate::config::Config;
use crate::nearest::hint;

pub(crate) async fn run(config: &Config, command: &cli::Report, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, command.workspace).await?;
    require_known(&app, &actor, command)?;
    let question: Query = serde_json::from_value(json!({
        "metrics": command.metrics,
        "dimensions": command.by,
        "period": {"from": command.from, "to": command.to},
        "date_basis": command.basis,
        "attribution": command.attribution,
        "limit": command.limit,
    }))
    .context("the question is not complete")?;
    let report = app.report(&actor, question).await?;
    if json {
        print::say!("{}", serde_json::to_string_pretty(&report)?);
    } else if command.csv {
        let mark = ByteOrderMark::Omitted;
        let file = export(&report, ExportFormat::Csv, mark, Language::En)?;
        print::say_text!(String::from_utf8_lossy(&file.bytes));
    } else {
        print::say!("{}", table(&report));
        if let Some(cut) = cut(&report.rows, report.rows_total) {
            print::say!("{cut}");
        }
        print::say!("\n{}", footer(&report, command.attribution));
    }
    Ok(())
}

/// Mistyped names are answered with the ones that were meant.
fn require_known(app: &App, actor: &Actor, command: &cli::Report) -> anyhow::Result<()> {
    let catalogue = app.catalogue(actor, Language::En)?;
    let metrics: Vec<&str> = catalogue.metrics.iter().map(|metric| metric.key).collect();
    let dimensions: Vec<&str> = catalogue.dimensions.iter().map(|one| one.key).collect();
    for (what, given, known) in [
        ("metric", &command.metrics, metrics),
        ("dimension", &command.by, dimensions),
    ] {
        if let Some(wrong) = given.iter().find(|key| !known.contains(&key.as_str())) {
            let hint = hint(wrong, known);
            bail!("there is no {what} {wrong:?}{hint} (`throughline metrics` lists them)");
        }
    }
    Ok(())
}

fn table(report: &Report) -> String {
    let header: Vec<String> = report.columns.iter().map(|c| c.title.clone()).collect();
    let units = report
        .columns
        .iter()
        .filter(|c| c.kind == ColumnKind::Metric);
    let units: Vec<Option<Unit>> = units.map(|column| column.unit).collect();
    let words = header.len() - units.len();
    let numbers = |cells: &[Cell]| -> Vec<String> {
        let shown = cells.iter().zip(&units);
        shown.map(|(cell, unit)| shown_cell(cell, *unit)).collect()
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    if let Some(totals) = &report.totals {
        let mut total = vec![String::new(); words];
        if let Some(first) = total.first_mut() {
            "Total".clone_into(first);
        }
        total.extend(numbers(totals));
        rows.push(total);
    }
    let row = |row: &ReportRow| {
        let labels = row.dimensions.iter().map(|value| value.label.clone());
        labels.chain(numbers(&row.cells)).collect()
    };
    rows.extend(report.rows.iter().map(row));
    print::numbers(&header, &rows, words)
}

/// What is not shown, if something is. The unknown row always is, beyond the limit.
fn cut(rows: &[ReportRow], rows_total: usize) -> Option<String> {
    let is_unknown = |row: &&ReportRow| row.dimensions.iter().all(|of| of.value.is_none());
    let unknown = rows.iter().filter(is_unknown).count();
    let (shown, all) = (rows.len() - unknown, rows_total - unknown);
    let beside = if unknown > 0 {
        " and the unknown one"
    } else {
        ""
    };
    (shown < all).then(|| {
        format!("… {shown} of {all} rows{beside}; --limit shows more. The totals are of all.")
    })
}

/// What the numbers are: of which days, by which date, by whose credit, in which money.
fn footer(report: &Report, attribution: Attribution) -> String {
    let credit = match attribution {
        Attribution::LastNonDirect => "last non-direct",
        Attribution::First => "first",
        Attribution::Last => "last",
    };
    format!(
        "{} – {}, by {} date, {credit} attribution, {}.",
        report.period.from, report.period.to, report.date_basis, report.currency
    )
}

fn shown_cell(cell: &Cell, unit: Option<Unit>) -> String {
    let nothing = match cell.reason {
        Some("infinite") => "∞",
        _ => "—",
    };
    let Some(value) = &cell.value else {
        return nothing.to_owned();
    };
    let percent = if unit == Some(Unit::Percent) { "%" } else { "" };
    format!("{}{percent}", grouped(value))
}

/// A decimal number with its thousands apart.
fn grouped(value: &str) -> String {
    let (sign, value) = match value.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", value),
    };
    let (whole, part) = value.split_at(value.find('.').unwrap_or(value.len()));
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + part
}

#[cfg(test)]
mod tests {
    use reports::DimensionValue;

    use super::*;

    fn row(value: Option<&str>) -> ReportRow {
        let dimension = DimensionValue {
            value: value.map(str::to_owned),
            label: value.unwrap_or("Unknown").to_owned(),
            colour: None,
            expandable: None,
        };
        ReportRow {
            dimensions: vec![dimension],
            cells: Vec::new(),
        }
    }

    #[test]
    fn the_unknown_row_is_beyond_the_limit() {
        let known = [row(Some("a")), row(Some("b"))];
        let with_unknown = [known.as_slice(), &[row(None)]].concat();
        let told = |rows: &[ReportRow], rows_total| cut(rows, rows_total);
        assert_eq!(told(&known, 2), None);
        assert_eq!(told(&with_unknown, 3), None);
        assert_eq!(
            told(&with_unknown, 11).as_deref(),
            Some("… 2 of 10 rows and the unknown one; --limit shows more. The totals are of all.")
        );
        assert_eq!(
            told(&known, 11).as_deref(),
            Some("… 2 of 11 rows; --limit shows more. The totals are of all.")
        );
    }

    #[test]
    fn a_number_is_read_by_its_thousands() {
        for (value, wanted) in [
            ("7", "7"),
            ("-999.50", "-999.50"),
            ("1000", "1,000"),
            ("-1234567.89", "-1,234,567.89"),
        ] {
            assert_eq!(grouped(value), wanted);
        }
    }
}
