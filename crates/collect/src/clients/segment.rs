//! `POST /v1/…`: the tracking API of Segment, which `RudderStack` and Jitsu speak too. The write
//! key is a site's key, for browsers, or an API key, whose word counts on people, addresses and
//! times.

use base::{SiteId, UnixMillis};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::table::{Field, SEGMENT, SEGMENT_PAGE, Told};
use super::{Batch, PAGE_VIEW, Repeats};
use crate::{Collector, DropReason, Reply, Request, Sink};

const EVENTS_MAX: usize = 2_500;
const EVENT_BYTES_MAX: usize = 32 * 1024;
/// What the specification takes for the currency where none is told.
const USUAL_CURRENCY: &str = "USD";
/// Events that are sales, in the specification and its earlier version.
const SALES: [&str; 2] = ["Order Completed", "Completed Order"];
/// The last part of an address, long and as browsers send it.
const KINDS: [(&str, &str); 7] = [
    ("track", "t"),
    ("page", "p"),
    ("screen", "s"),
    ("identify", "i"),
    ("group", "g"),
    ("alias", "a"),
    ("batch", "b"),
];

/// What the address says an event is; the events of a batch say so themselves.
pub(super) fn kind_at(path: &str) -> Option<&'static str> {
    let last = path.strip_prefix("/v1/")?.trim_end_matches('/');
    let known = |(long, short): &&(&str, &str)| last == *long || last == *short;
    KINDS.iter().find(known).map(|(long, _)| *long)
}

pub(super) fn key_of_settings(path: &str) -> Option<&str> {
    path.strip_prefix("/v1/projects/")?
        .strip_suffix("/settings")
}

impl<S: Sink> Collector<S> {
    pub(super) async fn segment_events(&self, request: &Request<'_>, now: UnixMillis) -> Reply {
        let body = match self.client_json(request) {
            Ok(body @ Value::Object(_)) => body,
            Ok(_) => return self.unread(request, None, DropReason::BadJson),
            Err(reason) => return refused(StatusCode::BAD_REQUEST, reason),
        };
        let write_key = write_key(request, &body);
        let key = self.key_of(&write_key, now);
        if let Some((_, grant)) = key {
            request.tally.of(grant.workspace);
        }
        let snapshot = self.snapshot.load();
        let site = snapshot.site_by_key(&write_key).map(|site| site.id);
        if key.is_none() && site.is_none() {
            self.drop_event(request.tally, None, DropReason::Unauthorised);
            return refused(StatusCode::UNAUTHORIZED, DropReason::Unauthorised);
        }
        let kind = kind_at(request.path).unwrap_or_default();
        let items = match &body["batch"] {
            Value::Array(items) if kind == "batch" => items.as_slice(),
            _ if kind == "batch" => return self.unread(request, site, DropReason::BadJson),
            _ => std::slice::from_ref(&body),
        };
        if items.len() > EVENTS_MAX {
            return self.unread(request, site, DropReason::TooLarge);
        }
        request.tally.bring(items.len());
        let mut told = Vec::with_capacity(items.len());
        // What the batch says of all its events is read once, however many they are.
        let of_all = Told::read(SEGMENT, &body);
        for item in items {
            match read(item, &of_all, kind, now) {
                Ok(mut one) => {
                    // Who has no key of the workspace has one of a site, and speaks of that one.
                    if key.is_none() {
                        one.set(Field::Site, &*write_key);
                    }
                    told.push(one);
                }
                Err(reason) => self.drop_event(request.tally, site, reason),
            }
        }
        let left_out = items.len() - told.len();
        let mut outcomes = match self.take_told(request, Batch { told, key }, now).await {
            Ok(outcomes) => outcomes,
            Err(reply) => return reply,
        };
        if let Some(reply) = outcomes.refused(Repeats::AreKnown) {
            return reply;
        }
        outcomes.left_out = left_out;
        outcomes.on(Reply::json(StatusCode::OK, r#"{"success":true}"#))
    }

    /// What the script in a browser wants to know before it begins.
    pub(super) fn segment_settings(&self, request: &Request<'_>) -> Reply {
        let key = key_of_settings(request.path).unwrap_or_default();
        if self.snapshot.load().site_by_key(key).is_none() {
            self.drop_event(request.tally, None, DropReason::UnknownSite);
            return refused(StatusCode::NOT_FOUND, DropReason::UnknownSite);
        }
        let host = request.header(&header::HOST);
        let settings = json!({
            "integrations": {
                "Segment.io": {
                    "apiKey": key,
                    "apiHost": format!("{host}/v1"),
                    "unbundledIntegrations": [],
                    "addBundledMetadata": false,
                    "maybeBundledConfigIds": {},
                    "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
                },
            },
            "plan": {
                "track": {"__default": {"enabled": true, "integrations": {}}},
                "identify": {"__default": {"enabled": true}},
                "group": {"__default": {"enabled": true}},
            },
            "edgeFunction": {},
            "analyticsNextEnabled": true,
            "middlewareSettings": {},
            "enabledMiddleware": {},
            "metrics": {"sampleRate": 0},
            "legacyVideoPluginsEnabled": false,
            "remotePlugins": [],
        });
        Reply::json(StatusCode::OK, settings.to_string())
    }

    fn unread(&self, request: &Request<'_>, site: Option<SiteId>, reason: DropReason) -> Reply {
        self.drop_event(request.tally, site, reason);
        refused(StatusCode::BAD_REQUEST, reason)
    }
}

/// By the header, else by the body.
fn write_key(request: &Request<'_>, body: &Value) -> String {
    let basic = request
        .header(&header::AUTHORIZATION)
        .strip_prefix("Basic ");
    let decoded = basic.and_then(|text| BASE64_STANDARD.decode(text.trim()).ok());
    let user = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let user = user.map(|pair| pair.split(':').next().unwrap_or_default().to_owned());
    user.filter(|user| !user.is_empty())
        .unwrap_or_else(|| body["writeKey"].as_str().unwrap_or_default().to_owned())
}

/// One event, with what the batch says of all of them.
fn read(item: &Value, of_all: &Told, kind: &str, now: UnixMillis) -> Result<Told, DropReason> {
    if item.to_string().len() > EVENT_BYTES_MAX {
        return Err(DropReason::TooLarge);
    }
    let mut told = Told::read(SEGMENT, item);
    for field in [Field::SentAt, Field::Address, Field::Agent, Field::Page] {
        if told.get(field).is_empty() {
            told.set(field, of_all.get(field));
        }
    }
    let kind = match kind {
        "batch" => item["type"].as_str().unwrap_or_default(),
        kind => kind,
    };
    match kind {
        "page" => {
            let page = Told::read(SEGMENT_PAGE, item);
            for field in [Field::Page, Field::Referrer, Field::Title] {
                if told.get(field).is_empty() {
                    told.set(field, page.get(field));
                }
            }
            told.set(Field::Name, PAGE_VIEW);
        }
        "screen" => told.set(Field::Name, "screen"),
        "track" => told.keep_own_name(),
        "identify" | "group" | "alias" => return Err(DropReason::NotKept),
        _ => return Err(DropReason::BadName),
    }
    // The specification tells revenue of a checkout that has begun, too.
    if !SALES.contains(&told.get(Field::Name)) {
        told.set(Field::Amount, "");
    }
    if !told.get(Field::Amount).is_empty() && told.get(Field::Currency).is_empty() {
        told.set(Field::Currency, USUAL_CURRENCY);
    }
    if kind == "page" {
        told.properties.clear();
    }
    let at = at_by_our_clock(told.get(Field::At), told.get(Field::SentAt), now);
    told.set(Field::At, at);
    Ok(told)
}

/// The sender's clock may be wrong, but the time between two readings of it is right.
fn at_by_our_clock(at: &str, sent_at: &str, now: UnixMillis) -> String {
    let (Some(at), sent) = (UnixMillis::parse_rfc3339(at), sent_at) else {
        return String::new();
    };
    let ago = UnixMillis::parse_rfc3339(sent).map(|sent| sent.since_ms(at).max(0));
    ago.map_or(at, |ago| now.plus_ms(-ago)).0.to_string()
}

fn refused(status: StatusCode, reason: DropReason) -> Reply {
    let body = json!({"success": false, "error": reason.name()});
    super::not_kept(Reply::json(status, body.to_string()), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_of_the_sender_moves_nothing() {
        let now = UnixMillis::parse_rfc3339("2026-11-01T12:00:00Z").unwrap();
        let moved = at_by_our_clock("1970-01-01T00:00:05Z", "1970-01-01T00:00:15Z", now);
        assert_eq!(moved, now.plus_ms(-10_000).0.to_string());
        let alone = at_by_our_clock("2026-11-01T11:00:00Z", "", now);
        assert_eq!(alone, now.plus_ms(-3_600_000).0.to_string());
        assert_eq!(at_by_our_clock("yesterday", "", now), "");
    }

    #[test]
    fn addresses_are_long_or_short() {
        assert_eq!(kind_at("/v1/track"), Some("track"));
        assert_eq!(kind_at("/v1/b"), Some("batch"));
        assert_eq!(kind_at("/v1/trackx"), None);
        assert_eq!(kind_at("/v1/"), None);
        assert_eq!(key_of_settings("/v1/projects/abc/settings"), Some("abc"));
    }
}
