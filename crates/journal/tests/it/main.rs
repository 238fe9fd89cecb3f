//! What the journal promises, on a disk that fails and forgets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod blank;
mod copy;
mod promise;
mod sim_disk;
