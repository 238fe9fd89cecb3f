//! What leads are, as reports know it: now, and as it was known on a past day.

use base::UnixMillis;
use serde_json::json;
use store::{meta, outbox};

use crate::leads::{lead, send};
use crate::support::TestApp;

/// Leads by status as `title: leads`.
pub(crate) async fn by_status(test: &TestApp, known_on: Option<UnixMillis>) -> Vec<String> {
    let query = json!({
        "metrics": ["leads"],
        "dimensions": ["lead_status"],
        "period": {"from": "2026-11-01", "to": "2026-11-30"},
        "order": [{"by": "lead_status", "direction": "asc"}],
        "as_known_on": known_on.map(UnixMillis::rfc3339),
    });
    let query = serde_json::from_value(query).unwrap();
    let report = test.app.report(&test.owner, query).await.unwrap();
    let shown = report.rows.into_iter().map(|row| {
        let leads = row.cells[0].value.clone().unwrap_or_default();
        format!("{}: {leads}", row.dimensions[0].label)
    });
    shown.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_are_split_by_what_they_are_now_or_were_on_a_day() {
    let test = TestApp::start().await;
    let id = send(&test, lead("512 345 678")).await.id;
    send(&test, lead("512 345 679")).await;
    test.settle().await;
    let on_the_first_day = test.app.now();
    assert_eq!(by_status(&test, None).await, ["New: 2"]);
    test.seeded.pass_days(2);
    for (version, status) in [(1, "qualified"), (2, "converted")] {
        test.app
            .change_lead_status(&test.owner, id, version, status)
            .await
            .unwrap();
    }
    test.settle().await;
    assert_eq!(by_status(&test, None).await, ["Became a sale: 1", "New: 1"]);
    assert_eq!(by_status(&test, Some(on_the_first_day)).await, ["New: 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_from_before_there_were_states_tell_theirs_once() {
    let test = TestApp::start().await;
    send(&test, lead("512 345 678")).await;
    // As an earlier version would have left it: the outcome is loaded, the state was never told.
    let mut tx = test.app.store().begin().await.unwrap();
    let waiting = outbox::take_outbox(&mut tx, 10).await.unwrap();
    outbox::delete_outbox(&mut tx, waiting.last().unwrap().id)
        .await
        .unwrap();
    meta::delete_meta(&mut tx, "lead_states_posted")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let test = test.restart().await;
    assert_eq!(test.settle().await, 1);
    assert_eq!(
        test.ask("select lead, version, status from lead_states"),
        ["1|1|new"]
    );
    let test = test.restart().await;
    assert_eq!(test.settle().await, 0);
}
