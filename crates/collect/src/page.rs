//! The page of a hit: host and path as they are stored.

use std::borrow::Cow;

use base::Page;
use domain::source::{PATH_BYTES_MAX, UrlParts, clean, readable_path, split_url};

/// Longest page address that is read.
pub(crate) const URL_BYTES_MAX: usize = 8_192;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_address_panics(text: String) {
            if let Some(parts) = parse_page_url(&format!("https://{text}")) {
                let _ = page_of(&parts, &text);
            }
        }
    }
}
