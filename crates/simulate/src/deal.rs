//! Deals, payments and refunds: what the shop's sales desk makes of the requests.

use base::{Day, Money, UnixMillis};
use serde::{Serialize, Serializer};

use crate::dice::Dice;
use crate::lead::{Fate, Lead, Sent};
use crate::plan::Plan;
use crate::shop::{PRODUCTS, Product, roubles};

/// Days from the deal to its payment, each as likely: most soon, some much later.
const LAG_DAYS: [i64; 18] = [0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 7, 9, 12, 16, 22, 33, 54];
/// A deal that nobody has paid after so long is given up.
const GIVEN_UP_DAYS: i64 = 60;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A deal as it stands at the plan's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deal {
    pub external_id: String,
    pub title: &'static str,
    pub status: DealStatus,
    #[serde(serialize_with = "as_decimal")]
    pub amount: Money,
    #[serde(serialize_with = "as_decimal")]
    pub cost_of_goods: Money,
    pub currency: &'static str,
    #[serde(serialize_with = "crate::event::as_moment")]
    pub created_at: UnixMillis,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_moment_if_any"
    )]
    pub paid_at: Option<UnixMillis>,
    pub lead_external_id: String,
    pub phone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    #[serde(skip)]
    pub payments: Vec<Payment>,
}

/// The shop's own words for how a deal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum DealStatus {
    #[serde(rename = "First contact")]
    FirstContact,
    #[serde(rename = "Deciding")]
    Deciding,
    #[serde(rename = "Closed won")]
    Won,
    #[serde(rename = "Closed lost")]
    Lost,
    #[serde(rename = "Test")]
    Test,
    /// A word that nobody has mapped.
    #[serde(rename = "Awaits a prescription")]
    AwaitsPrescription,
}

/// Money that changed hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payment {
    pub external_id: String,
    pub deal_external_id: String,
    #[serde(serialize_with = "crate::event::as_moment")]
    pub at: UnixMillis,
    /// Always positive.
    #[serde(serialize_with = "as_decimal")]
    pub amount: Money,
    pub currency: &'static str,
    pub kind: PaymentKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    Payment,
    Refund,
}

impl DealStatus {
    pub const ALL: [Self; 6] = [
        Self::FirstContact,
        Self::Deciding,
        Self::Won,
        Self::Lost,
        Self::Test,
        Self::AwaitsPrescription,
    ];

    /// As the shop writes it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::FirstContact => "First contact",
            Self::Deciding => "Deciding",
            Self::Won => "Closed won",
            Self::Lost => "Closed lost",
            Self::Test => "Test",
            Self::AwaitsPrescription => "Awaits a prescription",
        }
    }

    /// The group that the owner maps the status to; `None` for the one that was forgotten.
    #[must_use]
    pub fn group(self) -> Option<&'static str> {
        match self {
            Self::FirstContact | Self::Deciding => Some("in_work"),
            Self::Won => Some("paid"),
            Self::Lost => Some("cancelled"),
            Self::Test => Some("not_counted"),
            Self::AwaitsPrescription => None,
        }
    }
}

impl Deal {
    /// Payments less refunds, VAT included.
    #[must_use]
    pub fn received_micros(&self) -> i64 {
        self.payments
            .iter()
            .map(|payment| match payment.kind {
                PaymentKind::Payment => payment.amount.micros,
                PaymentKind::Refund => -payment.amount.micros,
            })
            .sum()
    }

    /// A paid deal whose money was not all given back.
    #[must_use]
    pub fn is_sale(&self) -> bool {
        self.status == DealStatus::Won && self.received_micros() > 0
    }
}

impl Plan {
    /// The deals that came of a day's leads, some of them made long after that day.
    pub fn deals(&self, day: Day) -> impl Iterator<Item = Deal> + '_ {
        self.leads(day).flat_map(|lead| self.deals_of(&lead))
    }

    /// The deals that came of a lead: the first, and perhaps another one months later.
    #[must_use]
    pub fn deals_of(&self, lead: &Lead) -> Vec<Deal> {
        if lead.fate != Fate::Deal || lead.sent == Sent::Again {
            return Vec::new();
        }
        let mut dice = Dice::of(&[self.seed, 10, lead.number]);
        let created = lead.at.plus_ms(dice.between(5, 600) * 60_000);
        let first = self.deal(lead, 1, created, &mut dice);
        let comes_again = first.as_ref().is_some_and(Deal::is_sale) && dice.per_mille(140);
        let later = created.plus_ms(dice.between(30, 150) * DAY_MS);
        let second = comes_again
            .then(|| self.deal(lead, 2, later, &mut dice))
            .flatten();
        first.into_iter().chain(second).collect()
    }

    fn deal(&self, lead: &Lead, nth: u64, created_at: UnixMillis, dice: &mut Dice) -> Option<Deal> {
        let product = dice.pick(&PRODUCTS);
        let (amount, cost_of_goods) = basket(product, dice);
        let paid = created_at.plus_ms(dice.pick(&LAG_DAYS) * DAY_MS + dice.between(1, 8) * HOUR_MS);
        let age_days = self.now.since_ms(created_at) / DAY_MS;
        let status = match dice.below(1000) {
            0..390 if paid < self.now => DealStatus::Won,
            0..390 => DealStatus::Deciding,
            390..402 => DealStatus::Test,
            402..420 => DealStatus::AwaitsPrescription,
            420..700 => DealStatus::Lost,
            _ if age_days > GIVEN_UP_DAYS => DealStatus::Lost,
            _ if age_days > 3 => DealStatus::Deciding,
            _ => DealStatus::FirstContact,
        };
        let mut deal = Deal {
            external_id: format!("D-{}-{nth}", lead.number),
            title: product.title,
            status,
            amount,
            cost_of_goods,
            currency: "RUB",
            created_at,
            paid_at: (status == DealStatus::Won).then_some(paid),
            lead_external_id: lead.external_id.clone(),
            phone: lead.phone.clone(),
            email: lead.email.clone(),
            payments: Vec::new(),
        };
        if let Some(paid) = deal.paid_at {
            self.pay(&mut deal, paid, dice);
        }
        (created_at < self.now).then_some(deal)
    }

    fn pay(&self, deal: &mut Deal, paid: UnixMillis, dice: &mut Dice) {
        let whole = deal.amount.micros;
        let part = |micros: i64| Money::new(micros, deal.amount.currency);
        let mut money = Vec::new();
        // Made to order: a third in advance, at the latest with the rest.
        if dice.per_mille(200) {
            let advance = whole / 3_000_000 * 1_000_000;
            let at = deal.created_at.plus_ms(HOUR_MS / 2).min(paid);
            money.push((at, part(advance), PaymentKind::Payment));
            money.push((paid, part(whole - advance), PaymentKind::Payment));
        } else {
            money.push((paid, part(whole), PaymentKind::Payment));
        }
        let back = match dice.below(1000) {
            0..25 => Some(whole),
            25..70 => Some(whole / 1_000_000 * dice.between(20, 60) / 100 * 1_000_000),
            _ => None,
        };
        let at = paid.plus_ms(dice.between(2, 20) * DAY_MS);
        if let Some(micros) = back.filter(|_| at < self.now) {
            money.push((at, part(micros), PaymentKind::Refund));
        }
        let payments = money
            .into_iter()
            .zip(1..)
            .map(|((at, amount, kind), nth)| Payment {
                external_id: format!("P-{}-{nth}", deal.external_id),
                deal_external_id: deal.external_id.clone(),
                at,
                amount,
                currency: "RUB",
                kind,
            });
        deal.payments = payments.collect();
    }
}

/// One to three pieces, now and then with a small discount, and what the goods cost.
fn basket(product: Product, dice: &mut Dice) -> (Money, Money) {
    let pieces = [1, 1, 1, 1, 2, 2, 3][dice.weighted(&[1; 7])].min(20_000 / product.price_roubles);
    let pieces = pieces.max(1);
    let discount = dice.pick(&[0, 0, 0, 5, 10]);
    let price = product.price_roubles * pieces * (100 - discount) / 100;
    (roubles(price), roubles(product.cost_roubles * pieces))
}

fn as_decimal<S: Serializer>(amount: &Money, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&amount.decimal())
}

#[expect(clippy::ref_option, reason = "serde hands over the field as it is")]
fn as_moment_if_any<S: Serializer>(at: &Option<UnixMillis>, out: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => out.serialize_str(&at.rfc3339()),
        None => out.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::scenario::Scenario;

    fn deals() -> (Plan, Vec<Deal>) {
        let scenario = Scenario {
            events: 400_000,
            ..Scenario::year(8, String::new())
        };
        let now = UnixMillis::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        let plan = Plan::new(&scenario, now);
        let deals = plan
            .range()
            .days()
            .flat_map(|day| plan.deals(day))
            .collect();
        (plan, deals)
    }

    #[test]
    fn every_status_and_every_kind_of_refund_occurs() {
        let (_, deals) = deals();
        let seen: HashSet<DealStatus> = deals.iter().map(|deal| deal.status).collect();
        assert_eq!(seen.len(), DealStatus::ALL.len());
        let refunded = |deal: &&Deal| {
            deal.payments
                .iter()
                .any(|payment| payment.kind == PaymentKind::Refund)
        };
        let refunded: Vec<_> = deals.iter().filter(refunded).collect();
        assert!(refunded.iter().any(|deal| deal.received_micros() == 0));
        assert!(refunded.iter().any(|deal| deal.received_micros() > 0));
    }

    #[test]
    fn money_comes_in_order_and_never_from_the_future() {
        let (plan, deals) = deals();
        for deal in &deals {
            assert!(deal.created_at < plan.now());
            assert_eq!(deal.payments.is_empty(), deal.paid_at.is_none(), "{deal:?}");
            for payment in &deal.payments {
                assert!(
                    payment.at >= deal.created_at && payment.at < plan.now(),
                    "{deal:?}"
                );
                assert!(payment.amount.micros > 0, "{deal:?}");
            }
            assert!((0..=deal.amount.micros).contains(&deal.received_micros()));
        }
        let ids: HashSet<&str> = deals.iter().map(|deal| deal.external_id.as_str()).collect();
        assert_eq!(ids.len(), deals.len());
    }

    #[test]
    fn an_average_order_is_about_eight_thousand_with_goods_for_about_three() {
        let (_, deals) = deals();
        let sales: Vec<_> = deals.iter().filter(|deal| deal.is_sale()).collect();
        let count = i64::try_from(sales.len()).unwrap();
        let mean = |micros: &dyn Fn(&Deal) -> i64| {
            sales.iter().map(|deal| micros(deal)).sum::<i64>() / count / 1_000_000
        };
        let (order, goods) = (
            mean(&|deal| deal.amount.micros),
            mean(&|deal| deal.cost_of_goods.micros),
        );
        assert!((7_000..=10_500).contains(&order), "{order}");
        assert!((2_600..=4_200).contains(&goods), "{goods}");
    }

    #[test]
    fn a_status_is_written_as_the_shop_writes_it() {
        for status in DealStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.title());
        }
    }
}
