//! Posting: what the facts about a deal lack to say what the rules say.

use std::collections::{BTreeSet, HashMap};

use base::{
    Currency, Day, DealId, Fact, LeadId, Money, Outcome, Traffic, UnixMillis, VisitId, VisitorId,
};
use domain::cost::{Rate, VatTerms};
use domain::deal::{
    CustomerOrder, Deal as Counted, DealEffect, DealError, DealMeasures, DealTerms, Payment,
    PaymentKind, StatusGroup, standing, transition,
};
use domain::lead::LeadSale;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::deals::{self, Deal, DealPosted, PostedDeal};
use store::{Connection, payments};

use super::Desk;
use super::shelf::{Shelf, Shelved};
use crate::error::Step as _;
use crate::outbox::derived_id;
use crate::{AppError, FieldError};

/// Everything that the facts about a deal add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Posted {
    /// Counts the postings, so that each has facts with ids of its own.
    postings: i64,
    origin: Origin,
    lines: Vec<DealEffect>,
    rates: KeptRates,
    /// The terms that money of the deal was booked at; later terms of the workspace leave it.
    vat: Option<VatTerms>,
    /// What was said of the lead before this moment gives way to the sale.
    overrides_until: Option<UnixMillis>,
}

/// Rates that amounts of a deal were booked at; a later correction of rates leaves them.
type KeptRates = Vec<(Currency, Day, Rate)>;

/// Where the facts say that the deal came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    created: UnixMillis,
    lead: Option<LeadId>,
    visitor: Option<VisitorId>,
    visit: Option<VisitId>,
    declared: Option<Traffic>,
}

/// A deal of a customer, in the order in which the customer paid.
struct Ranked {
    id: DealId,
    place: (UnixMillis, DealId),
    counted: Counted,
    /// It is a sale that was not returned in full.
    sticks: bool,
}

/// A visitor and their visit.
pub(crate) type Came = (Option<VisitorId>, Option<VisitId>);

/// Lets the facts about a deal come from somebody else: they were put under that one already.
pub(crate) fn part_posted(
    posted: &mut DealPosted,
    parted: impl FnOnce(Came) -> Came,
) -> Result<(), AppError> {
    const STEP: &str = "part a posting from its visitor";
    let mut book: Posted = serde_json::from_value(posted.book.clone()).step(STEP)?;
    let origin = &mut book.origin;
    (origin.visitor, origin.visit) = parted((origin.visitor, origin.visit));
    posted.book = serde_json::to_value(book).step(STEP)?;
    Ok(())
}

impl Desk {
    /// Posts the differences of a deal, and of the customer's other deals whose order changes.
    pub(crate) fn settle(&self, shelf: &mut Shelf, id: DealId) -> Result<(), AppError> {
        let mut ranked = self.others(shelf, id)?;
        ranked.push(self.rank(shelf.shelved(id)?)?);
        ranked.sort_by_key(|ranked| ranked.place);
        // Orders are the first ones until one of them was not returned in full.
        let mut order = CustomerOrder::First;
        for mut ranked in ranked {
            ranked.counted.order = order;
            self.post(shelf, &ranked)?;
            if ranked.sticks {
                order = CustomerOrder::Repeat;
            }
        }
        Ok(())
    }

    /// What deals earned without VAT, and the VAT, in the currency of this desk's terms: each
    /// amount at the rate of its own day. Deals with an amount that has no rate are left out.
    pub(crate) async fn earned(
        &self,
        connection: &mut Connection,
        ids: &[DealId],
    ) -> Result<HashMap<DealId, (i64, i64)>, AppError> {
        let workspace = self.workspace.id;
        let mut paid: HashMap<DealId, Vec<payments::Payment>> = HashMap::new();
        for payment in payments::list_payments_of_deals(connection, workspace, ids).await? {
            let deal = payment.details.deal_id;
            paid.entry(deal).or_default().push(payment);
        }
        let mut posted: HashMap<DealId, Posted> = HashMap::new();
        for row in deals::list_posted(connection, workspace, ids).await? {
            let book = serde_json::from_value(row.posted.book).step("read a posting")?;
            posted.insert(row.deal_id, book);
        }
        let mut earned = HashMap::new();
        for deal in deals::list_deals_by_id(connection, workspace, ids).await? {
            let payments = paid.remove(&deal.id).unwrap_or_default();
            let Ok(counted) = self.counted(&deal.details, &payments, &[]) else {
                continue;
            };
            let terms = self.terms_of(&posted.remove(&deal.id).unwrap_or_default());
            let lines = standing(&counted, terms).map_err(refused)?;
            let sums = sums(&lines, 0, Value::Null).map_err(refused)?;
            earned.insert(deal.id, (sums.revenue_micros, sums.vat_micros));
        }
        Ok(earned)
    }

    /// Whether the amounts of a deal can be counted.
    pub(super) fn check_amounts(&self, deal: &deals::DealDetails) -> Result<(), FieldError> {
        self.counted(deal, &[], &[]).map(|_| ())
    }

    /// Other sales of the customer whose order this deal may change: all up to the first that
    /// was not returned in full.
    fn others(&self, shelf: &Shelf, id: DealId) -> Result<Vec<Ranked>, AppError> {
        let Some(person) = shelf.shelved(id)?.deal.details.person_id else {
            return Ok(Vec::new());
        };
        let mut others = Vec::new();
        for other in shelf.of_person(person) {
            let shelved = shelf.shelved(other)?;
            if other != id && self.group(&shelved.deal.details.status) == Some(StatusGroup::Paid) {
                others.push(shelved);
            }
        }
        others.sort_by_key(|shelved| paid_order(&shelved.deal));
        let mut ranked = Vec::new();
        for other in others {
            let other = self.rank(other)?;
            let sticks = other.sticks;
            ranked.push(other);
            if sticks {
                break;
            }
        }
        Ok(ranked)
    }

    fn rank(&self, shelved: &Shelved) -> Result<Ranked, AppError> {
        let Shelved {
            deal,
            payments,
            posted,
        } = shelved;
        let counted = self.counted(&deal.details, payments, &posted.rates);
        let mut counted = counted.map_err(uncountable)?;
        if deal.archived_at.is_some() {
            counted.group = None;
        }
        let lines = standing(&counted, self.terms_of(posted)).map_err(refused)?;
        let sales: i32 = lines.iter().map(|line| line.measures.sales).sum();
        Ok(Ranked {
            id: deal.id,
            place: paid_order(deal),
            counted,
            sticks: sales > 0,
        })
    }

    /// The deal as the rules see it, with the rates of its days.
    fn counted(
        &self,
        details: &deals::DealDetails,
        found: &[payments::Payment],
        kept: &[(Currency, Day, Rate)],
    ) -> Result<Counted, FieldError> {
        let paid_at = details.paid_at.unwrap_or(details.created_at);
        let money = |micros| Money::new(micros, details.currency);
        let goods = details.cost_of_goods_micros;
        let payments = found
            .iter()
            .map(|payment| self.payment(&payment.details, kept))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Counted {
            group: self.group(&details.status),
            amount: self.amount(money(details.amount_micros), paid_at, kept)?,
            cost_of_goods: match goods {
                0 => None,
                micros => Some(self.amount(money(micros), paid_at, kept)?),
            },
            created: details.created_at,
            paid: details.paid_at,
            order: CustomerOrder::First,
            payments,
        })
    }

    /// A payment as the rules see it.
    pub(crate) fn payment(
        &self,
        details: &payments::PaymentDetails,
        kept: &[(Currency, Day, Rate)],
    ) -> Result<Payment, FieldError> {
        let original = Money::new(details.amount_micros, details.currency);
        let kind = match details.kind.as_str() {
            "payment" => PaymentKind::Received,
            _ => PaymentKind::Returned { restocked: None },
        };
        Ok(Payment {
            at: details.at,
            amount: self.amount(original, details.at, kept)?,
            kind,
        })
    }

    fn post(&self, shelf: &mut Shelf, ranked: &Ranked) -> Result<(), AppError> {
        let Ranked { id, counted, .. } = ranked;
        let Shelved {
            deal,
            posted: before,
            ..
        } = shelf.shelved(*id)?;
        let origin = origin(shelf, deal);
        let terms = self.terms_of(before);
        let lines = standing(counted, terms).map_err(refused)?;
        let mut due: Vec<(&Origin, DealEffect)> = Vec::new();
        if origin == before.origin || before.lines.is_empty() {
            let missing = transition(&before.lines, counted, terms).map_err(refused)?;
            due.extend(missing.into_iter().map(|line| (&origin, line)));
        } else {
            // The deal came from elsewhere: everything is taken back there and posted here.
            let nothing = Counted {
                group: None,
                payments: Vec::new(),
                ..counted.clone()
            };
            let back = transition(&before.lines, &nothing, terms).map_err(refused)?;
            due.extend(back.into_iter().map(|line| (&before.origin, line)));
            due.extend(lines.iter().map(|line| (&origin, *line)));
        }
        let rates = self.rates_of(counted);
        let is_booked_anew = self.converts_again() && before.postings > 0 && rates != before.rates;
        if due.is_empty() && !is_booked_anew {
            return Ok(());
        }
        let postings = before.postings + 1;
        let facts: Vec<Fact> = (0..)
            .zip(&due)
            .map(|(index, (origin, line))| self.fact(deal, postings, index, origin, line))
            .collect();
        let posted = Posted {
            postings,
            origin,
            lines,
            rates,
            vat: Some(terms.vat),
            overrides_until: Some(self.overrides_until(counted, before)),
        };
        shelf.post(*id, posted, facts);
        Ok(())
    }

    /// The moment of the payment where its hour is known. Where only the day is, or nothing, the
    /// sale is one as of the moment when it became known, on the day of the payment at the latest.
    fn overrides_until(&self, counted: &Counted, before: &Posted) -> UnixMillis {
        let (from, until) = match counted.paid {
            None => (counted.created, UnixMillis(i64::MAX)),
            Some(paid) => (paid, self.end_of_payment(paid)),
        };
        let known = before.sale().and(before.overrides_until);
        let known = known.filter(|known| (from..=until).contains(known));
        known.unwrap_or(self.now.min(until))
    }

    /// Those that the deal's money was booked at, or else the workspace's of today.
    fn terms_of(&self, posted: &Posted) -> DealTerms {
        let has_money = |line: &DealEffect| {
            let measures = line.measures;
            (measures.revenue_micros, measures.vat_micros) != (0, 0)
        };
        let kept = posted.vat.filter(|_| posted.lines.iter().any(has_money));
        DealTerms {
            vat: kept.unwrap_or(self.terms.vat),
            ..self.terms
        }
    }

    /// The foreign rates among a deal's amounts.
    fn rates_of(&self, counted: &Counted) -> KeptRates {
        let paid_at = counted.paid.unwrap_or(counted.created);
        let own = [Some(counted.amount), counted.cost_of_goods];
        let own = own.into_iter().flatten().map(|amount| (paid_at, amount));
        let paid = counted
            .payments
            .iter()
            .map(|payment| (payment.at, payment.amount));
        own.chain(paid)
            .filter(|(_, amount)| amount.original.currency != self.terms.currency)
            .map(|(at, amount)| (amount.original.currency, self.day_of(at), amount.rate))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    fn fact(
        &self,
        deal: &Deal,
        postings: i64,
        index: usize,
        origin: &Origin,
        line: &DealEffect,
    ) -> Fact {
        let id = derived_id(&[
            &self.workspace.id.to_string(),
            "deal",
            &deal.id.to_string(),
            &postings.to_string(),
            &index.to_string(),
        ]);
        let measures = line.measures;
        Fact::Outcome(Box::new(Outcome {
            id,
            workspace: self.workspace.id,
            kind: line.kind,
            at: line.at,
            recorded: self.now,
            created: origin.created,
            lead: origin.lead,
            deal: Some(deal.id),
            visitor: origin.visitor,
            visit: origin.visit,
            declared: origin.declared.clone().map(Box::new),
            leads: 0,
            qualified: 0,
            deals: measures.deals,
            sales: measures.sales,
            customers: measures.customers,
            revenue_micros: measures.revenue_micros,
            vat_micros: measures.vat_micros,
            refunds_micros: measures.refunds_micros,
            cost_of_goods_micros: measures.cost_of_goods_micros,
        }))
    }
}

impl Posted {
    /// The deal as a sale of its lead, while it is one.
    pub(super) fn sale(&self) -> Option<LeadSale> {
        let sales: i32 = self.lines.iter().map(|line| line.measures.sales).sum();
        let sold = self.lines.iter().find(|line| line.measures.sales > 0);
        let at = sold.filter(|_| sales > 0)?.at;
        Some(LeadSale {
            at,
            overrides_until: self.overrides_until.unwrap_or(at),
        })
    }

    /// What its lines come to.
    pub(super) fn sums(&self) -> Result<DealPosted, AppError> {
        sums(&self.lines, self.postings, Value::Null).map_err(refused)
    }

    /// As the store keeps it.
    pub(super) fn row(&self, deal_id: DealId) -> Result<PostedDeal, AppError> {
        let book = serde_json::to_value(self).step("write a posting down")?;
        let posted = sums(&self.lines, self.postings, book).map_err(refused)?;
        Ok(PostedDeal { deal_id, posted })
    }
}

fn origin(shelf: &Shelf, deal: &Deal) -> Origin {
    let details = &deal.details;
    let of_lead = details.lead_id.and_then(|lead| shelf.lead_moment(lead));
    Origin {
        created: of_lead.unwrap_or(details.created_at),
        lead: details.lead_id,
        visitor: details.visitor_id,
        visit: details.visit_id,
        declared: details.declared.clone(),
    }
}

fn paid_order(deal: &Deal) -> (UnixMillis, DealId) {
    (
        deal.details.paid_at.unwrap_or(deal.details.created_at),
        deal.id,
    )
}

fn sums(lines: &[DealEffect], postings: i64, book: Value) -> Result<DealPosted, DealError> {
    let count = |part: fn(&DealMeasures) -> i32| -> i64 {
        lines
            .iter()
            .map(|line| i64::from(part(&line.measures)))
            .sum()
    };
    let micros = |part: fn(&DealMeasures) -> i64| -> Result<i64, DealError> {
        let mut parts = lines.iter().map(|line| part(&line.measures));
        let sum = parts.try_fold(0_i64, i64::checked_add);
        sum.ok_or(DealError::Amount(base::MoneyError::Overflow))
    };
    Ok(DealPosted {
        deals: count(|m| m.deals),
        sales: count(|m| m.sales),
        customers: count(|m| m.customers),
        revenue_micros: micros(|m| m.revenue_micros)?,
        vat_micros: micros(|m| m.vat_micros)?,
        refunds_micros: micros(|m| m.refunds_micros)?,
        cost_of_goods_micros: micros(|m| m.cost_of_goods_micros)?,
        postings,
        book,
    })
}

/// A deal that was accepted has a rate for its day: no rate is deleted that one needs.
fn uncountable(error: FieldError) -> AppError {
    AppError::Invalid(vec![error])
}

fn refused(error: DealError) -> AppError {
    AppError::Internal {
        step: "count a deal",
        source: error.into(),
    }
}
