//! A fixed set of reports: what they say when a back-up is made has to be said again by whoever
//! restores it.

use anyhow::Context as _;
use app::{Actor, App};
use base::{TimeZone, UnixMillis, WorkspaceId};
use reports::Query;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const METRICS: [&str; 8] = [
    "clicks",
    "visits",
    "page_views",
    "leads",
    "deals",
    "sales",
    "revenue",
    "cost",
];
/// Days that the reports go back.
const DAYS: i32 = 1_000;
/// Sources that are compared one by one; the totals hold all of them.
const ROWS_MAX: usize = 200;

/// What a report has said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NotedReport {
    pub(crate) workspace: i64,
    pub(crate) question: Value,
    pub(crate) rows: Value,
    pub(crate) totals: Value,
}

/// Asks every report of every workspace.
pub(super) async fn ask_all(app: &App, now: UnixMillis) -> anyhow::Result<Vec<NotedReport>> {
    let today = "UTC".parse::<TimeZone>()?.day_of(now);
    let period = json!({
        "from": today.plus_days(-DAYS).to_string(),
        "to": today.plus_days(1).to_string(),
        "time_zone": "UTC",
    });
    let by_source = json!({
        "metrics": METRICS, "dimensions": ["source"], "period": period, "limit": ROWS_MAX,
    });
    let by_month = json!({"metrics": METRICS, "bucket": "month", "period": period});
    let mut noted = Vec::new();
    for workspace in app.workspace_ids().await? {
        for question in [&by_source, &by_month] {
            noted.push(ask(app, workspace.0, question.clone()).await?);
        }
    }
    Ok(noted)
}

/// Asks a report again.
pub(super) async fn ask_again(app: &App, noted: &NotedReport) -> anyhow::Result<NotedReport> {
    ask(app, noted.workspace, noted.question.clone()).await
}

async fn ask(app: &App, workspace: i64, question: Value) -> anyhow::Result<NotedReport> {
    let actor = Actor::system(WorkspaceId(workspace));
    let query: Query = serde_json::from_value(question.clone()).context("an unknown report")?;
    let report = app.report(&actor, query).await?;
    Ok(NotedReport {
        workspace,
        question,
        rows: serde_json::to_value(&report.rows)?,
        totals: serde_json::to_value(&report.totals)?,
    })
}
