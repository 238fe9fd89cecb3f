//! A report as a table, CSV or JSON.

mod condition;

use anyhow::{Context as _, bail};
use app::{Actor, App};
use reports::catalogue::Unit;
use reports::export::{ByteOrderMark, ExportFormat, export};
use reports::{Cell, ChangeUnit, ColumnKind, Language, Query, Report, ReportRow};
use serde_json::{Value, json};

use super::{open_as_operator, print};
use crate::cli::{self, Attribution};
use crate::config::Config;
use crate::nearest::hint;
use condition::Condition;

pub(crate) async fn run(config: &Config, command: &cli::Report, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, command.workspace).await?;
    let by: Vec<&String> = command.by.iter().filter(|key| !key.is_empty()).collect();
    let filters = command.filter.iter().map(|text| Condition::parse(text));
    let filters = filters.collect::<anyhow::Result<Vec<_>>>()?;
    let asked = filters.iter().map(|condition| &condition.dimension);
    let dimensions: Vec<&String> = by.iter().copied().chain(asked).collect();
    require_known(&app, &actor, command, &dimensions).await?;
    let compare = command.compare.as_deref().map(days).transpose()?;
    let question: Query = serde_json::from_value(json!({
        "metrics": command.metrics,
        "dimensions": by,
        "filters": filters,
        "period": {"from": command.from, "to": command.to},
        "compare": compare,
        "bucket": command.bucket,
        "vat": command.vat,
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
async fn require_known(
    app: &App,
    actor: &Actor,
    command: &cli::Report,
    dimensions: &[&String],
) -> anyhow::Result<()> {
    let catalogue = app.catalogue(actor, Language::En).await?;
    let known_metrics: Vec<&str> = catalogue
        .metrics
        .iter()
        .map(|metric| metric.key.as_str())
        .collect();
    let known_dimensions: Vec<&str> = catalogue.dimensions.iter().map(|one| one.key).collect();
    let metrics: Vec<&String> = command.metrics.iter().collect();
    for (what, given, known) in [
        ("metric", metrics.as_slice(), known_metrics),
        ("dimension", dimensions, known_dimensions),
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
    if words == 0 {
        return totals_alone(report, &units);
    }
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

/// One number a line, where there is nothing to split them by.
fn totals_alone(report: &Report, units: &[Option<Unit>]) -> String {
    let cells = report.totals.as_ref();
    let cells = cells.or(report.rows.first().map(|row| &row.cells));
    let lines = cells.into_iter().flatten().zip(&report.columns).zip(units);
    let lines: Vec<Vec<String>> = lines
        .map(|((cell, column), unit)| vec![column.title.clone(), shown_cell(cell, *unit)])
        .collect();
    print::numbers(&["Metric".to_owned(), "Total".to_owned()], &lines, 1)
}

/// First and last day of `FROM..TO`.
fn days(text: &str) -> anyhow::Result<Value> {
    let (from, to) = text
        .split_once("..")
        .with_context(|| format!("{text:?} is no pair of days such as 2026-10-01..2026-10-31"))?;
    Ok(json!({"from": from, "to": to}))
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
    let compared = report.compare.as_ref();
    let compared = compared.map_or(String::new(), |other| {
        format!(" against {} – {}", other.from, other.to)
    });
    let vat = match report.vat {
        reports::Vat::Net => "",
        reports::Vat::Gross => " with VAT",
    };
    format!(
        "{} – {}{compared}, by {} date, {credit} attribution, {}{vat}.",
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
    let change = match (&cell.change, cell.change_unit) {
        (Some(Some(change)), Some(ChangeUnit::Pp)) => format!(" ({} pp)", signed(change)),
        (Some(Some(change)), _) => format!(" ({}%)", signed(change)),
        (Some(None) | None, _) => String::new(),
    };
    format!("{}{percent}{change}", grouped(value))
}

fn signed(change: &str) -> String {
    let plus = if change.starts_with('-') { "" } else { "+" };
    format!("{plus}{change}")
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
            formerly: Vec::new(),
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
    fn a_change_stands_beside_its_number() {
        let cell = |change: &str, unit| Cell {
            value: Some("1200".to_owned()),
            change: Some(Some(change.to_owned())),
            change_unit: Some(unit),
            ..Cell::default()
        };
        let percent = cell("-8.1", ChangeUnit::Percent);
        assert_eq!(shown_cell(&percent, None), "1,200 (-8.1%)");
        let points = cell("2.0", ChangeUnit::Pp);
        assert_eq!(shown_cell(&points, Some(Unit::Percent)), "1,200% (+2.0 pp)");
    }

    #[test]
    fn days_to_compare_with_are_a_pair() {
        let pair = days("2026-10-01..2026-10-31").unwrap();
        assert_eq!(pair, json!({"from": "2026-10-01", "to": "2026-10-31"}));
        assert!(days("2026-10-01").is_err());
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
