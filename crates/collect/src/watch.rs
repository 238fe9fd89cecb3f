//! Requests of sites that somebody watches: the last ones, and every decision taken of them.
//!
//! Nothing is noted while nobody watches: a request then looks at one number. What is noted stays
//! in memory, bounded, until the watching ends, and for an hour at most.

mod shown;
mod telling;
mod trace;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::{SiteId, UnixMillis, WorkspaceId};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

pub(crate) use self::shown::is_secret;
use self::telling::{Telling, Viewer};
pub(crate) use self::trace::Trace;
use self::trace::TracedEvent;
pub use self::trace::{WatchTie, WatchedEnd, WatchedEvent};
use crate::snapshot::Snapshot;
use crate::{IntakeDoor, Request};

/// Sites of a node that are watched at once. Of one workspace at most as many as are left.
pub const WATCHED_SITES_MAX: usize = 32;
/// For so long a site is watched at most, unless somebody asks again, and a request is kept.
pub const WATCH_MS_MAX: i64 = 60 * 60 * 1_000;
/// Requests of a site that are kept.
const REQUESTS_MAX: usize = 200;
/// What they take at most.
const REQUESTS_BYTES_MAX: usize = 1 << 20;

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
    viewer: Viewer,
    requests: VecDeque<KeptRequest>,
    bytes: usize,
}

#[derive(Debug)]
struct KeptRequest {
    at: UnixMillis,
    bytes: usize,
    request: Arc<WatchedRequest>,
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
    /// Its begin; nothing where it also speaks of other workspaces, or nobody knows whose it is.
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

    /// Lets go of what nobody watches any more, and of what is too old. To be called now and then.
    pub fn forget(&self, now: UnixMillis) {
        if self.until.load(Ordering::Relaxed) != 0 {
            let mut kept = self.kept();
            kept.forget(now);
            self.note_until(&kept);
        }
    }

    /// Does what is asked, and tells what there is.
    pub fn answer(&self, order: &WatchOrder, now: UnixMillis) -> WatchAnswer {
        let mut kept = self.kept();
        kept.forget(now);
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
        let own = |ring: &&Ring| ring.viewer.workspace == order.workspace;
        let ring = kept.sites.get(&order.site).filter(own);
        let requests = ring.into_iter().flat_map(|ring| &ring.requests);
        let fresh = requests.filter(|one| one.request.number >= known);
        let fresh: Vec<_> = fresh.map(|one| Arc::clone(&one.request)).collect();
        let until = ring.map(|ring| ring.viewer.until);
        let next = (kept.run, kept.count);
        // Whoever waits for the lock does not wait for texts to be copied.
        drop(kept);
        WatchAnswer {
            until,
            next,
            requests: fresh.into_iter().map(Arc::unwrap_or_clone).collect(),
            is_full,
        }
    }

    /// Keeps a request for whoever watches what it brought something for. All texts are built
    /// before the lock is taken again.
    pub(crate) fn keep(&self, snapshot: &Snapshot, settled: &Settled<'_>, mut trace: Trace) {
        if trace.events.is_empty() {
            if settled.request.method == Method::OPTIONS {
                return;
            }
            let end = match settled.status {
                Some(_) => WatchedEnd::Answered,
                None => WatchedEnd::Open,
            };
            trace.events.push(TracedEvent::of(None, 1, end));
        }
        let viewers = self.viewers(settled.at);
        let mut telling = Telling::new(snapshot, settled, trace.events, trace.unlisted);
        let told = viewers
            .iter()
            .filter_map(|viewer| Some((viewer.site, telling.to(viewer)?)));
        let told: Vec<_> = told.collect();
        if told.is_empty() {
            return;
        }
        // Declared before the lock is held, so that it goes after that.
        let mut gone = Vec::new();
        let mut kept = self.kept();
        let number = kept.count;
        kept.count += 1;
        for (site, (bytes, request)) in told {
            // Somebody may have ended it meanwhile.
            if let Some(ring) = kept.sites.get_mut(&site) {
                let one = KeptRequest {
                    at: settled.at,
                    bytes,
                    request: Arc::new(WatchedRequest { number, ..request }),
                };
                gone.extend(ring.forget(settled.at));
                gone.extend(ring.push(one));
            }
        }
    }

    /// Who watches at a time.
    fn viewers(&self, at: UnixMillis) -> Vec<Viewer> {
        let kept = self.kept();
        let all = kept.sites.values().map(|ring| ring.viewer);
        all.filter(|viewer| at < viewer.until).collect()
    }

    fn note_until(&self, kept: &Kept) {
        let until = kept.sites.values().map(|ring| ring.viewer.until.0).max();
        self.until
            .store(until.unwrap_or_default(), Ordering::Relaxed);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget(&mut self, now: UnixMillis) {
        self.sites.retain(|_, ring| now < ring.viewer.until);
        for ring in self.sites.values_mut() {
            ring.forget(now);
        }
    }

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
        let own = |ring: &&Ring| ring.viewer.workspace == order.workspace;
        let own = self.sites.values().filter(own).count();
        let left = WATCHED_SITES_MAX.saturating_sub(self.sites.len());
        // Nobody takes all of them: whoever has as many as are left leaves these to others.
        let has_room = own < left;
        match self.sites.get_mut(&order.site) {
            Some(ring) => ring.viewer.until = until,
            None if has_room => {
                let viewer = Viewer {
                    site: order.site,
                    workspace: order.workspace,
                    until,
                    takes_nobodys,
                };
                let ring = Ring {
                    viewer,
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

impl Ring {
    /// Lets go of requests that are too old, however often the watching was made longer.
    fn forget(&mut self, now: UnixMillis) -> Vec<KeptRequest> {
        let is_old = |one: &KeptRequest| now.since_ms(one.at) >= WATCH_MS_MAX;
        // What took long to answer stands behind younger ones.
        if !self.requests.iter().any(is_old) {
            return Vec::new();
        }
        let all = std::mem::take(&mut self.requests);
        let (gone, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(is_old);
        self.requests = kept.into();
        self.bytes = self.requests.iter().map(|one| one.bytes).sum();
        gone
    }

    /// Keeps a request; the oldest ones make room for it.
    fn push(&mut self, request: KeptRequest) -> Vec<KeptRequest> {
        self.bytes += request.bytes;
        self.requests.push_back(request);
        let mut gone = Vec::new();
        while self.requests.len() > REQUESTS_MAX || self.bytes > REQUESTS_BYTES_MAX {
            let Some(oldest) = self.requests.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes;
            gone.push(oldest);
        }
        gone
    }
}
