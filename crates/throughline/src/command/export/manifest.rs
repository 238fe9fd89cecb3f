//! What the files of an export are: tables, columns with their meanings, rows and checksums.

use base::{Day, DayRange, UnixMillis, WorkspaceId};
use serde_json::{Map, Value, json};
use store::exporting::{exported_tables, tables_left_out};
use warehouse::fact_tables;

use super::folder::Written;

/// Of the layout of folders and of this page.
const FORMAT: u32 = 1;

/// The page; the folder puts the paths of the files in.
pub(super) fn of(
    workspaces: &[WorkspaceId],
    days: Option<DayRange>,
    made_at: UnixMillis,
    files: &[Written],
) -> Value {
    let day = |day: Day| (day.0 != i32::MIN && day.0 != i32::MAX).then(|| day.to_string());
    let told = files.iter().map(|file| {
        json!({
            "table": file.table,
            "rows": file.rows,
            "bytes": file.bytes,
            "sha256": file.sha256,
        })
    });
    json!({
        "format": FORMAT,
        "program": format!("throughline {}", env!("CARGO_PKG_VERSION")),
        "made_at": made_at.rfc3339(),
        "workspaces": workspaces.iter().map(|id| id.0).collect::<Vec<_>>(),
        "facts_from": days.and_then(|days| day(days.first)),
        "facts_to": days.and_then(|days| day(days.last)),
        "facts": facts(),
        "store": store(),
        "left_out": left_out(),
        "files": told.collect::<Vec<_>>(),
    })
}

fn facts() -> Map<String, Value> {
    let tables = fact_tables().into_iter().map(|table| {
        let columns = table.columns.iter();
        let columns = columns.map(|it| json!({"name": it.name, "meaning": it.meaning}));
        let columns: Vec<Value> = columns.collect();
        let told = json!({"meaning": table.meaning, "columns": columns});
        (table.name.to_owned(), told)
    });
    tables.collect()
}

fn store() -> Map<String, Value> {
    let tables = exported_tables().into_iter().map(|table| {
        let columns = table
            .columns
            .iter()
            .map(|it| json!({"name": it.name, "kind": it.kind.name(), "meaning": it.meaning}));
        let columns: Vec<Value> = columns.collect();
        let told = json!({"meaning": table.meaning, "columns": columns});
        (table.name.to_owned(), told)
    });
    tables.collect()
}

fn left_out() -> Map<String, Value> {
    let tables = tables_left_out();
    tables
        .map(|(name, why)| (name.to_owned(), json!(why)))
        .collect()
}
