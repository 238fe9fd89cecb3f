//! What stays where rows could not be read, by hand and for any file.

use base::ImportId;
use proptest::prelude::*;

use super::*;
use crate::cost::{CostEntry, CostImport, effective};

type Amounts = BTreeMap<CostKey, CostMeasures>;

fn key(day: i32, campaign: &str) -> CostKey {
    CostKey {
        account: CostAccount {
            platform: "google_ads".into(),
            source: "google".into(),
            account: String::new(),
        },
        day: Day(day),
        traffic: Traffic {
            campaign: campaign.into(),
            ..Traffic::default()
        },
        original_currency: "EUR".parse().unwrap(),
    }
}

fn amounts(rows: &[(i32, &str, i64)]) -> Amounts {
    let amount = |(day, campaign, micros): &(i32, &str, i64)| {
        let measures = CostMeasures {
            original_micros: *micros,
            cost_micros: *micros,
            ..CostMeasures::default()
        };
        (key(*day, campaign), measures)
    };
    rows.iter().map(amount).collect()
}

/// A row of a campaign that could not be read, with its day where that is known.
fn unread(day: Option<i32>, campaign: &str) -> UnreadRow {
    let CostKey {
        account,
        traffic,
        original_currency,
        ..
    } = key(0, campaign);
    UnreadRow {
        account: Some(account),
        day: day.map(Day),
        traffic: Some(traffic),
        original_currency: Some(original_currency),
    }
}

#[test]
fn a_file_says_nothing_of_the_days_between_two_periods() {
    let days = |list: &[i32]| list.iter().copied().map(Day).collect::<BTreeSet<_>>();
    assert_eq!(silences(&days(&[])), []);
    assert_eq!(silences(&days(&[1, 32, 62])), []);
    let silent = silences(&days(&[1, 2, 40, 41]));
    assert_eq!(silent, [DayRange::new(Day(3), Day(39)).unwrap()]);
    let before = amounts(&[(2, "b", 10), (3, "a", 10), (39, "a", 20), (40, "b", 30)]);
    let said = amounts(&[(2, "a", 1), (40, "a", 1)]);
    let left = |keep| {
        let left = gaps(keep, &before, &said, &silent, &BTreeSet::new());
        left.into_iter().map(|key| key.day.0).collect::<Vec<_>>()
    };
    assert_eq!(left(KeepEarlier::Rejected), [3, 39]);
    assert_eq!(left(KeepEarlier::All), [2, 3, 39, 40]);
    assert_eq!(left(KeepEarlier::Nothing), [0; 0]);
}

fn kept(keep: KeepEarlier, said: &Amounts, rows: &[UnreadRow]) -> Vec<(i32, String)> {
    let before = amounts(&[(1, "a", 10), (1, "b", 20), (2, "a", 30), (2, "b", 40)]);
    let unread = rows.iter().cloned().collect();
    gaps(keep, &before, said, &[], &unread)
        .into_iter()
        .map(|key| (key.day.0, key.traffic.campaign))
        .collect()
}

fn names(rows: &[(i32, &str)]) -> Vec<(i32, String)> {
    let name = |(day, campaign): &(i32, &str)| (*day, (*campaign).to_owned());
    rows.iter().map(name).collect()
}

#[test]
fn the_amount_of_a_rejected_row_stays_and_what_is_not_mentioned_vanishes() {
    let said = amounts(&[(1, "a", 11)]);
    let rows = [unread(Some(2), "b")];
    assert_eq!(
        kept(KeepEarlier::Rejected, &said, &rows),
        names(&[(2, "b")])
    );
    assert_eq!(kept(KeepEarlier::Rejected, &said, &[]), names(&[]));
    assert_eq!(kept(KeepEarlier::Nothing, &said, &rows), names(&[]));
}

#[test]
fn a_part_of_a_sum_does_not_stand_for_the_sum() {
    let said = amounts(&[(1, "a", 4), (1, "b", 20)]);
    let rows = [unread(Some(1), "a")];
    assert_eq!(
        kept(KeepEarlier::Rejected, &said, &rows),
        names(&[(1, "a")])
    );
}

#[test]
fn a_row_whose_day_is_unknown_keeps_every_day_that_the_file_does_not_mention() {
    let said = amounts(&[(1, "a", 11), (1, "b", 20)]);
    let rows = [unread(None, "a")];
    assert_eq!(
        kept(KeepEarlier::Rejected, &said, &rows),
        names(&[(2, "a")])
    );
    let nothing_known = [UnreadRow::default()];
    let all = names(&[(2, "a"), (2, "b")]);
    assert_eq!(kept(KeepEarlier::Rejected, &said, &nothing_known), all);
}

#[test]
fn a_file_that_only_completes_leaves_all_that_it_does_not_mention() {
    let said = amounts(&[(1, "a", 11)]);
    let rest = names(&[(1, "b"), (2, "a"), (2, "b")]);
    assert_eq!(kept(KeepEarlier::All, &said, &[]), rest);
}

#[test]
fn effects_are_told_by_fate_with_their_sums() {
    let before = amounts(&[(1, "a", 10), (1, "b", 20), (2, "a", 30), (2, "b", 40)]);
    let after = amounts(&[(1, "a", 10), (1, "b", 25), (2, "b", 40), (3, "c", 5)]);
    let gaps = BTreeSet::from([key(2, "b")]);
    let eur: Currency = "EUR".parse().unwrap();
    let sum = |amounts, before_micros, after_micros| EffectSum {
        amounts,
        before_micros,
        after_micros,
    };
    let wanted = BTreeMap::from([
        ((Effect::Added, eur), sum(1, 0, 5)),
        ((Effect::Changed, eur), sum(1, 20, 25)),
        ((Effect::Vanished, eur), sum(1, 30, 0)),
        ((Effect::Kept, eur), sum(1, 40, 40)),
    ]);
    assert_eq!(effects(&before, &after, &gaps), wanted);
}

fn import(id: i64, amounts: &Amounts, gaps: BTreeSet<CostKey>) -> CostImport {
    CostImport {
        id: ImportId(id),
        days: DayRange::new(Day(0), Day(5)).unwrap(),
        accounts: BTreeSet::from([key(0, "").account]),
        gaps,
        entries: amounts
            .iter()
            .map(|(key, measures)| CostEntry {
                key: key.clone(),
                measures: *measures,
            })
            .collect(),
    }
}

fn file() -> impl Strategy<Value = Amounts> {
    let row = (
        0_i32..6,
        prop::sample::select(vec!["a", "b", "c"]),
        1_i64..50,
    );
    prop::collection::vec(row, 0..12).prop_map(|rows| amounts(&rows))
}

fn any_unread() -> impl Strategy<Value = BTreeSet<UnreadRow>> {
    let campaign = prop::sample::select(vec!["a", "b", "c"]);
    let row = (prop::option::of(0_i32..6), campaign, any::<bool>());
    let row = row.prop_map(|(day, campaign, is_known)| UnreadRow {
        traffic: unread(None, campaign).traffic.filter(|_| is_known),
        ..unread(day, campaign)
    });
    prop::collection::btree_set(row, 0..4)
}

proptest! {
    #[test]
    fn nothing_that_a_rejected_row_could_mean_changes_unless_the_file_says_it(
        first in file(), second in file(), unread in any_unread(),
    ) {
        let older = import(1, &first, BTreeSet::new());
        let before = effective(&[&older]);
        let left = gaps(KeepEarlier::Rejected, &before, &second, &[], &unread);
        let newer = import(2, &second, left.clone());
        let after = effective(&[&older, &newer]);
        for (key, value) in &before {
            let shapes = [[true; 4], [true, false, true, true], [true, true, false, true],
                [true, false, false, true]];
            let is_meant = shapes.iter().any(|shape| unread.contains(&UnreadRow::of(key, *shape)));
            if is_meant && (!second.contains_key(key) || left.contains(key)) {
                prop_assert_eq!(after.get(key), Some(value));
            }
            if !is_meant {
                prop_assert_eq!(after.get(key), second.get(key));
            }
        }
    }

    #[test]
    fn what_is_told_adds_up_to_what_changes(
        first in file(), second in file(), unread in any_unread(), keep in 0_usize..3,
    ) {
        let keep = [KeepEarlier::Rejected, KeepEarlier::All, KeepEarlier::Nothing][keep];
        let older = import(1, &first, BTreeSet::new());
        let before = effective(&[&older]);
        let left = gaps(keep, &before, &second, &[], &unread);
        let newer = import(2, &second, left.clone());
        let after = effective(&[&older, &newer]);
        let told = effects(&before, &after, &left);
        let total = |amounts: &Amounts| -> i64 {
            amounts.values().map(|value| value.original_micros).sum()
        };
        let change: i64 = told.values().map(|sum| sum.after_micros - sum.before_micros).sum();
        prop_assert_eq!(change, total(&after) - total(&before));
        let vanished = told.iter().filter(|((effect, _), _)| *effect == Effect::Vanished);
        let vanished: u64 = vanished.map(|(_, sum)| sum.amounts).sum();
        let gone = before.keys().filter(|key| !after.contains_key(*key)).count();
        prop_assert_eq!(vanished, u64::try_from(gone).unwrap());
        if keep == KeepEarlier::All {
            prop_assert_eq!(vanished, 0);
        }
    }
}
