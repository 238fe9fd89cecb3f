//! Telling whether facts are stored, for whoever has to know one journal from another.

use std::collections::BTreeSet;

use base::{Fact, HitId};

use crate::error::Result;
use crate::query::{Limits, Parameter, Sql, Value};
use crate::rows::halves;
use crate::warehouse::Warehouse;

/// Facts that were looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recognised {
    /// Those that are asked about: what a file brought may have been taken back, and proves
    /// nothing.
    pub asked: usize,
    pub stored: usize,
}

/// How alike a stored fact has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same.
    Same,
    /// It may be under a pseudonym by now, which changes the ids that were given here: of those
    /// the time is left, which hits of one moment share.
    Veiled,
}

impl Warehouse {
    /// How many of some facts are stored.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn recognise(&self, facts: &[Fact], likeness: Likeness) -> Result<Recognised> {
        let marks = facts.iter().filter_map(|fact| mark(fact, likeness));
        let marks: BTreeSet<String> = marks.collect();
        if marks.is_empty() {
            return Ok(Recognised::default());
        }
        let asked = marks.len();
        let marks: Vec<String> = marks.into_iter().collect();
        let sql = Sql {
            duck_db: include_str!("queries/recognise.sql"),
            click_house: include_str!("queries/recognise.ch.sql"),
        };
        let is_same = i64::from(likeness == Likeness::Same);
        let parameters = [Parameter::Text(marks.join(",")), Parameter::Int(is_same)];
        let table = self.query(sql, &parameters, Limits::default())?;
        let counted = table.rows.first().and_then(|row| row.first());
        let stored = counted.and_then(Value::int);
        Ok(Recognised {
            asked,
            stored: usize::try_from(stored.unwrap_or_default()).unwrap_or_default(),
        })
    }
}

/// Kind, workspace, time, both halves of the id, and the visit where that is a part of it.
fn mark(fact: &Fact, likeness: Likeness) -> Option<String> {
    let (kind, at, (high, low), visit) = match fact {
        Fact::Hit(hit) => match (hit.id, likeness) {
            (HitId::Sender(id) | HitId::Browser(id), _) => ("hit", hit.at.0, halves(id), 0),
            (HitId::Stamped(mark), Likeness::Same) => {
                ("hit", hit.at.0, (0, u64::from(mark)), hit.visit.0)
            }
            (HitId::Stamped(_), Likeness::Veiled) => ("hit", hit.at.0, (0, 0), 0),
        },
        Fact::Outcome(outcome) => ("outcome", 0, halves(outcome.id), 0),
        Fact::Cost(cost) | Fact::UnclickedCost(cost) => ("cost", 0, halves(cost.id), 0),
        Fact::SaidCost(said) => ("cost", 0, halves(said.cost.id), 0),
        Fact::LeadState(state) => ("state", 0, halves(state.id), 0),
        Fact::FiledHit(_) | Fact::History(_) | Fact::Withdrawal(_) => return None,
    };
    let workspace = fact.workspace();
    Some(format!("{kind}:{workspace}:{at}:{high}:{low}:{visit}"))
}
