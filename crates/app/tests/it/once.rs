//! Requests with a key: whatever is broken off between work and answer, the work is done once.

use std::task::Poll;

use app::{Actor, App, AppError, LeadQuery, LinkInput, PageRequest, RawLead, Turn};
use store::lead_requests::{NewLeadRequest, insert_lead_request};

use crate::leads::{lead, send};
use crate::support::TestApp;

const KEY: &str = "key-1";

fn link() -> LinkInput {
    LinkInput {
        name: "Sale".to_owned(),
        target: "https://optics.example/".to_owned(),
        ..LinkInput::default()
    }
}

/// What a sender is told: its answer, be it new or repeated, or the id of a link alone.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Now(i64),
    Again(i64),
    IdAlone(i64),
}

/// Makes a link under the key, as the HTTP edge does.
async fn make_link(app: &App, actor: &Actor) -> Result<Told, AppError> {
    let ticket = match app.claim_request(actor, KEY, b"link").await? {
        Turn::Work(ticket) => ticket,
        Turn::Answered { body, .. } => {
            return Ok(Told::Again(
                String::from_utf8(body).unwrap().parse().unwrap(),
            ));
        }
        Turn::Unanswered { made } => return Ok(Told::IdAlone(made.unwrap())),
    };
    let link = ticket.within(app.create_link(actor, &link())).await?;
    let answer = link.id.0.to_string();
    app.remember_answer(ticket, 201, answer.as_bytes()).await?;
    Ok(Told::Now(link.id.0))
}

async fn links(test: &TestApp) -> Vec<i64> {
    let page = PageRequest::first(10);
    let found = test.app.list_links(&test.owner, page).await.unwrap();
    found.items.iter().map(|link| link.id.0).collect()
}

/// Breaks a request off after so many looks at it; whether it had ended before.
async fn break_off(test: &TestApp, polls: usize) -> bool {
    let mut left = polls;
    let mut making = std::pin::pin!(make_link(&test.app, &test.owner));
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        making.as_mut().poll(context).map(|told| told.is_ok())
    })
    .await
}

/// The request is broken off, perhaps the program with it, and is sent again until it is answered.
async fn check_broken_off(polls: usize, crash: bool) -> bool {
    let mut test = TestApp::start().await;
    let ended = break_off(&test, polls).await;
    if crash {
        test = test.restart().await;
    }
    let told = make_link(&test.app, &test.owner).await.unwrap();
    let (Told::Now(id) | Told::Again(id) | Told::IdAlone(id)) = told;
    assert_eq!(links(&test).await, [id], "after {polls} polls");
    let again = make_link(&test.app, &test.owner).await.unwrap();
    let as_before = match told {
        Told::Now(_) => Told::Again(id),
        told => told,
    };
    assert_eq!(again, as_before, "after {polls} polls");
    assert_eq!(links(&test).await, [id], "after {polls} polls");
    ended
}

async fn check_every_break(crash: bool) {
    for polls in 0..1_000 {
        if check_broken_off(polls, crash).await {
            return;
        }
    }
    panic!("the request never ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_sender_broke_off_anywhere_is_done_once() {
    check_every_break(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_a_crash_broke_off_anywhere_is_done_once() {
    check_every_break(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_nobody_elses() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let Turn::Work(ticket) = app.claim_request(owner, KEY, b"link").await.unwrap() else {
        panic!("the first request works");
    };
    let refused = |error: AppError| match error {
        AppError::Conflict { code, .. } => code,
        other => panic!("{other}"),
    };
    let same = app.claim_request(owner, KEY, b"link").await;
    assert_eq!(same.map_err(refused).unwrap_err(), "request_in_progress");
    let other = app.claim_request(owner, KEY, b"other").await;
    assert_eq!(other.map_err(refused).unwrap_err(), "key_reused");
    app.forget_request(ticket).await.unwrap();
    assert!(matches!(make_link(app, owner).await, Ok(Told::Now(_))));
    let other = app.claim_request(owner, KEY, b"other").await;
    assert_eq!(other.map_err(refused).unwrap_err(), "key_reused");
}

/// An actor of a new API key.
async fn key_actor(test: &TestApp, name: &str) -> Actor {
    let scopes = ["all".to_owned()];
    let made = test
        .app
        .create_api_key(&test.owner, name, &scopes, None, None)
        .await;
    let (_, secret) = made.unwrap();
    test.app.actor_of_key(&secret).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_told_to_its_sender_alone() {
    let test = TestApp::start().await;
    let (ours, theirs) = (
        key_actor(&test, "shop").await,
        key_actor(&test, "shop").await,
    );
    assert!(matches!(
        make_link(&test.app, &ours).await,
        Ok(Told::Now(_))
    ));
    assert!(matches!(
        make_link(&test.app, &ours).await,
        Ok(Told::Again(_))
    ));
    for other in [&theirs, &test.owner] {
        let refused = make_link(&test.app, other).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "this key was used for a different request"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_without_keeping_its_answer_is_told_by_the_id() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let claim = || async {
        match app.claim_request(owner, KEY, b"link").await.unwrap() {
            Turn::Work(ticket) => ticket,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(app.forget_request(claim().await).await.unwrap(), None);
    let ticket = claim().await;
    let made = ticket
        .within(app.create_link(owner, &link()))
        .await
        .unwrap();
    let done = app.forget_request(ticket).await.unwrap().unwrap();
    assert_eq!(done.made, Some(made.id.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_after_the_work_leaves_the_key_used() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let Turn::Work(ticket) = app.claim_request(owner, KEY, b"link").await.unwrap() else {
        panic!("the first request works");
    };
    let made = ticket
        .within(app.create_link(owner, &link()))
        .await
        .unwrap();
    app.forget_request(ticket).await.unwrap();
    assert_eq!(
        make_link(app, owner).await.unwrap(),
        Told::IdAlone(made.id.0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_in_a_crash_is_told_by_the_id() {
    let test = TestApp::start().await;
    let Turn::Work(ticket) = test
        .app
        .claim_request(&test.owner, KEY, b"link")
        .await
        .unwrap()
    else {
        panic!("the first request works");
    };
    let input = link();
    let work = test.app.create_link(&test.owner, &input);
    let made = ticket.within(work).await.unwrap();
    drop(ticket);
    let test = test.restart().await;
    let told = make_link(&test.app, &test.owner).await.unwrap();
    assert_eq!(told, Told::IdAlone(made.id.0));
    assert_eq!(links(&test).await, [made.id.0]);
}

/// Stores a lead's request as a program does that is stopped right after it.
async fn leave_request(test: &TestApp) {
    let request = NewLeadRequest {
        door: "api".to_owned(),
        body: b"512 345 678".to_vec(),
        headers: serde_json::json!({}),
        received_at: test.app.now(),
        request_key: Some(KEY.to_owned()),
    };
    let mut tx = test.app.store().begin().await.unwrap();
    let stored = insert_lead_request(&mut tx, test.owner.workspace, &request);
    stored.await.unwrap();
    tx.commit().await.unwrap();
}

/// Judges what was left behind; returns the ids of all leads.
async fn reread(test: &TestApp) -> Vec<i64> {
    let read = |raw: &RawLead| Ok(lead(std::str::from_utf8(&raw.body).unwrap()));
    let last = test.app.newest_lead_request().await.unwrap();
    let reread = test.app.reread_lead_requests(last, read).await;
    assert_eq!(reread.unwrap(), 1);
    let query = LeadQuery::default();
    let page = PageRequest::first(10);
    let found = test
        .app
        .list_leads(&test.owner, &query, page)
        .await
        .unwrap();
    found.items.iter().map(|view| view.lead.id.0).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_was_judged_after_a_crash_answers_its_retry() {
    let test = TestApp::start().await;
    drop(
        test.app
            .claim_request(&test.owner, KEY, b"link")
            .await
            .unwrap(),
    );
    leave_request(&test).await;
    assert_eq!(reread(&test).await, [1]);
    let told = make_link(&test.app, &test.owner).await.unwrap();
    assert_eq!(told, Told::IdAlone(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_sent_again_is_not_judged_once_more() {
    let test = TestApp::start().await;
    leave_request(&test).await;
    let Turn::Work(ticket) = test
        .app
        .claim_request(&test.owner, KEY, b"lead")
        .await
        .unwrap()
    else {
        panic!("the first request works");
    };
    let sending = Box::pin(send(&test, lead("512 345 678")));
    let sent = ticket.within(sending).await;
    test.app.remember_answer(ticket, 201, b"{}").await.unwrap();
    assert_eq!(reread(&test).await, [sent.id.0]);
}
