//! Which manual costs somebody sees who sees some channels only: those that name one of them.

use store::manual_costs::{self, ManualCost, ManualCostDetails};
use store::{Connection, ManualCostId};

use crate::sight::channels_within;
use crate::{Actor, AppError};

/// A cost that the actor sees.
pub(super) async fn load(
    connection: &mut Connection,
    actor: &Actor,
    id: ManualCostId,
) -> Result<ManualCost, AppError> {
    let cost = manual_costs::load_manual_cost(connection, actor.workspace, id).await?;
    match is_within(connection, actor, &cost.details).await? {
        true => Ok(cost),
        false => Err(AppError::NotFound {
            what: "manual cost",
        }),
    }
}

/// # Errors
/// When the actor would not see the cost.
pub(super) async fn require_channel(
    connection: &mut Connection,
    actor: &Actor,
    details: &ManualCostDetails,
) -> Result<(), AppError> {
    if is_within(connection, actor, details).await? {
        return Ok(());
    }
    let detail = "name one of the channels that you see";
    Err(AppError::invalid("channel_id", "beyond_reach", detail))
}

async fn is_within(
    connection: &mut Connection,
    actor: &Actor,
    details: &ManualCostDetails,
) -> Result<bool, AppError> {
    let within = channels_within(connection, actor).await?;
    let named = details.channel_id;
    Ok(within.is_none_or(|ids| named.is_some_and(|id| ids.contains(&id))))
}
