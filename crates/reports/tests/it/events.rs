//! What pages tell with their events: by name, with the money, and what stands behind it.

use base::{Fact, Hit, HitId, HitKind, Money, Page};
use reports::{BehindRequest, behind};
use serde_json::json;
use warehouse::Limits;

use crate::world::{UNIT, World, at, landing, of_hit, traffic};

fn event(mark: u16, kind: HitKind, name: &str, money: Option<(i64, &str)>) -> Fact {
    let opened = at("2026-03-28T22:30:00Z");
    of_hit(Hit {
        id: HitId::Stamped(mark),
        kind,
        at: opened.plus_ms(i64::from(mark) * 1_000),
        visit_age_ms: i64::from(mark) * 1_000,
        seq: u32::from(mark),
        name: name.to_owned(),
        properties: properties(mark),
        revenue: money.map(|(units, code)| Money::new(units * UNIT, code.parse().unwrap())),
        visits: 0,
        bounces: 0,
        touch: None,
        page: Page::default(),
        ..landing(1, HitKind::PageView, 1, opened, &traffic("google", "A"))
    })
}

/// The first event names a plan and a size, the second another plan, the others nothing.
fn properties(mark: u16) -> Vec<(String, String)> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match mark {
        10 => vec![pair("size", "XL"), pair("plan", "the \"pro\"")],
        11 => vec![pair("plan", "basic")],
        _ => Vec::new(),
    }
}

fn world() -> World {
    let world = World::new();
    let opened = at("2026-03-28T22:30:00Z");
    world.load(vec![
        of_hit(landing(
            1,
            HitKind::PageView,
            1,
            opened,
            &traffic("google", "A"),
        )),
        event(10, HitKind::Event, "Add to cart", None),
        event(11, HitKind::Event, "Add to cart", None),
        event(12, HitKind::Revenue, "Order", Some((90, "PLN"))),
        event(13, HitKind::Revenue, "Order", Some((70, "EUR"))),
        event(14, HitKind::Outbound, "https://other.example/", None),
        event(15, HitKind::Download, "https://shop.example/list.pdf", None),
    ]);
    world
}

#[test]
fn events_are_split_by_name_and_their_money_is_of_the_reporting_currency() {
    let world = world();
    let period = json!({"from": "2026-03-28", "to": "2026-03-31"});
    let by_name = world.lines(json!({
        "metrics": ["events", "event_revenue"], "dimensions": ["event"], "period": period,
    }));
    assert_eq!(by_name, ["Add to cart | 2 0.00", "Order | 2 90.00"]);
    let by_campaign = world.lines(json!({
        "metrics": ["outbound_clicks", "downloads", "event_revenue", "visits"],
        "dimensions": ["campaign"], "period": period,
    }));
    assert_eq!(by_campaign, ["a | 1 1 90.00 1"]);
}

#[test]
fn events_are_split_by_what_they_say_of_a_property() {
    let world = world();
    let ask = |extra: serde_json::Value| {
        let mut question = json!({
            "metrics": ["events"], "period": {"from": "2026-03-28", "to": "2026-03-31"},
        });
        let fields = extra.as_object().unwrap().clone();
        question.as_object_mut().unwrap().extend(fields);
        world.lines(question)
    };
    let names = ask(json!({"dimensions": ["property_names"]}));
    assert_eq!(names, ["plan | 1", "plan, size | 1", "- | 2"]);
    let by_plan = ask(json!({"dimensions": ["property"], "property": "plan"}));
    assert_eq!(by_plan, ["basic | 1", "the \"pro\" | 1", "- | 2"]);
    let of_none = ask(json!({"dimensions": ["property"]}));
    assert_eq!(of_none, ["- | 4"], "the question names no property");
    let pro = json!([{"dimension": "property", "op": "is", "values": ["the \"pro\""]}]);
    let sizes = ask(json!({"dimensions": ["event"], "property": "plan", "filters": pro}));
    assert_eq!(sizes, ["Add to cart | 1"]);
}

#[test]
fn clicks_that_lead_away_are_split_by_where_they_lead() {
    let world = world();
    let ask = |metric: &str, dimension: &str| {
        world.lines(json!({
            "metrics": [metric], "dimensions": [dimension],
            "period": {"from": "2026-03-28", "to": "2026-03-31"},
        }))
    };
    let outbound = ask("outbound_clicks", "outbound_link");
    assert_eq!(outbound, ["https://other.example/ | 1"]);
    let files = ask("downloads", "download");
    assert_eq!(files, ["https://shop.example/list.pdf | 1"]);
    assert_eq!(ask("visits", "download"), ["- | 1"]);
}

#[test]
fn the_money_of_events_opens_into_the_events() {
    let world = world();
    let request = BehindRequest::from_json(json!({
        "metric": "event_revenue",
        "metrics": ["event_revenue"],
        "period": {"from": "2026-03-28", "to": "2026-03-31"},
    }))
    .unwrap();
    let rows = behind(
        &world.warehouse,
        &request,
        &world.context,
        Limits::default(),
    )
    .unwrap();
    let money: Vec<_> = rows.rows.iter().map(|row| row.last().unwrap()).collect();
    assert_eq!(money, [&Some("90.00".to_owned())]);
}
