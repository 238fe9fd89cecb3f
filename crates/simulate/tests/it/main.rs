//! The player against a stub of the public doors.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod player;
mod stub;
