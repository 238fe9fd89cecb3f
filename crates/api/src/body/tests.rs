//! Complaints of the readers themselves, not of texts that look like theirs.

use std::collections::HashMap;

use axum::routing::get;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read to be refused")]
struct Order {
    items: Vec<Item>,
    note: Option<String>,
    paid: Option<bool>,
    #[serde(default)]
    tags: HashMap<String, u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read to be refused")]
struct Item {
    count: i64,
    size: Option<Size>,
    price: Option<base::Currency>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Size {
    Small,
    VeryLarge,
}

#[test]
fn a_wrong_body_is_refused_by_field_and_in_plain_words() {
    for (body, field, detail) in [
        (r#"{}"#, "items", "items is missing"),
        (
            r#"{"items":[{}]}"#,
            "items[0].count",
            "items[0].count is missing",
        ),
        (
            r#"{"items":[{"count":"two"}]}"#,
            "items[0].count",
            "items[0].count must be a whole number, not the text \"two\"",
        ),
        (
            r#"{"items":[{"count":1.5}]}"#,
            "items[0].count",
            "items[0].count must be a whole number, not 1.5",
        ),
        (
            r#"{"items":[{"count":1,"size":"big"}]}"#,
            "items[0].size",
            "items[0].size must be one of small, very_large, not big",
        ),
        (
            r#"{"items":[{"count":1,"colour":1}]}"#,
            "items[0].colour",
            "there is no field items[0].colour; there are count, size, price",
        ),
        (
            r#"{"items":[],"itmes":1}"#,
            "itmes",
            "there is no field itmes; there are items, note, paid, tags",
        ),
        (
            r#"{"items":[],"items":[]}"#,
            "items",
            "items stands there twice",
        ),
        (r#"{"items":5}"#, "items", "items must be a list, not 5"),
        (
            r#"{"items":null}"#,
            "items",
            "items must be a list, not null",
        ),
        (
            r#"{"items":[],"note":{}}"#,
            "note",
            "note must be a text, not an object",
        ),
        (
            r#"{"items":[],"paid":"yes"}"#,
            "paid",
            "paid must be true or false, not the text \"yes\"",
        ),
        (
            r#"{"items":[],"tags":{"a":-1}}"#,
            "tags.a",
            "tags.a must be a whole number, zero or more, not -1",
        ),
    ] {
        let refused = read::<Order>(body.as_bytes()).unwrap_err();
        assert_eq!(refused.field.as_deref(), Some(field), "{body}");
        assert_eq!(refused.detail, detail, "{body}");
    }
    let number = read::<Order>(b"5").unwrap_err();
    let detail = "what was sent must be an object, not 5";
    assert_eq!((number.field, number.detail.as_str()), (None, detail));
}

#[test]
fn our_own_complaints_keep_their_words() {
    let body = r#"{"items":[{"count":1,"price":"roubles"}]}"#;
    let refused = read::<Order>(body.as_bytes()).unwrap_err();
    let own = "roubles".parse::<base::Currency>().unwrap_err();
    let detail = format!("items[0].price is not understood: {own}");
    assert_eq!(refused.detail, detail);
}

#[test]
fn what_is_no_json_is_said_to_be_none_and_where() {
    for (body, detail) in [
        ("", "the body is not JSON: it is empty"),
        (
            "{\"items\":[]\n,}",
            "the body is not JSON: it cannot be read on line 2 column 2",
        ),
        (
            "{\"items\":[",
            "the body is not JSON: it cannot be read on line 1 column 10",
        ),
    ] {
        let refused = read::<Order>(body.as_bytes()).unwrap_err();
        assert_eq!((refused.field, refused.detail.as_str()), (None, detail));
    }
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only read to be refused")]
struct Page {
    limit: Option<u32>,
    all: Option<bool>,
}

/// What an address answers, of a server that reads its number and its page.
async fn answer(address: &str) -> serde_json::Value {
    let handler = |Path(_): Path<i64>, Query(_): Query<Page>| std::future::ready("read");
    let router = axum::Router::new().route("/leads/{id}", get(handler));
    let request = http::Request::get(address).body(axum::body::Body::empty());
    let response = router.oneshot(request.unwrap()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn addresses_and_queries_are_refused_in_plain_words_too() {
    let problem = answer("/leads/5?limit=many").await;
    assert_eq!(problem["code"], "bad_query");
    assert_eq!(problem["field"], "limit");
    assert_eq!(problem["detail"], "limit must be a whole number");
    let problem = answer("/leads/5?all=maybe").await;
    assert_eq!(problem["detail"], "all must be true or false");
    let problem = answer("/leads/five").await;
    assert_eq!(problem["code"], "bad_path");
    assert_eq!(
        problem["detail"],
        "this address has a whole number, not five"
    );
}
