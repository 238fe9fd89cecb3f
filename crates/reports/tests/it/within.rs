//! Who sees some channels only gets the report of these channels, whatever is asked.

use reports::catalogue::metrics;
use reports::{BehindRequest, behind};
use serde_json::{Value, json};
use warehouse::Limits;

use crate::twin::generate::facts;
use crate::world::World;

/// A question with what it is filtered by.
fn question(dimension: &str, filters: &Value) -> Value {
    let keys: Vec<&str> = metrics().map(|metric| metric.key).collect();
    json!({
        "metrics": keys,
        "dimensions": [dimension],
        "filters": filters,
        "period": {"from": "2026-03-28", "to": "2026-03-30"},
        "compare": {"from": "2026-03-26", "to": "2026-03-27"},
    })
}

fn full_world() -> World {
    let world = World::new();
    facts(27)
        .chunks(40)
        .for_each(|batch| world.load(batch.to_vec()));
    world
}

/// The channels that the facts are of.
fn channels(world: &World) -> Vec<String> {
    let report = world.ask(question("channel", &json!([])));
    let rows = report.rows.iter();
    rows.filter_map(|row| row.dimensions[0].value.clone())
        .collect()
}

#[test]
fn a_report_within_a_channel_is_the_report_filtered_by_it() {
    let mut world = full_world();
    let all = channels(&world);
    assert!(all.len() > 1, "nothing to leave out: {all:?}");
    for chosen in [&all[..1], &all[..]] {
        for dimension in [
            "channel",
            "campaign",
            "country",
            "page",
            "lead_status",
            "platform",
        ] {
            let filter = json!([{"dimension": "channel", "op": "is", "values": chosen}]);
            world.context.channels = None;
            let filtered = world.ask(question(dimension, &filter));
            world.context.channels = Some(chosen.to_vec());
            let within = world.ask(question(dimension, &json!([])));
            assert_eq!(within.rows, filtered.rows, "{dimension} of {chosen:?}");
            assert_eq!(within.totals, filtered.totals, "{dimension} of {chosen:?}");
        }
    }
}

#[test]
fn nobody_widens_what_they_see_by_a_filter() {
    let mut world = full_world();
    let all = channels(&world);
    world.context.channels = Some(all[..1].to_vec());
    let unknown = json!([{"dimension": "channel", "op": "is_unknown", "values": []}]);
    let others = json!([{"dimension": "channel", "op": "is", "values": &all[1..]}]);
    for filter in [unknown, others] {
        let report = world.ask(question("campaign", &filter));
        assert!(report.rows.is_empty(), "{filter} shows {:?}", report.rows);
    }
}

#[test]
fn the_rows_behind_a_number_are_of_the_same_channels() {
    let mut world = full_world();
    let all = channels(&world);
    for metric in ["visits", "leads", "revenue", "cost", "clicks"] {
        let filter = json!([{"dimension": "channel", "op": "is", "values": &all[..1]}]);
        let count = |world: &World, filter: &Value| {
            let mut asked = question("channel", filter);
            asked["metric"] = json!(metric);
            let request = BehindRequest::from_json(asked).unwrap();
            let limits = Limits::default();
            let found = behind(&world.warehouse, &request, &world.context, limits).unwrap();
            (found.rows_total, found.rows)
        };
        world.context.channels = None;
        let filtered = count(&world, &filter);
        let whole = count(&world, &json!([]));
        world.context.channels = Some(all[..1].to_vec());
        assert_eq!(count(&world, &json!([])), filtered, "{metric}");
        assert!(filtered.0 < whole.0, "{metric} shows everything");
    }
}
