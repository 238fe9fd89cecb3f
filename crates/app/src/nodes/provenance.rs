//! Whether a journal is the one that a node's facts were loaded from, told by what stands in it.

use std::collections::VecDeque;

use base::Fact;
use journal::{Journal, Position};
use warehouse::{Likeness, Warehouse};

use crate::AppError;
use crate::error::{Step as _, of_warehouse};
use crate::loader::{LOAD_BYTES_MAX, READ_JOURNAL};

/// Facts on either side of a place that are looked for.
const FACTS: usize = 100;
/// Fewer prove nothing: who saw no answer here may have asked another node.
const FACTS_FEW: usize = 8;

/// What a journal shows where the facts of a node are loaded up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Nothing speaks against it: what stands before the place is loaded, and what stands behind
    /// it is not.
    Same,
    /// No entry ends there.
    NoSuchPlace,
    /// A segment is not in the folder.
    Missing { segment: u64 },
    /// What stands before the place was never loaded.
    NeverLoaded,
    /// What stands behind it was loaded all the same, under another name.
    LoadedAsAnother,
}

/// Looks at a journal around the place up to which a node's facts are loaded. Blocks.
///
/// # Errors
/// When the journal cannot be read, or the warehouse does not answer.
pub fn provenance(
    journal: &Journal,
    warehouse: &Warehouse,
    loaded: Position,
) -> Result<Provenance, AppError> {
    let known = |facts: &[Fact], likeness| {
        let recognised = warehouse.recognise(facts, likeness);
        recognised.map_err(of_warehouse("look for facts of the journal"))
    };
    let before = match facts_before(journal, loaded)? {
        Ok(before) => known(&before, Likeness::Veiled)?,
        Err(found) => return Ok(found),
    };
    if before.stored * 2 < before.asked {
        return Ok(Provenance::NeverLoaded);
    }
    let read = journal.read(loaded, LOAD_BYTES_MAX).step(READ_JOURNAL)?;
    let behind = read.entries.iter().flat_map(|entry| Fact::decode(entry));
    let behind: Vec<Fact> = behind.take(FACTS).collect();
    let behind = known(&behind, Likeness::Same)?;
    match behind.asked >= FACTS_FEW && behind.stored * 2 > behind.asked {
        true => Ok(Provenance::LoadedAsAnother),
        false => Ok(Provenance::Same),
    }
}

/// The last facts before a place, or why there is no such place.
fn facts_before(
    journal: &Journal,
    place: Position,
) -> Result<Result<Vec<Fact>, Provenance>, AppError> {
    let segment = match place.offset {
        0 => place.segment.saturating_sub(1),
        _ => place.segment,
    };
    let (mut at, mut last) = (Position { segment, offset: 0 }, VecDeque::new());
    while at < place {
        let read = journal.read_until(at, place, LOAD_BYTES_MAX);
        let read = read.step(READ_JOURNAL)?;
        if read.missing > 0 {
            return Ok(Err(Provenance::Missing { segment }));
        }
        for fact in read.entries.iter().flat_map(|entry| Fact::decode(entry)) {
            if last.len() == FACTS {
                last.pop_front();
            }
            last.push_back(fact);
        }
        if read.next == at {
            break;
        }
        at = read.next;
    }
    match at == place {
        true => Ok(Ok(last.into())),
        false => Ok(Err(Provenance::NoSuchPlace)),
    }
}
