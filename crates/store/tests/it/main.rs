//! The store as its users see it, each test on a file of its own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod collecting;
mod concurrency;
mod fixture;
mod isolation;
mod money;
mod schema;
mod work;
