//! Files of leads, deals and payments: saved, sent again, and taken back.

use std::fmt::Write as _;

use app::{ImportKind, ImportView, StatusGroup};

use crate::leads::load_visit;
use crate::support::TestApp;

pub(crate) async fn import(test: &TestApp, kind: ImportKind, content: &str) -> ImportView {
    let queued = queue(test, kind, content).await;
    test.app.run_imports_until_idle().await.unwrap();
    test.app
        .import(&test.owner, queued.import.id)
        .await
        .unwrap()
}

/// An import that waits to be run.
pub(crate) async fn queue(test: &TestApp, kind: ImportKind, content: &str) -> ImportView {
    let mut incoming = test.app.receive_upload(&test.owner).await.unwrap();
    incoming.write(content.as_bytes()).await.unwrap();
    let preview = test
        .app
        .preview(&test.owner, kind, "file.csv", incoming, None)
        .await
        .unwrap();
    let (upload, options) = (preview.upload, Some(preview.options));
    test.app
        .start_import(&test.owner, upload, kind, options)
        .await
        .unwrap()
}

fn counts(view: &ImportView) -> [i64; 5] {
    let progress = &view.import.progress;
    [
        progress.rows_accepted,
        progress.rows_rejected,
        progress.rows_new,
        progress.rows_changed,
        progress.rows_unchanged,
    ]
}

pub(crate) async fn undo(test: &TestApp, view: &ImportView) {
    test.app
        .undo_import(&test.owner, view.import.id)
        .await
        .unwrap();
}

/// Leads, qualified leads, deals, sales, customers, revenue and refunds, in whole units.
pub(crate) async fn sums(test: &TestApp) -> String {
    test.settle().await;
    test.ask(
        "select coalesce(sum(leads), 0), coalesce(sum(qualified), 0), coalesce(sum(deals), 0),
            coalesce(sum(sales), 0), coalesce(sum(customers), 0),
            coalesce(sum(revenue_micros), 0) // 1000000,
            coalesce(sum(refunds_micros), 0) // 1000000
        from outcomes",
    )
    .remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_saved_once_and_taken_back_in_any_order() {
    let test = TestApp::start().await;
    load_visit(&test);
    let paid = [("paid".to_owned(), StatusGroup::Paid)];
    test.app
        .put_deal_statuses(&test.owner, 0, &paid)
        .await
        .unwrap();
    let leads = "Date,Lead ID,Name,Phone,Status,gclid\n\
        2026-11-01 10:00,L-1,Anna,512 345 601,new,Cj0KCQ-x_1\n\
        2026-11-02 10:00,,Ewa,512 345 602,qualified,\n";
    let deals = "Order ID,Status,Amount,Created,Phone\n\
        D-1,paid,100,2026-11-03 10:00,512345601\n\
        D-2,paid,50,2026-11-04 10:00,512345601\n\
        D-3,odd,50,2026-11-04 10:00,512345609\n";
    let payments = "Payment ID,Order ID,Date,Amount,Type\n\
        P-1,D-1,2026-11-05,40,refund\n\
        P-2,D-9,2026-11-05,40,refund\n";
    let leads_import = import(&test, ImportKind::Leads, leads).await;
    assert_eq!(counts(&leads_import), [2, 0, 2, 0, 0]);
    assert_eq!(sums(&test).await, "2|1|0|0|0|0|0");
    let deals_import = import(&test, ImportKind::Deals, deals).await;
    assert_eq!(counts(&deals_import), [3, 0, 3, 0, 0]);
    assert_eq!(sums(&test).await, "2|2|2|2|1|150|0");
    let payments_import = import(&test, ImportKind::Payments, payments).await;
    assert_eq!(counts(&payments_import), [1, 1, 1, 0, 0]);
    assert_eq!(sums(&test).await, "2|2|2|2|1|110|40");
    let leads_again = import(&test, ImportKind::Leads, leads).await;
    assert_eq!(counts(&leads_again), [2, 0, 0, 0, 2]);
    let deals_again = import(&test, ImportKind::Deals, deals).await;
    assert_eq!(counts(&deals_again), [3, 0, 0, 0, 3]);
    assert_eq!(test.settle().await, 0);
    undo(&test, &payments_import).await;
    assert_eq!(sums(&test).await, "2|2|2|2|1|150|0");
    // The same file was imported twice: it counts until both imports are taken back.
    undo(&test, &deals_import).await;
    assert_eq!(sums(&test).await, "2|2|2|2|1|150|0");
    undo(&test, &deals_again).await;
    assert_eq!(sums(&test).await, "2|1|0|0|0|0|0");
    undo(&test, &leads_again).await;
    assert_eq!(sums(&test).await, "2|1|0|0|0|0|0");
    undo(&test, &leads_import).await;
    assert_eq!(sums(&test).await, "0|0|0|0|0|0|0");
    assert_eq!(
        counts(&import(&test, ImportKind::Deals, deals).await),
        [3, 0, 3, 0, 0]
    );
    assert_eq!(sums(&test).await, "0|0|2|2|1|150|0");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_are_saved_in_batches() {
    let test = TestApp::start().await;
    let paid = [("paid".to_owned(), StatusGroup::Paid)];
    test.app
        .put_deal_statuses(&test.owner, 0, &paid)
        .await
        .unwrap();
    let mut deals = "Order ID,Status,Amount,Created,Phone\n".to_owned();
    for row in 0..2_500 {
        let phone = 512_300_000 + row / 2;
        writeln!(deals, "D-{row},paid,1,2026-11-03 10:00,{phone}").unwrap();
    }
    let view = import(&test, ImportKind::Deals, &deals).await;
    assert_eq!(counts(&view), [2_500, 0, 2_500, 0, 0]);
    assert_eq!(sums(&test).await, "0|0|2500|2500|1250|2500|0");
    let mut leads = "Date,Lead ID,Name,Phone\n".to_owned();
    for row in 0..2_500 {
        let phone = 512_300_000 + row;
        writeln!(leads, "2026-11-03 10:00,L-{row},Anna,{phone}").unwrap();
    }
    let view = import(&test, ImportKind::Leads, &leads).await;
    assert_eq!(counts(&view), [2_500, 0, 2_500, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_finds_the_latest_lead_of_its_contact_behind_many_others() {
    let test = TestApp::start().await;
    let mut leads = "Lead ID,Date,Phone,Status\n".to_owned();
    for second in 1..=50 {
        leads.push_str(&format!(
            "L-{second},2026-11-01 10:00:{second:02},512 345 601,spam\n"
        ));
    }
    leads.push_str("L-51,2026-11-02 10:00,512 345 601,new\n");
    import(&test, ImportKind::Leads, &leads).await;
    let deals = "Order ID,Status,Amount,Created,Phone\nD-1,paid,100,2026-11-03 10:00,512345601\n";
    import(&test, ImportKind::Deals, deals).await;
    let page = app::PageRequest::first(9);
    let found = test
        .app
        .list_deals(&test.owner, &app::DealQuery::default(), page)
        .await;
    let leads: Vec<_> = found
        .unwrap()
        .items
        .iter()
        .map(|view| view.deal.details.lead_id)
        .collect();
    assert_eq!(leads, [Some(base::LeadId(51))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_cannot_be_done_lets_the_next_import_pass() {
    let test = TestApp::start().await;
    let deals = |id: &str, title: &str| {
        format!("Order ID,Title,Amount,Created\n{id},{title},100,2026-11-03 10:00\n")
    };
    import(&test, ImportKind::Deals, &deals("D-1", "Frames")).await;
    let renamed = import(&test, ImportKind::Deals, &deals("D-1", "Lenses")).await;
    let (workspace, id) = (test.owner.workspace, renamed.import.id);
    let mut tx = test.app.store().begin().await.unwrap();
    let mut touches = store::touches::list_touches_of_import(&mut tx, workspace, id, 10)
        .await
        .unwrap();
    // What was there before cannot be read any more.
    touches[0].said["title"][0] = serde_json::json!({});
    store::touches::put_touches(&mut tx, workspace, "deals", &touches)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    assert!(test.app.undo_import(&test.owner, id).await.is_err());
    let next = import(&test, ImportKind::Deals, &deals("D-2", "Case")).await;
    assert_eq!(next.import.state, "done");
    let stuck = test.app.import(&test.owner, id).await.unwrap();
    assert_eq!(stuck.import.state, "undoing");
    assert!(stuck.import.error.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_not_lost_for_the_word_of_its_status() {
    let test = TestApp::start().await;
    let file = "Дата;Имя;Телефон;Статус\n\
        01.11.2026;Анна;512345607;Качественный\n\
        02.11.2026;Ольга;512345608;Ждёт лета\n\
        03.11.2026;Пётр;512345609;Ждёт лета\n";
    let mut incoming = test.app.receive_upload(&test.owner).await.unwrap();
    incoming.write(file.as_bytes()).await.unwrap();
    let (owner, kind) = (&test.owner, ImportKind::Leads);
    let preview = test.app.preview(owner, kind, "leads.csv", incoming, None);
    let preview = preview.await.unwrap();
    assert_eq!(preview.rows_ready, Some(3));
    let [warning] = preview.warnings.as_slice() else {
        panic!("one warning, not {:?}", preview.warnings);
    };
    assert_eq!(
        (warning.code, warning.rows),
        ("unknown_lead_statuses", Some(2))
    );
    assert_eq!(warning.words, ["Ждёт лета"]);

    let done = import(&test, kind, file).await;
    assert_eq!(counts(&done), [3, 0, 3, 0, 0]);
    let query = app::LeadQuery::default();
    let page = store::PageRequest::first(10);
    let found = test.app.list_leads(owner, &query, page).await.unwrap();
    let said: Vec<_> = found
        .items
        .iter()
        .map(|view| (view.lead.status(), view.lead.status_word()))
        .collect();
    assert_eq!(
        said,
        [
            ("new", Some("Ждёт лета")),
            ("new", Some("Ждёт лета")),
            ("qualified", None)
        ]
    );
}
