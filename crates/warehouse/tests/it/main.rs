//! The warehouse through its public door.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod compact;
mod credit;
mod days;
mod facts;
mod labels;
mod load;
mod query;
mod zones;
