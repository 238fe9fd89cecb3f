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
    // What comes too often is not read.
    let limited = &requests[3];
    assert_eq!(limited.events[0].tie, WatchTie::Guess);
    assert_eq!((limited.status, &limited.body), (Some(429), &None));
    assert!(limited.events[0].read.is_empty());
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

    house.collector.snapshot.publish(two_workspaces());
    let told = |request: &WatchedRequest| {
        let ends: Vec<_> = request.events.iter().map(end_of).collect();
        let mut sites = request.events.iter().map(|event| event.site);
        assert!(sites.all(|site| site == Some(SiteId(1))));
        assert!(ends.iter().all(|end| end == "stored"), "{ends:?}");
        assert_eq!((&request.body, request.query.as_str()), (&None, ""));
        (request.events.len(), request.unlisted)
    };
    let both = json!({"n": "pageview", "d": "shop1.example,shop7.example",
        "u": "https://both.shops.example/"});
    house.call(&post("/api/event?who=both", both.to_string()));
    let view = |site: u8| {
        let website = format!("key{site}");
        let hostname = format!("shop{site}.example");
        json!({"type": "event", "payload":
            {"website": website, "url": "/a", "hostname": hostname}})
    };
    let batch = |first: u8, then: u8| {
        let mut views = vec![view(first); 51];
        views.push(view(then));
        post("/api/batch?who=both", json!(views).to_string())
    };
    house.call(&batch(7, 1));
    house.call(&batch(1, 7));
    let seen = house.seen(1);
    let told: Vec<_> = seen.iter().skip(1).map(told).collect();
    assert_eq!(told, [(1, 0), (1, 0), (50, 1)]);
}

/// Site 1 of one workspace, and site 7 of another.
fn two_workspaces() -> Snapshot {
    let theirs = Site {
        workspace: WorkspaceId(2),
        ..site(7, ConsentMode::Cookie)
    };
    let sites = vec![site(1, ConsentMode::Cookie), theirs];
    let settings = IntakeSettings::default();
    Snapshot::new(settings, sites, Vec::new(), [].into(), digest)
}

#[test]
fn what_is_nobodys_is_shown_without_what_it_says() {
    let house = House::watching(true);
    house.call(&get("/c/nowhere?name=anna").with("referer", "https://anna.example/"));
    let body = r#"{"client_id":"anna","events":[]}"#;
    house.call(&post("/mp/collect?api_secret=wrong", body));
    let seen = house.seen(1);
    let paths: Vec<_> = seen.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["/c/nowhere", "/mp/collect"]);
    for request in &seen {
        assert_eq!(request.events[0].tie, WatchTie::Nobody);
        assert_eq!(request.network, "203.0.113.0/24");
        assert!(request.status.is_some() && request.headers.is_empty());
        let raw = serde_json::to_string(request).unwrap();
        assert!(!raw.contains("anna"), "{raw}");
    }
}

#[test]
fn what_is_refused_of_a_key_is_its_workspaces() {
    let house = House::watching(false);
    house.call(&post("/v1/batch", r#"{"writeKey":"secret","batch":7}"#));
    house.call(&get("/matomo.php?idsite=1&token_auth=secret"));
    check(
        &house,
        &[
            ("segment", WatchTie::Workspace, "bad_json"),
            ("matomo", WatchTie::Workspace, "not_kept"),
        ],
    );
    assert_eq!(house.seen(1)[1].query, "idsite=1&token_auth=…");
}

#[test]
fn nothing_is_kept_for_longer_than_an_hour_however_long_somebody_watches() {
    let house = House::watching(true);
    let watch = house.collector.watch();
    let longer = on(true);
    house.call(&get("/c/first"));
    watch.answer(&order(1, longer), NOW.plus_ms(29 * MINUTE_MS));
    house.call(&get("/c/second").after(30 * MINUTE_MS));
    watch.answer(&order(1, longer), NOW.plus_ms(58 * MINUTE_MS));
    let paths = |after: i64| {
        let answer = watch.answer(&order(1, None), NOW.plus_ms(after));
        assert!(answer.until.is_some());
        let paths = answer.requests.into_iter().map(|one| one.path);
        paths.collect::<Vec<_>>()
    };
    assert_eq!(paths(60 * MINUTE_MS - 1), ["/c/first", "/c/second"]);
    house.call(&get("/c/third").after(60 * MINUTE_MS));
    // The request itself made the old one go, also for whoever asks by an older clock.
    assert_eq!(paths(60 * MINUTE_MS - 1), ["/c/second", "/c/third"]);
    watch.answer(&order(1, longer), NOW.plus_ms(87 * MINUTE_MS));
    watch.forget(NOW.plus_ms(90 * MINUTE_MS));
    assert_eq!(paths(60 * MINUTE_MS), ["/c/third"]);
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
    let half = i64::try_from(WATCHED_SITES_MAX / 2).unwrap();
    for site in 2..=half {
        assert!(!watch.answer(&order(site, on(true)), NOW).is_full);
    }
    assert!(watch.answer(&order(half + 1, on(true)), NOW).is_full);
    assert!(!watch.answer(&order(1, on(true)), NOW).is_full);
    let of_other = |workspace: i64, site: i64| WatchOrder {
        workspace: WorkspaceId(workspace),
        ..order(site, on(true))
    };
    // Each further workspace finds half of what the ones before have left.
    for (workspace, share) in [(2, half / 2), (3, half / 4)] {
        let first = 100 * workspace;
        for site in first..first + share {
            assert!(!watch.answer(&of_other(workspace, site), NOW).is_full);
        }
        assert!(
            watch
                .answer(&of_other(workspace, first + share), NOW)
                .is_full
        );
    }
    for number in 0..250 {
        house.call(&get(&format!("/c/nowhere{number}")).after(number));
    }
    let seen = house.seen(1);
    assert_eq!(seen.len(), 200);
    assert_eq!(seen[199].path, "/c/nowhere249");
    let large = "x".repeat(40_000);
    for number in 0..250 {
        let name = format!("{number}{large}");
        let event = json!({"n": name, "k": "key1", "u": "https://shop1.example/"});
        house.call(&post("/e", event.to_string()));
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

#[test]
fn one_large_request_loses_its_fields_and_leaves_the_others_alone() {
    let house = House::watching(false);
    house.call(&page_view(1, "https://shop1.example/"));
    let event = |id: usize| {
        let mut event = json!({"id": id.to_string(), "type": "page_view",
            "url": "https://shop1.example/"});
        for field in 0..15 {
            event[format!("field{field}")] = json!("x".repeat(500));
        }
        event
    };
    let events: Vec<_> = (0..45).map(event).collect();
    house.call(&server(&json!(events)));
    let seen = house.seen(1);
    assert_eq!(seen.len(), 2);
    assert!(!seen[0].events[0].read.is_empty());
    assert_eq!(seen[1].events.len(), 45);
    assert!(seen[1].events.iter().all(|one| one.read.is_empty()));
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
