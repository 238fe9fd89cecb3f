//! What an erasure is about, as it is kept while it works.

use base::VisitorId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::AppError;
use crate::error::Step as _;

/// Whom to erase: exactly these records, and what else names the same person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Subject {
    pub(super) leads: Vec<i64>,
    pub(super) deals: Vec<i64>,
    pub(super) phone: String,
    pub(super) email: String,
    pub(super) visitor: String,
}

/// What the steps behind the first one need: visitors whose facts are put under pseudonyms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) visitors: Vec<VisitorId>,
    /// Files that were taken away here, and may be on other nodes.
    pub(super) uploads: Vec<String>,
    /// Other nodes that have done their part.
    pub(super) done: Vec<String>,
}

impl Subject {
    pub(super) fn read(value: &Value) -> Result<Self, AppError> {
        serde_json::from_value(value.clone()).step("read whom to erase")
    }

    pub(super) fn written(&self) -> Value {
        json!(self)
    }
}

impl Work {
    pub(super) fn of(visitors: impl IntoIterator<Item = VisitorId>) -> Self {
        Self {
            visitors: visitors.into_iter().collect(),
            ..Self::default()
        }
    }

    pub(super) fn read(value: &Value) -> Result<Self, AppError> {
        let texts: Vec<String> =
            serde_json::from_value(value["visitors"].clone()).step("read whose facts to erase")?;
        let visitors = texts.iter().map(|text| text.parse().ok().map(VisitorId));
        let visitors: Option<Vec<VisitorId>> = visitors.collect();
        let list = |name: &str| -> Vec<String> {
            serde_json::from_value(value[name].clone()).unwrap_or_default()
        };
        Ok(Self {
            visitors: visitors.unwrap_or_default(),
            uploads: list("uploads"),
            done: list("done"),
        })
    }

    /// As text: JSON's numbers are too narrow for ids.
    pub(super) fn written(&self) -> Value {
        let texts: Vec<String> = self.visitors.iter().map(|id| id.0.to_string()).collect();
        json!({ "visitors": texts, "uploads": self.uploads, "done": self.done })
    }
}
