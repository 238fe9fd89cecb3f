//! Back-ups of the data folder: made beside a running server, sealed, proved by restoring them.

mod keeper;
mod make;
mod moment;
mod place;
mod proof;
mod reports;
mod sent;
mod state;
mod upgrade;

pub(crate) use keeper::keep_making;
pub(crate) use make::{Living, Made, Notes, make};
pub(crate) use moment::copy_store;
pub(crate) use place::{Access, open};
pub(crate) use proof::{Proof, prove, restored_config};
pub(crate) use upgrade::before_upgrade;

/// Where files lie in a set, and in a data folder.
const STORE: &str = "store.sqlite";
const SECRETS_KEY: &str = "secrets.key";
const JOURNAL: &str = "journal";
const UPLOADS: &str = "uploads";
