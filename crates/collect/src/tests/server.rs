//! The servers' door, and requests of any bytes at every door.

use proptest::prelude::*;

use super::*;

fn batch(items: &str) -> Ask {
    post("/api/v1/events", format!(r#"{{"events":[{items}]}}"#))
        .with("authorization", "Bearer secret")
}

#[test]
fn a_repeated_batch_stores_nothing_twice() {
    let house = House::new(IntakeSettings::default());
    let items = r#"{"id":"1","type":"page_view","url":"https://shop1.example/","user_id":"u"},
        {"id":"2","type":"revenue","name":"order","url":"https://shop1.example/","user_id":"u",
         "revenue":{"amount":"9.90","currency":"EUR"}},
        {"id":"3","type":"event","url":"https://shop1.example/"},
        {"id":"4","type":"event","name":"x","url":"https://shop1.example/",
         "at":"2099-01-01T00:00:00Z"}"#;
    let statuses = |reply: &Reply| -> Vec<String> {
        let json: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        let items = json["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["status"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = house.call(&batch(items));
    assert_eq!(
        statuses(&first),
        ["stored", "stored", "rejected", "rejected"]
    );
    let again = house.call(&batch(items));
    assert_eq!(
        statuses(&again),
        ["duplicate", "duplicate", "rejected", "rejected"]
    );
    let hits = house.hits();
    assert_eq!(hits.len(), 2);
    let plain = |hit: &Hit| matches!(hit.id, HitId::Sender(_)) && hit.bot.is_none();
    assert!(hits.iter().all(plain));
    assert_eq!(hits[1].revenue.unwrap().micros, 9_900_000);
    assert_eq!((hits[0].visit, hits[1].bounces), (hits[1].visit, -1));
    assert_eq!(house.call(&post("/api/v1/events", "{}")).status, 401);
}

#[test]
fn international_hosts_match_however_they_are_written() {
    let hosts = [
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("www.żółty.pl", "www.xn--ty-4ja03asj.pl"),
    ];
    for (typed, sent) in hosts {
        let house = House::new(IntakeSettings::default());
        for host in [typed, sent] {
            let url = format!("https://{host}/");
            assert_eq!(house.call(&page_view(1, &url)).status, 202, "{host}");
            let item = format!(r#"{{"type":"page_view","url":"{url}","user_id":"u"}}"#);
            assert_eq!(house.call(&batch(&item)).status, 200, "{host}");
        }
        assert_eq!(house.hits().len(), 4, "{typed}");
    }
}

#[test]
fn an_event_of_the_past_opens_its_own_visit_at_its_own_time() {
    let house = House::new(IntakeSettings::default());
    let item = |id: u8, at: &str| {
        format!(
            r#"{{"id":"{id}","type":"page_view","url":"https://shop1.example/",
                "user_id":"u","at":"{at}"}}"#
        )
    };
    house.call(&batch(&item(1, "2027-01-15T08:00:00Z")));
    house.call(&batch(&format!(
        "{},{}",
        item(3, "2027-01-01T08:05:00Z"),
        item(2, "2027-01-01T08:00:00Z")
    )));
    let hits = house.hits();
    assert_eq!(hits[1].at.rfc3339(), "2027-01-01T08:00:00.000Z");
    assert_eq!(
        (hits[1].visits, hits[2].visits, hits[2].bounces),
        (1, 0, -1)
    );
    assert_ne!(hits[1].visit, hits[0].visit);
}

#[test]
fn a_told_engagement_has_its_time_and_depth_and_an_empty_one_is_refused() {
    let house = House::new(IntakeSettings::default());
    let item = |id: u8, more: &str| {
        format!(
            r#"{{"id":"{id}","type":"engagement","url":"https://shop1.example/a","user_id":"u",
                "at":"2027-01-01T08:00:0{id}Z"{more}}}"#
        )
    };
    let reply = house.call(&batch(&format!(
        "{},{},{},{}",
        item(1, r#","engaged_ms":8200,"scroll_percent":70"#),
        item(2, ""),
        item(3, r#","engaged_ms":"long""#),
        item(4, r#","engaged_ms":999999999,"scroll_percent":250"#),
    )));
    let json: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    let codes = [1, 2].map(|index| json["items"][index]["code"].clone());
    assert_eq!(codes, ["empty_engagement", "bad_field"]);
    let seen: Vec<_> = house
        .hits()
        .into_iter()
        .map(|hit| (hit.kind, hit.engaged_ms, hit.scroll_percent, hit.name))
        .collect();
    let told = |ms, percent| (HitKind::Engagement, ms, percent, String::new());
    assert_eq!(seen, [told(8_200, 70), told(86_400_000, 100)]);
}

#[test]
fn a_told_click_of_the_past_opens_the_visit_that_its_landing_goes_on_with() {
    let house = House::new(IntakeSettings::default());
    let item = |kind: &str, url: &str, second: u8| {
        format!(
            r#"{{"id":"{kind}","type":"{kind}","url":"{url}","user_id":"u",
                "at":"2027-01-01T08:00:0{second}Z"}}"#
        )
    };
    let tags = "utm_source=news&utm_medium=email&utm_term=word";
    house.call(&batch(&format!(
        "{},{}",
        item("click", "https://go.example/c/a?utm_term=word", 1),
        item("page_view", &format!("https://shop1.example/l?{tags}"), 2),
    )));
    let hits = house.hits();
    let [click, view] = &hits[..] else {
        panic!("{} hits", hits.len())
    };
    assert_eq!(click.at.rfc3339(), "2027-01-01T08:00:01.000Z");
    assert_eq!(
        (click.kind, click.link, click.site, click.visits),
        (HitKind::Click, Some(LinkId(5)), Some(SiteId(1)), 1)
    );
    let touch = click.touch.as_deref().unwrap();
    assert_eq!((&*touch.source, &*touch.keyword), ("news", "word"));
    assert_eq!(
        (view.visit, view.traffic, view.visits, &view.touch),
        (click.visit, click.traffic, 0, &None)
    );
}

#[test]
fn a_told_click_of_an_unknown_link_or_of_another_workspaces_is_refused() {
    let house = House::new(IntakeSettings::default());
    for path in ["c/none", "c/theirs", "a"] {
        let item = format!(r#"{{"type":"click","url":"https://shop1.example/{path}"}}"#);
        let reply = house.call(&batch(&item));
        let json: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(json["items"][0]["code"], "unknown_link", "{path}");
    }
    assert_eq!(house.call(&get("/c/theirs")).status, 302);
    assert_eq!(house.hits().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_request_panics_or_fails_with_500(text: String, other: String, number: f64) {
        let house = House::new(IntakeSettings::default());
        let json = serde_json::json!({
            "n": other, "k": "key1", "x": text, "u": format!("https://shop1.example/{text}"),
            "r": text, "t": other, "e": number, "s": number, "c": text, "l": other, "i": other,
            "p": {"a": text, other.clone(): number}, "$": {"amount": number, "currency": other},
        });
        let item = serde_json::json!({"events": [{
            "id": text, "type": other, "name": text,
            "url": format!("https://shop1.example/{other}"),
            "at": text, "ip": other, "user_agent": text, "visitor": text, "referrer": other,
        }, {
            "type": "click", "url": format!("https://shop1.example/c/a?{text}"), "referrer": other,
        }, {
            "type": "engagement", "url": "https://shop1.example/", "engaged_ms": number,
            "scroll_percent": text,
        }]});
        let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let asks = [
            post("/e", json.to_string()),
            post("/e", text.clone()),
            get(&format!("/c/a?{encoded}={encoded}&{}", other.replace('?', ""))),
            get(&format!("/c/{}", text.replace('?', ""))),
            get(&format!("/p.gif?k=key1&u={encoded}")),
            post("/api/v1/events", item.to_string()).with("authorization", "Bearer secret"),
        ];
        for ask in asks {
            let names = ["cookie", "user-agent", "referer", "x-forwarded-for", "origin"];
            let ask = names.into_iter().fold(ask, |ask, name| ask.with(name, text.clone()));
            let reply = house.call(&ask);
            prop_assert!(!reply.status.is_server_error(), "{} {:?}", ask.target, reply);
        }
    }
}

#[test]
fn a_key_opens_the_door_until_it_ends() {
    let house = House::new(IntakeSettings::default());
    let item = r#"{"type":"page_view","url":"https://shop1.example/","user_id":"u"}"#;
    let after = |ms: i64| {
        let ask = post("/api/v1/events", format!(r#"{{"events":[{item}]}}"#))
            .with("authorization", "Bearer ending")
            .after(ms);
        house.call(&ask).status.as_u16()
    };
    let life_ms = KEY_END.0 - NOW.0;
    assert_eq!(after(life_ms - 1), 200);
    assert_eq!(after(life_ms), 401);
    let used = house.collector.key_uses(NOW.plus_ms(life_ms));
    assert_eq!(used, [(digest("ending"), KEY_END.plus_ms(-1))]);
}
