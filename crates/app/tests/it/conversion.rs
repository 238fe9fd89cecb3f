//! A wrong rate is put right: what is booked is converted again, on request only.

use app::{
    AppError, Conversion, ConversionInput, DealInput, PageRequest, PaymentInput, RateInput,
    RateName, StatusGroup,
};
use proptest::prelude::*;

use crate::support::TestApp;

pub(crate) fn rate(date: &str, from: &str, rate: &str) -> RateInput {
    RateInput {
        date: date.to_owned(),
        from: from.to_owned(),
        to: "PLN".to_owned(),
        rate: rate.to_owned(),
        nominal: 1,
    }
}

pub(crate) async fn quote(test: &TestApp, rates: &[RateInput]) {
    let version = test
        .app
        .list_rates(&test.owner, None, PageRequest::first(9))
        .await
        .unwrap()
        .version;
    test.app
        .put_rates(&test.owner, version, rates)
        .await
        .unwrap();
}

async fn start(rates: &[RateInput]) -> TestApp {
    let test = TestApp::start().await;
    let map = [
        ("paid".to_owned(), StatusGroup::Paid),
        ("new".to_owned(), StatusGroup::InWork),
    ];
    let mapped = test.app.put_deal_statuses(&test.owner, 0, &map);
    mapped.await.unwrap();
    quote(&test, rates).await;
    test
}

/// An order at 23:30 in Warsaw, which is still the evening of the same day in UTC.
fn order(id: &str, day: u32, amount: &str, currency: &str) -> DealInput {
    DealInput {
        external_id: id.to_owned(),
        status: "paid".to_owned(),
        amount: amount.to_owned(),
        cost_of_goods: "10".to_owned(),
        currency: currency.to_owned(),
        created_at: format!("2026-11-{day:02}T23:30:00+01:00"),
        phone: "512 345 601".to_owned(),
        ..DealInput::default()
    }
}

fn refund(id: &str, deal: &str, day: u32, amount: &str) -> PaymentInput {
    PaymentInput {
        external_id: id.to_owned(),
        deal_external_id: deal.to_owned(),
        at: format!("2026-11-{day:02}T10:00:00Z"),
        amount: amount.to_owned(),
        currency: String::new(),
        kind: "refund".to_owned(),
    }
}

async fn book(test: &TestApp, deals: &[DealInput], payments: &[PaymentInput]) {
    let saved = test.app.save_deals(&test.owner, deals).await.unwrap();
    let paid = test.app.save_payments(&test.owner, payments).await.unwrap();
    for outcome in saved.iter().chain(&paid) {
        let is_refused = matches!(outcome.result, app::ItemResult::Rejected(_));
        assert!(!is_refused, "{outcome:?}");
    }
}

fn days(from: u32, to: u32, currency: &str) -> ConversionInput {
    ConversionInput {
        from: format!("2026-11-{from:02}"),
        to: format!("2026-11-{to:02}"),
        currency: currency.to_owned(),
    }
}

async fn convert(test: &TestApp, input: &ConversionInput) -> Conversion {
    let foreseen = test
        .app
        .foresee_conversion(&test.owner, input)
        .await
        .unwrap();
    let made = test.app.convert_again(&test.owner, foreseen.version, input);
    let made = made.await.unwrap();
    assert_eq!(made.items, foreseen.items);
    made
}

/// Kind, deals changed, before and after.
fn told(conversion: &Conversion) -> Vec<String> {
    let changed = conversion.items.iter().filter(|sum| sum.changed > 0);
    changed
        .map(|sum| {
            let shown = |money: base::Money| money.rounded().decimal();
            let (before, after) = (shown(sum.before), shown(sum.after));
            format!("{} {} {before} {after}", sum.kind, sum.changed)
        })
        .collect()
}

/// Money of deals by day, kind and deal, as the facts have it.
async fn facts(test: &TestApp) -> Vec<String> {
    test.settle().await;
    test.ask(
        "select deal, kind, at_ms, sum(revenue_micros), sum(vat_micros), sum(refunds_micros),
            sum(cost_of_goods_micros), sum(sales), sum(customers)
        from outcomes group by all
        having sum(revenue_micros) <> 0 or sum(cost_of_goods_micros) <> 0 or sum(sales) <> 0
        order by all",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn booked_money_is_converted_again_once_and_only_that_of_the_days() {
    let test = start(&[rate("2026-11-01", "USD", "4")]).await;
    let deals = [
        order("A-1", 5, "100", "USD"),
        order("A-2", 6, "100", "USD"),
        order("A-3", 5, "100", "PLN"),
    ];
    book(&test, &deals, &[refund("r-1", "A-2", 7, "50")]).await;
    let before = facts(&test).await;
    let wide = days(1, 30, "");
    assert_eq!(told(&convert(&test, &wide).await), Vec::<String>::new());
    assert_eq!(facts(&test).await, before);

    quote(&test, &[rate("2026-11-01", "USD", "5")]).await;
    let fifth = convert(&test, &days(5, 5, "")).await;
    assert_eq!(
        told(&fifth),
        [
            "revenue 1 400.00 500.00",
            "vat 1 92.00 115.00",
            "cost_of_goods 1 40.00 50.00"
        ]
    );
    assert_eq!(
        told(&convert(&test, &days(1, 30, "EUR")).await),
        Vec::<String>::new()
    );
    let rest = convert(&test, &wide).await;
    assert_eq!(
        told(&rest),
        [
            "revenue 1 200.00 250.00",
            "vat 1 46.00 57.50",
            "refunds 1 200.00 250.00",
            "cost_of_goods 1 40.00 50.00"
        ]
    );
    let after = facts(&test).await;
    assert_eq!(told(&convert(&test, &wide).await), Vec::<String>::new());
    assert_eq!(facts(&test).await, after);
    let right = start(&[rate("2026-11-01", "USD", "5")]).await;
    book(&right, &deals, &[refund("r-1", "A-2", 7, "50")]).await;
    assert_eq!(facts(&right).await, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversion_holds_for_the_rates_that_were_previewed() {
    let test = start(&[rate("2026-11-01", "USD", "4")]).await;
    book(&test, &[order("A-1", 5, "100", "USD")], &[]).await;
    let wide = days(1, 30, "USD");
    let foreseen = test
        .app
        .foresee_conversion(&test.owner, &wide)
        .await
        .unwrap();
    quote(&test, &[rate("2026-11-01", "USD", "5")]).await;
    let before = facts(&test).await;
    let stale = test.app.convert_again(&test.owner, foreseen.version, &wide);
    assert!(matches!(stale.await, Err(AppError::EditConflict { .. })));
    // There and back and there again: every conversion posts facts of its own.
    for (rate_now, revenue) in [("5", "500"), ("4", "400"), ("5", "500")] {
        quote(&test, &[rate("2026-11-01", "USD", rate_now)]).await;
        convert(&test, &wide).await;
        test.settle().await;
        let sum = test.ask("select sum(revenue_micros) // 1000000 from outcomes");
        assert_eq!(sum, [revenue]);
    }
    assert_ne!(facts(&test).await, before);
    for (input, field) in [
        (days(5, 4, ""), "to"),
        (days(1, 31, ""), "to"),
        (days(1, 2, "US"), "currency"),
    ] {
        let refused = test.app.foresee_conversion(&test.owner, &input).await;
        let Err(AppError::Invalid(errors)) = refused else {
            panic!("accepted {input:?}")
        };
        assert_eq!(errors[0].field, field);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_deleted_unless_money_would_have_none() {
    let test = start(&[
        rate("2026-11-01", "USD", "4"),
        rate("2026-11-05", "USD", "40"),
        rate("2026-11-01", "EUR", "5"),
    ])
    .await;
    book(&test, &[order("A-1", 6, "100", "USD")], &[]).await;
    let delete = async |day: &str, from: &str| {
        let name = RateName {
            day: day.parse().unwrap(),
            from: from.parse().unwrap(),
            to: "PLN".parse().unwrap(),
        };
        let version = test
            .app
            .list_rates(&test.owner, None, PageRequest::first(9))
            .await
            .unwrap()
            .version;
        test.app.delete_rate(&test.owner, version, &name).await
    };
    delete("2026-11-05", "USD").await.unwrap();
    assert!(matches!(
        delete("2026-11-05", "USD").await,
        Err(AppError::NotFound { .. })
    ));
    let converted = convert(&test, &days(1, 30, "")).await;
    assert_eq!(told(&converted)[0], "revenue 1 4000.00 400.00");
    let Err(AppError::Invalid(errors)) = delete("2026-11-01", "USD").await else {
        panic!("deleted a rate that a deal needs")
    };
    assert_eq!(errors[0].code, "rate_needed");
    delete("2026-11-01", "EUR").await.unwrap();
    let left = test
        .app
        .list_rates(&test.owner, None, PageRequest::first(9))
        .await
        .unwrap()
        .page
        .items;
    assert_eq!(left.len(), 1);
}

#[derive(Debug, Clone)]
struct Case {
    deals: Vec<(u32, i64, bool)>,
    refunds: Vec<(usize, u32)>,
    wrong: [i64; 2],
    right: [i64; 2],
}

fn cases() -> impl Strategy<Value = Case> {
    let deals = prop::collection::vec((2_u32..10, 100..100_000_i64, any::<bool>()), 1..5);
    let refunds = prop::collection::vec((0_usize..5, 10_u32..18), 0..3);
    let rates = || [1..90_000_i64, 1..90_000_i64];
    (deals, refunds, rates(), rates()).prop_map(|(deals, refunds, wrong, right)| Case {
        deals,
        refunds,
        wrong,
        right,
    })
}

/// The rates of the first and of the fifth of the month.
async fn quote_both(test: &TestApp, units: [i64; 2]) {
    let [first, fifth] = units.map(|units| format!("{}.{:04}", units / 10_000, units % 10_000));
    let rates = [
        rate("2026-11-01", "USD", &first),
        rate("2026-11-05", "USD", &fifth),
    ];
    quote(test, &rates).await;
}

async fn book_case(test: &TestApp, case: &Case) {
    let deals: Vec<DealInput> = (0..)
        .zip(&case.deals)
        .map(|(index, (day, cents, is_foreign))| {
            let currency = if *is_foreign { "USD" } else { "PLN" };
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            order(&format!("A-{index}"), *day, &amount, currency)
        })
        .collect();
    let refunds: Vec<PaymentInput> = (0..)
        .zip(&case.refunds)
        .map(|(index, (deal, day))| {
            let deal = format!("A-{}", deal % case.deals.len());
            refund(&format!("r-{index}"), &deal, *day, "0.33")
        })
        .collect();
    book(test, &deals, &refunds).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn after_a_conversion_all_is_as_if_the_right_rate_had_been_there_from_the_start(
        case in cases(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (converted, again, twin) = runtime.block_on(async {
            let test = start(&[]).await;
            quote_both(&test, case.wrong).await;
            book_case(&test, &case).await;
            quote_both(&test, case.right).await;
            let wide = days(1, 30, "");
            convert(&test, &wide).await;
            let again = convert(&test, &wide).await;
            let twin = start(&[]).await;
            quote_both(&twin, case.right).await;
            book_case(&twin, &case).await;
            (facts(&test).await, again, facts(&twin).await)
        });
        prop_assert_eq!(converted, twin);
        prop_assert_eq!(told(&again), Vec::<String>::new());
    }
}
