//! A renamed campaign is one campaign: by its newest name, found by the former ones too.

use app::{AdNamesQuery, CostQuery, PageRequest};
use base::{Day, DayRange, ImportId, UnixMillis};
use serde_json::{Value, json};

use crate::imports::import;
use crate::support::TestApp;

const OLD: &str = "2026-11-01,Old,77,Ray,PLN,100,10,100.00\n\
    2026-11-01,Lenses,88,Day,PLN,10,1,7.00\n";
const NEW: &str = "2026-11-03,New,77,Ray,PLN,100,10,30.00\n\
    2026-11-03,Lenses,88,Day,PLN,10,1,3.00\n";

/// Costs by campaign as `name (former names): cost`.
async fn told(test: &TestApp, more: Value) -> Vec<String> {
    test.settle().await;
    let mut query = json!({
        "metrics": ["cost"],
        "dimensions": ["campaign"],
        "period": {"from": "2026-11-01", "to": "2026-11-30"},
        "order": [{"by": "cost"}],
    });
    for (key, value) in more.as_object().unwrap() {
        query[key] = value.clone();
    }
    let query = serde_json::from_value(query).unwrap();
    let report = test.app.report(&test.owner, query).await.unwrap();
    let shown = report.rows.into_iter().map(|row| {
        let name = &row.dimensions[0];
        let former = name.formerly.iter();
        let former = former.map(|former| format!(" < {} {}", former.name, former.until));
        let former: String = former.collect();
        let cost = row.cells[0].value.clone().unwrap_or_default();
        format!("{}{former}: {cost}", name.label)
    });
    shown.filter(|row| !row.ends_with(": 0.00")).collect()
}

fn by(op: &str, value: &str) -> Value {
    json!({"filters": [{"dimension": "campaign", "op": op, "values": [value]}]})
}

async fn undo(test: &TestApp, import: ImportId) {
    test.app.undo_import(&test.owner, import).await.unwrap();
    test.app.run_imports_until_idle().await.unwrap();
}

/// The names of campaign 77, newest first.
async fn names(test: &TestApp) -> Vec<String> {
    let query = AdNamesQuery {
        source: "google".to_owned(),
        level: "campaign".to_owned(),
        external_id: "77".to_owned(),
    };
    let found = test.app.ad_names(&test.owner, &query).await.unwrap();
    let names = found.names.into_iter().map(|seen| seen.name);
    [found.shown].into_iter().chain(names).collect()
}

const RENAMED: [&str; 2] = ["New < Old 2026-11-01: 130.00", "Lenses: 10.00"];

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_campaign_is_one_row_and_undo_brings_its_name_back() {
    let test = TestApp::start().await;
    import(&test, OLD).await;
    assert_eq!(
        told(&test, json!({})).await,
        ["Old: 100.00", "Lenses: 7.00"]
    );
    let before = test.app.now();
    test.seeded.pass_days(1);
    let second = import(&test, NEW).await;
    assert_eq!(told(&test, json!({})).await, RENAMED);
    assert_eq!(names(&test).await, ["New", "New", "Old"]);
    for filter in [by("is", "Old"), by("contains", "ol"), by("is", "New")] {
        assert_eq!(told(&test, filter).await, RENAMED[..1]);
    }
    assert_eq!(told(&test, by("is_not", "Old")).await, RENAMED[1..]);
    let known = json!({"as_known_on": UnixMillis::rfc3339(before)});
    assert_eq!(told(&test, known).await, ["Old: 100.00", "Lenses: 7.00"]);
    let query = CostQuery {
        days: DayRange::new(Day(20_700), Day(20_800)).unwrap(),
        source: None,
        campaign: Some("New".to_owned()),
    };
    let page = PageRequest {
        after: None,
        limit: 9,
    };
    let costs = test
        .app
        .list_costs(&test.owner, &query, page)
        .await
        .unwrap();
    let costs = costs.items.iter().map(|cost| {
        let row = &cost.cost.row;
        (row.traffic.campaign.as_str(), cost.campaign.name.as_str())
    });
    let costs: Vec<(&str, &str)> = costs.collect();
    assert_eq!(costs, [("New", "New"), ("Old", "New")]);
    undo(&test, second.import.id).await;
    assert_eq!(
        told(&test, json!({})).await,
        ["Old: 100.00", "Lenses: 7.00"]
    );
    assert_eq!(names(&test).await, ["Old", "Old"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_file_imported_later_does_not_rename() {
    let test = TestApp::start().await;
    import(&test, NEW).await;
    import(&test, OLD).await;
    assert_eq!(told(&test, json!({})).await, RENAMED);
}
