//! What is fuzzed, a file each.

pub(crate) mod access_log;
pub(crate) mod address;
pub(crate) mod batch;
pub(crate) mod browser;
pub(crate) mod clients;
pub(crate) mod fact;
pub(crate) mod formula;
pub(crate) mod journal;
pub(crate) mod question;
pub(crate) mod routing;
pub(crate) mod sealed;
pub(crate) mod table;
pub(crate) mod words;
pub(crate) mod workbook;
