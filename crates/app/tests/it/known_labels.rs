//! Reports show the labels of the rules in force, and as known on a day those of that day.

use app::ChannelInput;
use app::rules::{ChannelRule, Condition, ConditionField, ConditionOp};
use base::UnixMillis;
use serde_json::json;

use crate::leads::load_visit;
use crate::support::TestApp;

/// Visits by channel and source as `channel, source: visits`.
async fn by_channel(test: &TestApp, known_on: Option<UnixMillis>) -> Vec<String> {
    let query = json!({
        "metrics": ["visits"],
        "dimensions": ["channel", "source"],
        "period": {"from": "2026-11-01", "to": "2026-11-30"},
        "as_known_on": known_on.map(UnixMillis::rfc3339),
    });
    let query = serde_json::from_value(query).unwrap();
    let report = test.app.report(&test.owner, query).await.unwrap();
    let shown = report.rows.into_iter().map(|row| {
        let names: Vec<&str> = row.dimensions.iter().map(|d| d.label.as_str()).collect();
        let visits = row.cells[0].value.clone().unwrap_or_default();
        format!("{}: {visits}", names.join(", "))
    });
    shown.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_as_known_on_a_day_shows_the_labels_of_that_day() {
    let test = TestApp::start().await;
    load_visit(&test);
    let at_first = by_channel(&test, None).await;
    let before = test.app.now();
    test.seeded.pass_days(1);
    let input = ChannelInput {
        parent: None,
        name: "Lens search".to_owned(),
        kind: "search".to_owned(),
        colour: 3,
        position: 99,
    };
    let channel = test.app.create_channel(&test.owner, &input).await.unwrap();
    let (version, _) = test.app.channel_rules(&test.owner).await.unwrap();
    let rule = ChannelRule {
        channel: channel.id,
        name: "All of Google".to_owned(),
        conditions: vec![Condition {
            field: ConditionField::Source,
            op: ConditionOp::Is,
            value: "google".to_owned(),
        }],
    };
    let version = test
        .app
        .publish_channel_rules(&test.owner, version, &[rule], "")
        .await
        .unwrap();
    let between = test.app.now();
    test.seeded.pass_days(1);
    test.app
        .publish_channel_rules(&test.owner, version, &[], "")
        .await
        .unwrap();
    test.app
        .archive_channel(&test.owner, channel.id, channel.version, None)
        .await
        .unwrap();
    assert_eq!(at_first, ["Paid search, google: 1"]);
    assert_eq!(by_channel(&test, None).await, ["Unknown, google: 1"]);
    assert_eq!(
        by_channel(&test, Some(between)).await,
        ["Lens search, google: 1"]
    );
    assert_eq!(by_channel(&test, Some(before)).await, at_first);
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_rules_give_the_report_that_they_gave() {
    let test = TestApp::start().await;
    load_visit(&test);
    let at_first = by_channel(&test, None).await;
    let (first, rules) = test.app.channel_rules(&test.owner).await.unwrap();
    let second = test
        .app
        .publish_channel_rules(&test.owner, first, &[], "none")
        .await
        .unwrap();
    assert_eq!(by_channel(&test, None).await, ["Unknown, google: 1"]);
    test.app
        .restore_channel_rules(&test.owner, first)
        .await
        .unwrap();
    assert_eq!(by_channel(&test, None).await, at_first);
    let (third, restored) = test.app.channel_rules(&test.owner).await.unwrap();
    assert_eq!(restored, rules);
    assert!(
        first < second && second < third,
        "a restored set is a new one"
    );
}
