//! One settled request as each of those who watch may see it. Nothing is built before one of them
//! has something to see.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base::{SiteId, UnixMillis, WorkspaceId, network_of};
use domain::source::split_url;
use http::{HeaderMap, StatusCode, header};

use super::shown::shown;
use super::trace::{Place, ReadFields, TracedEvent};
use super::{Settled, WatchTie, WatchedEvent, WatchedRequest};
use crate::Request;
use crate::network::client_address;
use crate::snapshot::{Site, Snapshot};

/// Events of a request that somebody sees one by one.
const EVENTS_MAX: usize = 50;
/// Of the ring that it is kept in, so that one request does not take the place of all others.
const REQUEST_BYTES_MAX: usize = super::REQUESTS_BYTES_MAX / 4;
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

/// Who watches a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Viewer {
    pub(super) site: SiteId,
    pub(super) workspace: WorkspaceId,
    pub(super) until: UnixMillis,
    pub(super) takes_nobodys: bool,
}

/// How much of a request somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    /// Nobody knows whose it is: where it went and what became of it.
    Nobodys,
    /// It also speaks of other workspaces: nothing that names what it brought.
    Mixed,
    /// It came too often to be read.
    Limited,
    Whole,
}

/// A request that is told to those who watch.
pub(super) struct Telling<'a> {
    snapshot: &'a Snapshot,
    settled: &'a Settled<'a>,
    events: Vec<(TracedEvent, Place)>,
    /// Events whose owner nobody knows.
    unlisted: u64,
    /// As they are shown, once somebody sees them.
    shown: Vec<Option<WatchedEvent>>,
    /// Requests without their events.
    heads: BTreeMap<Extent, WatchedRequest>,
}

impl Viewer {
    fn sees(&self, place: Place) -> bool {
        match (place.site, place.workspace) {
            (Some(of), _) => of == self.site,
            (None, Some(of)) => of == self.workspace,
            (None, None) => self.takes_nobodys,
        }
    }
}

impl<'a> Telling<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        settled: &'a Settled<'a>,
        events: Vec<TracedEvent>,
        unlisted: u64,
    ) -> Self {
        let placed = events.into_iter().map(|event| {
            let place = place(snapshot, settled, &event);
            (event, place)
        });
        let events: Vec<_> = placed.collect();
        Self {
            snapshot,
            settled,
            unlisted,
            shown: vec![None; events.len()],
            events,
            heads: BTreeMap::new(),
        }
    }

    /// What somebody sees of it, with how many bytes that takes; `None` where it is nothing.
    pub(super) fn to(&mut self, viewer: &Viewer) -> Option<(usize, WatchedRequest)> {
        let events = self.events.iter().enumerate();
        let seen = events.filter(|(_, (_, place))| viewer.sees(*place));
        let seen: Vec<usize> = seen.map(|(index, _)| index).collect();
        if seen.is_empty() {
            return None;
        }
        let (listed, others) = seen.split_at(seen.len().min(EVENTS_MAX));
        let others: u64 = others.iter().map(|index| self.events[*index].0.count).sum();
        let extent = self.extent(viewer, &seen);
        let mut request = WatchedRequest {
            events: listed.iter().map(|index| self.event(*index)).collect(),
            unlisted: self.unlisted + others,
            ..self.head(extent).clone()
        };
        let mut bytes = bytes_of(&request);
        if bytes > REQUEST_BYTES_MAX {
            request
                .events
                .iter_mut()
                .for_each(WatchedEvent::drop_fields);
            bytes = bytes_of(&request);
        }
        Some((bytes, request))
    }

    fn extent(&self, viewer: &Viewer, seen: &[usize]) -> Extent {
        let is_nobodys = |index: &usize| self.events[*index].1.workspace.is_none();
        let is_others = |place: Place| place.workspace.is_some_and(|of| of != viewer.workspace);
        if seen.iter().all(is_nobodys) {
            Extent::Nobodys
        } else if self.unlisted > 0 || self.events.iter().any(|(_, place)| is_others(*place)) {
            Extent::Mixed
        } else if self.is_limited() {
            Extent::Limited
        } else {
            Extent::Whole
        }
    }

    fn event(&mut self, index: usize) -> WatchedEvent {
        let is_limited = self.is_limited();
        let (event, place) = &self.events[index];
        let read = match place.workspace {
            Some(_) if !is_limited => ReadFields::Shown,
            _ => ReadFields::LeftOut,
        };
        let shown = &mut self.shown[index];
        shown
            .get_or_insert_with(|| event.shown(place.tie, read))
            .clone()
    }

    fn is_limited(&self) -> bool {
        self.settled.status == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    fn head(&mut self, extent: Extent) -> &WatchedRequest {
        let (snapshot, settled) = (self.snapshot, self.settled);
        let head = || head_of(snapshot, settled, extent);
        self.heads.entry(extent).or_insert_with(head)
    }
}

fn bytes_of(request: &WatchedRequest) -> usize {
    serde_json::to_vec(request).map_or(0, |json| json.len())
}

/// Whose an event is.
fn place(snapshot: &Snapshot, settled: &Settled<'_>, event: &TracedEvent) -> Place {
    let own = event.site.and_then(|id| snapshot.site(id));
    let guessed = match (own, settled.workspace) {
        (None, None) => guess(snapshot, settled.request, event),
        _ => None,
    };
    let site = own.map(AsRef::as_ref).or(guessed);
    Place {
        site: site.map(|site| site.id),
        workspace: site.map(|site| site.workspace).or(settled.workspace),
        tie: match (own, guessed, settled.workspace) {
            (Some(_), ..) => WatchTie::Site,
            (None, Some(_), _) => WatchTie::Guess,
            (None, None, Some(_)) => WatchTie::Workspace,
            (None, None, None) => WatchTie::Nobody,
        },
    }
}

/// The site that an event without one names, or on whose pages it happened.
fn guess<'s>(
    snapshot: &'s Snapshot,
    request: &Request<'_>,
    event: &TracedEvent,
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
fn head_of(snapshot: &Snapshot, settled: &Settled<'_>, extent: Extent) -> WatchedRequest {
    let request = settled.request;
    let trusted = &snapshot.settings.trusted_proxies;
    let address = client_address(request.peer, request.headers, trusted);
    let query = if extent >= Extent::Limited {
        shown(request.query, TEXT_BYTES_SHOWN)
    } else {
        String::new()
    };
    let body = (extent == Extent::Whole && !request.body.is_empty())
        .then(|| shown(&body_of(request.body), BODY_BYTES_SHOWN));
    WatchedRequest {
        number: 0,
        at: settled.at,
        door: settled.door.name().to_owned(),
        method: request.method.to_string(),
        path: shown(request.path, TEXT_BYTES_SHOWN),
        query,
        headers: match extent {
            Extent::Nobodys => Vec::new(),
            Extent::Mixed | Extent::Limited | Extent::Whole => headers_of(request.headers),
        },
        network: network_of(address),
        body,
        body_bytes: u64::try_from(request.body.len()).unwrap_or(u64::MAX),
        status: settled.status.map(|status| status.as_u16()),
        events: Vec::new(),
        unlisted: 0,
    }
}

/// As much of a body as is looked at, also of one that is no text.
fn body_of(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(&body[..body.len().min(2 * BODY_BYTES_SHOWN)])
}

fn headers_of(headers: &HeaderMap) -> Vec<(String, String)> {
    let value_of = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let told = HEADERS_SHOWN.iter().filter_map(|name| {
        let value = shown(value_of(name)?, TEXT_BYTES_SHOWN);
        Some(((*name).to_owned(), value))
    });
    let key = value_of("authorization").map(|value| {
        let scheme = value.split(' ').next().unwrap_or_default();
        let is_known = ["bearer", "basic"].contains(&&*scheme.to_ascii_lowercase());
        let shown = match is_known {
            true => format!("{scheme} …"),
            false => "…".to_owned(),
        };
        ("authorization".to_owned(), shown)
    });
    told.chain(key).collect()
}
