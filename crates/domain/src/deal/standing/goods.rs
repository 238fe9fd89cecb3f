//! When the goods of a deal cost what.

use base::{Money, MoneyError, Ratio, UnixMillis};

use super::{Book, Yardstick};
use crate::deal::{Deal, PaymentKind};

/// Posts the cost of the deal's goods: with every payment before the sale the part that the money
/// kept so far is of the amount, with the sale the rest. So the past stays what it was when an
/// advance becomes a sale.
pub(super) fn post(
    book: &mut Book,
    deal: &Deal,
    sold: Option<UnixMillis>,
) -> Result<(), MoneyError> {
    let Some(goods) = deal.cost_of_goods else {
        return Ok(());
    };
    let goods = goods.converted(book.terms.currency)?;
    let mut payments: Vec<_> = deal.payments.iter().collect();
    payments.retain(|payment| sold.is_none_or(|sold| payment.at < sold));
    payments.sort_by_key(|payment| payment.at);
    let amounts = payments.iter().map(|payment| payment.amount);
    let measure = Yardstick::of(amounts.chain([deal.amount]), book.terms.currency);
    let whole = measure.micros(deal.amount)?;
    let (mut kept, mut posted) = (0, 0);
    for payment in payments {
        let amount = measure.micros(payment.amount)?;
        kept += match payment.kind {
            PaymentKind::Received => amount,
            PaymentKind::Returned { .. } => -amount,
        };
        let due = part(goods, kept, whole)?;
        book.add_goods(payment.at, Money::new(due - posted, goods.currency))?;
        posted = due;
    }
    match sold {
        None => Ok(()),
        Some(at) => book.add_goods(at, Money::new(goods.micros - posted, goods.currency)),
    }
}

/// As much of the goods as `kept` is of the whole amount, never more than all of them.
fn part(goods: Money, kept: i128, whole: i128) -> Result<i64, MoneyError> {
    let kept = kept.clamp(0, whole.max(0));
    let Some(share) = Ratio::new(kept, whole) else {
        return Ok(0);
    };
    let micros = share.scaled(goods.micros.into());
    let micros = micros.and_then(|micros| i64::try_from(micros).ok());
    micros.ok_or(MoneyError::Overflow)
}
