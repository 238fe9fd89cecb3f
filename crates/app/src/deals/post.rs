//! Posting: what the facts about a deal lack to say what the rules say.

use std::collections::BTreeSet;

use base::{Currency, Day, Fact, LeadId, Money, Outcome, Traffic, UnixMillis, VisitId, VisitorId};
use domain::cost::Rate;
use domain::deal::{
    CustomerOrder, Deal as Counted, DealEffect, DealError, DealMeasures, Payment, PaymentKind,
    StatusGroup, standing, transition,
};
use serde::{Deserialize, Serialize};
use store::deals::{self, Deal, DealChange, DealPosted};
use store::{Tx, leads, payments};

use super::Desk;
use crate::error::Step as _;
use crate::outbox::{self, derived_id};
use crate::{AppError, FieldError};

/// The entry of a deal's history that keeps what was posted, line by line.
const POSTED_FIELD: &str = "posted";

/// Everything that the facts about a deal add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Posted {
    /// Counts the postings, so that each has facts with ids of its own.
    postings: i64,
    origin: Origin,
    lines: Vec<DealEffect>,
    rates: KeptRates,
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
    deal: Deal,
    counted: Counted,
    before: Posted,
    /// It is a sale that was not returned in full.
    sticks: bool,
}

impl Desk {
    /// Posts the differences of a deal, and of the customer's other deals whose order changes.
    pub(crate) async fn settle(&self, tx: &mut Tx, deal: Deal) -> Result<(), AppError> {
        let ranked = self.rank(tx, deal).await?;
        self.settle_ranked(tx, ranked).await
    }

    /// As [`Desk::settle`], for a deal that was saved in this transaction for the first time.
    pub(super) async fn settle_new(&self, tx: &mut Tx, deal: Deal) -> Result<(), AppError> {
        let ranked = self.ranked(deal, Vec::new(), Posted::default())?;
        self.settle_ranked(tx, ranked).await
    }

    async fn settle_ranked(&self, tx: &mut Tx, own: Ranked) -> Result<(), AppError> {
        let mut ranked = self.others(tx, &own.deal).await?;
        ranked.push(own);
        ranked.sort_by_key(|ranked| paid_order(&ranked.deal));
        // Orders are the first ones until one of them was not returned in full.
        let mut order = CustomerOrder::First;
        for ranked in &mut ranked {
            ranked.counted.order = order;
            self.post(tx, ranked).await?;
            if ranked.sticks {
                order = CustomerOrder::Repeat;
            }
        }
        Ok(())
    }

    /// Whether the amounts of a deal can be counted.
    pub(super) fn check_amounts(&self, deal: &deals::DealDetails) -> Result<(), FieldError> {
        self.counted(deal, Vec::new(), &[]).map(|_| ())
    }

    /// Other sales of the customer whose order this deal may change: all up to the first that
    /// was not returned in full.
    async fn others(&self, tx: &mut Tx, deal: &Deal) -> Result<Vec<Ranked>, AppError> {
        let Some(person) = deal.details.person_id else {
            return Ok(Vec::new());
        };
        let mut others = deals::list_deals_of_person(tx, self.workspace.id, person).await?;
        others.retain(|other| {
            other.id != deal.id && self.group(&other.details.status) == Some(StatusGroup::Paid)
        });
        others.sort_by_key(paid_order);
        let mut ranked = Vec::new();
        for other in others {
            let other = self.rank(tx, other).await?;
            let sticks = other.sticks;
            ranked.push(other);
            if sticks {
                break;
            }
        }
        Ok(ranked)
    }

    async fn rank(&self, tx: &mut Tx, deal: Deal) -> Result<Ranked, AppError> {
        let found = payments::list_payments_of_deal(tx, self.workspace.id, deal.id).await?;
        let before = self.posted(tx, &deal).await?;
        self.ranked(deal, found, before)
    }

    fn ranked(
        &self,
        deal: Deal,
        found: Vec<payments::Payment>,
        before: Posted,
    ) -> Result<Ranked, AppError> {
        let counted = self.counted(&deal.details, found, &before.rates);
        let mut counted = counted.map_err(uncountable)?;
        if deal.archived_at.is_some() {
            counted.group = None;
        }
        let lines = standing(&counted, self.terms).map_err(refused)?;
        let sales: i32 = lines.iter().map(|line| line.measures.sales).sum();
        Ok(Ranked {
            deal,
            counted,
            before,
            sticks: sales > 0,
        })
    }

    /// The deal as the rules see it, with the rates of its days.
    fn counted(
        &self,
        details: &deals::DealDetails,
        found: Vec<payments::Payment>,
        kept: &[(Currency, Day, Rate)],
    ) -> Result<Counted, FieldError> {
        let paid_at = details.paid_at.unwrap_or(details.created_at);
        let money = |micros| Money::new(micros, details.currency);
        let goods = details.cost_of_goods_micros;
        let payments = found
            .into_iter()
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

    async fn post(&self, tx: &mut Tx, ranked: &Ranked) -> Result<(), AppError> {
        let Ranked {
            deal,
            counted,
            before,
            ..
        } = ranked;
        let (workspace, id) = (self.workspace.id, deal.id);
        let origin = self.origin(tx, deal).await?;
        let lines = standing(counted, self.terms).map_err(refused)?;
        let mut due: Vec<(&Origin, DealEffect)> = Vec::new();
        if origin == before.origin || before.lines.is_empty() {
            let missing = transition(&before.lines, counted, self.terms).map_err(refused)?;
            due.extend(missing.into_iter().map(|line| (&origin, line)));
        } else {
            // The deal came from elsewhere: everything is taken back there and posted here.
            let nothing = Counted {
                group: None,
                payments: Vec::new(),
                ..counted.clone()
            };
            let back = transition(&before.lines, &nothing, self.terms).map_err(refused)?;
            due.extend(back.into_iter().map(|line| (&before.origin, line)));
            due.extend(lines.iter().map(|line| (&origin, *line)));
        }
        if due.is_empty() {
            return Ok(());
        }
        let postings = before.postings + 1;
        let facts: Vec<Fact> = (0..)
            .zip(&due)
            .map(|(index, (origin, line))| self.fact(deal, postings, index, origin, line))
            .collect();
        outbox::put(tx, self.now, &facts).await?;
        let sums = sums(&lines, postings).map_err(refused)?;
        deals::save_posted(tx, workspace, id, &sums).await?;
        let rates = self.rates_of(counted);
        let posted = Posted {
            postings,
            origin: origin.clone(),
            lines,
            rates,
        };
        let change = DealChange {
            at: self.now,
            recorded_at: self.now,
            field: POSTED_FIELD.to_owned(),
            old_value: None,
            new_value: Some(serde_json::to_string(&posted).step("write a posting down")?),
            author_id: self.author,
        };
        Ok(deals::insert_deal_change(tx, workspace, id, &change).await?)
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

    async fn posted(&self, tx: &mut Tx, deal: &Deal) -> Result<Posted, AppError> {
        let history = deals::list_deal_changes(tx, self.workspace.id, deal.id).await?;
        let kept = history.iter().filter(|change| change.field == POSTED_FIELD);
        let books = kept
            .filter_map(|change| change.new_value.as_deref())
            .map(|text| serde_json::from_str::<Posted>(text).step("read a posting"))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(books
            .into_iter()
            .max_by_key(|book| book.postings)
            .unwrap_or_default())
    }

    async fn origin(&self, tx: &mut Tx, deal: &Deal) -> Result<Origin, AppError> {
        let details = &deal.details;
        let created = match details.lead_id {
            Some(lead) => {
                leads::load_lead(tx, self.workspace.id, lead)
                    .await?
                    .details
                    .at
            }
            None => details.created_at,
        };
        Ok(Origin {
            created,
            lead: details.lead_id,
            visitor: details.visitor_id,
            visit: details.visit_id,
            declared: details.declared.clone(),
        })
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

fn paid_order(deal: &Deal) -> (UnixMillis, base::DealId) {
    (
        deal.details.paid_at.unwrap_or(deal.details.created_at),
        deal.id,
    )
}

fn sums(lines: &[DealEffect], postings: i64) -> Result<DealPosted, DealError> {
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
    })
}

/// A deal that was accepted has a rate for its day, because rates are never deleted.
fn uncountable(error: FieldError) -> AppError {
    AppError::Invalid(vec![error])
}

fn refused(error: DealError) -> AppError {
    AppError::Internal {
        step: "count a deal",
        source: error.into(),
    }
}
