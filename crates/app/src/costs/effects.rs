//! What a cost import does to the amounts that were there, as it is told and kept.

use std::collections::BTreeMap;

use base::{Currency, Money};
use domain::cost::{Effect, EffectSum};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::AppError;
use crate::error::Step as _;

/// By fate and currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CostEffects(pub(super) BTreeMap<(Effect, Currency), EffectSum>);

/// Amounts with the same fate, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostEffect {
    pub effect: Effect,
    /// How many amounts, each of a day and an ad.
    pub amounts: u64,
    /// That the platform charges in.
    pub currency: String,
    /// A decimal in that currency.
    pub before: String,
    pub after: String,
}

impl CostEffects {
    pub(super) fn add(&mut self, other: Self) {
        for (place, sum) in other.0 {
            let known = self.0.entry(place).or_default();
            known.amounts += sum.amounts;
            known.before_micros = known.before_micros.saturating_add(sum.before_micros);
            known.after_micros = known.after_micros.saturating_add(sum.after_micros);
        }
    }

    pub(crate) fn told(&self) -> Vec<CostEffect> {
        let shown = |micros, currency| Money::new(micros, currency).rounded().decimal();
        let told = |((effect, currency), sum): (&(Effect, Currency), &EffectSum)| CostEffect {
            effect: *effect,
            amounts: sum.amounts,
            currency: currency.to_string(),
            before: shown(sum.before_micros, *currency),
            after: shown(sum.after_micros, *currency),
        };
        self.0.iter().map(told).collect()
    }

    /// As the store keeps it.
    pub(crate) fn to_json(&self) -> Result<Value, AppError> {
        serde_json::to_value(self.told()).step("write the effects of an import down")
    }
}

/// As it was kept; nothing of imports that are no costs.
pub(crate) fn from_json(kept: Option<&Value>) -> Result<Vec<CostEffect>, AppError> {
    let Some(kept) = kept else {
        return Ok(Vec::new());
    };
    serde_json::from_value(kept.clone()).step("read the effects of an import")
}
