//! Standing: who was shut out while a request of theirs was on its way does nothing by it.

use app::audit::Act;
use app::{
    Actor, AppError, MemberPatch, Origin, Role, ServiceAccountInput, ServiceAccountPatch,
    TeamInput, Visitor, WorkspacePatch,
};
use base::UserId;

use crate::leads::{lead, send};
use crate::support::TestApp;

const PASSWORD: &str = "a long enough password";

/// Another owner with a session, as a request finds them that has just begun.
struct Second {
    user: UserId,
    visitor: Visitor,
    actor: Actor,
}

async fn second_owner(test: &TestApp) -> Second {
    let (app, email) = (&test.app, "second@shop.example");
    let user = app.add_user(&test.owner, email, PASSWORD.to_owned(), "Adam", "owner");
    let user = user.await.unwrap();
    let origin = Origin::default();
    let signed_in = app.sign_in(email, PASSWORD.to_owned(), None, &origin).await;
    let visitor = app.session(&signed_in.unwrap().token).await.unwrap();
    let actor = app.actor_of(&visitor, None).await.unwrap();
    Second {
        user,
        visitor,
        actor,
    }
}

async fn invited(test: &TestApp, actor: &Actor) -> Result<(), AppError> {
    let sent = test
        .app
        .invite(actor, "eve@shop.example", "owner", None)
        .await;
    sent.map(|_| ())
}

#[tokio::test]
async fn a_member_who_was_removed_meanwhile_lets_nobody_in() {
    let test = TestApp::start().await;
    let second = second_owner(&test).await;
    test.app
        .remove_member(&test.owner, second.user, 1)
        .await
        .unwrap();
    let refused = invited(&test, &second.actor).await;
    assert!(matches!(
        refused,
        Err(AppError::NotFound { what: "workspace" })
    ));
    let key = ["all".to_owned()];
    let refused = test
        .app
        .create_api_key(&second.actor, "Eve", &key, None, None);
    assert!(matches!(refused.await, Err(AppError::NotFound { .. })));
    assert!(
        test.app
            .list_invitations(&test.owner)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_session_that_was_ended_meanwhile_does_nothing_more() {
    let test = TestApp::start().await;
    let second = second_owner(&test).await;
    let (app, visitor) = (&test.app, &second.visitor);
    app.end_session(visitor, visitor.session).await.unwrap();
    let refused = invited(&test, &second.actor).await;
    assert!(matches!(refused, Err(AppError::Unauthenticated)));
    let refused = app.remove_member(&second.actor, second.user, 1).await;
    assert!(matches!(refused, Err(AppError::Unauthenticated)));
    let new = "another long password".to_owned();
    let refused = app.change_password(visitor, PASSWORD.to_owned(), new).await;
    assert!(matches!(refused, Err(AppError::Unauthenticated)));
    assert!(app.list_invitations(&test.owner).await.unwrap().is_empty());
}

#[tokio::test]
async fn another_role_ends_what_the_earlier_one_began() {
    let test = TestApp::start().await;
    let second = second_owner(&test).await;
    let patch = MemberPatch {
        role: Some("analyst".to_owned()),
        ..MemberPatch::default()
    };
    let changed = test.app.change_member(&test.owner, second.user, 1, patch);
    assert_eq!(changed.await.unwrap().role, Role::Analyst);
    let refused = invited(&test, &second.actor).await;
    assert!(matches!(refused, Err(AppError::EditConflict { .. })));
}

#[tokio::test]
async fn an_owner_may_still_take_themself_out() {
    let test = TestApp::start().await;
    let second = second_owner(&test).await;
    let gone = test.app.remove_member(&second.actor, second.user, 1).await;
    assert!(gone.is_ok());
    let log = test.app.audit_log_after(&test.owner, 0).await.unwrap();
    assert_eq!(log.last().unwrap().said.act, Act::MemberRemoved.name());
}

#[tokio::test]
async fn a_key_that_was_revoked_meanwhile_or_is_none_of_a_person_is_refused() {
    let test = TestApp::start().await;
    let scopes = ["all".to_owned()];
    let made = test
        .app
        .create_api_key(&test.owner, "Robot", &scopes, None, None);
    let (key, secret) = made.await.unwrap();
    let robot = test.app.actor_of_key(&secret).await.unwrap();
    let version = test.app.workspace(&robot).await.unwrap().version;
    let unlocked = WorkspacePatch {
        second_factor_roles: Some(Vec::new()),
        ..WorkspacePatch::default()
    };
    let refused = test.app.update_workspace(&robot, version, unlocked).await;
    assert!(matches!(refused, Err(AppError::Unauthenticated)));
    let renamed = || WorkspacePatch {
        name: Some("Renamed".to_owned()),
        ..WorkspacePatch::default()
    };
    let done = test.app.update_workspace(&robot, version, renamed()).await;
    let version = done.unwrap().version;
    test.app.revoke_api_key(&test.owner, key.id).await.unwrap();
    let refused = test.app.update_workspace(&robot, version, renamed()).await;
    assert!(matches!(refused, Err(AppError::Unauthenticated)));
}

#[tokio::test]
async fn who_sees_less_meanwhile_does_not_go_on_with_what_they_saw() {
    let test = TestApp::start().await;
    let second = second_owner(&test).await;
    let app = &test.app;
    let top = app.list_channels(&test.owner).await.unwrap().remove(0).id;
    let received = send(&test, lead("+48 601 234 501")).await.id;
    let head = |channels| MemberPatch {
        role: Some("head_of_marketing".to_owned()),
        channels: Some(channels),
        ..MemberPatch::default()
    };
    let change = async |version, channels| {
        app.change_member(&test.owner, second.user, version, head(channels))
            .await
            .unwrap();
    };
    change(1, None).await;
    let begun = app.actor_of(&second.visitor, None).await.unwrap();
    change(2, Some(vec![top])).await;
    let late = app.assign_lead(&begun, received, 1, None).await;
    assert!(matches!(
        late,
        Err(AppError::EditConflict {
            what: "what you may see"
        })
    ));
    // Who sees more than they did goes on.
    let narrow = app.actor_of(&second.visitor, None).await.unwrap();
    change(3, None).await;
    app.note_audit_export(&narrow).await.unwrap();
}

#[tokio::test]
async fn a_program_that_sees_less_meanwhile_does_not_go_on_either() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let input = ServiceAccountInput {
        name: "CRM".to_owned(),
        role: "head_of_marketing".to_owned(),
        ..ServiceAccountInput::default()
    };
    let crm = app.create_service_account(owner, input).await.unwrap();
    let scopes = ["all".to_owned()];
    let key = app.create_api_key(owner, "nightly", &scopes, None, Some(crm.id));
    let secret = key.await.unwrap().1;
    let received = send(&test, lead("+48 601 234 501")).await.id;
    let begun = app.actor_of_key(&secret).await.unwrap();
    let team = TeamInput {
        name: "North".to_owned(),
        ..TeamInput::default()
    };
    let team = app.create_team(owner, team).await.unwrap().team.id;
    let narrowed = ServiceAccountPatch {
        team: Some(Some(team)),
        ..ServiceAccountPatch::default()
    };
    app.change_service_account(owner, crm.id, crm.version, narrowed)
        .await
        .unwrap();
    let late = app.assign_lead(&begun, received, 1, None).await;
    assert!(matches!(late, Err(AppError::EditConflict { .. })));
    let now = app.actor_of_key(&secret).await.unwrap();
    app.assign_lead(&now, received, 1, None).await.unwrap();
}
