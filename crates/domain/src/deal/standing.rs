//! Everything that counts of a deal as it is now, and what a change has to post.

mod goods;

use std::collections::BTreeMap;

use base::{Currency, Money, MoneyError, OutcomeKind, UnixMillis};

use super::{
    Amount, CustomerOrder, DEAL_PAYMENTS_MAX, Deal, DealEffect, DealError, DealMeasures, DealTerms,
    Payment, PaymentKind, StatusGroup,
};

/// Everything that counts of the deal, computed from nothing; ordered by moment and kind.
///
/// - A deal that is not counted, or whose status no group claims, counts nothing.
/// - Any other deal counts as one at its creation.
/// - A paid one is a sale when it was paid, and a new customer if it is the customer's first
///   order.
/// - Received payments are the revenue, whatever became of the deal: an advance that is kept is
///   kept. Without any, a paid deal earns its amount when paid.
/// - Goods cost what they cost when the deal is paid. Of a deal that may still become a sale they
///   cost their part of it, as much as of its amount was received and kept, so that an advance is
///   no profit of a hundred percent. No goods leave the house for a cancelled deal.
/// - Returned money lowers the revenue when it is returned. Goods that came back lower the cost of
///   goods. The return that completes the whole revenue takes the sale and the customer back.
///
/// # Errors
/// When amounts do not fit, or payments are negative or too many.
pub fn standing(deal: &Deal, terms: DealTerms) -> Result<Vec<DealEffect>, DealError> {
    check(deal)?;
    let group = match deal.group {
        None | Some(StatusGroup::NotCounted) => return Ok(Vec::new()),
        Some(group) => group,
    };
    let mut book = Book {
        terms,
        lines: BTreeMap::new(),
    };
    book.add(
        OutcomeKind::Deal,
        deal.created,
        DealMeasures {
            deals: 1,
            ..Default::default()
        },
    )?;
    let paid_at = deal.paid.unwrap_or(deal.created);
    let is_sale = group == StatusGroup::Paid;
    if is_sale {
        book.add(OutcomeKind::DealStatus, paid_at, one_sale(deal.order))?;
    }
    let sold = is_sale.then_some(paid_at);
    if group != StatusGroup::Cancelled {
        goods::post(&mut book, deal, sold)?;
    }
    let income = income(deal, is_sale, paid_at);
    for (at, amount) in &income {
        book.add_income(*at, amount.converted(terms.currency)?)?;
    }
    let returns = returns(deal);
    for (payment, restocked) in &returns {
        book.add_return(payment.at, payment.amount.converted(terms.currency)?)?;
        if let (true, Some(goods)) = (is_sale, restocked) {
            book.add_goods(payment.at, negated(goods.converted(terms.currency)?)?)?;
        }
    }
    if is_sale && let Some(at) = completed(&income, &returns, terms.currency)? {
        book.add(OutcomeKind::Refund, at, one_sale(deal.order).negated()?)?;
    }
    Ok(book.effects())
}

/// What to post so that everything posted adds up to the deal's standing.
///
/// `posted` is the standing after the previous change, or nothing for a new deal. A change of the
/// status mapping is such a change too: the deal is the same, its group is another.
///
/// # Errors
/// When amounts do not fit, or payments are negative or too many.
pub fn transition(
    posted: &[DealEffect],
    after: &Deal,
    terms: DealTerms,
) -> Result<Vec<DealEffect>, DealError> {
    let mut book = Book {
        terms,
        lines: BTreeMap::new(),
    };
    for effect in standing(after, terms)? {
        book.add(effect.kind, effect.at, effect.measures)?;
    }
    for effect in posted {
        book.add(effect.kind, effect.at, effect.measures.negated()?)?;
    }
    Ok(book.effects())
}

/// Effects of one deal, one line a moment and kind.
struct Book {
    terms: DealTerms,
    lines: BTreeMap<(UnixMillis, u8), (OutcomeKind, DealMeasures)>,
}

impl Book {
    fn add(
        &mut self,
        kind: OutcomeKind,
        at: UnixMillis,
        measures: DealMeasures,
    ) -> Result<(), MoneyError> {
        let line = self
            .lines
            .entry((at, rank(kind)))
            .or_insert((kind, DealMeasures::default()));
        line.1 = line.1.plus(measures)?;
        Ok(())
    }

    fn add_income(&mut self, at: UnixMillis, amount: Money) -> Result<(), MoneyError> {
        let (net, vat) = self.terms.vat.split(amount)?;
        let measures = DealMeasures {
            revenue_micros: net.micros,
            vat_micros: vat.micros,
            ..DealMeasures::default()
        };
        self.add(OutcomeKind::Payment, at, measures)
    }

    fn add_return(&mut self, at: UnixMillis, amount: Money) -> Result<(), MoneyError> {
        let (net, vat) = self.terms.vat.split(amount)?;
        let measures = DealMeasures {
            revenue_micros: negated(net)?.micros,
            vat_micros: negated(vat)?.micros,
            refunds_micros: net.micros,
            ..DealMeasures::default()
        };
        self.add(OutcomeKind::Refund, at, measures)
    }

    fn add_goods(&mut self, at: UnixMillis, cost: Money) -> Result<(), MoneyError> {
        let measures = DealMeasures {
            cost_of_goods_micros: cost.micros,
            ..DealMeasures::default()
        };
        self.add(OutcomeKind::CostOfGoods, at, measures)
    }

    fn effects(self) -> Vec<DealEffect> {
        self.lines
            .into_iter()
            .filter(|(_, (_, measures))| !measures.is_zero())
            .map(|((at, _), (kind, measures))| DealEffect { kind, at, measures })
            .collect()
    }
}

fn check(deal: &Deal) -> Result<(), DealError> {
    if deal.payments.len() > DEAL_PAYMENTS_MAX {
        return Err(DealError::TooManyPayments(deal.payments.len()));
    }
    if deal
        .payments
        .iter()
        .any(|payment| payment.amount.original.micros < 0)
    {
        return Err(DealError::NegativePayment);
    }
    Ok(())
}

fn one_sale(order: CustomerOrder) -> DealMeasures {
    let customers = match order {
        CustomerOrder::First => 1,
        CustomerOrder::Repeat => 0,
    };
    DealMeasures {
        sales: 1,
        customers,
        ..DealMeasures::default()
    }
}

fn income(deal: &Deal, is_sale: bool, paid_at: UnixMillis) -> Vec<(UnixMillis, Amount)> {
    let received: Vec<_> = deal
        .payments
        .iter()
        .filter(|payment| payment.kind == PaymentKind::Received)
        .map(|payment| (payment.at, payment.amount))
        .collect();
    if received.is_empty() && is_sale {
        vec![(paid_at, deal.amount)]
    } else {
        received
    }
}

/// The returns in order of time, each with the goods that came back.
fn returns(deal: &Deal) -> Vec<(&Payment, Option<Amount>)> {
    let mut returns: Vec<_> = deal
        .payments
        .iter()
        .filter_map(|payment| match payment.kind {
            PaymentKind::Returned { restocked } => Some((payment, restocked)),
            PaymentKind::Received => None,
        })
        .collect();
    returns.sort_by_key(|(payment, _)| payment.at);
    returns
}

/// Whether no more money goes back than the deal is worth, or than was received for it: a return
/// may be told before the payments that it takes back.
///
/// # Errors
/// When amounts do not fit.
pub fn returns_fit(
    deal: Amount,
    received: &[Amount],
    returned: &[Amount],
    currency: Currency,
) -> Result<bool, MoneyError> {
    let all = received.iter().chain(returned).chain([&deal]);
    let measure = Yardstick::of(all.copied(), currency);
    let sum = |amounts: &[Amount]| {
        let mut sum = 0;
        for amount in amounts {
            sum += measure.micros(*amount)?;
        }
        Ok::<i128, MoneyError>(sum)
    };
    Ok(sum(returned)? <= sum(received)?.max(sum(&[deal])?))
}

/// When the returns reached the whole income; `None` while some of it is kept.
fn completed(
    income: &[(UnixMillis, Amount)],
    returns: &[(&Payment, Option<Amount>)],
    currency: Currency,
) -> Result<Option<UnixMillis>, MoneyError> {
    let received = income.iter().map(|(_, amount)| *amount);
    let returned = returns.iter().map(|(payment, _)| payment.amount);
    let measure = Yardstick::of(received.chain(returned), currency);
    let micros = |amount| measure.micros(amount);
    let mut left: i128 = 0;
    for (_, amount) in income {
        left += micros(*amount)?;
    }
    if left <= 0 {
        return Ok(None);
    }
    for (payment, _) in returns {
        left -= micros(payment.amount)?;
        if left <= 0 {
            return Ok(Some(payment.at));
        }
    }
    Ok(None)
}

/// What amounts are compared in: their own currency where they have only one, because rates of
/// different days would make equal amounts look unequal.
enum Yardstick {
    Original,
    Converted(Currency),
}

impl Yardstick {
    fn of(amounts: impl Iterator<Item = Amount>, currency: Currency) -> Self {
        let mut currencies = amounts.map(|amount| amount.original.currency);
        let first = currencies.next();
        match currencies.all(|other| Some(other) == first) {
            true => Self::Original,
            false => Self::Converted(currency),
        }
    }

    fn micros(&self, amount: Amount) -> Result<i128, MoneyError> {
        let money = match self {
            Self::Original => amount.original,
            Self::Converted(currency) => amount.converted(*currency)?,
        };
        Ok(i128::from(money.micros))
    }
}

fn negated(amount: Money) -> Result<Money, MoneyError> {
    let micros = amount.micros.checked_neg().ok_or(MoneyError::Overflow)?;
    Ok(Money { micros, ..amount })
}

/// The order of kinds within one moment; each kind has its own line.
fn rank(kind: OutcomeKind) -> u8 {
    match kind {
        OutcomeKind::Lead => 0,
        OutcomeKind::LeadStatus => 1,
        OutcomeKind::Deal => 2,
        OutcomeKind::DealStatus => 3,
        OutcomeKind::Payment => 4,
        OutcomeKind::Refund => 5,
        OutcomeKind::CostOfGoods => 6,
    }
}

#[cfg(test)]
mod tests;
