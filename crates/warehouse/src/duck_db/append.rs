//! Handing column buffers to the engine.

use std::sync::Arc;

use duckdb::Connection;
use duckdb::arrow::array::{ArrayRef, Int64Array, UInt64Array};
use duckdb::arrow::datatypes::{DataType, Field, Schema};
use duckdb::arrow::record_batch::RecordBatch;

use crate::columns::{Column, Columns, Place};
use crate::error::{Error, Result, Step};

/// Appends all rows, inside the connection's transaction. Staged rows go to a temporary table,
/// in the place of those that it had.
///
/// The table is made anew: what is deleted from a temporary table keeps its memory until the
/// connection ends, since nothing ever checkpoints it.
pub(crate) fn append(connection: &Connection, rows: Columns) -> Result<()> {
    if rows.place == Place::Staged {
        let table = rows.table;
        connection
            .execute_batch(&format!(
                "create or replace temporary table {table} as from temp.{table} limit 0"
            ))
            .step("clear the staged rows")?;
    }
    if rows.rows() == 0 {
        return Ok(());
    }
    let table = rows.table;
    let layout = |detail: String| Error::Layout { table, detail };
    let mut appender = match rows.place {
        Place::Stored => connection.appender(table),
        Place::Staged => connection.appender_to_catalog_and_db(table, "temp", "main"),
    }
    .step("start appending rows")?;
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) =
        rows.columns.into_iter().enumerate().map(finish).unzip();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| layout(error.to_string()))?;
    appender.append_record_batch(batch).step("append rows")?;
    appender.flush().step("flush appended rows")
}

fn finish((index, column): (usize, Column)) -> (Field, ArrayRef) {
    let (kind, array): (DataType, ArrayRef) = match column {
        Column::Signed(values) => (DataType::Int64, Arc::new(Int64Array::from(values))),
        Column::Unsigned(values) => (DataType::UInt64, Arc::new(UInt64Array::from(values))),
        Column::Text(mut values) => (DataType::Utf8, Arc::new(values.finish())),
    };
    (Field::new(format!("c{index}"), kind, true), array)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: u64 = 5_000;

    fn held(connection: &Connection) -> (u64, u64, u64) {
        let sql = "select (select count(*) from staged_ids), estimated_size, \
                   (select sum(memory_usage_bytes + temporary_storage_bytes)::ubigint \
                    from duckdb_memory() where tag = 'IN_MEMORY_TABLE') \
                   from duckdb_tables() where table_name = 'staged_ids'";
        let read = |row: &duckdb::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        connection.query_row(sql, [], read).unwrap()
    }

    fn stage(connection: &Connection, from: u64) {
        let mut rows = Columns::new("staged_ids", Place::Staged, "uu");
        for id in from..from + ROWS {
            rows.key(id).key(id);
        }
        append(connection, rows).unwrap();
    }

    #[test]
    fn staged_rows_take_no_more_room_after_many_batches_than_after_one() {
        let connection = Connection::open_in_memory().unwrap();
        let staging = include_str!("queries/create_staging.sql");
        connection.execute_batch(staging).unwrap();
        stage(&connection, 0);
        let (rows, size, first) = held(&connection);
        assert_eq!((rows, size), (ROWS, ROWS));
        for batch in 1..40 {
            connection.execute_batch("begin transaction").unwrap();
            stage(&connection, batch * ROWS);
            // A batch that is broken off leaves the table to the next one.
            let end = if batch % 4 == 0 { "rollback" } else { "commit" };
            connection.execute_batch(end).unwrap();
        }
        let (rows, size, last) = held(&connection);
        assert_eq!((rows, size), (ROWS, ROWS));
        assert!(last < first * 2, "{last} bytes after {first}");
    }
}
