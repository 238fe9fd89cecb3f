//! The overlay of cost imports: what counts now, and what changed since.

use std::collections::{BTreeMap, BTreeSet};

use base::{Currency, Day, DayRange, ImportId, Traffic};

/// Whose spending a file speaks for. Two files with different accounts never overrule each other;
/// an empty account is an account of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CostAccount {
    /// `google_ads`, `yandex_direct`, `manual` …
    pub platform: String,
    /// The traffic source the spending is booked on.
    pub source: String,
    /// The platform's account; for a manual cost its own id.
    pub account: String,
}

/// What one amount of cost is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CostKey {
    pub account: CostAccount,
    /// Local day of the workspace.
    pub day: Day,
    pub traffic: Traffic,
    /// The currency that the platform charged in.
    pub original_currency: Currency,
}

/// Additive measures of a cost key; in a difference they are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CostMeasures {
    pub impressions: i64,
    pub clicks: i64,
    /// In the workspace's currency, without VAT, with the mark-up.
    pub cost_micros: i64,
    /// VAT on it.
    pub vat_micros: i64,
    /// As the platform charged it, in its currency.
    pub original_micros: i64,
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
    /// Rows with equal keys are added up. A row outside the days and accounts is left out.
    pub entries: Vec<CostEntry>,
}

/// What has to be posted for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostDelta {
    pub key: CostKey,
    pub measures: CostMeasures,
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
            entries,
        })
    }

    fn covers(&self, account: &CostAccount, day: Day) -> bool {
        self.days.contains(day) && self.accounts.contains(account)
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
            cost_micros: self.cost_micros.saturating_add(other.cost_micros),
            vat_micros: self.vat_micros.saturating_add(other.vat_micros),
            original_micros: self.original_micros.saturating_add(other.original_micros),
        }
    }

    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self {
            impressions: other.impressions.saturating_neg(),
            clicks: other.clicks.saturating_neg(),
            cost_micros: other.cost_micros.saturating_neg(),
            vat_micros: other.vat_micros.saturating_neg(),
            original_micros: other.original_micros.saturating_neg(),
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
            let overruled = later
                .iter()
                .any(|other| other.covers(&key.account, key.day));
            if overruled || !import.covers(&key.account, key.day) {
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(account: &str, day: i32, campaign: &str) -> CostKey {
        CostKey {
            account: CostAccount {
                platform: "google_ads".into(),
                source: "google".into(),
                account: account.into(),
            },
            day: Day(day),
            traffic: Traffic {
                campaign: campaign.into(),
                ..Traffic::default()
            },
            original_currency: "EUR".parse().unwrap(),
        }
    }

    fn import(id: i64, rows: &[(&str, i32, &str, i64)]) -> CostImport {
        let entries = rows.iter().map(|(account, day, campaign, cost)| CostEntry {
            key: key(account, *day, campaign),
            measures: CostMeasures {
                cost_micros: *cost,
                clicks: 1,
                ..CostMeasures::default()
            },
        });
        CostImport::of_entries(ImportId(id), entries.collect()).unwrap()
    }

    fn costs(deltas: &[CostDelta]) -> Vec<(i32, &str, i64)> {
        deltas
            .iter()
            .map(|delta| {
                let campaign = delta.key.traffic.campaign.as_str();
                (delta.key.day.0, campaign, delta.measures.cost_micros)
            })
            .collect()
    }

    #[test]
    fn a_re_import_posts_only_what_changed_and_vanished_rows_vanish() {
        let first = import(1, &[("", 1, "a", 10), ("", 1, "b", 20), ("", 2, "a", 30)]);
        let second = import(2, &[("", 1, "a", 10), ("", 2, "a", 35)]);
        assert_eq!(
            costs(&differences(&[], &[&first])),
            [(1, "a", 10), (1, "b", 20), (2, "a", 30)]
        );
        let deltas = differences(&[&first], &[&first, &second]);
        assert_eq!(costs(&deltas), [(1, "b", -20), (2, "a", 5)]);
        assert_eq!(deltas[0].measures.clicks, -1);
    }

    #[test]
    fn the_same_file_again_posts_nothing() {
        let first = import(1, &[("", 1, "a", 10)]);
        let again = import(2, &[("", 1, "a", 10)]);
        assert!(differences(&[&first], &[&first, &again]).is_empty());
        assert!(differences(&[&first, &again], &[&again]).is_empty());
    }

    #[test]
    fn an_undo_brings_back_what_the_import_before_said() {
        let first = import(1, &[("", 1, "a", 10), ("", 5, "a", 50)]);
        let second = import(2, &[("", 1, "a", 12)]);
        let deltas = differences(&[&first, &second], &[&first]);
        assert_eq!(costs(&deltas), [(1, "a", -2)]);
    }

    #[test]
    fn a_day_between_the_first_and_the_last_is_covered_without_a_row() {
        let first = import(1, &[("", 2, "a", 10)]);
        let second = import(2, &[("", 1, "a", 1), ("", 3, "a", 3)]);
        let deltas = differences(&[&first], &[&first, &second]);
        assert_eq!(costs(&deltas), [(1, "a", 1), (2, "a", -10), (3, "a", 3)]);
    }

    #[test]
    fn another_account_is_left_alone() {
        let first = import(1, &[("one", 1, "a", 10)]);
        let second = import(2, &[("two", 1, "a", 7)]);
        assert_eq!(
            costs(&differences(&[&first], &[&first, &second])),
            [(1, "a", 7)]
        );
    }

    #[test]
    fn equal_keys_in_one_file_add_up() {
        let twice = import(1, &[("", 1, "a", 10), ("", 1, "a", 5)]);
        assert_eq!(costs(&differences(&[], &[&twice])), [(1, "a", 15)]);
    }

    fn row() -> impl Strategy<Value = (&'static str, i32, &'static str, i64)> {
        let account = prop::sample::select(vec!["one", "two"]);
        let campaign = prop::sample::select(vec!["a", "b", "c"]);
        (account, 0_i32..6, campaign, -5_i64..50)
    }

    proptest! {
        #[test]
        fn what_was_posted_adds_up_to_what_counts(
            files in prop::collection::vec(prop::collection::vec(row(), 1..8), 1..6),
            switches in prop::collection::vec(0_usize..6, 1..20),
        ) {
            let imports: Vec<CostImport> =
                (1..).zip(&files).map(|(id, rows)| import(id, rows)).collect();
            let mut active: BTreeSet<usize> = BTreeSet::new();
            let mut posted: BTreeMap<CostKey, CostMeasures> = BTreeMap::new();
            // Each switch imports a file, or takes it back; everything is taken back at the end.
            let all: Vec<usize> = (0..imports.len()).collect();
            let ends = switches.len();
            for (step, pick) in switches.into_iter().chain(all).enumerate() {
                let before = active.clone();
                let pick = pick % imports.len();
                if !active.remove(&pick) && step < ends {
                    active.insert(pick);
                }
                let view = |set: &BTreeSet<usize>| -> Vec<usize> { set.iter().copied().collect() };
                let old: Vec<&CostImport> = view(&before).iter().map(|i| &imports[*i]).collect();
                let new: Vec<&CostImport> = view(&active).iter().map(|i| &imports[*i]).collect();
                for delta in differences(&old, &new) {
                    let value = posted.entry(delta.key).or_default();
                    *value = value.plus(delta.measures);
                }
                posted.retain(|_, value| !value.is_zero());
                prop_assert_eq!(&posted, &effective(&new));
            }
            prop_assert!(posted.is_empty());
        }

        #[test]
        fn the_order_of_loading_does_not_matter(
            files in prop::collection::vec(prop::collection::vec(row(), 1..8), 1..5),
        ) {
            let imports: Vec<CostImport> =
                (1..).zip(&files).map(|(id, rows)| import(id, rows)).collect();
            let forwards: Vec<&CostImport> = imports.iter().collect();
            let backwards: Vec<&CostImport> = imports.iter().rev().collect();
            prop_assert_eq!(effective(&forwards), effective(&backwards));
        }
    }
}
