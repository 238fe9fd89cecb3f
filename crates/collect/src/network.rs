//! Whose address a request comes from: proxies are trusted by network only, never by header.

use std::net::IpAddr;

use base::Cidr;
use http::HeaderMap;

/// Hops of a forwarding header that are looked at.
const HOPS_MAX: usize = 32;

/// The visitor's address: the peer's, or, behind trusted proxies, the right-most hop that is not
/// itself a trusted proxy.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[Cidr]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let peer = peer.to_canonical();
    if !is_trusted(peer) {
        return peer;
    }
    let mut client = peer;
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    // A visitor may send any bytes: they must not take what a proxy added behind them along.
    let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops.take(HOPS_MAX) {
        let address = str::from_utf8(hop).ok().and_then(parse_hop);
        let Some(address) = address else { break };
        client = address;
        if !is_trusted(address) {
            break;
        }
    }
    client
}

/// Whether the peer may speak for the outside, for instance about its scheme.
pub(crate) fn is_trusted_peer(peer: IpAddr, trusted: &[Cidr]) -> bool {
    let peer = peer.to_canonical();
    trusted.iter().any(|network| network.contains(peer))
}

/// An address, perhaps with a port or brackets.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.split(']').next());
    bare.unwrap_or(hop)
        .parse()
        .ok()
        .or_else(|| {
            hop.parse::<std::net::SocketAddr>()
                .ok()
                .map(|socket| socket.ip())
        })
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn check(peer: &str, forwarded: &str, client: &str) {
        check_bytes(peer, forwarded.as_bytes(), client);
    }

    fn check_bytes(peer: &str, forwarded: &[u8], client: &str) {
        let trusted: Vec<Cidr> = ["10.0.0.0/8", "::1"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-forwarded-for",
            HeaderValue::from_bytes(forwarded).unwrap(),
        );
        let actual = client_address(peer.parse().unwrap(), &headers, &trusted);
        assert_eq!(actual.to_string(), client, "{peer} {forwarded:?}");
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        check("203.0.113.9", "198.51.100.1", "203.0.113.9");
        check("10.0.0.1", "198.51.100.1", "198.51.100.1");
        check(
            "10.0.0.1",
            "1.1.1.1, 198.51.100.1, 10.2.0.3",
            "198.51.100.1",
        );
        check("10.0.0.1", "1.1.1.1, nonsense, 10.2.0.3", "10.2.0.3");
        check("10.0.0.1", "", "10.0.0.1");
        check("::1", "[2001:db8::1]:443", "2001:db8::1");
        check("::ffff:10.0.0.1", "198.51.100.1:9000", "198.51.100.1");
    }

    #[test]
    fn what_a_visitor_sends_does_not_hide_what_the_proxy_adds() {
        check_bytes("10.0.0.1", b"\xff, 198.51.100.1", "198.51.100.1");
        check_bytes("10.0.0.1", b"1.1.1.1, \xff", "10.0.0.1");
    }

    proptest! {
        #[test]
        fn no_hop_panics(text: String) {
            let _ = parse_hop(&text);
        }
    }
}
