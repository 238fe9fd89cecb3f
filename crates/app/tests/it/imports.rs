//! Cost imports from the file to the sums in the warehouse, and back.

use std::time::Duration;

use app::{AnnotationView, AppError, ImportKind, ImportView, PageRequest, RateInput};
use base::{Day, DayRange};
use serde_json::{Value, json};
use store::imports::move_import;

use crate::support::TestApp;

pub(crate) const HEADER: &str =
    "Day,Campaign,Campaign ID,Ad group,Currency code,Impr.,Clicks,Cost\n";
pub(crate) const FIRST: &str = "2026-11-01,Sunglasses,111,Ray,PLN,1000,100,15000.00\n\
    2026-11-01,Lenses,222,Day,PLN,3000,300,13500.00\n\
    2026-11-02,Sunglasses,111,Ray,PLN,10,1,150.00\n";
/// The lenses are gone and the second day became dearer.
const SECOND: &str = "2026-11-01,Sunglasses,111,Ray,PLN,1000,100,15000.00\n\
    2026-11-02,Sunglasses,111,Ray,PLN,10,2,300.00\n";

pub(crate) async fn upload(test: &TestApp, content: &str, options: Option<Value>) -> app::Preview {
    upload_as(test, ImportKind::Costs, content, options).await
}

async fn upload_as(
    test: &TestApp,
    kind: ImportKind,
    content: &str,
    options: Option<Value>,
) -> app::Preview {
    let mut incoming = test.app.receive_upload(&test.owner).await.unwrap();
    incoming.write(content.as_bytes()).await.unwrap();
    test.app
        .preview(&test.owner, kind, "costs.csv", incoming, options)
        .await
        .unwrap()
}

pub(crate) async fn queue(test: &TestApp, content: &str) -> ImportView {
    let preview = upload(test, content, None).await;
    let (kind, options) = (ImportKind::Costs, Some(preview.options));
    test.app
        .start_import(&test.owner, preview.upload, kind, options)
        .await
        .unwrap()
}

pub(crate) async fn import(test: &TestApp, rows: &str) -> ImportView {
    let queued = queue(test, &format!("{HEADER}{rows}")).await;
    test.app.run_imports_until_idle().await.unwrap();
    test.app
        .import(&test.owner, queued.import.id)
        .await
        .unwrap()
}

/// What counts, by day and campaign.
fn sums(test: &TestApp) -> Vec<String> {
    test.ask(
        "select c.day, t.campaign, sum(c.impressions), sum(c.clicks), sum(c.cost_micros),
            sum(c.vat_micros)
        from costs as c join traffic as t on t.traffic = c.traffic
        group by all having sum(c.cost_micros) <> 0 order by all",
    )
}

pub(crate) fn counts(view: &ImportView) -> [i64; 5] {
    let progress = &view.import.progress;
    [
        progress.rows_accepted,
        progress.rows_rejected,
        progress.rows_new,
        progress.rows_changed,
        progress.rows_unchanged,
    ]
}

pub(crate) async fn rejections(test: &TestApp, view: &ImportView) -> Vec<String> {
    let page = test
        .app
        .rejected(&test.owner, view.import.id, PageRequest::first(50))
        .await
        .unwrap();
    let shown = |row: app::rows::RejectionRow| {
        let rejection = row.rejection;
        let field = rejection.field.unwrap_or_default();
        format!(
            "{} {field} {}: {}",
            rejection.row, rejection.code, rejection.detail
        )
    };
    page.items.into_iter().map(shown).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_arrives_in_the_warehouse_and_the_same_file_again_changes_nothing() {
    let test = TestApp::start().await;
    let view = import(&test, FIRST).await;
    assert_eq!(
        (view.import.state.as_str(), view.author.as_str()),
        ("done", "Olga")
    );
    assert_eq!(counts(&view), [3, 0, 3, 0, 0]);
    assert_eq!(view.import.result.amount_micros, Some(28_650_000_000));
    assert_eq!(test.settle().await, 3);
    let wanted = [
        "20758|Lenses|3000|300|13500000000|3105000000",
        "20758|Sunglasses|1000|100|15000000000|3450000000",
        "20759|Sunglasses|10|1|150000000|34500000",
    ];
    assert_eq!(sums(&test), wanted);
    let labelled = test.ask("select distinct default_channel from traffic");
    assert_eq!(labelled, ["paid_search"]);
    let again = import(&test, FIRST).await;
    assert_eq!(counts(&again), [3, 0, 0, 0, 3]);
    assert_eq!(test.settle().await, 0);
    assert_eq!(sums(&test), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_posts_only_differences_and_vanished_rows_vanish() {
    let test = TestApp::start().await;
    import(&test, FIRST).await;
    test.settle().await;
    let before = sums(&test);
    let second = import(&test, SECOND).await;
    assert_eq!(counts(&second), [2, 0, 0, 1, 1]);
    assert_eq!(test.settle().await, 2);
    let wanted = [
        "20758|Sunglasses|1000|100|15000000000|3450000000",
        "20759|Sunglasses|10|2|300000000|69000000",
    ];
    assert_eq!(sums(&test), wanted);
    let undone = test
        .app
        .undo_import(&test.owner, second.import.id)
        .await
        .unwrap();
    assert_eq!(
        (undone.import.state.as_str(), undone.can_undo),
        ("undone", false)
    );
    assert_eq!(test.settle().await, 2);
    assert_eq!(sums(&test), before);
    let again = test.app.undo_import(&test.owner, second.import.id).await;
    assert!(matches!(
        again,
        Err(AppError::Conflict {
            code: "cannot_undo",
            ..
        })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_imported_anew_after_its_undo_counts_again() {
    let test = TestApp::start().await;
    for _ in 0..3 {
        let view = import(&test, FIRST).await;
        test.settle().await;
        assert_eq!(sums(&test).len(), 3);
        test.app
            .undo_import(&test.owner, view.import.id)
            .await
            .unwrap();
        assert_eq!(test.settle().await, 3);
        assert!(sums(&test).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_import_is_undone_under_a_newer_one() {
    let test = TestApp::start().await;
    let older = import(
        &test,
        &format!("{FIRST}2026-11-05,Lenses,222,Day,PLN,1,1,7.00\n"),
    )
    .await;
    let newer = import(&test, SECOND).await;
    test.app
        .undo_import(&test.owner, older.import.id)
        .await
        .unwrap();
    test.settle().await;
    let wanted = [
        "20758|Sunglasses|1000|100|15000000000|3450000000",
        "20759|Sunglasses|10|2|300000000|69000000",
    ];
    assert_eq!(sums(&test), wanted);
    test.app
        .undo_import(&test.owner, newer.import.id)
        .await
        .unwrap();
    test.settle().await;
    assert!(sums(&test).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_a_crash_left_running_runs_again_with_the_same_effect() {
    let test = TestApp::start().await;
    let queued = queue(&test, &format!("{HEADER}{FIRST}bad,row,1,,PLN,1,1,1\n")).await;
    for polls in 0..20 {
        // Dropping the future at any await is what a crash looks like to the store.
        let mut left = polls;
        let run = test.app.run_next_import();
        let mut run = std::pin::pin!(run);
        let stopped = std::future::poll_fn(|context| {
            let polled = run.as_mut().poll(context);
            left -= 1;
            if polled.is_ready() || left < 0 {
                return std::task::Poll::Ready(polled.is_ready());
            }
            polled.map(|_| true)
        });
        let _ = tokio::time::timeout(Duration::from_secs(5), stopped)
            .await
            .unwrap();
    }
    let test = test.restart().await;
    test.app.run_imports_until_idle().await.unwrap();
    let view = test
        .app
        .import(&test.owner, queued.import.id)
        .await
        .unwrap();
    assert_eq!(
        (view.import.state.as_str(), counts(&view)),
        ("done", [3, 1, 3, 0, 0])
    );
    assert_eq!(rejections(&test, &view).await.len(), 1);
    test.settle().await;
    assert_eq!(test.ask("select count(*) from costs"), ["3"]);
    assert_eq!(sums(&test).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_found_running_at_the_start_is_run_again() {
    let test = TestApp::start().await;
    let queued = queue(&test, &format!("{HEADER}{FIRST}")).await;
    let mut tx = test.app.store().begin().await.unwrap();
    let (workspace, id) = (test.owner.workspace, queued.import.id);
    move_import(&mut tx, workspace, id, "queued", "running")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let test = test.restart().await;
    assert_eq!(test.app.run_imports_until_idle().await.unwrap(), 1);
    assert_eq!(test.settle().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_row_needs_a_rate_and_is_converted_at_its_day() {
    let test = TestApp::start().await;
    let rows = "2026-11-01,A,1,,USD,1,1,10.00\n2026-11-03,A,1,,USD,1,1,10.00\n";
    let rate = RateInput {
        date: "2026-11-02".to_owned(),
        from: "PLN".to_owned(),
        to: "USD".to_owned(),
        rate: "0.25".to_owned(),
        nominal: 1,
    };
    test.app.put_rates(&test.owner, 0, &[rate]).await.unwrap();
    let view = import(&test, rows).await;
    assert_eq!(counts(&view), [1, 1, 1, 0, 0]);
    let wanted =
        ["2 currency missing_rate: there is no exchange rate from USD to PLN for 2026-11-01"];
    assert_eq!(rejections(&test, &view).await, wanted);
    test.settle().await;
    assert_eq!(sums(&test), ["20760|A|1|1|40000000|9200000"]);
    let original = test.ask("select original_micros, original_currency from costs");
    assert_eq!(original, ["10000000|USD"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_at_once_end_as_if_one_came_after_the_other() {
    let test = TestApp::start().await;
    queue(&test, &format!("{HEADER}{FIRST}")).await;
    queue(&test, &format!("{HEADER}{SECOND}")).await;
    let (one, other) = tokio::join!(
        test.app.run_imports_until_idle(),
        test.app.run_imports_until_idle()
    );
    assert_eq!(one.unwrap() + other.unwrap(), 2);
    test.settle().await;
    let wanted = [
        "20758|Sunglasses|1000|100|15000000000|3450000000",
        "20759|Sunglasses|10|2|300000000|69000000",
    ];
    assert_eq!(sums(&test), wanted);
    let page = test
        .app
        .list_imports(&test.owner, Some("costs"), PageRequest::first(9));
    assert_eq!(page.await.unwrap().items.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_shown_by_their_newest_names() {
    let test = TestApp::start().await;
    let by_id = |name: &str| format!("{HEADER}2026-11-01,{name},111,,PLN,1,1,1.00\n");
    for name in ["Old", "New"] {
        let preview = upload(&test, &by_id(name), Some(json!({"match": "id"}))).await;
        let (kind, options) = (ImportKind::Costs, Some(preview.options));
        test.app
            .start_import(&test.owner, preview.upload, kind, options)
            .await
            .unwrap();
        test.app.run_imports_until_idle().await.unwrap();
        test.settle().await;
        assert_eq!(test.ask("select distinct campaign from traffic"), ["111"]);
        assert_eq!(test.ask("select distinct campaign from labels"), [name]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cost_has_the_traffic_key_of_the_clicks_it_paid_for() {
    let test = TestApp::start().await;
    let file = "day;source;campaign;cost\n2026-11-01; Google ;  Sun glasses ;5,50\n";
    let preview = upload(&test, file, None).await;
    let (kind, options) = (ImportKind::Costs, Some(preview.options));
    test.app
        .start_import(&test.owner, preview.upload, kind, options)
        .await
        .unwrap();
    test.app.run_imports_until_idle().await.unwrap();
    test.settle().await;
    let landing = domain::source::Landing {
        query: "utm_source=google&utm_medium=cpc&utm_campaign=Sun+glasses",
        referrer: "",
        page_host: "shop.example",
    };
    let clicked = domain::source::resolve(&landing)
        .traffic
        .key(test.owner.workspace);
    assert_eq!(
        test.ask("select traffic from costs"),
        [clicked.0.to_string()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_two_accounts_never_overrule_each_other() {
    let test = TestApp::start().await;
    let file = |account: &str, cost: &str| {
        format!(
            "Day,Account,Campaign,Currency code,Impr.,Clicks,Cost\n\
            2026-11-01,{account},A,PLN,1,1,{cost}\n"
        )
    };
    for (account, cost) in [("one", "1.00"), ("two", "2.00"), ("one", "3.00")] {
        queue(&test, &file(account, cost)).await;
        test.app.run_imports_until_idle().await.unwrap();
    }
    test.settle().await;
    assert_eq!(sums(&test), ["20758|A|2|2|5000000|1150000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_imported_once_and_taken_back() {
    let test = TestApp::start().await;
    let file = "order id,date,amount,status\n\
        A-1,2026-11-01 10:00,100.00,paid\nA-2,2026-11-02 11:00,50.00,paid\n\
        A-3,never,50.00,paid\n";
    let mut done_imports = Vec::new();
    for _ in 0..2 {
        let preview = upload_as(&test, ImportKind::Deals, file, None).await;
        let (kind, options) = (ImportKind::Deals, Some(preview.options));
        let queued = test
            .app
            .start_import(&test.owner, preview.upload, kind, options)
            .await;
        test.app.run_imports_until_idle().await.unwrap();
        let id = queued.unwrap().import.id;
        let done = test.app.import(&test.owner, id).await.unwrap();
        assert_eq!(done.import.state, "done", "{:?}", done.import.error);
        assert_eq!(done.import.result.amount_micros, Some(150_000_000));
        done_imports.push(done);
    }
    assert_eq!(counts(&done_imports[0]), [2, 1, 2, 0, 0]);
    let page = test
        .app
        .list_imports(&test.owner, Some("deals"), PageRequest::first(9));
    assert_eq!(counts(&page.await.unwrap().items[0]), [2, 1, 0, 0, 2]);
    let version = test.app.deal_statuses(&test.owner).await.unwrap().version;
    let sold = [("paid".to_owned(), domain::deal::StatusGroup::Paid)];
    test.app
        .put_deal_statuses(&test.owner, version, &sold)
        .await
        .unwrap();
    test.settle().await;
    assert_eq!(test.ask("select sum(deals) from outcomes"), ["2"]);
    for done in done_imports {
        test.app
            .undo_import(&test.owner, done.import.id)
            .await
            .unwrap();
    }
    test.settle().await;
    assert_eq!(
        test.ask("select sum(deals), sum(revenue_micros) from outcomes"),
        ["0|0"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_is_marked_on_the_day_it_was_done() {
    let test = TestApp::start().await;
    let view = import(&test, FIRST).await;
    let made = view.import.created_at;
    test.seeded.pass_days(3);
    let id = view.import.id;
    test.app.undo_import(&test.owner, id).await.unwrap();
    let day = |days| Day(i32::try_from(made.0 / 86_400_000).unwrap() + days);
    let all = DayRange::new(day(-2), day(9)).unwrap();
    let marks = test
        .app
        .list_annotations(&test.owner, all, PageRequest::first(9));
    let marks: Vec<_> = marks
        .await
        .unwrap()
        .items
        .into_iter()
        .filter_map(|mark| match mark {
            AnnotationView::Done(on, event) => Some((on, event.kind, event.at)),
            AnnotationView::Said(_) => None,
        })
        .collect();
    let [(on, kind, at)] = &marks[..] else {
        panic!("{marks:?}");
    };
    assert_eq!((*on, kind.as_str()), (day(3), "undo"));
    assert!(at.0 >= made.plus_ms(3 * 86_400_000).0);
}
