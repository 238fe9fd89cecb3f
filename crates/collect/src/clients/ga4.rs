//! `POST /mp/collect`: the Measurement Protocol of Google Analytics 4, from servers alone: without
//! a key that may send events nothing is kept.

use base::UnixMillis;
use http::StatusCode;
use serde_json::{Value, json};

use super::table::{Field, GA4, Told};
use super::{Batch, ENGAGEMENT, PAGE_VIEW};
use crate::{Collector, DropReason, Reply, Request, Sink};

const EVENTS_MAX: usize = 25;
const NAME_CHARS_MAX: usize = 40;
const PURCHASE: &str = "purchase";
/// Their names and ours.
const NAMES: [(&str, &str); 5] = [
    ("page_view", PAGE_VIEW),
    ("user_engagement", ENGAGEMENT),
    ("click", "outbound"),
    ("file_download", "download"),
    ("form_submit", "form"),
];
/// Parameters that are told in fields of their own.
const OWN_FIELDS: [&str; 6] = [
    "page_location",
    "page_referrer",
    "page_title",
    "link_url",
    "session_id",
    "engagement_time_msec",
];

impl<S: Sink> Collector<S> {
    /// 204 whatever came, as there: the reason for what was not kept is in a header, and in words
    /// at the door beside it.
    pub(super) async fn ga4_events(&self, request: &Request<'_>, now: UnixMillis) -> Reply {
        let nothing = |reason| super::not_kept(Reply::new(StatusCode::NO_CONTENT), reason);
        let secret = parameter(request, "api_secret");
        let Some((secret, grant)) = self.key_of(&secret, now) else {
            self.drop_event(request.tally, None, DropReason::Unauthorised);
            return nothing(DropReason::Unauthorised);
        };
        request.tally.of(grant.workspace);
        let body = match self.client_json(request) {
            Ok(body) => body,
            Err(reason) => return nothing(reason),
        };
        let told = match read(&body, &parameter(request, "measurement_id")) {
            Ok(told) => told,
            Err(reason) => {
                self.drop_event(request.tally, None, reason);
                return nothing(reason);
            }
        };
        request.tally.bring(told.len());
        let batch = Batch {
            told,
            key: Some((secret, grant)),
        };
        match self.take_told(request, batch, now).await {
            Ok(outcomes) => outcomes.on(Reply::new(StatusCode::NO_CONTENT)),
            Err(reply) => reply,
        }
    }

    pub(super) fn ga4_check(&self, request: &Request<'_>, now: UnixMillis) -> Reply {
        let mut wrong = Vec::new();
        let mut say = |field: &str, code: &str, words: &str| {
            wrong.push(json!({
                "fieldPath": field, "validationCode": code, "description": words,
            }));
        };
        let secret = parameter(request, "api_secret");
        let grant = self.key_of(&secret, now);
        let site = parameter(request, "measurement_id");
        match grant {
            None => say(
                "api_secret",
                "VALUE_INVALID",
                "no API key that may send events",
            ),
            Some((_, grant)) => {
                let snapshot = self.snapshot.load();
                let mut sites = snapshot.sites_of(grant.workspace);
                if !sites.any(|one| one.is_called(&site)) {
                    let words = "no site of the workspace has this id, key or domain";
                    say("measurement_id", "VALUE_INVALID", words);
                }
            }
        }
        match self.client_json(request) {
            Err(reason) => say("", "VALUE_INVALID", reason.name()),
            Ok(body) => {
                if body["client_id"].as_str().unwrap_or_default().is_empty() {
                    say("client_id", "VALUE_REQUIRED", "say who it is");
                }
                match body["events"].as_array() {
                    None => say("events", "VALUE_REQUIRED", "a list of events is needed"),
                    Some(events) if events.len() > EVENTS_MAX => {
                        say("events", "EXCEEDED_MAX_ENTITIES", "at most 25 events");
                    }
                    Some(events) => {
                        for (at, event) in events.iter().enumerate() {
                            let name = event["name"].as_str().unwrap_or_default();
                            if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) {
                                let field = format!("events[{at}].name");
                                say(&field, "NAME_INVALID", "1 to 40 characters");
                            }
                        }
                    }
                }
            }
        }
        let body = json!({ "validationMessages": wrong });
        Reply::json(StatusCode::OK, body.to_string())
    }
}

/// Each event with what is said of all of them.
fn read(body: &Value, site: &str) -> Result<Vec<Told>, DropReason> {
    let events = body["events"].as_array().ok_or(DropReason::BadJson)?;
    if events.len() > EVENTS_MAX {
        return Err(DropReason::TooLarge);
    }
    let of_all = Told::read(GA4, body);
    let read = |event: &Value| {
        let mut told = told(event);
        told.set(Field::Site, site);
        for field in [
            Field::Visitor,
            Field::User,
            Field::At,
            Field::Address,
            Field::Agent,
        ] {
            if told.get(field).is_empty() {
                told.set(field, of_all.get(field));
            }
        }
        if let Ok(micros) = told.get(Field::At).parse::<i64>() {
            told.set(Field::At, (micros / 1_000).to_string());
        }
        told
    };
    Ok(events.iter().map(read).collect())
}

fn told(item: &Value) -> Told {
    let mut told = Told::read(GA4, item);
    let theirs = told.get(Field::Name).to_owned();
    match NAMES.iter().find(|(name, _)| *name == theirs) {
        Some((_, ours)) => told.set(Field::Name, *ours),
        None => told.keep_own_name(),
    }
    // Other events have a value too: it is worth nothing until somebody buys.
    if theirs == PURCHASE {
        let id = match told.get(Field::Id) {
            "" => String::new(),
            id => format!("{PURCHASE}:{id}"),
        };
        told.set(Field::Id, id);
    } else {
        told.set(Field::Amount, "");
        told.set(Field::Id, "");
    }
    let is_own = |name: &str| OWN_FIELDS.contains(&name);
    told.properties.retain(|(name, _)| !is_own(name));
    told
}

fn parameter(request: &Request<'_>, name: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(request.query.as_bytes());
    let found = pairs.find(|(known, _)| known == name);
    found.map_or_else(String::new, |(_, value)| value.into_owned())
}
