//! Running visits in memory: sharded, bounded, rebuilt from the log after a restart.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base::{Hit, HitKind, UnixMillis, VisitorId};
use domain::visit::{
    CampaignKey, Depth, LandingState, VisitHit, VisitSettings, VisitState, VisitStep, advance,
};

/// Visitors remembered at once; about a hundred bytes each.
pub const VISITORS_MAX: usize = 1_000_000;
const SHARDS: u64 = 64;

/// Visitor → running visit.
#[derive(Debug)]
pub struct VisitTable {
    shards: Vec<Mutex<HashMap<VisitorId, VisitState>>>,
    visitors_per_shard_max: usize,
}

/// A step taken in the table, with what is needed to take it back.
#[derive(Debug)]
pub(crate) struct Taken {
    before: Option<VisitState>,
    after: VisitState,
    pub(crate) step: VisitStep,
}

impl Taken {
    fn from(state: &mut VisitState, hit: &VisitHit<'_>, settings: &VisitSettings) -> Self {
        let before = *state;
        let (after, step) = advance(Some(&before), hit, settings);
        *state = after;
        Self {
            before: Some(before),
            after,
            step,
        }
    }
}

impl Default for VisitTable {
    fn default() -> Self {
        Self::with_capacity(VISITORS_MAX)
    }
}

impl VisitTable {
    /// A table that forgets the longest idle visitors beyond about `visitors_max`.
    #[must_use]
    pub fn with_capacity(visitors_max: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(HashMap::new())).collect(),
            visitors_per_shard_max: (visitors_max / 64).max(2),
        }
    }

    /// Rebuilds running visits from stored hits in the order they were stored.
    pub fn restore<'h>(&self, hits: impl IntoIterator<Item = &'h Hit>) {
        for hit in hits {
            let mut shard = self.shard(hit.visitor);
            let known = shard
                .get(&hit.visitor)
                .copied()
                .filter(|state| state.visit == hit.visit);
            let state = restored(known, hit);
            let newer = shard
                .get(&hit.visitor)
                .is_none_or(|other| other.last_at <= state.last_at);
            if newer {
                self.insert(&mut shard, hit.visitor, state);
            }
        }
    }

    #[must_use]
    pub fn find(&self, visitor: VisitorId) -> Option<VisitState> {
        self.shard(visitor).get(&visitor).copied()
    }

    /// Visitors remembered now.
    #[must_use]
    pub fn len(&self) -> usize {
        let lock = |shard: &Mutex<HashMap<_, _>>| {
            shard.lock().unwrap_or_else(PoisonError::into_inner).len()
        };
        self.shards.iter().map(lock).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the visitor's next step, whatever its time.
    pub(crate) fn take(
        &self,
        visitor: VisitorId,
        hit: &VisitHit<'_>,
        settings: &VisitSettings,
    ) -> Taken {
        let mut shard = self.shard(visitor);
        match shard.get_mut(&visitor) {
            Some(state) => Taken::from(state, hit, settings),
            None => self.open(&mut shard, visitor, hit, settings),
        }
    }

    /// Takes the visitor's next step, but for a hit from long before the running visit.
    pub(crate) fn take_unless_past(
        &self,
        visitor: VisitorId,
        hit: &VisitHit<'_>,
        settings: &VisitSettings,
    ) -> Option<Taken> {
        let mut shard = self.shard(visitor);
        match shard.get_mut(&visitor) {
            Some(state) if hit.at.plus_ms(settings.idle_ms) < state.visit_at => None,
            Some(state) => Some(Taken::from(state, hit, settings)),
            None => Some(self.open(&mut shard, visitor, hit, settings)),
        }
    }

    fn open(
        &self,
        shard: &mut HashMap<VisitorId, VisitState>,
        visitor: VisitorId,
        hit: &VisitHit<'_>,
        settings: &VisitSettings,
    ) -> Taken {
        let (after, step) = advance(None, hit, settings);
        self.make_room(shard);
        shard.insert(visitor, after);
        Taken {
            before: None,
            after,
            step,
        }
    }

    /// Takes a step back whose hit was not stored, so that no hit joins a visit that never opened.
    pub(crate) fn take_back(&self, visitor: VisitorId, taken: &Taken) {
        let mut shard = self.shard(visitor);
        match (shard.get(&visitor), taken.before) {
            (Some(current), Some(before)) if *current == taken.after => {
                shard.insert(visitor, before);
            }
            (Some(current), _) if current.visit == taken.after.visit && taken.step.visits > 0 => {
                shard.remove(&visitor);
            }
            _ => {}
        }
    }

    /// Moves a visitor into a visit that another identity of the same person opened. The later
    /// time and place are kept, so the visitor's order never runs backwards.
    pub(crate) fn join(&self, visitor: VisitorId, visit: VisitState) {
        let mut shard = self.shard(visitor);
        let before = shard.get(&visitor).copied();
        let joined = VisitState {
            last_at: before.map_or(visit.last_at, |state| state.last_at.max(visit.last_at)),
            seq: before.map_or(visit.seq, |state| state.seq.max(visit.seq)),
            ..visit
        };
        self.insert(&mut shard, visitor, joined);
    }

    fn insert(
        &self,
        shard: &mut HashMap<VisitorId, VisitState>,
        visitor: VisitorId,
        state: VisitState,
    ) {
        if !shard.contains_key(&visitor) {
            self.make_room(shard);
        }
        shard.insert(visitor, state);
    }

    fn make_room(&self, shard: &mut HashMap<VisitorId, VisitState>) {
        if shard.len() >= self.visitors_per_shard_max {
            forget_older_half(shard);
        }
    }

    fn shard(&self, visitor: VisitorId) -> MutexGuard<'_, HashMap<VisitorId, VisitState>> {
        let index = usize::try_from(visitor.0 % SHARDS).unwrap_or_default();
        self.shards[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_older_half(shard: &mut HashMap<VisitorId, VisitState>) {
    let mut times: Vec<UnixMillis> = shard.values().map(|state| state.last_at).collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    shard.retain(|_, state| state.last_at > median);
}

/// A hit whose visit began before the log's tail counts as engaged: a bounce is never taken back
/// twice.
fn restored(known: Option<VisitState>, hit: &Hit) -> VisitState {
    let depth = match (known.map(|state| state.depth), hit.visits) {
        (_, 1..) if hit.bounces == 0 => Depth::Engaged,
        (_, 1..) if hit.kind == HitKind::PageView => Depth::OnePage,
        (_, 1..) => Depth::Opened,
        (None | Some(Depth::Engaged), _) => Depth::Engaged,
        (Some(_), _) if hit.bounces < 0 => Depth::Engaged,
        (Some(_), _) if hit.kind == HitKind::PageView => Depth::OnePage,
        (Some(depth), _) => depth,
    };
    let landing = match hit.kind {
        HitKind::Click => LandingState::Awaited,
        HitKind::PageView => LandingState::Seen,
        _ => known.map_or(LandingState::Seen, |state| state.landing),
    };
    let campaign = hit
        .touch
        .as_deref()
        .and_then(|traffic| CampaignKey::of(hit.workspace, traffic))
        .or(known.and_then(|state| state.campaign));
    VisitState {
        visit: hit.visit,
        visit_at: hit.visit_at(),
        last_at: hit.at,
        seq: hit.seq,
        traffic: hit.traffic,
        campaign,
        depth,
        landing,
    }
}

#[cfg(test)]
mod tests {
    use base::{VisitId, WorkspaceId};
    use domain::visit::Interaction;

    use super::*;

    fn page_view(at: i64) -> VisitHit<'static> {
        VisitHit {
            workspace: WorkspaceId(1),
            kind: HitKind::PageView,
            at: UnixMillis(at),
            interaction: Interaction::Active,
            traffic: None,
            new_visit: VisitId(u64::try_from(at).unwrap()),
        }
    }

    #[test]
    fn the_table_forgets_the_longest_idle_first() {
        let table = VisitTable::with_capacity(640);
        let settings = VisitSettings::default();
        for number in 0..5_000_u64 {
            let _ = table.take(
                VisitorId(number),
                &page_view(i64::try_from(number).unwrap()),
                &settings,
            );
        }
        assert!(table.len() <= 640, "{}", table.len());
        assert!(table.find(VisitorId(4_999)).is_some());
        assert!(table.find(VisitorId(0)).is_none());
    }

    #[test]
    fn a_step_that_was_not_stored_is_taken_back() {
        let table = VisitTable::default();
        let settings = VisitSettings::default();
        let visitor = VisitorId(7);
        let first = table.take(visitor, &page_view(1_000), &settings);
        let second = table.take(visitor, &page_view(2_000), &settings);
        table.take_back(visitor, &second);
        assert_eq!(table.find(visitor), Some(first.after));
        table.take_back(visitor, &first);
        assert_eq!(table.find(visitor), None);
    }
}
