//! Statistics on plain numbers.

mod proportion;

pub use proportion::{Confidence, Interval, wilson_interval};
