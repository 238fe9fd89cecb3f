//! What happens right now: recent hits for live screens, and how many visitors are here.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use base::{Fact, Hit, UnixMillis, VisitorId, WorkspaceId};
use serde_json::json;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Hits that a slow reader may fall behind.
const BEHIND_MAX: usize = 1_024;
/// A visitor counts as here for this long after a hit.
const HERE_MS: i64 = 5 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;
/// Visitors that are remembered; beyond it the count is a lower bound.
const VISITORS_MAX: usize = 200_000;

/// The newest hits of a workspace, for a screen that has just been opened.
const RECENT_MAX: usize = 50;

/// A hit as live screens show it.
#[derive(Debug, Clone)]
pub struct LiveHit {
    pub workspace: WorkspaceId,
    /// JSON.
    pub data: Arc<str>,
}

/// Who is here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Now {
    pub visitors: usize,
    pub hits_per_minute: usize,
}

/// The live feed; cheap to clone.
#[derive(Clone)]
pub struct Live {
    hits: broadcast::Sender<LiveHit>,
    seen: Arc<Mutex<Seen>>,
    clock: Arc<dyn Fn() -> UnixMillis + Send + Sync>,
    stop: CancellationToken,
}

#[derive(Default)]
struct Seen {
    visitors: HashMap<(WorkspaceId, VisitorId), UnixMillis>,
    /// People's hits of each of the last minutes.
    minutes: HashMap<(WorkspaceId, i64), usize>,
    /// Of the last minutes, the oldest first.
    recent: HashMap<WorkspaceId, VecDeque<(UnixMillis, LiveHit)>>,
}

impl Live {
    /// A feed whose streams end when `stop` is cancelled, so that nobody's screen holds up the end.
    #[must_use]
    pub fn new(clock: Arc<dyn Fn() -> UnixMillis + Send + Sync>, stop: CancellationToken) -> Self {
        let (hits, _) = broadcast::channel(BEHIND_MAX);
        Self {
            hits,
            seen: Arc::default(),
            clock,
            stop,
        }
    }

    /// The newest hits of a workspace, the oldest first, and everything that comes after them.
    #[must_use]
    pub fn watch(
        &self,
        workspace: WorkspaceId,
    ) -> (VecDeque<LiveHit>, broadcast::Receiver<LiveHit>) {
        let now = (self.clock)();
        // Held over both: what is published meanwhile is in one of the two, and in one only.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.forget(now);
        let recent = seen.recent.get(&workspace);
        let recent = recent.map(|hits| hits.iter().map(|(_, hit)| hit.clone()).collect());
        (recent.unwrap_or_default(), self.hits.subscribe())
    }

    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Shows facts that have just become queryable.
    pub fn publish(&self, facts: &[Fact]) {
        let now = (self.clock)();
        let hits = facts.iter().filter_map(Fact::hit);
        let fresh = hits.filter(|hit| now.since_ms(hit.at) < HERE_MS);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for hit in fresh {
            let shown = shape(hit);
            seen.note(hit, shown.clone());
            // Without a reader nobody misses the hit.
            let _ = self.hits.send(shown);
        }
        seen.forget(now);
    }

    /// Who is here in a workspace.
    #[must_use]
    pub fn now(&self, workspace: WorkspaceId) -> Now {
        let now = (self.clock)();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.forget(now);
        let minute = now.0.div_euclid(MINUTE_MS);
        let count = |minute| {
            seen.minutes
                .get(&(workspace, minute))
                .copied()
                .unwrap_or_default()
        };
        Now {
            visitors: seen
                .visitors
                .keys()
                .filter(|(of, _)| *of == workspace)
                .count(),
            hits_per_minute: count(minute).max(count(minute - 1)),
        }
    }
}

impl Seen {
    fn note(&mut self, hit: &Hit, shown: LiveHit) {
        let recent = self.recent.entry(hit.workspace).or_default();
        if recent.len() == RECENT_MAX {
            recent.pop_front();
        }
        recent.push_back((hit.at, shown));
        // Machines are shown and counted nowhere, as in reports.
        if hit.bot.is_some() {
            return;
        }
        let minute = hit.at.0.div_euclid(MINUTE_MS);
        *self.minutes.entry((hit.workspace, minute)).or_default() += 1;
        let known = self.visitors.len();
        let key = (hit.workspace, hit.visitor);
        if known < VISITORS_MAX || self.visitors.contains_key(&key) {
            self.visitors.insert(key, hit.at);
        }
    }

    fn forget(&mut self, now: UnixMillis) {
        self.visitors.retain(|_, at| now.since_ms(*at) < HERE_MS);
        let minute = now.0.div_euclid(MINUTE_MS);
        self.minutes.retain(|(_, at), _| *at >= minute - 1);
        self.recent.retain(|_, hits| {
            hits.retain(|(at, _)| now.since_ms(*at) < HERE_MS);
            !hits.is_empty()
        });
    }
}

fn shape(hit: &Hit) -> LiveHit {
    let touch = hit.touch.as_deref();
    let data = json!({
        "id": hit.fact_id().to_string(),
        "at": hit.at.rfc3339(),
        "kind": hit.kind.name(),
        "page": format!("{}{}", hit.page.host, hit.page.path),
        "source": touch.map(|traffic| traffic.source.clone()),
        "campaign": touch.map(|traffic| traffic.campaign.clone()),
        "link": hit.link.map(|link| link.0),
        "channel": touch.map(|traffic| traffic.default_channel.clone()),
        "country": hit.country.code(),
        "device": hit.agent.device.name(),
        "bot": hit.bot.is_some(),
    });
    LiveHit {
        workspace: hit.workspace,
        data: data.to_string().into(),
    }
}
