//! A platform that tells no clicks has not said that there were none.

use serde_json::json;

use crate::imports::{import, queue};
use crate::support::TestApp;

const UNTOLD: &str = "Day,Campaign,Campaign ID,Ad group,Currency code,Impr.,Cost\n\
    2026-11-01,Radio,1,,PLN,1000,50.00\n";
const ZERO: &str = "2026-11-01,Radio,1,,PLN,1000,0,50.00\n";

async fn import_untold(test: &TestApp) {
    queue(test, UNTOLD).await;
    test.app.run_imports_until_idle().await.unwrap();
}

/// Impressions, clicks, spend and the click rate with the reason for its lack.
async fn report(test: &TestApp) -> Vec<String> {
    test.settle().await;
    let query = json!({
        "metrics": ["impressions", "ad_clicks", "cost", "ctr"],
        "period": {"from": "2026-11-01", "to": "2026-11-02"},
    });
    let query = serde_json::from_value(query).unwrap();
    let report = test.app.report(&test.owner, query).await.unwrap();
    let cells = report.totals.unwrap().into_iter();
    cells
        .map(|cell| {
            cell.value
                .or(cell.reason.map(str::to_owned))
                .unwrap_or_default()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_clicks_has_no_click_rate_and_one_with_zero_clicks_has_a_rate_of_zero() {
    let test = TestApp::start().await;
    import_untold(&test).await;
    assert_eq!(
        report(&test).await,
        ["1000", "0", "50.00", "zero_denominator"]
    );
    let costs = test.ask("select impressions, clicks, cost_micros from costs");
    assert_eq!(costs, ["1000||50000000"]);
    import(&test, ZERO).await;
    assert_eq!(report(&test).await, ["1000", "0", "50.00", "0.00"]);
    import(&test, &ZERO.replace("1000,0,", "1000,20,")).await;
    assert_eq!(report(&test).await, ["1000", "20", "50.00", "2.00"]);
    import_untold(&test).await;
    assert_eq!(
        report(&test).await,
        ["1000", "0", "50.00", "zero_denominator"]
    );
}
