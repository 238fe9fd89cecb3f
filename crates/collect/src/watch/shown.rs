//! What strangers sent as it is shown: short, without secrets, and without what names a person.

use std::net::IpAddr;

use base::network_of;

/// What the names of secrets contain, in lower case.
const SECRETS: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "private_key",
    "privatekey",
    "private-key",
    "credential",
    "authorization",
];
/// The same of keys that pages show to everybody, unless somebody took a secret for one.
const PUBLIC_KEYS: [&str; 3] = ["writekey", "write_key", "write-key"];
/// How the tracker's own field with such a key is called.
const TRACKER_KEY: &str = "key";
/// A longer one is no site's.
const PUBLIC_KEY_CHARS_MAX: usize = 12;
/// Of a longer one so many letters are shown: as many as lists of keys show.
const KEY_CHARS_SHOWN: usize = 8;
/// What a text was cut in the middle of is not told from harmless words: so much of the end of a
/// longer text is never shown.
const EDGE_BYTES: usize = 300;
/// Hiding makes texts shorter, so that more is read than is shown.
const AHEAD_BYTES: usize = 2 * EDGE_BYTES;
const CUT: &str = "…";
const ADDRESS: &str = ":email";

/// Between a name and the mark before its value, also as it is in addresses.
const BEFORE_MARK: [&str; 12] = [
    "\"", "'", "\\", "]", " ", "\t", "\r", "\n", "%22", "%27", "%5c", "%5d",
];
const MARKS: [&str; 4] = [":", "=", "%3a", "%3d"];
const SPACES: [&str; 6] = [" ", "\t", "\r", "\n", "%20", "+"];
/// What a text may stand in, as it begins and ends.
const QUOTES: [(&str, &str); 5] = [
    ("\\\"", "\\\""),
    ("\"", "\""),
    ("'", "'"),
    ("%22", "%22"),
    ("%27", "%27"),
];
const OPENING: [char; 2] = ['[', '{'];
const CLOSING: [char; 2] = [']', '}'];
/// Words before a secret in the same value.
const SCHEMES: [&str; 2] = ["bearer", "basic"];

/// How much of a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    Key,
    Secret,
}

/// A text of at most so many bytes, with secrets and addresses of people and machines hidden.
pub(crate) fn shown(raw: &str, bytes_max: usize) -> String {
    let end = raw.floor_char_boundary(bytes_max + AHEAD_BYTES);
    let mut shown = without_people(&without_secrets(&raw[..end]));
    let mut room = bytes_max;
    if end < raw.len() {
        room = room.min(shown.len().saturating_sub(EDGE_BYTES));
    }
    if end < raw.len() || shown.len() > room {
        shown.truncate(shown.floor_char_boundary(room));
        shown.push_str(CUT);
    }
    shown
}

/// As much of a text as [`shown`] looks at, and sees that there is more.
pub(crate) fn to_be_shown(raw: &str, bytes_max: usize) -> &str {
    &raw[..raw.floor_char_boundary(bytes_max + AHEAD_BYTES + char::MAX.len_utf8())]
}

/// The value of a name, as [`shown`].
pub(crate) fn shown_value(name: &str, value: &str, bytes_max: usize) -> String {
    match secrecy_of(&name.to_ascii_lowercase()) {
        _ if name == TRACKER_KEY => hidden(value, Secrecy::Key),
        Some(secrecy) => hidden(value, secrecy),
        None => shown(value, bytes_max),
    }
}

/// Whether the values of a name are secrets.
pub(crate) fn is_secret(name: &str) -> bool {
    secrecy_of(&name.to_ascii_lowercase()).is_some()
}

fn secrecy_of(lower_name: &str) -> Option<Secrecy> {
    let has = |names: &[&str]| names.iter().any(|name| lower_name.contains(*name));
    if has(&SECRETS) {
        Some(Secrecy::Secret)
    } else {
        has(&PUBLIC_KEYS).then_some(Secrecy::Key)
    }
}

fn hidden(value: &str, secrecy: Secrecy) -> String {
    let is_short = || value.chars().nth(PUBLIC_KEY_CHARS_MAX).is_none();
    match secrecy {
        Secrecy::Secret => CUT.to_owned(),
        Secrecy::Key if is_short() => value.to_owned(),
        Secrecy::Key => {
            let begin: String = value.chars().take(KEY_CHARS_SHOWN).collect();
            format!("{begin}{CUT}")
        }
    }
}

/// Each name is looked at once, and what is behind it is gone over once.
fn without_secrets(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let name = lower[at..]
            .find(is_of_name)
            .map_or(text.len(), |to| at + to);
        let behind = lower[name..].find(|letter| !is_of_name(letter));
        let behind = behind.map_or(text.len(), |to| name + to);
        let found = secrecy_of(&lower[name..behind])
            .and_then(|secrecy| Some((secrecy, value_behind(&lower[behind..])?)));
        let Some((secrecy, (begin, end))) = found else {
            out.push_str(&text[at..behind]);
            at = behind;
            continue;
        };
        out.push_str(&text[at..behind + begin]);
        out.push_str(&hidden(&text[behind + begin..behind + end], secrecy));
        at = behind + end;
    }
    out
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

/// Where the value behind a name begins and ends: `name":"value"`, `name=value`.
fn value_behind(rest: &str) -> Option<(usize, usize)> {
    let marked = skip(rest, &BEFORE_MARK);
    let mark = MARKS.into_iter().find(|mark| marked.starts_with(*mark))?;
    let value = skip(&marked[mark.len()..], &SPACES);
    let quote = QUOTES
        .into_iter()
        .find(|(open, _)| value.starts_with(*open));
    let (value, length) = match quote {
        None if value.starts_with(OPENING) => (&value[1..], nested(&value[1..])),
        Some((open, close)) => {
            let value = &value[open.len()..];
            (value, quoted(value, close))
        }
        None => (value, unquoted(value, mark)),
    };
    let begin = rest.len() - value.len();
    (length > 0).then_some((begin, begin + length))
}

fn skip<'t>(mut text: &'t str, parts: &[&str]) -> &'t str {
    while let Some(rest) = parts.iter().find_map(|part| text.strip_prefix(*part)) {
        text = rest;
    }
    text
}

/// How long a value is until its quote ends, or the text.
fn quoted(value: &str, close: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in value.char_indices() {
        if !is_escaped && value[at..].starts_with(close) {
            return at;
        }
        is_escaped = letter == '\\' && !is_escaped && close == "\"";
    }
    value.len()
}

/// How long a list or an object is until it ends, with all that is in it. Brackets in its texts do
/// not count; the texts of JSON that is a text itself have a backslash before their quotes.
fn nested(value: &str) -> usize {
    let (mut depth, mut backslashes) = (0_usize, 0_usize);
    let (mut escapes, mut in_text) = (None, false);
    for (at, letter) in value.char_indices() {
        match letter {
            '"' if *escapes.get_or_insert(backslashes) == backslashes => in_text = !in_text,
            _ if in_text => {}
            _ if OPENING.contains(&letter) => depth += 1,
            _ if CLOSING.contains(&letter) && depth == 0 => return at,
            _ if CLOSING.contains(&letter) => depth -= 1,
            _ => {}
        }
        backslashes = match letter {
            '\\' => backslashes + 1,
            _ => 0,
        };
    }
    value.len()
}

/// How long a value without a quote is. What stands in an address may have commas.
fn unquoted(value: &str, mark: &str) -> usize {
    let is_json = mark == ":";
    let ends = |letter: char| {
        letter.is_whitespace() || "&\"'<#".contains(letter) || (is_json && ",}]".contains(letter))
    };
    let word = |text: &str| text.find(ends).unwrap_or(text.len());
    let length = word(value);
    if !SCHEMES.contains(&&value[..length]) {
        return length;
    }
    let rest = skip(&value[length..], &SPACES);
    value.len() - rest.len() + word(rest)
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
    if has_at(word) {
        return ADDRESS.to_owned();
    }
    match word.parse::<IpAddr>() {
        Ok(address) if !is_path => network_of(address),
        _ => word.to_owned(),
    }
}

/// Whether it has an `@`, as it is or encoded, however often: `%40`, `%2540`.
fn has_at(word: &str) -> bool {
    let mut encoded = word.split('%').skip(1);
    word.contains('@') || encoded.any(|rest| rest.trim_start_matches("25").starts_with("40"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(raw: &str, expected: &str) {
        assert_eq!(shown(raw, 1_000), expected);
    }

    #[test]
    fn secrets_are_hidden_however_short_and_keys_of_pages_are_told_apart() {
        check(
            r#"{"writeKey": "tl_0123456789abcdef", "n": 1}"#,
            r#"{"writeKey": "tl_01234…", "n": 1}"#,
        );
        check(
            r#"{"writeKey":"abcdefghijkl"}"#,
            r#"{"writeKey":"abcdefghijkl"}"#,
        );
        check("?api_secret=tl_0123456789abcdef&x=1", "?api_secret=…&x=1");
        check("?user[password]=a,b&x=1", "?user[password]=…&x=1");
        check("password=x", "password=…");
        check(
            r#"{"myPassword":"a b, \"c\"","n":1}"#,
            r#"{"myPassword":"…","n":1}"#,
        );
        check(r#"{"token":["a","b"],"n":1}"#, r#"{"token":[…],"n":1}"#);
        check(
            r#"{"token":{"a":{"b":"c"},"d":["e"]},"n":1}"#,
            r#"{"token":{…},"n":1}"#,
        );
        check(
            r#"{"secrets":[{"a":"}]"},{"b":"\"]"}],"n":1}"#,
            r#"{"secrets":[…],"n":1}"#,
        );
        check(
            r#"{\"token\":{\"a\":{\"b\":\"}\"}},\"n\":1}"#,
            r#"{\"token\":{…},\"n\":1}"#,
        );
        check(r#"{"token":{"a":{"b":"cut"#, r#"{"token":{…"#);
        check(r#"{"token":{},"n":1}"#, r#"{"token":{},"n":1}"#);
        check(
            r#"{\"token\":\"a b\",\"n\":1}"#,
            r#"{\"token\":\"…\",\"n\":1}"#,
        );
        check(
            "d=%7B%22token%22%3A%22ab%22%7D",
            "d=%7B%22token%22%3A%22…%22%7D",
        );
        check("Authorization: Bearer abc def", "Authorization: … def");
        check(r#"{"pin":1,"api_key":42}"#, r#"{"pin":1,"api_key":…}"#);
        check("a token is no secret: b", "a token is no secret: …");
        assert_eq!(shown_value("old_password", "hunter2", 100), "…");
        assert_eq!(shown_value("access_token", "a", 100), "…");
        assert_eq!(shown_value("key", "abcdefghijkl", 100), "abcdefghijkl");
        assert_eq!(shown_value("key", "abcdefghijklm", 100), "abcdefgh…");
        assert_eq!(
            shown_value("keyword", "abcdefghijklm", 100),
            "abcdefghijklm"
        );
    }

    #[test]
    fn people_and_machines_are_hidden() {
        check(
            r#"{"token_auth":"","ip":"203.0.113.77"}"#,
            r#"{"token_auth":"","ip":"203.0.113.0/24"}"#,
        );
        check(
            "u=https://a.example/?m=anna%40b.example&z",
            "u=https://a.example/?m=:email&z",
        );
        check("?m=anna%2540b.example&z", "?m=:email&z");
        check("?m=anna%252540b.example&z", "?m=:email&z");
        check("?m=100%25&n=40", "?m=100%25&n=40");
        check(r#"{"email":"anna@b.example"}"#, r#"{"email":":email"}"#);
        check("2001:db8:1:2::3", "2001:db8:1::/48");
        check("https://shop.example:8443/a", "https://shop.example:8443/a");
        check("Chrome/124.0.0.0 x", "Chrome/124.0.0.0 x");
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        assert_eq!(shown("привет", 5), "пр…");
        let long = "x".repeat(5_000);
        assert_eq!(shown(&long, 100), format!("{}…", "x".repeat(100)));
        assert_eq!(shown(to_be_shown(&long, 100), 100), shown(&long, 100));
    }

    #[test]
    fn what_a_text_is_cut_in_is_hidden_all_the_same() {
        for before in 0..1_200 {
            let mail = format!("{}anna.smith@b.example", "y ".repeat(before / 2));
            let raw = format!("{mail} {}", "z".repeat(2_000));
            for text in [raw.as_str(), to_be_shown(&raw, 100)] {
                let told = shown(text, 100);
                assert!(!told.contains("ann"), "{before}: {told}");
            }
        }
        let mails = "anna.smith@b.example ".repeat(200);
        assert!(!shown(&mails, 1_000).contains("anna"));
    }

    proptest! {
        #[test]
        fn nothing_panics_and_no_secret_stays(text: String, key in "[0-9]{1,40}") {
            let _ = shown(&text, 64);
            let _ = shown(&format!("token{text}"), 64);
            let told = shown(&format!("{{\"api_key\":\"{key}\"}}"), 1_000);
            prop_assert_eq!(told, r#"{"api_key":"…"}"#);
            let deep = format!("{{\"api_key\":{{\"a\":[{{\"b\":\"x{key}\"}}],\"c\":\"x{key}\"}}}}");
            prop_assert_eq!(shown(&deep, 1_000), r#"{"api_key":{…}}"#);
        }
    }
}
