//! `POST /api/event`: the tracker of Plausible, and whatever speaks as it does.

use base::UnixMillis;
use http::{HeaderName, StatusCode, header};
use serde_json::Value;

use super::table::{Field, PLAUSIBLE, Told};
use super::{Batch, ENGAGEMENT, Outcomes, PAGE_VIEW, Repeats};
use crate::{Collector, DropReason, Reply, Request, Sink};

const DROPPED: HeaderName = HeaderName::from_static("x-plausible-dropped");
/// A page that belongs to several sites counts on each; more than a few is no page.
const SITES_MAX: usize = 5;
/// The tracker's own names, ours, and the property that says where it led.
const NAMES: [(&str, &str, &str); 3] = [
    ("Outbound Link: Click", "outbound", "url"),
    ("File Download", "download", "url"),
    ("Form: Submission", "form", "path"),
];

impl<S: Sink> Collector<S> {
    pub(super) async fn plausible_event(&self, request: &Request<'_>, now: UnixMillis) -> Reply {
        let item = match self.client_json(request) {
            Ok(item @ Value::Object(_)) => item,
            Ok(_) => {
                self.drop_event(request.tally, None, DropReason::BadJson);
                return unread(DropReason::BadJson);
            }
            Err(reason) => return unread(reason),
        };
        let told = read(&item);
        request.tally.bring(told.len());
        let batch = Batch { told, key: None };
        let mut outcomes = match self.take_told(request, batch, now).await {
            Ok(outcomes) => outcomes,
            Err(reply) => return reply,
        };
        outcomes
            .refused(Repeats::CountAgain)
            .unwrap_or_else(|| answer(&outcomes))
    }
}

/// The event once for each site that it names.
fn read(item: &Value) -> Vec<Told> {
    let mut told = Told::read(PLAUSIBLE, item);
    let named = NAMES
        .iter()
        .find(|(theirs, ..)| *theirs == told.get(Field::Name));
    match named {
        Some((_, ours, property)) => {
            let link = told.take_property(property).unwrap_or_default();
            told.set(Field::Name, *ours);
            told.set(Field::Link, link);
        }
        None if [PAGE_VIEW, ENGAGEMENT].contains(&told.get(Field::Name)) => {}
        None => told.keep_own_name(),
    }
    let sites = told.get(Field::Site).to_owned();
    let each = |site: &str| {
        let mut one = told.clone();
        one.set(Field::Site, site.trim());
        one
    };
    sites.split(',').take(SITES_MAX).map(each).collect()
}

fn answer(outcomes: &Outcomes) -> Reply {
    let reply = outcomes.on(Reply::new(StatusCode::ACCEPTED)
        .with_static(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .with_body("ok".into()));
    match outcomes.stored() {
        0 => reply.with_static(DROPPED, "1"),
        _ => reply,
    }
}

fn unread(reason: DropReason) -> Reply {
    let body = serde_json::json!({"errors": {"body": [reason.name()]}});
    super::not_kept(
        Reply::json(StatusCode::BAD_REQUEST, body.to_string()),
        reason,
    )
}
