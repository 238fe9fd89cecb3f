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
#[must_use]
pub fn split_url(address: &str) -> Option<UrlParts<'_>> {
    let (scheme, rest) = address.trim().split_once("://")?;
    let first = scheme.bytes().next()?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if !first.is_ascii_alphabetic() || !scheme.bytes().all(legal) {
        return None;
    }
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (tail, fragment) = tail.split_once('#').unwrap_or((tail, ""));
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    Some(UrlParts {
        scheme: lower(scheme),
        host: lower(host_of(authority)?),
        path: if path.is_empty() { "/" } else { path },
        query,
        fragment,
    })
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
