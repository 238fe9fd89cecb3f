//! How far pages are scrolled: the deepest point of each page in each visit, on average.

use base::{Fact, Hit, HitId, HitKind, Page};
use reports::{BehindRequest, behind};
use serde_json::{Value, json};
use warehouse::Limits;

use crate::world::{World, at, landing, of_hit, traffic};

/// A report of the tracker, or a page view where the depth is zero.
fn seen(visit: u128, mark: u16, path: &str, percent: u8) -> Fact {
    let opened = at("2026-03-28T22:30:00Z");
    let age_ms = i64::from(mark) * 60_000;
    let visitor = u64::try_from(visit).unwrap();
    let tuple = traffic("google", "A");
    let kind = if percent == 0 {
        HitKind::PageView
    } else {
        HitKind::Engagement
    };
    let opens = mark == 0;
    let landed = landing(visit, kind, visitor, opened, &tuple);
    of_hit(Hit {
        id: HitId::Stamped(mark),
        at: opened.plus_ms(age_ms),
        visit_age_ms: age_ms,
        seq: u32::from(mark) + 1,
        visits: i8::from(opens),
        bounces: 0,
        touch: landed.touch.clone().filter(|_| opens),
        scroll_percent: percent,
        page: Page {
            path: path.to_owned(),
            ..Page::default()
        },
        ..landed
    })
}

/// Two people read page `/a` to 80 and to 40 percent, one of them `/b` to 100 across midnight;
/// nothing tells how far `/c` was read.
fn world() -> World {
    let world = World::new();
    world.load(vec![
        seen(1, 0, "/a", 0),
        seen(1, 1, "/a", 50),
        seen(1, 2, "/b", 0),
        seen(1, 3, "/b", 20),
        seen(1, 4, "/a", 80),
        seen(2, 0, "/a", 0),
        seen(2, 1, "/a", 40),
        seen(2, 2, "/a", 10),
        seen(2, 3, "/c", 0),
    ]);
    world.load(vec![seen(1, 100, "/b", 100)]);
    world
}

fn asked(extra: &Value) -> Value {
    let mut question = json!({
        "metrics": ["avg_scroll_depth", "page_views"],
        "period": {"from": "2026-03-28", "to": "2026-03-31"},
    });
    let fields = extra.as_object().unwrap().clone();
    question.as_object_mut().unwrap().extend(fields);
    question
}

#[test]
fn a_page_counts_once_a_visit_with_its_deepest_point() {
    let world = world();
    let by_page = world.lines(asked(&json!({"dimensions": ["page"]})));
    assert_eq!(by_page, ["/b | 100.0 1", "/a | 60.0 2", "/c | - 1"]);
    assert_eq!(world.lines(asked(&json!({}))), [" | 73.3 4"]);
    let by_campaign = world.lines(asked(&json!({"dimensions": ["campaign", "device"]})));
    assert_eq!(by_campaign.len(), 1, "{by_campaign:?}");
}

#[test]
fn a_visit_ends_on_the_page_that_was_seen_last() {
    let world = world();
    let by_exit = world.lines(json!({
        "metrics": ["visits", "page_views"], "dimensions": ["exit_page"],
        "period": {"from": "2026-03-28", "to": "2026-03-31"},
    }));
    // Going back to `/a` was told by a report alone, without another page view.
    assert_eq!(by_exit, ["/b | 1 2", "/c | 1 2"]);
}

#[test]
fn a_page_read_across_midnight_counts_on_the_day_of_its_first_report() {
    let world = world();
    let on = |day: &str| {
        let period = json!({"from": day, "to": day});
        world.lines(asked(&json!({"dimensions": ["page"], "period": period})))
    };
    assert_eq!(
        on("2026-03-28"),
        ["/b | 100.0 1", "/a | 60.0 2", "/c | - 1"]
    );
    assert!(on("2026-03-29").is_empty());
}

#[test]
fn the_depth_opens_into_the_pages_and_is_no_rate_with_an_interval() {
    let world = world();
    let open = |part: &str| {
        let request = asked(&json!({"metric": "avg_scroll_depth", "part": part}));
        let request = BehindRequest::from_json(request).unwrap();
        let limits = Limits::default();
        let page = behind(&world.warehouse, &request, &world.context, limits).unwrap();
        let values = page
            .rows
            .iter()
            .map(|row| row.last().unwrap().clone().unwrap());
        values.collect::<Vec<_>>()
    };
    assert_eq!(open("numerator"), ["100", "40", "80"]);
    assert_eq!(open("denominator"), ["1", "1", "1"]);
    let report = world.ask(asked(&json!({})));
    let totals = report.totals.unwrap();
    assert_eq!(totals[0].value.as_deref(), Some("73.3"));
    assert!(totals[0].interval.is_none());
}
