//! Business rules, pure and synchronous: no I/O, no clocks, no randomness.

pub mod ad_name;
pub mod contact;
pub mod conversion;
pub mod cost;
pub mod deadline;
pub mod deal;
pub mod goal_alert;
pub mod label;
pub mod layer;
pub mod lead;
pub mod routing;
pub mod schedule;
pub mod search;
pub mod source;
pub mod target;
pub mod visit;
