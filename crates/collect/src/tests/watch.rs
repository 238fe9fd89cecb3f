//! Watching a site: what is shown of requests, to whom, and that it stays within its limits.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const MINUTE_MS: i64 = 60_000;

fn order(site: i64, turn: Option<WatchTurn>) -> WatchOrder {
    WatchOrder {
        site: SiteId(site),
        workspace: WorkspaceId(1),
        turn,
        since: None,
    }
}

fn on(takes_nobodys: bool) -> Option<WatchTurn> {
    Some(WatchTurn::On {
        for_ms: 30 * MINUTE_MS,
        takes_nobodys,
    })
}

impl House {
    fn watching(takes_nobodys: bool) -> Self {
        Self::watching_with(IntakeSettings::default(), takes_nobodys)
    }

    fn watching_with(settings: IntakeSettings, takes_nobodys: bool) -> Self {
        let house = Self::new(settings);
        let watch = house.collector.watch();
        assert!(!watch.answer(&order(1, on(takes_nobodys)), NOW).is_full);
        house
    }

    fn seen(&self, site: i64) -> Vec<WatchedRequest> {
        let watch = self.collector.watch();
        watch.answer(&order(site, None), NOW.plus_ms(1)).requests
    }

    /// Door, tie and what became of each event, in the order in which they came.
    fn ends(&self) -> Vec<(String, WatchTie, String)> {
        let mut ends = Vec::new();
        for request in self.seen(1) {
            for event in request.events {
                ends.push((request.door.clone(), event.tie, end_of(&event)));
            }
        }
        ends
    }
}

fn end_of(event: &WatchedEvent) -> String {
    match &event.end {
        WatchedEnd::Open => "open".to_owned(),
        WatchedEnd::Answered => "answered".to_owned(),
        WatchedEnd::Stored { .. } => "stored".to_owned(),
        WatchedEnd::Dropped { reason, field, .. } => {
            format!("{reason} {}", field.as_deref().unwrap_or_default())
        }
    }
}

fn check(house: &House, expected: &[(&str, WatchTie, &str)]) {
    let ends = house.ends();
    let told: Vec<_> = ends
        .iter()
        .map(|(door, tie, end)| (door.as_str(), *tie, end.trim_end()))
        .collect();
    assert_eq!(told, expected);
}

fn server(events: &serde_json::Value) -> Ask {
    let body = json!({ "events": events }).to_string();
    post("/api/v1/events", body).with("authorization", "Bearer secret")
}

#[test]
fn each_door_shows_what_became_of_what_came() {
    use WatchTie::{Guess, Nobody, Site, Workspace};
    let house = House::watching(true);
    house.call(&page_view(1, "https://shop1.example/"));
    house.call(&page_view(1, "https://elsewhere.example/"));
    house.call(&page_view(9, "https://shop1.example/"));
    house.call(&page_view(2, "https://shop2.example/"));
    house.call(&post(
        "/e",
        r#"{"n":"","k":"key1","u":"https://shop1.example/"}"#,
    ));
    house.call(&get("/c/a"));
    house.call(&get("/c/nowhere"));
    house.call(&get("/p.gif?k=key1&u=https%3A%2F%2Fshop1.example%2F"));
    let url = "https://shop1.example/";
    house.call(&server(&json!([
        {"id": "1", "type": "page_view", "url": url},
        {"id": "1", "type": "page_view", "url": url},
        {"id": "2", "type": "page_view", "url": url, "ip": "nowhere"},
        {"id": "3", "type": "page_view", "url": "nowhere"},
    ])));
    house.call(&post(
        "/api/event",
        r#"{"n":"pageview","d":"shop1.example","u":"https://shop1.example/"}"#,
    ));
    house.call(&get(
        "/matomo.php?idsite=1&rec=1&url=https%3A%2F%2Fshop1.example%2F",
    ));
    house.call(&post("/mp/collect?api_secret=wrong", "{}"));
    house.call(&post("/v1/identify", r#"{"writeKey":"key1","userId":"u"}"#));
    check(
        &house,
        &[
            ("tracker", Site, "stored"),
            ("tracker", Site, "host_not_allowed"),
            ("tracker", Guess, "unknown_site"),
            ("tracker", Site, "bad_name"),
            ("click", Site, "stored"),
            ("click", Nobody, "unknown_link"),
            ("pixel", Site, "stored"),
            ("server", Site, "stored"),
            ("server", Workspace, "duplicate"),
            ("server", Site, "bad_field ip"),
            ("server", Workspace, "bad_url url"),
            ("plausible", Site, "stored"),
            ("matomo", Site, "stored"),
            ("ga4", Nobody, "unauthorised"),
            ("segment", Site, "not_kept"),
        ],
    );
}

#[test]
fn a_request_says_what_was_read_what_was_decided_and_what_is_stored() {
    let house = House::watching(false);
    let body = json!({
        "n": "Sale", "k": "key1", "u": "https://shop1.example/a?mail=anna@b.example",
        "p": {"plan": "pro"}, "$": {"amount": "9.90", "currency": "EUR"}, "c": "0",
        "api_key": "tl_0123456789abcdef",
    });
    house.call(&post("/e", body.to_string()).with("referer", "https://shop1.example/b"));
    let request = house.seen(1).remove(0);
    let fact = house.hits()[0].fact_id().to_string();
    let event = &request.events[0];
    assert_eq!(event.end, WatchedEnd::Stored { fact });
    let value = |fields: &[(String, String)], name: &str| {
        let found = fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    assert_eq!(
        value(&event.read, "url"),
        "https://shop1.example/a?mail=:email"
    );
    assert_eq!(value(&event.fact, "page"), "shop1.example/a");
    assert_eq!(value(&event.fact, "property:plan"), "pro");
    assert_eq!(value(&event.fact, "kind"), "revenue");
    assert_eq!(value(&event.decisions, "site_by"), "key");
    assert_eq!(value(&event.decisions, "visitor"), "refused");
    assert_eq!(value(&event.decisions, "click_ids"), "left_out");
    assert_eq!(value(&event.decisions, "visit"), "new");
    assert_eq!(request.network, "203.0.113.0/24");
    assert_eq!(request.status, Some(202));
    let body = request.body.unwrap();
    assert!(
        !body.contains("anna") && !body.contains("9abcdef"),
        "{body}"
    );
}

#[test]
fn machines_limits_and_a_full_disk_are_named() {
    let rate = Rate {
        per_second: 1,
        burst: 3,
    };
    let settings = IntakeSettings {
        bots: BotPolicy::Drop,
        events_per_address: rate,
        ..IntakeSettings::default()
    };
    let house = House::watching_with(settings, false);
    let view = || page_view(1, "https://shop1.example/");
    house.call(&view().with("user-agent", "Googlebot/2.1"));
    house.sink.fails.store(true, Ordering::SeqCst);
    house.call(&view());
    house.sink.fails.store(false, Ordering::SeqCst);
    house.begin(&view());
    house.call(&view());
    let ends = house.ends();
    let told: Vec<&str> = ends.iter().map(|(.., end)| end.trim_end()).collect();
    assert_eq!(told, ["bot", "sink_failed", "open", "rate_limited"]);
    let requests = house.seen(1);
    let WatchedEnd::Dropped { detail, .. } = &requests[0].events[0].end else {
        panic!("{:?}", requests[0]);
    };
    assert_eq!(detail, "user_agent");
    assert_eq!(requests[3].events[0].tie, WatchTie::Guess);
}

#[test]
fn another_workspace_sees_nothing_and_a_batch_of_both_has_no_body() {
    let house = House::watching(false);
    house.call(&page_view(1, "https://shop1.example/"));
    let theirs = WatchOrder {
        workspace: WorkspaceId(2),
        ..order(1, None)
    };
    let watch = house.collector.watch();
    assert_eq!(
        watch.answer(&theirs, NOW),
        WatchAnswer {
            next: watch.answer(&order(1, None), NOW).next,
            ..WatchAnswer::default()
        }
    );
    // What nobody knows the owner of is not this workspace's to see.
    house.call(&get("/c/nowhere"));
    assert_eq!(house.seen(1).len(), 1);
}

#[test]
fn watching_ends_and_takes_what_was_kept_along() {
    let house = House::watching(true);
    let watch = house.collector.watch();
    house.call(&get("/c/nowhere"));
    let first = watch.answer(&order(1, None), NOW);
    assert_eq!(first.requests.len(), 1);
    house.call(&get("/c/nowhere").after(1));
    let since = Some(first.next);
    let later = watch.answer(
        &WatchOrder {
            since,
            ..order(1, None)
        },
        NOW,
    );
    assert_eq!(later.requests.len(), 1);
    let end = NOW.plus_ms(30 * MINUTE_MS);
    house.call(&get("/c/nowhere").after(30 * MINUTE_MS));
    watch.forget(end);
    let after = watch.answer(&order(1, None), NOW.plus_ms(2));
    assert_eq!((after.until, after.requests), (None, Vec::new()));
    watch.answer(&order(1, on(true)), NOW);
    house.call(&get("/c/nowhere"));
    watch.answer(&order(1, Some(WatchTurn::Off)), NOW);
    house.call(&get("/c/nowhere"));
    assert_eq!(house.seen(1), Vec::new());
}

#[test]
fn only_so_many_sites_are_watched_and_only_so_much_is_kept() {
    let house = House::watching(true);
    let watch = house.collector.watch();
    let sites = i64::try_from(WATCHED_SITES_MAX).unwrap();
    for site in 2..=sites {
        assert!(!watch.answer(&order(site, on(true)), NOW).is_full);
    }
    assert!(watch.answer(&order(sites + 1, on(true)), NOW).is_full);
    assert!(!watch.answer(&order(1, on(true)), NOW).is_full);
    for number in 0..250 {
        house.call(&get(&format!("/c/nowhere?{number}")).after(number));
    }
    let seen = house.seen(1);
    assert_eq!(seen.len(), 200);
    assert_eq!(seen[199].query, "249");
    let large = "x".repeat(40_000);
    for number in 0..250 {
        house.call(&post("/e", format!("{{\"n\":\"{number}{large}\"}}")));
    }
    let bytes = serde_json::to_vec(&house.seen(1)).unwrap().len();
    assert!(bytes < (1 << 20) + 4_096, "{bytes}");
}

#[test]
fn a_large_batch_lists_some_of_its_events_and_counts_the_others() {
    let house = House::watching(false);
    let event = |id: usize| {
        json!({"id": id.to_string(), "type": "page_view",
        "url": "https://shop1.example/"})
    };
    let events: Vec<_> = (0..120).map(event).collect();
    house.call(&server(&json!(events)));
    let request = house.seen(1).remove(0);
    assert_eq!((request.events.len(), request.unlisted), (50, 70));
    assert!(request.events.iter().all(|one| end_of(one) == "stored"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What is watched says of each event what the ingest log counts.
    #[test]
    fn what_is_shown_is_what_is_counted(
        asks in prop::collection::vec((intake_log::ask(), any::<bool>()), 1..20),
    ) {
        let house = House::watching(true);
        for site in 2..4 {
            house.collector.watch().answer(&order(site, on(true)), NOW);
        }
        for (ask, fails) in asks {
            house.sink.fails.store(fails, Ordering::SeqCst);
            house.call(&Ask { after_ms: 0, ..ask });
        }
        let mut shown = 0;
        for site in 1..4 {
            for event in house.seen(site).iter().flat_map(|one| &one.events) {
                let is_stored = matches!(event.end, WatchedEnd::Stored { .. });
                shown += usize::from(is_stored && event.tie == WatchTie::Site);
                prop_assert!(event.end != WatchedEnd::Open, "{event:?}");
            }
        }
        let of_sites = house.hits().iter().filter(|hit| hit.site.is_some()).count();
        prop_assert_eq!(shown, of_sites);
    }
}
