//! What happens right now: recent hits for live screens, and how many visitors are here.

mod here;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use base::{Fact, Hit, UnixMillis, WorkspaceId};
use serde_json::json;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::broadcast::{self, Receiver};
use tokio_util::sync::CancellationToken;

use crate::live::here::{HERE_MS, Here};

/// Hits that a slow reader may fall behind.
const BEHIND_MAX: usize = 1_024;
/// Hits that a message brings at most: a screen shows no more, and a person reads fewer.
const AT_ONCE_MAX: usize = 50;
const SECOND_MS: i64 = 1_000;
/// The newest hits of a workspace, for a screen that has just been opened.
const RECENT_MAX: usize = 50;

/// A hit as live screens show it.
#[derive(Debug, Clone)]
pub struct LiveHit {
    pub workspace: WorkspaceId,
    /// JSON.
    pub data: Arc<str>,
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
    here: Here,
    /// Of the last minutes, the oldest first.
    recent: HashMap<WorkspaceId, VecDeque<(UnixMillis, LiveHit)>>,
    /// Who is here as it was last worked out, with the second of it.
    told: HashMap<WorkspaceId, (i64, Arc<str>)>,
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

    /// Who is here in a workspace, as JSON; worked out once a second, however many ask.
    #[must_use]
    pub fn now(&self, workspace: WorkspaceId) -> Arc<str> {
        let now = (self.clock)();
        let second = now.0.div_euclid(SECOND_MS);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, told)) = seen.told.get(&workspace)
            && *at == second
        {
            return Arc::clone(told);
        }
        seen.forget(now);
        let told = serde_json::to_string(&seen.here.now(workspace, now)).unwrap_or_default();
        let told: Arc<str> = told.into();
        seen.told.retain(|_, (at, _)| second - *at < 60);
        seen.told.insert(workspace, (second, Arc::clone(&told)));
        told
    }
}

impl Seen {
    fn note(&mut self, hit: &Hit, shown: LiveHit) {
        let recent = self.recent.entry(hit.workspace).or_default();
        if recent.len() == RECENT_MAX {
            recent.pop_front();
        }
        recent.push_back((hit.at, shown));
        self.here.note(hit);
    }

    fn forget(&mut self, now: UnixMillis) {
        self.here.forget(now);
        self.recent.retain(|_, hits| {
            hits.retain(|(at, _)| now.since_ms(*at) < HERE_MS);
            !hits.is_empty()
        });
    }
}

/// Hits of a workspace that have come since a reader looked last, as one message: the newest of
/// them, the oldest first, and how many more there were.
#[must_use]
pub(crate) fn gather(
    recent: VecDeque<LiveHit>,
    hits: &mut Receiver<LiveHit>,
    of: WorkspaceId,
) -> Gathered {
    let mut newest = recent;
    let mut skipped = 0;
    let is_open = loop {
        match hits.try_recv() {
            Ok(hit) if hit.workspace == of => newest.push_back(hit),
            Ok(_) => {}
            // A slow reader misses some hits; the stream goes on with the newest.
            Err(TryRecvError::Lagged(missed)) => skipped += missed,
            Err(TryRecvError::Empty) => break true,
            Err(TryRecvError::Closed) => break false,
        }
        if newest.len() > AT_ONCE_MAX {
            newest.pop_front();
            skipped += 1;
        }
    };
    let data = (!newest.is_empty()).then(|| {
        let hits: Vec<&str> = newest.iter().map(|hit| &*hit.data).collect();
        format!("{{\"skipped\":{skipped},\"hits\":[{}]}}", hits.join(","))
    });
    Gathered { data, is_open }
}

/// What is sent at once.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// JSON; nothing where nothing happened.
    pub(crate) data: Option<String>,
    /// More may come.
    pub(crate) is_open: bool,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(number: usize, workspace: i64) -> LiveHit {
        LiveHit {
            workspace: WorkspaceId(workspace),
            data: number.to_string().into(),
        }
    }

    #[test]
    fn a_burst_is_one_message_with_the_newest_hits_and_the_number_of_the_others() {
        let (sender, mut receiver) = broadcast::channel(BEHIND_MAX);
        for number in 0..3_000 {
            let _ = sender.send(hit(number, 1));
        }
        let gathered = gather(VecDeque::new(), &mut receiver, WorkspaceId(1));
        let data: serde_json::Value = serde_json::from_str(&gathered.data.unwrap()).unwrap();
        let hits = data["hits"].as_array().unwrap();
        assert_eq!(
            (hits.len(), hits[AT_ONCE_MAX - 1].as_u64()),
            (AT_ONCE_MAX, Some(2_999))
        );
        assert_eq!(data["skipped"], 3_000 - AT_ONCE_MAX);
        assert!(gathered.is_open);
        let quiet = gather(VecDeque::new(), &mut receiver, WorkspaceId(1));
        assert_eq!((quiet.data, quiet.is_open), (None, true));
    }

    #[test]
    fn nobody_reads_the_hits_of_another_workspace() {
        let (sender, mut receiver) = broadcast::channel(BEHIND_MAX);
        let _ = sender.send(hit(1, 2));
        drop(sender);
        let recent = VecDeque::from([hit(7, 1)]);
        let gathered = gather(recent, &mut receiver, WorkspaceId(1));
        assert_eq!(gathered.data.unwrap(), "{\"skipped\":0,\"hits\":[7]}");
        assert!(!gathered.is_open);
    }
}
