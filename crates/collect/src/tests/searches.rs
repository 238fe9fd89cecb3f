//! What was looked for on a site, told by the address of a page of results.

use super::*;

fn searched(house: &House) -> Vec<Option<String>> {
    let term = |hit: &Hit| {
        let mut properties = hit.properties.iter();
        let found = properties.find(|(name, _)| name == "search_term");
        found.map(|(_, term)| term.clone())
    };
    house.hits().iter().map(term).collect()
}

#[test]
fn a_page_of_results_says_what_was_looked_for_and_keeps_no_query() {
    let house = House::new(IntakeSettings::default());
    house.call(&page_view(
        1,
        "https://shop1.example/find?q=Blue+frames&page=2",
    ));
    house.call(&page_view(1, "https://shop1.example/find?s=other").after(5));
    assert_eq!(searched(&house), [Some("Blue frames".to_owned()), None]);
    assert_eq!(house.hits()[0].page.path, "/find");
}

#[test]
fn an_event_on_a_page_of_results_is_no_search() {
    let house = House::new(IntakeSettings::default());
    let body = r#"{"n":"Call","k":"key1","u":"https://shop1.example/find?q=a"}"#;
    house.call(&post("/e", body));
    assert_eq!(searched(&house), [None]);
}
