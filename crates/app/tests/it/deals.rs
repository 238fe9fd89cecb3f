//! Deals and payments from the batch to the sums of facts.

use app::{DealInput, ItemResult, PaymentInput, RateInput, StatusGroup};
use base::DealId;

use crate::leads::{VISIT, lead, load_visit, send};
use crate::support::TestApp;

fn deal(id: &str, status: &str, amount: &str) -> DealInput {
    DealInput {
        external_id: id.to_owned(),
        status: status.to_owned(),
        amount: amount.to_owned(),
        created_at: "2026-11-10T10:00:00Z".to_owned(),
        ..DealInput::default()
    }
}

fn payment(id: &str, deal: &str, kind: &str, amount: &str, day: u32) -> PaymentInput {
    PaymentInput {
        external_id: id.to_owned(),
        deal_external_id: deal.to_owned(),
        at: format!("2026-11-{day:02}T12:00:00Z"),
        amount: amount.to_owned(),
        currency: String::new(),
        kind: kind.to_owned(),
    }
}

/// The word for each result; for a refused item its field, code and reason.
fn words(outcomes: Vec<app::ItemOutcome>) -> Vec<String> {
    let word = |result| match result {
        ItemResult::Created => "created".to_owned(),
        ItemResult::Updated => "updated".to_owned(),
        ItemResult::Unchanged => "unchanged".to_owned(),
        ItemResult::Rejected(error) => {
            let row = error.row.unwrap_or_default();
            format!("{row} {} {}: {}", error.field, error.code, error.detail)
        }
    };
    outcomes
        .into_iter()
        .map(|outcome| word(outcome.result))
        .collect()
}

async fn save(test: &TestApp, items: &[DealInput]) -> Vec<String> {
    words(test.app.save_deals(&test.owner, items).await.unwrap())
}

async fn pay(test: &TestApp, items: &[PaymentInput]) -> Vec<String> {
    words(test.app.save_payments(&test.owner, items).await.unwrap())
}

async fn map(test: &TestApp, version: i64, items: &[(&str, StatusGroup)]) {
    let items: Vec<_> = items.iter().map(|(s, g)| ((*s).to_owned(), *g)).collect();
    test.app
        .put_deal_statuses(&test.owner, version, &items)
        .await
        .unwrap();
}

async fn usual_map(test: &TestApp) {
    let items = [
        ("new", StatusGroup::InWork),
        ("paid", StatusGroup::Paid),
        ("lost", StatusGroup::Cancelled),
    ];
    map(test, 0, &items).await;
}

/// Deals, sales, customers, revenue, VAT, refunds and cost of goods, in whole units.
async fn sums(test: &TestApp) -> String {
    test.settle().await;
    test.ask(
        "select coalesce(sum(deals), 0), coalesce(sum(sales), 0), coalesce(sum(customers), 0),
            coalesce(sum(revenue_micros), 0) // 1000000, coalesce(sum(vat_micros), 0) // 1000000,
            coalesce(sum(refunds_micros), 0) // 1000000,
            coalesce(sum(cost_of_goods_micros), 0) // 1000000
        from outcomes where deal is not null",
    )
    .remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_is_paid_then_refunded_in_part_then_in_full() {
    let test = TestApp::start().await;
    usual_map(&test).await;
    let new = DealInput {
        cost_of_goods: "400".to_owned(),
        ..deal("A-1", "new", "1000")
    };
    assert_eq!(save(&test, std::slice::from_ref(&new)).await, ["created"]);
    assert_eq!(sums(&test).await, "1|0|0|0|0|0|0");
    let paid = DealInput {
        status: "PAID".to_owned(),
        paid_at: "2026-11-12T10:00:00Z".to_owned(),
        ..new
    };
    assert_eq!(save(&test, std::slice::from_ref(&paid)).await, ["updated"]);
    assert_eq!(sums(&test).await, "1|1|1|1000|230|0|400");
    assert_eq!(
        pay(&test, &[payment("p1", "A-1", "payment", "1000", 12)]).await,
        ["created"]
    );
    assert_eq!(sums(&test).await, "1|1|1|1000|230|0|400");
    assert_eq!(
        pay(&test, &[payment("r1", "A-1", "refund", "300", 13)]).await,
        ["created"]
    );
    assert_eq!(sums(&test).await, "1|1|1|700|161|300|400");
    assert_eq!(
        pay(&test, &[payment("r2", "A-1", "chargeback", "700", 14)]).await,
        ["created"]
    );
    assert_eq!(sums(&test).await, "1|0|0|0|0|1000|400");
    let posted = test.ask("select count(*) from outcomes");
    assert_eq!(save(&test, &[paid]).await, ["unchanged"]);
    assert_eq!(
        pay(&test, &[payment("r1", "A-1", "refund", "300", 13)]).await,
        ["unchanged"]
    );
    assert_eq!(test.settle().await, 0);
    assert_eq!(test.ask("select count(*) from outcomes"), posted);
    let refunds = test.ask(
        "select distinct strftime(make_timestamp(at_ms * 1000), '%d') from outcomes
        where kind = 'refund' order by all",
    );
    assert_eq!(refunds, ["13", "14"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_without_a_lead_tells_its_payments() {
    let test = TestApp::start().await;
    save(
        &test,
        &[deal("A-1", "new", "100"), deal("A-2", "new", "50")],
    )
    .await;
    let items = [
        payment("r1", "A-1", "refund", "40", 13),
        payment("p1", "A-1", "payment", "100", 12),
        payment("p2", "A-2", "payment", "50", 12),
    ];
    assert_eq!(pay(&test, &items).await, ["created"; 3]);
    let found = test
        .app
        .deal_payments(&test.owner, DealId(1))
        .await
        .unwrap();
    let told = found
        .iter()
        .map(|payment| payment.details.external_id.as_str());
    assert_eq!(told.collect::<Vec<_>>(), ["p1", "r1"]);
    let absent = test.app.deal_payments(&test.owner, DealId(3)).await;
    assert!(matches!(
        absent,
        Err(app::AppError::NotFound { what: "deal" })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unmapped_status_counts_nothing_until_it_is_mapped() {
    let test = TestApp::start().await;
    let items = [
        deal("A-1", "Opłacone", "100"),
        deal("A-2", "opłacone", "50"),
    ];
    assert_eq!(save(&test, &items).await, ["created", "created"]);
    assert_eq!(sums(&test).await, "0|0|0|0|0|0|0");
    let view = test.app.deal_statuses(&test.owner).await.unwrap();
    assert_eq!(
        (view.version, view.unmapped(), view.items[0].deals),
        (0, 2, 1)
    );
    assert_eq!(view.items[0].suggested, Some(StatusGroup::Paid));
    map(&test, 0, &[("Opłacone", StatusGroup::Paid)]).await;
    assert_eq!(sums(&test).await, "2|2|2|150|34|0|0");
    assert_eq!(
        test.app
            .deal_statuses(&test.owner)
            .await
            .unwrap()
            .unmapped(),
        0
    );
    map(&test, 1, &[("Opłacone", StatusGroup::NotCounted)]).await;
    assert_eq!(sums(&test).await, "0|0|0|0|0|0|0");
    map(&test, 2, &[("Opłacone", StatusGroup::InWork)]).await;
    assert_eq!(sums(&test).await, "2|0|0|0|0|0|0");
    let stale = test.app.put_deal_statuses(&test.owner, 1, &[]).await;
    assert!(matches!(stale, Err(app::AppError::EditConflict { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_money_counts_at_the_rate_of_its_day() {
    let test = TestApp::start().await;
    usual_map(&test).await;
    let foreign = DealInput {
        currency: "USD".to_owned(),
        ..deal("A-1", "paid", "100")
    };
    let refused =
        "1 currency missing_rate: there is no rate from USD to PLN on or before 2026-11-10";
    assert_eq!(save(&test, std::slice::from_ref(&foreign)).await, [refused]);
    let rate = |date: &str, rate: &str| RateInput {
        date: date.to_owned(),
        from: "USD".to_owned(),
        to: "PLN".to_owned(),
        rate: rate.to_owned(),
        nominal: 1,
    };
    let rates = [rate("2026-11-01", "4"), rate("2026-11-12", "5")];
    test.app.put_rates(&test.owner, 0, &rates).await.unwrap();
    assert_eq!(
        save(&test, std::slice::from_ref(&foreign)).await,
        ["created"]
    );
    assert_eq!(sums(&test).await, "1|1|1|400|92|0|0");
    // A rate that is corrected later leaves what was booked.
    test.app
        .put_rates(&test.owner, 1, &[rate("2026-11-01", "3")])
        .await
        .unwrap();
    assert_eq!(
        pay(&test, &[payment("r1", "A-1", "refund", "50", 13)]).await,
        ["created"]
    );
    assert_eq!(sums(&test).await, "1|1|1|150|34|250|0");
    assert_eq!(save(&test, &[foreign]).await, ["unchanged"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_keeps_the_vat_that_it_was_booked_at() {
    let test = TestApp::start().await;
    usual_map(&test).await;
    let order = |id: &str, status: &str, day: u32| DealInput {
        phone: "512 345 678".to_owned(),
        created_at: format!("2026-11-{day:02}T10:00:00Z"),
        ..deal(id, status, "100")
    };
    let before = [order("A-2", "paid", 10), order("A-3", "new", 11)];
    assert_eq!(save(&test, &before).await, ["created"; 2]);
    assert_eq!(sums(&test).await, "2|1|1|100|23|0|0");
    test.change_vat().await;
    // An earlier order arrives: A-2 is no longer the first, and its money is as it was.
    let after = [order("A-1", "paid", 5), order("A-2", "paid", 10)];
    assert_eq!(save(&test, &after).await, ["created", "unchanged"]);
    assert_eq!(sums(&test).await, "3|2|1|192|30|0|0");
    assert_eq!(
        pay(&test, &[payment("r", "A-2", "refund", "50", 13)]).await,
        ["created"]
    );
    assert_eq!(sums(&test).await, "3|2|1|142|18|50|0");
    // What had earned nothing yet is booked at the terms of the day.
    assert_eq!(save(&test, &[order("A-3", "paid", 11)]).await, ["updated"]);
    assert_eq!(sums(&test).await, "3|3|1|235|26|50|0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_takes_the_origin_and_the_date_of_its_lead() {
    let test = TestApp::start().await;
    usual_map(&test).await;
    load_visit(&test);
    let mut input = lead("512 345 678");
    input.external_id = "crm-7".to_owned();
    input.visit = VISIT.to_string();
    let id = send(&test, input).await.id;
    let by_lead = DealInput {
        lead_external_id: "crm-7".to_owned(),
        ..deal("A-1", "paid", "100")
    };
    let at = test.app.now().rfc3339();
    let by_phone = DealInput {
        phone: "512-345-678".to_owned(),
        created_at: at.clone(),
        ..deal("A-2", "paid", "50")
    };
    let by_visit = DealInput {
        visit: VISIT.to_string(),
        created_at: at,
        ..deal("A-3", "new", "7")
    };
    let unknown = deal("A-4", "new", "7");
    assert_eq!(
        save(&test, &[by_lead, by_phone, by_visit, unknown]).await,
        ["created"; 4]
    );
    test.settle().await;
    let origins = test.ask(
        "select deal, lead, visitor, visit, sum(sales), sum(customers) from outcomes
        where deal is not null group by all order by deal",
    );
    let wanted = [
        "1|1|77|78|1|1",
        "2|1|77|78|1|0",
        "3||77|78|0|0",
        "4||0|0|0|0",
    ];
    assert_eq!(origins, wanted);
    let view = test.app.lead(&test.owner, id).await.unwrap();
    assert_eq!((view.deals, view.revenue_micros), (2, 150_000_000));
    let story = test.app.lead_timeline(&test.owner, id).await.unwrap();
    assert_eq!(
        story
            .iter()
            .filter(|item| item.kind.name() == "deal")
            .count(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_kept_order_makes_a_new_customer() {
    let test = TestApp::start().await;
    usual_map(&test).await;
    let order = |id: &str, day: u32| DealInput {
        phone: "512 345 678".to_owned(),
        created_at: format!("2026-11-{day:02}T10:00:00Z"),
        ..deal(id, "paid", "100")
    };
    assert_eq!(
        save(&test, &[order("A-2", 10), order("A-3", 11)]).await,
        ["created"; 2]
    );
    assert_eq!(sums(&test).await, "2|2|1|200|46|0|0");
    // An earlier order arrives late: it is the first now.
    assert_eq!(save(&test, &[order("A-1", 5)]).await, ["created"]);
    let customers = |test: &TestApp| {
        test.ask("select deal, sum(customers) from outcomes group by 1 having sum(customers) <> 0")
    };
    assert_eq!(sums(&test).await, "3|3|1|300|69|0|0");
    assert_eq!(customers(&test), ["3|1"]);
    assert_eq!(
        pay(&test, &[payment("r", "A-1", "refund", "100", 12)]).await,
        ["created"]
    );
    assert_eq!(sums(&test).await, "3|2|1|200|46|100|0");
    assert_eq!(customers(&test), ["1|1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_money_goes_back_than_was_paid() {
    let test = TestApp::start().await;
    usual_map(&test).await;
    save(&test, &[deal("A-1", "paid", "1000")]).await;
    let refund = |id, amount| payment(id, "A-1", "refund", amount, 13);
    assert_eq!(pay(&test, &[refund("r1", "300")]).await, ["created"]);
    assert_eq!(pay(&test, &[refund("r2", "700")]).await, ["created"]);
    let more = pay(&test, &[refund("r3", "0.01"), refund("r2", "700.01")]).await;
    assert!(
        more.iter().all(|word| word.contains("more_than_paid")),
        "{more:?}"
    );
    assert_eq!(pay(&test, &[refund("r2", "600")]).await, ["updated"]);
    let back = payment("c", "A-1", "chargeback", "100", 14);
    assert_eq!(pay(&test, &[back]).await, ["created"]);
    // Whoever paid more than the deal says may get it back.
    let extra = payment("p", "A-1", "payment", "1500", 12);
    assert_eq!(
        pay(&test, &[extra, refund("r4", "500")]).await,
        ["created"; 2]
    );
    let more = pay(&test, &[refund("r5", "1")]).await;
    assert!(more[0].contains("more_than_paid"), "{more:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_items_are_refused_one_by_one() {
    let test = TestApp::start().await;
    usual_map(&test).await;
    let items = [
        deal("", "paid", "1"),
        deal("A-1", "paid", "lots"),
        deal("A-2", "", "1"),
        deal("A-3", "paid", "-1"),
        deal("A-4", "paid", "1"),
        deal("A-4", "paid", "1"),
    ];
    let results = save(&test, &items).await;
    let wanted = [
        "1 external_id required",
        "2 amount not_an_amount",
        "3 status required",
        "4 amount out_of_range",
        "created",
        "unchanged",
    ];
    for (result, wanted) in results.iter().zip(wanted) {
        assert!(result.starts_with(wanted), "{result}");
    }
    let items = [
        payment("p1", "none", "payment", "1", 11),
        payment("p2", "A-4", "gift", "1", 11),
        payment("p3", "A-4", "payment", "1", 30),
    ];
    let results = pay(&test, &items).await;
    let wanted = [
        "1 deal_external_id unknown_deal",
        "2 kind not_allowed",
        "3 at in_the_future",
    ];
    for (result, wanted) in results.iter().zip(wanted) {
        assert!(result.starts_with(wanted), "{result}");
    }
    let too_many = vec![deal("A", "paid", "1"); 1_001];
    assert!(test.app.save_deals(&test.owner, &too_many).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_list_of_deals_is_summed_by_currency() {
    let test = TestApp::start().await;
    let euro = DealInput {
        currency: "EUR".to_owned(),
        ..deal("c", "Paid", "5.00")
    };
    let rate = RateInput {
        date: "2026-11-01".to_owned(),
        from: "EUR".to_owned(),
        to: "PLN".to_owned(),
        rate: "4".to_owned(),
        nominal: 1,
    };
    test.app.put_rates(&test.owner, 0, &[rate]).await.unwrap();
    let items = [deal("a", "Paid", "10.50"), deal("b", "Lost", "3.00"), euro];
    assert_eq!(save(&test, &items).await, ["created", "created", "created"]);
    let sums = async |status: Option<&str>, text: Option<&str>| {
        let query = app::DealQuery {
            status: status.map(str::to_owned),
            text: text.map(str::to_owned),
            ..app::DealQuery::default()
        };
        let sums = test.app.deal_sums(&test.owner, &query).await.unwrap();
        let shown = sums
            .into_iter()
            .map(|sum| format!("{} {} {}", sum.deals, sum.amount_micros, sum.currency));
        shown.collect::<Vec<_>>()
    };
    assert_eq!(sums(None, None).await, ["2 13500000 PLN", "1 5000000 EUR"]);
    assert_eq!(sums(Some("Paid"), Some("A")).await, ["1 10500000 PLN"]);
    assert!(sums(Some("Refused"), None).await.is_empty());
}
