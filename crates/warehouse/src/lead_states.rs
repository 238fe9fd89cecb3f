//! What leads are, version by version.

use base::{Fact, LeadState};

use crate::columns::{Columns, Place};
use crate::rows::halves;

/// The states among the facts as rows.
pub(crate) fn rows(facts: &[&Fact]) -> Columns {
    let mut rows = Columns::new("lead_states", Place::Stored, "iuuiiit");
    for state in facts.iter().filter_map(|fact| fact.lead_state()) {
        push(&mut rows, state);
    }
    rows
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
