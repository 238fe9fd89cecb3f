//! Addresses of the shop's pages, its landings and its click links.

use std::fmt::Write as _;

use crate::shop::DOMAIN;
use crate::visit::Visit;

/// Room for a landing with all its tags.
const URL_BYTES: usize = 200;

/// A page of the shop.
pub(crate) fn page_url(path: &str) -> String {
    let mut url = String::with_capacity(URL_BYTES);
    url.push_str("https://");
    url.push_str(DOMAIN);
    url.push_str(path);
    url
}

/// Where a visit lands, with the campaign's tags and the platform's click id.
pub(crate) fn landing_url(visit: &Visit) -> String {
    let mut url = page_url(visit.campaign.landing);
    let tags = visit.campaign.tags;
    let campaign = [
        ("utm_source", tags.source),
        ("utm_medium", tags.medium),
        ("utm_campaign", tags.campaign),
    ];
    let click_id = (visit.campaign.click_id, &*visit.click_id());
    let parameters = campaign.into_iter().chain(of_ad(visit)).chain([click_id]);
    push_parameters(&mut url, parameters);
    url
}

/// The click link that a visit came through, if it did: the link itself knows the campaign, the
/// click adds the ad.
pub(crate) fn link_url(visit: &Visit) -> Option<String> {
    let mut url = page_url("/c/");
    url.push_str(visit.campaign.link?.slug);
    push_parameters(&mut url, of_ad(visit));
    Some(url)
}

fn of_ad(visit: &Visit) -> [(&'static str, &'static str); 3] {
    let (name, ad, keyword) = visit
        .group
        .map_or(("", "", ""), |group| (group.name, group.ad, group.keyword));
    [
        ("utm_group", name),
        ("utm_content", ad),
        ("utm_term", keyword),
    ]
}

fn push_parameters<'a>(url: &mut String, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
    let mut mark = '?';
    for (name, value) in pairs {
        if value.is_empty() {
            continue;
        }
        url.push(mark);
        url.push_str(name);
        url.push('=');
        push_encoded(url, value);
        mark = '&';
    }
}

fn push_encoded(url: &mut String, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                url.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            _ => drop(write!(url, "%{byte:02X}")),
        }
    }
}
