//! The audit log: what people do and look at stands in it, once, in the order of doing.

use app::audit::{Act, AuditQuery, within};
use app::{Actor, LeadQuery, LinkInput, LinkPatch, Origin, PageRequest, Role, Who};
use base::UserId;
use serde_json::{Value, json};

use crate::leads::{lead, send};
use crate::support::TestApp;

/// Act, object and details of every entry but those of the set-up, oldest first.
async fn told(test: &TestApp) -> Vec<(String, String, Value)> {
    let entries = test.app.audit_log_after(&test.owner, 0).await.unwrap();
    let told = entries.into_iter().skip(2).map(|entry| {
        let details = serde_json::from_str(&entry.said.details).unwrap();
        (entry.said.act, entry.said.object, details)
    });
    told.collect()
}

fn link() -> LinkInput {
    LinkInput {
        slug: Some("spring".to_owned()),
        name: "Spring".to_owned(),
        target: "https://shop.example/".to_owned(),
        ..LinkInput::default()
    }
}

fn entry(act: Act, object: &str, details: Value) -> (String, String, Value) {
    (act.name().to_owned(), object.to_owned(), details)
}

#[tokio::test]
async fn a_change_is_told_with_what_it_was_and_what_it_is() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let link = app.create_link(owner, &link()).await.unwrap();
    let patch = LinkPatch {
        name: Some("Summer".to_owned()),
        ..LinkPatch::default()
    };
    let id = link.id.to_string();
    app.update_link(owner, link.id, link.version, patch)
        .await
        .unwrap();
    let stale = LinkPatch {
        name: Some("Lost".to_owned()),
        ..LinkPatch::default()
    };
    let lost = app.update_link(owner, link.id, link.version, stale).await;
    assert!(lost.is_err(), "what was not done is not told of");
    assert_eq!(
        told(&test).await,
        [
            entry(Act::LinkCreated, &id, json!({"slug": "spring"})),
            entry(Act::LinkChanged, &id, json!({"name": ["Spring", "Summer"]})),
        ]
    );
}

#[tokio::test]
async fn looks_at_personal_data_are_told_of_those_who_see_it() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let received = send(&test, lead("+48 600 100 200")).await;
    let page = PageRequest::first(9);
    let query = LeadQuery::default();
    let masked = Actor {
        who: Who::Person {
            user: UserId(1),
            name: "Sam".to_owned(),
            role: Role::Analyst,
            sight: app::Sight::default(),
            session: None,
        },
        ..owner.clone()
    };
    for who in [owner, &masked, &Actor::system(owner.workspace)] {
        app.list_leads(who, &query, page).await.unwrap();
        app.lead(who, received.id).await.unwrap();
    }
    let id = received.id.to_string();
    let told = told(&test).await;
    assert_eq!(
        told[told.len() - 2..],
        [
            entry(Act::LeadsListed, "", json!({"rows": 1})),
            entry(Act::LeadRead, &id, json!({})),
        ]
    );
    let looks = told.iter().filter(|(act, ..)| act.starts_with("lead"));
    let text = serde_json::to_string(&told).unwrap();
    assert!(looks.count() <= 3, "{text}");
    assert!(
        !text.contains("600100200") && !text.contains("Anna"),
        "{text}"
    );
}

#[tokio::test]
async fn sign_ins_are_told_where_they_came_from_and_whether_they_failed() {
    let test = TestApp::start().await;
    let app = &test.app;
    let origin = Origin {
        user_agent: String::new(),
        network: "203.0.113.0/24".to_owned(),
    };
    let email = "owner@shop.example";
    let wrong = app.sign_in(email, "a wrong password".to_owned(), None, &origin);
    let (refused, is_noted) = within(origin.network.clone(), wrong).await;
    assert!(refused.is_err() && is_noted);
    let entries = app.audit_log_after(&test.owner, 0).await.unwrap();
    let last = &entries.last().unwrap().said;
    assert_eq!(
        (last.act.as_str(), last.network.as_str()),
        (Act::SignInFailed.name(), "203.0.113.0/24")
    );
    let nobody = app.sign_in(
        "nobody@shop.example",
        "whatever it is".to_owned(),
        None,
        &origin,
    );
    assert!(nobody.await.is_err());
    let later = app.audit_log_after(&test.owner, 0).await.unwrap();
    assert_eq!(later.len(), entries.len());
}

#[tokio::test]
async fn a_walk_finds_the_chain_whole_and_knows_an_earlier_head() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let early = app.verify_audit_log(owner, None).await.unwrap();
    app.create_link(owner, &link()).await.unwrap();
    let late = app
        .verify_audit_log(owner, Some(&early.head))
        .await
        .unwrap();
    assert!(late.is_whole() && late.entries == early.entries + 1);
    let mut other = early.head.to_string();
    other.replace_range(2..3, "z");
    let missed = app
        .verify_audit_log(owner, Some(&other.parse().unwrap()))
        .await
        .unwrap();
    assert!(missed.misses_head && !missed.is_whole());
    assert!("twelve".parse::<app::audit::Head>().is_err());
}

#[tokio::test]
async fn the_log_is_read_by_whom_it_is_for() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    app.create_link(owner, &link()).await.unwrap();
    let page = PageRequest::first(9);
    let query = AuditQuery {
        act: Some(Act::LinkCreated.name().to_owned()),
        person: owner.user(),
        ..AuditQuery::default()
    };
    let found = app.audit_log(owner, &query, page).await.unwrap();
    assert_eq!(found.items.len(), 1);
    let seller = Actor {
        who: Who::Person {
            user: UserId(1),
            name: "Sam".to_owned(),
            role: Role::SalesManager,
            sight: app::Sight::default(),
            session: None,
        },
        ..owner.clone()
    };
    assert!(app.audit_log(&seller, &query, page).await.is_err());
    assert!(app.verify_audit_log(&seller, None).await.is_err());
}
