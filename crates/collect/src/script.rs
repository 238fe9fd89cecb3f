//! The tracker script, with the site's key and door filled in.

use std::hash::Hasher;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderName, HeaderValue, StatusCode, header};
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::snapshot::{ConsentMode, Site};
use crate::{Collector, Reply, Request, Sink};

/// A function of key, path and consent mode; see `build.rs`.
const TRACKER: &str = include_str!(concat!(env!("OUT_DIR"), "/t.min.js"));

/// Where each site's script can be had by its key: easy to write down, and as easy to block, so
/// the set-up offers the site's own path.
pub(crate) const SCRIPT_PATH: &str = "/t.js";

/// A site's script as it is sent: made once for a snapshot, then only handed out.
#[derive(Debug)]
pub(crate) struct Script {
    /// Weak, because it stands for the script in either coding.
    tag: HeaderValue,
    plain: Bytes,
    gzip: Bytes,
}

impl<S: Sink> Collector<S> {
    /// Answers the script of the site that owns the path or has the key `k`; 304 where the browser
    /// has it already.
    #[must_use]
    pub fn script(&self, request: &Request<'_>) -> Reply {
        let snapshot = self.snapshot.load();
        let key = || {
            let mut pairs = url::form_urlencoded::parse(request.query.as_bytes());
            let found = pairs.find(|(name, _)| name == "k");
            found.map(|(_, key)| key.into_owned()).unwrap_or_default()
        };
        let Some(script) = snapshot.script(request.path, key) else {
            return Reply::new(StatusCode::NOT_FOUND);
        };
        let reply = |status| {
            Reply::new(status)
                .with_static(
                    header::CACHE_CONTROL,
                    "public, max-age=3600, stale-while-revalidate=86400",
                )
                .with_static(
                    HeaderName::from_static("cross-origin-resource-policy"),
                    "cross-origin",
                )
                .with_static(header::VARY, "accept-encoding")
                .with(header::ETAG, script.tag.clone())
        };
        if script.is_known(request.header(&header::IF_NONE_MATCH)) {
            return reply(StatusCode::NOT_MODIFIED);
        }
        let reply = reply(StatusCode::OK)
            .with_static(header::CONTENT_TYPE, "text/javascript; charset=utf-8");
        if accepts_gzip(request.header(&header::ACCEPT_ENCODING)) {
            reply
                .with_static(header::CONTENT_ENCODING, "gzip")
                .with_body(script.gzip.clone())
        } else {
            reply.with_body(script.plain.clone())
        }
    }
}

impl Script {
    pub(crate) fn of(site: &Site) -> Self {
        let mode = match site.consent {
            ConsentMode::Cookie => "cookie",
            ConsentMode::Cookieless => "cookieless",
            ConsentMode::Ask => "ask",
        };
        let parts = [site.key.as_str(), &site.events_path, mode]
            .map(json_text)
            .join(",");
        let text = format!("{TRACKER}({parts});\n");
        let mut hasher = SipHasher24::new();
        hasher.write(text.as_bytes());
        let tag = format!("W/\"{:032x}\"", hasher.finish128().as_u128());
        Self {
            tag: HeaderValue::from_str(&tag).unwrap_or_else(|_| HeaderValue::from_static("W/\"\"")),
            gzip: gzip(text.as_bytes()),
            plain: text.into(),
        }
    }

    fn is_known(&self, known: &str) -> bool {
        let own = opaque(self.tag.to_str().unwrap_or_default());
        known.split(',').any(|other| opaque(other) == own)
    }
}

/// A tag without the sign that it is weak.
fn opaque(tag: &str) -> &str {
    tag.trim().trim_start_matches("W/")
}

/// Whether a sender reads gzip: it names it, and does not rule it out.
fn accepts_gzip(codings: &str) -> bool {
    codings.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let is_gzip = name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip");
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let is_out = weight.is_some_and(|weight| weight.trim().parse() == Ok(0.0_f32));
        is_gzip && !is_out
    })
}

/// Writing into memory does not fail.
fn gzip(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(text).and_then(|()| encoder.finish());
    written.unwrap_or_default().into()
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tracker_is_one_function_without_comments() {
        assert!(TRACKER.starts_with("(function(") && TRACKER.ends_with("})"));
        assert!(!TRACKER.contains("// "));
    }

    #[test]
    fn gzip_is_sent_only_to_whoever_reads_it() {
        for (codings, expected) in [
            ("gzip", true),
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("", false),
            ("identity", false),
            ("br, deflate", false),
            ("gzip;q=0, br", false),
            ("gzip; q=0.000", false),
        ] {
            assert_eq!(accepts_gzip(codings), expected, "{codings}");
        }
    }
}
