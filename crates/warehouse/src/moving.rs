//! Moving the facts of a file to a server: copied piece by piece, compared, and only then in use.
//!
//! The server's database is said to be moved to until it is whole, and nothing starts on it. What
//! was interrupted goes on behind the last piece that is there; a file that has changed since then
//! is copied from its start.

use std::time::Duration;

use base::{TimeZone, WorkspaceId};

use crate::click_house::Target;
use crate::columns::{Columns, Place};
use crate::error::{Error, Result};
use crate::query::{Limits, Parameter, Value};
use crate::warehouse::{EngineKind, Warehouse};

/// Rows of a piece: what is done again at most after an interruption, and held in memory.
pub const MOVED_PIECE_ROWS: u32 = 50_000;

/// Tables that grow with what happens; they are copied by pieces.
pub(crate) const PIECED: [&str; 10] = [
    "traffic",
    "hits",
    "repeatable_hits",
    "visits",
    "touches",
    "outcomes",
    "credited",
    "costs",
    "lead_states",
    "history",
];

/// Tables that are copied as a whole.
pub(crate) const WHOLE: [&str; 3] = ["labels", "past_labels", "channels"];

/// Sums that the server makes by itself from what was copied.
const MADE: &str = "hits_daily";

/// A table that is on the server as it is in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedTable {
    pub name: &'static str,
    pub rows: u64,
    /// Of all values of all rows, worked out on either side.
    pub checksum: u64,
}

/// How far a move has come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moving {
    pub rows: u64,
    pub of: u64,
}

/// A table of the file.
struct Source {
    name: &'static str,
    /// Quoted names with their letters for [`Columns`].
    columns: Vec<(String, char)>,
    rows: u64,
    /// Behind the last row's place in the file.
    end: i64,
}

const LONG: Limits = Limits {
    timeout: Duration::from_hours(1),
    rows_max: usize::MAX,
};

impl Warehouse {
    /// Copies everything that this file holds to the database of a server that holds nothing yet,
    /// or goes on with that, and compares row by row. The file stays as it is.
    ///
    /// # Errors
    /// [`Error::NotMoved`] names the first table that differs, [`Error::Held`] says that the
    /// database holds facts already; or either side fails, and it can be tried again.
    pub fn move_to_server(
        &self,
        url: &str,
        piece_rows: u32,
        progress: &mut dyn FnMut(Moving),
    ) -> Result<Vec<MovedTable>> {
        if self.engine() != EngineKind::DuckDb {
            return Err(Error::NoFile);
        }
        let sources = PIECED.iter().map(|name| self.source(name));
        let sources = sources.collect::<Result<Vec<Source>>>()?;
        let mut moving = Moving {
            rows: 0,
            of: sources.iter().map(|source| source.rows).sum(),
        };
        let mut target = Target::open(url, &self.mark(&sources)?)?;
        for source in &sources {
            self.copy_pieces(source, &mut target, piece_rows, &mut |rows| {
                moving.rows += rows;
                progress(moving);
            })?;
        }
        for name in WHOLE {
            let source = self.source(name)?;
            target.empty(name)?;
            self.copy_whole(&source, &mut target, piece_rows)?;
        }
        for (workspace, zone) in self.zones_of_days()? {
            target.add_up_days(workspace, &zone)?;
        }
        let moved = self.compare(&target)?;
        target.finish(&self.positions()?)?;
        Ok(moved)
    }

    fn copy_pieces(
        &self,
        source: &Source,
        target: &mut Target,
        piece_rows: u32,
        copied: &mut dyn FnMut(u64),
    ) -> Result<()> {
        let reached = target.reached(source.name)?;
        copied(source.rows_before(self, reached)?);
        let mut from = reached;
        while from < source.end {
            let until = source.end.min(from + i64::from(piece_rows));
            let rows = self.rows(source, (from, until))?;
            target.add_piece(&rows, until)?;
            copied(count(rows.rows()));
            from = until;
        }
        Ok(())
    }

    fn copy_whole(&self, source: &Source, target: &mut Target, piece_rows: u32) -> Result<()> {
        let mut from = 0;
        while from < source.end {
            let until = source.end.min(from + i64::from(piece_rows));
            target.add(&self.rows(source, (from, until))?)?;
            from = until;
        }
        Ok(())
    }

    fn source(&self, name: &'static str) -> Result<Source> {
        let asked = Parameter::Text(name.to_owned());
        let sql = include_str!("duck_db/queries/columns_of_table.sql");
        let listed = self.query(sql, &[asked], LONG)?;
        let columns = listed.rows.iter().filter_map(|row| {
            let name = row.first()?.display()?;
            let kind = match row.get(1)?.display()?.as_str() {
                "BIGINT" => 'i',
                "UBIGINT" => 'u',
                _ => 't',
            };
            Some((format!("\"{name}\""), kind))
        });
        let columns = columns.collect();
        let extent = format!("select count(*), coalesce(max(rowid) + 1, 0) from {name}");
        let extent = self.numbers(&extent)?;
        Ok(Source {
            name,
            columns,
            rows: low(extent[0]),
            end: i64::try_from(extent[1]).unwrap_or(i64::MAX),
        })
    }

    /// Tells whether rows still lie where they were when a move was interrupted.
    fn mark(&self, sources: &[Source]) -> Result<String> {
        let marks = sources.iter().map(|source| {
            let values = format!("rowid, {}", source.list());
            let sums = self.numbers(&in_file(&values, source.name))?;
            Ok(format!("{:x}", low(sums[1])))
        });
        Ok(marks.collect::<Result<Vec<_>>>()?.join(" "))
    }

    fn rows(&self, source: &Source, (from, until): (i64, i64)) -> Result<Columns> {
        let (list, name) = (source.list(), source.name);
        let sql = format!("select {list} from {name} where rowid >= $1 and rowid < $2");
        let span = [Parameter::Int(from), Parameter::Int(until)];
        let kinds: String = source.columns.iter().map(|(_, kind)| *kind).collect();
        let mut rows = Columns::new(name, Place::Stored, &kinds);
        for row in self.query(&sql, &span, LONG)?.rows {
            for (value, (_, kind)) in row.into_iter().zip(&source.columns) {
                push(&mut rows, value, *kind)?;
            }
        }
        Ok(rows)
    }

    fn zones_of_days(&self) -> Result<Vec<(WorkspaceId, TimeZone)>> {
        let found = self.query("select workspace, name from time_zones", &[], LONG)?;
        let zone = |row: &Vec<Value>| {
            let workspace = i64::try_from(row.first()?.int()?).ok()?;
            Some((WorkspaceId(workspace), row.get(1)?.display()?.parse().ok()?))
        };
        Ok(found.rows.iter().filter_map(zone).collect())
    }

    fn positions(&self) -> Result<Columns> {
        let source = Source {
            columns: vec![
                ("node".to_owned(), 't'),
                ("segment".to_owned(), 'u'),
                ("byte_offset".to_owned(), 'u'),
            ],
            ..self.source("journal_position")?
        };
        self.rows(&source, (0, source.end))
    }

    fn compare(&self, target: &Target) -> Result<Vec<MovedTable>> {
        let mut moved = Vec::new();
        for name in PIECED.iter().chain(&WHOLE).copied() {
            let source = self.source(name)?;
            moved.push(self.compare_rows(target, name, &source.list(), name)?);
        }
        // The file may hold several rows of a day, and days whose sums were taken back to nothing.
        let days = include_str!("queries/days_in_zones.sql").trim();
        let columns = "workspace, day, traffic, bot, clicks, page_views, events, form_submits, \
                       engaged_ms, visits, bounces";
        moved.push(self.compare_rows(target, MADE, columns, &format!("({days}) as days"))?);
        Ok(moved)
    }

    fn compare_rows(
        &self,
        target: &Target,
        name: &'static str,
        columns: &str,
        from: &str,
    ) -> Result<MovedTable> {
        let here = self.numbers(&in_file(columns, from))?;
        let there = target.sums(columns, from)?;
        let (rows, checksum) = (low(here[0]), low(here[1]));
        if (rows, checksum) != (low(there[0]), low(there[1])) {
            return Err(Error::NotMoved { table: name });
        }
        Ok(MovedTable {
            name,
            rows,
            checksum,
        })
    }

    fn numbers(&self, sql: &str) -> Result<[i128; 2]> {
        two(self.query(sql, &[], LONG)?.rows)
    }
}

impl Source {
    fn list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }

    fn rows_before(&self, file: &Warehouse, place: i64) -> Result<u64> {
        if place == 0 {
            return Ok(0);
        }
        let name = self.name;
        let sql = format!("select count(*), 0 from {name} where rowid < {place}");
        Ok(low(file.numbers(&sql)?[0]))
    }
}

/// The two numbers of the only row; nothing counts as zero.
pub(crate) fn two(rows: Vec<Vec<Value>>) -> Result<[i128; 2]> {
    let row = rows.into_iter().next().unwrap_or_default();
    let number = |at: usize| row.get(at).and_then(Value::int).unwrap_or_default();
    Ok([number(0), number(1)])
}

/// How many rows, and the sum of what each comes to as a text.
fn in_file(columns: &str, from: &str) -> String {
    let texts = columns
        .split(", ")
        .map(|column| format!("coalesce({column}::varchar, '~')"));
    let text = texts.collect::<Vec<_>>().join(", ");
    format!("select count(*), sum(md5_number_lower(concat_ws('|', {text}))) from {from}")
}

fn push(rows: &mut Columns, value: Value, kind: char) -> Result<()> {
    let wide = |_| Error::UnreadableValue("wide");
    match (kind, value) {
        ('i', Value::Null) => rows.int_or_null(None),
        ('i', Value::Int(value)) => rows.int(i64::try_from(value).map_err(wide)?),
        ('u', Value::Int(value)) => rows.key(u64::try_from(value).map_err(wide)?),
        ('t', Value::Text(text)) => rows.text(&text),
        _ => return Err(Error::UnreadableValue("other")),
    };
    Ok(())
}

/// The lowest 64 bits: sums may be longer.
fn low(sum: i128) -> u64 {
    u64::try_from(sum & i128::from(u64::MAX)).unwrap_or_default()
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
