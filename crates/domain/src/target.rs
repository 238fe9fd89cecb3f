//! A click link's target: tokens replaced, parameters passed on, nothing but `http` addresses.

use std::fmt::Write;

use crate::source::{QUERY_PARAMETERS_MAX, split_url, with_ascii_host};

/// A target template that is safe to redirect to: tokens stand only behind the host. It is taken
/// apart once, so that a click only joins the pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTarget {
    template: String,
    host: String,
    /// Up to the fragment.
    front: Vec<Piece>,
    fragment: Option<Vec<Piece>>,
    /// Names of the template's own parameters.
    own: Vec<String>,
    asks: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Already fit for an address.
    Text(String),
    Token(String),
}

/// A template that cannot be a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("begin with https:// or http://, and leave out spaces")]
    NotWeb,
    #[error("write the host out: tokens may only stand behind it")]
    HostNotFixed,
    #[error("use at most {TARGET_BYTES_MAX} bytes")]
    TooLong,
}

/// Longest address that a redirect leads to; parameters beyond it are left out.
const TARGET_BYTES_MAX: usize = 8_192;

impl TargetError {
    /// The stable name, for programs and translations.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotWeb => "not_a_web_address",
            Self::HostNotFixed => "host_not_fixed",
            Self::TooLong => "too_long",
        }
    }
}

/// Parameters that are added where neither template nor request has them.
pub struct Additions<'a> {
    /// The click's own query, percent-encoded.
    pub query: &'a str,
    pub defaults: [(&'static str, &'a str); 6],
    /// Always set by us.
    pub click_id: &'a str,
}

/// Name of the parameter that carries the click id to the landing.
pub const CLICK_PARAMETER: &str = "tl_click";

impl LinkTarget {
    /// Checks a template such as `https://shop.example/?k={keyword}`.
    ///
    /// # Errors
    /// When it is no web address, its host is not fixed, or it is too long.
    pub fn parse(template: &str) -> Result<Self, TargetError> {
        let template = template.trim();
        if template.len() > TARGET_BYTES_MAX {
            return Err(TargetError::TooLong);
        }
        if template
            .chars()
            .any(|c| c.is_control() || c.is_whitespace())
        {
            return Err(TargetError::NotWeb);
        }
        let parts = split_url(template).ok_or(TargetError::NotWeb)?;
        if !matches!(parts.scheme.as_ref(), "http" | "https") {
            return Err(TargetError::NotWeb);
        }
        let fixed = |byte: u8| byte > b' ' && !b"{}\\%|^`".contains(&byte);
        if parts.host.is_empty() {
            return Err(TargetError::NotWeb);
        }
        // Browsers read a backslash as a slash; sent encoded it would be a part of the user's name.
        let is_ended_by_backslash = template
            .split_once("://")
            .and_then(|(_, rest)| rest.find(['/', '?', '#', '\\']).map(|at| &rest[at..]))
            .is_some_and(|tail| tail.starts_with('\\'));
        if !parts.host.bytes().all(fixed) || is_ended_by_backslash {
            return Err(TargetError::HostNotFixed);
        }
        let sent = with_ascii_host(template);
        let (front, fragment) = match sent.split_once('#') {
            Some((front, fragment)) => (front, Some(fragment)),
            None => (sent.as_ref(), None),
        };
        let query = front.split_once('?').map(|(_, query)| query);
        Ok(Self {
            template: template.to_owned(),
            host: parts.host.into_owned(),
            front: pieces(front),
            fragment: fragment.map(pieces),
            own: names(query.unwrap_or_default())
                .map(str::to_owned)
                .collect(),
            asks: query.is_some(),
        })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.template
    }

    /// Host of the target, for recognising one's own pages as referrers.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address to redirect to, in pure ASCII.
    pub fn fill<'v>(
        &self,
        value_of: impl Fn(&str) -> std::borrow::Cow<'v, str>,
        additions: &Additions<'_>,
    ) -> String {
        let room = self.template.len() + additions.query.len() + 160;
        let mut address = String::with_capacity(room);
        join(&self.front, &value_of, &mut address);
        self.add_parameters(&mut address, additions);
        if let Some(fragment) = &self.fragment {
            address.push('#');
            join(fragment, &value_of, &mut address);
        }
        address
    }

    fn add_parameters(&self, address: &mut String, additions: &Additions<'_>) {
        let mut asks = self.asks;
        let is_own = |name: &str| self.own.iter().any(|own| own == name);
        let pairs = additions.query.split('&').filter(|pair| !pair.is_empty());
        for pair in pairs.take(QUERY_PARAMETERS_MAX) {
            let name = name_of(pair);
            let fits = address.len() + pair.len() < TARGET_BYTES_MAX;
            if name != CLICK_PARAMETER && !is_own(name) && fits {
                separate(address, &mut asks);
                push_pair(pair, address);
            }
        }
        for (name, value) in additions.defaults {
            let fits = address.len() + value.len() < TARGET_BYTES_MAX;
            let given = || is_own(name) || names(additions.query).any(|other| other == name);
            if !value.is_empty() && fits && !given() {
                separate(address, &mut asks);
                push_parameter(name, value, address);
            }
        }
        if !is_own(CLICK_PARAMETER) {
            separate(address, &mut asks);
            push_parameter(CLICK_PARAMETER, additions.click_id, address);
        }
    }
}

/// An address as it may stand in a header: what is no legal character is percent-encoded.
#[must_use]
pub fn legal_address(text: &str) -> String {
    let mut address = String::with_capacity(text.len());
    push_legal(text, &mut address);
    address
}

/// Percent-encodes everything but unreserved characters.
fn encode_into(text: &str, out: &mut String) {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    push_encoded(text, unreserved, out);
}

fn pieces(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once('{') {
        push_legal(before, &mut text);
        match tail.split_once('}') {
            Some((name, after)) if is_token(name) => {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                pieces.push(Piece::Token(name.to_owned()));
                rest = after;
            }
            _ => {
                text.push_str("%7B");
                rest = tail;
            }
        }
    }
    push_legal(rest, &mut text);
    pieces.push(Piece::Text(text));
    pieces
}

fn join<'v>(
    pieces: &[Piece],
    value_of: &impl Fn(&str) -> std::borrow::Cow<'v, str>,
    out: &mut String,
) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Token(name) => encode_into(&value_of(name), out),
        }
    }
}

fn is_token(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// Copies what may stand in an address and encodes the rest, spaces and line ends included.
fn push_legal(text: &str, out: &mut String) {
    let legal = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    push_encoded(text, legal, out);
}

/// One parameter of a request; it may hold a number sign, which must not begin a fragment.
fn push_pair(pair: &str, out: &mut String) {
    for (index, part) in pair.split('#').enumerate() {
        if index > 0 {
            out.push_str("%23");
        }
        push_legal(part, out);
    }
}

/// Copies the bytes that are legal and encodes the others. Only ASCII bytes may be legal.
fn push_encoded(text: &str, legal: impl Fn(u8) -> bool, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| !legal(byte)) {
        let (clean, tail) = rest.split_at(at);
        out.push_str(clean);
        let letter = tail.chars().next().map_or(1, char::len_utf8);
        for byte in tail[..letter].bytes() {
            let _ = write!(out, "%{byte:02X}");
        }
        rest = &tail[letter..];
    }
    out.push_str(rest);
}

fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

fn names(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').map(name_of)
}

fn push_parameter(name: &str, value: &str, out: &mut String) {
    out.push_str(name);
    out.push('=');
    encode_into(value, out);
}

fn separate(address: &mut String, asks: &mut bool) {
    if !*asks {
        address.push('?');
        *asks = true;
    } else if !address.ends_with('&') && address.find('?') != Some(address.len() - 1) {
        address.push('&');
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;

    fn fill(template: &str, query: &str) -> String {
        let value_of = |name: &str| match name {
            "keyword" => Cow::Borrowed("red shoes&x=1"),
            "click_id" => Cow::Borrowed("CLICK"),
            _ => Cow::Borrowed(""),
        };
        let mut defaults = [("utm_source", ""); 6];
        defaults[0] = ("utm_source", "news letter");
        let additions = Additions {
            query,
            defaults,
            click_id: "CLICK",
        };
        LinkTarget::parse(template)
            .unwrap()
            .fill(value_of, &additions)
    }

    #[test]
    fn tokens_are_replaced_and_encoded() {
        assert_eq!(
            fill(
                "https://a.example/{keyword}?c={click_id}&n={none}#s={click_id}",
                ""
            ),
            "https://a.example/red%20shoes%26x%3D1?c=CLICK&n=&utm_source=news%20letter\
             &tl_click=CLICK#s=CLICK"
        );
    }

    #[test]
    fn an_international_host_is_sent_as_browsers_do() {
        assert_eq!(
            fill("https://żółty.pl/ł", "utm_source=x"),
            "https://xn--ty-4ja03asj.pl/%C5%82?utm_source=x&tl_click=CLICK"
        );
    }

    #[test]
    fn parameters_are_passed_on_where_the_target_lacks_them() {
        assert_eq!(
            fill(
                "https://a.example/?b=own",
                "a=1&b=2&utm_source=x&tl_click=forged&a=3&e=%D1%8F"
            ),
            "https://a.example/?b=own&a=1&utm_source=x&a=3&e=%D1%8F&tl_click=CLICK"
        );
    }

    #[test]
    fn no_backslash_makes_a_host_of_a_users_name() {
        for template in [
            "https://shop.example\\@evil.example/",
            "https://a\\b@shop.example:8443",
        ] {
            let parsed = LinkTarget::parse(template);
            assert_eq!(parsed.unwrap_err(), TargetError::HostNotFixed, "{template}");
        }
        assert!(LinkTarget::parse("https://shop.example/a\\b").is_ok());
    }

    #[test]
    fn only_fixed_web_hosts_are_targets() {
        for wrong in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//a.example/",
            "/path",
            "ftp://a.example/",
            "https://{host}/",
            "https://a.{x}.example/",
            "https:///x",
            "https://a.example/red shoes",
            "https://a.example/\nSet-Cookie:x",
            "",
        ] {
            assert!(LinkTarget::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_query_gives_a_legal_header(template in "[\\PC&&\\S]*", query: String) {
            let template = format!("https://a.example/{template}");
            prop_assume!(LinkTarget::parse(&template).is_ok());
            let address = fill(&template, &query);
            prop_assert!(address.bytes().all(|byte| byte.is_ascii_graphic()), "{}", address);
            prop_assert!(address.starts_with("https://a.example/"));
        }
    }
}
