//! A period that goes on is compared with the same part of another one.

use base::{Fact, HitKind};
use serde_json::{Value, json};

use crate::world::{World, at, cost, day, landing, lead, of_cost, of_hit, of_outcome, traffic};

/// Clicks and leads at nine and at six in the afternoon, and spend, of six days in March.
fn week() -> World {
    let mut world = World::new();
    let tuple = traffic("google", "A");
    let mut facts: Vec<Fact> = Vec::new();
    for number in 0..6_u64 {
        let date = format!("2026-03-{:02}", 10 + number);
        for (hour, visitor) in [("08", 2 * number + 1), ("17", 2 * number + 2)] {
            let moment = at(&format!("{date}T{hour}:00:00Z"));
            let id = u128::from(visitor);
            let click = landing(id, HitKind::Click, visitor, moment, &tuple);
            facts.push(of_hit(click));
            let lead = lead(100 + id, Some(visitor), moment.plus_ms(60_000));
            facts.push(of_outcome(lead));
        }
        facts.push(of_cost(cost(
            200 + u128::from(number),
            day(&date),
            &tuple,
            0,
            10,
        )));
    }
    world.load(facts);
    // Noon in Warsaw.
    world.context.now = at("2026-03-15T11:00:00Z");
    world
}

/// Clicks, visits, visitors, leads and cost of the period compared with, and its end.
fn before(world: &World, mut question: Value) -> (Vec<String>, String) {
    let metrics = json!(["clicks", "visits", "visitors", "leads", "cost"]);
    question["metrics"] = metrics;
    let report = world.ask(question);
    let cells = report.totals.unwrap();
    let previous = cells
        .into_iter()
        .map(|cell| cell.previous.unwrap().unwrap());
    (previous.collect(), report.compare.unwrap().complete_until)
}

fn days(from: &str, to: &str) -> Value {
    json!({"from": format!("2026-03-{from}"), "to": format!("2026-03-{to}")})
}

#[test]
fn today_is_compared_with_yesterday_until_the_same_time() {
    let world = week();
    let asked = json!({"period": days("15", "15"), "compare": days("14", "14")});
    let (previous, until) = before(&world, asked);
    assert_eq!(previous, ["1", "1", "1", "1", "10.00"]);
    assert_eq!(until, "2026-03-14T11:00:00.000Z");
}

#[test]
fn a_period_that_goes_on_is_compared_as_far_as_it_has_come() {
    let world = week();
    // The second of three days is today: of the other three one and a half count.
    let asked = json!({"period": days("14", "16"), "compare": days("11", "13")});
    let (previous, until) = before(&world, asked);
    assert_eq!(previous, ["3", "3", "3", "3", "20.00"]);
    assert_eq!(until, "2026-03-12T11:00:00.000Z");
}

#[test]
fn a_period_that_is_over_is_compared_with_a_whole_one() {
    let world = week();
    let asked = json!({"period": days("12", "13"), "compare": days("10", "11")});
    let (previous, until) = before(&world, asked);
    assert_eq!(previous, ["4", "4", "4", "4", "20.00"]);
    assert_eq!(until, "2026-03-11T23:00:00.000Z");
}

#[test]
fn the_pre_aggregate_and_raw_hits_are_cut_alike() {
    let world = week();
    // Near and disjoint, far, and overlapping: one statement or two.
    for compare in [days("12", "13"), days("10", "11"), days("13", "14")] {
        for by in [
            json!([]),
            json!(["channel"]),
            json!(["campaign", "utm_source"]),
        ] {
            for bucket in [json!(null), json!("day"), json!("month")] {
                let ask = |known_on: Option<&str>| {
                    let report = world.ask(json!({
                        "metrics": ["clicks", "visits", "page_views", "visitors", "leads", "cost"],
                        "dimensions": by,
                        "bucket": bucket,
                        "period": days("14", "15"),
                        "compare": compare,
                        // Everything is known by then, but the pre-aggregate knows no recording.
                        "as_known_on": known_on,
                    }));
                    (report.rows, report.totals)
                };
                assert_eq!(
                    ask(None),
                    ask(Some("2099-01-01T00:00:00Z")),
                    "{compare} {by}"
                );
            }
        }
    }
}
