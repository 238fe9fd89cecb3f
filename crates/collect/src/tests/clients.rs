//! Doors of others' clients: what each protocol says is one fact, untrusted words stay out, and the
//! answers are those that the clients expect.

use base::Agent;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod traps;

const SECRET: &str = "secret";
const FAR: &str = "198.51.100.77";

fn house() -> House {
    House::new(IntakeSettings::default())
}

fn sent(path: &str, body: &Value) -> Ask {
    post(path, body.to_string())
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn why(reply: &Reply) -> &str {
    reply.header("x-throughline-dropped").unwrap_or_default()
}

/// What a hit says, whoever told it.
fn said(hit: &Hit) -> (HitKind, String, String, Option<i64>) {
    let page = format!("{}{}", hit.page.host, hit.page.path);
    (
        hit.kind,
        page,
        hit.name.clone(),
        hit.revenue.map(|money| money.micros),
    )
}

fn view(path: &str) -> (HitKind, String, String, Option<i64>) {
    (
        HitKind::PageView,
        format!("shop1.example{path}"),
        String::new(),
        None,
    )
}

#[test]
fn plausible_is_understood_in_short_and_long_names() {
    let house = house();
    let short = json!({"n": "pageview", "u": "https://shop1.example/a", "d": "shop1.example"});
    let long = json!({
        "name": "Outbound Link: Click", "url": "https://shop1.example/a", "domain": "shop1.example",
        "props": {"url": "https://partner.example/", "place": "top"}, "interactive": false,
    });
    let bought = json!({
        "n": "Purchase", "u": "https://shop1.example/b", "d": "shop1.example",
        "$": r#"{"currency":"EUR","amount":"12.50"}"#, "p": r#"{"size":"M"}"#,
    });
    for body in [&short, &long, &bought] {
        let reply = house.call(&sent("/api/event", body).with("content-type", "text/plain"));
        assert_eq!((reply.status.as_u16(), &reply.body[..]), (202, &b"ok"[..]));
        assert_eq!(reply.header("x-plausible-dropped"), None);
    }
    let hits = house.hits();
    assert_eq!(said(&hits[0]), view("/a"));
    let link = "https://partner.example/".to_owned();
    assert_eq!((hits[1].kind, &hits[1].name), (HitKind::Outbound, &link));
    assert_eq!(hits[1].properties, [("place".to_owned(), "top".to_owned())]);
    let revenue = (
        HitKind::Revenue,
        "shop1.example/b".to_owned(),
        "Purchase".to_owned(),
    );
    let (kind, page, name, micros) = said(&hits[2]);
    assert_eq!(((kind, page, name), micros), (revenue, Some(12_500_000)));
    assert_eq!(hits[2].properties, [("size".to_owned(), "M".to_owned())]);
}

#[test]
fn plausible_says_202_also_for_what_is_not_kept_and_400_for_what_is_no_event() {
    let house = house();
    let other = json!({"n": "pageview", "u": "https://other.example/", "d": "other.example"});
    let reply = house.call(&sent("/api/event", &other));
    assert_eq!(reply.status, 202);
    assert_eq!(
        (reply.header("x-plausible-dropped"), why(&reply)),
        (Some("1"), "unknown_site")
    );
    for body in ["", "[]", "{", "7"] {
        assert_eq!(
            house.call(&post("/api/event", body)).status,
            400,
            "{body:?}"
        );
    }
    let both = json!({
        "n": "pageview", "u": "https://a.shops.example/", "d": "shop1.example, shop2.example",
    });
    assert_eq!(house.call(&sent("/api/event", &both)).status, 202);
    let sites: Vec<_> = house.hits().iter().map(|hit| hit.site.unwrap().0).collect();
    assert_eq!(sites, [1, 2]);
}

#[test]
fn umami_tells_a_page_by_path_and_host_and_is_told_of_its_visit() {
    let house = house();
    let payload = json!({
        "website": "key1", "hostname": "shop1.example", "url": "/a?utm_source=vk", "title": "A",
        "ip": FAR, "userAgent": "curl/8", "timestamp": 1_000_000,
    });
    let view_of = json!({"type": "event", "payload": payload});
    let reply = house.call(&sent("/api/send", &view_of));
    assert_eq!(reply.status, 200);
    let hits = house.hits();
    assert_eq!(json_of(&reply)["visitId"], hits[0].visit.to_string());
    assert_eq!(said(&hits[0]), view("/a"));
    // Without a key the request says who and when, not its body.
    assert_eq!((hits[0].at, hits[0].bot), (NOW, None));
    let mut event = view_of.clone();
    event["payload"]["name"] = "signup".into();
    event["payload"]["data"] = json!({"plan": "pro"});
    house.call(&sent("/api/send", &event));
    assert_eq!(said(&house.hits()[1]).2, "signup");
    let who = json!({"type": "identify", "payload": {"website": "key1", "id": "u-1"}});
    assert_eq!(house.call(&sent("/api/send", &who)).status, 200);
    let mut unknown = view_of.clone();
    unknown["payload"]["website"] = "no".into();
    assert_eq!(house.call(&sent("/api/send", &unknown)).status, 400);
    let batch = json!([view_of, who, unknown]);
    let told = json_of(&house.call(&sent("/api/batch", &batch)));
    assert_eq!(
        (&told["size"], &told["processed"], &told["errors"]),
        (&3.into(), &1.into(), &2.into())
    );
    assert_eq!(house.hits().len(), 3);
}

#[test]
fn with_a_key_umami_says_who_and_when() {
    let house = house();
    let payload = json!({
        "website": "key1", "hostname": "shop1.example", "url": "/a", "id": "u-1",
        "timestamp": NOW.0 / 1_000 - 3_600, "userAgent": CHROME, "ip": FAR,
    });
    let body = json!({"type": "event", "payload": payload});
    let ask = sent("/api/send", &body).with("authorization", format!("Bearer {SECRET}"));
    assert_eq!(house.call(&ask).status, 200);
    let hits = house.hits();
    assert_eq!(hits[0].at, NOW.plus_ms(-3_600_000));
    assert_ne!(hits[0].agent, Agent::default());
}

const MATOMO_VIEW: &str = "idsite=1&rec=1&url=https%3A%2F%2Fshop1.example%2Fa&action_name=A";

#[test]
fn matomo_hits_come_by_address_and_by_body_one_or_many() {
    let house = house();
    let reply = house.call(&get(&format!("/matomo.php?{MATOMO_VIEW}")));
    assert_eq!(
        (reply.status.as_u16(), reply.header("content-type")),
        (200, Some("image/gif"))
    );
    let quiet = format!("{MATOMO_VIEW}&send_image=0&e_c=Video&e_a=play&e_n=Intro");
    assert_eq!(
        house
            .call(&post("/piwik.php", quiet + "&dimension1%1d=x"))
            .status,
        204
    );
    let names: Vec<_> = house.hits()[1]
        .properties
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    assert_eq!(names, ["dimension1", "e_c", "e_n"]);
    let link = format!("{MATOMO_VIEW}&link=https%3A%2F%2Fpartner.example%2F");
    let order = format!("{MATOMO_VIEW}&idgoal=0&ec_id=7&revenue=12.5&currency=EUR");
    let ping = format!("{MATOMO_VIEW}&ping=1");
    let hits = [&link, &order, &ping].map(|query| format!("?{query}"));
    let bulk = json!({"requests": hits});
    let told = json_of(&house.call(&sent("/matomo.php", &bulk)));
    assert_eq!(
        told,
        json!({"status": "success", "tracked": 2, "invalid": 1})
    );
    let kept: Vec<_> = house.hits().iter().map(said).collect();
    let named =
        |kind, name: &str, micros| (kind, "shop1.example/a".to_owned(), name.to_owned(), micros);
    assert_eq!(
        kept,
        [
            view("/a"),
            named(HitKind::Event, "play", None),
            named(HitKind::Outbound, "https://partner.example/", None),
            named(HitKind::Revenue, "order", Some(12_500_000)),
        ]
    );
}

#[test]
fn what_matomo_says_of_person_and_time_wants_a_token() {
    let house = house();
    let told =
        format!("{MATOMO_VIEW}&cip={FAR}&cdt=2027-01-01 10:00:00&uid=anna&_id=0123456789abcdef");
    house.call(&get(&format!("/matomo.php?{}", told.replace(' ', "%20"))));
    assert_eq!(house.hits()[0].at, NOW);
    let with = format!("{told}&token_auth={SECRET}").replace(' ', "%20");
    assert_eq!(house.call(&post("/matomo.php", with)).status, 200);
    assert_eq!(house.hits()[1].at.rfc3339(), "2027-01-01T10:00:00.000Z");
    let wrong = format!("{MATOMO_VIEW}&token_auth=wrong");
    let refused = house.call(&post("/matomo.php", wrong));
    assert_eq!(
        (refused.status.as_u16(), why(&refused)),
        (401, "unauthorised")
    );
    for nothing in ["", "idsite=9&rec=1&url=https%3A%2F%2Fother.example%2F"] {
        let reply = house.call(&post("/matomo.php", nothing));
        assert_eq!(reply.status, 400, "{nothing:?}");
    }
    assert_eq!(house.hits().len(), 2);
}

fn ga4(measurement: &str, secret: &str) -> String {
    format!("/mp/collect?measurement_id={measurement}&api_secret={secret}")
}

#[test]
fn google_analytics_of_servers_wants_a_key_and_a_purchase_counts_once() {
    let house = house();
    let body = json!({
        "client_id": "c.1", "timestamp_micros": (NOW.0 - 60_000) * 1_000,
        "events": [
            {"name": "page_view", "params": {"page_location": "https://shop1.example/a",
                "page_title": "A", "session_id": "1", "engagement_time_msec": "5"}},
            {"name": "add_to_cart", "params": {"value": 9, "currency": "EUR", "sku": "x"}},
            {"name": "purchase", "params":
                {"transaction_id": "T-1", "value": 99.99, "currency": "EUR"}},
        ],
    });
    let refused = house.call(&sent(&ga4("1", "wrong"), &body));
    assert_eq!(
        (refused.status.as_u16(), why(&refused)),
        (204, "unauthorised")
    );
    for _ in 0..2 {
        let reply = house.call(&sent(&ga4("1", SECRET), &body));
        assert_eq!((reply.status.as_u16(), reply.body.len()), (204, 0));
    }
    let hits = house.hits();
    let (kinds, bought): (Vec<_>, Vec<_>) = hits.iter().map(|hit| (hit.kind, said(hit).3)).unzip();
    let (seen, event) = (HitKind::PageView, HitKind::Event);
    assert_eq!(kinds, [seen, event, HitKind::Revenue, seen, event]);
    assert_eq!(
        bought.iter().flatten().copied().collect::<Vec<_>>(),
        [99_990_000]
    );
    assert_eq!(
        (hits[0].at, hits[0].page.title.as_str()),
        (NOW.plus_ms(-60_000), "A")
    );
    assert_eq!(
        hits[1].page.host, "shop1.example",
        "what happens on no page is the site's"
    );
    assert!(hits[0].properties.is_empty() && hits[1].properties.len() == 3);
}

#[test]
fn the_door_beside_says_what_is_wrong_and_keeps_nothing() {
    let house = house();
    let check = |address: &str, body: &Value| -> Vec<String> {
        let reply = house.call(&sent(&format!("/debug{address}"), body));
        let told = json_of(&reply);
        let messages = told["validationMessages"].as_array().unwrap().clone();
        messages
            .iter()
            .map(|one| one["fieldPath"].as_str().unwrap().to_owned())
            .collect()
    };
    let right = json!({"client_id": "c", "events": [{"name": "x"}]});
    assert_eq!(check(&ga4("1", SECRET), &right), Vec::<String>::new());
    assert_eq!(check(&ga4("9", SECRET), &right), ["measurement_id"]);
    let wrong = json!({"events": [{"name": ""}]});
    assert_eq!(
        check(&ga4("1", "no"), &wrong),
        ["api_secret", "client_id", "events[0].name"]
    );
    assert!(house.hits().is_empty());
}

fn basic(key: &str) -> String {
    use base64::Engine as _;
    let pair = base64::prelude::BASE64_STANDARD.encode(format!("{key}:"));
    format!("Basic {pair}")
}

fn segment_page(id: &str) -> Value {
    json!({
        "type": "page", "messageId": id, "anonymousId": "a-1", "timestamp": "2027-01-01T10:00:00Z",
        "context": {"page": {"url": "https://shop1.example/a", "title": "A", "referrer": ""},
            "ip": FAR, "userAgent": "curl/8"},
    })
}

#[test]
fn segment_in_a_browser_is_known_by_the_sites_key_and_believed_little() {
    let house = house();
    let one = segment_page("ajs-next-1690000000000-aaaa");
    for path in ["/v1/p", "/v1/page"] {
        let ask = sent(path, &one).with("authorization", basic("key1"));
        assert_eq!(json_of(&house.call(&ask)), json!({"success": true}));
    }
    let hits = house.hits();
    assert_eq!(hits.len(), 1, "a message counts once");
    assert_eq!(said(&hits[0]), view("/a"));
    assert_eq!((hits[0].at, hits[0].bot), (NOW, None));
    let mut track = one.clone();
    track["type"] = "track".into();
    track["event"] = "Order Completed".into();
    track["messageId"] = "ajs-next-1690000000000-bbbb".into();
    track["properties"] = json!({"revenue": 14.99, "coupon": "spring"});
    let batch = json!({"batch": [track, {"type": "identify", "userId": "u"}], "writeKey": "key1"});
    let reply = house.call(&sent("/v1/b", &batch));
    assert_eq!((reply.status.as_u16(), why(&reply)), (200, "not_kept"));
    let (kind, _, name, micros) = said(&house.hits()[1]);
    assert_eq!(
        (kind, name.as_str(), micros),
        (HitKind::Revenue, "Order Completed", Some(14_990_000))
    );
    let unknown = house.call(&sent("/v1/p", &one).with("authorization", basic("no")));
    assert_eq!(
        (unknown.status.as_u16(), why(&unknown)),
        (401, "unauthorised")
    );
    for body in ["{", "[]", r#"{"batch":7,"writeKey":"key1"}"#] {
        assert_eq!(house.call(&post("/v1/batch", body)).status, 400, "{body}");
    }
}

#[test]
fn segment_on_a_server_says_who_where_and_when() {
    let house = house();
    let mut late = segment_page("m-1");
    late["sentAt"] = "2027-01-01T10:05:00Z".into();
    let batch = json!({"batch": [late, segment_page("m-2")]});
    for _ in 0..2 {
        let ask = sent("/v1/batch", &batch).with("authorization", basic(SECRET));
        assert_eq!(house.call(&ask).status, 200);
    }
    let hits = house.hits();
    assert_eq!(hits.len(), 2);
    let times: Vec<_> = hits.iter().map(|hit| hit.at).collect();
    let told = UnixMillis::parse_rfc3339("2027-01-01T10:00:00Z").unwrap();
    assert_eq!(times, [told, NOW.plus_ms(-300_000)]);
    assert_eq!(hits[0].visitor, hits[1].visitor);
}

#[test]
fn a_browser_asks_for_its_settings_first() {
    let house = house();
    let ask = get("/v1/projects/key1/settings").with("host", "t.shop1.example");
    let told = json_of(&house.call(&ask));
    assert_eq!(
        told["integrations"]["Segment.io"]["apiHost"],
        "t.shop1.example/v1"
    );
    assert_eq!(house.call(&get("/v1/projects/no/settings")).status, 404);
}

const DOORS: [&str; 7] = [
    "/api/event",
    "/api/send",
    "/api/batch",
    "/matomo.php",
    "/v1/b",
    "/v1/track",
    "/mp/collect",
];

#[test]
fn every_door_sheds_load_so_that_nothing_is_lost() {
    let view = json!({"n": "pageview", "u": "https://shop1.example/", "d": "shop1.example"});
    let umami = json!({"payload": {"website": "key1", "hostname": "shop1.example", "url": "/"}});
    let mut segment = segment_page("ajs-next-1690000000000-cccc");
    segment["writeKey"] = "key1".into();
    let ga4_body = json!({"client_id": "c", "events": [{"name": "page_view"}]});
    let asks = [
        sent("/api/event", &view),
        sent("/api/send", &umami),
        get(&format!("/matomo.php?{MATOMO_VIEW}")),
        sent("/v1/page", &segment),
        sent(&ga4("1", SECRET), &ga4_body),
    ];
    for ask in asks {
        let rate = Rate {
            per_second: 1,
            burst: 1,
        };
        let house = House::new(IntakeSettings {
            events_per_address: rate,
            events_per_key: rate,
            ..IntakeSettings::default()
        });
        house.sink.fails.store(true, Ordering::SeqCst);
        let reply = house.call(&ask);
        assert_eq!(reply.status, 503, "{}", ask.target);
        assert!(reply.header("retry-after").is_some());
        assert_eq!(house.call(&ask).status, 429, "{}", ask.target);
    }
}

#[test]
fn browsers_of_any_page_may_ask_and_read_the_answer() {
    for path in DOORS {
        let house = house();
        let ask = Ask {
            method: Method::OPTIONS,
            ..get(path)
        };
        let ask = ask.with("origin", "https://shop1.example").with(
            "access-control-request-headers",
            "content-type,x-umami-cache",
        );
        let reply = house.call(&ask);
        assert_eq!(reply.status, 204, "{path}");
        assert_eq!(
            reply.header("access-control-allow-origin"),
            Some("https://shop1.example")
        );
        let allowed = reply.header("access-control-allow-headers");
        assert_eq!(allowed, Some("content-type,x-umami-cache"));
        let delete = Ask {
            method: Method::DELETE,
            ..get(path)
        };
        assert_eq!(house.call(&delete).status, 405, "{path}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_or_fail(
        door in 0..DOORS.len(),
        body in "[ -~]{0,200}",
        keyed: bool,
    ) {
        let house = house();
        let ask = post(DOORS[door], body);
        let ask = if keyed { ask.with("authorization", basic(SECRET)) } else { ask };
        let reply = house.call(&ask);
        prop_assert!(reply.status.as_u16() < 500, "{}", reply.status);
    }
}
