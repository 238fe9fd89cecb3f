//! The tracker script, with the site's key and door filled in.

use std::hash::Hasher;

use http::{HeaderName, HeaderValue, StatusCode, header};
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::snapshot::ConsentMode;
use crate::{Collector, Reply, Request, Sink};

/// A function of key, path and consent mode; see `build.rs`.
const TRACKER: &str = include_str!(concat!(env!("OUT_DIR"), "/t.min.js"));

impl<S: Sink> Collector<S> {
    /// Answers the script of the site that owns the path; 304 where the browser has it already.
    #[must_use]
    pub fn script(&self, request: &Request<'_>) -> Reply {
        let snapshot = self.snapshot.load();
        let Some(site) = snapshot.site_by_script(request.path) else {
            return Reply::new(StatusCode::NOT_FOUND);
        };
        let mode = match site.consent {
            ConsentMode::Cookie => "cookie",
            ConsentMode::Cookieless => "cookieless",
            ConsentMode::Ask => "ask",
        };
        let parts = [site.key.as_str(), &site.events_path, mode]
            .map(json_text)
            .join(",");
        let script = format!("{TRACKER}({parts});\n");
        let mut hasher = SipHasher24::new();
        hasher.write(script.as_bytes());
        let tag = format!("\"{:032x}\"", hasher.finish128().as_u128());
        let known = request.header(&header::IF_NONE_MATCH);
        let unchanged = known
            .split(',')
            .any(|other| other.trim().trim_start_matches("W/") == tag);
        let status = if unchanged {
            StatusCode::NOT_MODIFIED
        } else {
            StatusCode::OK
        };
        let reply = Reply::new(status)
            .with_static(
                header::CACHE_CONTROL,
                "public, max-age=3600, stale-while-revalidate=86400",
            )
            .with_static(
                HeaderName::from_static("cross-origin-resource-policy"),
                "cross-origin",
            )
            .with_static(header::CONTENT_TYPE, "text/javascript; charset=utf-8");
        let reply = match HeaderValue::from_str(&tag) {
            Ok(value) => reply.with(header::ETAG, value),
            Err(_) => reply,
        };
        if unchanged {
            reply
        } else {
            reply.with_body(script.into())
        }
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    /// What a visitor pays for the tracker.
    const TRACKER_GZIP_BYTES_MAX: usize = 2_048;

    #[test]
    fn the_tracker_stays_small() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let call = r#"("abcdefghijkl","/e/abcdefgh","cookieless");"#;
        writeln!(encoder, "{TRACKER}{call}").unwrap();
        let size = encoder.finish().unwrap().len();
        assert!(
            size <= TRACKER_GZIP_BYTES_MAX,
            "{size} bytes, {} before gzip",
            TRACKER.len()
        );
    }

    #[test]
    fn the_tracker_is_one_function_without_comments() {
        assert!(TRACKER.starts_with("(function(") && TRACKER.ends_with("})"));
        assert!(!TRACKER.contains("// "));
    }
}
