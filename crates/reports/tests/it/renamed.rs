//! A former name finds what has another name now, in every part of a report, and changes no sum.

use base::Day;
use reports::catalogue::metrics;
use reports::{Formerly, RenamedEntity, Report};
use serde_json::{Value, json};

use crate::twin::generate::facts;
use crate::world::World;

const BEFORE: &str = "Before";

fn ask(world: &World, filters: &Value) -> Report {
    let keys: Vec<&str> = metrics().map(|metric| metric.key).collect();
    world.ask(json!({
        "metrics": keys,
        "dimensions": ["source", "campaign"],
        "filters": filters,
        "order": [{"by": "source"}, {"by": "campaign"}],
        "period": {"from": "2026-03-28", "to": "2026-03-30"},
    }))
}

fn names(row: &reports::ReportRow) -> Option<(String, String)> {
    let [source, campaign] = &row.dimensions[..] else {
        return None;
    };
    Some((source.value.clone()?, campaign.value.clone()?))
}

#[test]
fn a_former_name_finds_its_campaign_and_no_sum_changes() {
    let mut world = World::new();
    facts(27)
        .chunks(40)
        .for_each(|batch| world.load(batch.to_vec()));
    let whole = ask(&world, &json!([]));
    let (source, name) = whole.rows.iter().find_map(names).unwrap();
    world.context.renamed = vec![RenamedEntity {
        dimension: "campaign",
        source: source.to_lowercase(),
        name: name.clone(),
        formerly: vec![Formerly {
            name: BEFORE.to_owned(),
            until: Day(20_000),
            is_free: true,
        }],
    }];
    let own = (source.clone(), name.clone());
    let told = ask(&world, &json!([]));
    assert_eq!(told.totals, whole.totals);
    for (row, before) in told.rows.iter().zip(&whole.rows) {
        assert_eq!(row.cells, before.cells);
        let former = row.dimensions[1].formerly.iter();
        let former: Vec<&str> = former.map(|former| former.name.as_str()).collect();
        let is_own = names(row).as_ref() == Some(&own);
        assert_eq!(former, [BEFORE][..usize::from(is_own)]);
    }
    let by_now = json!([
        {"dimension": "campaign", "op": "is", "values": [name]},
        {"dimension": "source", "op": "is", "values": [source]},
    ]);
    let by_now = ask(&world, &by_now);
    for (op, value) in [("is", BEFORE), ("contains", "efor"), ("starts_with", "bef")] {
        let by_then = json!([{"dimension": "campaign", "op": op, "values": [value]}]);
        let found = ask(&world, &by_then);
        assert_eq!(found.rows, by_now.rows, "{op}");
        assert_eq!(found.totals, by_now.totals, "{op}");
    }
    let others = json!([{"dimension": "campaign", "op": "is_not", "values": [BEFORE]}]);
    let others = ask(&world, &others);
    let left = told
        .rows
        .iter()
        .filter(|row| names(row).as_ref() != Some(&own));
    let left: Vec<_> = left.map(|row| &row.dimensions).collect();
    let found: Vec<_> = others.rows.iter().map(|row| &row.dimensions).collect();
    assert_eq!(found, left);
}
