//! What the doors of others' clients are sent: the first letter says which door, a capital one that
//! a key vouches for it.

use http::{HeaderName, Method, header};

use crate::house::{Ask, key, within};

const DOORS: [&str; 8] = [
    "/api/event",
    "/api/send",
    "/api/batch",
    "/matomo.php",
    "/v1/batch",
    "/v1/track",
    "/mp/collect?measurement_id=1&api_secret=secret",
    "/debug/mp/collect?measurement_id=1&api_secret=secret",
];

pub(crate) fn run(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else {
        return;
    };
    let door = usize::from(first.to_ascii_lowercase().wrapping_sub(b'a')) % DOORS.len();
    let mut headers = vec![(
        header::USER_AGENT,
        "Mozilla/5.0 Firefox/140.0".parse().unwrap(),
    )];
    if first.is_ascii_uppercase() {
        headers.push(vouched(DOORS[door]));
    }
    let ask = Ask {
        method: Method::POST,
        target: DOORS[door],
        headers,
        body,
    };
    within(|house| {
        for _ in 0..2 {
            let before = house.hits().len();
            let reply = house.call(&ask).unwrap();
            let stored = house.hits().len() - before;
            let status = reply.status.as_u16();
            assert!(
                matches!(status, 200 | 202 | 204 | 400 | 401 | 413),
                "{status}"
            );
            assert!(
                stored == 0 || reply.status.is_success(),
                "{status}: {stored}"
            );
            assert!(stored == 0 || !ask.target.starts_with("/debug"), "{stored}");
        }
    });
}

fn vouched(door: &str) -> (HeaderName, http::HeaderValue) {
    match door.starts_with("/v1/") {
        true => (header::AUTHORIZATION, "Basic c2VjcmV0Og==".parse().unwrap()),
        false => key(),
    }
}
