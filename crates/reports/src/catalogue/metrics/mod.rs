//! The metrics, a file a part of the business.

pub(crate) mod customers;
pub(crate) mod goals;
pub(crate) mod leads;
pub(crate) mod platform;
pub(crate) mod profit;
pub(crate) mod rates;
pub(crate) mod searches;
pub(crate) mod traffic;
