//! The warehouse through its public door.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod cluster;
mod compact;
mod credit;
mod days;
mod erase;
mod export;
mod facts;
mod faults;
mod labels;
mod load;
mod moving;
mod proxy;
mod query;
mod schema;
mod takeover;
mod withdraw;
mod zones;
