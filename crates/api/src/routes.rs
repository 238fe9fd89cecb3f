//! The endpoints, a file a noun.

pub(crate) mod links;
pub(crate) mod sessions;
pub(crate) mod sites;
pub(crate) mod channels;
pub(crate) mod notes;
pub(crate) mod reports;
