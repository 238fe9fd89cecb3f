//! A click link's target: tokens replaced, parameters passed on, nothing but `http` addresses.

use std::fmt::Write;

use domain::source::split_url;

/// A target template that is safe to redirect to: tokens stand only behind the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTarget(String);

/// A template that cannot be a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("the target must be an http or https address")]
    NotWeb,
    #[error("the target's host must not contain tokens or spaces")]
    BadHost,
    #[error("the target is longer than {TARGET_BYTES_MAX} bytes")]
    TooLong,
}

/// Longest address that a redirect leads to; parameters beyond it are left out.
const TARGET_BYTES_MAX: usize = 8_192;

/// Parameters that are added where neither template nor request has them.
pub(crate) struct Additions<'a> {
    /// The click's own query, percent-encoded.
    pub(crate) query: &'a str,
    pub(crate) defaults: [(&'static str, &'a str); 6],
    /// Always set by us.
    pub(crate) click_id: &'a str,
}

/// Name of the parameter that carries the click id to the landing.
pub(crate) const CLICK_PARAMETER: &str = "tl_click";

impl LinkTarget {
    /// Checks a template such as `https://shop.example/?k={keyword}`.
    ///
    /// # Errors
    /// When it is no web address, or its host is not fixed.
    pub fn parse(template: &str) -> Result<Self, TargetError> {
        let template = template.trim();
        if template.len() > TARGET_BYTES_MAX {
            return Err(TargetError::TooLong);
        }
        let parts = split_url(template).ok_or(TargetError::NotWeb)?;
        if !matches!(parts.scheme.as_ref(), "http" | "https") {
            return Err(TargetError::NotWeb);
        }
        let fixed = |byte: u8| byte > b' ' && !b"{}\\%|^`".contains(&byte);
        if parts.host.is_empty() || !parts.host.bytes().all(fixed) {
            return Err(TargetError::BadHost);
        }
        Ok(Self(template.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host of the target, for recognising one's own pages as referrers.
    pub(crate) fn host(&self) -> String {
        split_url(&self.0)
            .map(|parts| parts.host.into_owned())
            .unwrap_or_default()
    }

    /// The address to redirect to, in pure ASCII.
    pub(crate) fn fill<'v>(
        &self,
        value_of: impl Fn(&str) -> std::borrow::Cow<'v, str>,
        additions: &Additions<'_>,
    ) -> String {
        let (front, fragment) = match self.0.split_once('#') {
            Some((front, fragment)) => (front, Some(fragment)),
            None => (self.0.as_str(), None),
        };
        let mut address = String::with_capacity(self.0.len() + additions.query.len() + 96);
        replace_tokens(front, &value_of, &mut address);
        add_parameters(&mut address, additions);
        if let Some(fragment) = fragment {
            address.push('#');
            replace_tokens(fragment, &value_of, &mut address);
        }
        address
    }
}

/// Percent-encodes everything but unreserved characters.
pub(crate) fn encode_into(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

fn replace_tokens<'v>(
    template: &str,
    value_of: &impl Fn(&str) -> std::borrow::Cow<'v, str>,
    out: &mut String,
) {
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once('{') {
        push_legal(before, out);
        match tail.split_once('}') {
            Some((name, after)) if is_token(name) => {
                encode_into(&value_of(name), out);
                rest = after;
            }
            _ => {
                out.push_str("%7B");
                rest = tail;
            }
        }
    }
    push_legal(rest, out);
}

fn is_token(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// Copies what may stand in an address and encodes the rest, spaces and line ends included.
fn push_legal(text: &str, out: &mut String) {
    for letter in text.chars() {
        if letter.is_ascii_graphic() && !"\"<>\\^`{|}".contains(letter) {
            out.push(letter);
        } else {
            let mut buffer = [0; 4];
            encode_into(letter.encode_utf8(&mut buffer), out);
        }
    }
}

fn add_parameters(address: &mut String, additions: &Additions<'_>) {
    // Only the template's own parameters count as present while the click's are copied, so that
    // a parameter given twice is passed on twice.
    let own = query_of(address).to_owned();
    let pairs = additions.query.split('&').filter(|pair| !pair.is_empty());
    for pair in pairs.take(domain::source::QUERY_PARAMETERS_MAX) {
        let name = pair.split('=').next().unwrap_or_default();
        let fits = address.len() + pair.len() < TARGET_BYTES_MAX;
        if name != CLICK_PARAMETER && !has(&own, name) && fits {
            separate(address);
            push_legal(&pair.replace('#', "%23"), address);
        }
    }
    for (name, value) in additions.defaults {
        let fits = address.len() + value.len() < TARGET_BYTES_MAX;
        if !value.is_empty() && !has(query_of(address), name) && fits {
            add(address, name, value);
        }
    }
    if !has(&own, CLICK_PARAMETER) {
        add(address, CLICK_PARAMETER, additions.click_id);
    }
}

fn query_of(address: &str) -> &str {
    address.split_once('?').map_or("", |(_, query)| query)
}

fn has(query: &str, name: &str) -> bool {
    query
        .split('&')
        .any(|pair| pair.split('=').next() == Some(name))
}

fn add(address: &mut String, name: &str, value: &str) {
    separate(address);
    address.push_str(name);
    address.push('=');
    encode_into(value, address);
}

fn separate(address: &mut String) {
    if !address.contains('?') {
        address.push('?');
    } else if !address.ends_with(['?', '&']) {
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
            "",
        ] {
            assert!(LinkTarget::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_query_gives_a_legal_header(template: String, query: String) {
            let template = format!("https://a.example/{template}");
            prop_assume!(LinkTarget::parse(&template).is_ok());
            let address = fill(&template, &query);
            prop_assert!(address.bytes().all(|byte| byte.is_ascii_graphic()), "{}", address);
            prop_assert!(address.starts_with("https://a.example/"));
            prop_assert!(http::HeaderValue::from_str(&address).is_ok());
        }
    }
}
