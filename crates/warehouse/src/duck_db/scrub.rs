//! Leaving nothing in the file of what was taken out of its tables.

use duckdb::Connection;

use super::Writer;
use crate::error::{Result, Step};

/// Tables that an erasure changes. A changed row leaves its old self in blocks that it shares with
/// others, so that only rows that are all written anew leave none.
const REWRITTEN: [&str; 5] = ["hits", "visits", "touches", "outcomes", "credited"];

/// Writes the rows of [`REWRITTEN`] anew, and over every block that is free then.
pub(super) fn scrub(writer: &mut Writer) -> Result<()> {
    let step = "write rows anew";
    let ordered = "set preserve_insertion_order = true";
    writer.connection.execute_batch(ordered).step(step)?;
    let done = REWRITTEN
        .iter()
        .try_for_each(|table| writer.transact(|connection| rewrite(connection, table)));
    let unordered = "set preserve_insertion_order = false";
    writer.connection.execute_batch(unordered).step(step)?;
    done?;
    let connection = &writer.connection;
    connection.execute_batch("checkpoint").step("checkpoint")?;
    overwrite_free(connection)
}

fn rewrite(connection: &Connection, table: &str) -> Result<()> {
    let step = "write rows anew";
    let sql = format!("select coalesce(max(rowid), -1) from {table}");
    let last: i64 = connection
        .query_row(&sql, [], |row| row.get(0))
        .step(step)?;
    let sql = format!(
        "insert into {table} select * from {table}; delete from {table} where rowid <= {last};"
    );
    connection.execute_batch(&sql).step(step)
}

/// Free blocks keep what was in them until something else takes them, so something does.
fn overwrite_free(connection: &Connection) -> Result<()> {
    let step = "write over free blocks";
    let (size, free): (i64, i64) = connection
        .query_row(
            "select block_size, free_blocks from pragma_database_size()",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .step(step)?;
    // Random numbers are as large as they look, whatever compresses them. A try that was broken off
    // has left its own behind.
    let numbers = free * size / 8;
    let fill = format!(
        "drop table if exists scrubbing; \
         create table scrubbing as select hash(range) as noise from range({numbers}); \
         checkpoint; drop table scrubbing; checkpoint;"
    );
    connection.execute_batch(&fill).step(step)
}
