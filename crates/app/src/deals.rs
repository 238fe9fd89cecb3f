//! Deals: batches from a CRM or shop, linked to leads and visits, posted by the rules.

mod again;
mod check;
mod desk;
mod layers;
mod list;
mod post;
mod rows;
mod sales;
mod save;
mod shelf;

use crate::audit::Act;
use crate::leads::Wanted;
use crate::{Actor, App, AppError, FieldError, Permission};
use serde_json::json;

pub(crate) use again::{Converted, convert_deals};
pub(crate) use check::Draft as DealDraft;
pub(crate) use check::{AMOUNT_MICROS_MAX, amount, first_error, item_error, required};
pub(crate) use desk::{Again, Desk, status_map};
pub(crate) use list::number_of;
pub use list::{DealQuery, DealSumView, DealView};
pub(crate) use post::part_posted;
pub(crate) use rows::row_outcome;
pub(crate) use sales::list_sales;
pub(crate) use save::own_clues;
pub(crate) use shelf::Shelf;

/// Deals or payments of one batch at most.
pub const BATCH_ITEMS_MAX: usize = 1_000;

/// What a system of record says of a deal. Empty text means that the part was not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DealInput {
    /// The sender's own id: the same again is the same deal.
    pub external_id: String,
    pub title: String,
    pub status: String,
    /// Decimal number.
    pub amount: String,
    pub cost_of_goods: String,
    /// The workspace's when empty.
    pub currency: String,
    /// RFC 3339.
    pub created_at: String,
    pub paid_at: String,
    pub visit: String,
    pub visitor: String,
    pub lead_external_id: String,
    pub phone: String,
    pub email: String,
}

/// What became of an item of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemOutcome {
    pub external_id: String,
    pub result: ItemResult,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemResult {
    Created,
    Updated,
    Unchanged,
    Rejected(FieldError),
}

impl App {
    /// Saves a batch: every item on its own is created, updated, left as it is, or refused.
    ///
    /// # Errors
    /// When the batch is too large or the store fails; then nothing was saved.
    pub async fn save_deals(
        &self,
        actor: &Actor,
        items: &[DealInput],
    ) -> Result<Vec<ItemOutcome>, AppError> {
        actor.require(Permission::WriteDeals)?;
        self.require_intake()?;
        check_batch(items.len())?;
        let now = self.now();
        let mut connection = self.inner.store.read().await?;
        let desk = Desk::open(&mut connection, actor.workspace, actor.user(), now).await?;
        drop(connection);
        let mut drafts: Vec<_> = items
            .iter()
            .map(|item| check::checked(item, &desk))
            .collect();
        let mut wanted = Wanted::default();
        for draft in drafts.iter().flatten() {
            wanted.add(&draft.clues);
        }
        let sightings = self.sightings(actor.workspace, wanted).await;
        let reach = self.stored_reach(actor).await?;
        let mut tx = self.inner.store.begin_work().await?;
        // Rates and statuses may have changed since the drafts were read.
        let mut desk = Desk::open(&mut tx, actor.workspace, actor.user(), now).await?;
        desk.sightings = sightings;
        // Who sees a part only would lose sight of what they bring themselves.
        desk.assignee = actor.people().and(actor.user());
        let mut told: Vec<&mut check::Draft> = drafts.iter_mut().flatten().collect();
        let erased = &self.inner.erased;
        erased
            .veil_deals(&mut tx, actor.workspace, &mut told)
            .await?;
        let known: Vec<&check::Draft> = drafts.iter().flatten().collect();
        let only = match known[..] {
            [one] if items.len() == 1 => Some(one.external_id.clone()),
            _ => None,
        };
        let mut bench = save::Bench::lay(&mut tx, &desk, &known, None).await?;
        let beyond = bench.beyond(&mut tx, &desk, &reach, &known).await?;
        let mut outcomes = Vec::with_capacity(items.len());
        for ((row, item), draft) in (1..).zip(items).zip(drafts) {
            let result = match draft {
                Ok(draft) => match draft.beyond(&beyond) {
                    Some(error) => ItemResult::Rejected(error),
                    None => desk.save(&mut bench, &draft)?,
                },
                Err(error) => ItemResult::Rejected(error),
            };
            let external_id = item.external_id.trim().to_owned();
            outcomes.push(ItemOutcome {
                external_id,
                result: numbered(result, row),
            });
        }
        // The sender's number may be a person's, and nobody is erased from the log.
        let only = only.and_then(|id| Some(bench.shelf.by_external(&id)?.id.to_string()));
        bench.save(&mut tx, now).await?;
        let told = json!({"items": items.len()});
        let object = only.unwrap_or_default();
        self.note(&mut tx, actor, Act::DealsWritten, object, told)
            .await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(outcomes)
    }
}

/// # Errors
/// When a batch has more items than one transaction should hold.
pub(crate) fn check_batch(items: usize) -> Result<(), AppError> {
    if items <= BATCH_ITEMS_MAX {
        return Ok(());
    }
    let detail = format!("send at most {BATCH_ITEMS_MAX} items at once");
    Err(AppError::invalid("items", "too_many", detail))
}

/// The result with the place of its item in the batch, counted from one.
pub(crate) fn numbered(result: ItemResult, row: u64) -> ItemResult {
    match result {
        ItemResult::Rejected(error) => ItemResult::Rejected(FieldError {
            row: Some(row),
            ..error
        }),
        other => other,
    }
}
