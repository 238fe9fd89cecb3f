//! What people may do and see by their roles.

use app::{
    Actor, AppError, DealInput, DealQuery, ItemResult, LeadInput, LeadQuery, PageRequest,
    Permission, Role, Who,
};
use base::UserId;
use reports::{Language, Query};
use serde_json::json;

use crate::leads::send;
use crate::support::TestApp;

/// Somebody of the owner's workspace with another role.
fn person(test: &TestApp, role: Role) -> Actor {
    let who = Who::Person {
        user: UserId(1),
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

fn question(metric: &str) -> Query {
    let json = json!({"metrics": [metric], "period": {"from": "2026-03-01", "to": "2026-03-31"}});
    serde_json::from_value(json).unwrap()
}

/// Another role, and nothing else.
fn role(name: &str) -> app::MemberPatch {
    app::MemberPatch {
        role: Some(name.to_owned()),
        ..app::MemberPatch::default()
    }
}

#[tokio::test]
async fn a_role_is_given_and_taken_away_and_an_owner_stays() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let added = app.add_user(
        owner,
        "ola@shop.example",
        "a long enough password".to_owned(),
        "Ola",
        "sem",
    );
    let ola = added.await.unwrap();
    let members = app.list_members(owner).await.unwrap();
    let roles: Vec<Role> = members.iter().map(|member| member.role).collect();
    assert_eq!(roles, [Role::Owner, Role::Sem]);
    let unknown = app
        .change_member(owner, ola, 1, role("king"))
        .await
        .unwrap_err();
    assert!(
        unknown.to_string().contains("is not one of owner"),
        "{unknown}"
    );
    let mine = owner.user().unwrap();
    for left in [
        app.change_member(owner, mine, 1, role("analyst"))
            .await
            .map(drop),
        app.remove_member(owner, mine, 1).await,
    ] {
        let code = match left.unwrap_err() {
            AppError::Conflict { code, .. } => code,
            other => panic!("{other}"),
        };
        assert_eq!(code, "last_owner");
    }
    assert_eq!(
        app.list_members(owner).await.unwrap(),
        members,
        "nothing half-done"
    );
    let ola_now = app
        .change_member(owner, ola, 1, role("owner"))
        .await
        .unwrap();
    assert_eq!(ola_now.role, Role::Owner);
    for stale in [
        app.change_member(owner, ola, 1, role("smm"))
            .await
            .map(drop),
        app.remove_member(owner, ola, 1).await,
    ] {
        let what = match stale.unwrap_err() {
            AppError::EditConflict { what } => what,
            other => panic!("{other}"),
        };
        assert_eq!(what, "member");
    }
    app.remove_member(owner, mine, 1).await.unwrap();
    let gone = app.remove_member(owner, mine, 1).await.unwrap_err();
    assert!(matches!(gone, AppError::NotFound { .. }), "{gone}");
}

#[tokio::test]
async fn a_metric_that_tells_costs_or_margin_is_hidden_with_all_that_is_computed_from_it() {
    let test = TestApp::start().await;
    for (role, metric, seen) in [
        (Role::Owner, "romi", true),
        (Role::Smm, "cost", true),
        (Role::Smm, "romi", false),
        (Role::Smm, "margin", false),
        (Role::SalesManager, "leads", true),
        (Role::SalesManager, "revenue", true),
        (Role::SalesManager, "cpl", false),
        (Role::SalesManager, "cost", false),
        (Role::SalesOperator, "leads", false),
    ] {
        let actor = person(&test, role);
        let answer = test.app.report(&actor, question(metric)).await;
        assert_eq!(answer.is_ok(), seen, "{} {metric}", role.name());
        let rows = json!({
            "metric": metric, "metrics": [metric], "row": {},
            "period": {"from": "2026-03-01", "to": "2026-03-31"},
        });
        let rows = test.app.report_rows(&actor, rows).await;
        let refused = matches!(rows, Err(AppError::Forbidden { .. }));
        assert_eq!(refused, !seen, "rows of {metric} for {}", role.name());
    }
    let manager = person(&test, Role::SalesManager);
    let catalogue = test.app.catalogue(&manager, Language::En).await.unwrap();
    let hidden = |key: &str| {
        catalogue
            .metrics
            .iter()
            .any(|one| one.key == key && one.hidden)
    };
    assert!(hidden("cpl") && hidden("romi") && !hidden("leads") && !hidden("revenue"));
}

#[tokio::test]
async fn cost_of_goods_is_shown_to_who_may_see_margin() {
    let test = TestApp::start().await;
    let deal = DealInput {
        external_id: "D-1".to_owned(),
        status: "won".to_owned(),
        amount: "1000".to_owned(),
        currency: "PLN".to_owned(),
        cost_of_goods: "400".to_owned(),
        created_at: "2026-11-10T10:00:00Z".to_owned(),
        ..DealInput::default()
    };
    let saved = test.app.save_deals(&test.owner, &[deal]).await.unwrap();
    assert_eq!(saved[0].result, ItemResult::Created);
    let goods = async |actor: Actor| {
        let query = DealQuery::default();
        let listed = test.app.list_deals(&actor, &query, PageRequest::first(10));
        let sums = test.app.deal_sums(&actor, &query).await.unwrap();
        let listed = listed.await.unwrap().items[0].cost_of_goods_micros;
        assert_eq!(sums[0].cost_of_goods_micros, listed);
        listed
    };
    assert_eq!(goods(test.owner.clone()).await, Some(400_000_000));
    assert_eq!(goods(person(&test, Role::SalesManager)).await, None);
}

#[tokio::test]
async fn contacts_are_masked_and_cannot_be_searched() {
    let test = TestApp::start().await;
    let lead = LeadInput {
        name: "Jan Kowalski".to_owned(),
        phone: "+48 601 234 567".to_owned(),
        email: "jan@poczta.example".to_owned(),
        message: "call me".to_owned(),
        ..LeadInput::default()
    };
    send(&test, lead).await;
    let analyst = person(&test, Role::Analyst);
    assert!(!analyst.may(Permission::SeeContacts));
    let first = PageRequest::first(10);
    let all = LeadQuery::default();
    let seen = test.app.list_leads(&analyst, &all, first).await.unwrap();
    let details = &seen.items[0].lead.details;
    assert_eq!(details.name, "J•••");
    assert_eq!(details.phone, "•••67");
    assert_eq!(details.email, "j•••@poczta.example");
    let shown = format!("{details:?}");
    assert!(
        !shown.contains("601234567") && !shown.contains("call me"),
        "{shown}"
    );
    let id = seen.items[0].lead.id;
    let story = test.app.lead_timeline(&analyst, id).await.unwrap();
    assert_eq!(story[0].title, "J•••");
    let searched = LeadQuery {
        text: Some("Kowal".to_owned()),
        ..LeadQuery::default()
    };
    let refused = test.app.list_leads(&analyst, &searched, first).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })));
    let whole = test
        .app
        .list_leads(&test.owner, &searched, first)
        .await
        .unwrap();
    assert_eq!(whole.items[0].lead.details.name, "Jan Kowalski");
}
