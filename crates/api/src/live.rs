//! What happens right now: recent hits for live screens, and how many visitors are here.

mod here;
mod loaded;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use base::{Fact, FactId, Hit, UnixMillis, WorkspaceId};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::live::here::{HERE_MS, Here};
use crate::live::loaded::Loaded;

const SECOND_MS: i64 = 1_000;
/// The newest hits of a workspace that are kept, and that a message brings at most: a screen shows
/// no more, and a person reads fewer.
const RECENT_MAX: usize = 50;

/// The live feed; cheap to clone.
#[derive(Clone)]
pub struct Live {
    seen: Arc<Mutex<Seen>>,
    clock: Arc<dyn Fn() -> UnixMillis + Send + Sync>,
    stop: CancellationToken,
}

#[derive(Default)]
struct Seen {
    here: Here,
    recent: HashMap<WorkspaceId, Recent>,
    /// Who is here as it was last worked out, with the second of it.
    told: HashMap<WorkspaceId, (i64, Arc<str>)>,
    loaded: Loaded,
}

/// The newest hits of a workspace. One busy workspace takes no room from another.
#[derive(Default)]
struct Recent {
    /// Hits that there were since the start.
    count: u64,
    /// Of the last minutes, as JSON, the oldest first.
    hits: VecDeque<(UnixMillis, String)>,
}

impl Live {
    /// A feed whose streams end when `stop` is cancelled, so that nobody's screen holds up the end.
    #[must_use]
    pub fn new(clock: Arc<dyn Fn() -> UnixMillis + Send + Sync>, stop: CancellationToken) -> Self {
        Self {
            seen: Arc::default(),
            clock,
            stop,
        }
    }

    /// Where a reader of a workspace begins: at the oldest of the hits that are kept.
    #[must_use]
    pub(crate) fn begin(&self, workspace: WorkspaceId) -> u64 {
        let now = (self.clock)();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.forget(now);
        let recent = seen.recent.get(&workspace);
        recent.map_or(0, |recent| recent.count - recent.kept())
    }

    /// Hits of a workspace after so many, as one message: the newest of them, the oldest first,
    /// and how many more there were. With it how many there are now, to go on from.
    #[must_use]
    pub(crate) fn since(&self, workspace: WorkspaceId, known: u64) -> (u64, Option<String>) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(recent) = seen.recent.get(&workspace) else {
            return (known, None);
        };
        (recent.count, recent.after(known))
    }

    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// What the clock says.
    pub(crate) fn clock_says(&self) -> UnixMillis {
        (self.clock)()
    }

    /// Notes from now on which facts have become queryable, for whoever watches a site.
    pub(crate) fn note_loaded(&self) {
        let now = (self.clock)();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.loaded.watch(now);
    }

    /// When a fact became queryable, as far as that was noted.
    pub(crate) fn loaded_at(&self, fact: FactId) -> Option<UnixMillis> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.loaded.at(fact)
    }

    /// Shows facts that have just become queryable.
    pub fn publish(&self, facts: &[Fact]) {
        let now = (self.clock)();
        let hits = facts.iter().filter_map(Fact::hit);
        let all = hits.clone();
        let fresh = hits.filter(|hit| now.since_ms(hit.at) < HERE_MS);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for hit in fresh {
            seen.note(hit, shape(hit));
        }
        seen.loaded.add(all.map(Hit::fact_id), now);
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

impl Recent {
    fn push(&mut self, at: UnixMillis, hit: String) {
        if self.hits.len() == RECENT_MAX {
            self.hits.pop_front();
        }
        self.hits.push_back((at, hit));
        self.count += 1;
    }

    fn kept(&self) -> u64 {
        u64::try_from(self.hits.len()).unwrap_or(u64::MAX)
    }

    /// Nothing where nothing happened.
    fn after(&self, known: u64) -> Option<String> {
        let fresh = self.count.saturating_sub(known);
        let shown = fresh.min(self.kept());
        let old = usize::try_from(self.kept() - shown).unwrap_or_default();
        let hits = self.hits.iter().skip(old);
        let hits: Vec<&str> = hits.map(|(_, hit)| hit.as_str()).collect();
        let skipped = fresh - shown;
        (fresh > 0).then(|| format!("{{\"skipped\":{skipped},\"hits\":[{}]}}", hits.join(",")))
    }
}

impl Seen {
    fn note(&mut self, hit: &Hit, shown: String) {
        let recent = self.recent.entry(hit.workspace).or_default();
        recent.push(hit.at, shown);
        self.here.note(hit);
    }

    /// Counts stay, as readers go on from them.
    fn forget(&mut self, now: UnixMillis) {
        self.here.forget(now);
        for recent in self.recent.values_mut() {
            recent.hits.retain(|(at, _)| now.since_ms(*at) < HERE_MS);
        }
    }
}

/// A hit as live screens show it, as JSON.
fn shape(hit: &Hit) -> String {
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
    data.to_string()
}

#[cfg(test)]
mod tests {
    use base::Fact;

    use super::*;
    use crate::live::here::tests::{BEGIN, WORKSPACE, hit};

    const OTHER: WorkspaceId = WorkspaceId(2);

    fn live() -> Live {
        Live::new(Arc::new(|| BEGIN), CancellationToken::new())
    }

    fn publish(live: &Live, workspace: WorkspaceId, paths: impl Iterator<Item = usize>) {
        let facts = paths.map(|path| {
            let hit = hit(1, BEGIN, &format!("/{path}"));
            Fact::Hit(Box::new(Hit { workspace, ..hit }))
        });
        live.publish(&facts.collect::<Vec<Fact>>());
    }

    /// How many were skipped, and the pages of the others.
    fn read(message: Option<String>) -> (u64, Vec<String>) {
        let data: serde_json::Value = serde_json::from_str(&message.unwrap()).unwrap();
        let hits = data["hits"].as_array().unwrap();
        let pages = hits.iter().map(|hit| hit["page"].as_str().unwrap());
        let pages = pages.map(ToOwned::to_owned).collect();
        (data["skipped"].as_u64().unwrap(), pages)
    }

    #[test]
    fn a_burst_is_one_message_with_the_newest_hits_and_the_number_of_the_others() {
        let live = live();
        publish(&live, WORKSPACE, 0..1);
        let known = live.begin(WORKSPACE);
        let (known, message) = live.since(WORKSPACE, known);
        assert_eq!(read(message), (0, vec!["shop.example/0".to_owned()]));
        publish(&live, WORKSPACE, 1..3_001);
        let (known, message) = live.since(WORKSPACE, known);
        let (skipped, pages) = read(message);
        assert_eq!((skipped, pages.len()), (2_950, RECENT_MAX));
        assert_eq!(pages.last().unwrap(), "shop.example/3000");
        assert_eq!(live.since(WORKSPACE, known), (known, None));
    }

    #[test]
    fn a_burst_of_one_workspace_is_not_told_in_another_and_takes_nothing_from_it() {
        let live = live();
        let known = live.begin(OTHER);
        publish(&live, OTHER, 0..1);
        publish(&live, WORKSPACE, 0..3_000);
        let (_, message) = live.since(OTHER, known);
        assert_eq!(read(message), (0, vec!["shop.example/0".to_owned()]));
    }
}
