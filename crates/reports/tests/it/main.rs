//! Reports over a real warehouse.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod compare;
mod events;
mod examples;
mod goals;
mod renamed;
mod rows;
mod same;
mod scroll;
mod shape;
mod twin;
mod visits;
mod within;
mod world;
mod zones;
