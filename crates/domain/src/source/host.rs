//! Addresses taken apart without allocating where they are already in lower case.

use std::borrow::Cow;

/// The parts of an absolute address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlParts<'a> {
    /// In lower case, without the colon.
    pub scheme: Cow<'a, str>,
    /// In lower case, without user, port, brackets of IPv6 kept.
    pub host: Cow<'a, str>,
    /// Starts with a slash.
    pub path: &'a str,
    /// Without the question mark.
    pub query: &'a str,
    /// Without the number sign.
    pub fragment: &'a str,
}

/// Splits an address of the form `scheme://host/path?query#fragment`; `None` for anything else.
/// The host is as browsers send it.
#[must_use]
pub fn split_url(address: &str) -> Option<UrlParts<'_>> {
    let (scheme, rest) = address.trim().split_once("://")?;
    let first = scheme.bytes().next()?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if !first.is_ascii_alphabetic() || !scheme.bytes().all(legal) {
        return None;
    }
    let (authority, tail) = rest.split_at(authority_end(rest));
    let (tail, fragment) = tail.split_once('#').unwrap_or((tail, ""));
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    Some(UrlParts {
        scheme: lower(scheme),
        host: ascii_host(host_of(authority)?),
        path: if path.is_empty() { "/" } else { path },
        query,
        fragment,
    })
}

/// A host as browsers send it: in lower case, international letters as `xn--`. What is no legal
/// name stays as it is.
#[must_use]
pub fn ascii_host(host: &str) -> Cow<'_, str> {
    if host.is_ascii() {
        return lower(host);
    }
    match idna::domain_to_ascii(host) {
        Ok(ascii) => Cow::Owned(ascii),
        Err(_) => lower(host),
    }
}

/// A host as people read it.
#[must_use]
pub fn shown_host(host: &str) -> String {
    match idna::domain_to_unicode(host) {
        (shown, Ok(())) => shown,
        (_, Err(_)) => host.to_owned(),
    }
}

/// An address whose host is as browsers send it.
#[must_use]
pub fn with_ascii_host(address: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = address.split_once("://") else {
        return Cow::Borrowed(address);
    };
    let (authority, tail) = rest.split_at(authority_end(rest));
    let host = host_of(authority).filter(|host| !host.is_ascii());
    let around = host.and_then(|host| Some((host, authority.rsplit_once(host)?)));
    let Some((host, (user, port))) = around else {
        return Cow::Borrowed(address);
    };
    Cow::Owned(format!("{scheme}://{user}{}{port}{tail}", ascii_host(host)))
}

/// A host without a leading `www.` and a trailing dot.
#[must_use]
pub fn without_www(host: &str) -> &str {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.strip_prefix("www.").unwrap_or(host)
}

/// Whether two hosts are the same site: equal but for `www.` and case.
#[must_use]
pub fn same_site(left: &str, right: &str) -> bool {
    !left.is_empty() && without_www(left).eq_ignore_ascii_case(without_www(right))
}

fn authority_end(rest: &str) -> usize {
    rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())
}

fn host_of(authority: &str) -> Option<&str> {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') {
        host.split_inclusive(']').next()?
    } else {
        host.split(':').next()?
    };
    let illegal =
        |letter: char| letter.is_whitespace() || letter.is_control() || "<>\"'".contains(letter);
    (!host.contains(illegal)).then_some(host)
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_uppercase) {
        Cow::Owned(text.to_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_comes_apart() {
        let parts = split_url("HTTPS://user:pw@Shop.Example:8443/a/b?x=1#top").unwrap();
        assert_eq!(parts.scheme, "https");
        assert_eq!(parts.host, "shop.example");
        assert_eq!(
            (parts.path, parts.query, parts.fragment),
            ("/a/b", "x=1", "top")
        );
        assert_eq!(split_url("https://a.example?x").unwrap().path, "/");
        assert_eq!(split_url("http://[::1]:80/").unwrap().host, "[::1]");
    }

    #[test]
    fn an_international_host_is_as_browsers_send_it() {
        for (typed, sent) in [
            ("Пример.рф", "xn--e1afmkfd.xn--p1ai"),
            ("żółty.pl", "xn--ty-4ja03asj.pl"),
            ("Shop.Example", "shop.example"),
        ] {
            let address = format!("https://{typed}/a");
            let parts = split_url(&address).unwrap();
            assert_eq!(parts.host, sent);
            assert_eq!(shown_host(sent), typed.to_lowercase());
        }
        assert_eq!(
            with_ascii_host("https://рф@www.пример.рф:8443/пример.рф?q=рф"),
            "https://рф@www.xn--e1afmkfd.xn--p1ai:8443/пример.рф?q=рф"
        );
        assert_eq!(ascii_host("xn--é.рф"), "xn--é.рф");
    }

    #[test]
    fn what_is_no_absolute_address_is_refused() {
        for wrong in [
            "",
            "/path",
            "example.com",
            "javascript:alert(1)",
            "://x",
            "http://a b/",
        ] {
            assert_eq!(split_url(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = split_url(&text);
            let _ = split_url(&format!("http://{text}"));
        }
    }
}
