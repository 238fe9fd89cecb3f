//! Leaving out facts that were stored before.

use std::collections::{HashMap, HashSet};

use base::{Fact, FactId, HitId, UnixMillis};
use duckdb::Connection;

use crate::columns::{Columns, Place};
use crate::error::{Result, Step};
use crate::rows::halves;

/// The facts that are new, in their order.
pub(crate) fn new_facts<'a>(connection: &Connection, facts: &'a [Fact]) -> Result<Vec<&'a Fact>> {
    let stored_hits = stored(
        connection,
        facts.iter().filter_map(repeatable_hit),
        include_str!("queries/stored_hits.sql"),
    )?;
    let stored_outcomes = stored(
        connection,
        facts.iter().filter_map(|fact| Some(fact.outcome()?.id)),
        include_str!("queries/stored_outcomes.sql"),
    )?;
    let stored_costs = stored(
        connection,
        facts.iter().filter_map(|fact| Some(fact.cost()?.id)),
        include_str!("queries/stored_costs.sql"),
    )?;
    let mut states = stored(
        connection,
        facts.iter().filter_map(|fact| Some(fact.lead_state()?.id)),
        include_str!("queries/stored_lead_states.sql"),
    )?;
    let mut recent = Recent::stored(connection, facts)?;
    // The sets also catch repetitions inside the batch: `insert` is false for the second one.
    let (mut hits, mut outcomes, mut costs) = (stored_hits, stored_outcomes, stored_costs);
    Ok(facts
        .iter()
        .filter(|fact| match fact {
            Fact::Hit(hit) => match hit.id {
                HitId::Stamped(_) => true,
                HitId::Sender(id) => hits.insert(id),
                HitId::Browser(id) => recent.insert(id, hit.at),
            },
            Fact::Outcome(outcome) => outcomes.insert(outcome.id),
            Fact::Cost(cost) => costs.insert(cost.id),
            Fact::LeadState(state) => states.insert(state.id),
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
    fn stored(connection: &Connection, facts: &[Fact]) -> Result<Self> {
        let hits = || facts.iter().filter_map(soon_repeated);
        let Some(first) = hits().map(|(_, at)| at).min() else {
            return Ok(Self(HashMap::new()));
        };
        stage(connection, hits().map(|(id, _)| id))?;
        let sql = include_str!("queries/stored_recent_hits.sql");
        let mut statement = connection.prepare(sql).step("look for recent hits")?;
        let since = first.plus_ms(-HitId::BROWSER_REPEATS_MS).0;
        let rows = statement
            .query_map([since], |row| Ok((id_of(row)?, UnixMillis(row.get(2)?))))
            .step("look for recent hits")?;
        let times = rows
            .collect::<duckdb::Result<_>>()
            .step("read recent hits")?;
        Ok(Self(times))
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
    connection: &Connection,
    ids: impl Iterator<Item = FactId>,
    sql: &str,
) -> Result<HashSet<FactId>> {
    if stage(connection, ids)? == 0 {
        return Ok(HashSet::new());
    }
    let mut statement = connection.prepare(sql).step("look for stored facts")?;
    let rows = statement
        .query_map([], id_of)
        .step("look for stored facts")?;
    rows.collect::<duckdb::Result<_>>()
        .step("read stored facts")
}

/// Puts the ids where a query can join them, and counts them.
fn stage(connection: &Connection, ids: impl Iterator<Item = FactId>) -> Result<usize> {
    let mut staged = Columns::new("staged_ids", Place::Temporary, "uu");
    for id in ids {
        let (id_hi, id_lo) = halves(id);
        staged.key(id_hi).key(id_lo);
    }
    if staged.rows() == 0 {
        return Ok(0);
    }
    connection
        .execute_batch("delete from staged_ids")
        .step("clear the staged ids")?;
    let rows = staged.rows();
    staged.append(connection)?;
    Ok(rows)
}

fn id_of(row: &duckdb::Row<'_>) -> duckdb::Result<FactId> {
    let (id_hi, id_lo) = (row.get::<_, u64>(0)?, row.get::<_, u64>(1)?);
    Ok(FactId((u128::from(id_hi) << 64) | u128::from(id_lo)))
}
