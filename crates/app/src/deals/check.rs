//! What a system of record says of a deal, checked field by field.

use base::{Currency, ImportId, Money, UnixMillis, UserId, parse_decimal_micros};
use connect::deals::DealRow;
use domain::contact::{Email, Phone};

use super::{DealInput, Desk};
use crate::FieldError;
use crate::leads::{Clues, Texts, moment, phone_of};

const ID_CHARS_MAX: usize = 200;
const STATUS_CHARS_MAX: usize = 100;
const TITLE_CHARS_MAX: usize = 500;
/// A hundred thousand million units: more is a wrong unit, and sums must not overflow.
pub(crate) const AMOUNT_MICROS_MAX: i64 = 100_000_000_000 * base::MICROS_PER_UNIT;

/// A deal that may be saved.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) external_id: String,
    pub(crate) title: String,
    pub(crate) status: String,
    pub(crate) amount: Money,
    /// `None` leaves what is known.
    pub(crate) cost_of_goods_micros: Option<i64>,
    pub(crate) created: UnixMillis,
    pub(crate) paid: Option<UnixMillis>,
    pub(crate) lead_external_id: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) name: String,
    pub(crate) phone: Option<Phone>,
    pub(crate) email: Option<Email>,
    /// Whoever is responsible, as a file names them, and the member that this is.
    pub(crate) responsible: String,
    pub(crate) assignee: Option<UserId>,
    pub(crate) clues: Clues,
    pub(crate) import: Option<ImportId>,
}

/// # Errors
/// The first field that is wrong.
pub(super) fn checked(input: &DealInput, desk: &Desk) -> Result<Draft, FieldError> {
    let mut texts = Texts::default();
    let external_id = required(&mut texts, "external_id", &input.external_id, ID_CHARS_MAX);
    let status = required(&mut texts, "status", &input.status, STATUS_CHARS_MAX);
    let currency = currency(&mut texts, &input.currency, desk.terms.currency);
    let amount = amount(&mut texts, "amount", &input.amount).unwrap_or_default();
    let cost_of_goods_micros = if input.cost_of_goods.trim().is_empty() {
        None
    } else {
        amount_of(&mut texts, "cost_of_goods", &input.cost_of_goods)
    };
    if input.created_at.trim().is_empty() {
        texts.wrong(
            "created_at",
            "required",
            "say when the deal was created".to_owned(),
        );
    }
    let lead = texts.text("lead_external_id", &input.lead_external_id, ID_CHARS_MAX);
    let draft = Draft {
        external_id,
        title: texts.text("title", &input.title, TITLE_CHARS_MAX),
        status,
        amount: Money::new(amount, currency),
        cost_of_goods_micros,
        created: moment(&mut texts, "created_at", &input.created_at, desk.now).unwrap_or(desk.now),
        paid: moment(&mut texts, "paid_at", &input.paid_at, desk.now),
        lead_external_id: (!lead.is_empty()).then_some(lead),
        customer: None,
        name: String::new(),
        phone: phone_of(&input.phone, &desk.workspace.details),
        email: Email::parse(&input.email).ok(),
        responsible: String::new(),
        assignee: None,
        clues: Clues {
            visit: texts.id("visit", &input.visit),
            click: None,
            visitor: texts.id("visitor", &input.visitor),
            declared: None,
        },
        import: None,
    };
    first_error(texts)?;
    Ok(draft)
}

/// # Errors
/// When an amount or moment of the row cannot be counted.
pub(super) fn of_row(row: DealRow, import: ImportId, now: UnixMillis) -> Result<Draft, FieldError> {
    for (field, money) in [
        ("amount", Some(row.amount)),
        ("cost_of_goods", row.cost_of_goods),
    ] {
        if money.is_some_and(|money| !(0..=AMOUNT_MICROS_MAX).contains(&money.micros)) {
            return Err(item_error(
                field,
                "out_of_range",
                "use an amount of zero or more",
            ));
        }
    }
    let goods = row.cost_of_goods;
    if goods.is_some_and(|goods| goods.currency != row.amount.currency) {
        let detail = "use the currency of the amount";
        return Err(item_error("cost_of_goods", "other_currency", detail));
    }
    let ahead = |at: UnixMillis| at.since_ms(now) > crate::leads::AHEAD_MS_MAX;
    if ahead(row.created) {
        return Err(item_error(
            "created_at",
            "in_the_future",
            "this moment has not come yet",
        ));
    }
    if row.paid.is_some_and(ahead) {
        return Err(item_error(
            "paid_at",
            "in_the_future",
            "this moment has not come yet",
        ));
    }
    Ok(Draft {
        external_id: row.external_id,
        title: row.title,
        status: row.status,
        amount: row.amount,
        cost_of_goods_micros: goods.map(|goods| goods.micros),
        created: row.created,
        paid: row.paid,
        lead_external_id: row.lead_external_id,
        customer: row.customer,
        name: row.name,
        phone: row.phone,
        email: row.email,
        responsible: row.responsible,
        assignee: None,
        clues: Clues {
            visit: row.visit,
            click: None,
            visitor: None,
            declared: row.declared,
        },
        import: Some(import),
    })
}

/// What is wrong with one field of one item.
pub(crate) fn item_error(
    field: &'static str,
    code: &'static str,
    detail: impl Into<String>,
) -> FieldError {
    FieldError {
        field: field.into(),
        row: None,
        code,
        detail: detail.into(),
    }
}

/// # Errors
/// The first thing that was wrong.
pub(crate) fn first_error(texts: Texts) -> Result<(), FieldError> {
    texts.0.into_iter().next().map_or(Ok(()), Err)
}

pub(crate) fn required(
    texts: &mut Texts,
    field: &'static str,
    text: &str,
    chars_max: usize,
) -> String {
    let text = texts.text(field, text, chars_max);
    if text.is_empty() {
        texts.wrong(field, "required", format!("{field} is required"));
    }
    text
}

fn currency(texts: &mut Texts, text: &str, own: Currency) -> Currency {
    if text.trim().is_empty() {
        return own;
    }
    text.parse().unwrap_or_else(|error| {
        texts.wrong("currency", "unknown", format!("{error}"));
        own
    })
}

pub(crate) fn amount(texts: &mut Texts, field: &'static str, text: &str) -> Option<i64> {
    if text.trim().is_empty() {
        texts.wrong(field, "required", format!("{field} is required"));
        return None;
    }
    amount_of(texts, field, text)
}

fn amount_of(texts: &mut Texts, field: &'static str, text: &str) -> Option<i64> {
    let micros = parse_decimal_micros(text).ok();
    let Some(micros) = micros else {
        texts.wrong(
            field,
            "not_an_amount",
            format!("{text:?} is not an amount of money"),
        );
        return None;
    };
    if !(0..=AMOUNT_MICROS_MAX).contains(&micros) {
        texts.wrong(
            field,
            "out_of_range",
            "use an amount of zero or more".to_owned(),
        );
        return None;
    }
    Some(micros)
}
