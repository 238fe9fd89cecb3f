//! Service accounts: their keys may do what scopes and role both allow, and stay when people leave.

use app::audit::AuditQuery;
use app::{
    Actor, AppError, ImportKind, LeadQuery, MemberPatch, Origin, PageRequest, Permission, Power,
    ServiceAccountInput, ServiceAccountPatch, ServiceAccountView, TeamInput, UploadId,
};
use base::{LeadId, UserId};

use crate::leads::{lead, send};
use crate::support::TestApp;

const PASSWORD: &str = "a long enough password";

fn all() -> Vec<String> {
    vec!["all".to_owned()]
}

async fn program(test: &TestApp, actor: &Actor, name: &str, role: &str) -> ServiceAccountView {
    test.app
        .create_service_account(actor, input(name, role))
        .await
        .unwrap()
}

fn input(name: &str, role: &str) -> ServiceAccountInput {
    ServiceAccountInput {
        name: name.to_owned(),
        role: role.to_owned(),
        ..ServiceAccountInput::default()
    }
}

/// The secret of a new key of it.
async fn key(test: &TestApp, actor: &Actor, account: &ServiceAccountView) -> String {
    let made = test
        .app
        .create_api_key(actor, "nightly", &all(), None, Some(account.id))
        .await;
    made.unwrap().1
}

async fn change(
    test: &TestApp,
    account: &ServiceAccountView,
    patch: ServiceAccountPatch,
) -> Result<ServiceAccountView, AppError> {
    test.app
        .change_service_account(&test.owner, account.id, account.version, patch)
        .await
}

async fn second_owner(test: &TestApp) -> Actor {
    let (app, email) = (&test.app, "second@shop.example");
    let added = app.add_user(&test.owner, email, PASSWORD.to_owned(), "Adam", "owner");
    added.await.unwrap();
    let origin = Origin::default();
    let signed_in = app.sign_in(email, PASSWORD.to_owned(), None, &origin).await;
    let visitor = app.session(&signed_in.unwrap().token).await.unwrap();
    app.actor_of(&visitor, None).await.unwrap()
}

/// A lead of each of them.
async fn leads_of(test: &TestApp, people: [Option<UserId>; 3]) -> Vec<LeadId> {
    let mut leads = Vec::new();
    for (number, assignee) in people.into_iter().enumerate() {
        let received = send(test, lead(&format!("+48 601 234 50{number}")))
            .await
            .id;
        let assigned = test.app.assign_lead(&test.owner, received, 1, assignee);
        assigned.await.unwrap();
        leads.push(received);
    }
    leads
}

#[tokio::test]
async fn a_key_of_a_program_does_no_more_than_its_role_and_its_name_is_noted() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let crm = program(&test, owner, "CRM", "analyst").await;
    assert_eq!(crm.last_used_at, None);
    let (key, secret) = app
        .create_api_key(owner, "nightly", &all(), None, Some(crm.id))
        .await
        .unwrap();
    assert_eq!(key.service_account_id, Some(crm.id));
    let robot = app.actor_of_key(&secret).await.unwrap();
    assert!(robot.may(Permission::ReadReports));
    assert!(!robot.may(Permission::ManageKeys) && !robot.may(Permission::EditWorkspace));
    assert_eq!(robot.name(), "CRM · nightly");

    let patch = ServiceAccountPatch {
        role: Some("head_of_marketing".to_owned()),
        name: Some("Robot".to_owned()),
        ..ServiceAccountPatch::default()
    };
    let changed = change(&test, &crm, patch).await.unwrap();
    assert!(changed.last_used_at.is_some());
    let robot = app.actor_of_key(&secret).await.unwrap();
    assert!(robot.may(Permission::EditTracking));
    assert_eq!(robot.name(), "Robot · nightly");
    let received = send(&test, lead("+48 601 234 501")).await.id;
    app.assign_lead(&robot, received, 1, None).await.unwrap();
    let page = PageRequest {
        after: None,
        limit: 1,
    };
    let log = app.audit_log(owner, &AuditQuery::default(), page).await;
    let said = log.unwrap().items.remove(0).said;
    assert_eq!(said.actor_kind, "service_account");
    assert_eq!(said.actor_id, Some(crm.id.0));
    assert_eq!(said.actor_name, "Robot · nightly");
    assert_eq!(said.key_name.as_deref(), Some("nightly"));
    let keys = app
        .list_api_keys(owner, PageRequest::first(9))
        .await
        .unwrap()
        .items;
    let nightly = keys.iter().find(|key| key.name == "nightly").unwrap().id;
    assert_eq!(said.key_id, Some(nightly));
    let by_key = AuditQuery {
        key: Some(nightly),
        ..AuditQuery::default()
    };
    let log = app.audit_log(owner, &by_key, PageRequest::first(9)).await;
    let acts: Vec<String> = log
        .unwrap()
        .items
        .into_iter()
        .map(|it| it.said.act)
        .collect();
    assert_eq!(acts, ["lead.assigned"]);
    assert!(app.verify_audit_log(owner, None).await.unwrap().is_whole());

    app.delete_service_account(owner, crm.id, changed.version)
        .await
        .unwrap();
    let gone = app.actor_of_key(&secret).await;
    assert!(matches!(gone, Err(AppError::Unauthenticated)));
    let again = app
        .create_api_key(owner, "late", &all(), None, Some(crm.id))
        .await;
    assert!(matches!(again, Err(AppError::NotFound { .. })));
    // The name is free again.
    program(&test, owner, "Robot", "analyst").await;
}

#[tokio::test]
async fn switching_a_program_off_ends_its_keys_for_good() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let crm = program(&test, owner, "CRM", "head_of_marketing").await;
    let other = program(&test, owner, "ERP", "head_of_marketing").await;
    let secret = key(&test, owner, &crm).await;
    let kept = key(&test, owner, &other).await;
    let begun = app.actor_of_key(&secret).await.unwrap();
    let turned = |power| ServiceAccountPatch {
        power: Some(power),
        ..ServiceAccountPatch::default()
    };
    let off = change(&test, &crm, turned(Power::Off)).await.unwrap();
    assert!(off.disabled_at.is_some());
    let gone = app.actor_of_key(&secret).await;
    assert!(matches!(gone, Err(AppError::Unauthenticated)));
    // What it began before is not carried out.
    let received = send(&test, lead("+48 601 234 501")).await.id;
    let late = app.assign_lead(&begun, received, 1, None).await;
    assert!(matches!(late, Err(AppError::Unauthenticated)));
    let refused = app
        .create_api_key(owner, "late", &all(), None, Some(crm.id))
        .await;
    assert!(matches!(
        refused,
        Err(AppError::Conflict {
            code: "service_account_disabled",
            ..
        })
    ));
    let on = change(&test, &off, turned(Power::On)).await.unwrap();
    assert_eq!(on.disabled_at, None);
    let gone = app.actor_of_key(&secret).await;
    assert!(matches!(gone, Err(AppError::Unauthenticated)));
    let fresh = key(&test, owner, &on).await;
    for secret in [fresh, kept] {
        assert!(app.actor_of_key(&secret).await.is_ok());
    }
}

#[tokio::test]
async fn a_program_sees_what_its_team_has_and_its_channels_only() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let (email, role) = ("me@shop.example", "sales_operator");
    let me = app.add_user(owner, email, PASSWORD.to_owned(), "Me", role);
    let me = me.await.unwrap();
    let team = TeamInput {
        name: "North".to_owned(),
        members: vec![me],
        ..TeamInput::default()
    };
    let team = app.create_team(owner, team).await.unwrap().team;
    let leads = leads_of(&test, [Some(me), None, owner.user()]).await;
    let crm = program(&test, owner, "CRM", "sales_manager").await;
    let secret = key(&test, owner, &crm).await;
    let seen = async || {
        let robot = app.actor_of_key(&secret).await.unwrap();
        let page = PageRequest {
            after: None,
            limit: 10,
        };
        let found = app.list_leads(&robot, &LeadQuery::default(), page).await;
        let mut found: Vec<_> = found.unwrap().items.iter().map(|one| one.lead.id).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(seen().await, leads);
    let patch = ServiceAccountPatch {
        team: Some(Some(team.id)),
        ..ServiceAccountPatch::default()
    };
    let crm = change(&test, &crm, patch).await.unwrap();
    assert_eq!(seen().await, leads[..2]);
    // Files speak of any lead, and it wrote none of those that there are.
    let robot = app.actor_of_key(&secret).await.unwrap();
    assert!(matches!(
        robot.require_all_records(),
        Err(AppError::BeyondReach { .. })
    ));
    let dissolved = app.delete_team(owner, team.id, team.version).await;
    assert!(matches!(
        dissolved,
        Err(AppError::Conflict {
            code: "team_in_reach",
            ..
        })
    ));

    let top = app.list_channels(owner).await.unwrap().remove(0);
    let patch = ServiceAccountPatch {
        team: Some(None),
        channels: Some(Some(vec![top.id])),
        ..ServiceAccountPatch::default()
    };
    let crm = change(&test, &crm, patch).await.unwrap();
    let robot = app.actor_of_key(&secret).await.unwrap();
    assert_eq!(robot.channels(), Some(&[top.id][..]));
    // None of the leads came from it.
    assert_eq!(seen().await, []);
    app.delete_team(owner, team.id, team.version).await.unwrap();
    let unknown = ServiceAccountPatch {
        team: Some(Some(team.id)),
        ..ServiceAccountPatch::default()
    };
    let refused = change(&test, &crm, unknown).await;
    assert!(matches!(refused, Err(AppError::Invalid(_))));
}

#[tokio::test]
async fn a_program_that_sees_a_part_brings_no_file_that_it_could_not_see_again() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let team = TeamInput {
        name: "North".to_owned(),
        ..TeamInput::default()
    };
    let team = app.create_team(owner, team).await.unwrap().team;
    let robot = program(&test, owner, "Costs", "performance").await;
    let secret = key(&test, owner, &robot).await;
    let refusal = async || {
        let actor = app.actor_of_key(&secret).await.unwrap();
        let begun = app.start_import(&actor, UploadId(987), ImportKind::Costs, None);
        begun.await.unwrap_err()
    };
    let unknown = refusal().await;
    assert!(matches!(unknown, AppError::NotFound { .. }), "{unknown}");
    let patch = ServiceAccountPatch {
        team: Some(Some(team.id)),
        ..ServiceAccountPatch::default()
    };
    change(&test, &robot, patch).await.unwrap();
    let refused = refusal().await;
    assert!(matches!(refused, AppError::BeyondReach { .. }), "{refused}");
}

#[tokio::test]
async fn keys_stay_when_whoever_made_them_leaves_or_gets_another_role() {
    let test = TestApp::start().await;
    let app = &test.app;
    let second = second_owner(&test).await;
    let crm = program(&test, &second, "CRM", "sem").await;
    let of_program = key(&test, &second, &crm).await;
    let of_workspace = app
        .create_api_key(&second, "b", &all(), None, None)
        .await
        .unwrap()
        .1;
    let user = second.user().unwrap();
    let demoted = MemberPatch {
        role: Some("analyst".to_owned()),
        ..MemberPatch::default()
    };
    app.change_member(&test.owner, user, 1, demoted)
        .await
        .unwrap();
    app.remove_member(&test.owner, user, 2).await.unwrap();
    for secret in [of_program, of_workspace] {
        assert!(app.actor_of_key(&secret).await.is_ok());
    }
}

#[tokio::test]
async fn a_program_of_another_workspace_is_not_there_and_none_is_an_owner() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let crm = program(&test, owner, "CRM", "sem").await;
    let foreign = Actor {
        workspace: base::WorkspaceId(99),
        ..owner.clone()
    };
    let changed = app.change_service_account(&foreign, crm.id, 1, ServiceAccountPatch::default());
    assert!(matches!(changed.await, Err(AppError::NotFound { .. })));
    let deleted = app.delete_service_account(&foreign, crm.id, 1).await;
    assert!(matches!(deleted, Err(AppError::NotFound { .. })));
    let twin = app.create_service_account(owner, input("CRM", "seo")).await;
    assert!(matches!(twin, Err(AppError::Conflict { .. })));
    for role in ["king", "owner"] {
        let refused = app.create_service_account(owner, input("King", role)).await;
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{role}");
        let patch = ServiceAccountPatch {
            role: Some(role.to_owned()),
            ..ServiceAccountPatch::default()
        };
        let refused = change(&test, &crm, patch).await;
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{role}");
    }
}
