//! Requests of sites that somebody watches: the last ones, and every decision taken of them.
//!
//! Nothing is noted while nobody watches: a request then looks at one number. What is noted stays
//! in memory, bounded, until the watching ends.

mod shown;
mod trace;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base::{SiteId, UnixMillis, WorkspaceId, network_of};
use domain::source::split_url;
use http::{HeaderMap, Method, StatusCode, header};
use serde::{Deserialize, Serialize};

use self::shown::{shown, shown_secret};
pub(crate) use self::trace::Trace;
pub use self::trace::{WatchTie, WatchedEnd, WatchedEvent};
use crate::network::client_address;
use crate::snapshot::{Site, Snapshot};
use crate::{IntakeDoor, Request};

/// Sites of a node that are watched at once.
pub const WATCHED_SITES_MAX: usize = 32;
/// For so long a site is watched at most, unless somebody asks again.
pub const WATCH_MS_MAX: i64 = 60 * 60 * 1_000;
/// Requests of a site that are kept.
const REQUESTS_MAX: usize = 200;
/// What they take at most.
const REQUESTS_BYTES_MAX: usize = 1 << 20;
const BODY_BYTES_SHOWN: usize = 4_096;
const TEXT_BYTES_SHOWN: usize = 1_000;
/// Headers that decide something, or help to find out who sent a request.
const HEADERS_SHOWN: [&str; 11] = [
    "host",
    "origin",
    "referer",
    "user-agent",
    "content-type",
    "dnt",
    "sec-gpc",
    "sec-fetch-site",
    "sec-purpose",
    "purpose",
    "x-purpose",
];

/// Who is watched, and what came.
#[derive(Debug, Default)]
pub struct IntakeWatch {
    /// When the last watching ends; zero while nobody watches.
    until: AtomicI64,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Told apart from those of an earlier start.
    run: i64,
    /// Requests that were kept since the start.
    count: u64,
    sites: HashMap<SiteId, Ring>,
}

#[derive(Debug)]
struct Ring {
    workspace: WorkspaceId,
    until: UnixMillis,
    takes_nobodys: bool,
    requests: VecDeque<(usize, WatchedRequest)>,
    bytes: usize,
}

/// One request of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedRequest {
    /// Tells it from the others of this process.
    pub number: u64,
    pub at: UnixMillis,
    pub door: String,
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    /// The sender's network.
    pub network: String,
    /// Its begin; nothing where it also speaks of other workspaces.
    pub body: Option<String>,
    pub body_bytes: u64,
    /// Of the answer; nothing where the sender did not wait for it.
    pub status: Option<u16>,
    pub events: Vec<WatchedEvent>,
    /// Events that are not listed.
    pub unlisted: u64,
}

/// What a node is asked, or told to do, about a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchOrder {
    pub site: SiteId,
    pub workspace: WorkspaceId,
    pub turn: Option<WatchTurn>,
    /// Only what came behind this place: the run and the number of its requests.
    pub since: Option<(i64, u64)>,
}

/// Watching begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchTurn {
    On {
        for_ms: i64,
        /// Also what nobody knows the owner of.
        takes_nobodys: bool,
    },
    Off,
}

/// What a node has of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchAnswer {
    pub until: Option<UnixMillis>,
    /// To go on from.
    pub next: (i64, u64),
    /// The oldest first.
    pub requests: Vec<WatchedRequest>,
    /// So many sites are watched already that this one is not.
    pub is_full: bool,
}

/// A request that was answered, or whose sender is gone.
pub(crate) struct Settled<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) door: IntakeDoor,
    pub(crate) at: UnixMillis,
    pub(crate) status: Option<StatusCode>,
    /// Whose it is, where a key or link says so.
    pub(crate) workspace: Option<WorkspaceId>,
}

impl IntakeWatch {
    /// Whether anybody watches anything.
    pub(crate) fn is_on(&self, now: UnixMillis) -> bool {
        now.0 < self.until.load(Ordering::Relaxed)
    }

    /// Lets go of what nobody watches any more. To be called now and then.
    pub fn forget(&self, now: UnixMillis) {
        if self.until.load(Ordering::Relaxed) != 0 {
            let mut kept = self.kept();
            kept.sites.retain(|_, ring| now < ring.until);
            self.note_until(&kept);
        }
    }

    /// Does what is asked, and tells what there is.
    pub fn answer(&self, order: &WatchOrder, now: UnixMillis) -> WatchAnswer {
        let mut kept = self.kept();
        kept.sites.retain(|_, ring| now < ring.until);
        let is_full = match order.turn {
            Some(WatchTurn::On {
                for_ms,
                takes_nobodys,
            }) => {
                let until = now.plus_ms(for_ms.clamp(0, WATCH_MS_MAX));
                !kept.begin(order, until, takes_nobodys, now)
            }
            Some(WatchTurn::Off) => {
                kept.sites.remove(&order.site);
                false
            }
            None => false,
        };
        self.note_until(&kept);
        let known = order.since.filter(|(run, _)| *run == kept.run);
        let known = known.map_or(0, |(_, number)| number);
        let own = |ring: &&Ring| ring.workspace == order.workspace;
        let ring = kept.sites.get(&order.site).filter(own);
        let requests = ring.into_iter().flat_map(|ring| &ring.requests);
        let fresh = requests.filter(|(_, request)| request.number >= known);
        WatchAnswer {
            until: ring.map(|ring| ring.until),
            next: (kept.run, kept.count),
            requests: fresh.map(|(_, request)| request.clone()).collect(),
            is_full,
        }
    }

    /// Keeps a request for whoever watches what it brought something for.
    pub(crate) fn keep(&self, snapshot: &Snapshot, settled: &Settled<'_>, mut trace: Trace) {
        if trace.events.is_empty() {
            if settled.request.method == Method::OPTIONS {
                return;
            }
            let end = match settled.status {
                Some(_) => WatchedEnd::Answered,
                None => WatchedEnd::Open,
            };
            trace.events.push(WatchedEvent::of(None, 1, end));
        }
        let placed: Vec<(WatchedEvent, Place)> = trace
            .events
            .drain(..)
            .map(|event| place(snapshot, settled, event))
            .collect();
        let mut kept = self.kept();
        let mut told = None;
        let number = kept.count;
        for (site, ring) in &mut kept.sites {
            let seen = |place: &Place| ring.sees(*site, *place);
            let events = placed.iter().filter(|(_, place)| seen(place));
            let events: Vec<WatchedEvent> = events.map(|(event, _)| event.clone()).collect();
            if events.is_empty() {
                continue;
            }
            let shared = told.get_or_insert_with(|| request_of(snapshot, settled));
            let is_mixed = placed
                .iter()
                .any(|(_, place)| place.workspace.is_some_and(|one| one != ring.workspace));
            ring.push(WatchedRequest {
                number,
                body: shared.body.clone().filter(|_| !is_mixed),
                query: if is_mixed {
                    String::new()
                } else {
                    shared.query.clone()
                },
                events,
                unlisted: trace.unlisted,
                ..shared.clone()
            });
        }
        if told.is_some() {
            kept.count += 1;
        }
    }

    fn note_until(&self, kept: &Kept) {
        let until = kept.sites.values().map(|ring| ring.until.0).max();
        self.until
            .store(until.unwrap_or_default(), Ordering::Relaxed);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Watches a site, or for longer; not where too many are watched.
    fn begin(
        &mut self,
        order: &WatchOrder,
        until: UnixMillis,
        takes_nobodys: bool,
        now: UnixMillis,
    ) -> bool {
        if self.run == 0 {
            self.run = now.0;
        }
        let has_room = self.sites.len() < WATCHED_SITES_MAX;
        match self.sites.get_mut(&order.site) {
            Some(ring) => ring.until = until,
            None if has_room => {
                let ring = Ring {
                    workspace: order.workspace,
                    until,
                    takes_nobodys,
                    requests: VecDeque::new(),
                    bytes: 0,
                };
                self.sites.insert(order.site, ring);
            }
            None => return false,
        }
        true
    }
}

/// Whose an event is, as far as that can be told.
#[derive(Debug, Clone, Copy)]
struct Place {
    site: Option<SiteId>,
    workspace: Option<WorkspaceId>,
}

impl Ring {
    fn sees(&self, site: SiteId, place: Place) -> bool {
        match (place.site, place.workspace) {
            (Some(of), _) => of == site,
            (None, Some(of)) => of == self.workspace,
            (None, None) => self.takes_nobodys,
        }
    }

    fn push(&mut self, request: WatchedRequest) {
        let bytes = serde_json::to_vec(&request).map_or(0, |json| json.len());
        self.bytes += bytes;
        self.requests.push_back((bytes, request));
        while self.requests.len() > REQUESTS_MAX || self.bytes > REQUESTS_BYTES_MAX {
            let Some((bytes, _)) = self.requests.pop_front() else {
                return;
            };
            self.bytes -= bytes;
        }
    }
}

/// An event with whose it is.
fn place(
    snapshot: &Snapshot,
    settled: &Settled<'_>,
    mut event: WatchedEvent,
) -> (WatchedEvent, Place) {
    let own = event.site.and_then(|id| snapshot.site(id));
    let guessed = match (own, settled.workspace) {
        (None, None) => guess(snapshot, settled.request, &event),
        _ => None,
    };
    event.tie = match (own, guessed, settled.workspace) {
        (Some(_), ..) => WatchTie::Site,
        (None, Some(_), _) => WatchTie::Guess,
        (None, None, Some(_)) => WatchTie::Workspace,
        (None, None, None) => WatchTie::Nobody,
    };
    let site = own.map(AsRef::as_ref).or(guessed);
    let place = Place {
        site: site.map(|site| site.id),
        workspace: site.map(|site| site.workspace).or(settled.workspace),
    };
    (event, place)
}

/// The site that an event without one names, or on whose pages it happened.
fn guess<'s>(
    snapshot: &'s Snapshot,
    request: &Request<'_>,
    event: &WatchedEvent,
) -> Option<&'s Site> {
    let by_host = |host: &str| snapshot.site_by_host(host);
    let by_address = |address: &str| by_host(&split_url(address)?.host);
    let found = snapshot
        .site_by_key(event.read("key"))
        .or_else(|| by_host(event.read("domain")))
        .or_else(|| by_address(event.read("url")))
        .or_else(|| by_address(request.header(&header::ORIGIN)))
        .or_else(|| by_address(request.header(&header::REFERER)));
    found.map(AsRef::as_ref)
}

/// A request as it is shown, without its events.
fn request_of(snapshot: &Snapshot, settled: &Settled<'_>) -> WatchedRequest {
    let request = settled.request;
    let trusted = &snapshot.settings.trusted_proxies;
    let address = client_address(request.peer, request.headers, trusted);
    let body = String::from_utf8_lossy(request.body);
    WatchedRequest {
        number: 0,
        at: settled.at,
        door: settled.door.name().to_owned(),
        method: request.method.to_string(),
        path: shown(request.path, TEXT_BYTES_SHOWN),
        query: shown(request.query, TEXT_BYTES_SHOWN),
        headers: headers_of(request.headers),
        network: network_of(address),
        body: Some(shown(&body, BODY_BYTES_SHOWN)).filter(|body| !body.is_empty()),
        body_bytes: u64::try_from(request.body.len()).unwrap_or(u64::MAX),
        status: settled.status.map(|status| status.as_u16()),
        events: Vec::new(),
        unlisted: 0,
    }
}

fn headers_of(headers: &HeaderMap) -> Vec<(String, String)> {
    let value_of = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let told = HEADERS_SHOWN.iter().filter_map(|name| {
        let value = shown(value_of(name)?, TEXT_BYTES_SHOWN);
        Some(((*name).to_owned(), value))
    });
    let key = value_of("authorization").map(|value| {
        let (scheme, secret) = value.split_once(' ').unwrap_or(("", value));
        let shown = match scheme.eq_ignore_ascii_case("bearer") {
            true => shown_secret(secret.trim()),
            false => "…".to_owned(),
        };
        ("authorization".to_owned(), format!("{scheme} {shown}"))
    });
    told.chain(key).collect()
}
