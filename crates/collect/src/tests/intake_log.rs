//! The ingest log: whatever comes, in is stored and dropped by reason, and nothing is stored that
//! is not there.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Everything that the log counted, by door and end, with what was counted without a workspace.
fn counted(house: &House) -> BTreeMap<(&'static str, &'static str), u64> {
    let mut sums = BTreeMap::new();
    for (cell, count) in house.collector.intake_log().take() {
        *sums.entry((cell.door.name(), cell.end.name())).or_default() += count;
    }
    sums
}

fn check(house: &House, expected: &[(&'static str, &'static str, u64)]) {
    let expected = expected
        .iter()
        .map(|(door, end, count)| ((*door, *end), *count));
    assert_eq!(counted(house), expected.collect());
}

/// In is stored and dropped, door by door, and what is stored is what the log was given.
fn check_sums(house: &House) {
    let (mut balance, mut stored) = (BTreeMap::new(), 0);
    for ((door, end), count) in counted(house) {
        let count = i128::from(count);
        *balance.entry(door).or_insert(0) += if end == "in" { count } else { -count };
        stored += if end == "stored" { count } else { 0 };
    }
    assert!(balance.values().all(|left| *left == 0), "{balance:?}");
    assert_eq!(stored, i128::try_from(house.hits().len()).unwrap());
}

#[test]
fn each_door_counts_what_came_and_what_became_of_it() {
    let house = House::new(IntakeSettings::default());
    house.call(&get("/c/a"));
    house.call(&get("/c/nowhere"));
    house.call(&page_view(1, "https://shop1.example/"));
    house.call(&page_view(9, "https://shop1.example/"));
    house.call(&page_view(1, "https://elsewhere.example/"));
    house.call(&post("/e", "{"));
    house.call(&get("/p.gif?k=key1&u=https%3A%2F%2Fshop1.example%2F"));
    check(
        &house,
        &[
            ("click", "in", 2),
            ("click", "stored", 1),
            ("click", "unknown_link", 1),
            ("tracker", "in", 4),
            ("tracker", "stored", 1),
            ("tracker", "unknown_site", 1),
            ("tracker", "host_not_allowed", 1),
            ("tracker", "bad_json", 1),
            ("pixel", "in", 1),
            ("pixel", "stored", 1),
        ],
    );
}

#[test]
fn a_batch_counts_each_of_its_events() {
    let house = House::new(IntakeSettings::default());
    let event = |id: &str, url: &str| json!({"id": id, "type": "page_view", "url": url});
    let good = event("1", "https://shop1.example/");
    let batch = json!({"events": [good, good, event("2", "nonsense"), 7]});
    let key = ("authorization", "Bearer secret");
    house.call(&post("/api/v1/events", batch.to_string()).with(key.0, key.1));
    let views = json!({"batch": [
        {"type": "page", "anonymousId": "a", "messageId": "m-1234567890",
         "context": {"page": {"url": "https://shop1.example/"}}},
        {"type": "identify", "userId": "u"},
    ], "writeKey": "key1"});
    house.call(&post("/v1/batch", views.to_string()));
    let counts = counted(&house);
    let of = |door, end| counts.get(&(door, end)).copied().unwrap_or_default();
    assert_eq!(of("server", "in"), 4, "{counts:?}");
    assert_eq!((of("server", "stored"), of("server", "duplicate")), (1, 1));
    assert_eq!(of("segment", "in"), 2, "{counts:?}");
    assert_eq!((of("segment", "stored"), of("segment", "not_kept")), (1, 1));
}

#[test]
fn what_asks_for_something_brings_nothing() {
    let house = House::new(IntakeSettings::default());
    let asked = Ask {
        method: Method::OPTIONS,
        ..post("/e", "")
    };
    house.call(&asked);
    house.call(&get("/t1.js"));
    house.call(&get("/v1/projects/key1/settings"));
    house.call(&post(
        "/e",
        r#"{"n":"consent","k":"key1","u":"https://shop1.example/","c":1}"#,
    ));
    check(&house, &[]);
}

#[test]
fn who_hangs_up_is_counted_too() {
    let house = House::new(IntakeSettings::default());
    house.begin(&get("/c/a"));
    check(&house, &[("click", "in", 1), ("click", "unanswered", 1)]);
    let counted = house.collector.counters().read(None).dropped;
    assert_eq!(counted, [(DropReason::Unanswered, 1)]);
}

#[test]
fn what_the_journal_refuses_is_not_stored() {
    let house = House::new(IntakeSettings::default());
    house.sink.fails.store(true, Ordering::SeqCst);
    house.call(&page_view(1, "https://shop1.example/"));
    check(
        &house,
        &[("tracker", "in", 1), ("tracker", "sink_failed", 1)],
    );
}

#[test]
fn a_count_names_its_minute_workspace_and_site() {
    let house = House::new(IntakeSettings::default());
    house.call(&page_view(2, "https://shop2.example/").after(59_999));
    house.call(&get("/c/theirs").after(60_000));
    let mut cells: Vec<_> = house.collector.intake_log().take();
    cells.retain(|(cell, _)| cell.end == IntakeEnd::Stored);
    cells.sort_by_key(|(cell, _)| cell.at);
    let told = cells
        .iter()
        .map(|(cell, _)| (cell.at.0 - NOW.0, cell.workspace, cell.site));
    let expected = [
        (0, Some(WorkspaceId(1)), Some(SiteId(2))),
        (60_000, Some(WorkspaceId(2)), None),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

const PATHS: [&str; 14] = [
    "/c/a",
    "/c/nowhere",
    "/e",
    "/p.gif?k=key1&u=https://shop1.example/",
    "/api/v1/events",
    "/api/event",
    "/api/send",
    "/api/batch",
    "/matomo.php",
    "/mp/collect?api_secret=secret",
    "/v1/track",
    "/v1/batch",
    "/v1/identify",
    "/debug/mp/collect",
];
const BODIES: [&str; 16] = [
    "",
    "{",
    "[]",
    "7",
    "{\"events\":[]}",
    "{\"batch\":[]}",
    "{\"requests\":[]}",
    r#"{"n":"pageview","k":"key1","u":"https://shop1.example/"}"#,
    r#"{"n":"buy","d":"shop1.example,shop2.example","u":"https://shop1.example/"}"#,
    r#"{"n":"buy","x":"abcdefghijkl-1","k":"key1","u":"https://shop1.example/"}"#,
    r#"{"events":[{"id":"1","type":"event","name":"a","url":"https://shop1.example/"},{},7]}"#,
    r#"{"events":[{"name":"page_view","params":{"page_location":"https://shop1.example/"}},{}]}"#,
    r#"{"requests":["?idsite=1&rec=1&url=https://shop1.example/","?rec=0",{}],"token_auth":"x"}"#,
    r#"{"batch":[{"type":"track","event":"a","userId":"b"},{"type":"group"}],"writeKey":"key1"}"#,
    r#"[{"type":"event","payload":{"website":"key1","url":"/a","hostname":"shop1.example"}},{}]"#,
    r#"{"type":"event","payload":{"website":"key1","url":"/a","hostname":"shop1.example"}}"#,
];

pub(super) fn ask() -> impl Strategy<Value = Ask> {
    let body = prop_oneof![
        9 => prop::sample::select(&BODIES[..]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (0_usize..64).prop_map(|deep| "[".repeat(deep)),
    ];
    let method = prop::sample::select(vec![
        Method::GET,
        Method::POST,
        Method::POST,
        Method::POST,
        Method::OPTIONS,
        Method::PUT,
    ]);
    let key = prop::sample::select(vec!["", "Bearer secret", "Bearer wrong", "Basic eA=="]);
    let agent = prop::sample::select(vec![CHROME, "", "Googlebot/2.1", "curl/8"]);
    let path = prop::sample::select(&PATHS[..]);
    (method, path, body, key, agent, 0_i64..600_000).prop_map(
        |(method, path, body, key, agent, after)| {
            let ask = Ask {
                method,
                ..post(path, body)
            };
            ask.with("authorization", key)
                .with("user-agent", agent)
                .after(after)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Also over rates, with a log that fails now and then, and where machines are not wanted.
    #[test]
    fn in_is_stored_and_dropped(
        asks in prop::collection::vec((ask(), prop::bool::weighted(0.1)), 1..40),
        drops_bots in any::<bool>(),
        per_second in prop::sample::select(vec![0, 1, 1_000]),
    ) {
        let rate = Rate { per_second, burst: per_second };
        let house = House::new(IntakeSettings {
            bots: if drops_bots { BotPolicy::Drop } else { BotPolicy::Flag },
            events_per_address: rate,
            events_per_key: rate,
            clicks_per_address: rate,
            ..IntakeSettings::default()
        });
        for (ask, fails) in asks {
            house.sink.fails.store(fails, Ordering::SeqCst);
            house.call(&ask);
        }
        check_sums(&house);
    }
}
