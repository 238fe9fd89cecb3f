//! Changing what a lead's status is.

use base::{LeadId, UnixMillis, UserId};
use domain::lead::{LeadStatus, change_status};
use store::Tx;
use store::leads::{self, Lead, LeadStatusChange};

use super::post::{Version, facts, standing_of};
use crate::{Actor, App, AppError, Permission, outbox};

impl App {
    /// Changes the status of a lead as it was read at `version`, and posts what that changes.
    ///
    /// # Errors
    /// When the status is unknown or somebody else changed the lead meanwhile.
    pub async fn change_lead_status(
        &self,
        actor: &Actor,
        id: LeadId,
        version: i64,
        status: &str,
    ) -> Result<(), AppError> {
        actor.require(Permission::WriteLeads)?;
        let status: LeadStatus = status
            .parse()
            .map_err(|error| AppError::invalid("status", "not_allowed", format!("{error}")))?;
        let now = self.now();
        let mut tx = self.inner.store.begin().await?;
        let lead = leads::load_lead(&mut tx, actor.workspace, id).await?;
        if lead.archived_at.is_some() {
            return Err(AppError::NotFound { what: "lead" });
        }
        if lead.version != version {
            return Err(AppError::EditConflict { what: "lead" });
        }
        move_lead(&mut tx, actor, &lead, status, now).await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }
}

/// Moves a lead to a status; nothing when it has it.
pub(super) async fn move_lead(
    tx: &mut Tx,
    actor: &Actor,
    lead: &Lead,
    status: LeadStatus,
    now: UnixMillis,
) -> Result<(), AppError> {
    if lead.details.status == status.name() {
        return Ok(());
    }
    let (workspace, id) = (actor.workspace, lead.id);
    let history = leads::list_lead_status_changes(tx, workspace, id).await?;
    // Changes of one lead never go back in time, whatever the clock does.
    let at = history.last().map_or(now, |last| last.at.max(now));
    let (_, effects) = change_status(standing_of(&lead.details, &history), status, at);
    let mut details = lead.details.clone();
    details.status = status.name().to_owned();
    let version = leads::save_lead(tx, workspace, id, lead.version, &details).await?;
    let change = change(&lead.details.status, status, at, actor.user());
    leads::insert_lead_status_change(tx, workspace, id, &change).await?;
    let version = Version {
        workspace,
        lead: id,
        version,
        recorded: now,
        part: "status",
    };
    outbox::put(tx, now, &facts(version, &details, &effects)).await
}

fn change(
    from: &str,
    to: LeadStatus,
    at: UnixMillis,
    author_id: Option<UserId>,
) -> LeadStatusChange {
    LeadStatusChange {
        at,
        from_status: Some(from.to_owned()),
        to_status: to.name().to_owned(),
        author_id,
    }
}
