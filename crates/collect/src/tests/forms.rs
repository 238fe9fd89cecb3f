//! How many forms an address may send.

use super::*;

#[test]
fn forms_are_counted_by_the_address_that_a_trusted_proxy_names() {
    let settings = IntakeSettings {
        forms_per_address: Rate {
            per_second: 1,
            burst: 1,
        },
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        ..IntakeSettings::default()
    };
    let house = House::new(settings);
    let admit = |peer: &str, forwarded: &'static str, later_ms: i64| {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let at = NOW.plus_ms(later_ms);
        house
            .collector
            .admit_form(peer.parse().unwrap(), &headers, at)
    };
    assert_eq!(admit("10.0.0.1", "198.51.100.1", 0), Ok(()));
    assert_eq!(admit("10.0.0.1", "198.51.100.2", 0), Ok(()));
    assert_eq!(admit("10.0.0.2", "198.51.100.1", 0), Err(1));
    assert_eq!(admit("203.0.113.9", "198.51.100.3", 0), Ok(()));
    assert_eq!(admit("203.0.113.9", "198.51.100.4", 0), Err(1));
    assert_eq!(admit("10.0.0.1", "198.51.100.1", 1_000), Ok(()));
}
