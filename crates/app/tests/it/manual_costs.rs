//! Costs entered by hand: booked by day, changed by differences, taken back.

use app::{AppError, CostQuery, ManualCostInput, ManualCostPatch, PageRequest, RateInput};
use base::{Day, DayRange};

use crate::support::TestApp;

fn billboard() -> ManualCostInput {
    ManualCostInput {
        name: "Billboard".to_owned(),
        source: "billboard".to_owned(),
        medium: "offline".to_owned(),
        campaign: "Autumn".to_owned(),
        from: "2026-11-01".to_owned(),
        to: "2026-11-03".to_owned(),
        amount: "100".to_owned(),
        currency: None,
        per: "once".to_owned(),
        mark_up_percent: "0".to_owned(),
    }
}

fn sums(test: &TestApp) -> Vec<String> {
    test.ask(
        "select t.source, c.day, sum(c.cost_micros)
        from costs as c join traffic as t on t.traffic = c.traffic
        group by all having sum(c.cost_micros) <> 0 order by all",
    )
}

async fn counted(test: &TestApp) -> i64 {
    let days = DayRange::new(Day(0), Day(30_000)).unwrap();
    let query = CostQuery {
        days,
        source: None,
        campaign: None,
    };
    let page = test
        .app
        .list_costs(&test.owner, &query, PageRequest::first(100))
        .await
        .unwrap();
    page.items
        .iter()
        .map(|cost| cost.cost.row.cost_micros)
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_posts_differences_and_an_archive_takes_back() {
    let test = TestApp::start().await;
    let made = test
        .app
        .create_manual_cost(&test.owner, &billboard())
        .await
        .unwrap();
    assert_eq!(test.settle().await, 3);
    let whole = [
        "billboard|20758|33340000",
        "billboard|20759|33330000",
        "billboard|20760|33330000",
    ];
    assert_eq!(sums(&test), whole);
    assert_eq!(counted(&test).await, 100_000_000);

    let shorter = ManualCostPatch {
        to: Some("2026-11-02".to_owned()),
        amount: Some("66.67".to_owned()),
        ..ManualCostPatch::default()
    };
    let edited = test
        .app
        .update_manual_cost(&test.owner, made.id, made.version, shorter.clone())
        .await
        .unwrap();
    assert_eq!(test.settle().await, 1);
    assert_eq!(sums(&test), whole[..2]);
    assert_eq!(counted(&test).await, 66_670_000);

    let stale = test
        .app
        .update_manual_cost(&test.owner, made.id, made.version, shorter)
        .await;
    assert!(matches!(stale, Err(AppError::EditConflict { .. })));
    assert_eq!(test.settle().await, 0);

    let moved = ManualCostPatch {
        source: Some("poster".to_owned()),
        ..ManualCostPatch::default()
    };
    let moved = test
        .app
        .update_manual_cost(&test.owner, made.id, edited.version, moved)
        .await
        .unwrap();
    test.settle().await;
    assert_eq!(
        sums(&test),
        ["poster|20758|33340000", "poster|20759|33330000"]
    );
    assert_eq!(counted(&test).await, 66_670_000);

    test.app
        .archive_manual_cost(&test.owner, made.id, moved.version)
        .await
        .unwrap();
    test.settle().await;
    assert!(sums(&test).is_empty());
    assert_eq!(counted(&test).await, 0);
    assert!(
        test.app
            .list_manual_costs(&test.owner, PageRequest::first(9))
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cost_keeps_the_terms_that_it_was_booked_at() {
    let test = TestApp::start().await;
    let rate = |rate: &str| RateInput {
        date: "2026-11-01".to_owned(),
        from: "USD".to_owned(),
        to: "PLN".to_owned(),
        rate: rate.to_owned(),
        nominal: 1,
    };
    test.app
        .put_rates(&test.owner, 0, &[rate("4")])
        .await
        .unwrap();
    let foreign = ManualCostInput {
        currency: Some("USD".to_owned()),
        ..billboard()
    };
    let made = test.app.create_manual_cost(&test.owner, &foreign);
    let made = made.await.unwrap();
    assert_eq!(counted(&test).await, 400_000_000);
    test.change_vat().await;
    test.app
        .put_rates(&test.owner, 1, &[rate("5")])
        .await
        .unwrap();
    let renamed = ManualCostPatch {
        name: Some("Poster".to_owned()),
        ..ManualCostPatch::default()
    };
    let renamed = test
        .app
        .update_manual_cost(&test.owner, made.id, made.version, renamed)
        .await
        .unwrap();
    assert_eq!(renamed.details.name, "Poster");
    assert_eq!(counted(&test).await, 400_000_000);
    assert_eq!(rows(&test).await, [[3, 3, 0]]);
    let dearer = ManualCostPatch {
        amount: Some("200".to_owned()),
        ..ManualCostPatch::default()
    };
    test.app
        .update_manual_cost(&test.owner, made.id, renamed.version, dearer)
        .await
        .unwrap();
    assert_eq!(counted(&test).await, 1_000_000_000);
    test.settle().await;
    let vat = test.ask("select sum(vat_micros) from costs");
    assert_eq!(vat, ["230000000"]);
}

/// Accepted, new and changed rows of every booking, newest first.
async fn rows(test: &TestApp) -> Vec<[i64; 3]> {
    let page = PageRequest::first(10);
    let imports = test.app.list_imports(&test.owner, None, page).await;
    let imports = imports.unwrap();
    let progress = imports.items.into_iter().map(|view| view.import.progress);
    progress
        .map(|rows| [rows.rows_accepted, rows.rows_new, rows.rows_changed])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_booking_counts_its_days() {
    let test = TestApp::start().await;
    let daily = ManualCostInput {
        per: "day".to_owned(),
        ..billboard()
    };
    let made = test
        .app
        .create_manual_cost(&test.owner, &daily)
        .await
        .unwrap();
    let longer = ManualCostPatch {
        to: Some("2026-11-05".to_owned()),
        ..ManualCostPatch::default()
    };
    let longer = test
        .app
        .update_manual_cost(&test.owner, made.id, made.version, longer)
        .await
        .unwrap();
    assert_eq!(rows(&test).await, [[5, 2, 0], [3, 3, 0]]);
    test.app
        .archive_manual_cost(&test.owner, made.id, longer.version)
        .await
        .unwrap();
    assert_eq!(rows(&test).await[0], [0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cost_without_a_rate_is_refused_and_nothing_is_kept() {
    let test = TestApp::start().await;
    let foreign = ManualCostInput {
        currency: Some("USD".to_owned()),
        ..billboard()
    };
    let refused = test
        .app
        .create_manual_cost(&test.owner, &foreign)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("USD to PLN for 2026-11-01"),
        "{refused}"
    );
    assert!(
        test.app
            .list_manual_costs(&test.owner, PageRequest::first(9))
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert_eq!(test.settle().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_manual_costs_of_one_source_never_overrule_each_other() {
    let test = TestApp::start().await;
    let first = test
        .app
        .create_manual_cost(&test.owner, &billboard())
        .await
        .unwrap();
    test.app
        .create_manual_cost(&test.owner, &billboard())
        .await
        .unwrap();
    assert_eq!(counted(&test).await, 200_000_000);
    test.app
        .archive_manual_cost(&test.owner, first.id, first.version)
        .await
        .unwrap();
    assert_eq!(counted(&test).await, 100_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cost_is_no_income() {
    let test = TestApp::start().await;
    let negative = ManualCostInput {
        amount: "-100".to_owned(),
        ..billboard()
    };
    let refused = test.app.create_manual_cost(&test.owner, &negative).await;
    let Err(AppError::Invalid(errors)) = refused else {
        panic!("accepted {refused:?}")
    };
    assert_eq!(
        (&*errors[0].field, errors[0].code),
        ("amount", "out_of_range")
    );
    assert_eq!(counted(&test).await, 0);
}
