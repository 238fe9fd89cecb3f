//! What leaves the house when somebody takes everything along: every table but what is secret or
//! means nothing elsewhere, with what its columns mean.

use base::{Described, WorkspaceId};
use serde_json::{Value as Json, json};

use crate::statement::Statement;
use crate::value::{Place, Raw as _, Row, Value};
use crate::{Connection, StoreError};

const TABLES: Described = Described::new(include_str!("exporting/tables.txt"));
/// Rows that are read at a time.
const PAGE_ROWS: usize = 5_000;

/// A table of an export.
#[derive(Debug, Clone)]
pub struct ExportedTable {
    pub name: &'static str,
    pub meaning: &'static str,
    pub columns: Vec<ExportedColumn>,
    /// Which rows are the workspace's that is `$1`.
    filter: &'static str,
    /// By what rows are in order, unlike in a workspace.
    key: Vec<&'static str>,
    /// Columns that stay here.
    kept: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy)]
pub struct ExportedColumn {
    pub name: &'static str,
    pub kind: ColumnKind,
    pub meaning: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Number,
    Text,
    /// Text that holds JSON.
    Json,
    /// Told in hexadecimal.
    Bytes,
}

/// Where the next rows of a table begin.
#[derive(Debug, Clone, Default)]
pub struct ExportPlace(Vec<Json>);

/// The tables that an export holds.
#[must_use]
pub fn exported_tables() -> Vec<ExportedTable> {
    let mut tables: Vec<ExportedTable> = Vec::new();
    for line in TABLES.lines() {
        if let Some(header) = line.strip_prefix("= ") {
            tables.extend(table(header));
        } else if let (Some(table), false) = (tables.last_mut(), is_other(line)) {
            match line.strip_prefix("- ") {
                Some(kept) => table.kept.push(kept),
                None => table.columns.extend(column(line)),
            }
        }
    }
    tables
}

/// The tables that no export holds, with why.
pub fn tables_left_out() -> impl Iterator<Item = (&'static str, &'static str)> {
    let left_out = TABLES.lines().filter_map(|line| line.strip_prefix("! "));
    left_out.filter_map(|line| line.split_once(" | "))
}

/// The next rows of a table; none at its end.
pub async fn list_exported_rows(
    connection: &mut Connection,
    table: &ExportedTable,
    workspace: WorkspaceId,
    place: &mut ExportPlace,
) -> Result<Vec<Vec<Json>>, StoreError> {
    let mut statement = Statement::made(table.ask(place)).bind(&workspace);
    for value in &place.0 {
        statement = match value.as_i64() {
            Some(number) => statement.bind(&number),
            None => statement.bind(value.as_str().unwrap_or_default()),
        };
    }
    let rows = connection.fetch(statement).await?;
    if let Some(last) = rows.last() {
        let key = table.key.iter().map(|name| {
            let kind = table.kind(name);
            read(last, name, kind)
        });
        place.0 = key.collect::<Result<Vec<Json>, StoreError>>()?;
    }
    rows.iter().map(|row| table.read(row)).collect()
}

impl ExportedTable {
    /// Every column of the table: those of the export and those that stay.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static str> {
        let exported = self.columns.iter().map(|column| column.name);
        exported.chain(self.kept.iter().copied())
    }

    fn ask(&self, place: &ExportPlace) -> String {
        let columns = self.columns.iter().map(|column| quoted(column.name));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let key: Vec<String> = self.key.iter().map(|name| quoted(name)).collect();
        let key = key.join(", ");
        let behind = match place.0.len() {
            0 => String::new(),
            width => {
                let places: Vec<String> = (0..width).map(|at| format!("${}", at + 2)).collect();
                format!(" and ({key}) > ({})", places.join(", "))
            }
        };
        let Self { name, filter, .. } = self;
        format!(
            "select {columns} from {name} where {filter}{behind} order by {key} limit {PAGE_ROWS}"
        )
    }

    fn kind(&self, name: &str) -> ColumnKind {
        let mut columns = self.columns.iter();
        let found = columns.find(|column| column.name == name);
        found.map_or(ColumnKind::Text, |column| column.kind)
    }

    fn read(&self, row: &Row) -> Result<Vec<Json>, StoreError> {
        let columns = self.columns.iter();
        columns
            .map(|column| read(row, column.name, column.kind))
            .collect()
    }
}

impl ColumnKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Text => "text",
            Self::Json => "json",
            Self::Bytes => "hexadecimal",
        }
    }

    fn of(letter: &str) -> Option<Self> {
        Some(match letter {
            "i" => Self::Number,
            "t" => Self::Text,
            "j" => Self::Json,
            "b" => Self::Bytes,
            _ => return None,
        })
    }
}

fn read(row: &Row, name: &str, kind: ColumnKind) -> Result<Json, StoreError> {
    let place = Place::Named(name);
    Ok(match kind {
        ColumnKind::Number => Option::<i64>::of_row(row, place)?.into_value().into_json(),
        ColumnKind::Text => Option::<String>::of_row(row, place)?.into(),
        ColumnKind::Json => {
            let text = Option::<String>::of_row(row, place)?;
            // What is no JSON any more is told as it stands.
            text.map_or(Json::Null, |text| {
                serde_json::from_str(&text).unwrap_or_else(|_| json!(text))
            })
        }
        ColumnKind::Bytes => match Option::<Vec<u8>>::of_row(row, place)?.into_value() {
            Value::Bytes(Some(bytes)) => {
                let hexadecimal = bytes.iter().map(|byte| format!("{byte:02x}"));
                hexadecimal.collect::<String>().into()
            }
            _ => Json::Null,
        },
    })
}

/// Whether a line is about no column of a table.
fn is_other(line: &str) -> bool {
    line.starts_with("* ") || line.starts_with("! ")
}

fn table(header: &'static str) -> Option<ExportedTable> {
    let mut parts = header.split(" | ");
    let (name, filter, key) = (parts.next()?, parts.next()?, parts.next()?);
    Some(ExportedTable {
        name,
        meaning: parts.next()?,
        columns: Vec::new(),
        filter,
        key: key.split(", ").collect(),
        kept: Vec::new(),
    })
}

fn column(line: &'static str) -> Option<ExportedColumn> {
    let (name, said) = TABLES.column(line)?;
    let (letter, meaning) = said.split_once(" | ")?;
    Some(ExportedColumn {
        name,
        kind: ColumnKind::of(letter)?,
        meaning,
    })
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}
