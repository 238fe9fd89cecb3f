//! Changing what a lead's status is, and taking that back.

use base::{LeadId, UnixMillis, UserId, WorkspaceId};
use domain::lead::LeadStatus;
use serde_json::json;
use store::Tx;
use store::leads::{self, LeadStatusChange};

use super::book::{LeadBook, NewState};
use crate::audit::{self, Act};
use crate::webhooks::News;
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
        let reach = self.stored_reach(actor).await?;
        let mut tx = self.inner.store.begin().await?;
        leads::load_lead(&mut tx, actor.workspace, &reach, id).await?;
        let book = open(&mut tx, actor.workspace, now, id, version).await?;
        let entry = book.entry(id)?;
        if entry.lead.status() == status.name() {
            audit::note_nothing();
            return Ok(());
        }
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
        self.make(tx, actor, book, id, state).await
    }

    /// Takes back the last word on a lead's status, which has to be a person's own: the lead is
    /// what it was, a sale where its deals make it one, as if nothing had been said.
    ///
    /// # Errors
    /// When the last word is not the actor's or somebody else changed the lead meanwhile.
    pub async fn take_back_lead_status(
        &self,
        actor: &Actor,
        id: LeadId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::WriteLeads)?;
        let now = self.now();
        let reach = self.stored_reach(actor).await?;
        let mut tx = self.inner.store.begin().await?;
        leads::load_lead(&mut tx, actor.workspace, &reach, id).await?;
        let book = open(&mut tx, actor.workspace, now, id, version).await?;
        let entry = book.entry(id)?;
        let mut history = entry.history.clone();
        let last = history.pop();
        // What programs say has no author: which of them it was, nobody can tell.
        let is_own = |word: &LeadStatusChange| {
            let is_theirs = word.author_id.is_some() && word.author_id == actor.user();
            is_theirs && word.from_status.is_some() && word.import_id.is_none()
        };
        let (Some(before), true) = (history.last(), last.as_ref().is_some_and(is_own)) else {
            return Err(AppError::Conflict {
                code: "nothing_to_take_back",
                field: Some("status".to_owned()),
                detail: "the last word on this lead's status is not yours".to_owned(),
            });
        };
        let mut details = entry.lead.details.clone();
        details.status.clone_from(&before.to_status);
        let state = NewState {
            details,
            history,
            archived_at: None,
        };
        self.make(tx, actor, book, id, state).await
    }

    /// Makes a lead what it is to be, and notes from what to what its status went.
    async fn make(
        &self,
        mut tx: Tx,
        actor: &Actor,
        mut book: LeadBook,
        id: LeadId,
        state: NewState,
    ) -> Result<(), AppError> {
        let before = book.entry(id)?.lead.status().to_owned();
        book.change(id, state)?;
        let lead = book.entry(id)?.lead.clone();
        if lead.status() != before {
            book.tell(News::of_status(&lead, &before));
        }
        let told = json!({"status": [before, lead.status()]});
        book.save(&mut tx).await?;
        self.note(&mut tx, actor, Act::LeadStatusChanged, id, told)
            .await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }
}

/// Makes somebody, or nobody, responsible for a lead as it was read at `version`.
pub(crate) async fn hand_on(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    id: LeadId,
    version: i64,
    to: Option<UserId>,
) -> Result<(), AppError> {
    let mut book = open(tx, workspace, now, id, version).await?;
    let entry = book.entry(id)?;
    let mut details = entry.lead.details.clone();
    details.assignee_id = to;
    let state = NewState {
        details,
        history: entry.history.clone(),
        archived_at: None,
    };
    book.change(id, state)?;
    book.save(tx).await
}

/// The lead as it was read at a version.
async fn open(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    id: LeadId,
    version: i64,
) -> Result<LeadBook, AppError> {
    let mut book = LeadBook::open(tx, workspace, now).await?;
    book.fetch(tx, &[id]).await?;
    let entry = book.entry(id)?;
    if entry.lead.archived_at.is_some() {
        return Err(AppError::NotFound { what: "lead" });
    }
    if entry.lead.version != version {
        return Err(AppError::EditConflict { what: "lead" });
    }
    Ok(book)
}
