//! Leaving out facts that were stored before.

use std::collections::HashSet;

use base::{Fact, FactId};
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
    // The sets also catch repetitions inside the batch: `insert` is false for the second one.
    let (mut hits, mut outcomes, mut costs) = (stored_hits, stored_outcomes, stored_costs);
    Ok(facts
        .iter()
        .filter(|fact| match fact {
            Fact::Hit(hit) => !hit.may_repeat || hits.insert(hit.id),
            Fact::Outcome(outcome) => outcomes.insert(outcome.id),
            Fact::Cost(cost) => costs.insert(cost.id),
            Fact::LeadState(state) => states.insert(state.id),
        })
        .collect())
}

fn repeatable_hit(fact: &Fact) -> Option<FactId> {
    fact.hit().filter(|hit| hit.may_repeat).map(|hit| hit.id)
}

/// Which of the ids the warehouse has.
fn stored(
    connection: &Connection,
    ids: impl Iterator<Item = FactId>,
    sql: &str,
) -> Result<HashSet<FactId>> {
    let mut staged = Columns::new("staged_ids", Place::Temporary, "uu");
    for id in ids {
        let (id_hi, id_lo) = halves(id);
        staged.key(id_hi).key(id_lo);
    }
    if staged.rows() == 0 {
        return Ok(HashSet::new());
    }
    connection
        .execute_batch("delete from staged_ids")
        .step("clear the staged ids")?;
    staged.append(connection)?;
    let mut statement = connection.prepare(sql).step("look for stored facts")?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?)))
        .step("look for stored facts")?;
    rows.map(|row| {
        let (id_hi, id_lo) = row.step("read stored facts")?;
        Ok(FactId((u128::from(id_hi) << 64) | u128::from(id_lo)))
    })
    .collect()
}
