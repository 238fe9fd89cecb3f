//! What strangers sent as it is shown: short, without secrets, and without what names a person.

use std::net::IpAddr;

use base::network_of;

/// Names whose values are secrets; enough of each is shown to tell one key from another.
const SECRETS: [&str; 8] = [
    "writekey",
    "write_key",
    "api_secret",
    "token_auth",
    "api_key",
    "apikey",
    "password",
    "secret",
];
/// Letters of a longer secret that are shown: as many as lists of keys show.
const SECRET_CHARS_SHOWN: usize = 8;
/// A shorter one is a site's public key.
const SECRET_CHARS_MIN: usize = 16;
const CUT: &str = "…";
const ADDRESS: &str = ":email";

/// A text of at most so many bytes, with addresses of people and machines hidden.
pub(crate) fn shown(raw: &str, bytes_max: usize) -> String {
    let end = raw.floor_char_boundary(bytes_max);
    let (kept, rest) = raw.split_at(end);
    let mut shown = without_people(&without_secrets(kept));
    if !rest.is_empty() {
        shown.push_str(CUT);
    }
    shown
}

/// A key as it is shown.
pub(crate) fn shown_secret(secret: &str) -> String {
    if secret.chars().count() < SECRET_CHARS_MIN {
        return secret.to_owned();
    }
    let begin: String = secret.chars().take(SECRET_CHARS_SHOWN).collect();
    format!("{begin}{CUT}")
}

fn without_secrets(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((begin, end)) = next_secret(&lower, at) {
        out.push_str(&text[at..begin]);
        out.push_str(&shown_secret(&text[begin..end]));
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

/// Where the next secret stands, from a place on.
fn next_secret(lower: &str, from: usize) -> Option<(usize, usize)> {
    let found = SECRETS.iter().filter_map(|name| {
        let mut places = lower[from..].match_indices(name);
        places.find_map(|(at, _)| value_at(lower, from + at + name.len()))
    });
    found.min()
}

/// The value behind a name: `name":"value"`, `name=value`.
fn value_at(text: &str, behind_name: usize) -> Option<(usize, usize)> {
    let is_quote = |letter: char| matches!(letter, '"' | '\'' | '\\');
    let rest = &text[behind_name..];
    let rest = rest.trim_start_matches(is_quote).trim_start();
    let rest = rest
        .strip_prefix([':', '='])
        .or_else(|| rest.strip_prefix("%3d"))?;
    let rest = rest.trim_start().trim_start_matches(is_quote);
    let begin = text.len() - rest.len();
    let ends = |letter: char| is_quote(letter) || letter.is_whitespace() || "&,}]".contains(letter);
    let length = rest.find(ends).unwrap_or(rest.len());
    (length > 0).then_some((begin, begin + length))
}

fn without_people(text: &str) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || "._%+-@:".contains(letter);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        // Behind a slash stands a version, or the host of an address.
        let is_path = out.ends_with('/');
        out.push_str(&word_shown(word, is_path));
        let other = behind.find(is_part).unwrap_or(behind.len());
        out.push_str(&behind[..other]);
        rest = &behind[other..];
    }
    out
}

fn word_shown(word: &str, is_path: bool) -> String {
    if word.contains('@') || word.contains("%40") {
        return ADDRESS.to_owned();
    }
    match word.parse::<IpAddr>() {
        Ok(address) if !is_path => network_of(address),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(raw: &str, expected: &str) {
        assert_eq!(shown(raw, 1_000), expected);
    }

    #[test]
    fn secrets_people_and_machines_are_hidden() {
        check(
            r#"{"writeKey": "tl_0123456789abcdef", "n": 1}"#,
            r#"{"writeKey": "tl_01234…", "n": 1}"#,
        );
        check(
            "?api_secret=tl_0123456789abcdef&x=1",
            "?api_secret=tl_01234…&x=1",
        );
        check(
            r#"{"writeKey":"abcdefghijkl"}"#,
            r#"{"writeKey":"abcdefghijkl"}"#,
        );
        check(
            r#"{"token_auth":"","ip":"203.0.113.77"}"#,
            r#"{"token_auth":"","ip":"203.0.113.0/24"}"#,
        );
        check(
            "u=https://a.example/?m=anna%40b.example&z",
            "u=https://a.example/?m=:email&z",
        );
        check(r#"{"email":"anna@b.example"}"#, r#"{"email":":email"}"#);
        check("2001:db8:1:2::3", "2001:db8:1::/48");
        check("https://shop.example:8443/a", "https://shop.example:8443/a");
        check("Chrome/124.0.0.0 x", "Chrome/124.0.0.0 x");
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        assert_eq!(shown("привет", 5), "пр…");
    }

    proptest! {
        #[test]
        fn nothing_panics_and_no_secret_stays(text: String, key in "[a-z0-9]{16,40}") {
            let _ = shown(&text, 64);
            let told = shown(&format!("{{\"api_key\":\"{key}\"}}"), 1_000);
            prop_assert!(!told.contains(&key));
        }
    }
}
