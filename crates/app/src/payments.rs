//! Payments: money received for deals or given back; a refund is a new negative fact.

use std::collections::BTreeSet;

use base::{Currency, DealId, ImportId, Money, UnixMillis};
use connect::payments::PaymentRow;
use domain::deal::DEAL_PAYMENTS_MAX;
use store::payments::{self, PaymentDetails};
use store::{Tx, deals};

use crate::deals::{
    AMOUNT_MICROS_MAX, Desk, amount, check_batch, first_error, item_error, numbered, required,
    row_outcome,
};
use crate::leads::{AHEAD_MS_MAX, Texts, moment};
use crate::{Actor, App, AppError, FieldError, ItemOutcome, ItemResult, Permission, RowOutcome};

const ID_CHARS_MAX: usize = 200;

/// What a system of record says of a payment. Empty text means that the part was not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentInput {
    /// The sender's own id: the same again is the same payment.
    pub external_id: String,
    pub deal_external_id: String,
    /// RFC 3339.
    pub at: String,
    /// Decimal number, never negative: the kind gives the sign.
    pub amount: String,
    /// The deal's when empty.
    pub currency: String,
    /// `payment`, `refund` or `chargeback`.
    pub kind: String,
}

/// A payment that may be saved.
struct Draft {
    external_id: String,
    deal_external_id: String,
    at: UnixMillis,
    amount_micros: i64,
    currency: Option<Currency>,
    kind: String,
    import: Option<ImportId>,
}

impl App {
    /// Saves a batch: every item on its own is created, updated, left as it is, or refused.
    ///
    /// # Errors
    /// When the batch is too large or the store fails; then nothing was saved.
    pub async fn save_payments(
        &self,
        actor: &Actor,
        items: &[PaymentInput],
    ) -> Result<Vec<ItemOutcome>, AppError> {
        actor.require(Permission::WriteDeals)?;
        check_batch(items.len())?;
        let now = self.now();
        let drafts = items.iter().map(|item| checked(item, now)).collect();
        let results = self.save_payment_drafts(actor, drafts).await?;
        let outcome = |((row, item), result): ((u64, &PaymentInput), ItemResult)| ItemOutcome {
            external_id: item.external_id.trim().to_owned(),
            result: numbered(result, row),
        };
        Ok((1..).zip(items).zip(results).map(outcome).collect())
    }

    /// Saves the rows of a file in one transaction.
    pub(crate) async fn import_payment_rows(
        &self,
        actor: &Actor,
        import: ImportId,
        rows: Vec<PaymentRow>,
    ) -> Result<Vec<RowOutcome>, AppError> {
        actor.require(Permission::ImportFiles)?;
        let now = self.now();
        let numbers: Vec<u64> = rows.iter().map(|row| row.row).collect();
        let drafts = rows
            .into_iter()
            .map(|row| of_row(row, import, now))
            .collect();
        let results = self.save_payment_drafts(actor, drafts).await?;
        let rows = numbers.into_iter().zip(results);
        Ok(rows.map(|(row, result)| row_outcome(row, result)).collect())
    }

    /// Takes back the payments that an import brought.
    pub(crate) async fn undo_payment_rows(
        &self,
        actor: &Actor,
        import: ImportId,
    ) -> Result<(), AppError> {
        actor.require(Permission::ImportFiles)?;
        let (now, workspace) = (self.now(), actor.workspace);
        let mut tx = self.inner.store.begin().await?;
        let mut touched = BTreeSet::new();
        for payment in payments::list_payments_of_import(&mut tx, workspace, import).await? {
            let (id, version) = (payment.id, payment.version);
            payments::archive_payment(&mut tx, workspace, id, version, now).await?;
            touched.insert(payment.details.deal_id);
        }
        let desk = Desk::open(&mut tx, workspace, actor.user(), now).await?;
        settle_all(&desk, &mut tx, touched).await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }

    async fn save_payment_drafts(
        &self,
        actor: &Actor,
        drafts: Vec<Result<Draft, FieldError>>,
    ) -> Result<Vec<ItemResult>, AppError> {
        let mut tx = self.inner.store.begin().await?;
        let desk = Desk::open(&mut tx, actor.workspace, actor.user(), self.now()).await?;
        let mut touched = BTreeSet::new();
        let mut results = Vec::with_capacity(drafts.len());
        for draft in drafts {
            results.push(match draft {
                Ok(draft) => save(&desk, &mut tx, &draft, &mut touched).await?,
                Err(error) => ItemResult::Rejected(error),
            });
        }
        settle_all(&desk, &mut tx, touched).await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(results)
    }
}

async fn settle_all(desk: &Desk, tx: &mut Tx, touched: BTreeSet<DealId>) -> Result<(), AppError> {
    for id in touched {
        let deal = deals::load_deal(tx, desk.workspace.id, id).await?;
        desk.settle(tx, deal).await?;
    }
    Ok(())
}

async fn save(
    desk: &Desk,
    tx: &mut Tx,
    draft: &Draft,
    touched: &mut BTreeSet<DealId>,
) -> Result<ItemResult, AppError> {
    let workspace = desk.workspace.id;
    let deal = deals::find_deal_by_external_id(tx, workspace, &draft.deal_external_id).await?;
    let Some(deal) = deal else {
        let detail = format!("there is no deal {:?}", draft.deal_external_id);
        let error = item_error("deal_external_id", "unknown_deal", detail);
        return Ok(ItemResult::Rejected(error));
    };
    let details = PaymentDetails {
        external_id: draft.external_id.clone(),
        deal_id: deal.id,
        at: draft.at,
        recorded_at: desk.now,
        amount_micros: draft.amount_micros,
        currency: draft.currency.unwrap_or(deal.details.currency),
        kind: draft.kind.clone(),
        import_id: draft.import,
    };
    if let Err(error) = desk.payment(&details, &[]) {
        return Ok(ItemResult::Rejected(error));
    }
    let known = payments::find_payment_by_external_id(tx, workspace, &draft.external_id).await?;
    let Some(known) = known else {
        let others = payments::list_payments_of_deal(tx, workspace, deal.id).await?;
        if others.len() >= DEAL_PAYMENTS_MAX {
            let detail = format!("a deal has at most {DEAL_PAYMENTS_MAX} payments");
            let error = item_error("deal_external_id", "too_many", detail);
            return Ok(ItemResult::Rejected(error));
        }
        payments::insert_payment(tx, workspace, &details).await?;
        touched.insert(deal.id);
        return Ok(ItemResult::Created);
    };
    let (recorded_at, import_id) = (known.details.recorded_at, known.details.import_id);
    let details = PaymentDetails {
        recorded_at,
        import_id,
        ..details
    };
    if details == known.details {
        return Ok(ItemResult::Unchanged);
    }
    payments::save_payment(tx, workspace, known.id, known.version, &details).await?;
    touched.extend([deal.id, known.details.deal_id]);
    Ok(ItemResult::Updated)
}

fn checked(input: &PaymentInput, now: UnixMillis) -> Result<Draft, FieldError> {
    let mut texts = Texts::default();
    let external_id = required(&mut texts, "external_id", &input.external_id, ID_CHARS_MAX);
    let deal = required(
        &mut texts,
        "deal_external_id",
        &input.deal_external_id,
        ID_CHARS_MAX,
    );
    if input.at.trim().is_empty() {
        texts.wrong("at", "required", "say when it was paid".to_owned());
    }
    let given = input.currency.trim();
    let currency = (!given.is_empty()).then(|| given.parse::<Currency>());
    if let Some(Err(error)) = &currency {
        texts.wrong("currency", "unknown", error.to_string());
    }
    let kind = input.kind.trim();
    if !matches!(kind, "payment" | "refund" | "chargeback") {
        let detail = format!("{kind:?} is not one of payment, refund, chargeback");
        texts.wrong("kind", "not_allowed", detail);
    }
    let draft = Draft {
        external_id,
        deal_external_id: deal,
        at: moment(&mut texts, "at", &input.at, now).unwrap_or(now),
        amount_micros: amount(&mut texts, "amount", &input.amount).unwrap_or_default(),
        currency: currency.and_then(Result::ok),
        kind: kind.to_owned(),
        import: None,
    };
    first_error(texts)?;
    Ok(draft)
}

fn of_row(row: PaymentRow, import: ImportId, now: UnixMillis) -> Result<Draft, FieldError> {
    let Money { micros, currency } = row.amount;
    if !(0..=AMOUNT_MICROS_MAX).contains(&micros) {
        return Err(item_error(
            "amount",
            "out_of_range",
            "use an amount of zero or more",
        ));
    }
    if row.at.since_ms(now) > AHEAD_MS_MAX {
        return Err(item_error(
            "at",
            "in_the_future",
            "this moment has not come yet",
        ));
    }
    Ok(Draft {
        external_id: row.external_id,
        deal_external_id: row.deal_external_id,
        at: row.at,
        amount_micros: micros,
        currency: Some(currency),
        kind: row.kind.name().to_owned(),
        import: Some(import),
    })
}
