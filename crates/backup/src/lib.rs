//! Back-ups: sets of files in a place that nobody has to trust.
//!
//! A file is cut into pieces; a piece is named by a keyed hash of what it holds, compressed, padded
//! and sealed, and is sent once. A set is a sealed list of files, written last: without it there is
//! no back-up. The crate does not know what the files mean.

mod folder;
mod keep;
mod key;
mod marks;
mod name;
mod place;
mod repository;
mod restore;
mod s3;
mod schedule;
mod set;
mod sweep;
mod verify;
mod writer;

pub use folder::Folder;
pub use keep::{Keep, kept};
pub use key::{Key, KeyId, Keys};
pub use name::{PieceId, SetName};
pub use place::{Machine, Object, Place, PlaceError};
pub use repository::{BackupError, Repository};
pub use restore::{UNFINISHED, finish_restore, restore};
pub use s3::{S3, S3Options};
pub use schedule::{Schedule, ScheduleError};
pub use set::{FileEntry, SET_FORMAT, Set, SetFiles};
pub use sweep::{Swept, sweep};
pub use verify::{Damage, Verified, verify};
pub use writer::{Sent, SetWriter};
