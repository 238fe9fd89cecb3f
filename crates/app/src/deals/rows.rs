//! Deals from files: many in one transaction, and taken back together.

use base::ImportId;
use connect::deals::DealRow;
use store::deals::{self, Deal};

use super::{Desk, ItemResult, check};
use crate::leads::Wanted;
use crate::{Actor, App, AppError, FieldError, Permission, RowEffect, RowOutcome};

impl App {
    /// Saves the rows of a file in one transaction.
    pub(crate) async fn import_deal_rows(
        &self,
        actor: &Actor,
        import: ImportId,
        rows: Vec<DealRow>,
    ) -> Result<Vec<RowOutcome>, AppError> {
        actor.require(Permission::ImportFiles)?;
        let now = self.now();
        let drafts: Vec<_> = rows
            .into_iter()
            .map(|row| (row.row, check::of_row(row, import, now)))
            .collect();
        let mut wanted = Wanted::default();
        for draft in drafts.iter().filter_map(|(_, draft)| draft.as_ref().ok()) {
            wanted.add(&draft.clues);
        }
        let sightings = self.sightings(actor.workspace, wanted).await;
        let mut tx = self.inner.store.begin().await?;
        let mut desk = Desk::open(&mut tx, actor.workspace, actor.user(), now).await?;
        desk.sightings = sightings;
        let mut outcomes = Vec::with_capacity(drafts.len());
        for (row, draft) in drafts {
            let result = match draft {
                Ok(draft) => desk.save(&mut tx, &draft).await?,
                Err(error) => ItemResult::Rejected(error),
            };
            outcomes.push(row_outcome(row, result));
        }
        tx.commit().await?;
        self.wake_relay();
        Ok(outcomes)
    }

    /// Takes back the deals that an import brought. What it changed of deals that were there
    /// stays: their system of record says it still.
    pub(crate) async fn undo_deal_rows(
        &self,
        actor: &Actor,
        import: ImportId,
    ) -> Result<(), AppError> {
        actor.require(Permission::ImportFiles)?;
        let (now, workspace) = (self.now(), actor.workspace);
        let mut tx = self.inner.store.begin().await?;
        let desk = Desk::open(&mut tx, workspace, actor.user(), now).await?;
        for deal in deals::list_deals_of_import(&mut tx, workspace, import).await? {
            deals::archive_deal(&mut tx, workspace, deal.id, deal.version, now).await?;
            let archived = Deal {
                archived_at: Some(now),
                version: deal.version + 1,
                ..deal
            };
            desk.settle(&mut tx, archived).await?;
        }
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }
}

/// The result of an item as that of the row it came from.
pub(crate) fn row_outcome(row: u64, result: ItemResult) -> RowOutcome {
    let result = match result {
        ItemResult::Created | ItemResult::Updated => Ok(RowEffect::Changed),
        ItemResult::Unchanged => Ok(RowEffect::Unchanged),
        ItemResult::Rejected(error) => Err(FieldError {
            row: Some(row),
            ..error
        }),
    };
    RowOutcome { row, result }
}
