//! Addresses and headers: the first line of an input is path and query, each other a header.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use url::Url;

use crate::house::{Ask, LINK_HOST, PEER, within};

/// What the proxy before us wrote behind all that it was sent.
const TOLD_BY_PROXY: &str = "198.51.100.1";

pub(crate) fn run(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let target = lines.next().and_then(|line| str::from_utf8(line).ok());
    let headers: Vec<(HeaderName, HeaderValue)> = lines.filter_map(read_header).collect();
    check_client(&headers);
    let Some(target) = target else { return };
    let ask = Ask {
        method: Method::GET,
        target,
        headers,
        body: b"",
    };
    within(|house| {
        let Some(reply) = house.call(&ask) else {
            return;
        };
        let Some(location) = reply.header(header::LOCATION.as_str()) else {
            return;
        };
        let location = Url::parse(location).unwrap();
        assert_eq!(
            (location.scheme(), location.host_str()),
            ("https", Some(LINK_HOST))
        );
        assert_eq!((location.port(), location.username()), (None, ""));
        let [click] = &house.hits()[..] else {
            panic!("a click is one hit");
        };
        let id = click.fact_id().to_string();
        let told = |(name, value): &(_, _)| name == "tl_click" && *value == id;
        assert!(location.query_pairs().any(|pair| told(&pair)), "{location}");
    });
}

fn read_header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = HeaderName::from_bytes(&line[..colon]).ok()?;
    Some((name, HeaderValue::from_bytes(&line[colon + 1..]).ok()?))
}

/// Whatever a visitor claims, the address that a trusted proxy adds is the visitor's.
fn check_client(headers: &[(HeaderName, HeaderValue)]) {
    let trusted = ["10.0.0.0/8".parse().unwrap()];
    for (name, value) in headers {
        let added = [value.as_bytes(), b", ", TOLD_BY_PROXY.as_bytes()].concat();
        let mut sent = HeaderMap::new();
        sent.append(name, value.clone());
        sent.append("x-forwarded-for", HeaderValue::from_bytes(&added).unwrap());
        let client = collect::client_address(PEER, &sent, &trusted);
        assert_eq!(client.to_string(), TOLD_BY_PROXY, "{value:?}");
    }
}
