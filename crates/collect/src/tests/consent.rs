//! A visitor who is asked and agrees: the cookie begins, and the visit goes on.

use super::*;

fn tomorrow() -> Salts {
    Salts {
        current: [3; 16],
        previous: Some([1; 16]),
    }
}

/// A page, the agreement, and another page, which is the second one of the same visit.
fn check_agreeing(view: &dyn Fn(&str) -> Ask, salts: Option<Salts>) {
    let house = House::new(IntakeSettings::default());
    let before = house.call(&view("https://shop3.example/"));
    assert_eq!(before.header("set-cookie"), None);
    if let Some(salts) = salts {
        house.collector.set_salts(salts);
    }
    let body = r#"{"n":"consent","k":"key3","u":"https://shop3.example/","c":1}"#;
    let agreed = house.call(&post("/e", body).after(5));
    let cookie = agreed.header("set-cookie").unwrap().split(';').next();
    let next = view("https://shop3.example/b").with("cookie", cookie.unwrap());
    house.call(&next.after(9));
    let hits = house.hits();
    assert_eq!((hits.len(), hits[1].visits, hits[1].bounces), (2, 0, -1));
    assert_eq!(hits[0].visit, hits[1].visit);
    assert_ne!(hits[0].visitor, hits[1].visitor);
}

#[test]
fn agreeing_keeps_the_running_visit() {
    check_agreeing(&|url| page_view(3, url), None);
}

#[test]
fn agreeing_after_midnight_keeps_the_visit_of_before() {
    check_agreeing(&|url| page_view(3, url), Some(tomorrow()));
}

#[test]
fn agreeing_keeps_the_running_visit_of_a_machine_too() {
    let view = |url: &str| {
        let body = format!(r#"{{"n":"pageview","k":"key3","u":"{url}","w":1}}"#);
        post("/e", body)
    };
    check_agreeing(&view, None);
}
