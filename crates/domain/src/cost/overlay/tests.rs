//! The overlay with re-imports, undos and gaps.

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
