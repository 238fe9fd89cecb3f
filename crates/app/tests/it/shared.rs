//! What whoever has a share link is shown, and what they cannot keep up.

use std::sync::Arc;

use app::{AppError, Origin, SavedViewInput, ShareInput, SharedView, WorkspacePatch};
use reports::{Language, View};
use serde_json::json;

use crate::leads::{lead, send};
use crate::support::TestApp;

async fn secret(test: &TestApp) -> String {
    let view: View = serde_json::from_value(json!({
        "screen": "reports",
        "period": {"moving": "last_30"},
        "metrics": ["leads"],
        "dimensions": ["channel"],
    }))
    .unwrap();
    let saved = SavedViewInput {
        name: "Leads".to_owned(),
        is_shared: false,
        is_default: false,
        view,
    };
    let saved = test.app.create_saved_view(&test.owner, saved).await;
    let input = ShareInput {
        view: saved.unwrap().saved.id,
        days: 30,
        password: String::new(),
        metrics: None,
    };
    let (_, url) = test.app.share(&test.owner, input).await.unwrap();
    url.split_once('#').unwrap().1.to_owned()
}

async fn look(test: &TestApp, secret: &str, network: &str) -> Result<Arc<SharedView>, AppError> {
    let origin = Origin {
        network: network.to_owned(),
        ..Origin::default()
    };
    let password = String::new();
    let opened = test
        .app
        .open_shared(secret, password, Language::En, &origin);
    opened.await
}

fn leads(shown: &SharedView) -> String {
    let totals = shown.table.totals.as_deref().unwrap_or_default();
    totals[0].value.clone().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_a_minute_is_kept_for_everybody_who_looks_within_it() {
    let test = TestApp::start().await;
    let secret = secret(&test).await;
    let first = look(&test, &secret, "a").await.unwrap();
    send(&test, lead("512 345 678")).await;
    test.settle().await;
    let second = look(&test, &secret, "b").await.unwrap();
    assert!(Arc::ptr_eq(&first, &second), "nothing was asked again");
    test.seeded.pass_days(1);
    let next = look(&test, &secret, "b").await.unwrap();
    assert_eq!(
        (leads(&first), leads(&next)),
        ("0".to_owned(), "1".to_owned())
    );
    let links = test.app.list_share_links(&test.owner).await.unwrap();
    assert_eq!(links[0].link.looks, 3, "each look counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_too_often_shuts_out_their_own_network_alone() {
    let test = TestApp::start().await;
    let secret = secret(&test).await;
    for _ in 0..60 {
        look(&test, &secret, "a").await.unwrap();
    }
    let refused = look(&test, &secret, "a").await;
    assert!(matches!(refused, Err(AppError::TooManyAttempts { .. })));
    look(&test, &secret, "b").await.unwrap();
    let links = test.app.list_share_links(&test.owner).await.unwrap();
    assert_eq!(links[0].link.looks, 61, "a look that is refused is none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_maker_who_is_not_let_in_without_a_second_factor_shows_nothing() {
    let test = TestApp::start().await;
    let secret = secret(&test).await;
    look(&test, &secret, "a").await.unwrap();
    let patch = WorkspacePatch {
        second_factor_roles: Some(vec!["owner".to_owned()]),
        ..WorkspacePatch::default()
    };
    let asked = test.app.update_workspace(&test.owner, 1, patch).await;
    asked.unwrap();
    let refused = look(&test, &secret, "a")
        .await
        .map(|shown| shown.name.clone());
    let code = match &refused {
        Err(AppError::Conflict { code, .. }) => *code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code, "link_expired");
}
