//! Changing what a lead's status is.

use base::LeadId;
use domain::lead::LeadStatus;
use serde_json::json;
use store::leads::LeadStatusChange;

use super::book::{LeadBook, NewState};
use crate::audit::{self, Act};
use crate::{Actor, App, AppError, Permission};

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
        let mut book = LeadBook::open(&mut tx, actor.workspace, now).await?;
        book.fetch(&mut tx, &[id]).await?;
        let entry = book.entry(id)?;
        if entry.lead.archived_at.is_some() {
            return Err(AppError::NotFound { what: "lead" });
        }
        if entry.lead.version != version {
            return Err(AppError::EditConflict { what: "lead" });
        }
        if entry.lead.status() == status.name() {
            audit::note_nothing();
            return Ok(());
        }
        let told = json!({"status": [entry.lead.status(), status.name()]});
        let change = LeadStatusChange {
            at: now,
            from_status: None,
            to_status: String::new(),
            author_id: actor.user(),
            import_id: None,
        };
        let history = LeadBook::said(entry, status, change);
        let mut details = entry.lead.details.clone();
        status.name().clone_into(&mut details.status);
        let state = NewState {
            details,
            history,
            archived_at: None,
        };
        book.change(id, state)?;
        book.save(&mut tx).await?;
        self.note(&mut tx, actor, Act::LeadStatusChanged, id, told)
            .await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }
}
