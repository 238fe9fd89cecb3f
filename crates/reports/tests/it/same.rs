//! Both engines give the same table to the last letter, with its order, totals and intervals.

use reports::catalogue::{DIMENSIONS, metrics};
use serde_json::{Value, json};
use warehouse::testing;

use crate::twin::generate::facts;
use crate::world::World;

/// Filters that ask for text, for absence and for both.
fn filters(number: usize) -> Value {
    match number % 6 {
        0 => json!([{"dimension": "campaign", "op": "contains", "values": ["B"]}]),
        1 => json!([{"dimension": "channel", "op": "is_unknown", "values": []}]),
        2 => json!([{"dimension": "utm_source", "op": "starts_with", "values": ["GOO", "M"]}]),
        3 => json!([
            {"dimension": "country", "op": "is_not", "values": ["PL"]},
            {"dimension": "source", "op": "is_known", "values": []},
        ]),
        _ => json!([]),
    }
}

/// Every dimension is asked for, each with other settings, and some by two and by steps.
fn question(number: usize) -> Value {
    let keys: Vec<&str> = metrics().map(|metric| metric.key).collect();
    let dimensions: Vec<&str> = DIMENSIONS.iter().map(|dimension| dimension.key).collect();
    let first = dimensions[number % dimensions.len()];
    let second = dimensions[(number * 7 + 3) % dimensions.len()];
    let by = match number % 3 {
        0 if first != second => json!([first, second]),
        _ => json!([first]),
    };
    let bucket = [None, Some("hour"), Some("day"), Some("week"), Some("month")][number % 5];
    let compare = match number % 4 {
        0 => json!({"from": "2026-03-26", "to": "2026-03-27"}),
        2 => json!({"from": "2025-03-28", "to": "2025-03-30"}),
        _ => Value::Null,
    };
    let known_on = (number % 4 == 1).then_some("2026-03-29T18:00:00Z");
    let zone = ["Europe/Warsaw", "Asia/Kathmandu", "UTC"][number % 3];
    let basis = ["visit", "creation", "payment"][number % 3];
    let model = ["last_non_direct", "first", "last"][(number / 3) % 3];
    let vat = ["net", "gross"][number % 2];
    json!({
        "metrics": keys,
        "dimensions": by,
        "filters": filters(number),
        "property": "plan",
        "period": {
            "from": "2026-03-28",
            "to": "2026-03-30",
            "time_zone": zone,
        },
        "bucket": bucket,
        "compare": compare,
        "date_basis": basis,
        "attribution": model,
        "as_known_on": known_on,
        "include_bots": number.is_multiple_of(5),
        "vat": vat,
    })
}

#[test]
fn a_server_answers_as_a_file_does() {
    if testing::server().is_none() {
        return;
    }
    let (server, file) = (World::new(), World::in_file());
    fill(&server);
    fill(&file);
    check_same(&server, &file);
}

#[test]
fn a_server_answers_as_the_file_that_was_moved_to_it() {
    let Some(server) = testing::server() else {
        return;
    };
    let file = World::in_file();
    fill(&file);
    check_same(&World::moved(&file, &server), &file);
}

fn fill(world: &World) {
    facts(2_026)
        .chunks(40)
        .for_each(|batch| world.load(batch.to_vec()));
    world.rename_for_a_while();
}

fn check_same(server: &World, file: &World) {
    for number in 0..DIMENSIONS.len() {
        let question = question(number);
        let [on_server, in_file] = [server, file].map(|world| {
            let report = world.ask(question.clone());
            assert!(!report.rows.is_empty(), "nothing to compare: {question}");
            serde_json::to_value(report).unwrap()
        });
        assert_eq!(on_server, in_file, "{question}");
    }
}

#[test]
fn campaigns_have_the_same_key_on_both() {
    if testing::server().is_none() {
        return;
    }
    let keys = [World::new(), World::in_file()].map(|world| {
        world.load(facts(7));
        let sql = "select source, campaign, campaign_key from labels order by source, campaign";
        let limits = warehouse::Limits::default();
        world.warehouse.query(sql, &[], limits).unwrap().rows
    });
    assert!(keys[0].len() > 4);
    assert_eq!(keys[0], keys[1]);
}
