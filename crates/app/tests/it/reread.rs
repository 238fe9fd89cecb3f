//! Requests of leads that were stored and not come to: tried again, and passed over one by one.

use app::{AppError, LeadInput, RawLead};
use store::LeadRequestId;
use store::lead_requests::{NewLeadRequest, insert_lead_request, load_lead_request};

use crate::leads::lead;
use crate::support::TestApp;

const PHONES: [&str; 3] = ["512 345 601", "512 345 602", "512 345 603"];

/// A program with three requests that nobody has come to, and the newest of them.
async fn left_behind() -> (TestApp, LeadRequestId) {
    let test = TestApp::start().await;
    let mut tx = test.app.store().begin().await.unwrap();
    for phone in PHONES {
        let request = NewLeadRequest {
            door: "form".to_owned(),
            body: phone.as_bytes().to_vec(),
            headers: serde_json::json!({}),
            received_at: test.app.now(),
            request_key: None,
        };
        let stored = insert_lead_request(&mut tx, test.owner.workspace, &request).await;
        stored.unwrap();
    }
    tx.commit().await.unwrap();
    let last = test.app.newest_lead_request().await.unwrap();
    (test, last)
}

fn phone_of(raw: &RawLead) -> &str {
    std::str::from_utf8(&raw.body).unwrap()
}

/// Reads every request but the second, with which this happens.
fn but_the_second(
    error: fn() -> AppError,
) -> impl Fn(&RawLead) -> Result<LeadInput, AppError> + Send + Sync {
    move |raw| match phone_of(raw) {
        phone if phone == PHONES[1] => Err(error()),
        phone => Ok(lead(phone)),
    }
}

async fn states(test: &TestApp) -> Vec<String> {
    let mut connection = test.app.store().read().await.unwrap();
    let mut states = Vec::new();
    for id in 1..=3 {
        let workspace = test.owner.workspace;
        let request = load_lead_request(&mut connection, workspace, LeadRequestId(id)).await;
        states.push(request.unwrap().state);
    }
    states
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_stops_while_the_store_is_away_and_goes_on_with_what_is_left() {
    let (test, last) = left_behind().await;
    let away = but_the_second(|| AppError::Unavailable {
        code: "store_away",
        detail: "the store is away".to_owned(),
    });
    let stopped = test.app.reread_lead_requests(last, away).await;
    assert!(
        matches!(stopped, Err(AppError::Unavailable { .. })),
        "{stopped:?}"
    );
    assert_eq!(states(&test).await, ["done", "received", "received"]);
    let back = |raw: &RawLead| Ok(lead(phone_of(raw)));
    let reread = test.app.reread_lead_requests(last, back).await;
    assert_eq!(reread.unwrap(), 2);
    assert_eq!(states(&test).await, ["done", "done", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_cannot_be_judged_stays_and_the_others_become_leads() {
    let (test, last) = left_behind().await;
    let broken = but_the_second(|| AppError::NotFound { what: "workspace" });
    let reread = test.app.reread_lead_requests(last, broken).await;
    assert_eq!(reread.unwrap(), 2);
    assert_eq!(states(&test).await, ["done", "received", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_says_nothing_of_use_is_refused_for_ever() {
    let (test, last) = left_behind().await;
    let useless = || AppError::invalid("phone", "missing", "give a number");
    let reread = test.app.reread_lead_requests(last, but_the_second(useless));
    assert_eq!(reread.await.unwrap(), 3);
    assert_eq!(states(&test).await, ["done", "failed", "done"]);
    let again = test.app.reread_lead_requests(last, but_the_second(useless));
    assert_eq!(again.await.unwrap(), 0);
}
