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
pub(crate) fn append(connection: &Connection, rows: Columns) -> Result<()> {
    if rows.place == Place::Staged {
        let table = rows.table;
        connection
            .execute_batch(&format!("delete from {table}"))
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
