//! What a server sends: a batch of events of any bytes, and the same again.

use http::Method;
use serde_json::Value;

use crate::house::{Ask, key, within};

pub(crate) fn run(bytes: &[u8]) {
    let ask = Ask {
        method: Method::POST,
        target: "/api/v1/events",
        headers: vec![key()],
        body: bytes,
    };
    within(|house| {
        let first = house.call(&ask).unwrap();
        if first.status != 200 {
            assert!(
                matches!(first.status.as_u16(), 400 | 413),
                "{}",
                first.status
            );
            assert!(house.hits().is_empty(), "a refused batch stores nothing");
            return;
        }
        let stored = house.hits().len();
        let sent: Value = serde_json::from_slice(bytes).unwrap();
        let results = items(&first.body);
        assert_eq!(Some(results.len()), sent["events"].as_array().map(Vec::len));
        let count =
            |items: &[Value], status| items.iter().filter(|item| item["status"] == status).count();
        assert_eq!(
            count(&results, "stored"),
            stored,
            "what is said is what is done"
        );
        let again = items(&house.call(&ask).unwrap().body);
        for (at, (result, repeated)) in results.iter().zip(&again).enumerate() {
            let is_named = sent["events"][at]["id"].as_str().is_some_and(is_word);
            if is_named && result["status"] != "rejected" {
                assert_eq!(repeated["status"], "duplicate");
            }
        }
        assert_eq!(house.hits().len(), stored + count(&again, "stored"));
    });
}

fn items(body: &[u8]) -> Vec<Value> {
    let answer: Value = serde_json::from_slice(body).unwrap();
    answer["items"].as_array().unwrap().clone()
}

/// An id of something that can be seen: what is blank names nothing.
fn is_word(id: &str) -> bool {
    id.chars().any(char::is_alphanumeric)
}
