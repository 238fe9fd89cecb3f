//! Payments: money received for deals or given back; a refund is a new negative fact.

use std::collections::BTreeSet;

use base::{Currency, DealId, ImportId, Money, PaymentId, UnixMillis};
use connect::columns::Kind;
use connect::payments::PaymentRow;
use domain::deal::{DEAL_PAYMENTS_MAX, returns_fit};
use domain::layer::{Bearing, TakenBack};
use serde_json::{Value, json};
use store::deals::Deal;
use store::payments::{Payment, PaymentDetails, list_payments_by_id, list_payments_of_deals};
use store::{Tx, deals};

use crate::audit::Act;
use crate::deals::{
    AMOUNT_MICROS_MAX, Desk, Shelf, amount, check_batch, first_error, item_error, numbered,
    required, row_outcome,
};
use crate::error::Step as _;
use crate::imports::{Kept, KeptWhy, LayerField, LayerFields, Layers, Unwinding};
use crate::leads::{AHEAD_MS_MAX, Texts, moment};
use crate::webhooks::News;
use crate::{Actor, App, AppError, FieldError, ItemOutcome, ItemResult, Permission, RowOutcome};

const ID_CHARS_MAX: usize = 200;
/// Payments among the kinds of records that have layers.
const PAYMENT_LAYERS: (Kind, LayerFields) = (Kind::Payments, layer_fields);

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
        self.require_intake()?;
        check_batch(items.len())?;
        let now = self.now();
        let drafts = items.iter().map(|item| checked(item, now)).collect();
        let results = self.save_payment_drafts(actor, drafts, None).await?;
        let outcome = |((row, item), result): ((u64, &PaymentInput), ItemResult)| ItemOutcome {
            external_id: item.external_id.trim().to_owned(),
            result: numbered(result, row),
        };
        Ok((1..).zip(items).zip(results).map(outcome).collect())
    }

    /// Payments of a deal, oldest first.
    ///
    /// # Errors
    /// When the workspace has no such deal.
    pub async fn deal_payments(&self, actor: &Actor, id: DealId) -> Result<Vec<Payment>, AppError> {
        actor.require(Permission::ReadDeals)?;
        let reach = self.stored_reach(actor).await?;
        let mut connection = self.inner.store.read().await?;
        let deal = deals::load_deal(&mut connection, actor.workspace, &reach, id).await?;
        if deal.archived_at.is_some() {
            return Err(AppError::NotFound { what: "deal" });
        }
        Ok(list_payments_of_deals(&mut connection, actor.workspace, &[id]).await?)
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
        let layers = Layers::new(actor.workspace, PAYMENT_LAYERS, import, now);
        let results = self
            .save_payment_drafts(actor, drafts, Some(layers))
            .await?;
        let rows = numbers.into_iter().zip(results);
        Ok(rows.map(|(row, result)| row_outcome(row, result)).collect())
    }

    /// Takes an import's layer off these payments; what it alone brought is archived. Returns how
    /// many are left as they are, because somebody changed them since.
    pub(crate) async fn take_back_payments(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        import: ImportId,
        records: &[i64],
    ) -> Result<i64, AppError> {
        let (now, workspace) = (self.now(), actor.workspace);
        let desk = Desk::open(tx, workspace, actor.user(), now).await?;
        let layers = PAYMENT_LAYERS;
        let mut unwinding = Unwinding::open(tx, workspace, layers, import, records).await?;
        let ids: Vec<PaymentId> = records.iter().copied().map(PaymentId).collect();
        let payments = list_payments_by_id(tx, workspace, &ids).await?;
        let deals: Vec<DealId> = payments.iter().map(|paid| paid.details.deal_id).collect();
        let mut shelf = Shelf::open(tx, workspace).await?;
        shelf.fetch(tx, &deals).await?;
        let mut touched = BTreeSet::new();
        let mut kept = 0;
        for payment in payments {
            let (id, deal) = (payment.id.0, payment.details.deal_id);
            let name = payment.details.external_id.clone();
            if let Some(why) = take_back(&mut shelf, &mut unwinding, payment, now)? {
                unwinding.keep(id, &Kept { name, why })?;
                kept += 1;
            }
            touched.insert(deal);
        }
        // A payment may go back to a deal that no payment of the batch belongs to now.
        let others: Vec<DealId> = shelf.paid_elsewhere();
        shelf.fetch(tx, &others).await?;
        touched.extend(others);
        for id in touched {
            desk.settle(&mut shelf, id)?;
        }
        shelf.save(tx, now).await?;
        unwinding.save(tx).await?;
        Ok(kept)
    }

    async fn save_payment_drafts(
        &self,
        actor: &Actor,
        drafts: Vec<Result<Draft, FieldError>>,
        mut layers: Option<Layers>,
    ) -> Result<Vec<ItemResult>, AppError> {
        let reach = self.stored_reach(actor).await?;
        let mut tx = self.inner.store.begin_work().await?;
        let desk = Desk::open(&mut tx, actor.workspace, actor.user(), self.now()).await?;
        let known = || drafts.iter().flatten();
        let deals: Vec<&str> = known().map(|d| d.deal_external_id.as_str()).collect();
        let ids: Vec<&str> = known().map(|draft| draft.external_id.as_str()).collect();
        let mut shelf = Shelf::open(&mut tx, actor.workspace).await?;
        shelf.fetch_external(&mut tx, &deals).await?;
        shelf.fetch_payments(&mut tx, &ids).await?;
        let about: BTreeSet<DealId> = known().flat_map(|draft| met(&shelf, draft)).collect();
        let about: Vec<DealId> = about.into_iter().collect();
        let seen = deals::list_reached_deals(&mut tx, actor.workspace, &reach, &about).await?;
        let mut touched = BTreeSet::new();
        let mut results = Vec::with_capacity(drafts.len());
        for draft in drafts {
            results.push(match draft {
                Ok(draft)
                    if met(&shelf, &draft).any(|id| about.contains(&id) && !seen.contains(&id)) =>
                {
                    ItemResult::Rejected(unknown_deal(&draft))
                }
                Ok(draft) => save(&desk, &mut shelf, &draft, &mut touched, layers.as_mut()),
                Err(error) => ItemResult::Rejected(error),
            });
        }
        for id in touched {
            desk.settle(&mut shelf, id)?;
        }
        shelf.save(&mut tx, desk.now).await?;
        match layers {
            Some(layers) => layers.save(&mut tx).await?,
            // An import is told of as a whole.
            None => {
                let told = json!({"items": results.len()});
                self.note(&mut tx, actor, Act::PaymentsWritten, "", told)
                    .await?;
            }
        }
        tx.commit().await?;
        self.wake_relay();
        Ok(results)
    }
}

/// The deals that a draft is about: the one it names, and the one that its payment is of now.
fn met(shelf: &Shelf, draft: &Draft) -> impl Iterator<Item = DealId> {
    let named = shelf.by_external(&draft.deal_external_id);
    let known = shelf.payment(&draft.external_id);
    let named = named.map(|deal| deal.id);
    let known = known.map(|payment| payment.details.deal_id);
    named.into_iter().chain(known)
}

fn unknown_deal(draft: &Draft) -> FieldError {
    let detail = format!("there is no deal {:?}", draft.deal_external_id);
    item_error("deal_external_id", "unknown_deal", detail)
}

fn save(
    desk: &Desk,
    shelf: &mut Shelf,
    draft: &Draft,
    touched: &mut BTreeSet<DealId>,
    layers: Option<&mut Layers>,
) -> ItemResult {
    let Some(deal) = shelf.by_external(&draft.deal_external_id) else {
        return ItemResult::Rejected(unknown_deal(draft));
    };
    let deal_id = deal.id;
    let details = PaymentDetails {
        external_id: draft.external_id.clone(),
        deal_id,
        at: draft.at,
        recorded_at: desk.now,
        amount_micros: draft.amount_micros,
        currency: draft.currency.unwrap_or(deal.details.currency),
        kind: draft.kind.clone(),
        import_id: draft.import,
    };
    if let Err(error) = desk.payment(&details, &[]) {
        return ItemResult::Rejected(error);
    }
    match is_covered(desk, shelf, deal, &details) {
        Ok(true) => {}
        Ok(false) => {
            let detail = "more money would go back than was paid for the deal";
            return ItemResult::Rejected(item_error("amount", "more_than_paid", detail));
        }
        Err(error) => return ItemResult::Rejected(error),
    }
    let known = shelf.payment(&draft.external_id).cloned();
    let is_elsewhere = |known: &Payment| known.details.deal_id != deal_id;
    let is_new_there = known.as_ref().is_none_or(is_elsewhere);
    if is_new_there && shelf.payments_of(deal_id).len() >= DEAL_PAYMENTS_MAX {
        let detail = format!("a deal has at most {DEAL_PAYMENTS_MAX} payments");
        let error = item_error("deal_external_id", "too_many", detail);
        return ItemResult::Rejected(error);
    }
    let Some(known) = known else {
        let values = layer_values(&details);
        let id = shelf.add_payment(details.clone());
        match layers {
            Some(layers) => layers.created(id.0, values),
            None => shelf.tell(News::of_payment(id, &details)),
        }
        touched.insert(deal_id);
        return ItemResult::Created;
    };
    let (recorded_at, import_id) = (known.details.recorded_at, known.details.import_id);
    let details = PaymentDetails {
        recorded_at,
        import_id,
        ..details
    };
    if let Some(layers) = layers {
        let pairs = layer_values(&known.details)
            .into_iter()
            .zip(layer_values(&details));
        let said = pairs.map(|((name, old), (_, new))| (name, old, new));
        layers.said(known.id.0, said.collect());
    }
    if details == known.details {
        return ItemResult::Unchanged;
    }
    touched.extend([deal_id, known.details.deal_id]);
    shelf.change_payment(known, details, None);
    ItemResult::Updated
}

/// Whether the deal, with this payment, gives no more money back than was paid for it.
fn is_covered(
    desk: &Desk,
    shelf: &Shelf,
    deal: &Deal,
    details: &PaymentDetails,
) -> Result<bool, FieldError> {
    if details.kind == "payment" {
        return Ok(true);
    }
    let others = shelf
        .payments_of(deal.id)
        .iter()
        .map(|known| &known.details);
    let others = others.filter(|known| known.external_id != details.external_id);
    let (mut received, mut returned) = (Vec::new(), Vec::new());
    for known in others.chain([details]) {
        let amount = desk.payment(known, &[])?.amount;
        match known.kind.as_str() {
            "payment" => received.push(amount),
            _ => returned.push(amount),
        }
    }
    let worth = Money::new(deal.details.amount_micros, deal.details.currency);
    let at = deal.details.paid_at.unwrap_or(deal.details.created_at);
    let worth = desk.amount(worth, at, &[])?;
    returns_fit(worth, &received, &returned, desk.terms.currency)
        .map_err(|error| item_error("amount", "out_of_range", error.to_string()))
}

/// Why the payment has to stay as it is, if it has to.
fn take_back(
    shelf: &mut Shelf,
    unwinding: &mut Unwinding,
    payment: Payment,
    now: UnixMillis,
) -> Result<Option<KeptWhy>, AppError> {
    let unwound = match unwinding.unwind(payment.id.0, &layer_values(&payment.details)) {
        Err(newer) => return Ok(Some(KeptWhy::changed(&newer))),
        Ok(None) => return Ok(None),
        Ok(Some(unwound)) => unwound,
    };
    if payment.archived_at.is_some() {
        return Ok(None);
    }
    let mut details = payment.details.clone();
    match unwound.result {
        TakenBack::Gone => shelf.change_payment(payment, details, Some(now)),
        TakenBack::Restored(fields) => {
            for (field, value) in fields {
                restore(&mut details, field, value)?;
            }
            details.import_id = unwound.heir.or(details.import_id);
            shelf.change_payment(payment, details, None);
        }
    }
    Ok(None)
}

fn layer_fields() -> Vec<LayerField> {
    let firm = |name| LayerField {
        name,
        blank: Value::Null,
        bearing: Bearing::Firm,
    };
    ["deal", "at", "amount", "kind"].map(firm).into()
}

fn layer_values(details: &PaymentDetails) -> Vec<(&'static str, Value)> {
    vec![
        ("deal", json!(details.deal_id)),
        ("at", json!(details.at)),
        ("amount", json!((details.amount_micros, details.currency))),
        ("kind", json!(details.kind)),
    ]
}

fn restore(details: &mut PaymentDetails, name: &str, value: Value) -> Result<(), AppError> {
    const STEP: &str = "read a layer of a payment";
    match name {
        "deal" => details.deal_id = serde_json::from_value(value).step(STEP)?,
        "at" => details.at = serde_json::from_value(value).step(STEP)?,
        "amount" => {
            let (micros, currency): (i64, Currency) = serde_json::from_value(value).step(STEP)?;
            (details.amount_micros, details.currency) = (micros, currency);
        }
        _ => details.kind = serde_json::from_value(value).step(STEP)?,
    }
    Ok(())
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
