//! Whose imports somebody may look at, and what they may import.

use base::ImportId;
use store::Connection;
use store::imports::{self, Import};

use super::ACCESS_LOG;
use crate::{Actor, AppError, Permission};

/// An import that the actor may look at: of others, who sees a part only sees none.
pub(super) async fn own_import(
    connection: &mut Connection,
    actor: &Actor,
    id: ImportId,
) -> Result<Import, AppError> {
    let import = imports::load_import(connection, actor.workspace, id).await?;
    let is_own = actor.user().is_some() && import.author_id == actor.user();
    if actor.sight().is_some() && !is_own {
        return Err(AppError::NotFound { what: "import" });
    }
    Ok(import)
}

/// Files need the right to import, and the right to write what is in them. A file of records
/// speaks of any of them, so it needs to see them all.
///
/// # Errors
/// When the actor lacks one of them.
pub(super) fn require_import_of(actor: &Actor, kind: &str) -> Result<(), AppError> {
    actor.require(Permission::ImportFiles)?;
    actor.require(match kind {
        "costs" => Permission::WriteCosts,
        "leads" => Permission::WriteLeads,
        ACCESS_LOG | "history" => Permission::WriteEvents,
        _ => Permission::WriteDeals,
    })?;
    match kind {
        // A program that sees a part would not see its own import: its keys are no authors.
        "costs" | "history" if actor.user().is_some() || actor.sight().is_none() => {
            actor.require_all_channels()
        }
        _ => actor.require_all_records(),
    }
}
