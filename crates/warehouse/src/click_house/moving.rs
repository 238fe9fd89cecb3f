//! A database that a file is moved to.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use base::{TimeZone, WorkspaceId};

use super::address::Address;
use super::client::{Client, Statement};
use super::first_number;
use super::writer::{LONG, MOVING, WRITING, Writer};
use crate::columns::Columns;
use crate::engine::Writing as _;
use crate::error::{Error, Result};
use crate::moving::{self, PIECED, WHOLE};
use crate::query::Parameter;

/// Its writer, as long as nobody else begins to write.
pub(crate) struct Target(Writer);

impl Target {
    /// Begins, or goes on with what was interrupted if the file is as it was then.
    pub(crate) fn open(url: &str, mark: &str) -> Result<Self> {
        let address = Address::parse(url)?;
        let client = Arc::new(Client::new(&address.in_database(address.whole())));
        let mut writer = Writer::new(address, client, Arc::new(AtomicBool::new(false)));
        writer.find_nodes()?;
        writer.migrate()?;
        if writer.doing()? != MOVING {
            let held = Statement::new(include_str!("queries/count_held.sql"));
            if first_number(&writer.ask(held, LONG)?) > 0 {
                return Err(Error::Held);
            }
        }
        writer.claim(MOVING)?;
        writer.end_statements_of_others()?;
        let mut target = Self(writer);
        target.take_up(mark)?;
        Ok(target)
    }

    /// Takes out what is not known to be whole, and everything where the file has changed.
    fn take_up(&mut self, mark: &str) -> Result<()> {
        let writer = &mut self.0;
        let make = Statement::new(include_str!("queries/make_moved_pieces.sql"));
        writer.run(make, "begin to move")?;
        let mark = [Parameter::Text(mark.to_owned())];
        let other = Statement::new("select count() from moved_pieces where mark <> $1");
        if first_number(&writer.first()?.client.ask(other.with(&mark), LONG)?) > 0 {
            tracing::warn!("the file has changed since the move was interrupted: it begins anew");
            for table in PIECED.iter().chain(&["moved_pieces"]) {
                writer.empty(table)?;
            }
        }
        let begin = writer.guarded(include_str!("queries/mark_move.sql"));
        writer.run(Statement::new(begin).with(&mark), "begin to move")?;
        let whole = writer
            .first()?
            .number("select max(batch) from moved_pieces", LONG)?;
        for table in PIECED {
            let delete = format!("delete from {table} where batch > {whole}");
            writer.run(Statement::new(delete), "take an unfinished piece out")?;
        }
        Ok(())
    }

    /// Up to where a table of the file is here.
    pub(crate) fn reached(&self, table: &str) -> Result<i64> {
        let asked = [Parameter::Text(table.to_owned())];
        let sql = "select max(until_row) from moved_pieces where moved = $1";
        let statement = Statement::new(sql).with(&asked);
        let found = self.0.first()?.client.ask(statement, LONG)?;
        Ok(i64::try_from(first_number(&found)).unwrap_or(i64::MAX))
    }

    pub(crate) fn add_piece(&mut self, rows: &Columns, until: i64) -> Result<()> {
        let piece = self.0.next_number()?;
        if rows.rows() > 0 {
            self.0.insert(rows.table, rows, piece)?;
        }
        let done = [
            Parameter::Text(rows.table.to_owned()),
            Parameter::Int(until),
            Parameter::Key(piece),
        ];
        let sql = self.0.guarded(include_str!("queries/put_moved_piece.sql"));
        self.0
            .run(Statement::new(sql).with(&done), "note a moved piece")
    }

    /// Empties the table that holds one of [`WHOLE`].
    pub(crate) fn empty(&self, table: &str) -> Result<()> {
        debug_assert!(WHOLE.contains(&table), "{table} is copied by pieces");
        self.0.empty(kept_in(table))
    }

    pub(crate) fn add(&mut self, rows: &Columns) -> Result<()> {
        let (table, number) = (kept_in(rows.table), self.0.next_number()?);
        let further = match rows.table {
            "labels" => format!(", {number}, 0"),
            "channels" => format!(", {number}"),
            _ => String::new(),
        };
        let sql = format!("insert into {table} select *{further} from :rows where :allowed");
        let statement = self.0.named(Statement::new(self.0.guarded(&sql)));
        self.0.nodes()?.insert(&statement, rows, "copy a table")
    }

    pub(crate) fn add_up_days(&mut self, workspace: WorkspaceId, zone: &TimeZone) -> Result<()> {
        self.0.add_up_days(workspace, zone)
    }

    /// How many rows, and the sum of what each comes to as a text.
    pub(crate) fn sums(&self, columns: &str, from: &str) -> Result<[i128; 2]> {
        let texts = columns
            .split(", ")
            .map(|column| format!("ifNull(toString({column}), '~')"));
        let text = texts.collect::<Vec<_>>().join(", ");
        let sql = format!(
            "select count(), sum(toInt128(reinterpretAsUInt64(substring(\
             MD5(concatWithSeparator('|', {text})), 9, 8)))) from {from}"
        );
        moving::two(self.0.ask(Statement::new(sql), LONG)?)
    }

    /// The positions make the copies count, and the database may be used.
    pub(crate) fn finish(&mut self, positions: &Columns) -> Result<()> {
        let batch = self.0.next_number()?;
        self.0.insert("journal_position", positions, batch)?;
        self.0.commit(None, batch)?;
        self.0.claim(WRITING)?;
        self.0.run(
            Statement::new("drop table moved_pieces sync"),
            "end the move",
        )
    }
}

/// The table under a view of that name.
fn kept_in(table: &str) -> &str {
    match table {
        "labels" => "label_revisions",
        "channels" => "channel_revisions",
        other => other,
    }
}
