//! The overlay of cost imports: what counts now, and what changed since.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use base::{Currency, Day, DayRange, ImportId, Traffic};
use serde::{Deserialize, Serialize};

/// Whose spending a file speaks for. Two files with different accounts never overrule each other;
/// an empty account is an account of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CostAccount {
    /// `google_ads`, `yandex_direct`, `manual` …
    pub platform: String,
    /// The traffic source the spending is booked on.
    pub source: String,
    /// The platform's account; for a manual cost its own id.
    pub account: String,
}

/// What one amount of cost is about.
///
/// Amounts are ordered by account only after everything else, and by the narrowest part of their
/// traffic first: those that are laid over each other have their account, and mostly their campaign
/// in common, and texts that are equal take longest to compare.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CostKey {
    pub account: CostAccount,
    /// Local day of the workspace.
    pub day: Day,
    pub traffic: Traffic,
    /// The currency that the platform charged in.
    pub original_currency: Currency,
}

/// Additive measures of a cost key; in a difference they are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostMeasures {
    pub impressions: i64,
    pub clicks: i64,
    /// Those of the impressions for which no clicks are told.
    pub unclicked_impressions: i64,
    /// In the workspace's currency, without VAT, with the mark-up.
    pub cost_micros: i64,
    /// VAT on it.
    pub vat_micros: i64,
    /// As the platform charged it, in its currency.
    pub original_micros: i64,
    /// That the platform counts to itself, in millionths.
    #[serde(default)]
    pub conversions_micros: i64,
    /// Of them, in the workspace's currency.
    #[serde(default)]
    pub conversion_value_micros: i64,
}

/// One amount that an import declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostEntry {
    pub key: CostKey,
    pub measures: CostMeasures,
}

/// One import: the days it covers and what it says about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostImport {
    /// Later imports have greater ids and overrule earlier ones.
    pub id: ImportId,
    /// The days it speaks for, also those without a row.
    pub days: DayRange,
    /// The accounts it speaks for, also those without a row.
    pub accounts: BTreeSet<CostAccount>,
    /// Amounts inside its scope that it leaves to the imports before it; what it says of them
    /// itself does not count.
    pub gaps: BTreeSet<CostKey>,
    /// Rows with equal keys are added up. A row outside the scope or in a gap is left out.
    pub entries: Vec<CostEntry>,
}

/// What has to be posted for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostDelta {
    pub key: CostKey,
    pub measures: CostMeasures,
}

impl CostKey {
    fn place(&self) -> impl Ord {
        let of = &self.traffic;
        (
            self.day,
            (&of.keyword, &of.ad, &of.ad_group),
            (&of.campaign, &of.medium, &of.source),
            (&of.referrer, &of.default_channel, of.click_id),
            self.original_currency,
            &self.account,
        )
    }
}

impl Ord for CostKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

impl PartialOrd for CostKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl CostImport {
    /// The import that covers exactly the days and accounts of its rows; `None` without rows.
    #[must_use]
    pub fn of_entries(id: ImportId, entries: Vec<CostEntry>) -> Option<Self> {
        let first = entries.iter().map(|entry| entry.key.day).min()?;
        let last = entries.iter().map(|entry| entry.key.day).max()?;
        let accounts = entries
            .iter()
            .map(|entry| entry.key.account.clone())
            .collect();
        Some(Self {
            id,
            days: DayRange::new(first, last)?,
            accounts,
            gaps: BTreeSet::new(),
            entries,
        })
    }

    fn covers(&self, key: &CostKey) -> bool {
        self.days.contains(key.day)
            && self.accounts.contains(&key.account)
            && !self.gaps.contains(key)
    }
}

impl CostMeasures {
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// The sum. It stops at the largest number instead of wrapping: nine quintillion micro-units
    /// are beyond any budget, and a report must not turn them into a negative cost.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            impressions: self.impressions.saturating_add(other.impressions),
            clicks: self.clicks.saturating_add(other.clicks),
            unclicked_impressions: self
                .unclicked_impressions
                .saturating_add(other.unclicked_impressions),
            cost_micros: self.cost_micros.saturating_add(other.cost_micros),
            vat_micros: self.vat_micros.saturating_add(other.vat_micros),
            original_micros: self.original_micros.saturating_add(other.original_micros),
            conversions_micros: self
                .conversions_micros
                .saturating_add(other.conversions_micros),
            conversion_value_micros: self
                .conversion_value_micros
                .saturating_add(other.conversion_value_micros),
        }
    }

    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self {
            impressions: other.impressions.saturating_neg(),
            clicks: other.clicks.saturating_neg(),
            unclicked_impressions: other.unclicked_impressions.saturating_neg(),
            cost_micros: other.cost_micros.saturating_neg(),
            vat_micros: other.vat_micros.saturating_neg(),
            original_micros: other.original_micros.saturating_neg(),
            conversions_micros: other.conversions_micros.saturating_neg(),
            conversion_value_micros: other.conversion_value_micros.saturating_neg(),
        })
    }
}

/// What counts when exactly these imports are active, in whatever order they are given.
#[must_use]
pub fn effective(active: &[&CostImport]) -> BTreeMap<CostKey, CostMeasures> {
    let mut latest_first = active.to_vec();
    latest_first.sort_by_key(|import| std::cmp::Reverse(import.id));
    let mut values: BTreeMap<CostKey, CostMeasures> = BTreeMap::new();
    for (rank, import) in latest_first.iter().enumerate() {
        let later = &latest_first[..rank];
        for CostEntry { key, measures } in &import.entries {
            let overruled = later.iter().any(|other| other.covers(key));
            if overruled || !import.covers(key) {
                continue;
            }
            match values.get_mut(key) {
                Some(value) => *value = value.plus(*measures),
                None => {
                    values.insert(key.clone(), *measures);
                }
            }
        }
    }
    values.retain(|_, value| !value.is_zero());
    values
}

/// What has to be posted when the active imports change from `before` to `after`.
///
/// Ordered by key. An import, a re-import, an undo and a redo are all this one question.
#[must_use]
pub fn differences(before: &[&CostImport], after: &[&CostImport]) -> Vec<CostDelta> {
    let mut changes = effective(after);
    for (key, posted) in effective(before) {
        let change = changes.entry(key).or_default();
        *change = change.minus(posted);
    }
    changes
        .into_iter()
        .filter(|(_, measures)| !measures.is_zero())
        .map(|(key, measures)| CostDelta { key, measures })
        .collect()
}

#[cfg(test)]
mod tests;
