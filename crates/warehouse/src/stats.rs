//! What the warehouse holds, for the operator.

use crate::error::Result;
use crate::query::{Limits, Value};
use crate::warehouse::Warehouse;

/// Sizes of the warehouse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    pub hits: u64,
    pub visits: u64,
    pub outcomes: u64,
    pub costs: u64,
    /// Entries of the traffic dictionary.
    pub traffic: u64,
    pub daily_rows: u64,
    /// On disk.
    pub bytes: u64,
}

impl Warehouse {
    /// Counts rows and bytes of all workspaces.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn stats(&self) -> Result<Stats> {
        let sql = include_str!("queries/stats.sql");
        let table = self.query(sql, &[], Limits::default())?;
        let row = table.rows.first();
        let count = |column: usize| {
            row.and_then(|row| row.get(column))
                .and_then(Value::int)
                .and_then(|count| u64::try_from(count).ok())
                .unwrap_or_default()
        };
        Ok(Stats {
            hits: count(0),
            visits: count(1),
            outcomes: count(2),
            costs: count(3),
            traffic: count(4),
            daily_rows: count(5),
            bytes: self.reader.bytes()?,
        })
    }
}
