//! The naive twin: every metric computed a second time, in plain loops over the facts.

mod custom;
pub(crate) mod generate;
mod history;
mod naive;
mod scroll;
mod text;

use std::collections::BTreeMap;

use base::{DayRange, Fact};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use reports::Report;
use reports::catalogue::metrics;
use serde_json::{Value, json};

use crate::twin::custom::{custom, custom_texts};
use crate::twin::generate::facts;
use crate::twin::history::facts_with_history;
use crate::twin::naive::{Naive, Question, Sums};
use crate::twin::text::{STAYS_NET, metric_text};
use crate::world::{WORKSPACE, World, at, day};

/// Values of the row's dimensions; a dash for unknown.
type Key = Vec<String>;

const DIMENSIONS: [&[&str]; 16] = [
    &[],
    &["channel"],
    &["campaign"],
    &["country"],
    &["landing_page"],
    &["utm_source", "device"],
    &["subchannel", "campaign"],
    &["platform"],
    &["lead_status"],
    &["channel", "lead_status"],
    &["page"],
    &["exit_page"],
    &["event", "property"],
    &["property_names"],
    &["outbound_link", "download"],
    &["search_term"],
];

const FILTERS: [Option<(&str, &str, &str)>; 9] = [
    None,
    Some(("campaign", "is", "a")),
    Some(("channel", "is_unknown", "")),
    Some(("country", "is_not", "PL")),
    Some(("campaign", "contains", "B")),
    Some(("channel", "is_known", "")),
    Some(("lead_status", "is", "qualified")),
    Some(("exit_page", "contains", "A")),
    Some(("property", "is", "pro")),
];

/// The property of events that every question is about.
const PROPERTY: &str = "plan";

fn question_of(number: usize) -> Question {
    let filter = FILTERS[number % FILTERS.len()];
    Question {
        dimensions: DIMENSIONS[number % DIMENSIONS.len()].to_vec(),
        filter: filter.map(|(key, op, value)| (key.to_owned(), op.to_owned(), value.to_owned())),
        basis: ["visit", "creation", "payment"][number % 3],
        attribution: ["last_non_direct", "first", "last"][(number / 3) % 3],
        range: DayRange::new(day("2026-03-28"), day("2026-03-30")).unwrap(),
        // Before, while and after other rules gave the labels.
        known_on: [
            None,
            Some("2026-03-29T18:00:00Z"),
            None,
            Some("2026-03-31T00:00:00Z"),
        ][number % 4]
            .map(at),
        bots: number.is_multiple_of(5),
        gross: number.is_multiple_of(2),
    }
}

fn as_json(question: &Question) -> Value {
    let known = metrics().map(|metric| metric.key.to_owned());
    let keys: Vec<String> = known
        .chain(custom().iter().map(|each| each.key()))
        .collect();
    let filters: Vec<Value> = question
        .filter
        .iter()
        .map(|(dimension, op, value)| {
            let values: Vec<&String> = [value].into_iter().filter(|v| !v.is_empty()).collect();
            json!({"dimension": dimension, "op": op, "values": values})
        })
        .collect();
    json!({
        "metrics": keys,
        "dimensions": question.dimensions,
        "filters": filters,
        "property": PROPERTY,
        "period": {"from": question.range.first.to_string(), "to": question.range.last.to_string()},
        "date_basis": question.basis,
        "attribution": question.attribution,
        "as_known_on": question.known_on.map(base::UnixMillis::rfc3339),
        "include_bots": question.bots,
        "vat": if question.gross { "gross" } else { "net" },
    })
}

fn check(world: &World, facts: &[Fact], question: &Question) -> Result<(), TestCaseError> {
    let report = world.ask(as_json(question));
    let naive = Naive::new(facts, question, &world.context);
    let mut expected: BTreeMap<Key, Vec<String>> = BTreeMap::new();
    for (key, sums) in naive.groups() {
        expected.insert(key, all_texts(&sums, question.gross));
    }
    let shown = rows_of(&report);
    prop_assert_eq!(&shown, &expected, "{:?}", question);
    let totals: Vec<String> = report.totals.iter().flatten().map(text).collect();
    let whole = all_texts(&naive.total(), question.gross);
    prop_assert_eq!(totals, whole, "totals of {:?}", question);
    Ok(())
}

fn all_texts(sums: &Sums, gross: bool) -> Vec<String> {
    let with_vat = sums.gross();
    let text = |metric: &reports::catalogue::Metric| {
        let is_gross = gross && !STAYS_NET.contains(&metric.key);
        metric_text(metric.key, if is_gross { &with_vat } else { sums })
    };
    let told = if gross { &with_vat } else { sums };
    metrics()
        .map(text)
        .chain(custom_texts(sums, told))
        .collect()
}

fn rows_of(report: &Report) -> BTreeMap<Key, Vec<String>> {
    let key = |row: &reports::ReportRow| {
        row.dimensions
            .iter()
            .map(|d| d.value.clone().unwrap_or_else(|| "-".into()))
            .collect()
    };
    report
        .rows
        .iter()
        .map(|row| (key(row), row.cells.iter().map(text).collect()))
        .collect()
}

fn text(cell: &reports::Cell) -> String {
    cell.value
        .clone()
        .or(cell.reason.map(str::to_owned))
        .unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig {
        // A server plans such wide statements much longer than it runs them.
        cases: if warehouse::testing::server().is_some() { 2 } else { 8 },
        rng_seed: RngSeed::Fixed(2026),
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_metric_equals_its_naive_twin(seed: u64) {
        let mut world = World::new();
        world.context.custom = custom();
        let facts = facts_with_history(seed);
        // In several batches, and the visits after the sales, as when history is imported late.
        let (hits, others): (Vec<Fact>, Vec<Fact>) =
            facts.iter().cloned().partition(|fact| matches!(fact, Fact::Hit(_)));
        others.chunks(30).chain(hits.chunks(17)).for_each(|batch| world.load(batch.to_vec()));
        world.rename_for_a_while();
        let first = usize::try_from(seed % 5040).unwrap();
        for number in first..first + 10 {
            check(&world, &facts, &question_of(number))?;
        }
    }

    #[test]
    fn additive_metrics_sum_to_their_total_under_every_model(seed: u64) {
        let world = World::new();
        world.load(facts(seed));
        for model in ["first", "last", "last_non_direct"] {
            let ask = |dimensions: &[&str]| {
                let report = world.ask(json!({
                    "metrics": ["leads", "revenue", "cost", "clicks", "visits", "impressions"],
                    "dimensions": dimensions,
                    "period": {"from": "2026-03-20", "to": "2026-04-10"},
                    "attribution": model,
                }));
                let sum = |column: usize| -> i64 {
                    let cells = report.rows.iter().map(|row| row.cells[column].value.clone());
                    cells.map(|v| base::parse_decimal_micros(&v.unwrap()).unwrap()).sum()
                };
                (0..6).map(sum).collect::<Vec<_>>()
            };
            let whole = ask(&[]);
            for dimensions in DIMENSIONS {
                prop_assert_eq!(&ask(dimensions), &whole, "{} {:?}", model, dimensions);
            }
        }
    }

}

proptest! {
    // Each case asks a hundred questions.
    #![proptest_config(ProptestConfig {
        cases: 4,
        rng_seed: RngSeed::Fixed(2026),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_pre_aggregate_gives_the_same_answers_as_raw_hits(seed: u64) {
        let world = World::new();
        facts(seed).chunks(20).for_each(|batch| world.load(batch.to_vec()));
        let ask = |zone: &str, known_on: Option<&str>, bucket: &str, dimensions: &[&str]| {
            world.lines(json!({
                "metrics": ["clicks", "visits", "bounces", "page_views", "engaged_time", "events",
                            "leads", "revenue", "cost"],
                "dimensions": dimensions,
                "period": {"from": "2026-03-28", "to": "2026-03-30", "time_zone": zone},
                "bucket": bucket,
                "as_known_on": known_on,
            }))
        };
        let dimensions: [&[&str]; 4] =
            [&[], &["channel"], &["campaign", "utm_source"], &["country"]];
        // Hours need raw hits anyway; weeks and months are made of the days.
        let steps = ["day", "day", "day", "day", "week", "month"];
        let asked = steps.into_iter().zip(dimensions.into_iter().cycle());
        // Half and quarter hours, and a clock change within the period.
        for zone in ["Europe/Warsaw", "Asia/Kolkata", "Asia/Kathmandu", "UTC"] {
            world.warehouse.set_time_zone(WORKSPACE, &zone.parse().unwrap()).unwrap();
            for (bucket, by) in asked.clone() {
                // Everything is known by 2099, but the pre-aggregate knows no time of recording.
                let rollup = ask(zone, None, bucket, by);
                let raw = ask(zone, Some("2099-01-01T00:00:00Z"), bucket, by);
                prop_assert_eq!(rollup, raw, "{} by {} and {:?}", zone, bucket, by);
            }
        }
        for bucket in ["day", "month"] {
            // The pre-aggregate is by days of UTC now, and the question by days of Warsaw.
            let rollup = ask("Europe/Warsaw", None, bucket, &["channel"]);
            let raw = ask("Europe/Warsaw", Some("2099-01-01T00:00:00Z"), bucket, &["channel"]);
            prop_assert_eq!(rollup, raw);
        }
    }
}
