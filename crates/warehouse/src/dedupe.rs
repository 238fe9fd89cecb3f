//! Leaving out facts that were stored before.

use std::collections::{HashMap, HashSet};

use base::{Fact, FactId, Hit, HitId, ImportId, UnixMillis};

use crate::columns::{Columns, Place};
use crate::engine::{Loading, Stored};
use crate::error::Result;
use crate::rows::halves;

/// The facts that are new, in their order, without what imports brought that are taken back.
pub(crate) fn new_facts<'a>(
    engine: &mut dyn Loading,
    facts: &'a [Fact],
    withdrawn: &HashSet<ImportId>,
) -> Result<Vec<&'a Fact>> {
    let stored_hits = stored(
        engine,
        Stored::RepeatableHits,
        facts.iter().filter_map(repeatable_hit),
    )?;
    let stored_outcomes = stored(
        engine,
        Stored::Outcomes,
        facts.iter().filter_map(|fact| Some(fact.outcome()?.id)),
    )?;
    let stored_costs = stored(
        engine,
        Stored::Costs,
        facts.iter().filter_map(|fact| Some(fact.cost()?.id)),
    )?;
    let mut states = stored(
        engine,
        Stored::LeadStates,
        facts.iter().filter_map(|fact| Some(fact.lead_state()?.id)),
    )?;
    let mut history = stored(
        engine,
        Stored::History,
        facts.iter().filter_map(|fact| Some(fact.history()?.id)),
    )?;
    let mut recent = Recent::stored(engine, facts)?;
    // The sets also catch repetitions inside the batch: `insert` is false for the second one.
    let (mut hits, mut outcomes, mut costs) = (stored_hits, stored_outcomes, stored_costs);
    let mut is_new = |hit: &Hit| match hit.id {
        HitId::Stamped(_) => true,
        HitId::Sender(id) => hits.insert(id),
        HitId::Browser(id) => recent.insert(id, hit.at),
    };
    Ok(facts
        .iter()
        .filter(|fact| match fact {
            Fact::Hit(hit) => is_new(hit),
            Fact::FiledHit(filed) => !withdrawn.contains(&filed.import) && is_new(&filed.hit),
            Fact::Outcome(outcome) => outcomes.insert(outcome.id),
            Fact::Cost(cost) | Fact::UnclickedCost(cost) => costs.insert(cost.id),
            Fact::SaidCost(said) => costs.insert(said.cost.id),
            Fact::LeadState(state) => states.insert(state.id),
            Fact::History(row) => !withdrawn.contains(&row.import) && history.insert(row.id),
            Fact::Withdrawal(_) => true,
        })
        .collect())
}

fn repeatable_hit(fact: &Fact) -> Option<FactId> {
    match fact.hit()?.id {
        HitId::Sender(id) => Some(id),
        HitId::Stamped(_) | HitId::Browser(_) => None,
    }
}

/// When browsers' hits were stored, as far back as one of the batch may repeat them.
///
/// Their ids are not kept in a table of their own: it would grow with every page view, and each
/// batch would read all of it. The hits themselves lie in the order of time, so a look back over
/// [`HitId::BROWSER_REPEATS_MS`] reads an hour's ids however many years are stored.
struct Recent(HashMap<FactId, UnixMillis>);

impl Recent {
    fn stored(engine: &mut dyn Loading, facts: &[Fact]) -> Result<Self> {
        let hits = || facts.iter().filter_map(soon_repeated);
        let Some(first) = hits().map(|(_, at)| at).min() else {
            return Ok(Self(HashMap::new()));
        };
        let since = first.plus_ms(-HitId::BROWSER_REPEATS_MS);
        let ids = staged(hits().map(|(id, _)| id));
        Ok(Self(engine.recent_hits(ids, since)?.into_iter().collect()))
    }

    /// Whether the hit is new. How batches are cut does not change the answer.
    fn insert(&mut self, id: FactId, at: UnixMillis) -> bool {
        let known = self.0.get(&id);
        let is_new = known.is_none_or(|stored| at.since_ms(*stored) > HitId::BROWSER_REPEATS_MS);
        if is_new {
            self.0.insert(id, at);
        }
        is_new
    }
}

fn soon_repeated(fact: &Fact) -> Option<(FactId, UnixMillis)> {
    let hit = fact.hit()?;
    match hit.id {
        HitId::Browser(id) => Some((id, hit.at)),
        HitId::Stamped(_) | HitId::Sender(_) => None,
    }
}

/// Which of the ids the warehouse has.
fn stored(
    engine: &mut dyn Loading,
    facts: Stored,
    ids: impl Iterator<Item = FactId>,
) -> Result<HashSet<FactId>> {
    let ids = staged(ids);
    if ids.rows() == 0 {
        return Ok(HashSet::new());
    }
    engine.stored(facts, ids)
}

/// The ids as rows that a query can join.
fn staged(ids: impl Iterator<Item = FactId>) -> Columns {
    let mut staged = Columns::new("staged_ids", Place::Staged, "uu");
    for id in ids {
        let (id_hi, id_lo) = halves(id);
        staged.key(id_hi).key(id_lo);
    }
    staged
}
