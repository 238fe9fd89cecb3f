//! Back-ups of the data folder: made beside a running server, sealed, proved by restoring them.

mod copies;
mod keeper;
mod make;
mod moment;
mod place;
mod proof;
mod reports;
mod sent;
mod state;
mod turn;
mod upgrade;

pub(crate) use copies::{clear_copies, leftovers};
pub(crate) use keeper::keep_making;
pub(crate) use make::{Living, Made, Notes, make};
pub(crate) use moment::Moment;
pub(crate) use place::{Access, open};
pub(crate) use proof::{Proof, prove, restored_config};
pub(crate) use upgrade::{before_upgrade, before_upgrade_of_facts};

/// Where files lie in a set, and in a data folder.
const STORE: &str = "store.sqlite";
const SECRETS_KEY: &str = "secrets.key";
pub(crate) const ERASURES: &str = "erasures.json";
const JOURNAL: &str = "journal";
const UPLOADS: &str = "uploads";
