//! Storing credit: of new outcomes, and again of older ones when earlier touches arrive.

use std::collections::{BTreeMap, BTreeSet};

use base::{Hit, Outcome, TrafficKey, UnixMillis, WorkspaceId};
use duckdb::Connection;

use crate::columns::{Columns, Place};
use crate::credit::{Attribution, Credited, Touch};
use crate::error::{Result, Step};
use crate::load::earliest_touches;
use crate::rows;

/// An outcome to credit.
pub(crate) struct Owed {
    workspace: WorkspaceId,
    id: (u64, u64),
    /// Zero when nobody knows who it was.
    visitor: u64,
    credited: Credited,
}

type Touches = BTreeMap<(WorkspaceId, u64), Vec<Touch>>;

/// Credits new outcomes, and again those whose touches changed; all of them and the touches of
/// the batch must be stored. Gives the number of the latter.
pub(crate) fn credit(connection: &Connection, new: &[&Outcome], again: Vec<Owed>) -> Result<u64> {
    if new.is_empty() && again.is_empty() {
        return Ok(0);
    }
    let recredited = u64::try_from(again.len()).unwrap_or(u64::MAX);
    delete_credited(connection, &again)?;
    let mut owed = again;
    owed.extend(new.iter().map(|outcome| Owed::of(outcome)));
    let touches = touches_of(connection, &owed)?;
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
    connection
        .execute_batch("delete from staged_credits")
        .step("clear the staged credits")?;
    rows.append(connection)?;
    connection
        .execute_batch(include_str!("queries/insert_credited.sql"))
        .step("store credited outcomes")?;
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
    connection: &Connection,
    hits: &[&Hit],
    latest_created: Option<UnixMillis>,
) -> Result<Vec<Owed>> {
    let Some(latest_created) = latest_created else {
        return Ok(Vec::new());
    };
    let mut staged = Columns::new("staged_touches", Place::Temporary, "iui");
    for ((workspace, visitor), at) in earliest_touches(hits) {
        // Touches of today rarely precede a stored outcome: then nothing is asked at all.
        if at <= latest_created {
            staged.int(workspace.0).key(visitor).int(at.0);
        }
    }
    if staged.rows() == 0 {
        return Ok(Vec::new());
    }
    connection
        .execute_batch("delete from staged_touches")
        .step("clear the staged touches")?;
    staged.append(connection)?;
    let mut statement = connection
        .prepare(include_str!("queries/outcomes_to_credit.sql"))
        .step("look for outcomes to credit again")?;
    statement
        .query_map([], |row| {
            let declared: u64 = row.get(5)?;
            Ok(Owed {
                workspace: WorkspaceId(row.get(0)?),
                id: (row.get(1)?, row.get(2)?),
                visitor: row.get(3)?,
                credited: Credited {
                    created: UnixMillis(row.get(4)?),
                    declared: (declared != 0).then_some(TrafficKey(declared)),
                },
            })
        })
        .step("look for outcomes to credit again")?
        .collect::<duckdb::Result<Vec<_>>>()
        .step("read outcomes to credit again")
}

fn delete_credited(connection: &Connection, outcomes: &[Owed]) -> Result<()> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let mut staged = Columns::new("staged_ids", Place::Temporary, "uu");
    for outcome in outcomes {
        staged.key(outcome.id.0).key(outcome.id.1);
    }
    connection
        .execute_batch("delete from staged_ids")
        .step("clear the staged ids")?;
    staged.append(connection)?;
    connection
        .execute_batch(include_str!("queries/delete_credited.sql"))
        .step("delete outdated credits")
}

fn touches_of(connection: &Connection, outcomes: &[Owed]) -> Result<Touches> {
    let visitors: BTreeSet<(WorkspaceId, u64)> = outcomes
        .iter()
        .filter(|outcome| outcome.visitor != 0)
        .map(|outcome| (outcome.workspace, outcome.visitor))
        .collect();
    let mut touches = Touches::new();
    if visitors.is_empty() {
        return Ok(touches);
    }
    let mut staged = Columns::new("staged_visitors", Place::Temporary, "iu");
    for (workspace, visitor) in visitors {
        staged.int(workspace.0).key(visitor);
    }
    connection
        .execute_batch("delete from staged_visitors")
        .step("clear the staged visitors")?;
    staged.append(connection)?;
    let mut statement = connection
        .prepare(include_str!("queries/touches_of_visitors.sql"))
        .step("look for touches")?;
    let mut rows = statement.query([]).step("look for touches")?;
    while let Some(row) = rows.next().step("read touches")? {
        let read = || -> duckdb::Result<((WorkspaceId, u64), Touch)> {
            let key = (WorkspaceId(row.get(0)?), row.get(1)?);
            let touch = Touch {
                at: UnixMillis(row.get(2)?),
                seq: row.get(3)?,
                traffic: TrafficKey(row.get(4)?),
                direct: row.get::<_, i64>(5)? != 0,
            };
            Ok((key, touch))
        };
        let (key, touch) = read().step("read touches")?;
        touches.entry(key).or_default().push(touch);
    }
    Ok(touches)
}
