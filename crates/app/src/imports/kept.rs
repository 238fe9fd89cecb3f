//! Why taking an import back leaves a record as it is: a code with what it speaks of.

use domain::layer::NewerEdit;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::AppError;
use crate::error::Step as _;

/// A record that taking an import back has left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRecord {
    /// Id of the lead, deal or payment.
    pub record: i64,
    pub kept: Kept,
}

/// What is kept, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The record's id at its sender's; empty where it has none.
    pub name: String,
    pub why: KeptWhy,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum KeptWhy {
    /// Somebody changed these fields afterwards.
    ChangedSince { fields: Vec<String> },
    /// Another record grew out of it.
    NeededBy(Needer),
    /// Payments hang on the deal: those have to be taken back first.
    HasPayments { payments: u64 },
}

/// A record that cannot be without another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needer {
    /// `leads` or `deals`.
    pub kind: String,
    pub id: i64,
    /// Its id at its sender's; empty where it has none.
    pub name: String,
}

impl KeptWhy {
    pub(crate) fn changed(newer: &NewerEdit) -> Self {
        let fields = newer.0.iter().map(|field| (*field).to_owned());
        Self::ChangedSince {
            fields: fields.collect(),
        }
    }
}

impl Kept {
    /// As the store keeps it.
    pub(super) fn text(&self) -> Result<String, AppError> {
        let value: Value = serde_json::to_value(self).step("write down why a record is kept")?;
        Ok(value.to_string())
    }

    pub(super) fn read(text: &str) -> Result<Self, AppError> {
        serde_json::from_str(text).step("read why a record is kept")
    }
}
