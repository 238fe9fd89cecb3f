//! What leads are, version by version.

use base::{Fact, LeadState};
use duckdb::Connection;

use crate::columns::{Columns, Place};
use crate::error::Result;
use crate::rows::halves;

/// Appends the states among the facts and tells how many they are.
pub(crate) fn append(connection: &Connection, facts: &[&Fact]) -> Result<usize> {
    let mut rows = Columns::new("lead_states", Place::Main, "iuuiiit");
    for state in facts.iter().filter_map(|fact| fact.lead_state()) {
        push(&mut rows, state);
    }
    let count = rows.rows();
    rows.append(connection)?;
    Ok(count)
}

fn push(rows: &mut Columns, state: &LeadState) {
    let (id_hi, id_lo) = halves(state.id);
    rows.int(state.workspace.0)
        .key(id_hi)
        .key(id_lo)
        .int(state.lead.0)
        .int(state.version)
        .int(state.recorded.0)
        .text(&state.status);
}
