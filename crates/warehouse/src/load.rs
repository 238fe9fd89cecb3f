//! Loading a batch: rows, dictionary, visits, credit, pre-aggregate and position together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use base::{
    Fact, Hit, HitId, ImportId, Outcome, Traffic, TrafficKey, UnixMillis, VisitId, WorkspaceId,
};

use crate::batch::{Batch, Labeller, Loaded, Position};
use crate::columns::{Columns, Place};
use crate::engine::{Dictionary, Loading, Memory};
use crate::error::{Error, Result};
use crate::rollup::{Rollup, Zones};
use crate::rows::{self, Brought, Opening, VisitStart};
use crate::warehouse::{Warehouse, Writer};
use crate::{credit_outcomes, dedupe, lead_states, withdraw};

/// New dictionary entries of a batch, in a fixed order.
type NewTraffic<'a> = BTreeMap<TrafficKey, (WorkspaceId, &'a Traffic)>;

impl Warehouse {
    /// Loads a batch: all of it or nothing.
    ///
    /// A batch that ends at or before the stored position of its node is skipped. Outcomes,
    /// costs and hits that may repeat are stored once, however often they come.
    ///
    /// # Errors
    /// When the batch begins elsewhere than at the stored position, or the engine fails. Then
    /// nothing of the batch is stored; an engine without transactions may have
    /// stored all of it nevertheless, which [`Warehouse::position`] tells.
    pub fn load(&self, batch: &Batch, labeller: &dyn Labeller) -> Result<Loaded> {
        self.write(|writer| load(writer, batch, labeller))
    }

    /// Up to where a node's journal is loaded; `None` before its first batch.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn position(&self, node: &str) -> Result<Option<Position>> {
        self.look(|engine| engine.position(node))
    }

    /// Makes the next batch of a node count from an earlier position: its journal has lost what
    /// came after. What was loaded of it stays.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn rewind(&self, position: &Position) -> Result<()> {
        self.write(|writer| writer.engine.set_position(position))
    }
}

fn load(writer: &mut Writer, batch: &Batch, labeller: &dyn Labeller) -> Result<Loaded> {
    let Writer { engine, memory, .. } = writer;
    let until = batch.position.as_ref();
    if let Some(position) = until {
        let stored = engine.position(&position.node)?;
        if stored.as_ref().is_some_and(|stored| stored >= position) {
            return Ok(Loaded {
                skipped: true,
                ..Loaded::default()
            });
        }
        if stored.is_some() && batch.from.is_some() && stored != batch.from {
            let node = position.node.clone();
            return Err(Error::NotNext { node });
        }
    }
    let withdrawn = withdraw::withdraw(engine.as_mut(), memory, &batch.facts, labeller)?;
    let (mut loaded, mut traffic) = (Loaded::default(), BTreeSet::new());
    engine.store_batch(until, &mut |engine| {
        (loaded, traffic) =
            append_batch(engine, memory, (&batch.facts, &withdrawn.imports), labeller)?;
        Ok(())
    })?;
    loaded.recredited += withdrawn.recredited;
    let new_traffic = traffic.into_iter().map(|(_, key)| key);
    memory.known_traffic.extend(new_traffic);
    let created = outcomes_of(batch.facts.iter())
        .map(|outcome| outcome.created)
        .max();
    memory.latest_created = memory.latest_created.max(created);
    Ok(loaded)
}

/// Appends everything that the facts say. Gives also the new entries of the dictionary.
fn append_batch(
    engine: &mut dyn Loading,
    memory: &Memory,
    (all, withdrawn): (&[Fact], &HashSet<ImportId>),
    labeller: &dyn Labeller,
) -> Result<(Loaded, BTreeSet<(WorkspaceId, TrafficKey)>)> {
    let facts = dedupe::new_facts(engine, all, withdrawn)?;
    let new_traffic = new_traffic(&facts, &memory.known_traffic);
    append_traffic(engine, &new_traffic, labeller)?;
    let brought: Vec<Brought<'_>> = brought(&facts).collect();
    let hits: Vec<&Hit> = brought.iter().map(|brought| brought.hit).collect();
    append_hits(engine, &brought)?;
    append_touches(engine, &brought)?;
    let rollup = append_visits(engine, &brought, &memory.zones)?;
    let keys = new_traffic.iter();
    let dictionary = Dictionary {
        known: &memory.known_traffic,
        new: keys
            .map(|(key, (workspace, _))| (*workspace, *key))
            .collect(),
    };
    engine.append_days(rollup, &dictionary)?;
    let outcomes: Vec<&Outcome> = outcomes_of(facts.iter().copied()).collect();
    let again = credit_outcomes::affected(engine, &hits, memory.latest_created, labeller)?;
    append_outcomes(engine, &outcomes)?;
    let recredited = credit_outcomes::credit(engine, &outcomes, again, labeller)?;
    let costs = append_costs(engine, &facts)?;
    let history = append_history(engine, &facts)?;
    let lead_states = lead_states::rows(&facts);
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let loaded = Loaded {
        hits: count(hits.len()),
        outcomes: count(outcomes.len()),
        costs: count(costs),
        lead_states: count(lead_states.rows()),
        history: count(history),
        duplicates: count(all.len() - facts.len()),
        traffic: count(new_traffic.len()),
        recredited,
        skipped: false,
    };
    engine.append(lead_states)?;
    Ok((loaded, dictionary.new))
}

fn brought<'a>(facts: &[&'a Fact]) -> impl Iterator<Item = Brought<'a>> {
    facts.iter().filter_map(|fact| {
        Some(Brought {
            hit: fact.hit()?,
            import: fact.import_of_hit(),
        })
    })
}

fn outcomes_of<'a>(facts: impl Iterator<Item = &'a Fact>) -> impl Iterator<Item = &'a Outcome> {
    facts.filter_map(Fact::outcome)
}

fn new_traffic<'a>(facts: &[&'a Fact], known: &HashSet<TrafficKey>) -> NewTraffic<'a> {
    facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Hit(hit) => touched(hit),
            Fact::FiledHit(filed) => touched(&filed.hit),
            Fact::Outcome(outcome) => outcome
                .declared
                .as_deref()
                .map(|traffic| (outcome.workspace, traffic)),
            Fact::Cost(cost) | Fact::UnclickedCost(cost) => Some((cost.workspace, &cost.traffic)),
            Fact::SaidCost(said) => Some((said.cost.workspace, &said.cost.traffic)),
            Fact::History(row) => row.about.traffic().map(|traffic| (row.workspace, traffic)),
            Fact::LeadState(_) | Fact::Withdrawal(_) => None,
        })
        .map(|(workspace, traffic)| (traffic.key(workspace), (workspace, traffic)))
        .filter(|(key, _)| !known.contains(key))
        .collect()
}

fn touched(hit: &Hit) -> Option<(WorkspaceId, &Traffic)> {
    let traffic = hit.touch.as_deref()?;
    Some((hit.workspace, traffic))
}

fn append_traffic(
    engine: &mut dyn Loading,
    new_traffic: &NewTraffic<'_>,
    labeller: &dyn Labeller,
) -> Result<()> {
    if new_traffic.is_empty() {
        return Ok(());
    }
    let (mut tuples, mut labels) = (rows::traffic(), rows::staged_labels());
    for (key, (workspace, traffic)) in new_traffic {
        rows::push_traffic(&mut tuples, *workspace, traffic);
        rows::push_label(
            &mut labels,
            *workspace,
            *key,
            &labeller.label(*workspace, traffic),
        );
    }
    engine.append(tuples)?;
    engine.append_labels(labels)
}

fn append_hits(engine: &mut dyn Loading, hits: &[Brought<'_>]) -> Result<()> {
    let (mut rows, mut repeatable) = (rows::hits(), rows::repeatable_hits());
    for brought in hits {
        rows::push_hit(&mut rows, *brought);
        if let HitId::Sender(id) = brought.hit.id {
            let (id_hi, id_lo) = rows::halves(id);
            let import = brought.import.map(|import| import.0);
            repeatable.key(id_hi).key(id_lo).int_or_null(import);
        }
    }
    engine.append(rows)?;
    engine.append(repeatable)
}

fn append_touches(engine: &mut dyn Loading, hits: &[Brought<'_>]) -> Result<()> {
    let mut rows = rows::touches();
    for brought in hits.iter().filter(|brought| is_touch(brought.hit)) {
        if let Some(traffic) = &brought.hit.touch {
            rows::push_touch(&mut rows, *brought, traffic);
        }
    }
    engine.append(rows)
}

/// A machine's landing is never credited with a person's outcome.
pub(crate) fn is_touch(hit: &Hit) -> bool {
    hit.touch.is_some() && hit.bot.is_none()
}

/// Writes the rows of visits and gives the pre-aggregate, which shares their first dimensions.
///
/// Openings go first, because a batch need not be in order. A visit whose opening has not been
/// loaded yet is described by the hit at hand: its sums are right all the same.
fn append_visits<'a>(
    engine: &mut dyn Loading,
    hits: &[Brought<'_>],
    zones: &'a Zones,
) -> Result<Rollup<'a>> {
    let mut starts = stored_starts(engine, hits)?;
    let (mut rows, mut rollup) = (rows::visits(), Rollup::new(zones));
    let opens = |brought: &Brought<'_>| brought.hit.visits > 0;
    let (openings, others): (Vec<_>, Vec<_>) = hits.iter().copied().partition(opens);
    for brought in openings.into_iter().chain(others) {
        let hit = brought.hit;
        rollup.add_hit(hit);
        if hit.visits == 0 && hit.bounces == 0 {
            continue;
        }
        let key = (hit.workspace, hit.visit);
        let own = VisitStart::of(hit);
        let is_first = hit.visits > 0 && !starts.contains_key(&key);
        let opening = if is_first { Opening::Yes } else { Opening::No };
        if is_first {
            starts.insert(key, own.clone());
        }
        let start = starts.get(&key).unwrap_or(&own);
        rows::push_visit(&mut rows, brought, start, opening);
        rollup.add_visit(hit, start);
    }
    engine.append(rows)?;
    Ok(rollup)
}

/// The openings that are stored already, of the visits that the hits open or close.
fn stored_starts(
    engine: &mut dyn Loading,
    hits: &[Brought<'_>],
) -> Result<HashMap<(WorkspaceId, VisitId), VisitStart>> {
    let mut staged = Columns::new("staged_visits", Place::Staged, "iui");
    let mut workspaces = HashMap::new();
    let (mut first, mut last) = (UnixMillis(i64::MAX), UnixMillis(i64::MIN));
    let counted = |hit: &&Hit| hit.visits != 0 || hit.bounces != 0;
    let new = opened_here(hits);
    let is_new = |hit: &&Hit| new.contains(&(hit.workspace, hit.visit));
    let hits = hits.iter().map(|brought| brought.hit);
    for hit in hits.filter(counted).filter(|hit| !is_new(hit)) {
        staged
            .int(hit.workspace.0)
            .key(hit.visit.0)
            .int(hit.visit_at().0);
        workspaces.insert(hit.visit, hit.workspace);
        (first, last) = (first.min(hit.visit_at()), last.max(hit.visit_at()));
    }
    if staged.rows() == 0 {
        return Ok(HashMap::new());
    }
    let found = engine.visit_starts(staged, (first, last))?;
    let keyed = found.into_iter().filter_map(|(visit, start)| {
        workspaces
            .get(&visit)
            .map(|workspace| ((*workspace, visit), start))
    });
    Ok(keyed.collect())
}

/// Visits that cannot be stored yet: their opening got its id here, so it comes once, and now.
fn opened_here(hits: &[Brought<'_>]) -> HashSet<(WorkspaceId, VisitId)> {
    let opens = |hit: &&Hit| hit.visits > 0 && matches!(hit.id, HitId::Stamped(_));
    let openings = hits.iter().map(|brought| brought.hit).filter(opens);
    openings.map(|hit| (hit.workspace, hit.visit)).collect()
}

fn append_outcomes(engine: &mut dyn Loading, outcomes: &[&Outcome]) -> Result<()> {
    let mut rows = rows::outcomes();
    for outcome in outcomes {
        rows::push_outcome(&mut rows, outcome);
    }
    engine.append(rows)
}

fn append_costs(engine: &mut dyn Loading, facts: &[&Fact]) -> Result<usize> {
    let mut rows = rows::costs();
    for fact in facts {
        if let Some(cost) = fact.cost() {
            rows::push_cost(&mut rows, cost, fact);
        }
    }
    let count = rows.rows();
    engine.append(rows)?;
    Ok(count)
}

fn append_history(engine: &mut dyn Loading, facts: &[&Fact]) -> Result<usize> {
    let mut rows = rows::history();
    for row in facts.iter().filter_map(|fact| fact.history()) {
        rows::push_history(&mut rows, row);
    }
    let count = rows.rows();
    engine.append(rows)?;
    Ok(count)
}

/// The earliest touch of each visitor in the batch.
pub(crate) fn earliest_touches(hits: &[&Hit]) -> BTreeMap<(WorkspaceId, u64), UnixMillis> {
    let mut earliest = BTreeMap::new();
    for hit in hits.iter().filter(|hit| is_touch(hit)) {
        let at = earliest
            .entry((hit.workspace, hit.visitor.0))
            .or_insert(hit.at);
        *at = hit.at.min(*at);
    }
    earliest
}
