//! Storing credit: of new outcomes, and again of older ones when earlier touches arrive.

use std::collections::{BTreeMap, BTreeSet};

use base::{Hit, Outcome, Pseudonym, UnixMillis, VisitorId, WorkspaceId};

use crate::batch::Labeller;
use crate::columns::{Columns, Place};
use crate::credit::{Attribution, Credited, Touch};
use crate::engine::Loading;
use crate::error::Result;
use crate::load::earliest_touches;
use crate::rows;

/// An outcome to credit.
pub(crate) struct Owed {
    pub(crate) workspace: WorkspaceId,
    pub(crate) id: (u64, u64),
    /// Zero when nobody knows who it was.
    pub(crate) visitor: u64,
    pub(crate) credited: Credited,
}

type Touches = BTreeMap<(WorkspaceId, u64), Vec<Touch>>;

/// Credits new outcomes, and again those whose touches changed; all of them and the touches of
/// the batch must be stored. Gives the number of the latter.
pub(crate) fn credit(
    engine: &mut dyn Loading,
    new: &[&Outcome],
    again: Vec<Owed>,
    labeller: &dyn Labeller,
) -> Result<u64> {
    if new.is_empty() && again.is_empty() {
        return Ok(0);
    }
    let recredited = u64::try_from(again.len()).unwrap_or(u64::MAX);
    let mut outdated = Columns::new("staged_ids", Place::Staged, "uu");
    for outcome in &again {
        outdated.key(outcome.id.0).key(outcome.id.1);
    }
    let mut owed = again;
    owed.extend(new.iter().map(|outcome| Owed::of(outcome)));
    let touches = touches_of(engine, &owed, labeller)?;
    let mut rows = rows::staged_credits();
    for outcome in &owed {
        let touches = touches.get(&(outcome.workspace, outcome.visitor));
        for model in Attribution::ALL {
            let touches = touches.map_or(&[][..], Vec::as_slice);
            for credit in model.credits(outcome.credited, touches) {
                rows::push_credit(&mut rows, outcome.id, model, credit);
            }
        }
    }
    engine.credit(outdated, rows)?;
    Ok(recredited)
}

impl Owed {
    fn of(outcome: &Outcome) -> Self {
        Self {
            workspace: outcome.workspace,
            id: rows::halves(outcome.id),
            visitor: outcome.visitor.map_or(0, |visitor| visitor.0),
            credited: Credited {
                created: outcome.created,
                declared: rows::declared_key(outcome),
            },
        }
    }
}

/// Stored outcomes that a touch of the batch may precede.
pub(crate) fn affected(
    engine: &mut dyn Loading,
    hits: &[&Hit],
    latest_created: Option<UnixMillis>,
    labeller: &dyn Labeller,
) -> Result<Vec<Owed>> {
    let Some(latest_created) = latest_created else {
        return Ok(Vec::new());
    };
    let mut touches = earliest_touches(hits);
    // Touches of today rarely precede a stored outcome: then nothing is asked at all.
    touches.retain(|_, at| *at <= latest_created);
    if touches.is_empty() {
        return Ok(Vec::new());
    }
    let mut staged = Columns::new("staged_touches", Place::Staged, "iui");
    for ((workspace, visitor), at) in &touches {
        staged.int(workspace.0).key(*visitor).int(at.0);
    }
    let mut affected = engine.outcomes_after(staged)?;
    let known: BTreeSet<(u64, u64)> = affected.iter().map(|outcome| outcome.id).collect();
    let of_formers = of_formers(engine, &touches, labeller)?;
    affected.extend(of_formers.into_iter().filter(|it| !known.contains(&it.id)));
    Ok(affected)
}

/// Outcomes of visitors whose touches of the past are under a pseudonym. It cannot be told from a
/// pseudonym whose it is, so all outcomes behind such a touch are asked; one comes late as rarely
/// as a part of the journal is loaded again.
fn of_formers(
    engine: &mut dyn Loading,
    touches: &BTreeMap<(WorkspaceId, u64), UnixMillis>,
    labeller: &dyn Labeller,
) -> Result<Vec<Owed>> {
    let is_former = |(workspace, visitor): &(WorkspaceId, u64)| {
        Pseudonym::may_be(VisitorId(*visitor)) && labeller.has_formers(*workspace)
    };
    let mut earliest = BTreeMap::new();
    for ((workspace, _), at) in touches.iter().filter(|(whose, _)| is_former(whose)) {
        let first = earliest.entry(*workspace).or_insert(*at);
        *first = (*first).min(*at);
    }
    let mut found = Vec::new();
    for (workspace, from) in earliest {
        let outcomes = engine.outcomes_since(workspace, from)?;
        found.extend(outcomes.into_iter().filter(|outcome| {
            let former = labeller.former(workspace, VisitorId(outcome.visitor));
            let touch = former.and_then(|former| touches.get(&(workspace, former.0)));
            touch.is_some_and(|at| outcome.credited.created >= *at)
        }));
    }
    Ok(found)
}

/// The touches of the visitors, and those that are under who they were.
fn touches_of(
    engine: &mut dyn Loading,
    outcomes: &[Owed],
    labeller: &dyn Labeller,
) -> Result<Touches> {
    let visitors: BTreeSet<(WorkspaceId, u64)> = outcomes
        .iter()
        .filter(|outcome| outcome.visitor != 0)
        .map(|outcome| (outcome.workspace, outcome.visitor))
        .collect();
    let mut touches = Touches::new();
    if visitors.is_empty() {
        return Ok(touches);
    }
    let mut sought = visitors.clone();
    let mut formers = BTreeMap::new();
    for (workspace, visitor) in visitors {
        if let Some(former) = labeller.former(workspace, VisitorId(visitor)) {
            sought.insert((workspace, former.0));
            formers.insert((workspace, visitor), former.0);
        }
    }
    let mut staged = Columns::new("staged_visitors", Place::Staged, "iu");
    for (workspace, visitor) in sought {
        staged.int(workspace.0).key(visitor);
    }
    for (workspace, visitor, touch) in engine.touches_of(staged)? {
        touches.entry((workspace, visitor)).or_default().push(touch);
    }
    for ((workspace, visitor), former) in formers {
        let earlier = touches.get(&(workspace, former)).cloned();
        let all = touches.entry((workspace, visitor)).or_default();
        all.extend(earlier.unwrap_or_default());
        all.sort_unstable();
    }
    Ok(touches)
}
