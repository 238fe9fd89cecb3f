//! A visitor's path, by what whoever reads it may see, and what is noted of the reading.

use std::collections::BTreeSet;

use app::audit::Act;
use app::{
    Actor, Breadth, DealInput, LeadInput, MemberPatch, Origin, Role, TimelineItem, TimelineKind,
    Who,
};
use base::{Fact, FactId, LeadId, Outcome, OutcomeKind};
use reports::{Visits, VisitsRequest};
use serde_json::json;
use warehouse::Batch;

use crate::leads::{VISIT, VISITOR, lead, load_visit, send};
use crate::support::TestApp;

const PASSWORD: &str = "correct horse battery";

/// The path of a visitor who became a lead and bought.
async fn bought(test: &TestApp) -> LeadId {
    load_visit(test);
    let input = LeadInput {
        external_id: "L-1".to_owned(),
        visit: VISIT.to_string(),
        ..lead("601 234 567")
    };
    let found = send(test, input).await.id;
    save_deal(test, "won").await;
    found
}

async fn save_deal(test: &TestApp, status: &str) {
    let deal = DealInput {
        external_id: "D-1".to_owned(),
        title: "Lenses for Anna".to_owned(),
        status: status.to_owned(),
        amount: "1000".to_owned(),
        created_at: test.app.now().rfc3339(),
        lead_external_id: "L-1".to_owned(),
        ..DealInput::default()
    };
    test.app.save_deals(&test.owner, &[deal]).await.unwrap();
    test.settle().await;
}

/// Somebody of the owner's workspace with another role.
fn person(test: &TestApp, role: Role) -> Actor {
    let who = Who::Person {
        user: test.owner.user().unwrap(),
        name: role.title().to_owned(),
        role,
        sight: app::Sight::default(),
        session: None,
    };
    Actor {
        who,
        ..test.owner.clone()
    }
}

async fn path(test: &TestApp, actor: &Actor) -> Vec<TimelineItem> {
    let path = test.app.visitor_timeline(actor, &VISITOR.to_string()).await;
    path.unwrap()
}

fn kinds(path: &[TimelineItem]) -> BTreeSet<TimelineKind> {
    path.iter().map(|item| item.kind).collect()
}

/// Objects of the entries of an act.
async fn noted(test: &TestApp, act: Act) -> Vec<String> {
    let entries = test.app.audit_log_after(&test.owner, 0).await.unwrap();
    let of_act = entries
        .into_iter()
        .filter(|entry| entry.said.act == act.name());
    of_act.map(|entry| entry.said.object).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_are_told_to_who_reads_leads_and_deals_to_who_reads_deals() {
    let test = TestApp::start().await;
    bought(&test).await;
    for (role, leads, deals, name) in [
        (Role::Owner, true, true, "Anna"),
        (Role::Performance, true, true, "A•••"),
        (Role::Smm, true, false, "Anna"),
        (Role::Sem, true, false, "A•••"),
        (Role::Seo, false, false, ""),
        (Role::Accountant, false, false, ""),
    ] {
        let actor = person(&test, role);
        let told = path(&test, &actor).await;
        let kinds = kinds(&told);
        assert!(kinds.contains(&TimelineKind::PageView), "{role:?}");
        assert_eq!(kinds.contains(&TimelineKind::Lead), leads, "{role:?}");
        assert_eq!(kinds.contains(&TimelineKind::Deal), deals, "{role:?}");
        let called = told.iter().find(|item| item.kind == TimelineKind::Lead);
        assert_eq!(called.map_or("", |item| &item.title), name, "{role:?}");
        let request = json!({"period": {"from": "2020-01-01", "to": "2030-01-01"}});
        let request: VisitsRequest = serde_json::from_value(request).unwrap();
        let asked = test.app.visits(&actor, request).await;
        let Visits { items, .. } = asked.unwrap();
        assert_eq!(items[0].became.is_some(), leads && deals, "{role:?}");
    }
    for role in [Role::Partner, Role::Advertiser, Role::SalesOperator] {
        let actor = person(&test, role);
        let visitor = VISITOR.to_string();
        let refused = test.app.visitor_timeline(&actor, &visitor).await;
        assert!(refused.is_err(), "{role:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_behind_sales_name_deals_to_who_reads_deals_and_leads_to_who_reads_leads() {
    let test = TestApp::start().await;
    bought(&test).await;
    save_deal(&test, "paid").await;
    for (role, leads, deals) in [
        (Role::Owner, true, true),
        (Role::Sem, true, false),
        (Role::Seo, false, false),
    ] {
        let period = json!({"from": "2020-01-01", "to": "2030-01-01"});
        let asked = json!({"period": period, "metric": "sales", "metrics": ["sales"], "row": {}});
        let behind = test.app.report_rows(&person(&test, role), asked).await;
        let behind = behind.unwrap();
        assert_eq!(behind.rows.len(), 1, "{role:?}");
        for (column, is_seen) in [("lead", leads), ("deal", deals)] {
            let is_named = behind
                .names
                .get(column)
                .is_some_and(|names| !names.is_empty());
            let seen = (!behind.ids(column).is_empty(), is_named);
            assert_eq!(seen, (is_seen, is_seen), "{role:?} {column}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_of_a_lead_leaves_deals_out_for_who_reads_none() {
    let test = TestApp::start().await;
    let found = bought(&test).await;
    for (role, deals) in [(Role::Performance, true), (Role::Email, false)] {
        let story = test.app.lead_timeline(&person(&test, role), found).await;
        let kinds = kinds(&story.unwrap());
        assert_eq!(kinds.contains(&TimelineKind::Deal), deals, "{role:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reading_of_a_path_is_noted_and_of_leads_whose_contacts_are_seen() {
    let test = TestApp::start().await;
    let found = bought(&test).await;
    path(&test, &person(&test, Role::Analyst)).await;
    assert_eq!(noted(&test, Act::VisitorRead).await, [VISITOR.to_string()]);
    assert!(noted(&test, Act::LeadRead).await.is_empty());
    path(&test, &test.owner).await;
    assert_eq!(noted(&test, Act::VisitorRead).await.len(), 2);
    assert_eq!(noted(&test, Act::LeadRead).await, [found.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_holds_the_leads_within_reach_only() {
    let test = TestApp::start().await;
    let found = bought(&test).await;
    let (app, owner) = (&test.app, &test.owner);
    let email = "me@shop.example";
    let me = app.add_user(owner, email, PASSWORD.to_owned(), "Me", "sales_manager");
    let me = me.await.unwrap();
    let own = MemberPatch {
        breadth: Some(Some(Breadth::Own.name().to_owned())),
        ..MemberPatch::default()
    };
    app.change_member(owner, me, 1, own).await.unwrap();
    let from = Origin::default();
    let signed_in = app.sign_in(email, PASSWORD.to_owned(), None, &from).await;
    let session = app.session(&signed_in.unwrap().token).await.unwrap();
    let actor = app.actor_of(&session, None).await.unwrap();
    let told = kinds(&path(&test, &actor).await);
    assert!(!told.contains(&TimelineKind::Lead) && !told.contains(&TimelineKind::Deal));
    app.assign_lead(owner, found, 1, Some(me)).await.unwrap();
    let told = kinds(&path(&test, &actor).await);
    assert!(told.contains(&TimelineKind::Lead) && told.contains(&TimelineKind::Deal));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_was_found_to_be_somebody_elses_leaves_the_path() {
    let test = TestApp::start().await;
    bought(&test).await;
    let moved = send(&test, lead("601 234 999")).await.id;
    let at = test.app.now();
    // It was posted to this visitor and taken back: both facts stay.
    let fact = |leads: i32| {
        Fact::Outcome(Box::new(Outcome {
            id: FactId(u128::from(leads.unsigned_abs()) + u128::from(leads > 0)),
            workspace: test.owner.workspace,
            kind: OutcomeKind::Lead,
            at,
            recorded: at,
            created: at,
            lead: Some(moved),
            deal: None,
            visitor: Some(VISITOR),
            visit: Some(VISIT),
            declared: None,
            leads,
            qualified: 0,
            deals: 0,
            sales: 0,
            customers: 0,
            revenue_micros: 0,
            vat_micros: 0,
            refunds_micros: 0,
            cost_of_goods_micros: 0,
        }))
    };
    let batch = Batch {
        facts: vec![fact(1), fact(-1)],
        ..Batch::default()
    };
    let labels = test.app.labels();
    test.app.warehouse().load(&batch, labels.as_ref()).unwrap();
    let told = path(&test, &test.owner).await;
    let leads = told.iter().filter(|item| item.kind == TimelineKind::Lead);
    assert_eq!(leads.count(), 1, "the other is of nobody who is known");
}
