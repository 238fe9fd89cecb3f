//! The page of a hit: host and path as they are stored.

use std::borrow::Cow;

use base::Page;
use domain::source::{UrlParts, clean, split_url};

/// Longest page address that is read.
pub(crate) const URL_BYTES_MAX: usize = 8_192;
/// Longest path that is kept.
pub(crate) const PATH_BYTES_MAX: usize = 1_000;
const TITLE_BYTES_MAX: usize = 300;

/// An `http` address of a page; `None` for anything else.
pub(crate) fn parse_page_url(address: &str) -> Option<UrlParts<'_>> {
    let address = address.get(..address.floor_char_boundary(URL_BYTES_MAX))?;
    split_url(address)
        .filter(|parts| matches!(parts.scheme.as_ref(), "http" | "https") && !parts.host.is_empty())
}

/// The stored page: path decoded for reading where that is safe, e-mail addresses hidden.
pub(crate) fn page_of(parts: &UrlParts<'_>, title: &str) -> Page {
    Page {
        host: clean(Cow::Borrowed(&parts.host), 255).into_owned(),
        path: readable_path(parts.path),
        title: clean(Cow::Borrowed(title), TITLE_BYTES_MAX).into_owned(),
    }
}

/// The same for a site whose pages differ by their fragment.
pub(crate) fn page_with_fragment(parts: &UrlParts<'_>, title: &str) -> Page {
    let page = page_of(parts, title);
    if parts.fragment.is_empty() {
        return page;
    }
    let path = format!("{}#{}", page.path, readable_path(parts.fragment));
    Page {
        path: clean(Cow::Owned(path), PATH_BYTES_MAX).into_owned(),
        ..page
    }
}

/// Decodes percent-encoded letters beyond ASCII and hides segments that hold an e-mail address.
pub(crate) fn readable_path(path: &str) -> String {
    let decoded = if path.contains('%') {
        decode_letters(path)
    } else {
        Cow::Borrowed(path)
    };
    let hidden = if decoded.contains('@') || decoded.contains("%40") {
        let hide = |part: &str| {
            let address = part.contains('@') || part.contains("%40");
            if address {
                ":email".to_owned()
            } else {
                part.to_owned()
            }
        };
        Cow::Owned(decoded.split('/').map(hide).collect::<Vec<_>>().join("/"))
    } else {
        decoded
    };
    clean(hidden, PATH_BYTES_MAX).into_owned()
}

fn decode_letters(path: &str) -> Cow<'_, str> {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let value = (*byte == b'%')
            .then(|| bytes.get(at + 1..at + 3).and_then(hex_byte))
            .flatten();
        match value.filter(|value| *value >= 0x80) {
            Some(value) => {
                decoded.push(value);
                at += 3;
            }
            None => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(path), Cow::Owned)
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_readable_and_hide_addresses() {
        assert_eq!(readable_path("/%D0%BE%2F%20x"), "/о%2F%20x");
        assert_eq!(readable_path("/%FF"), "/%FF");
        assert_eq!(readable_path("/u/me%40a.example/x"), "/u/:email/x");
    }

    proptest! {
        #[test]
        fn no_address_panics(text: String) {
            let _ = readable_path(&text);
            if let Some(parts) = parse_page_url(&format!("https://{text}")) {
                let _ = page_of(&parts, &text);
            }
        }
    }
}
