//! Leads from files: many in one transaction.

use base::{ImportId, UnixMillis};
use connect::columns::Kind;
use connect::leads::LeadRow;
use serde_json::{Map, Value};
use store::leads::{RAW_CLICK_FIELD, STATUS_WORD_FIELD};
use store::workspaces;

use super::AHEAD_MS_MAX;
use super::check::Draft;
use super::layers::LEAD_LAYERS;
use super::link::{Clues, Wanted};
use super::save::{Bench, LeadDesk};
use crate::assignees::Crew;
use crate::imports::Layers;
use crate::outbox::derived_id;
use crate::{Actor, App, AppError, FieldError, Permission, RowOutcome};

impl App {
    /// Saves the rows of a file in one transaction. A lead that is there already takes over what
    /// its row says.
    pub(crate) async fn import_lead_rows(
        &self,
        actor: &Actor,
        import: ImportId,
        rows: Vec<LeadRow>,
    ) -> Result<Vec<RowOutcome>, AppError> {
        actor.require(Permission::ImportFiles)?;
        let now = self.now();
        let mut numbered: Vec<(u64, Result<Draft, FieldError>)> = rows
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
            assignee: None,
        };
        let drafts = numbered.iter_mut();
        let drafts = drafts.filter_map(|(_, draft)| draft.as_mut().ok());
        let mut drafts: Vec<&mut Draft> = drafts.collect();
        let crew = Crew::of(&mut tx, actor.workspace, Kind::Leads).await?;
        for draft in &mut drafts {
            draft.assignee = crew.named(&draft.responsible);
        }
        let erased = &self.inner.erased;
        erased
            .veil_leads(&mut tx, actor.workspace, &mut drafts)
            .await?;
        let known = numbered.iter().filter_map(|(_, draft)| draft.as_ref().ok());
        let known: Vec<&Draft> = known.collect();
        let layers = Layers::new(actor.workspace, LEAD_LAYERS, import, now);
        let mut bench = Bench::lay(&mut tx, &desk, &known, Some(layers)).await?;
        let mut outcomes = Vec::with_capacity(numbered.len());
        for (row, draft) in numbered {
            let result = match draft {
                Ok(draft) => Ok(desk.import(&mut bench, &draft)?),
                Err(error) => Err(error),
            };
            outcomes.push(RowOutcome { row, result });
        }
        bench.save(&mut tx).await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(outcomes)
    }
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
    if let Some(word) = row.status_word {
        fields.insert(STATUS_WORD_FIELD.to_owned(), Value::String(word));
    }
    Ok(Draft {
        external_id: Some(external_id),
        at: at.min(now),
        is_dated: row.at.is_some(),
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
        responsible: row.responsible,
        assignee: None,
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
