//! Facts at rest: the schema, loading all of a batch or nothing, and query execution.
//!
//! This crate knows facts, traffic tuples and labels. It knows no campaign, lead form or metric.

mod batch;
mod click_house;
mod columns;
mod credit;
mod credit_outcomes;
mod dedupe;
mod duck_db;
mod engine;
mod erase;
mod error;
mod export;
mod labels;
mod lead_states;
mod load;
mod moving;
mod query;
mod recognise;
mod rollup;
mod rows;
mod stats;
pub mod testing;
mod turnstile;
mod warehouse;
mod withdraw;
mod zones;

pub use batch::{Batch, Label, Labeller, Loaded, Position};
pub use click_house::{Failure, shown_address};
pub use credit::{Attribution, SHARE_WHOLE_MICROS};
pub use error::{Error, Result};
pub use export::{FactColumn, FactPiece, FactTable, fact_tables};
pub use labels::{ChannelRow, NewLabel, TrafficRow};
pub use moving::{MOVED_PIECE_ROWS, MovedTable, Moving};
pub use query::{Limits, Parameter, Sql, Table, Value};
pub use recognise::{Likeness, Recognised};
pub use stats::Stats;
pub use warehouse::{EngineKind, Options, Warehouse};
