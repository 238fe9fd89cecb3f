//! Uploads: what is shown of a file before its import, what is refused, what is cleaned away.

use app::{AppError, ImportKind};
use serde_json::json;

use crate::imports::{FIRST, HEADER, counts, import, queue, rejections, upload};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_recognises_the_file_and_shows_what_is_wrong() {
    let test = TestApp::start().await;
    let file = format!("{HEADER}{FIRST}2026-13-01,Bad,1,,PLN,1,1,1\nTotal,,,,,1,1,1\n");
    let preview = upload(&test, &file, Some(json!({"medium": "ppc"}))).await;
    assert_eq!((preview.format, preview.rows_total), ("google_ads", 4));
    assert_eq!(preview.options["source"], "google");
    assert_eq!(preview.options["medium"], "ppc");
    let fields: Vec<_> = preview
        .columns
        .iter()
        .map(|column| column.field.unwrap())
        .collect();
    let wanted = "day campaign campaign_id ad_group currency impressions clicks cost";
    assert_eq!(fields.join(" "), wanted);
    let last = preview.sample.last().unwrap();
    assert_eq!(
        last.parsed.as_ref().unwrap().as_ref().unwrap_err().code,
        "bad_date"
    );
    let codes: Vec<_> = preview
        .warnings
        .iter()
        .map(|warning| warning.code)
        .collect();
    assert_eq!(codes, ["totals_skipped"]);
    let missing = upload(&test, "Campaign,Cost\nA,1\n", None).await;
    let codes: Vec<_> = missing
        .warnings
        .iter()
        .map(|warning| warning.code)
        .collect();
    assert_eq!(codes, ["missing_source", "missing_column"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_table_or_gone_fails_with_a_reason() {
    let test = TestApp::start().await;
    let mut incoming = test.app.receive_upload(&test.owner).await.unwrap();
    incoming.write(b"PK\x03\x04rest").await.unwrap();
    let kind = ImportKind::Costs;
    let refused = test
        .app
        .preview(&test.owner, kind, "a.xlsx", incoming, None)
        .await;
    assert!(matches!(refused, Err(AppError::Invalid(_))));
    let queued = queue(&test, &format!("{HEADER}{FIRST}")).await;
    std::fs::remove_dir_all(test.folder().join("uploads")).unwrap();
    test.app.run_imports_until_idle().await.unwrap();
    let view = test
        .app
        .import(&test.owner, queued.import.id)
        .await
        .unwrap();
    assert_eq!(view.import.state, "failed");
    assert!(view.import.error.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_not_finished_leaves_nothing_and_old_ones_are_removed() {
    let test = TestApp::start().await;
    let files = || {
        std::fs::read_dir(test.folder().join("uploads"))
            .unwrap()
            .count()
    };
    let mut incoming = test.app.receive_upload(&test.owner).await.unwrap();
    incoming.write(b"day").await.unwrap();
    drop(incoming);
    assert_eq!(files(), 0);
    upload(&test, HEADER, None).await;
    assert_eq!((test.app.purge_uploads().await.unwrap(), files()), (0, 1));
    test.seeded.pass_days(8);
    assert_eq!((test.app.purge_uploads().await.unwrap(), files()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_are_kept_with_their_reasons_and_cells() {
    let test = TestApp::start().await;
    let rows = "soon,=A1,1,,PLN,1,1,1\n2026-11-01,A,1,,PLN,1,many,1\n\
        2026-11-01,A,1,,PLN,1\n2026-11-01,A,1,,PLN,1,1,1\n";
    let view = import(&test, rows).await;
    assert_eq!(counts(&view), [1, 3, 1, 0]);
    let found = rejections(&test, &view).await;
    let starts: Vec<_> = found
        .iter()
        .map(|text| text.split(':').next().unwrap())
        .collect();
    assert_eq!(
        starts,
        ["2 day bad_date", "3 clicks bad_number", "4  too_few_cells"]
    );
    let csv = test
        .app
        .rejected_csv(&test.owner, view.import.id)
        .await
        .unwrap();
    assert!(csv.contains(",soon,'=A1,1,,PLN,1,1,1\r\n"), "{csv}");
    let first = test
        .app
        .rejected(&test.owner, view.import.id, None, 2)
        .await
        .unwrap();
    let rest = test
        .app
        .rejected(&test.owner, view.import.id, first.next, 2)
        .await
        .unwrap();
    assert_eq!(
        (first.items.len(), rest.items.len(), rest.next),
        (2, 1, None)
    );
}
