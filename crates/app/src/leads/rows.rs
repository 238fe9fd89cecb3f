//! Leads from files: many in one transaction, and taken back together.

use base::{ImportId, LeadId, UnixMillis};
use connect::leads::LeadRow;
use domain::lead::{LeadStatus, standing};
use serde_json::{Map, Value};
use store::{leads, workspaces};

use super::AHEAD_MS_MAX;
use super::check::{Draft, RAW_CLICK_FIELD};
use super::link::{Clues, Wanted};
use super::post::{Version, facts, standing_of, taken_back};
use super::save::{LeadDesk, Seen};
use super::status::move_lead;
use crate::outbox::derived_id;
use crate::{Actor, App, AppError, FieldError, Permission, RowEffect, RowOutcome, outbox};

impl App {
    /// Saves the rows of a file in one transaction. A lead that is there already only takes a
    /// new status from its row.
    pub(crate) async fn import_lead_rows(
        &self,
        actor: &Actor,
        import: ImportId,
        rows: Vec<LeadRow>,
    ) -> Result<Vec<RowOutcome>, AppError> {
        actor.require(Permission::ImportFiles)?;
        let now = self.now();
        let numbered: Vec<(u64, Result<Draft, FieldError>)> = rows
            .into_iter()
            .map(|row| (row.row, draft(row, import, now)))
            .collect();
        let mut wanted = Wanted::default();
        for draft in numbered.iter().filter_map(|(_, draft)| draft.as_ref().ok()) {
            wanted.add(&draft.clues);
        }
        let sightings = self.sightings(actor.workspace, wanted).await;
        let mut tx = self.inner.store.begin().await?;
        let workspace = workspaces::load_workspace(&mut tx, actor.workspace).await?;
        let desk = LeadDesk {
            workspace,
            now,
            author: actor.user(),
            sightings,
        };
        let mut outcomes = Vec::with_capacity(numbered.len());
        for (row, draft) in numbered {
            let result = match draft {
                Ok(draft) => Ok(save(&desk, &mut tx, actor, &draft).await?),
                Err(error) => Err(error),
            };
            outcomes.push(RowOutcome { row, result });
        }
        tx.commit().await?;
        self.wake_relay();
        Ok(outcomes)
    }

    /// Takes back the leads that an import brought.
    pub(crate) async fn undo_lead_rows(
        &self,
        actor: &Actor,
        import: ImportId,
    ) -> Result<(), AppError> {
        actor.require(Permission::ImportFiles)?;
        let (now, workspace) = (self.now(), actor.workspace);
        let mut tx = self.inner.store.begin().await?;
        for lead in leads::list_leads_of_import(&mut tx, workspace, import).await? {
            let history = leads::list_lead_status_changes(&mut tx, workspace, lead.id).await?;
            let effects = taken_back(&standing(standing_of(&lead.details, &history)));
            leads::archive_lead(&mut tx, workspace, lead.id, lead.version, now).await?;
            let version = Version {
                workspace,
                lead: LeadId(lead.id.0),
                version: lead.version + 1,
                recorded: now,
                part: "undone",
            };
            outbox::put(&mut tx, now, &facts(version, &lead.details, &effects)).await?;
        }
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }
}

async fn save(
    desk: &LeadDesk,
    tx: &mut store::Tx,
    actor: &Actor,
    draft: &Draft,
) -> Result<RowEffect, AppError> {
    let (_, seen) = desk.save(tx, draft).await?;
    let Seen::Before(lead) = seen else {
        return Ok(RowEffect::Changed);
    };
    let is_news = draft.status != LeadStatus::New && draft.status.name() != lead.details.status;
    if !is_news {
        return Ok(RowEffect::Unchanged);
    }
    move_lead(tx, actor, &lead, draft.status, desk.now).await?;
    Ok(RowEffect::Changed)
}

fn draft(row: LeadRow, import: ImportId, now: UnixMillis) -> Result<Draft, FieldError> {
    let at = row.at.unwrap_or(now);
    if at.since_ms(now) > AHEAD_MS_MAX {
        return Err(FieldError {
            field: "at".into(),
            row: Some(row.row),
            code: "in_the_future",
            detail: "this moment has not come yet".to_owned(),
        });
    }
    let external_id = row.external_id.clone().unwrap_or_else(|| made_up_id(&row));
    let mut fields = Map::new();
    if let Some(click) = &row.click_id {
        fields.insert(RAW_CLICK_FIELD.to_owned(), Value::String(click.clone()));
    }
    Ok(Draft {
        external_id: Some(external_id),
        at: at.min(now),
        name: row.name,
        phone_text: row
            .phone
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        phone: row.phone,
        email_text: row
            .email
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        email: row.email,
        message: row.message,
        fields,
        form: row.form,
        page: row.page,
        clues: Clues {
            visit: row.visit,
            click: row.click_id,
            visitor: None,
            declared: row.declared,
        },
        status: row.status,
        request: None,
        import: Some(import),
    })
}

/// An id from what the row says, so that the same file again means the same leads.
fn made_up_id(row: &LeadRow) -> String {
    let text = |text: Option<String>| text.unwrap_or_default();
    let id = derived_id(&[
        &text(row.at.map(|at| at.0.to_string())),
        &text(row.phone.as_ref().map(ToString::to_string)),
        &text(row.email.as_ref().map(ToString::to_string)),
        &text(row.visit.map(|visit| visit.to_string())),
        &text(row.click_id.clone()),
        &row.form,
        &row.message,
    ]);
    format!("row-{id}")
}
