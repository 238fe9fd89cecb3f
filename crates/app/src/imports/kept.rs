//! Why taking an import back leaves a record as it is: a code with what it speaks of.

use std::collections::HashMap;

use base::{DealId, PaymentId, WorkspaceId};
use connect::columns::Kind;
use domain::layer::NewerEdit;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Connection;
use store::deals::{Deal, list_deals_by_id};
use store::payments::{Payment, list_payments_by_id};

use crate::AppError;
use crate::error::Step as _;

/// A record that taking an import back has left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRecord {
    /// Id of the lead, deal or payment.
    pub record: i64,
    pub kept: Kept,
    /// Of a payment: its deal.
    pub belongs_to: Option<Needer>,
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
    /// In words that were written down before there were codes.
    Other { text: String },
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

    /// What was kept otherwise is told as it stands.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self::in_other_words(text))
    }

    fn in_other_words(text: &str) -> Self {
        let known: Value = serde_json::from_str(text).unwrap_or_default();
        let word = |value: &Value| value.as_str().map(str::to_owned);
        let code = word(&known["why"]["code"]);
        Self {
            name: word(&known["name"]).unwrap_or_default(),
            why: KeptWhy::Other {
                text: code.unwrap_or_else(|| text.to_owned()),
            },
        }
    }
}

/// The deals of payments, by the payment.
pub(super) async fn deals_of(
    connection: &mut Connection,
    workspace: WorkspaceId,
    payments: &[PaymentId],
) -> Result<HashMap<i64, Needer>, AppError> {
    let payments = list_payments_by_id(connection, workspace, payments).await?;
    let ids: Vec<DealId> = payments.iter().map(|known| known.details.deal_id).collect();
    let deals = list_deals_by_id(connection, workspace, &ids).await?;
    let needer = |deal: &Deal| Needer {
        kind: Kind::Deals.name().to_owned(),
        id: deal.id.0,
        name: deal.details.external_id.clone(),
    };
    let deals: HashMap<DealId, Needer> = deals.iter().map(|deal| (deal.id, needer(deal))).collect();
    let of = |known: &Payment| Some((known.id.0, deals.get(&known.details.deal_id)?.clone()));
    Ok(payments.iter().filter_map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: &str, why: &KeptWhy) {
        let kept = Kept::read(text);
        assert_eq!((kept.name.as_str(), &kept.why), (name, why), "{text}");
    }

    #[test]
    fn reasons_in_words_are_told_as_they_stand() {
        let other = |text: &str| KeptWhy::Other { text: text.into() };
        check("changed since: amount", "", &other("changed since: amount"));
        let unknown = r#"{"name": "D-1", "why": {"code": "merged", "into": 7}}"#;
        check(unknown, "D-1", &other("merged"));
        let payments = KeptWhy::HasPayments { payments: 2 };
        let known = r#"{"name": "D-1", "why": {"code": "has_payments", "payments": 2}}"#;
        check(known, "D-1", &payments);
    }
}
