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
        revenue: money.map(|(units, code)| Money::new(units * UNIT, code.parse().unwrap())),
        visits: 0,
        bounces: 0,
        touch: None,
        page: Page::default(),
        ..landing(1, HitKind::PageView, 1, opened, &traffic("google", "A"))
    })
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
