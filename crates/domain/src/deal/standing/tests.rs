//! What a deal's standing must be, by example and for every history.

use base::BasisPoints;
use proptest::prelude::*;

use super::*;
use crate::cost::{Rate, VatTerms};

const CREATED: UnixMillis = UnixMillis(1_000);
const PAID: UnixMillis = UnixMillis(2_000);

fn euro(units: i64) -> Amount {
    Amount::own(Money::new(units * 1_000_000, "EUR".parse().unwrap()))
}

fn terms() -> DealTerms {
    let vat = VatTerms::Excluded(BasisPoints(0));
    DealTerms {
        currency: "EUR".parse().unwrap(),
        vat,
    }
}

fn deal(group: StatusGroup) -> Deal {
    Deal {
        group: Some(group),
        amount: euro(100),
        cost_of_goods: Some(euro(40)),
        created: CREATED,
        paid: Some(PAID),
        order: CustomerOrder::First,
        payments: Vec::new(),
    }
}

fn received(at: i64, units: i64) -> Payment {
    Payment {
        at: UnixMillis(at),
        amount: euro(units),
        kind: PaymentKind::Received,
    }
}

fn returned(at: i64, units: i64, restocked: Option<Amount>) -> Payment {
    let kind = PaymentKind::Returned { restocked };
    Payment {
        at: UnixMillis(at),
        amount: euro(units),
        kind,
    }
}

/// Deals, sales, customers, then revenue, refunds and cost of goods in units.
fn totals(effects: &[DealEffect]) -> [i64; 6] {
    let sum = effects
        .iter()
        .try_fold(DealMeasures::default(), |sum, effect| {
            sum.plus(effect.measures)
        })
        .unwrap();
    [
        sum.deals.into(),
        sum.sales.into(),
        sum.customers.into(),
        sum.revenue_micros / 1_000_000,
        sum.refunds_micros / 1_000_000,
        sum.cost_of_goods_micros / 1_000_000,
    ]
}

fn check_totals(deal: &Deal, want: [i64; 6]) {
    assert_eq!(totals(&standing(deal, terms()).unwrap()), want);
}

#[test]
fn each_group_counts_what_it_stands_for() {
    check_totals(&deal(StatusGroup::NotCounted), [0; 6]);
    check_totals(&deal(StatusGroup::InWork), [1, 0, 0, 0, 0, 0]);
    check_totals(&deal(StatusGroup::Paid), [1, 1, 1, 100, 0, 40]);
    check_totals(&deal(StatusGroup::Cancelled), [1, 0, 0, 0, 0, 0]);
    check_totals(
        &Deal {
            group: None,
            ..deal(StatusGroup::Paid)
        },
        [0; 6],
    );
}

#[test]
fn a_paid_deal_earns_when_it_was_paid() {
    let effects = standing(&deal(StatusGroup::Paid), terms()).unwrap();
    let moments: Vec<_> = effects
        .iter()
        .map(|effect| (effect.kind, effect.at))
        .collect();
    assert_eq!(
        moments,
        [
            (OutcomeKind::Deal, CREATED),
            (OutcomeKind::DealStatus, PAID),
            (OutcomeKind::Payment, PAID),
            (OutcomeKind::CostOfGoods, PAID),
        ]
    );
    let undated = Deal {
        paid: None,
        ..deal(StatusGroup::Paid)
    };
    assert!(
        standing(&undated, terms())
            .unwrap()
            .iter()
            .all(|effect| effect.at == CREATED)
    );
}

#[test]
fn payments_are_the_revenue_where_there_are_any() {
    let payments = vec![received(3_000, 30), received(4_000, 50)];
    check_totals(
        &Deal {
            payments,
            ..deal(StatusGroup::Paid)
        },
        [1, 1, 1, 80, 0, 40],
    );
}

#[test]
fn an_advance_counts_before_the_deal_is_a_sale() {
    let payments = vec![received(3_000, 30)];
    check_totals(
        &Deal {
            payments,
            ..deal(StatusGroup::InWork)
        },
        [1, 0, 0, 30, 0, 12],
    );
}

/// The moments at which goods cost something, with how much in units.
fn goods(deal: &Deal) -> Vec<(i64, i64)> {
    let effects = standing(deal, terms()).unwrap();
    let costs = effects.iter().map(|effect| {
        (
            effect.at.0,
            effect.measures.cost_of_goods_micros / 1_000_000,
        )
    });
    costs.filter(|(_, units)| *units != 0).collect()
}

#[test]
fn an_advance_carries_its_part_of_the_goods_and_the_sale_the_rest() {
    let advances = vec![received(1_100, 30), received(1_200, 20)];
    let in_work = Deal {
        payments: advances.clone(),
        ..deal(StatusGroup::InWork)
    };
    assert_eq!(goods(&in_work), [(1_100, 12), (1_200, 8)]);
    let mut payments = advances;
    payments.push(received(2_000, 50));
    let paid = Deal {
        payments,
        ..deal(StatusGroup::Paid)
    };
    assert_eq!(goods(&paid), [(1_100, 12), (1_200, 8), (2_000, 20)]);
}

#[test]
fn an_advance_that_goes_back_takes_its_goods_back() {
    let payments = vec![received(1_100, 30), returned(1_200, 20, None)];
    let in_work = Deal {
        payments,
        ..deal(StatusGroup::InWork)
    };
    assert_eq!(goods(&in_work), [(1_100, 12), (1_200, -8)]);
}

#[test]
fn money_kept_of_a_cancelled_deal_is_revenue_without_goods() {
    let payments = vec![received(1_100, 30), returned(1_200, 20, None)];
    let lost = Deal {
        payments,
        ..deal(StatusGroup::Cancelled)
    };
    check_totals(&lost, [1, 0, 0, 10, 20, 0]);
}

#[test]
fn an_advance_above_the_amount_carries_no_more_than_all_goods() {
    let payments = vec![received(1_100, 300)];
    let in_work = Deal {
        payments: payments.clone(),
        ..deal(StatusGroup::InWork)
    };
    assert_eq!(goods(&in_work), [(1_100, 40)]);
    let free = Deal {
        amount: euro(0),
        ..in_work
    };
    assert_eq!(goods(&free), []);
}

#[test]
fn a_partial_refund_lowers_revenue_and_leaves_the_sale() {
    let payments = vec![returned(5_000, 25, None)];
    check_totals(
        &Deal {
            payments,
            ..deal(StatusGroup::Paid)
        },
        [1, 1, 1, 75, 25, 40],
    );
}

#[test]
fn goods_that_come_back_lower_the_cost_of_goods() {
    let payments = vec![returned(5_000, 25, Some(euro(10)))];
    check_totals(
        &Deal {
            payments,
            ..deal(StatusGroup::Paid)
        },
        [1, 1, 1, 75, 25, 30],
    );
}

#[test]
fn a_full_refund_takes_the_sale_back_on_its_own_day() {
    let payments = vec![returned(6_000, 60, None), returned(5_000, 40, None)];
    let refunded = Deal {
        payments,
        ..deal(StatusGroup::Paid)
    };
    check_totals(&refunded, [1, 0, 0, 0, 100, 40]);
    let effects = standing(&refunded, terms()).unwrap();
    let back = effects
        .iter()
        .find(|effect| effect.measures.sales < 0)
        .unwrap();
    assert_eq!(
        (back.kind, back.at),
        (OutcomeKind::Refund, UnixMillis(6_000))
    );
}

#[test]
fn a_full_refund_at_another_rate_is_still_full() {
    let dollars = |rate: &str| Amount {
        original: Money::new(100_000_000, "USD".parse().unwrap()),
        rate: Rate::quoted(rate, 1).unwrap(),
    };
    let payments = vec![
        Payment {
            at: PAID,
            amount: dollars("0.95"),
            kind: PaymentKind::Received,
        },
        Payment {
            at: UnixMillis(9_000),
            amount: dollars("0.9"),
            kind: PaymentKind::Returned { restocked: None },
        },
    ];
    check_totals(
        &Deal {
            payments,
            ..deal(StatusGroup::Paid)
        },
        [1, 0, 0, 5, 90, 40],
    );
}

#[test]
fn vat_is_kept_apart_from_revenue() {
    let vat = VatTerms::Included(BasisPoints(2_500));
    let effects = standing(&deal(StatusGroup::Paid), DealTerms { vat, ..terms() }).unwrap();
    let payment = effects
        .iter()
        .find(|effect| effect.kind == OutcomeKind::Payment)
        .unwrap();
    assert_eq!(payment.measures.revenue_micros, 80_000_000);
    assert_eq!(payment.measures.vat_micros, 20_000_000);
}

#[test]
fn a_change_posts_only_the_difference() {
    let before = standing(&deal(StatusGroup::Paid), terms()).unwrap();
    let dearer = Deal {
        amount: euro(120),
        ..deal(StatusGroup::Paid)
    };
    let effects = transition(&before, &dearer, terms()).unwrap();
    assert_eq!(effects.len(), 1);
    assert_eq!(totals(&effects), [0, 0, 0, 20, 0, 0]);
    assert!(
        transition(&before, &deal(StatusGroup::Paid), terms())
            .unwrap()
            .is_empty()
    );
    let lost = transition(&before, &deal(StatusGroup::Cancelled), terms()).unwrap();
    assert_eq!(totals(&lost), [0, -1, -1, -100, 0, -40]);
}

#[test]
fn a_negative_payment_is_refused() {
    let payments = vec![received(1, -1)];
    let deal = Deal {
        payments,
        ..deal(StatusGroup::Paid)
    };
    assert_eq!(standing(&deal, terms()), Err(DealError::NegativePayment));
}

fn any_amount() -> impl Strategy<Value = Amount> {
    let currency = prop::sample::select(vec!["EUR", "USD"]);
    (0_i64..10_000_000_000, currency, 1_i64..3_000_000).prop_map(|(micros, currency, rate)| {
        let original = Money::new(micros, currency.parse().unwrap());
        Amount {
            original,
            rate: Rate::of(i128::from(rate), 1_000_000).unwrap(),
        }
    })
}

fn any_payment() -> impl Strategy<Value = Payment> {
    let kind = prop_oneof![
        Just(PaymentKind::Received),
        prop::option::of(any_amount()).prop_map(|restocked| PaymentKind::Returned { restocked }),
    ];
    (0_i64..20, any_amount(), kind).prop_map(|(at, amount, kind)| Payment {
        at: UnixMillis(at),
        amount,
        kind,
    })
}

fn any_deal() -> impl Strategy<Value = Deal> {
    let group = prop::sample::select(vec![
        None,
        Some(StatusGroup::NotCounted),
        Some(StatusGroup::InWork),
        Some(StatusGroup::Paid),
        Some(StatusGroup::Cancelled),
    ]);
    let order = prop::sample::select(vec![CustomerOrder::First, CustomerOrder::Repeat]);
    let moments = (0_i64..20, prop::option::of(0_i64..20));
    let payments = prop::collection::vec(any_payment(), 0..5);
    (
        group,
        any_amount(),
        prop::option::of(any_amount()),
        moments,
        order,
        payments,
    )
        .prop_map(
            |(group, amount, cost_of_goods, (created, paid), order, payments)| Deal {
                group,
                amount,
                cost_of_goods,
                created: UnixMillis(created),
                paid: paid.map(UnixMillis),
                order,
                payments,
            },
        )
}

fn added_up(effects: &[DealEffect]) -> Vec<DealEffect> {
    let mut book = Book {
        terms: terms(),
        lines: BTreeMap::new(),
    };
    for effect in effects {
        book.add(effect.kind, effect.at, effect.measures).unwrap();
    }
    book.effects()
}

proptest! {
    #[test]
    fn any_history_adds_up_to_the_deal_as_it_is(
        history in prop::collection::vec(any_deal(), 1..8),
    ) {
        let mut posted: Vec<DealEffect> = Vec::new();
        let mut everything: Vec<DealEffect> = Vec::new();
        for deal in &history {
            everything.extend(transition(&posted, deal, terms()).unwrap());
            posted = standing(deal, terms()).unwrap();
            prop_assert_eq!(&added_up(&everything), &posted);
        }
        let last = history.last().unwrap();
        prop_assert_eq!(added_up(&everything), standing(last, terms()).unwrap());
    }

    #[test]
    fn goods_never_cost_more_than_all_of_them_and_a_sale_costs_them_all(deal in any_deal()) {
        let deal = Deal {
            payments: deal.payments.into_iter().filter(|payment| {
                !matches!(payment.kind, PaymentKind::Returned { restocked: Some(_) })
            }).collect(),
            ..deal
        };
        let all = match deal.cost_of_goods {
            Some(goods) => goods.converted(terms().currency).unwrap().micros,
            None => 0,
        };
        let mut effects = standing(&deal, terms()).unwrap();
        effects.sort_by_key(|effect| effect.at);
        let mut so_far = 0;
        for effect in effects {
            so_far += effect.measures.cost_of_goods_micros;
            prop_assert!((0..=all).contains(&so_far));
        }
        match deal.group {
            Some(StatusGroup::Paid) => prop_assert_eq!(so_far, all),
            Some(StatusGroup::InWork) => {}
            _ => prop_assert_eq!(so_far, 0),
        }
    }

    #[test]
    fn a_deal_is_at_most_one_sale_of_one_customer(deal in any_deal()) {
        let [deals, sales, customers, ..] = totals(&standing(&deal, terms()).unwrap());
        prop_assert!((0..=1).contains(&deals));
        prop_assert!((0..=deals).contains(&sales));
        prop_assert!((0..=sales).contains(&customers));
    }
}
