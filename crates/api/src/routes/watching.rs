//! Why is my event not there: the last requests of a site, with every decision taken of them.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;

use app::{Actor, Permission, WatchedSite};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use base::{SiteId, UnixMillis};
use collect::{WATCHED_SITES_MAX, WatchTie, WatchTurn, WatchedEnd, WatchedEvent, WatchedRequest};
use futures_util::Stream;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::time::MissedTickBehavior;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::routes::reports::{STREAM_LASTS, TELL_INTERVAL};
use crate::state::{ApiState, NodeWatch, WatchCall};
use crate::words::{IntakeDoor, NodeWatchState, WatchEnd, WatchTieWord};

/// For so long a site is watched at most, unless somebody asks again.
const MINUTES_MAX: i64 = collect::WATCH_MS_MAX / 60_000;
/// Longer runs of digits may be somebody's number.
const DIGITS_SHOWN: usize = 6;
/// What stands between the digits of a number, also as it is in addresses.
const BETWEEN_DIGITS: [&str; 13] = [
    " ", "-", "(", ")", ".", "+", "%20", "%2d", "%2D", "%28", "%29", "%2b", "%2B",
];
/// Requests whose facts are waited for: more than a node keeps of a site.
const UNLOADED_MAX: usize = 400;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_requests))
        .routes(routes!(follow_requests))
        .routes(routes!(watch_site))
}

/// The last requests of a site. They are kept in memory while it is watched, and nowhere else.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct SiteRequests {
    /// Until when the site is watched; `null` while it is not.
    #[schema(required)]
    until: Option<String>,
    /// The newest first.
    requests: Vec<SeenRequest>,
    /// Every node that takes something in.
    nodes: Vec<WatchingNode>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct WatchingNode {
    name: String,
    #[schema(value_type = NodeWatchState)]
    state: &'static str,
}

/// A request, without secrets, addresses of people and the last part of the sender's own.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct SeenRequest {
    id: String,
    at: String,
    #[schema(value_type = IntakeDoor)]
    door: String,
    node: String,
    method: String,
    path: String,
    query: String,
    /// Those that decide something, or help to find the sender.
    headers: Vec<SeenField>,
    /// The sender's network.
    #[schema(example = "203.0.113.0/24")]
    network: String,
    /// Its begin; `null` where there is none, or where it also speaks of other workspaces.
    #[schema(required)]
    body: Option<String>,
    body_bytes: u64,
    /// Of the answer; `null` where the sender did not wait for it.
    #[schema(required)]
    status: Option<u16>,
    events: Vec<SeenEvent>,
    /// Further events, which are not listed.
    unlisted: u64,
}

/// One event of a request, or so many that share their fate.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct SeenEvent {
    #[schema(required)]
    site: Option<i64>,
    /// Why it is shown with this site.
    #[schema(value_type = WatchTieWord)]
    tie: &'static str,
    count: u64,
    /// Fields as they were read.
    read: Vec<SeenField>,
    /// What was decided on the way.
    decisions: Vec<SeenField>,
    /// Fields of the fact that was made of it.
    fact: Vec<SeenField>,
    #[schema(value_type = WatchEnd)]
    end: &'static str,
    #[schema(required)]
    fact_id: Option<String>,
    /// When reports could count it; `null` where it is not seen loading yet.
    #[schema(required)]
    loaded_at: Option<String>,
    /// Why it was dropped.
    #[schema(required)]
    reason: Option<String>,
    /// The field to mend.
    #[schema(required)]
    field: Option<String>,
    #[schema(required)]
    detail: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct SeenField {
    name: String,
    value: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WatchBody {
    /// For how long from now, at most 60; 0 ends it, and what was kept is gone.
    #[schema(minimum = 0, maximum = 60, example = 30)]
    minutes: i64,
}

/// The last requests of a site that is watched, with what became of each.
#[utoipa::path(get, path = "/sites/{id}/requests", params(("id" = i64, Path)), responses(
    (status = 200, body = SiteRequests), (status = "default", body = Problem)))]
async fn show_requests(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<axum::Json<SiteRequests>> {
    let site = state.app.look_at_requests(&actor, SiteId(id)).await?;
    let mut reader = Reader::new(&state, &actor, site);
    Ok(axum::Json(reader.ask(None).await?))
}

/// Server-sent events: `requests` with what came, or was loaded, since the one before.
#[utoipa::path(get, path = "/sites/{id}/requests/live", params(("id" = i64, Path)), responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = "default", body = Problem)))]
async fn follow_requests(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let site = state.app.look_at_requests(&actor, SiteId(id)).await?;
    let reader = Reader::new(&state, &actor, site);
    let mut tick = tokio::time::interval(TELL_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = tokio::time::Instant::now() + STREAM_LASTS;
    let begin = (reader, tick, None);
    let stream = futures_util::stream::unfold(begin, move |(mut reader, mut tick, mut told)| {
        let (state, actor) = (state.clone(), actor.clone());
        async move {
            loop {
                tokio::select! {
                    () = state.live.stopped() => return None,
                    () = tokio::time::sleep_until(end) => return None,
                    _ = tick.tick() => {}
                }
                // Whoever watches is still who they were; a store that is away says nothing of it.
                let stands = state.app.still_stands(&actor);
                let stands = tokio::time::timeout(TELL_INTERVAL, stands).await;
                if matches!(stands, Ok(Ok(false))) {
                    return None;
                }
                let found = reader.ask(None).await.ok()?;
                let now = (found.until.clone(), found.nodes.clone());
                if found.requests.is_empty() && told.as_ref() == Some(&now) {
                    continue;
                }
                told = Some(now);
                let data = serde_json::to_string(&found).ok()?;
                let event = Event::default().event("requests").data(data);
                return Some((Ok(event), (reader, tick, told)));
            }
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

/// Begin to watch what comes in for a site, for longer, or not at all.
#[utoipa::path(put, path = "/sites/{id}/watch", request_body = WatchBody,
    params(("id" = i64, Path)), responses(
    (status = 200, body = SiteRequests), (status = "default", body = Problem)))]
async fn watch_site(
    State(state): State<ApiState>,
    Caller(actor): Caller,
    Path(id): Path<i64>,
    Json(body): Json<WatchBody>,
) -> ApiResult<axum::Json<SiteRequests>> {
    if !(0..=MINUTES_MAX).contains(&body.minutes) {
        let detail = format!("minutes is between 0 and {MINUTES_MAX}");
        return Err(app::AppError::invalid("minutes", "out_of_range", detail).into());
    }
    let site = state
        .app
        .note_watch(&actor, SiteId(id), body.minutes)
        .await?;
    let turn = match body.minutes {
        0 => WatchTurn::Off,
        minutes => WatchTurn::On {
            for_ms: minutes * 60_000,
            takes_nobodys: site.takes_nobodys,
        },
    };
    let mut reader = Reader::new(&state, &actor, site);
    Ok(axum::Json(reader.ask(Some(turn)).await?))
}

/// Somebody who looks at a site's requests.
struct Reader {
    state: ApiState,
    site: WatchedSite,
    sees_contacts: bool,
    since: BTreeMap<String, (i64, u64)>,
    /// Requests with facts that were not loaded when they were told.
    unloaded: VecDeque<(String, WatchedRequest)>,
}

impl Reader {
    fn new(state: &ApiState, actor: &Actor, site: WatchedSite) -> Self {
        state.live.note_loaded();
        Self {
            state: state.clone(),
            site,
            sees_contacts: actor.require(Permission::SeeContacts).is_ok(),
            since: BTreeMap::new(),
            unloaded: VecDeque::new(),
        }
    }

    /// What came or was loaded since the last time, of all nodes.
    async fn ask(&mut self, turn: Option<WatchTurn>) -> Result<SiteRequests, Problem> {
        let call = WatchCall {
            site: self.site,
            turn,
            since: self.since.clone(),
        };
        let said = (self.state.watcher)(call).await;
        let answers = || said.iter().filter_map(|node| node.answer.as_ref());
        if turn.is_some() && answers().any(|answer| answer.is_full) {
            let detail = format!("{WATCHED_SITES_MAX} sites are watched already; try again later");
            let code = "too_many_watched";
            return Err(Problem::new(StatusCode::CONFLICT, code, detail));
        }
        let until = answers().filter_map(|answer| answer.until).max();
        let is_known = !said.is_empty() && said.iter().all(|node| node.answer.is_some());
        if until.is_none() && is_known {
            // Nobody watches any more: what was kept is gone.
            self.unloaded.clear();
        }
        let nodes = said.iter().map(WatchingNode::of).collect();
        let mut requests = self.loaded_since();
        for NodeWatch { node, answer } in said {
            let Some(answer) = answer else { continue };
            self.since.insert(node.clone(), answer.next);
            for request in answer.requests {
                let id = format!("{node}-{}-{}", answer.next.0, request.number);
                requests.push((place_of(&request), self.shape(&id, &node, &request)));
                if self.waits(&request) {
                    self.unloaded.push_back((id, request));
                }
            }
        }
        keep_newest(&mut self.unloaded);
        requests.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        Ok(SiteRequests {
            until: until.map(UnixMillis::rfc3339),
            requests: requests.into_iter().map(|(_, request)| request).collect(),
            nodes,
        })
    }

    /// Requests whose last fact was loaded meanwhile.
    fn loaded_since(&mut self) -> Vec<(Place, SeenRequest)> {
        let now = self.state.live.clock_says();
        let mut known = std::mem::take(&mut self.unloaded);
        known.retain(|(_, one)| now.since_ms(one.at) < collect::WATCH_MS_MAX);
        let (waiting, loaded): (VecDeque<_>, VecDeque<_>) =
            known.into_iter().partition(|(_, one)| self.waits(one));
        self.unloaded = waiting;
        let shaped = loaded.iter().map(|(id, one)| {
            let node = id.rsplitn(3, '-').nth(2).unwrap_or_default();
            (place_of(one), self.shape(id, node, one))
        });
        shaped.collect()
    }

    fn waits(&self, request: &WatchedRequest) -> bool {
        let mut facts = request.events.iter().filter_map(fact_of);
        facts.any(|fact| self.loaded_at(fact).is_none())
    }

    fn loaded_at(&self, fact: &str) -> Option<UnixMillis> {
        self.state.live.loaded_at(fact.parse().ok()?)
    }

    fn shape(&self, id: &str, node: &str, request: &WatchedRequest) -> SeenRequest {
        SeenRequest {
            id: id.to_owned(),
            at: request.at.rfc3339(),
            door: request.door.clone(),
            node: node.to_owned(),
            method: request.method.clone(),
            path: self.told(&request.path),
            query: self.told(&request.query),
            headers: self.fields(&request.headers),
            network: request.network.clone(),
            body: request.body.as_deref().map(|body| self.told(body)),
            body_bytes: request.body_bytes,
            status: request.status,
            events: request.events.iter().map(|one| self.event(one)).collect(),
            unlisted: request.unlisted,
        }
    }

    fn event(&self, event: &WatchedEvent) -> SeenEvent {
        let (end, reason, field, detail) = match &event.end {
            WatchedEnd::Open => ("open", None, None, None),
            WatchedEnd::Answered => ("answered", None, None, None),
            WatchedEnd::Stored { .. } => ("stored", None, None, None),
            WatchedEnd::Dropped {
                reason,
                field,
                detail,
            } => ("dropped", Some(reason), field.as_ref(), Some(detail)),
        };
        let fact = fact_of(event);
        SeenEvent {
            site: event.site.map(|site| site.0),
            tie: match event.tie {
                WatchTie::Site => "site",
                WatchTie::Guess => "guess",
                WatchTie::Workspace => "workspace",
                WatchTie::Nobody => "nobody",
            },
            count: event.count,
            read: self.fields(&event.read),
            decisions: self.fields(&event.decisions),
            fact: self.fields(&event.fact),
            end,
            fact_id: fact.map(ToOwned::to_owned),
            loaded_at: fact
                .and_then(|id| self.loaded_at(id))
                .map(UnixMillis::rfc3339),
            reason: reason.cloned(),
            field: field.cloned(),
            detail: detail.cloned().filter(|detail| !detail.is_empty()),
        }
    }

    fn fields(&self, fields: &[(String, String)]) -> Vec<SeenField> {
        let shown = fields.iter().map(|(name, value)| SeenField {
            name: name.clone(),
            value: match name.as_str() {
                "at" | "id" | "visit_id" | "user-agent" => value.clone(),
                _ => self.told(value),
            },
        });
        shown.collect()
    }

    /// A text as this reader may see it.
    fn told(&self, text: &str) -> String {
        match self.sees_contacts {
            true => text.to_owned(),
            false => without_numbers(text),
        }
    }
}

/// When a request came, and its number: of one moment the one that was answered later is newer.
type Place = (UnixMillis, u64);

fn place_of(request: &WatchedRequest) -> Place {
    (request.at, request.number)
}

/// Lets go of what waits the longest where more wait than are remembered.
fn keep_newest<T>(unloaded: &mut VecDeque<T>) {
    let too_many = unloaded.len().saturating_sub(UNLOADED_MAX);
    unloaded.drain(..too_many);
}

impl WatchingNode {
    fn of(said: &NodeWatch) -> Self {
        Self {
            name: said.node.clone(),
            state: match &said.answer {
                None => "away",
                Some(answer) if answer.until.is_some() => "watching",
                Some(_) => "off",
            },
        }
    }
}

fn fact_of(event: &WatchedEvent) -> Option<&str> {
    match &event.end {
        WatchedEnd::Stored { fact } => Some(fact),
        WatchedEnd::Open | WatchedEnd::Answered | WatchedEnd::Dropped { .. } => None,
    }
}

/// A text whose long numbers are hidden, which may be somebody's, however they are written.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, number) = rest.split_at(begin);
        let (digits, length) = number_at(number);
        out.push_str(before);
        out.push_str(match digits > DIGITS_SHOWN {
            true => "…",
            false => &number[..length],
        });
        rest = &number[length..];
    }
    out.push_str(rest);
    out
}

/// How many digits a text begins with, and where the last one ends.
fn number_at(text: &str) -> (usize, usize) {
    let (mut digits, mut end) = (0, 0);
    let mut rest = text;
    loop {
        // An encoded mark begins with a percent sign, so its digits are not taken for the number's.
        if let Some(behind) = rest.strip_prefix(|letter: char| letter.is_ascii_digit()) {
            (digits, rest) = (digits + 1, behind);
            end = text.len() - rest.len();
        } else if let Some(behind) = BETWEEN_DIGITS
            .iter()
            .find_map(|mark| rest.strip_prefix(*mark))
        {
            rest = behind;
        } else {
            return (digits, end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_requests_that_wait_for_their_facts_the_newest_are_kept() {
        let mut waiting: VecDeque<usize> = (0..UNLOADED_MAX).collect();
        keep_newest(&mut waiting);
        assert_eq!(waiting.len(), UNLOADED_MAX);
        waiting.extend([UNLOADED_MAX, UNLOADED_MAX + 1]);
        keep_newest(&mut waiting);
        assert_eq!(waiting.len(), UNLOADED_MAX);
        assert_eq!((waiting[0], waiting[1]), (2, 3));
    }

    #[test]
    fn long_numbers_are_hidden_from_who_sees_no_contacts() {
        let told = without_numbers("tel=+48600700800&n=123456 a");
        assert_eq!(told, "tel=+…&n=123456 a");
        assert_eq!(without_numbers("1234567"), "…");
        assert_eq!(without_numbers("+48 (600) 700-800, 12"), "+…, 12");
        assert_eq!(without_numbers("600.700.800 and 12.5"), "… and 12.5");
        assert_eq!(without_numbers("t=%2B48%20600%20700&n=1"), "t=%2B…&n=1");
        assert_eq!(without_numbers("12 - a, 34 -"), "12 - a, 34 -");
    }
}
