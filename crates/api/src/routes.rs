//! The endpoints, a file a noun.

pub(crate) mod channels;
pub(crate) mod costs;
pub(crate) mod deals;
pub(crate) mod imports;
pub(crate) mod leads;
pub(crate) mod links;
pub(crate) mod notes;
pub(crate) mod payments;
pub(crate) mod rates;
pub(crate) mod reports;
pub(crate) mod sessions;
pub(crate) mod sites;
pub(crate) mod statuses;
pub(crate) mod forms;
