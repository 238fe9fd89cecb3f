//! The path of a page, as it is stored and as rules name it.

use std::borrow::Cow;

use super::clean;

/// Longest path that is kept.
pub const PATH_BYTES_MAX: usize = 1_000;

/// A path as it is stored: percent-encoded letters beyond ASCII decoded, segments that hold an
/// e-mail address hidden.
#[must_use]
pub fn readable_path(path: &str) -> String {
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
        fn what_is_stored_is_its_own_path(text: String) {
            let stored = readable_path(&text);
            prop_assert!(stored.len() <= PATH_BYTES_MAX);
            prop_assert!(!stored.contains('@'));
        }
    }
}
