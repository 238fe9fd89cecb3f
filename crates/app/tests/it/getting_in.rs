//! How people come in and back in by mail: invitations, lost passwords, addresses.

use app::{AppError, NewPerson, Origin, PageRequest, Role, Visitor};

use crate::support::TestApp;

const PASSWORD: &str = "a long enough password";

/// The mails sent since the last look, oldest first: recipient, subject and the link's secret.
async fn post(test: &TestApp) -> Vec<(String, String, String)> {
    test.app.send_mail().await.unwrap();
    let mut mails: Vec<_> = test
        .mails()
        .into_iter()
        .map(|mail| {
            let header = |name: &str| {
                let line = mail.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_default().trim().to_owned()
            };
            let secret = mail
                .split_once('#')
                .map(|(_, rest)| rest.lines().next().unwrap_or_default().trim().to_owned());
            (
                header("To:"),
                header("Message-ID:"),
                secret.unwrap_or_default(),
            )
        })
        .collect();
    mails.sort();
    mails
}

fn person(name: &str) -> NewPerson {
    NewPerson {
        name: name.to_owned(),
        password: PASSWORD.to_owned(),
        language: "pl".to_owned(),
    }
}

fn code(error: AppError) -> &'static str {
    match error {
        AppError::Conflict { code, .. } => code,
        other => panic!("{other}"),
    }
}

fn secret(link: &str) -> &str {
    link.split_once('#').unwrap().1
}

async fn signed_in(test: &TestApp, email: &str, password: &str) -> Result<Visitor, AppError> {
    let origin = Origin::default();
    let app = &test.app;
    let signed_in = app
        .sign_in(email, password.to_owned(), None, &origin)
        .await?;
    app.session(&signed_in.token).await
}

#[tokio::test]
async fn an_invitation_is_mailed_and_lets_one_person_in_once() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let invited = app
        .invite(owner, " Ola@Shop.example ", "sem", None)
        .await
        .unwrap();
    assert_eq!(invited.invitation.email, "ola@shop.example");
    assert_eq!(invited.invitation.mails_due, 1);
    let mails = post(&test).await;
    assert_eq!(mails.len(), 1);
    let (to, _, mailed) = &mails[0];
    assert_eq!(to, "ola@shop.example");
    assert_ne!(
        mailed,
        secret(&invited.link),
        "each has a secret of its own"
    );
    assert_eq!(app.list_invitations(owner).await.unwrap()[0].mails_due, 0);

    let opened = app.preview_invitation(mailed).await.unwrap();
    assert_eq!((opened.role, opened.has_account), (Role::Sem, false));
    let origin = Origin::default();
    let joined = app
        .join_as_new(mailed, person("Ola"), &origin)
        .await
        .unwrap();
    assert_eq!(joined.workspaces[0].role, Role::Sem);
    assert!(joined.user.email_verified_at.is_some(), "the mail was read");
    assert!(app.list_invitations(owner).await.unwrap().is_empty());
    for used in [mailed.as_str(), secret(&invited.link)] {
        let again = app.join_as_new(used, person("Eve"), &origin).await;
        assert_eq!(code(again.unwrap_err()), "link_expired");
    }
    let again = app.invite(owner, "ola@shop.example", "seo", None).await;
    assert_eq!(code(again.unwrap_err()), "already_member");
}

#[tokio::test]
async fn a_link_that_was_handed_over_proves_no_address() {
    let test = TestApp::start().await;
    let invited = test
        .app
        .invite(&test.owner, "jan@shop.example", "analyst", None);
    let link = invited.await.unwrap().link;
    assert!(link.starts_with("https://tl.example/join#"), "{link}");
    let joined = test
        .app
        .join_as_new(secret(&link), person(""), &Origin::default())
        .await
        .unwrap();
    assert!(joined.user.email_verified_at.is_none());
}

#[tokio::test]
async fn what_was_taken_back_or_is_too_old_opens_nothing() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let first = app
        .invite(owner, "a@shop.example", "sem", None)
        .await
        .unwrap();
    app.revoke_invitation(owner, first.invitation.id)
        .await
        .unwrap();
    assert_eq!(post(&test).await, [], "nobody is told of it any more");
    let refused = app.preview_invitation(secret(&first.link)).await;
    assert_eq!(code(refused.unwrap_err()), "link_expired");

    let second = app
        .invite(owner, "b@shop.example", "sem", None)
        .await
        .unwrap();
    test.seeded.pass_days(4);
    let refused = app.preview_invitation(secret(&second.link)).await;
    assert_eq!(code(refused.unwrap_err()), "link_expired");
    let third = app.invite_again(owner, second.invitation.id).await.unwrap();
    app.preview_invitation(secret(&third.link)).await.unwrap();
    let foreign = app::Actor {
        workspace: base::WorkspaceId(99),
        ..owner.clone()
    };
    let refused = app.revoke_invitation(&foreign, third.invitation.id).await;
    assert!(matches!(refused, Err(AppError::NotFound { .. })));
}

#[tokio::test]
async fn who_has_an_account_signs_in_to_join_and_nobody_joins_for_another() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let ola = app.add_user(owner, "ola@shop.example", PASSWORD.to_owned(), "Ola", "sem");
    let ola = ola.await.unwrap();
    let visitor = signed_in(&test, "ola@shop.example", PASSWORD)
        .await
        .unwrap();
    app.remove_member(owner, ola, 1).await.unwrap();

    let invited = app
        .invite(owner, "ola@shop.example", "analyst", None)
        .await
        .unwrap();
    let link = secret(&invited.link);
    assert!(app.preview_invitation(link).await.unwrap().has_account);
    let refused = app
        .join_as_new(link, person("Eve"), &Origin::default())
        .await;
    assert_eq!(code(refused.unwrap_err()), "sign_in_to_join");
    let other = signed_in(&test, "owner@shop.example", "correct horse battery").await;
    let refused = app.join(&other.unwrap(), link).await;
    assert_eq!(code(refused.unwrap_err()), "invited_somebody_else");
    app.join(&visitor, link).await.unwrap();
    let workspaces = app.me(&visitor).await.unwrap().workspaces;
    assert_eq!(workspaces[0].role, Role::Analyst);
}

#[tokio::test]
async fn a_lost_password_is_set_anew_by_mail_and_ends_every_session() {
    let test = TestApp::start().await;
    let app = &test.app;
    let before = signed_in(&test, "owner@shop.example", "correct horse battery").await;
    let origin = Origin::default();
    app.ask_for_reset("owner@shop.example", &origin)
        .await
        .unwrap();
    app.ask_for_reset("nobody@shop.example", &origin)
        .await
        .unwrap();
    let mails = post(&test).await;
    assert_eq!(mails.len(), 1, "nobody writes to an unknown address");
    let link = mails[0].2.clone();
    let weak = app.redeem_reset(&link, "short".to_owned()).await;
    assert!(matches!(weak, Err(AppError::Invalid(_))));
    app.redeem_reset(&link, PASSWORD.to_owned()).await.unwrap();
    assert!(before.is_ok());
    let page = PageRequest {
        after: None,
        limit: 10,
    };
    let sessions = app.list_sessions(&before.unwrap(), page).await.unwrap();
    assert!(sessions.items.is_empty());
    let old = signed_in(&test, "owner@shop.example", "correct horse battery").await;
    assert!(matches!(old, Err(AppError::BadCredentials { .. })));
    signed_in(&test, "owner@shop.example", PASSWORD)
        .await
        .unwrap();
    let again = app.redeem_reset(&link, "another long password".to_owned());
    assert_eq!(code(again.await.unwrap_err()), "link_expired");
    let told = post(&test).await;
    assert!(told[0].1.contains("password_changed"), "{told:?}");

    app.ask_for_reset("owner@shop.example", &origin)
        .await
        .unwrap();
    let late = post(&test)
        .await
        .into_iter()
        .find(|mail| mail.1.contains("reset"));
    test.seeded.pass_days(1);
    let late = app
        .redeem_reset(&late.unwrap().2, PASSWORD.to_owned())
        .await;
    assert_eq!(code(late.unwrap_err()), "link_expired");
}

#[tokio::test]
async fn asking_for_passwords_is_limited_for_known_and_unknown_alike() {
    let test = TestApp::start().await;
    for email in ["owner@shop.example", "nobody@shop.example"] {
        let origin = Origin {
            network: email.to_owned(),
            ..Origin::default()
        };
        for _ in 0..10 {
            test.app.ask_for_reset(email, &origin).await.unwrap();
        }
        let refused = test.app.ask_for_reset(email, &origin).await;
        assert!(matches!(refused, Err(AppError::TooManyAttempts { .. })));
    }
    assert_eq!(post(&test).await.len(), 1, "one mail waits, not ten");
}

#[tokio::test]
async fn another_address_counts_once_its_mail_was_read() {
    let test = TestApp::start().await;
    let app = &test.app;
    let visitor = signed_in(&test, "owner@shop.example", "correct horse battery").await;
    let visitor = visitor.unwrap();
    let wrong = Some(("new@shop.example", "wrong password".to_owned()));
    let refused = app.ask_for_verification(&visitor, wrong).await;
    assert!(matches!(refused, Err(AppError::Invalid(_))));
    let right = Some(("new@shop.example", "correct horse battery".to_owned()));
    app.ask_for_verification(&visitor, right).await.unwrap();
    assert_eq!(
        app.me(&visitor).await.unwrap().user.email,
        "owner@shop.example"
    );
    let mails = post(&test).await;
    let (to, _, link) = &mails[0];
    assert_eq!(to, "new@shop.example");
    app.redeem_verification(link).await.unwrap();
    let user = app.me(&visitor).await.unwrap().user;
    assert_eq!(user.email, "new@shop.example");
    assert!(user.email_verified_at.is_some());
    let told = post(&test).await;
    assert_eq!(
        told[0].0, "owner@shop.example",
        "the earlier address is told"
    );
    let again = app.redeem_verification(link).await;
    assert_eq!(code(again.unwrap_err()), "link_expired");
}

#[tokio::test]
async fn mail_that_is_not_taken_is_tried_again_and_given_up_when_it_is_of_no_use() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    test.break_mail(true);
    app.invite(owner, "ola@shop.example", "sem", None)
        .await
        .unwrap();
    assert_eq!(app.send_mail().await.unwrap(), 0);
    let waiting = app.list_invitations(owner).await.unwrap();
    assert_eq!(waiting[0].mails_due, 1);
    assert!(!waiting[0].failure.is_empty());
    test.break_mail(false);
    assert_eq!(app.send_mail().await.unwrap(), 0, "its pause is not over");
    test.seeded.pass_days(1);
    assert_eq!(app.send_mail().await.unwrap(), 1);

    test.break_mail(true);
    app.invite(owner, "jan@shop.example", "sem", None)
        .await
        .unwrap();
    app.send_mail().await.unwrap();
    test.seeded.pass_days(4);
    app.send_mail().await.unwrap();
    let given_up = app.list_invitations(owner).await.unwrap();
    let jan = given_up.iter().find(|one| one.email == "jan@shop.example");
    assert_eq!(jan.unwrap().mails_due, 0);
    assert!(!jan.unwrap().failure.is_empty());
    test.break_mail(false);
    app.invite_again(owner, jan.unwrap().id).await.unwrap();
    assert_eq!(app.send_mail().await.unwrap(), 1);
    let mended = app.list_invitations(owner).await.unwrap();
    assert!(mended.iter().all(|one| one.failure.is_empty()), "it went");
}

#[tokio::test]
async fn a_key_ends_by_itself_after_its_days() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let scopes = ["reports".to_owned()];
    for days in [0, 3_651] {
        let refused = app
            .create_api_key(owner, "crm", &scopes, Some(days), None)
            .await;
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{days}");
    }
    let ending = app
        .create_api_key(owner, "crm", &scopes, Some(30), None)
        .await;
    let lasting = app
        .create_api_key(owner, "sheet", &scopes, None, None)
        .await;
    let ((key, ending), (_, lasting)) = (ending.unwrap(), lasting.unwrap());
    assert!(key.expires_at.is_some());
    test.seeded.pass_days(29);
    app.actor_of_key(&ending).await.unwrap();
    test.seeded.pass_days(1);
    let refused = app.actor_of_key(&ending).await;
    assert!(matches!(refused, Err(AppError::Unauthenticated)));
    app.actor_of_key(&lasting).await.unwrap();
}

#[tokio::test]
async fn a_new_password_ends_what_was_asked_for_by_mail_before() {
    let test = TestApp::start().await;
    let app = &test.app;
    let visitor = signed_in(&test, "owner@shop.example", "correct horse battery").await;
    let visitor = visitor.unwrap();
    let change = |password: &str| Some(("evil@shop.example", password.to_owned()));
    let origin = Origin::default();
    app.ask_for_verification(&visitor, change("correct horse battery"))
        .await
        .unwrap();
    app.ask_for_reset("owner@shop.example", &origin)
        .await
        .unwrap();
    let mails = post(&test).await;
    let of = |topic: &str| {
        let mail = mails.iter().find(|mail| mail.1.contains(topic));
        mail.unwrap().2.clone()
    };
    let (reset, verification) = (of("reset"), of("verification"));
    // Two more are still on their way.
    app.ask_for_verification(&visitor, change("correct horse battery"))
        .await
        .unwrap();
    app.ask_for_reset("owner@shop.example", &origin)
        .await
        .unwrap();
    let changed = app.change_password(
        &visitor,
        "correct horse battery".to_owned(),
        PASSWORD.to_owned(),
    );
    changed.await.unwrap();
    let late = app.redeem_verification(&verification).await;
    assert_eq!(code(late.unwrap_err()), "link_expired");
    let late = app.redeem_reset(&reset, "another long password".to_owned());
    assert_eq!(code(late.await.unwrap_err()), "link_expired");
    let mails = post(&test).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].1.contains("password_changed"));
}

#[tokio::test]
async fn an_invitation_changes_no_member_and_carries_no_other_role() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let as_owner = app
        .invite(owner, "ola@shop.example", "owner", None)
        .await
        .unwrap();
    let as_sem = app
        .invite(owner, "ola@shop.example", "sem", None)
        .await
        .unwrap();
    let earlier = app.preview_invitation(secret(&as_owner.link)).await;
    assert_eq!(code(earlier.unwrap_err()), "link_expired");
    let ola = app.add_user(owner, "ola@shop.example", PASSWORD.to_owned(), "Ola", "seo");
    ola.await.unwrap();
    let visitor = signed_in(&test, "ola@shop.example", PASSWORD)
        .await
        .unwrap();
    let refused = app.join(&visitor, secret(&as_sem.link)).await;
    assert_eq!(code(refused.unwrap_err()), "already_member");
    let workspaces = app.me(&visitor).await.unwrap().workspaces;
    assert_eq!(workspaces[0].role, Role::Seo);
}

#[tokio::test]
async fn an_invitation_is_worth_no_more_than_the_place_of_who_invited() {
    let test = TestApp::start().await;
    let (app, owner) = (&test.app, &test.owner);
    let ola = app.add_user(
        owner,
        "ola@shop.example",
        PASSWORD.to_owned(),
        "Ola",
        "owner",
    );
    let ola = ola.await.unwrap();
    let visitor = signed_in(&test, "ola@shop.example", PASSWORD)
        .await
        .unwrap();
    let as_ola = app.actor_of(&visitor, None).await.unwrap();
    let back = app
        .invite(&as_ola, "back@door.example", "owner", None)
        .await
        .unwrap();
    let kept = app
        .invite(owner, "jan@shop.example", "sem", None)
        .await
        .unwrap();
    app.remove_member(owner, ola, 1).await.unwrap();
    let late = app.preview_invitation(secret(&back.link)).await;
    assert_eq!(code(late.unwrap_err()), "link_expired");
    app.preview_invitation(secret(&kept.link)).await.unwrap();
}
