//! Tokens of a link's target: what they are filled with, and from where.

use super::*;

/// What the target's own parameters are for a click with this query.
fn check(query: &str, expected: &str) {
    let house = House::new(IntakeSettings::default());
    let address = location(&house.call(&get(&format!("/c/tokens?{query}"))));
    let own = address.split_once('?').unwrap().1;
    assert!(own.starts_with(expected), "{query}: {own}");
}

#[test]
fn a_token_is_the_tag_of_the_click() {
    check(
        "utm_term=red+shoes&utm_campaign=autumn&x=1",
        "k=red%20shoes&c=autumn&s=news&x=1&",
    );
}

#[test]
fn a_token_without_a_tag_is_the_parameter_of_its_name() {
    check(
        "keyword=%D0%BE%D1%87%D0%BA%D0%B8&campaign=autumn",
        "k=%D0%BE%D1%87%D0%BA%D0%B8&c=autumn&s=news&x=&",
    );
}

#[test]
fn a_tag_goes_before_a_parameter_of_the_tokens_name() {
    check("keyword=other&utm_term=lenses", "k=lenses&c=&s=news&x=&");
}
