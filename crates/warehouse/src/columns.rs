//! Column buffers: rows are laid out by column and handed to the engine in bulk.

use std::sync::Arc;

use duckdb::Connection;
use duckdb::arrow::array::{ArrayRef, Int64Array, StringBuilder, UInt64Array};
use duckdb::arrow::datatypes::{DataType, Field, Schema};
use duckdb::arrow::record_batch::RecordBatch;

use crate::error::{Error, Result, Step};

/// Rows of one table, held by column in the order of the table's columns.
pub(crate) struct Columns {
    table: &'static str,
    place: Place,
    columns: Vec<Column>,
    /// The column that the next value goes to.
    next: usize,
    rows: usize,
}

/// Where a table lives.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Main,
    /// Gone with the connection, never written to the file.
    Temporary,
}

enum Column {
    Signed(Vec<Option<i64>>),
    Unsigned(Vec<u64>),
    Text(StringBuilder),
}

impl Columns {
    /// `kinds` has a letter a column: `i` bigint, `u` ubigint, `t` varchar.
    pub(crate) fn new(table: &'static str, place: Place, kinds: &str) -> Self {
        let columns = kinds
            .chars()
            .map(|kind| match kind {
                'i' => Column::Signed(Vec::new()),
                'u' => Column::Unsigned(Vec::new()),
                _ => Column::Text(StringBuilder::new()),
            })
            .collect();
        Self {
            table,
            place,
            columns,
            next: 0,
            rows: 0,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        self.int_or_null(Some(value))
    }

    pub(crate) fn int_or_null(&mut self, value: Option<i64>) -> &mut Self {
        match self.columns.get_mut(self.next) {
            Some(Column::Signed(values)) => values.push(value),
            _ => debug_assert!(false, "column {} of {} is no bigint", self.next, self.table),
        }
        self.step()
    }

    pub(crate) fn key(&mut self, value: u64) -> &mut Self {
        match self.columns.get_mut(self.next) {
            Some(Column::Unsigned(values)) => values.push(value),
            _ => debug_assert!(
                false,
                "column {} of {} is no ubigint",
                self.next, self.table
            ),
        }
        self.step()
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        match self.columns.get_mut(self.next) {
            Some(Column::Text(values)) => values.append_value(value),
            _ => debug_assert!(
                false,
                "column {} of {} is no varchar",
                self.next, self.table
            ),
        }
        self.step()
    }

    /// Hands all rows to the engine, inside the connection's transaction.
    pub(crate) fn append(self, connection: &Connection) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let layout = |detail: String| Error::Layout {
            table: self.table,
            detail,
        };
        let mut appender = match self.place {
            Place::Main => connection.appender(self.table),
            Place::Temporary => connection.appender_to_catalog_and_db(self.table, "temp", "main"),
        }
        .step("start appending rows")?;
        let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) =
            self.columns.into_iter().enumerate().map(finish).unzip();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
            .map_err(|error| layout(error.to_string()))?;
        appender.append_record_batch(batch).step("append rows")?;
        appender.flush().step("flush appended rows")
    }

    fn step(&mut self) -> &mut Self {
        self.next += 1;
        if self.next == self.columns.len() {
            self.next = 0;
            self.rows += 1;
        }
        self
    }
}

fn finish((index, column): (usize, Column)) -> (Field, ArrayRef) {
    let (kind, array): (DataType, ArrayRef) = match column {
        Column::Signed(values) => (DataType::Int64, Arc::new(Int64Array::from(values))),
        Column::Unsigned(values) => (DataType::UInt64, Arc::new(UInt64Array::from(values))),
        Column::Text(mut values) => (DataType::Utf8, Arc::new(values.finish())),
    };
    (Field::new(format!("c{index}"), kind, true), array)
}
