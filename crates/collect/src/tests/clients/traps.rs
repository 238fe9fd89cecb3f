//! What others' clients do that would be counted wrongly: people twice, names, amounts, retries.

use std::collections::HashSet;

use super::*;

#[test]
fn who_says_who_they_are_stays_the_visitor_that_they_were() {
    let house = house();
    let mut order = segment_page("m-2");
    order["type"] = "track".into();
    order["event"] = "Order Completed".into();
    order["userId"] = "anna".into();
    let batch = json!({"batch": [segment_page("m-1"), order]});
    house.call(&sent("/v1/batch", &batch).with("authorization", basic(SECRET)));
    let visitors: Vec<_> = house.hits().iter().map(|hit| hit.visitor).collect();
    assert_eq!((visitors.len(), visitors[0]), (2, visitors[1]));
}

#[test]
fn clients_that_bring_no_cookie_are_one_visitor_a_day() {
    let house = house();
    let view = json!({"n": "pageview", "u": "https://shop1.example/a", "d": "shop1.example"});
    for _ in 0..2 {
        let reply = house.call(&sent("/api/event", &view).with("sec-fetch-site", "same-site"));
        assert_eq!(reply.header("set-cookie"), None, "it would never come back");
    }
    let own = sent("/api/event", &view).with("sec-fetch-site", "same-origin");
    assert!(house.call(&own).header("set-cookie").is_some());
    let hits = house.hits();
    assert_eq!(
        (hits[0].visitor, hits[0].visit),
        (hits[1].visitor, hits[1].visit)
    );
    assert_ne!(hits[2].visitor, hits[1].visitor);
}

#[test]
fn amounts_are_read_as_far_as_they_are_money_and_lose_no_event() {
    let house = house();
    let buy = |id: &str, value: Value, currency: &str| {
        json!({"name": "purchase", "params":
            {"transaction_id": id, "value": value, "currency": currency}})
    };
    let events = json!({"client_id": "c", "events": [
        buy("1", json!(14.99 + 0.000_000_000_01), "EUR"),
        buy("2", json!("$19.99"), "EUR"),
        buy("3", json!(5), "Euro"),
        {"name": "checkout", "params": {"value": 3, "currency": "EUR"}},
    ]});
    assert_eq!(why(&house.call(&sent(&ga4("1", SECRET), &events))), "");
    let amounts: Vec<_> = house.hits().iter().map(|hit| said(hit).3).collect();
    assert_eq!(amounts, [Some(14_990_000), None, None, None]);
    // Another shop of the workspace counts its orders from one, too.
    let other = json!({"client_id": "c", "events": [buy("1", json!(7), "EUR")]});
    assert_eq!(why(&house.call(&sent(&ga4("2", SECRET), &other))), "");
    assert_eq!(
        why(&house.call(&sent(&ga4("2", SECRET), &other))),
        "duplicate"
    );
    let mut begun = segment_page("ajs-next-1690000000000-dddd");
    begun["type"] = "track".into();
    begun["event"] = "Checkout Started".into();
    begun["properties"] = json!({"revenue": 20, "url": "https://other.example/"});
    house.call(&sent("/v1/track", &begun).with("authorization", basic("key1")));
    let last = house.hits().pop().unwrap();
    assert_eq!(
        (said(&last).3, last.page.host.as_str()),
        (None, "shop1.example")
    );
}

#[test]
fn a_name_of_the_senders_own_is_never_taken_for_ours() {
    let house = house();
    let plausible =
        |name: &str| json!({"n": name, "u": "https://shop1.example/", "d": "shop1.example"});
    for name in ["form", " outbound", "consent"] {
        house.call(&sent("/api/event", &plausible(name)));
    }
    let action = format!("{MATOMO_VIEW}&e_c=x&e_a=download");
    house.call(&post("/matomo.php", action));
    house.call(&post("/matomo.php", format!("{MATOMO_VIEW}&c_n=banner")));
    let names: Vec<_> = house
        .hits()
        .iter()
        .map(|hit| (hit.kind, hit.name.clone()))
        .collect();
    let event = |name: &str| (HitKind::Event, name.to_owned());
    let expected = [
        "form event",
        "outbound event",
        "consent event",
        "download event",
    ];
    assert_eq!(names, expected.map(event));
}

#[test]
fn a_batch_is_let_in_whole_or_not_and_what_was_stored_is_not_asked_for_again() {
    let rate = Rate {
        per_second: 1,
        burst: 3,
    };
    let settings = IntakeSettings {
        events_per_address: rate,
        ..IntakeSettings::default()
    };
    let house = House::new(settings);
    let one = json!({"payload": {
        "website": "key1", "hostname": "shop1.example", "url": "/login?next=https://x.example/",
    }});
    let batch = json!(vec![one.clone(); 5]);
    let told = json_of(&house.call(&sent("/api/batch", &batch)));
    assert_eq!((&told["processed"], house.hits().len()), (&json!(5), 5));
    assert_eq!(house.call(&sent("/api/batch", &batch)).status, 429);
    assert_eq!(house.hits().len(), 5);
    // Five were taken of a burst of three: two are owed.
    let next = sent("/api/send", &one);
    assert_eq!(house.call(&next.after(2_000)).status, 429);
    let next = sent("/api/send", &one);
    assert_eq!(house.call(&next.after(3_000)).status, 200);
    let keyed = sent("/api/send", &one).with("authorization", "Bearer wrong");
    assert_eq!(house.call(&keyed.after(60_000)).status, 401);
}

#[test]
fn a_batch_of_a_browser_is_one_visitor_and_one_visit() {
    let house = house();
    let page = |path: &str| {
        let url = format!("https://shop1.example{path}");
        json!({"n": "pageview", "u": url, "d": "shop1.example,shop2.example"})
    };
    let own = sent("/api/event", &page("/a")).with("sec-fetch-site", "same-origin");
    let cookie = house.call(&own).header("set-cookie").unwrap().to_owned();
    let batch = json!([
        {"payload": {"website": "key1", "hostname": "shop1.example", "url": "/a"}},
        {"payload": {"website": "key1", "hostname": "shop1.example", "url": "/b"}},
        {"payload": {"website": "key1", "hostname": "shop1.example", "url": "/b", "name": "tried"}},
    ]);
    let ask = sent("/api/batch", &batch).with("sec-fetch-site", "same-origin");
    let reply = house.call(&ask);
    let hits = house.hits();
    let of_batch = &hits[hits.len() - 3..];
    let known: HashSet<_> = of_batch
        .iter()
        .map(|hit| (hit.visitor, hit.visit))
        .collect();
    assert_eq!(known.len(), 1);
    assert_eq!(of_batch.iter().map(|hit| hit.visits).sum::<i8>(), 1);
    let named = reply.header("set-cookie").unwrap();
    assert!(named.contains(&of_batch[0].visitor.to_string()), "{named}");
    assert!(!named.starts_with(cookie.split(';').next().unwrap()));
}

#[test]
fn servers_say_which_site_they_mean_where_nothing_else_does() {
    let house = house();
    let order = |site: Option<&str>, id: &str| {
        let mut order = segment_page(id);
        order["type"] = "track".into();
        order["event"] = "Order Completed".into();
        order["context"] = json!({});
        if let Some(site) = site {
            order["site"] = site.into();
        }
        sent("/v1/track", &order).with("authorization", basic(SECRET))
    };
    assert_eq!(why(&house.call(&order(Some("2"), "m-1"))), "");
    assert_eq!(why(&house.call(&order(Some("shop1.example"), "m-2"))), "");
    assert_eq!(why(&house.call(&order(None, "m-3"))), "");
    let sites: Vec<_> = house.hits().iter().map(|hit| hit.site.unwrap().0).collect();
    assert_eq!(sites, [2, 1, 1]);
}

#[test]
fn whoever_keeps_being_refused_is_not_read_any_more() {
    let settings = IntakeSettings {
        events_per_address: Rate {
            per_second: 1,
            burst: 2,
        },
        ..IntakeSettings::default()
    };
    let hit = json!({"requests": ["?idsite=1&rec=1"], "token_auth": "wrong"});
    let asks = [
        sent("/matomo.php", &hit),
        sent("/v1/batch", &json!({"batch": []})),
        post("/api/send", "{"),
        sent(&ga4("1", "wrong"), &json!({})),
        sent("/debug/mp/collect", &json!({})),
    ];
    for ask in asks {
        let house = House::new(settings.clone());
        for _ in 0..2 {
            assert_ne!(house.call(&ask).status, 429, "{}", ask.target);
        }
        assert_eq!(house.call(&ask).status, 429, "{}", ask.target);
        let later = ask.after(1_000);
        assert_ne!(house.call(&later).status, 429, "{}", later.target);
    }
}

#[test]
fn a_name_that_begins_like_an_object_is_a_name() {
    let house = house();
    let promo = json!({"n": "{promo}", "u": "https://shop1.example/a", "d": "shop1.example"});
    assert_eq!(why(&house.call(&sent("/api/event", &promo))), "");
    assert_eq!(house.hits()[0].name, "{promo}");
}
