//! The store as its users see it, each test on a file or database of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod audit;
mod collecting;
mod concurrency;
mod conversion;
mod exporting;
mod fixture;
mod intake;
mod isolation;
mod logical;
mod money;
mod moving;
mod nodes;
mod reach;
mod schema;
mod server;
mod snapshot;
mod waiting;
mod work;
