//! Every spelling of an address inside, and what a stranger at the other end may do.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use proptest::prelude::*;

use super::*;

fn closed() -> Outbound {
    Outbound::new(Vec::new())
}

fn open_to_loopback() -> Outbound {
    Outbound::new(vec!["127.0.0.0/8".parse().unwrap()])
}

/// Answers one request with `answer`; says what was asked.
fn peer(answer: &'static str) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        let mut part = [0; 1024];
        while !asked.ends_with(b"hello") {
            let count = stream.read(&mut part).unwrap();
            assert!(count > 0, "the request ended early");
            asked.extend_from_slice(&part[..count]);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(asked).unwrap()
    });
    (address, asked)
}

fn hello(outbound: &Outbound, url: &str) -> Result<Answer, OutboundError> {
    outbound.post(Post {
        url: &outbound.address(url)?,
        headers: &[("webhook-id", "msg_1")],
        content_type: "application/json",
        body: b"hello",
    })
}

#[test]
fn addresses_of_machines_inside_are_refused_in_every_spelling() {
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "10.1.2.3",
        "100.64.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.31.255.255",
        "192.168.0.1",
        "198.19.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::10.0.0.1]",
        "[2002:7f00:1::]",
        "[fc00::1]",
        "[fe80::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[100::1]",
        "127.0.0.1.",
        "１２７.0.0.1",
    ] {
        let refused = closed().address(&format!("http://{host}/"));
        assert_eq!(refused, Err(AddressError::Private), "{host}");
    }
    for host in [
        "8.8.8.8",
        "[2606:4700::1111]",
        "[2002:808:808::]",
        "crm.example",
    ] {
        let url = format!("https://{host}/hooks?k=1");
        assert_eq!(closed().address(&url).unwrap().as_str(), url);
    }
}

#[test]
fn what_else_is_wrong_with_an_address_is_said() {
    for (text, why) in [
        ("crm.example/hooks", AddressError::Unreadable),
        ("", AddressError::Unreadable),
        ("file:///etc/passwd", AddressError::Scheme),
        ("gopher://crm.example", AddressError::Scheme),
        ("https://crm.example@10.0.0.1/", AddressError::Credentials),
        ("https://:word@crm.example/", AddressError::Credentials),
        ("https://crm.example/#here", AddressError::Fragment),
        ("https://crm.example:25/", AddressError::Port),
        ("http://8.8.8.8:6379/", AddressError::Port),
    ] {
        assert_eq!(closed().address(text), Err(why), "{text}");
    }
    let long = format!("https://crm.example/{}", "a".repeat(ADDRESS_CHARS_MAX));
    assert_eq!(closed().address(&long), Err(AddressError::Unreadable));
    let grown = format!("https://crm.example/{}", "ż".repeat(ADDRESS_CHARS_MAX / 4));
    assert_eq!(closed().address(&grown), Err(AddressError::Unreadable));
}

#[test]
fn a_name_that_leads_inside_is_refused_when_it_is_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // The name may be anybody's, so only asking shows where it leads.
    let outbound = Outbound::new(vec!["10.0.0.0/8".parse().unwrap()]);
    let refused = hello(&outbound, &format!("http://localhost:{port}/"));
    assert!(
        matches!(refused, Err(OutboundError::Address(AddressError::Private))),
        "{refused:?}"
    );
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody connected");
}

#[test]
fn an_allowed_network_is_reached_at_every_port() {
    let (address, asked) = peer("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
    let answer = hello(&open_to_loopback(), &format!("http://{address}/hooks")).unwrap();
    assert_eq!((answer.status, answer.retry_after_s), (204, None));
    let asked = asked.join().unwrap();
    assert!(asked.starts_with("POST /hooks HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("\r\nwebhook-id: msg_1\r\n"), "{asked}");
}

#[test]
fn a_redirect_is_an_answer() {
    let (address, asked) = peer(
        "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
    );
    let answer = hello(&open_to_loopback(), &format!("http://{address}/")).unwrap();
    assert_eq!(answer.status, 302);
    asked.join().unwrap();
}

#[test]
fn a_pause_that_is_asked_for_is_told() {
    let (address, asked) =
        peer("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 90\r\nContent-Length: 0\r\n\r\n");
    let answer = hello(&open_to_loopback(), &format!("http://{address}/")).unwrap();
    assert_eq!((answer.status, answer.retry_after_s), (429, Some(90)));
    asked.join().unwrap();
}

#[test]
fn a_connection_that_nobody_takes_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failed = hello(&open_to_loopback(), &format!("http://{address}/"));
    assert!(
        matches!(failed, Err(OutboundError::Failed(_))),
        "{failed:?}"
    );
}

proptest! {
    /// An address of version 4 is as open as it is in the dress of version 6.
    #[test]
    fn a_dress_opens_nothing(bits: u32) {
        let four = Ipv4Addr::from_bits(bits);
        let public = is_public(four.into());
        let low = u128::from(bits);
        let translated = Ipv6Addr::from_bits(TRANSLATED.0.to_bits() | low);
        let six_to_four = Ipv6Addr::from_bits(SIX_TO_FOUR.0.to_bits() | (low << 80));
        for six in [four.to_ipv6_mapped(), translated, six_to_four] {
            prop_assert_eq!(is_public(six.into()), public);
        }
        prop_assert!(!(public && four.is_private()));
    }
}
