//! Everything that is held, in files that any tool reads, so that nobody is locked in.

mod folder;
mod manifest;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use app::{Actor, App};
use base::{Day, DayRange, WorkspaceId, safe_cell};
use serde_json::{Map, Value, json};
use store::exporting::{ExportPlace, ExportedTable, exported_tables, list_exported_rows};
use warehouse::fact_tables;

use super::{catch_up, finish, print};
use crate::cli::Export;
use crate::config::Config;
use crate::open;
use folder::{Folder, Written, written};

pub(crate) async fn run(config: &Config, command: &Export, json: bool) -> anyhow::Result<()> {
    let days = days(command)?;
    let app = open::open_existing(config).await?;
    let folder = Folder::begin(&command.out)?;
    catch_up(&app).await?;
    let workspaces = match command.workspace {
        Some(id) => vec![app.workspace_or_first(Some(WorkspaceId(id))).await?],
        None => app.workspace_ids().await?,
    };
    let spinner = print::spinner("Exporting");
    let mut files = Vec::new();
    for workspace in &workspaces {
        // Noted first: what breaks off has left files behind, too.
        app.note_data_export(&Actor::system(*workspace), days)
            .await?;
        files.extend(export(&app, *workspace, days, &folder).await?);
    }
    spinner.finish_and_clear();
    let made_at = app.now();
    finish(app).await?;
    let manifest = manifest::of(&workspaces, days, made_at, &files);
    folder.finish(&manifest, &files)?;
    let rows: u64 = files.iter().map(|file| file.rows).sum();
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let out = command.out.display();
    match json {
        true => print::say!(
            "{}",
            json!({"folder": command.out, "files": files.len(), "rows": rows, "bytes": bytes})
        ),
        false => print::say!(
            "{out} holds {} files with {rows} rows ({} MB). manifest.json says what they are; \
             `sha256sum -c SHA256SUMS` in it checks them.",
            files.len(),
            bytes >> 20
        ),
    }
    Ok(())
}

/// The days that facts are of, by UTC; all of them where nothing is said.
fn days(command: &Export) -> anyhow::Result<Option<DayRange>> {
    let read = |text: &Option<String>, name: &str| -> anyhow::Result<Option<Day>> {
        let day = text.as_deref().map(str::parse).transpose();
        day.with_context(|| format!("{name} is a day such as 2026-11-01"))
    };
    let (first, last) = (read(&command.from, "--from")?, read(&command.to, "--to")?);
    if first.is_none() && last.is_none() {
        return Ok(None);
    }
    let days = DayRange {
        first: first.unwrap_or(Day(i32::MIN)),
        last: last.unwrap_or(Day(i32::MAX)),
    };
    if days.first > days.last {
        bail!("--from is behind --to");
    }
    Ok(Some(days))
}

/// Writes what a workspace holds.
async fn export(
    app: &App,
    workspace: WorkspaceId,
    days: Option<DayRange>,
    folder: &Folder,
) -> anyhow::Result<Vec<Written>> {
    let root = folder.workspace(workspace)?;
    let facts = {
        let (app, root) = (app.clone(), root.clone());
        tokio::task::spawn_blocking(move || export_facts(&app, workspace, days, &root))
    };
    let mut files = facts.await.context("the export of facts broke off")??;
    let place = root.join("store");
    std::fs::create_dir(&place)?;
    for table in exported_tables() {
        files.extend(export_table(app, workspace, &table, &place).await?);
    }
    Ok(files)
}

/// Writes the facts, a file for each day. Blocks.
fn export_facts(
    app: &App,
    workspace: WorkspaceId,
    days: Option<DayRange>,
    root: &Path,
) -> anyhow::Result<Vec<Written>> {
    let warehouse = app.warehouse();
    let mut files = Vec::new();
    for table in fact_tables() {
        let name = table.name;
        let place = root.join("facts").join(name);
        std::fs::create_dir_all(&place)?;
        for piece in warehouse.fact_pieces(&table, workspace, days)? {
            let file = match piece.day {
                Some(day) => place.join(format!("{day}.parquet")),
                None => place.join("all.parquet"),
            };
            let failed = || format!("failed to write {}", file.display());
            let done = warehouse.write_facts(&table, workspace, piece, &file);
            done.with_context(failed)?;
            files.push(written(file.clone(), name, piece.rows).with_context(failed)?);
        }
    }
    Ok(files)
}

/// Writes a table of the store, as CSV for people and as JSON for programs.
async fn export_table(
    app: &App,
    workspace: WorkspaceId,
    table: &ExportedTable,
    place: &Path,
) -> anyhow::Result<[Written; 2]> {
    let [sheet, lines] = ["csv", "jsonl"].map(|kind| place.join(format!("{}.{kind}", table.name)));
    let rows = write_table(app, workspace, table, (&sheet, &lines)).await;
    let rows = rows.with_context(|| format!("failed to export {}", table.name))?;
    let of = |path: PathBuf| written(path, table.name, rows);
    Ok([of(sheet)?, of(lines)?])
}

async fn write_table(
    app: &App,
    workspace: WorkspaceId,
    table: &ExportedTable,
    (sheet, lines): (&Path, &Path),
) -> anyhow::Result<u64> {
    let mut sheet = csv::Writer::from_path(sheet)?;
    let mut lines = std::io::BufWriter::new(std::fs::File::create_new(lines)?);
    sheet.write_record(table.columns.iter().map(|column| column.name))?;
    let (mut place, mut count) = (ExportPlace::default(), 0);
    let mut connection = app.store().read().await?;
    loop {
        let rows = list_exported_rows(&mut connection, table, workspace, &mut place).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            count += 1;
            sheet.write_record(row.iter().map(cell))?;
            let names = table.columns.iter().map(|column| column.name.to_owned());
            let object: Map<String, Value> = names.zip(row).collect();
            serde_json::to_writer(&mut lines, &object)?;
            std::io::Write::write_all(&mut lines, b"\n")?;
        }
    }
    sheet.flush()?;
    std::io::Write::flush(&mut lines)?;
    Ok(count)
}

/// A value for a spreadsheet, which must not run it as a formula.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => safe_cell(text).into_owned(),
        Value::Number(number) => number.to_string(),
        other => safe_cell(&other.to_string()).into_owned(),
    }
}
