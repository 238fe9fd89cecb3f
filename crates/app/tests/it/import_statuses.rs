//! Statuses that come with a file of deals before anybody has mapped them.

use app::{ImportKind, ImportView, Preview, StatusGroup};
use serde_json::{Value, json};

use crate::records::{import, sums};
use crate::support::TestApp;

const FILE: &str = "Order number;Date;Status;Amount\nA1;2026-11-01;Оплачен;1000,50\n\
    A2;2026-11-02;Новый статус;5\nA3;2026-11-03;Возврат;7\nA4;2026-11-03;оплачен;9,50\n";

async fn upload(test: &TestApp, options: Option<Value>) -> Preview {
    let mut incoming = test.app.receive_upload(&test.owner).await.unwrap();
    incoming.write(FILE.as_bytes()).await.unwrap();
    let preview = test
        .app
        .preview(&test.owner, ImportKind::Deals, "o.csv", incoming, options);
    preview.await.unwrap()
}

/// Status, rows, chosen and suggested group.
fn told(preview: &Preview) -> Vec<String> {
    let name = |group: Option<StatusGroup>| group.map_or("-", StatusGroup::name);
    let told = preview.statuses.iter().map(|told| {
        let (group, suggested) = (name(told.group), name(told.suggested));
        format!("{} {} {group} {suggested}", told.status, told.rows)
    });
    told.collect()
}

fn open_rows(preview: &Preview) -> Option<u64> {
    let mut warnings = preview.warnings.iter();
    let found = warnings.find(|warning| warning.code == "unmapped_statuses");
    found.and_then(|warning| warning.rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_names_statuses_that_count_nowhere_and_an_import_may_map_them() {
    let test = TestApp::start().await;
    let preview = upload(&test, None).await;
    let wanted = [
        "Возврат 1 - cancelled",
        "Новый статус 1 - -",
        "Оплачен 1 - paid",
        "оплачен 1 - paid",
    ];
    assert_eq!(told(&preview), wanted);
    assert_eq!(open_rows(&preview), Some(4));
    let groups = json!({"status_groups": {"Оплачен": "paid", "Возврат": "cancelled"}});
    let chosen = upload(&test, Some(groups.clone())).await;
    assert_eq!(told(&chosen)[2], "Оплачен 1 paid paid");
    assert_eq!(open_rows(&chosen), Some(1));
    let (upload_id, kind) = (chosen.upload, ImportKind::Deals);
    let started = test
        .app
        .start_import(&test.owner, upload_id, kind, Some(groups));
    started.await.unwrap();
    test.app.run_imports_until_idle().await.unwrap();
    let sales = sums(&test).await;
    assert!(sales.ends_with("|1010|0"), "{sales}");
    let after = upload(&test, None).await;
    assert_eq!(told(&after), ["Новый статус 1 - -"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_never_changes_what_is_mapped_already() {
    let test = TestApp::start().await;
    let mapped = [("Оплачен".to_owned(), StatusGroup::InWork)];
    test.app
        .put_deal_statuses(&test.owner, 0, &mapped)
        .await
        .unwrap();
    let groups = Some(json!({"status_groups": {"оплачен": "paid"}}));
    let preview = upload(&test, groups.clone()).await;
    let kind = ImportKind::Deals;
    let started = test
        .app
        .start_import(&test.owner, preview.upload, kind, groups);
    started.await.unwrap();
    test.app.run_imports_until_idle().await.unwrap();
    let map = test.app.deal_statuses(&test.owner).await.unwrap();
    let paid = map
        .items
        .iter()
        .filter(|item| item.group == Some(StatusGroup::Paid));
    assert_eq!(paid.count(), 0);
}

/// How many records count nowhere, of which statuses, with their amount.
fn uncounted(view: &ImportView) -> String {
    view.uncounted.as_ref().map_or_else(String::new, |told| {
        let amount = told.amount.map(|amount| amount.to_string());
        let (records, amount) = (told.records, amount.unwrap_or_default());
        format!("{records} {} {amount}", told.statuses.join(","))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_has_each_deal_once_and_says_what_counts_nowhere() {
    let test = TestApp::start().await;
    let paid = [("paid".to_owned(), StatusGroup::Paid)];
    test.app
        .put_deal_statuses(&test.owner, 0, &paid)
        .await
        .unwrap();
    let header = "Order number;Date;Status;Amount\n";
    let rows = "A1;2026-11-01;Новый;1000,50\nA1;2026-11-02;Новый;1000,50\n\
        A2;2026-11-02;Новый;2000\nA3;2026-11-03;paid;5\nA4;2099-11-03;paid;7\n";
    let done = import(&test, ImportKind::Deals, &format!("{header}{rows}")).await;
    let result = &done.import.result;
    assert_eq!(done.import.progress.rows_rejected, 1);
    assert_eq!(result.amount_micros, Some(3_005_500_000));
    assert_eq!(uncounted(&done), "2 Новый 3000.50 PLN");
    let payments = "Payment ID,Order number,Date,Amount,Type\nP1,A1,2026-11-05,300,payment\n\
        P1,A1,2026-11-05,300,payment\nP2,A1,2026-11-06,40,refund\n\
        P3,A3,2026-11-06,5,payment\n";
    let paid_in = import(&test, ImportKind::Payments, payments).await;
    assert_eq!(paid_in.import.result.amount_micros, Some(265_000_000));
    assert_eq!(uncounted(&paid_in), "2 Новый 260.00 PLN");
    // What is mapped afterwards counts, and is not told any more.
    let mapped = [paid[0].clone(), ("новый".to_owned(), StatusGroup::InWork)];
    test.app
        .put_deal_statuses(&test.owner, 1, &mapped)
        .await
        .unwrap();
    for id in [done.import.id, paid_in.import.id] {
        let later = test.app.import(&test.owner, id).await.unwrap();
        assert_eq!(later.uncounted, None);
    }
}
