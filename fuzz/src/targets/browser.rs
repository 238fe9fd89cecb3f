//! What the tracker's door is sent: one event of any bytes, and the same again.

use http::{Method, header};

use crate::house::{Ask, within};

pub(crate) fn run(bytes: &[u8]) {
    let ask = Ask {
        method: Method::POST,
        target: "/e",
        headers: vec![(
            header::USER_AGENT,
            "Mozilla/5.0 Firefox/140.0".parse().unwrap(),
        )],
        body: bytes,
    };
    within(|house| {
        let first = house.call(&ask).unwrap();
        assert!(
            matches!(first.status.as_u16(), 202 | 400 | 413),
            "{}",
            first.status
        );
        let stored = house.hits().len();
        assert!(stored <= 1);
        if stored == 1 {
            assert_eq!(first.status, 202);
            assert_eq!(first.header("x-throughline-dropped"), None);
        }
        let again = house.call(&ask).unwrap();
        assert_eq!(again.status, first.status);
        let json: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
        let id = json.as_ref().and_then(|json| json.get("x")?.as_str());
        if stored == 1 && id.is_some_and(is_of_tracker) {
            assert_eq!(again.header("x-throughline-dropped"), Some("duplicate"));
            assert_eq!(house.hits().len(), 1, "a repetition counts once");
        }
    });
}

/// An id as the tracker makes them, which no other browser has by accident.
fn is_of_tracker(id: &str) -> bool {
    (12..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
