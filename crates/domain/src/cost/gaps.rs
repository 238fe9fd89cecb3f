//! What a cost import leaves as it was, and what its coming changes: told before it is confirmed.

use std::collections::{BTreeMap, BTreeSet};

use base::{Currency, Day, DayRange, Traffic};
use serde::{Deserialize, Serialize};

use super::{CostAccount, CostKey, CostMeasures};

/// Earlier amounts inside an import's scope that stay, though its file does not say them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepEarlier {
    /// Those of rows that could not be read; the others vanish.
    #[default]
    Rejected,
    /// All that the file does not mention.
    All,
    /// None: the file is the whole truth.
    Nothing,
}

/// What is known of a row that could not be read. What is `None` could be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadRow {
    pub account: Option<CostAccount>,
    pub day: Option<Day>,
    pub traffic: Option<Traffic>,
    pub original_currency: Option<Currency>,
}

/// What becomes of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Added,
    Changed,
    Vanished,
    /// The file leaves it as it was.
    Kept,
}

/// Amounts with the same fate, in one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EffectSum {
    pub amounts: u64,
    /// As the platform charges, in its currency.
    pub before_micros: i64,
    pub after_micros: i64,
}

/// A file that passes over so many days says nothing about them: its dates are from two periods,
/// or one of them is wrong.
const SILENT_DAYS_MIN: i32 = 31;

/// Which parts of a row are known: account, day, traffic, currency.
type Shape = [bool; 4];

impl UnreadRow {
    fn shape(&self) -> Shape {
        [
            self.account.is_some(),
            self.day.is_some(),
            self.traffic.is_some(),
            self.original_currency.is_some(),
        ]
    }

    /// The row that knows these parts of an amount.
    fn of(key: &CostKey, [account, day, traffic, currency]: Shape) -> Self {
        Self {
            account: account.then(|| key.account.clone()),
            day: day.then_some(key.day),
            traffic: traffic.then(|| key.traffic.clone()),
            original_currency: currency.then_some(key.original_currency),
        }
    }
}

/// The longest runs of days that a file passes over between those that it has rows of.
#[must_use]
pub fn silences(spoken: &BTreeSet<Day>) -> Vec<DayRange> {
    let next = spoken.iter().skip(1);
    let between = |(day, next): (&Day, &Day)| {
        let silence = DayRange::new(day.plus_days(1), next.plus_days(-1))?;
        (silence.len_days() >= SILENT_DAYS_MIN).then_some(silence)
    };
    spoken.iter().zip(next).filter_map(between).collect()
}

/// The amounts that an import leaves to those before it.
///
/// Unless it is said to be the whole truth, a file leaves the days of its silences as they are.
/// `before` is what counts on its days, `said` what its readable rows add up to. An amount that a
/// rejected row is known to be a part of stays whole, even if other rows of it could be read: a
/// part of a sum is no sum. Where a rejected row could mean several amounts, those that the file
/// does not mention stay.
#[must_use]
pub fn gaps(
    keep: KeepEarlier,
    before: &BTreeMap<CostKey, CostMeasures>,
    said: &BTreeMap<CostKey, CostMeasures>,
    silences: &[DayRange],
    unread: &BTreeSet<UnreadRow>,
) -> BTreeSet<CostKey> {
    const EXACT: Shape = [true; 4];
    let shapes: BTreeSet<Shape> = unread.iter().map(UnreadRow::shape).collect();
    let is_meant = |key: &CostKey, shape| unread.contains(&UnreadRow::of(key, shape));
    let is_gap = |key: &CostKey| match keep {
        KeepEarlier::Nothing => false,
        _ if is_meant(key, EXACT) => true,
        _ if said.contains_key(key) => false,
        KeepEarlier::All => true,
        KeepEarlier::Rejected if silences.iter().any(|days| days.contains(key.day)) => true,
        KeepEarlier::Rejected => shapes.iter().any(|shape| is_meant(key, *shape)),
    };
    before.keys().filter(|key| is_gap(key)).cloned().collect()
}

/// What an import changes, by fate and currency. What neither changes nor is in a gap is not told.
#[must_use]
pub fn effects(
    before: &BTreeMap<CostKey, CostMeasures>,
    after: &BTreeMap<CostKey, CostMeasures>,
    gaps: &BTreeSet<CostKey>,
) -> BTreeMap<(Effect, Currency), EffectSum> {
    let mut sums: BTreeMap<(Effect, Currency), EffectSum> = BTreeMap::new();
    let keys: BTreeSet<&CostKey> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let effect = match (before.get(key), after.get(key)) {
            (Some(_), Some(_)) if gaps.contains(key) => Effect::Kept,
            (Some(old), Some(new)) if old == new => continue,
            (Some(_), Some(_)) => Effect::Changed,
            (Some(_), None) => Effect::Vanished,
            (None, _) => Effect::Added,
        };
        let micros = |side: &BTreeMap<CostKey, CostMeasures>| {
            side.get(key).map_or(0, |value| value.original_micros)
        };
        let sum = sums.entry((effect, key.original_currency)).or_default();
        sum.amounts += 1;
        sum.before_micros = sum.before_micros.saturating_add(micros(before));
        sum.after_micros = sum.after_micros.saturating_add(micros(after));
    }
    sums
}

#[cfg(test)]
mod tests;
