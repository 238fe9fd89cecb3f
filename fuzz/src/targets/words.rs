//! Single words that people type in: contacts, amounts, dates, targets of links, and addresses that
//! something is sent to.

use std::borrow::Cow;
use std::net::IpAddr;

use base::{
    BasisPoints, Country, Currency, Money, TimeZone, parse_decimal_micros, plain_cell, safe_cell,
};
use connect::dates::{DateOrder, parse_day, parse_days, parse_moment};
use connect::numbers::{DecimalMark, parse_count, parse_micros, parse_whole};
use connect::outbound::Outbound;
use domain::contact::{Email, Phone};
use domain::source::{LandingTags, ascii_host, split_url};
use domain::target::{Additions, LinkTarget};
use url::{Host, Url};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    check_contacts(text);
    check_amounts(text);
    check_dates(text);
    check_target(text);
    check_outbound(text);
    let safe = safe_cell(text);
    assert!(
        !safe.starts_with(['=', '+', '@', '\t', '\r', '\n']),
        "{safe:?} would be run"
    );
    if !text.starts_with('\'') {
        assert_eq!(plain_cell(&safe), text);
    }
    let _ = LandingTags::parse(text);
    if let Some(parts) = split_url(text) {
        let twice = ascii_host(&parts.host).into_owned();
        assert_eq!(twice, parts.host, "a host has one spelling");
    }
}

fn check_contacts(text: &str) {
    if let Ok(email) = Email::parse(text) {
        assert_eq!(Email::parse(email.as_str()).as_ref(), Ok(&email));
        assert!(
            !email.as_str().contains(char::is_control),
            "no header begins behind it"
        );
    }
    for home in [*b"PL", *b"RU", *b"US"] {
        if let Ok(phone) = Phone::parse(text, Country(home)) {
            let again = Phone::parse(phone.as_str(), Country(*b"DE"));
            assert_eq!(again.as_ref(), Ok(&phone));
        }
    }
}

fn check_amounts(text: &str) {
    if let Ok(micros) = parse_decimal_micros(text) {
        let money = Money::new(micros, "EUR".parse().unwrap());
        assert_eq!(parse_decimal_micros(&money.decimal()), Ok(micros));
        let rounded = money.rounded();
        assert_eq!(rounded.rounded(), rounded);
    }
    if let Ok(rate) = BasisPoints::from_percent(text) {
        assert_eq!(BasisPoints::from_percent(&rate.percent()), Ok(rate));
    }
    if let Ok(currency) = text.parse::<Currency>() {
        assert_eq!(currency.code().parse(), Ok(currency));
    }
    for mark in [DecimalMark::Dot, DecimalMark::Comma] {
        let _ = (
            parse_micros(text, mark),
            parse_whole(text, mark),
            parse_count(text, mark),
        );
    }
}

fn check_dates(text: &str) {
    let zone: TimeZone = "Europe/Warsaw".parse().unwrap();
    for order in [DateOrder::DayFirst, DateOrder::MonthFirst] {
        if let Some(day) = parse_day(text, order) {
            assert_eq!(parse_day(&day.to_string(), order), Some(day));
            assert!(parse_days(text, order).is_none_or(|days| days.first <= days.last));
        }
        let _ = parse_moment(text, order, &zone);
    }
}

/// A link leads to the host that its target names, whoever clicks with whatever.
fn check_target(text: &str) {
    let Ok(target) = LinkTarget::parse(text) else {
        return;
    };
    let additions = Additions {
        query: "a=1&@evil.example&//evil.example#x",
        defaults: [("utm_source", "x"); 6],
        click_id: "CLICK",
    };
    let filled = target.fill(|_| Cow::Borrowed("@evil.example/\\\r\n"), &additions);
    assert!(
        filled.bytes().all(|byte| byte.is_ascii_graphic()),
        "{filled:?}"
    );
    // What browsers do not take for an address leads nowhere.
    if let Ok(url) = Url::parse(&filled) {
        let host = url.host_str().unwrap_or_default();
        let Ok(Host::Domain(named)) = Host::parse(target.host()) else {
            return;
        };
        assert_eq!(host, named, "{filled}");
    }
}

/// An address that may be asked leads into no private network by its own letters, and is
/// understood the same when it is read again.
fn check_outbound(text: &str) {
    let outbound = Outbound::new(Vec::new());
    let Ok(address) = outbound.address(text) else {
        return;
    };
    assert_eq!(outbound.address(address.as_str()).as_ref(), Ok(&address));
    let url = Url::parse(address.as_str()).unwrap();
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_matches(['[', ']']);
    if let Ok(address) = bare.parse::<IpAddr>() {
        assert!(is_outside(address), "{address}");
    }
}

fn is_outside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified())
        }
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local()),
    }
}
