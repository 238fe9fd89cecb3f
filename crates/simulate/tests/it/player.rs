//! What arrives at the doors is what the generator made, in order, within the limits.

use std::collections::{BTreeMap, BTreeSet};

use base::UnixMillis;
use simulate::{Plan, Progress, Scenario, SimulateError, Step, Summary, Truth, events, play};

use crate::stub::{Mood, Stub};

fn scenario() -> Scenario {
    Scenario {
        seed: 7,
        events: 12_000,
        days: 130,
        password: "correct horse".to_owned(),
    }
}

fn now() -> UnixMillis {
    UnixMillis::parse_rfc3339("2026-11-22T10:00:00Z").unwrap()
}

async fn played(stub: &Stub) -> Result<(Summary, Vec<Progress>), SimulateError> {
    let mut told = Vec::new();
    let summary = play(&stub.address, scenario(), now(), |progress| {
        told.push(progress);
    })
    .await?;
    Ok((summary, told))
}

#[tokio::test]
async fn everything_generated_arrives_once_and_in_order() {
    let stub = Stub::start(Mood::Busy).await;
    let (summary, _) = played(&stub).await.unwrap();
    let told = stub.told();
    assert_eq!(told.strangers, 0, "{:?}", told.requests);

    let mut sent: BTreeSet<String> = events(&scenario(), now()).map(|event| event.id).collect();
    assert_eq!(told.events.len(), sent.len());
    assert_eq!(
        summary.sent.events.accepted,
        u64::try_from(sent.len()).unwrap()
    );
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    for event in &told.events {
        assert!(sent.remove(event["id"].as_str().unwrap()), "{event}");
        if let Some(visitor) = event["visitor"].as_str() {
            let at = event["at"].as_str().unwrap();
            assert!(
                last.insert(visitor, at).is_none_or(|before| before < at),
                "{event}"
            );
        }
    }
    assert!(told.largest_batch.0 <= 1000 && told.largest_batch.1 <= 512 * 1024);

    let plan = Plan::new(&scenario(), now());
    let leads = plan
        .range()
        .days()
        .map(|day| plan.leads(day).count())
        .sum::<usize>();
    assert_eq!(told.leads.len(), leads);
    let payments = plan.range().days().flat_map(|day| plan.deals(day));
    let payments: usize = payments.map(|deal| deal.payments.len()).sum();
    assert_eq!(told.payments.len(), payments);
    let by_door = plan
        .range()
        .days()
        .filter(|day| *day >= plan.deals_by_door_from());
    assert_eq!(
        told.deals.len(),
        by_door.flat_map(|day| plan.deals(day)).count()
    );
    assert_eq!(summary.truth, Truth::of(&plan));
}

#[tokio::test]
async fn files_bills_and_meanings_arrive_too() {
    let stub = Stub::start(Mood::Fresh).await;
    let (summary, progress) = played(&stub).await.unwrap();
    let told = stub.told();
    let kinds = |kind: &str| {
        let imports = told.imports.iter().filter(|import| import["kind"] == kind);
        u64::try_from(imports.count()).unwrap()
    };
    assert_eq!(kinds("costs"), summary.sent.cost_files);
    assert_eq!(kinds("deals"), summary.sent.deal_files);
    assert_eq!((summary.sent.cost_files, summary.sent.deal_files), (8, 1));
    assert_eq!(told.uploads.len(), told.imports.len());
    assert!(
        told.imports
            .iter()
            .all(|import| import["upload_id"] == "u1")
    );
    assert_eq!(told.manual_costs.len(), 6);
    assert_eq!(told.statuses["items"].as_array().map(Vec::len), Some(5));
    assert_eq!(told.marks, summary.sent.lead_statuses);
    assert!(told.marks > 0);
    assert_eq!((told.clicks, summary.sent.live_clicks), (40, 40));
    assert_eq!(summary.sent.live_events, 160);
    assert_eq!(summary.site_id, 4);

    let steps: Vec<Step> = progress.iter().map(|told| told.step).collect();
    assert!(steps.is_sorted());
    assert!(progress.iter().all(|told| told.done <= told.total));
    let ends = |step: Step| {
        progress
            .iter()
            .rfind(|told| told.step == step)
            .copied()
            .unwrap()
    };
    for step in [
        Step::SetUp,
        Step::Costs,
        Step::Events,
        Step::Leads,
        Step::Payments,
        Step::Live,
    ] {
        assert_eq!(ends(step).done, ends(step).total, "{step:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_set_up_already_is_left_alone() {
    let stub = Stub::start(Mood::SetUpAlready).await;
    let error = played(&stub).await.unwrap_err();
    assert!(matches!(&error, SimulateError::Refused { code, .. } if code == "already_set_up"));
    assert_eq!(stub.told().requests.len(), 1);
}

#[tokio::test]
async fn a_refused_batch_ends_the_play_with_the_servers_own_words() {
    let stub = Stub::start(Mood::Refusing).await;
    let error = played(&stub).await.unwrap_err();
    assert!(matches!(&error, SimulateError::Refused { code, .. } if code == "unauthenticated"));
    assert!(stub.told().leads.is_empty());
}

#[tokio::test]
async fn what_is_no_address_is_refused_before_anything_is_sent() {
    for address in [
        "",
        "optics",
        "https://127.0.0.1",
        "http://127.0.0.1/api",
        "http://",
    ] {
        let error = play(address, scenario(), now(), |_| {}).await.unwrap_err();
        assert!(
            matches!(error, SimulateError::Address { .. }),
            "{address}: {error}"
        );
    }
}
