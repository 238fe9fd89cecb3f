//! Landings as they come in life.

use proptest::prelude::*;

use super::*;

fn arrive(query: &str, referrer: &str) -> Arrival {
    resolve(&Landing {
        query,
        referrer,
        page_host: "shop.example",
    })
}

fn check(query: &str, referrer: &str, source: &str, medium: &str, channel: &str) {
    let traffic = arrive(query, referrer).traffic;
    let actual = (
        &*traffic.source,
        &*traffic.medium,
        &*traffic.default_channel,
    );
    assert_eq!(actual, (source, medium, channel), "{query} from {referrer}");
}

#[test]
fn a_click_id_is_paid_only_with_its_own_source() {
    check(
        "gclid=1",
        "https://www.google.com/",
        "google",
        "cpc",
        "paid_search",
    );
    check(
        "gclid=1",
        "https://publisher.example/",
        "google",
        "cpc",
        "paid_search",
    );
    check(
        "gclid=1&utm_source=google",
        "",
        "google",
        "cpc",
        "paid_search",
    );
    check(
        "gclid=1&utm_source=google&utm_medium=x",
        "",
        "google",
        "x",
        "paid_search",
    );
    check(
        "gclid=1&utm_source=facebook",
        "",
        "facebook",
        "",
        "organic_social",
    );
    check(
        "gclid=1",
        "https://www.facebook.com/",
        "facebook",
        "",
        "organic_social",
    );
    check(
        "msclkid=1",
        "https://www.bing.com/",
        "bing",
        "cpc",
        "paid_search",
    );
    check(
        "yclid=1",
        "https://yandex.ru/",
        "yandex",
        "cpc",
        "paid_search",
    );
    check("yclid=1&utm_campaign=c", "", "yandex", "cpc", "paid_search");
    check(
        "yclid=1&utm_source=yandex&utm_medium=cpc",
        "",
        "yandex",
        "cpc",
        "paid_search",
    );
}

#[test]
fn a_paid_click_id_with_nothing_beside_it_names_no_source_and_is_kept() {
    for name in ["gclid", "gbraid", "wbraid", "yclid", "msclkid"] {
        let query = format!("{name}=1");
        for referrer in ["", "https://www.shop.example/before"] {
            check(&query, referrer, "", "", "direct");
            let arrival = arrive(&query, referrer);
            assert_eq!(arrival.click_ids.len(), 1, "{name}");
            assert_eq!(arrival.traffic.click_id, Some(arrival.click_ids[0].0));
            assert!(!arrival.traffic.is_direct(), "a touch of its own: {name}");
        }
    }
    check("gclid=1&fbclid=1", "", "facebook", "", "organic_social");
    check("yclid=1&ysclid=1", "", "yandex", "cpc", "paid_search");
}

#[test]
fn facebook_and_free_listing_ids_are_never_paid() {
    check(
        "fbclid=1",
        "https://l.facebook.com/",
        "facebook",
        "",
        "organic_social",
    );
    check("fbclid=1", "", "facebook", "", "organic_social");
    check(
        "fbclid=1&utm_source=ig&utm_medium=paid",
        "",
        "instagram",
        "paid",
        "paid_social",
    );
    check("ysclid=1", "", "yandex", "", "organic_search");
    check(
        "srsltid=1",
        "https://www.google.de/",
        "google",
        "",
        "organic_search",
    );
}

#[test]
fn referrers_resolve_to_sources() {
    check(
        "",
        "https://yandex.ru/search/?text=x",
        "yandex",
        "",
        "organic_search",
    );
    check("", "https://chatgpt.com/", "chatgpt", "", "ai_assistants");
    check(
        "",
        "https://www.blog.example/a",
        "blog.example",
        "",
        "referral",
    );
    check(
        "",
        "android-app://com.google.android.gm/",
        "gmail",
        "",
        "email",
    );
    check(
        "",
        "https://notwikipedia.org/",
        "notwikipedia.org",
        "",
        "referral",
    );
}

#[test]
fn own_pages_and_broken_referrers_are_direct() {
    for referrer in [
        "https://www.shop.example/a",
        "http://SHOP.example",
        "http://localhost:3000/",
        "",
        "about:blank",
        "javascript:alert(1)",
        "null",
    ] {
        let arrival = arrive("", referrer);
        assert_eq!(arrival.traffic, Traffic::direct(), "{referrer}");
    }
}

#[test]
fn a_missing_source_tag_leaves_the_other_tags_as_they_are_and_the_source_to_the_next_in_line() {
    let search = "https://www.google.com/";
    check(
        "utm_medium=cpc&utm_campaign=c",
        search,
        "google",
        "cpc",
        "paid_search",
    );
    check(
        "utm_medium=cpc",
        "https://vk.com/",
        "vk",
        "cpc",
        "paid_social",
    );
    check(
        "utm_medium=cpc",
        "https://blog.example/",
        "blog.example",
        "cpc",
        "paid_other",
    );
    check(
        "utm_medium=affiliate",
        "https://blog.example/",
        "blog.example",
        "affiliate",
        "affiliates",
    );
    check(
        "utm_medium=email&ref=partner",
        search,
        "partner",
        "email",
        "email",
    );
    check(
        "utm_source=&utm_medium=email&source=partner",
        search,
        "partner",
        "email",
        "email",
    );
    check("utm_medium=cpc&msclkid=m", "", "bing", "cpc", "paid_search");
    check("utm_medium=email", "", "", "email", "email");
    check(
        "utm_medium=email",
        "https://shop.example/before",
        "",
        "email",
        "email",
    );
    let traffic = arrive("utm_campaign=c", search).traffic;
    assert_eq!((&*traffic.source, &*traffic.campaign), ("google", "c"));
    let traffic = arrive("utm_campaign=c", "").traffic;
    assert_eq!((&*traffic.source, &*traffic.campaign), ("", "c"));
    assert!(!traffic.is_direct());
}

#[test]
fn tags_outrank_the_referrer_and_keep_it() {
    let query =
        "utm_source=News&utm_medium=Email&utm_campaign=May&utm_content=a&utm_term=k&adgroup=g";
    let traffic = arrive(query, "https://mail.google.com/").traffic;
    assert_eq!(traffic.source, "News");
    assert_eq!(traffic.referrer, "mail.google.com");
    assert_eq!(traffic.default_channel, "email");
    assert_eq!((traffic.ad.as_str(), traffic.keyword.as_str()), ("a", "k"));
    assert_eq!(traffic.ad_group, "g");
}

#[test]
fn costs_and_landings_meet_under_one_source_name() {
    assert_eq!(canonical_source(" Instagram.com "), "instagram");
    assert_eq!(canonical_source("Partner X"), "Partner X");
    assert_eq!(canonical_source("(direct)"), "");
}

proptest! {
    #[test]
    fn no_landing_panics_and_direct_means_no_sign(query: String, referrer: String, host: String) {
        let arrival = resolve(&Landing { query: &query, referrer: &referrer, page_host: &host });
        prop_assert!(!arrival.traffic.default_channel.is_empty());
        prop_assert!(arrival.traffic.source.len() <= VALUE_BYTES_MAX);
    }
}
