//! Adapters to the outside: files of ad platforms, shops and CRMs become typed rows, and mail and
//! webhooks leave.
//!
//! An import is read in three steps: [`table`] finds the table in the bytes, [`columns`] says what
//! its columns mean, and [`costs`], [`leads`], [`deals`] or [`payments`] read one row at a time.

pub mod columns;
pub mod conversions;
pub mod costs;
pub mod currency;
pub mod dates;
pub mod deals;
pub mod history;
pub mod leads;
pub mod mail;
pub mod numbers;
pub mod oidc;
pub mod outbound;
pub mod payments;
pub mod plan;
pub mod rates;
pub mod table;
pub mod webhook;

mod row;

pub use row::{PlanError, RowError, RowErrorCode};
