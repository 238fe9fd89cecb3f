//! The relay between store and journal, when it is interrupted at its worst moment.

use app::ManualCostInput;

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_died_between_append_and_mark_counts_each_fact_once() {
    let test = TestApp::start().await;
    let cost = ManualCostInput {
        name: "Billboard".to_owned(),
        source: "billboard".to_owned(),
        medium: "offline".to_owned(),
        campaign: "Autumn".to_owned(),
        from: "2026-11-01".to_owned(),
        to: "2026-11-10".to_owned(),
        amount: "1000".to_owned(),
        currency: None,
        per: "once".to_owned(),
        mark_up_percent: "0".to_owned(),
    };
    test.app
        .create_manual_cost(&test.owner, &cost)
        .await
        .unwrap();
    let mut connection = test.app.store().read().await.unwrap();
    let waiting = store::outbox::take_outbox(&mut connection, 100)
        .await
        .unwrap();
    drop(connection);
    // Appended and loaded by a process that died before it could take them off the outbox.
    for row in waiting.iter().take(7) {
        test.app
            .journal()
            .append(&row.payload)
            .unwrap()
            .await
            .unwrap();
    }
    let test = test.restart().await;
    assert_eq!(test.settle().await, 10);
    assert_eq!(test.settle().await, 0);
    assert_eq!(
        test.ask("select count(*), sum(cost_micros) from costs"),
        ["10|1000000000"]
    );
}
