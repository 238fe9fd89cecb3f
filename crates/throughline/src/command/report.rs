//! A report as a table, CSV or JSON.

use anyhow::Context as _;
use reports::export::{ByteOrderMark, ExportFormat, export};
use reports::{Cell, Language, Query, ReportRow};
use serde_json::json;

use super::{open_as_operator, print};
use crate::cli::Report;
use crate::config::Config;

pub(crate) async fn run(config: &Config, command: &Report, json: bool) -> anyhow::Result<()> {
    let (app, actor) = open_as_operator(config, command.workspace).await?;
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
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else if command.csv {
        let mark = ByteOrderMark::Omitted;
        let file = export(&report, ExportFormat::Csv, mark, Language::En)?;
        print!("{}", String::from_utf8_lossy(&file.bytes));
    } else {
        let header: Vec<String> = report.columns.iter().map(|c| c.title.clone()).collect();
        let width = report.columns.len();
        let mut rows: Vec<Vec<String>> = Vec::new();
        if let Some(totals) = &report.totals {
            let mut total = vec![String::new(); width.saturating_sub(totals.len())];
            if let Some(first) = total.first_mut() {
                "Total".clone_into(first);
            }
            total.extend(totals.iter().map(shown));
            rows.push(total);
        }
        rows.extend(report.rows.iter().map(cells));
        println!("{}", print::table(&header, &rows));
        println!(
            "\nBy {} date, {} attribution, {}.",
            report.date_basis,
            report
                .attribution
                .replace("last_non_direct", "last non-direct"),
            report.currency
        );
    }
    Ok(())
}

fn cells(row: &ReportRow) -> Vec<String> {
    let labels = row.dimensions.iter().map(|value| value.label.clone());
    labels.chain(row.cells.iter().map(shown)).collect()
}

fn shown(cell: &Cell) -> String {
    let nothing = match cell.reason {
        Some("infinite") => "∞",
        _ => "—",
    };
    cell.value.clone().unwrap_or_else(|| nothing.to_owned())
}
