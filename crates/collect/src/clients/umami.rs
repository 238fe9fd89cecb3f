//! `POST /api/send` and `/api/batch`: the clients of Umami.

use base::UnixMillis;
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::table::{Field, Told, UMAMI};
use super::{Batch, Outcome, PAGE_VIEW, Repeats};
use crate::{Collector, DropReason, Reply, Request, Sink};

const BATCH: &str = "/api/batch";
/// Most events of a batch.
const EVENTS_MAX: usize = 1_000;

impl<S: Sink> Collector<S> {
    pub(super) async fn umami_event(&self, request: &Request<'_>, now: UnixMillis) -> Reply {
        let items = match self.client_json(request) {
            Ok(Value::Array(items)) if request.path == BATCH => items,
            Ok(item @ Value::Object(_)) if request.path != BATCH => vec![item],
            Ok(_) => {
                self.drop_event(request.tally, None, DropReason::BadJson);
                return unread(DropReason::BadJson);
            }
            Err(reason) => return unread(reason),
        };
        if items.len() > EVENTS_MAX {
            self.drop_event(request.tally, None, DropReason::TooLarge);
            return unread(DropReason::TooLarge);
        }
        request.tally.bring(items.len());
        let told: Vec<Told> = items.iter().filter_map(read).collect();
        let left_out = self.leave_out(request, items.len() - told.len());
        let bearer = request.header(&header::AUTHORIZATION);
        let secret = bearer.strip_prefix("Bearer ").unwrap_or_default().trim();
        let key = self.key_of(secret, now);
        if key.is_none() && !secret.is_empty() {
            let reason = DropReason::Unauthorised;
            self.drop_events(request.tally, None, reason, told.len());
            let refused = Reply::new(StatusCode::UNAUTHORIZED);
            return super::not_kept(refused, reason);
        }
        let batch = Batch { told, key };
        let mut outcomes = match self.take_told(request, batch, now).await {
            Ok(outcomes) => outcomes,
            Err(reply) => return reply,
        };
        if let Some(reply) = outcomes.refused(Repeats::CountAgain) {
            return reply;
        }
        outcomes.left_out = left_out;
        let unknown = DropReason::UnknownSite.name();
        let is_unknown = |item: &Outcome| matches!(item, Outcome::Dropped(why) if why == unknown);
        let reply = match request.path {
            BATCH => Reply::json(StatusCode::OK, told_of_all(items.len(), outcomes.stored())),
            _ if outcomes.items.iter().any(is_unknown) => unknown_website(),
            _ if outcomes.why() == Some(DropReason::Bot.name()) => {
                Reply::json(StatusCode::OK, r#"{"beep":"boop"}"#)
            }
            _ => Reply::json(StatusCode::OK, session(outcomes.visit())),
        };
        outcomes.on(reply)
    }
}

/// `None` for what says nothing that is kept: who somebody is, how fast a page was.
fn read(item: &Value) -> Option<Told> {
    let kind = item.get("type").and_then(Value::as_str).unwrap_or_default();
    if !matches!(kind, "" | "event") {
        return None;
    }
    let mut told = Told::read(UMAMI, item.get("payload")?);
    if told.get(Field::Name).is_empty() {
        told.set(Field::Name, PAGE_VIEW);
    } else {
        told.keep_own_name();
    }
    let page = told.get(Field::Page);
    let is_whole = page.starts_with("http://") || page.starts_with("https://");
    if !is_whole && !told.get(Field::Host).is_empty() {
        let slash = if page.starts_with('/') { "" } else { "/" };
        let page = format!("https://{}{slash}{page}", told.get(Field::Host));
        told.set(Field::Page, page);
    }
    // Their time is in seconds.
    if let Ok(seconds) = told.get(Field::At).parse::<i64>() {
        told.set(Field::At, seconds.saturating_mul(1_000).to_string());
    }
    Some(told)
}

/// What the client sends back with its next event; the server needs none of it.
fn session(visit: &str) -> String {
    json!({"cache": "", "sessionId": visit, "visitId": visit}).to_string()
}

fn told_of_all(sent: usize, stored: usize) -> String {
    json!({"size": sent, "processed": stored, "errors": sent - stored, "details": [], "cache": ""})
        .to_string()
}

fn unknown_website() -> Reply {
    let body =
        json!({"error": {"message": "Website not found.", "code": "bad-request", "status": 400}});
    Reply::json(StatusCode::BAD_REQUEST, body.to_string())
}

fn unread(reason: DropReason) -> Reply {
    let body = json!({"error": {"message": reason.name(), "code": "bad-request", "status": 400}});
    let reply = Reply::json(StatusCode::BAD_REQUEST, body.to_string());
    super::not_kept(reply, reason)
}
