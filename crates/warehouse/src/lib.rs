//! Facts at rest: the schema, loading in one transaction, and query execution on DuckDB.
//!
//! This crate knows facts, traffic tuples and labels. It knows no campaign, lead form or metric.

mod batch;
mod columns;
mod compact;
mod credit;
mod credit_outcomes;
mod days;
mod dedupe;
mod error;
mod labels;
mod lead_states;
mod load;
mod open;
mod query;
mod rollup;
mod rows;
mod stats;
mod zones;

pub use batch::{Batch, Label, Labeller, Loaded, Position};
pub use credit::{Attribution, SHARE_WHOLE_MICROS};
pub use error::{Error, Result};
pub use labels::{ChannelRow, NewLabel, TrafficRow};
pub use open::{Options, Warehouse};
pub use query::{Limits, Parameter, Table, Value};
pub use stats::Stats;
