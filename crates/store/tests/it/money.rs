//! Costs, deals, payments, statuses and rates.

use base::{Currency, Day, ImportId, Traffic, TrafficKey, WorkspaceId};
use serde_json::json;
use store::costs::{
    CostFilter, CostRow, DayRows, DeclaredSpan, KeySpan, NewCostDeclaration,
    count_active_cost_rows, insert_cost_declaration, insert_cost_rows, key_order,
    list_active_cost_rows, list_active_declarations, list_costs, undo_declarations,
};
use store::deal_statuses::{DealStatus, list_deal_status_counts, replace_deal_statuses};
use store::deals::{DealDetails, DealPosted, PostedDeal, list_posted, put_posted};
use store::imports::{NewImport, Rejection, insert_import, insert_rejections, list_rejections};
use store::payments::{PaymentDetails, list_payments_of_deals};
use store::rates::{ExchangeRate, list_all_rates, list_rates, put_rate, renew_rates};
use store::{PageRequest, StoreError, Tx};

use crate::fixture::{Fixture, NOW, insert_deal, insert_payment};

pub(crate) fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

pub(crate) async fn import(tx: &mut Tx, workspace: WorkspaceId) -> ImportId {
    let new = NewImport {
        kind: "costs".to_owned(),
        file_name: "costs.csv".to_owned(),
        content_hash: vec![1, 2, 3],
        options: json!({}),
        author_id: None,
        created_at: NOW,
    };
    insert_import(tx, workspace, &new).await.unwrap()
}

pub(crate) fn cost(day: i32, cost_micros: i64) -> CostRow {
    let traffic = Traffic {
        source: "google".to_owned(),
        click_id: Some(base::ClickIdKind::Gclid),
        ..Traffic::default()
    };
    CostRow {
        day: Day(day),
        traffic_key: traffic.key(WorkspaceId(1)),
        traffic: traffic.into(),
        channel_id: None,
        impressions: 100,
        clicks: 10,
        unclicked_impressions: 0,
        cost_micros,
        vat_micros: 0,
        original_micros: cost_micros,
        original_currency: currency("PLN"),
        conversions_micros: 0,
        conversion_value_micros: 0,
    }
}

/// An import that says what `first..=last` cost.
pub(crate) async fn declare(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (first, last): (i32, i32),
    rows: &[CostRow],
) -> ImportId {
    let import_id = import(tx, workspace).await;
    let declaration = NewCostDeclaration {
        import_id,
        platform: "google_ads".to_owned(),
        source: "google".to_owned(),
        first_day: Day(first),
        last_day: Day(last),
        created_at: NOW,
    };
    let id = insert_cost_declaration(tx, workspace, &declaration)
        .await
        .unwrap();
    insert_cost_rows(tx, workspace, id, rows).await.unwrap();
    import_id
}

fn span(first: i32, last: i32) -> DeclaredSpan {
    DeclaredSpan {
        platform: "google_ads".to_owned(),
        source: "google".to_owned(),
        first_day: Day(first),
        last_day: Day(last),
    }
}

#[tokio::test]
async fn a_later_declaration_speaks_over_an_earlier_one_until_it_is_undone() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let ours = fixture.ours;
    declare(
        &mut tx,
        ours,
        (1, 3),
        &[cost(1, 10), cost(2, 20), cost(3, 30)],
    )
    .await;
    let second = declare(&mut tx, ours, (2, 4), &[cost(3, 33)]).await;
    check_costs(&mut tx, ours, &[33, 10]).await;
    let active = list_active_declarations(&mut tx, ours, &span(3, 9))
        .await
        .unwrap();
    assert_eq!(active.len(), 2);
    let rows = list_active_cost_rows(&mut tx, ours, &span(2, 3), KeySpan::ALL).await;
    let costs: Vec<i64> = rows
        .unwrap()
        .iter()
        .map(|row| row.row.cost_micros)
        .collect();
    assert_eq!(costs, [20, 30, 33]);
    assert_eq!(
        undo_declarations(&mut tx, ours, second, NOW).await.unwrap(),
        1
    );
    check_costs(&mut tx, ours, &[30, 20, 10]).await;
}

async fn check_costs(tx: &mut Tx, workspace: WorkspaceId, expected: &[i64]) {
    let filter = CostFilter {
        first_day: Day(0),
        last_day: Day(9),
        source: None,
        campaign: None,
        campaigns_meant: Vec::new(),
    };
    let page = list_costs(tx, workspace, &filter, None, PageRequest::first(10))
        .await
        .unwrap();
    let costs: Vec<i64> = page.items.iter().map(|cost| cost.row.cost_micros).collect();
    assert_eq!(costs, expected);
}

#[tokio::test]
async fn many_cost_rows_arrive_whole_and_unchanged() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let rows: Vec<CostRow> = (0..1_013)
        .map(|index| cost(index % 7, index.into()))
        .collect();
    declare(&mut tx, fixture.ours, (0, 6), &rows).await;
    let read = list_active_cost_rows(&mut tx, fixture.ours, &span(0, 6), KeySpan::ALL)
        .await
        .unwrap();
    let mut read: Vec<CostRow> = read.into_iter().map(|cost| cost.row).collect();
    read.sort_by_key(|row| row.cost_micros);
    assert_eq!(read, rows);
}

#[tokio::test]
async fn the_rows_of_a_day_are_counted_and_read_in_parts() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let rows: Vec<CostRow> = (0..40_i32)
        .map(|index| CostRow {
            traffic_key: TrafficKey(u64::MAX / 40 * u64::from(index.unsigned_abs())),
            ..cost(index % 2, index.into())
        })
        .collect();
    declare(&mut tx, fixture.ours, (0, 1), &rows).await;
    let days = count_active_cost_rows(&mut tx, fixture.ours, &span(0, 9)).await;
    let days = days.unwrap();
    assert_eq!(
        days,
        [0, 1].map(|day| DayRows {
            day: Day(day),
            rows: 20
        })
    );
    let mut read = Vec::new();
    for (first_key, last_key) in [(i64::MIN, -1), (0, i64::MAX)] {
        let keys = KeySpan {
            first_key,
            last_key,
        };
        let part = list_active_cost_rows(&mut tx, fixture.ours, &span(1, 1), keys).await;
        let part = part.unwrap();
        let places = part.iter().map(|cost| key_order(cost.row.traffic_key));
        assert!(
            places
                .clone()
                .all(|place| (first_key..=last_key).contains(&place))
        );
        read.push(part.len());
    }
    assert_eq!(read, [10, 10]);
}

#[tokio::test]
async fn an_import_of_another_workspace_cannot_be_declared_for() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let import_id = import(&mut tx, fixture.theirs).await;
    let declaration = NewCostDeclaration {
        import_id,
        platform: "google_ads".to_owned(),
        source: "google".to_owned(),
        first_day: Day(1),
        last_day: Day(1),
        created_at: NOW,
    };
    let refused = insert_cost_declaration(&mut tx, fixture.ours, &declaration).await;
    assert!(
        matches!(refused, Err(StoreError::BrokenReference)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn rejected_rows_are_listed_in_the_order_of_the_file() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let import = import(&mut tx, fixture.ours).await;
    let rejection = |row| Rejection {
        row,
        field: Some("cost".to_owned()),
        code: "not_a_number".to_owned(),
        detail: "\"n/a\" is not an amount".to_owned(),
        cells: vec!["1 May".to_owned(), "n/a".to_owned()],
    };
    let rejections: Vec<_> = (1..=450).rev().map(rejection).collect();
    insert_rejections(&mut tx, fixture.ours, import, &rejections)
        .await
        .unwrap();
    let first = list_rejections(&mut tx, fixture.ours, import, 0, 0, 3)
        .await
        .unwrap();
    assert_eq!(
        first
            .iter()
            .map(|row| row.rejection.row)
            .collect::<Vec<_>>(),
        [1, 2, 3]
    );
    let next = list_rejections(&mut tx, fixture.ours, import, 3, first[2].id, 500)
        .await
        .unwrap();
    assert_eq!((next.len(), next[0].rejection.row), (447, 4));
}

pub(crate) fn deal(external_id: &str, status: &str) -> DealDetails {
    DealDetails {
        external_id: external_id.to_owned(),
        title: "Glasses".to_owned(),
        status: status.to_owned(),
        amount_micros: 8_000_000_000,
        cost_of_goods_micros: 3_000_000_000,
        currency: currency("PLN"),
        created_at: NOW,
        paid_at: None,
        recorded_at: NOW,
        lead_id: None,
        visitor_id: None,
        visit_id: None,
        person_id: None,
        link_method: "unknown".to_owned(),
        declared: None,
        traffic_key: None,
        import_id: None,
        assignee_id: None,
        responsible: String::new(),
    }
}

pub(crate) fn payment(deal_id: base::DealId, external_id: &str) -> PaymentDetails {
    PaymentDetails {
        external_id: external_id.to_owned(),
        deal_id,
        at: NOW,
        recorded_at: NOW,
        amount_micros: 8_000_000_000,
        currency: currency("PLN"),
        kind: "payment".to_owned(),
        import_id: None,
    }
}

#[tokio::test]
async fn what_was_posted_of_a_deal_is_kept() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let deal_id = insert_deal(&mut tx, fixture.ours, &deal("d-1", "won"))
        .await
        .unwrap();
    let found = list_posted(&mut tx, fixture.ours, &[deal_id]).await;
    assert_eq!(found.unwrap(), []);
    let mut posted = PostedDeal {
        deal_id,
        posted: DealPosted {
            deals: 1,
            sales: 1,
            customers: 1,
            revenue_micros: 5,
            vat_micros: 4,
            refunds_micros: 3,
            cost_of_goods_micros: 2,
            postings: 1,
            book: serde_json::json!(["a line"]),
        },
    };
    for postings in [1, 2] {
        posted.posted.postings = postings;
        put_posted(&mut tx, fixture.ours, &[posted.clone()])
            .await
            .unwrap();
    }
    let found = list_posted(&mut tx, fixture.ours, &[deal_id]).await;
    assert_eq!(found.unwrap(), [posted]);
}

#[tokio::test]
async fn a_payment_belongs_to_a_deal_of_its_workspace() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let id = insert_deal(&mut tx, fixture.ours, &deal("d-1", "won"))
        .await
        .unwrap();
    insert_payment(&mut tx, fixture.ours, &payment(id, "p-1"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = fixture.begin().await;
    let foreign = insert_payment(&mut tx, fixture.theirs, &payment(id, "p-2")).await;
    assert!(
        matches!(foreign, Err(StoreError::BrokenReference)),
        "{foreign:?}"
    );
    drop(tx);
    let mut tx = fixture.begin().await;
    assert_eq!(
        list_payments_of_deals(&mut tx, fixture.ours, &[id])
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn unmapped_statuses_are_counted_first() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    for (external_id, status) in [("1", "won"), ("2", "won"), ("3", "odd")] {
        insert_deal(&mut tx, fixture.ours, &deal(external_id, status))
            .await
            .unwrap();
    }
    let map = |status: &str, group: &str| DealStatus {
        status: status.to_owned(),
        status_group: group.to_owned(),
    };
    let statuses = [map("won", "paid"), map("lost", "cancelled")];
    assert_eq!(
        replace_deal_statuses(&mut tx, fixture.ours, 0, &statuses)
            .await
            .unwrap(),
        1
    );
    let stale = replace_deal_statuses(&mut tx, fixture.ours, 0, &statuses).await;
    assert!(
        matches!(stale, Err(StoreError::StaleVersion { .. })),
        "{stale:?}"
    );
    let counts = list_deal_status_counts(&mut tx, fixture.ours, &store::reach::Reach::WHOLE)
        .await
        .unwrap();
    let told: Vec<_> = counts
        .iter()
        .map(|count| {
            (
                count.status.as_str(),
                count.status_group.as_deref(),
                count.deals,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("odd", None, 1),
            ("lost", Some("cancelled"), 0),
            ("won", Some("paid"), 2)
        ]
    );
}

#[tokio::test]
async fn a_rate_of_the_same_day_is_replaced_and_kept_as_it_was_written() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    for (day, rate) in [(10, "4"), (12, "4.2"), (12, "4.300")] {
        let rate = ExchangeRate {
            day: Day(day),
            from_currency: currency("EUR"),
            to_currency: currency("PLN"),
            rate: rate.to_owned(),
            nominal: 100,
        };
        put_rate(&mut tx, fixture.ours, &rate).await.unwrap();
    }
    let kept = list_all_rates(&mut tx, fixture.ours).await.unwrap();
    let told: Vec<_> = kept
        .iter()
        .map(|rate| (rate.day.0, rate.rate.as_str(), rate.nominal))
        .collect();
    assert_eq!(told, [(10, "4", 100), (12, "4.300", 100)]);
}

#[tokio::test]
async fn rates_of_one_day_are_not_missed_between_two_pages() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    for (day, from, to) in [
        (10, "USD", "PLN"),
        (12, "EUR", "USD"),
        (12, "EUR", "PLN"),
        (12, "USD", "PLN"),
    ] {
        let rate = ExchangeRate {
            day: Day(day),
            from_currency: currency(from),
            to_currency: currency(to),
            rate: "4".to_owned(),
            nominal: 1,
        };
        put_rate(&mut tx, fixture.ours, &rate).await.unwrap();
    }
    let mut told = Vec::new();
    let mut page = PageRequest::first(1);
    loop {
        let found = list_rates(&mut tx, fixture.ours, None, page).await.unwrap();
        told.extend(found.items.iter().map(|rate| {
            let pair = format!("{}{}", rate.from_currency, rate.to_currency);
            (rate.day.0, pair)
        }));
        let Some(next) = found.next else { break };
        page = PageRequest::after(next.to_string().parse().unwrap(), 1);
    }
    let wanted = [
        (12, "EURPLN"),
        (12, "EURUSD"),
        (12, "USDPLN"),
        (10, "USDPLN"),
    ];
    assert_eq!(told, wanted.map(|(day, pair)| (day, pair.to_owned())));
    let page = PageRequest::first(9);
    let dollars = list_rates(&mut tx, fixture.ours, Some(currency("USD")), page).await;
    assert_eq!(dollars.unwrap().items.len(), 3);
}

#[tokio::test]
async fn rates_change_one_after_the_other() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    assert_eq!(renew_rates(&mut tx, fixture.ours, 0).await.unwrap(), 1);
    assert_eq!(renew_rates(&mut tx, fixture.ours, 1).await.unwrap(), 2);
    let stale = renew_rates(&mut tx, fixture.ours, 1).await;
    assert!(
        matches!(stale, Err(StoreError::StaleVersion { version: 1, .. })),
        "{stale:?}"
    );
    assert_eq!(renew_rates(&mut tx, fixture.theirs, 0).await.unwrap(), 1);
}
