//! Loading a batch: rows, dictionary, visits, credit, pre-aggregate and position together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use base::{Fact, Hit, HitId, Outcome, Traffic, TrafficKey, UnixMillis, VisitId, WorkspaceId};
use duckdb::{Connection, params};

use crate::batch::{Batch, Labeller, Loaded, Position};
use crate::columns::{Columns, Place};
use crate::days::{self, Days};
use crate::error::{Result, Step};
use crate::labels::store_labels;
use crate::open::{Warehouse, Writer};
use crate::rollup::Rollup;
use crate::rows::{self, Opening, VisitStart};
use crate::{credit_outcomes, dedupe, lead_states};

/// New dictionary entries of a batch, in a fixed order.
type NewTraffic<'a> = BTreeMap<TrafficKey, (WorkspaceId, &'a Traffic)>;

impl Warehouse {
    /// Loads a batch in one transaction.
    ///
    /// A batch that ends at or before the stored position of its node is skipped. Outcomes,
    /// costs and hits that may repeat are stored once, however often they come.
    ///
    /// # Errors
    /// When the engine fails; then nothing of the batch is stored.
    pub fn load(&self, batch: &Batch, labeller: &dyn Labeller) -> Result<Loaded> {
        let mut writer = self.writer()?;
        let (loaded, learned) = writer
            .transact(|connection| load_in_transaction(connection, &writer, batch, labeller))?;
        for (_, key) in learned.traffic {
            writer.days.unlabelled.remove(&key);
            writer.known_traffic.insert(key);
        }
        writer.days.extend(learned.days);
        let created = outcomes_of(batch.facts.iter())
            .map(|outcome| outcome.created)
            .max();
        writer.latest_created = writer.latest_created.max(created);
        Ok(loaded)
    }

    /// Up to where a node's journal is loaded; `None` before its first batch.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn position(&self, node: &str) -> Result<Option<Position>> {
        stored_position(&self.writer()?.connection, node)
    }

    /// Makes the next batch of a node count from an earlier position: its journal has lost what
    /// came after. What was loaded of it stays.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn rewind(&self, position: &Position) -> Result<()> {
        self.writer()?
            .transact(|connection| store_position(connection, position))
    }
}

/// What a batch teaches the writer once it is committed.
#[derive(Default)]
struct Learned {
    traffic: BTreeSet<(WorkspaceId, TrafficKey)>,
    days: Days,
}

fn load_in_transaction(
    connection: &Connection,
    writer: &Writer,
    batch: &Batch,
    labeller: &dyn Labeller,
) -> Result<(Loaded, Learned)> {
    if let Some(position) = &batch.position {
        let stored = stored_position(connection, &position.node)?;
        if stored.is_some_and(|stored| stored >= *position) {
            return Ok((
                Loaded {
                    skipped: true,
                    ..Loaded::default()
                },
                Learned::default(),
            ));
        }
        store_position(connection, position)?;
    }
    let facts = dedupe::new_facts(connection, &batch.facts)?;
    let new_traffic = new_traffic(&facts, &writer.known_traffic);
    append_traffic(connection, &new_traffic, labeller)?;
    let hits: Vec<&Hit> = hits_of(&facts).collect();
    append_hits(connection, &hits)?;
    append_touches(connection, &hits)?;
    let rollup = append_visits(connection, &hits, writer)?;
    let traffic = new_traffic
        .iter()
        .map(|(key, (workspace, _))| (*workspace, *key))
        .collect();
    let days = days::store(connection, writer, rollup, &traffic)?;
    days::label_late(connection, writer, &traffic)?;
    let outcomes: Vec<&Outcome> = outcomes_of(facts.iter().copied()).collect();
    let again = credit_outcomes::affected(connection, &hits, writer.latest_created)?;
    append_outcomes(connection, &outcomes)?;
    let recredited = credit_outcomes::credit(connection, &outcomes, again)?;
    let costs = append_costs(connection, &facts)?;
    let lead_states = lead_states::append(connection, &facts)?;
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let loaded = Loaded {
        hits: count(hits.len()),
        outcomes: count(outcomes.len()),
        costs: count(costs),
        lead_states: count(lead_states),
        duplicates: count(batch.facts.len() - facts.len()),
        traffic: count(new_traffic.len()),
        recredited,
        skipped: false,
    };
    Ok((loaded, Learned { traffic, days }))
}

fn hits_of<'a>(facts: &[&'a Fact]) -> impl Iterator<Item = &'a Hit> {
    facts.iter().filter_map(|fact| fact.hit())
}

fn outcomes_of<'a>(facts: impl Iterator<Item = &'a Fact>) -> impl Iterator<Item = &'a Outcome> {
    facts.filter_map(Fact::outcome)
}

fn new_traffic<'a>(facts: &[&'a Fact], known: &HashSet<TrafficKey>) -> NewTraffic<'a> {
    facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Hit(hit) => hit.touch.as_deref().map(|traffic| (hit.workspace, traffic)),
            Fact::Outcome(outcome) => outcome
                .declared
                .as_deref()
                .map(|traffic| (outcome.workspace, traffic)),
            Fact::Cost(cost) => Some((cost.workspace, &cost.traffic)),
            Fact::LeadState(_) => None,
        })
        .map(|(workspace, traffic)| (traffic.key(workspace), (workspace, traffic)))
        .filter(|(key, _)| !known.contains(key))
        .collect()
}

fn append_traffic(
    connection: &Connection,
    new_traffic: &NewTraffic<'_>,
    labeller: &dyn Labeller,
) -> Result<()> {
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
    tuples.append(connection)?;
    store_labels(connection, labels)
}

fn append_hits(connection: &Connection, hits: &[&Hit]) -> Result<()> {
    let (mut rows, mut repeatable) = (rows::hits(), rows::repeatable_hits());
    for hit in hits {
        rows::push_hit(&mut rows, hit);
        if let HitId::Sender(id) = hit.id {
            let (id_hi, id_lo) = rows::halves(id);
            repeatable.key(id_hi).key(id_lo);
        }
    }
    rows.append(connection)?;
    repeatable.append(connection)
}

fn append_touches(connection: &Connection, hits: &[&Hit]) -> Result<()> {
    let mut rows = rows::touches();
    for hit in hits.iter().filter(|hit| is_touch(hit)) {
        if let Some(traffic) = &hit.touch {
            rows::push_touch(&mut rows, hit, traffic);
        }
    }
    rows.append(connection)
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
    connection: &Connection,
    hits: &[&Hit],
    writer: &'a Writer,
) -> Result<Rollup<'a>> {
    let mut starts = stored_starts(connection, hits)?;
    let (mut rows, mut rollup) = (rows::visits(), Rollup::new(&writer.zones));
    let (openings, others): (Vec<&Hit>, Vec<&Hit>) =
        hits.iter().copied().partition(|hit| hit.visits > 0);
    for hit in openings.into_iter().chain(others) {
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
        rows::push_visit(&mut rows, hit, start, opening);
        rollup.add_visit(hit, start);
    }
    rows.append(connection)?;
    Ok(rollup)
}

/// The openings that are stored already, of the visits that the hits open or close.
fn stored_starts(
    connection: &Connection,
    hits: &[&Hit],
) -> Result<HashMap<(WorkspaceId, VisitId), VisitStart>> {
    let mut staged = Columns::new("staged_visits", Place::Temporary, "iui");
    let mut workspaces = HashMap::new();
    let (mut first_ms, mut last_ms) = (i64::MAX, i64::MIN);
    let counted = |hit: &&&Hit| hit.visits != 0 || hit.bounces != 0;
    let new = opened_here(hits);
    let is_new = |hit: &&Hit| new.contains(&(hit.workspace, hit.visit));
    for hit in hits.iter().filter(counted).filter(|hit| !is_new(hit)) {
        staged
            .int(hit.workspace.0)
            .key(hit.visit.0)
            .int(hit.visit_at().0);
        workspaces.insert(hit.visit, hit.workspace);
        (first_ms, last_ms) = (
            first_ms.min(hit.visit_at().0),
            last_ms.max(hit.visit_at().0),
        );
    }
    if staged.rows() == 0 {
        return Ok(HashMap::new());
    }
    connection
        .execute_batch("delete from staged_visits")
        .step("clear the staged visits")?;
    staged.append(connection)?;
    let mut statement = connection
        .prepare(include_str!("queries/visit_starts.sql"))
        .step("look for the starts of visits")?;
    let found = statement
        .query_map([first_ms, last_ms], |row| {
            let start = VisitStart {
                traffic: TrafficKey(row.get(1)?),
                site: row.get(2)?,
                link: row.get(3)?,
                page_host: row.get(4)?,
                page_path: row.get(5)?,
                device: row.get(6)?,
                browser: row.get(7)?,
                os: row.get(8)?,
                country: row.get(9)?,
                bot: row.get(10)?,
            };
            Ok((VisitId(row.get(0)?), start))
        })
        .step("look for the starts of visits")?
        .collect::<duckdb::Result<Vec<_>>>()
        .step("read the starts of visits")?;
    let keyed = found.into_iter().filter_map(|(visit, start)| {
        workspaces
            .get(&visit)
            .map(|workspace| ((*workspace, visit), start))
    });
    Ok(keyed.collect())
}

/// Visits that cannot be stored yet: their opening got its id here, so it comes once, and now.
fn opened_here(hits: &[&Hit]) -> HashSet<(WorkspaceId, VisitId)> {
    let opens = |hit: &&&Hit| hit.visits > 0 && matches!(hit.id, HitId::Stamped(_));
    let openings = hits.iter().filter(opens);
    openings.map(|hit| (hit.workspace, hit.visit)).collect()
}

fn append_outcomes(connection: &Connection, outcomes: &[&Outcome]) -> Result<()> {
    let mut rows = rows::outcomes();
    for outcome in outcomes {
        rows::push_outcome(&mut rows, outcome);
    }
    rows.append(connection)
}

fn append_costs(connection: &Connection, facts: &[&Fact]) -> Result<usize> {
    let mut rows = rows::costs();
    for cost in facts.iter().filter_map(|fact| fact.cost()) {
        rows::push_cost(&mut rows, cost);
    }
    let count = rows.rows();
    rows.append(connection)?;
    Ok(count)
}

fn stored_position(connection: &Connection, node: &str) -> Result<Option<Position>> {
    let mut statement = connection
        .prepare("select segment, byte_offset from journal_position where node = $1")
        .step("read the journal position")?;
    let mut rows = statement
        .query(params![node])
        .step("read the journal position")?;
    let Some(row) = rows.next().step("read the journal position")? else {
        return Ok(None);
    };
    let segment = row.get(0).step("read the journal position")?;
    let offset = row.get(1).step("read the journal position")?;
    Ok(Some(Position {
        node: node.to_owned(),
        segment,
        offset,
    }))
}

fn store_position(connection: &Connection, position: &Position) -> Result<()> {
    connection
        .execute(
            "delete from journal_position where node = $1",
            params![position.node],
        )
        .step("replace the journal position")?;
    connection
        .execute(
            "insert into journal_position (node, segment, byte_offset) values ($1, $2, $3)",
            params![position.node, position.segment, position.offset],
        )
        .step("store the journal position")?;
    Ok(())
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
