//! What senders say again of somebody who was erased: a file that is imported once more, a CRM that
//! sends its past. The record is found and what counts is taken over; who it was is not.

use base::WorkspaceId;
use domain::contact::{Email, Phone};
use store::Connection;
use store::leads::STATUS_WORD_FIELD;

use super::marks::{Erased, Look, MarkKind};
use crate::AppError;
use crate::deals::DealDraft;
use crate::leads::Clues;
use crate::leads::LeadDraft;

impl Erased {
    /// Leaves out of drafts of leads what says who somebody was.
    pub(crate) async fn veil_leads(
        &self,
        connection: &mut Connection,
        workspace: WorkspaceId,
        drafts: &mut [&mut LeadDraft],
    ) -> Result<(), AppError> {
        let hidden = {
            let look = self.look();
            if look.is_empty() {
                return Ok(());
            }
            let ids = drafts.iter().map(|draft| {
                let id = draft.external_id.as_deref()?;
                Some(look.hidden_id(workspace, id))
            });
            ids.collect::<Vec<_>>()
        };
        let known = known_leads(connection, workspace, &hidden).await?;
        let look = self.look();
        for (draft, hidden) in drafts.iter_mut().zip(hidden) {
            let is_known = hidden.as_ref().is_some_and(|id| known.contains(id));
            let said_at = draft.is_dated.then_some(draft.at);
            // A door that is told no moment is told of now; a file is not.
            let said_at = match draft.import {
                Some(_) => said_at,
                None => Some(draft.at),
            };
            let (phone, email) = (draft.phone.as_ref(), draft.email.as_ref());
            let phone = phone.map(Phone::as_str);
            let email = email.map(Email::as_str);
            let is_marked = |kind, value: Option<&str>| {
                value.is_some_and(|value| look.is_erased(workspace, kind, value, said_at))
            };
            if is_known || is_marked(MarkKind::Phone, phone) || is_marked(MarkKind::Email, email) {
                draft.external_id = hidden;
                veil_lead(draft);
            }
        }
        Ok(())
    }

    /// Leaves out of drafts of deals what says who somebody was.
    pub(crate) async fn veil_deals(
        &self,
        connection: &mut Connection,
        workspace: WorkspaceId,
        drafts: &mut [&mut DealDraft],
    ) -> Result<(), AppError> {
        let (of_leads, own) = {
            let look = self.look();
            if look.is_empty() {
                return Ok(());
            }
            let hide = |id: &str| look.hidden_id(workspace, id);
            let of_leads: Vec<Option<String>> = drafts
                .iter()
                .map(|draft| draft.lead_external_id.as_deref().map(hide))
                .collect();
            let own: Vec<String> = drafts
                .iter()
                .map(|draft| hide(&draft.external_id))
                .collect();
            (of_leads, own)
        };
        let leads = known_leads(connection, workspace, &of_leads).await?;
        let hidden = known_deals(connection, workspace, own.iter().map(String::as_str)).await?;
        let plain = drafts.iter().map(|draft| draft.external_id.as_str());
        let plain = known_deals(connection, workspace, plain).await?;
        let erased = erased_deals(connection, workspace, plain).await?;
        let look = self.look();
        for ((draft, lead), own) in drafts.iter_mut().zip(of_leads).zip(own) {
            let said_at = Some(draft.created);
            let marked = |kind, value: Option<&str>| {
                value.is_some_and(|value| look.is_erased(workspace, kind, value, said_at))
            };
            let is_marked = marked(MarkKind::Phone, draft.phone.as_ref().map(Phone::as_str))
                || marked(MarkKind::Email, draft.email.as_ref().map(Email::as_str));
            if lead.as_ref().is_some_and(|id| leads.contains(id)) {
                draft.lead_external_id = lead;
                veil_deal(draft);
            }
            if hidden.iter().any(|(id, _)| *id == own) {
                draft.external_id = own;
                veil_deal(draft);
            } else if is_marked || erased.contains(&draft.external_id) {
                veil_deal(draft);
            }
        }
        Ok(())
    }
}

impl Look<'_> {
    fn hidden_id(&self, workspace: WorkspaceId, id: &str) -> String {
        self.key()
            .map_or_else(String::new, |key| key.hidden_id(workspace, id))
    }
}

fn veil_lead(draft: &mut LeadDraft) {
    for text in [
        &mut draft.name,
        &mut draft.phone_text,
        &mut draft.email_text,
        &mut draft.message,
        &mut draft.page,
    ] {
        text.clear();
    }
    (draft.phone, draft.email) = (None, None);
    draft.fields.retain(|name, _| name == STATUS_WORD_FIELD);
    draft.clues = Clues {
        declared: draft.clues.declared.take(),
        ..Clues::default()
    };
}

fn veil_deal(draft: &mut DealDraft) {
    draft.title.clear();
    draft.name.clear();
    (draft.phone, draft.email, draft.customer) = (None, None, None);
    draft.clues = Clues {
        declared: draft.clues.declared.take(),
        ..Clues::default()
    };
}

/// Which of the hidden ids records have.
async fn known_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    hidden: &[Option<String>],
) -> Result<Vec<String>, AppError> {
    let ids: Vec<&str> = hidden.iter().flatten().map(String::as_str).collect();
    let found = store::leads::list_leads_by_external_id(connection, workspace, &ids).await?;
    let ids = found
        .into_iter()
        .filter_map(|lead| lead.details.external_id);
    Ok(ids.collect())
}

async fn known_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    ids: impl Iterator<Item = &str>,
) -> Result<Vec<(String, i64)>, AppError> {
    let ids: Vec<&str> = ids.collect();
    let found = store::deals::list_deals_by_external_id(connection, workspace, &ids).await?;
    let known = found.into_iter();
    Ok(known
        .map(|deal| (deal.details.external_id, deal.id.0))
        .collect())
}

async fn erased_deals(
    connection: &mut Connection,
    workspace: WorkspaceId,
    known: Vec<(String, i64)>,
) -> Result<Vec<String>, AppError> {
    let ids: Vec<i64> = known.iter().map(|(_, id)| *id).collect();
    let erased = store::erasures::list_erased(connection, workspace, "deal", &ids).await?;
    let known = known.into_iter().filter(|(_, id)| erased.contains(id));
    Ok(known.map(|(external, _)| external).collect())
}
