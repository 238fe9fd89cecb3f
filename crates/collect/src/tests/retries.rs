//! The same beacon twice: a browser that saw no answer asks again.

use super::*;

const ID: &str = "k3v9x1m2q8zt-lq1";

fn named(site: u8, path: &str, id: &str) -> Ask {
    let body = format!(
        r#"{{"n":"pageview","k":"key{site}","x":"{id}","u":"https://shop{site}.example{path}"}}"#
    );
    post("/e", body)
}

fn cookie(reply: &Reply) -> Option<&str> {
    reply.header("set-cookie")?.split(';').next()
}

/// A retry is answered as the first request was, and one fact is stored.
fn check_retry(site: u8) {
    let house = House::new(IntakeSettings::default());
    let first = house.call(&named(site, "/", ID));
    let again = house.call(&named(site, "/", ID).after(700));
    let told = |reply: &Reply| {
        (
            reply.status,
            reply.body.clone(),
            cookie(reply).map(String::from),
        )
    };
    assert_eq!(told(&first), told(&again), "site {site}");
    assert_eq!(first.header("x-throughline-dropped"), None);
    assert_eq!(again.header("x-throughline-dropped"), Some("duplicate"));
    let hits = house.hits();
    assert_eq!(hits.len(), 1);
    assert!(matches!(hits[0].id, HitId::Browser(_)));
    let next = named(site, "/b", "another-id-of-it").after(2_000);
    house.call(&next.with("cookie", cookie(&again).unwrap_or_default()));
    let hits = house.hits();
    assert_eq!(
        (hits[1].visit, hits[1].visits, hits[1].bounces),
        (hits[0].visit, 0, -1)
    );
}

#[test]
fn a_beacon_delivered_twice_is_one_page_view() {
    check_retry(1);
    check_retry(2);
    check_retry(3);
}

#[test]
fn a_retry_of_a_request_that_broke_off_takes_no_second_step() {
    let house = House::new(IntakeSettings::default());
    house.begin(&named(2, "/", ID));
    assert_eq!(house.hits(), []);
    let again = house.call(&named(2, "/", ID).after(700));
    assert_eq!(again.header("x-throughline-dropped"), None);
    house.call(&named(2, "/b", "another-id-of-it").after(2_000));
    let hits = house.hits();
    let steps: Vec<_> = hits
        .iter()
        .map(|hit| (hit.visits, hit.bounces, hit.seq))
        .collect();
    assert_eq!(steps, [(1, 1, 1), (0, -1, 2)]);
    assert_eq!(hits[0].visit, hits[1].visit);
}

#[test]
fn a_broken_request_keeps_its_visitor_and_touch() {
    let house = House::new(IntakeSettings::default());
    house.begin(&named(1, "/?utm_source=news", ID));
    let again = house.call(&named(1, "/?utm_source=news", ID).after(700));
    let hits = house.hits();
    assert_eq!(
        cookie(&again).unwrap(),
        format!("tl_id={}", hits[0].visitor)
    );
    assert_eq!(hits[0].touch.as_ref().unwrap().source, "news");
}

#[test]
fn what_the_log_refused_is_stored_by_the_retry() {
    let house = House::new(IntakeSettings::default());
    house.sink.fails.store(true, Ordering::SeqCst);
    assert_eq!(house.call(&named(2, "/", ID)).status, 503);
    house.sink.fails.store(false, Ordering::SeqCst);
    assert_eq!(house.call(&named(2, "/", ID).after(700)).status, 202);
    let hits = house.hits();
    assert_eq!((hits.len(), hits[0].visits), (1, 1));
}

#[test]
fn a_retry_after_a_restart_is_known_from_the_log() {
    let house = House::new(IntakeSettings::default());
    let first = house.call(&named(2, "/", ID));
    let restarted = House::new(IntakeSettings::default());
    restarted.collector.restore(&house.hits());
    let again = restarted.call(&named(2, "/", ID).after(700));
    assert_eq!((restarted.hits(), again.body), (vec![], first.body));
}

#[test]
fn another_browser_under_the_same_id_learns_nothing() {
    let house = House::new(IntakeSettings::default());
    house.call(&named(1, "/", ID));
    let other = named(1, "/", ID).with("user-agent", "Mozilla/5.0 Gecko/20100101 Firefox/126.0");
    let reply = house.call(&other.after(700));
    assert_eq!((house.hits().len(), cookie(&reply)), (1, None));
}

/// Two page views under one id, of which `stored` are counted.
fn check_ids([first, second]: [&Ask; 2], stored: usize, why: &str) {
    let house = House::new(IntakeSettings::default());
    house.call(first);
    house.call(second);
    assert_eq!(house.hits().len(), stored, "{why}");
}

#[test]
fn an_id_that_may_be_anybodys_hides_nothing() {
    let check = |id: &str, stored, why| {
        let view = named(2, "/", id);
        check_ids([&view, &named(2, "/", id).after(700)], stored, why);
    };
    check(&"a".repeat(12), 1, "the shortest id");
    check(&"a".repeat(64), 1, "the longest id");
    check("", 2, "no id");
    check("00000000042", 2, "a counter");
    check(&"a".repeat(65), 2, "too long");
    check("k3v9x1m2q8zt lq1", 2, "a space");
    check("ключ-события", 2, "other letters");
    check_ids([&named(1, "/", ID), &named(2, "/", ID)], 2, "two sites");
}
