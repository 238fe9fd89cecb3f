//! What each filter takes, with the unknown.

use std::borrow::Cow;

use base::{BotReason, CampaignId, Country, Device, FlowId, UnixMillis};
use serde_json::{Value, json};

use super::past::{Asked, Past};
use super::same::verdict;
use crate::routing::{Click, Connection, Period, Proxy, Rule, Scope, Sender};

fn rule(value: Value) -> Rule {
    serde_json::from_value(value).unwrap()
}

fn unknown() -> Click<'static> {
    Click::unknown(UnixMillis::parse_rfc3339("2026-03-02T08:30:00Z").unwrap())
}

#[track_caller]
fn check(filter: &Value, click: &Click<'_>, wanted: bool) {
    let verdict = verdict(rule(json!({"filters": [filter]})), click, &Past::default());
    assert_eq!(
        verdict.passes, wanted,
        "{filter}: {:?}",
        verdict.filters[0].seen
    );
}

/// A filter that the click fulfils, another one that it does not, and what neither knows.
#[track_caller]
fn check_both(by: &str, click: &Click<'_>, fits: &str, misses: &str) {
    check(&json!({"by": by, "values": [fits]}), click, true);
    check(&json!({"by": by, "values": [misses]}), click, false);
    check(&json!({"by": by, "values": [misses, fits]}), click, true);
    check(&json!({"by": by, "values": [null]}), click, false);
    check(&json!({"by": by, "values": [fits]}), &unknown(), false);
    check(&json!({"by": by, "values": [fits, null]}), &unknown(), true);
    check(
        &json!({"by": by, "op": "is_not", "values": [fits]}),
        &unknown(),
        true,
    );
    check(
        &json!({"by": by, "op": "is_not", "values": [fits, null]}),
        &unknown(),
        false,
    );
}

#[test]
fn places_are_compared() {
    let click = Click {
        country: Country::from_code("PL"),
        region: "Mazowieckie",
        city: "Łódź",
        ..unknown()
    };
    check_both("country", &click, "pl", "DE");
    check_both("region", &click, "mazowieckie", "łódzkie");
    check_both("city", &click, "ŁÓDŹ", "Lodz");
}

#[test]
fn devices_are_compared() {
    let click = Click {
        device: Device::Phone,
        os: "Android",
        os_version: "14.1",
        browser: "Chrome Mobile",
        browser_version: "130.0",
        language: "pl",
        ..unknown()
    };
    check_both("device", &click, "phone", "tablet");
    check_both("os", &click, "android", "iOS");
    check_both("os_version", &click, "14*", "13*");
    check_both("browser", &click, "chrome*", "chrome");
    check_both("browser_version", &click, r"/^1[3-9]\d\./", "13");
    check_both("language", &click, "PL", "de");
}

#[test]
fn networks_are_compared() {
    let click = Click {
        isp: "T-Mobile Polska",
        asn: Some(12741),
        connection: Some(Connection::Cellular),
        proxy: Proxy::No,
        sender: Sender::Machine(BotReason::Prefetch),
        ..unknown()
    };
    check_both("isp", &click, "*mobile*", "orange");
    check_both("asn", &click, "AS12741", "5617");
    check_both("asn", &click, "12741", "as5617");
    check_both("connection", &click, "cellular", "cable");
    check_both("proxy", &click, "no", "yes");
    check_both("bot", &click, "machine", "person");
    check_both("bot", &click, "prefetch", "user_agent");
}

#[test]
fn what_the_address_says_is_compared() {
    let parameters = [
        ("utm_source", "Google"),
        ("utm_source", "second"),
        ("empty", " "),
    ];
    let parameters = parameters.map(|(name, value)| (Cow::Borrowed(name), Cow::Borrowed(value)));
    let subs = [Cow::Borrowed("first"), Cow::Borrowed("second")];
    let click = Click {
        referrer: "https://www.google.pl/search?q=1",
        keyword: "Red Shoes",
        parameters: &parameters,
        subs: &subs,
        ..unknown()
    };
    check_both("referrer", &click, "https://*.google.*", "google");
    check_both("keyword", &click, "red shoes", "shoes");
    let parameter =
        |name: &str, value: Value| json!({"by": "parameter", "name": name, "values": [value]});
    check(&parameter("utm_source", "google".into()), &click, true);
    // Where a name comes twice, the first one counts; and names are as they are written.
    check(&parameter("utm_source", "second".into()), &click, false);
    check(&parameter("UTM_SOURCE", Value::Null), &click, true);
    check(&parameter("empty", Value::Null), &click, true);
    let sub = |name: &str, value: Value| json!({"by": "sub", "name": name, "values": [value]});
    check(&sub("2", "SECOND".into()), &click, true);
    check(&sub("2", "first".into()), &click, false);
    check(&sub("30", Value::Null), &click, true);
}

#[test]
fn times_are_the_campaigns() {
    // The campaign is Warsaw's, where it is half past nine of a Monday.
    let at = |time: &str| Click::unknown(UnixMillis::parse_rfc3339(time).unwrap());
    let hours = json!({"by": "time_table", "values": ["1-5 09:00-18:00"]});
    check(&hours, &at("2026-03-02T08:30:00Z"), true);
    check(&hours, &at("2026-03-02T07:59:00Z"), false);
    // After the clock is set forward nine is an hour earlier.
    check(&hours, &at("2026-03-30T07:00:00Z"), true);
    check(&hours, &at("2026-03-30T06:59:00Z"), false);
    let days = json!({"by": "dates", "values": ["2026-03-03"]});
    check(&days, &at("2026-03-02T22:59:00Z"), false);
    check(&days, &at("2026-03-02T23:00:00Z"), true);
    // A moment is never unknown.
    let never = json!({"by": "dates", "values": [null]});
    check(&never, &at("2026-03-02T08:30:00Z"), false);
}

#[test]
fn a_visitor_is_new_where_the_memory_says_so() {
    let unique = |values: Value| rule(json!({"filters": [{"by": "unique", "values": values}]}));
    let mut past = Past::default();
    let passes = |past: &Past, values: Value| verdict(unique(values), &unknown(), past).passes;
    assert!(!passes(&past, json!(["campaign"])));
    assert!(passes(&past, json!(["campaign", null])));
    past.first.insert(Scope::Campaign(CampaignId(1)), true);
    past.first.insert(Scope::Flow(FlowId(1)), false);
    assert!(passes(&past, json!(["campaign"])));
    assert!(!passes(&past, json!(["flow", null])));
    assert!(!passes(&past, json!(["global"])));
    past.first.insert(Scope::Global, true);
    assert!(passes(&past, json!(["global"])));
    let hours = |asked: &Asked| matches!(asked, Asked::First(_, 12));
    assert!(past.asked.borrow().iter().any(hours));
}

#[test]
fn a_limit_lets_clicks_through_until_it_is_reached() {
    let below =
        |values: Value| rule(json!({"filters": [{"by": "clicks_below", "values": values}]}));
    let mut past = Past::default();
    let passes = |past: &Past, values: Value| verdict(below(values), &unknown(), past).passes;
    assert!(!passes(&past, json!(["10/day"])));
    assert!(passes(&past, json!(["10/day", null])));
    past.clicks.insert((FlowId(1), Period::Day), 9);
    past.clicks.insert((FlowId(1), Period::Hour), 10);
    assert!(passes(&past, json!(["10/day"])));
    assert!(!passes(&past, json!(["10/hour"])));
    assert!(!passes(&past, json!(["10/total"])));
}

#[test]
fn all_filters_hold_or_any_and_none_is_no_bar() {
    let click = Click {
        country: Country::from_code("PL"),
        ..unknown()
    };
    let passes = |joint: &str, countries: &[&str]| {
        let filters = countries
            .iter()
            .map(|code| json!({"by": "country", "values": [code]}));
        let filters: Vec<Value> = filters.collect();
        let rule = rule(json!({"joint": joint, "filters": filters}));
        verdict(rule, &click, &Past::default()).passes
    };
    assert!(passes("all", &["PL", "pl"]));
    assert!(!passes("all", &["PL", "DE"]));
    assert!(passes("any", &["DE", "PL"]));
    assert!(!passes("any", &["DE", "UA"]));
    assert!(passes("all", &[]));
    assert!(passes("any", &[]));
}

#[test]
fn a_verdict_says_what_was_seen() {
    let click = Click {
        country: Country::from_code("PL"),
        sender: Sender::Person,
        asn: Some(5617),
        keyword: " Shoes ",
        ..unknown()
    };
    let subjects = ["country", "bot", "asn", "keyword", "city", "time_table"];
    let filters = subjects.map(|by| {
        let value = match by {
            "bot" => json!("machine"),
            "time_table" => json!("7 10:00-11:00"),
            "asn" => json!("1"),
            _ => json!("XX"),
        };
        json!({"by": by, "values": [value]})
    });
    let verdict = verdict(rule(json!({"filters": filters})), &click, &Past::default());
    let seen: Vec<_> = verdict
        .filters
        .iter()
        .map(|filter| filter.seen.as_deref())
        .collect();
    let wanted = ["PL", "person", "AS5617", "Shoes", "", "1 2026-03-02 09:30"];
    let wanted = wanted.map(|text| (!text.is_empty()).then_some(text));
    assert_eq!(seen, wanted);
}
