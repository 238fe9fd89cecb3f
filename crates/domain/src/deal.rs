//! A deal: what its status group, payments and refunds mean for sales and revenue.
//!
//! Everything that may be counted of a deal is its *standing*: a pure function of the deal as it
//! is now. A change posts the standing after it minus what was posted before it, so the sum of all
//! that was ever posted is the standing, whatever the history was.

mod standing;
mod status;

use base::{Currency, Money, MoneyError, OutcomeKind, UnixMillis};
use serde::{Deserialize, Serialize};

use crate::cost::{Rate, VatTerms};

pub use standing::{returns_fit, standing, transition};
pub use status::{StatusGroup, StatusMap, guess_group};

/// Most payments and refunds of one deal.
pub const DEAL_PAYMENTS_MAX: usize = 10_000;

/// A deal as its system of record tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    /// What the deal's status stands for; `None` while its status is mapped to no group.
    pub group: Option<StatusGroup>,
    pub amount: Amount,
    /// What the goods of the deal cost, without VAT.
    pub cost_of_goods: Option<Amount>,
    pub created: UnixMillis,
    /// When it was paid; the creation counts where this is unknown.
    pub paid: Option<UnixMillis>,
    pub order: CustomerOrder,
    /// In any order.
    pub payments: Vec<Payment>,
}

/// Money with the rate of the day it happened on. The rate is kept with the amount, so that a
/// later correction of rates changes nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    pub original: Money,
    /// To the workspace's currency.
    pub rate: Rate,
}

/// Which order of the customer the deal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerOrder {
    /// The first that was paid and not returned in full: it makes a new customer.
    First,
    Repeat,
}

/// Money that was received or returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    pub at: UnixMillis,
    /// Never negative; the kind gives the sign.
    pub amount: Amount,
    pub kind: PaymentKind,
}

/// Which way the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentKind {
    Received,
    /// A refund or a chargeback.
    Returned {
        /// Cost of the goods that went back on the shelf; `None` where nothing came back.
        restocked: Option<Amount>,
    },
}

/// What holds for all deals of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DealTerms {
    pub currency: Currency,
    /// Whether amounts and payments hold VAT.
    pub vat: VatTerms,
}

/// Signed measures at a moment: one future outcome fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealEffect {
    pub kind: OutcomeKind,
    pub at: UnixMillis,
    pub measures: DealMeasures,
}

/// Additive measures of a deal, named as in [`base::Outcome`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealMeasures {
    pub deals: i32,
    pub sales: i32,
    pub customers: i32,
    /// Net of VAT.
    pub revenue_micros: i64,
    pub vat_micros: i64,
    /// Net of VAT; positive, and already taken off the revenue.
    pub refunds_micros: i64,
    pub cost_of_goods_micros: i64,
}

/// Why a deal cannot be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    #[error("an amount of the deal cannot be counted")]
    Amount(#[from] MoneyError),
    #[error("a payment or refund is negative; its kind gives the sign")]
    NegativePayment,
    #[error("a deal has at most {DEAL_PAYMENTS_MAX} payments, not {0}")]
    TooManyPayments(usize),
}

impl Amount {
    /// An amount in the workspace's own currency.
    #[must_use]
    pub fn own(original: Money) -> Self {
        Self {
            original,
            rate: Rate::ONE,
        }
    }

    pub(crate) fn converted(self, to: Currency) -> Result<Money, MoneyError> {
        self.rate.convert_rounded(self.original, to)
    }
}

impl DealMeasures {
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn plus(self, other: Self) -> Result<Self, MoneyError> {
        let count = |a: i32, b: i32| a.checked_add(b).ok_or(MoneyError::Overflow);
        let micros = |a: i64, b: i64| a.checked_add(b).ok_or(MoneyError::Overflow);
        Ok(Self {
            deals: count(self.deals, other.deals)?,
            sales: count(self.sales, other.sales)?,
            customers: count(self.customers, other.customers)?,
            revenue_micros: micros(self.revenue_micros, other.revenue_micros)?,
            vat_micros: micros(self.vat_micros, other.vat_micros)?,
            refunds_micros: micros(self.refunds_micros, other.refunds_micros)?,
            cost_of_goods_micros: micros(self.cost_of_goods_micros, other.cost_of_goods_micros)?,
        })
    }

    pub(crate) fn negated(self) -> Result<Self, MoneyError> {
        let count = |a: i32| a.checked_neg().ok_or(MoneyError::Overflow);
        let micros = |a: i64| a.checked_neg().ok_or(MoneyError::Overflow);
        Ok(Self {
            deals: count(self.deals)?,
            sales: count(self.sales)?,
            customers: count(self.customers)?,
            revenue_micros: micros(self.revenue_micros)?,
            vat_micros: micros(self.vat_micros)?,
            refunds_micros: micros(self.refunds_micros)?,
            cost_of_goods_micros: micros(self.cost_of_goods_micros)?,
        })
    }
}
