//! Taking the hits of an import out again, with everything that they have made.

use std::collections::{BTreeSet, HashSet};

use base::{Fact, ImportId, TimeZone, WorkspaceId};

use crate::batch::Labeller;
use crate::credit_outcomes;
use crate::engine::{Memory, Writing};
use crate::error::Result;

/// What a batch has taken out.
#[derive(Default)]
pub(crate) struct Withdrawn {
    pub(crate) imports: HashSet<ImportId>,
    pub(crate) recredited: u64,
}

/// Takes out the imports that the facts withdraw, before anything of the facts is stored.
///
/// It is committed by itself and ends at no position: done again it finds nothing to do, and what
/// of these imports the facts bring is left out. A hit that came after the withdrawal of its import
/// would be lost, so there is none.
pub(crate) fn withdraw(
    engine: &mut dyn Writing,
    memory: &Memory,
    facts: &[Fact],
    labeller: &dyn Labeller,
) -> Result<Withdrawn> {
    let named = facts.iter().filter_map(Fact::withdrawal);
    let named: BTreeSet<(WorkspaceId, ImportId)> =
        named.map(|fact| (fact.workspace, fact.import)).collect();
    let mut withdrawn = Withdrawn::default();
    for (workspace, import) in named {
        let zone = memory.zones.get(&workspace);
        let zone = zone.cloned().unwrap_or(TimeZone::UTC);
        engine.store_batch(None, &mut |engine| {
            let owed = engine.outcomes_touched(workspace, import)?;
            engine.take_out(workspace, import, &zone)?;
            withdrawn.recredited += credit_outcomes::credit(engine, &[], owed, labeller)?;
            Ok(())
        })?;
        withdrawn.imports.insert(import);
    }
    Ok(withdrawn)
}
