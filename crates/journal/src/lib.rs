//! The durable intake log: what was acknowledged here survives a crash.
//!
//! Entries are gathered into groups; a group is written to a preallocated segment and synced
//! before any of its entries is acknowledged. The crate does not know what an entry means.

mod copy;
mod disk;
mod frame;
mod gate;
mod group;
mod handover;
mod log;
mod read;
mod segment;
mod upkeep;
mod writer;

pub use copy::{CopiedFile, OWNER, copy_until, find_end, segment_names, visit_until};
pub use disk::{Disk, DiskFile, FsDisk};
pub use gate::{Barrier, Gate, GatedDisk};
pub use group::Ack;
pub use handover::Handover;
pub use log::{Journal, JournalError, JournalOptions, JournalStatus, Waiting};
pub use read::{Batch, ReadError};
pub use segment::Position;
