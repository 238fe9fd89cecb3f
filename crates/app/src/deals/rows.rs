//! Deals from files: many in one transaction, and taken back together.

use base::{DealId, ImportId};
use connect::columns::Kind;
use connect::deals::DealRow;
use domain::deal::StatusGroup;
use domain::layer::TakenBack;
use store::Tx;
use store::deals::delete_deal_changes;

use super::layers::{DEAL_LAYERS, restore, values};
use super::save::Bench;
use super::shelf::Shelf;
use super::{Desk, ItemResult, check};
use crate::assignees::Crew;
use crate::imports::{Kept, KeptWhy, Layers, Unwinding};
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
        let mut drafts: Vec<_> = rows
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
        let told = drafts.iter_mut();
        let mut told: Vec<&mut check::Draft> =
            told.filter_map(|(_, draft)| draft.as_mut().ok()).collect();
        let crew = Crew::of(&mut tx, actor.workspace, Kind::Deals).await?;
        for draft in &mut told {
            draft.assignee = crew.named(&draft.responsible);
        }
        let erased = &self.inner.erased;
        erased
            .veil_deals(&mut tx, actor.workspace, &mut told)
            .await?;
        let known: Vec<&check::Draft> = drafts
            .iter()
            .filter_map(|(_, draft)| draft.as_ref().ok())
            .collect();
        let layers = Layers::new(actor.workspace, DEAL_LAYERS, import, now);
        let mut bench = Bench::lay(&mut tx, &desk, &known, Some(layers)).await?;
        let mut outcomes = Vec::with_capacity(drafts.len());
        for (row, draft) in drafts {
            let result = match draft {
                Ok(draft) => desk.save(&mut bench, &draft)?,
                Err(error) => ItemResult::Rejected(error),
            };
            outcomes.push(row_outcome(row, result));
        }
        bench.save(&mut tx, now).await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(outcomes)
    }

    /// Takes an import's layer off these deals; what it alone brought is archived. Returns how
    /// many are left as they are, because somebody changed them since.
    pub(crate) async fn take_back_deals(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        import: ImportId,
        records: &[i64],
    ) -> Result<i64, AppError> {
        let (now, workspace) = (self.now(), actor.workspace);
        let desk = Desk::open(tx, workspace, actor.user(), now).await?;
        let mut unwinding = Unwinding::open(tx, workspace, DEAL_LAYERS, import, records).await?;
        let ids: Vec<DealId> = records.iter().copied().map(DealId).collect();
        let mut shelf = Shelf::open(tx, workspace).await?;
        shelf.fetch(tx, &ids).await?;
        let crew = Crew::of(tx, workspace, Kind::Deals).await?;
        let mut kept = 0;
        for id in &ids {
            if let Some(why) = take_back((&desk, &crew), &mut shelf, &mut unwinding, *id)? {
                let name = shelf.shelved(*id)?.deal.details.external_id.clone();
                unwinding.keep(id.0, &Kept { name, why })?;
                kept += 1;
            }
        }
        shelf.save(tx, now).await?;
        let undone: Vec<DealId> = unwinding.undone().iter().copied().map(DealId).collect();
        delete_deal_changes(tx, workspace, import, &undone).await?;
        unwinding.save(tx).await?;
        Ok(kept)
    }
}

/// Why the deal has to stay as it is, if it has to.
fn take_back(
    (desk, crew): (&Desk, &Crew),
    shelf: &mut Shelf,
    unwinding: &mut Unwinding,
    id: DealId,
) -> Result<Option<KeptWhy>, AppError> {
    let deal = shelf.shelved(id)?.deal.clone();
    let customer = deal.details.person_id;
    let payments = shelf.payments_of(id).len();
    if unwinding.would_go(id.0) && payments > 0 {
        let payments = u64::try_from(payments).unwrap_or(u64::MAX);
        return Ok(Some(KeptWhy::HasPayments { payments }));
    }
    let unwound = match unwinding.unwind(id.0, &values(&deal.details)) {
        Err(newer) => return Ok(Some(KeptWhy::changed(&newer))),
        Ok(None) => return Ok(None),
        Ok(Some(unwound)) => unwound,
    };
    if deal.archived_at.is_some() {
        return Ok(None);
    }
    match unwound.result {
        TakenBack::Gone => shelf.change(id, deal.details, Some(desk.now)),
        TakenBack::Restored(fields) => {
            let mut details = deal.details.clone();
            for (field, value) in fields {
                restore(&mut details, field, value)?;
            }
            details.assignee_id = crew.still(details.assignee_id);
            // A deal that others still call paid keeps the day on which it was.
            if desk.group(&details.status) == Some(StatusGroup::Paid) && details.paid_at.is_none() {
                details.paid_at = deal.details.paid_at;
            }
            details.import_id = unwound.heir.or(details.import_id);
            shelf.change(id, details, None);
        }
    }
    desk.settle(shelf, id)?;
    // Among the orders of a customer who loses this one another may be the first now.
    let others = customer.map(|person| shelf.of_person(person));
    if let Some(other) = others.into_iter().flatten().find(|other| *other != id) {
        desk.settle(shelf, other)?;
    }
    Ok(None)
}

/// The result of an item as that of the row it came from.
pub(crate) fn row_outcome(row: u64, result: ItemResult) -> RowOutcome {
    let result = match result {
        ItemResult::Created => Ok(RowEffect::Created),
        ItemResult::Updated => Ok(RowEffect::Changed),
        ItemResult::Unchanged => Ok(RowEffect::Unchanged),
        ItemResult::Rejected(error) => Err(FieldError {
            row: Some(row),
            ..error
        }),
    };
    RowOutcome { row, result }
}
