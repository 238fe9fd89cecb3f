//! Second factors: asked for behind the right password alone, each code taken once, lost ones
//! rescued, and asked of roles by their workspace.

use app::{Actor, AppError, Origin, SignedIn, Visitor, WorkspacePatch};
use base::{UserId, WorkspaceId};
use store::{users, workspaces};
use totp_rs::{Builder, Secret, Totp};

use crate::interrupted::Interrupted;
use crate::support::{START_MS, TestApp};

const OWNER: &str = "owner@shop.example";
const PASSWORD: &str = "correct horse battery";

/// An authenticator that was set up with a secret.
struct Authenticator(Totp);

impl Authenticator {
    fn told(secret: &str) -> Self {
        let secret = Secret::try_from_base32(secret).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    /// The code of so many steps behind the test's beginning.
    fn code(&self, steps: i64) -> String {
        let at_s = START_MS / 1000 + 30 * steps;
        self.0.generate(at_s.unsigned_abs()).to_string()
    }
}

async fn sign_in(test: &TestApp, code: Option<&str>) -> Result<SignedIn, AppError> {
    let origin = Origin::default();
    let password = PASSWORD.to_owned();
    test.app.sign_in(OWNER, password, code, &origin).await
}

async fn visitor(test: &TestApp) -> Visitor {
    let signed_in = sign_in(test, None).await.unwrap();
    test.app.session(&signed_in.token).await.unwrap()
}

/// The second factor of the owner, on since the code of the first step, and the recovery codes.
async fn switched_on(test: &TestApp, visitor: &Visitor) -> (Authenticator, Vec<String>) {
    let password = PASSWORD.to_owned();
    let told = test.app.begin_second_factor(visitor, password).await;
    let authenticator = Authenticator::told(&told.unwrap().secret);
    let code = authenticator.code(0);
    let codes = test
        .app
        .confirm_second_factor(visitor, &code)
        .await
        .unwrap();
    (authenticator, codes)
}

async fn mails_sent(test: &TestApp) -> Vec<String> {
    test.app.send_mail().await.unwrap();
    test.mails()
}

fn field_code(error: &AppError) -> &'static str {
    match error {
        AppError::Invalid(errors) => errors[0].code,
        AppError::Conflict { code, .. } => code,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_code_is_asked_for_behind_the_right_password_alone_and_taken_once() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    let elsewhere = sign_in(&test, None).await.unwrap();
    let (authenticator, _) = switched_on(&test, &here).await;
    let ended = test.app.session(&elsewhere.token).await;
    assert!(matches!(ended, Err(AppError::Unauthenticated)));

    for code in [None, Some("000000")] {
        let origin = Origin::default();
        let wrong = "a wrong password".to_owned();
        let refused = test.app.sign_in(OWNER, wrong, code, &origin).await;
        assert!(matches!(refused, Err(AppError::BadCredentials { .. })));
    }
    for code in [None, Some(" ")] {
        let refused = sign_in(&test, code).await;
        assert!(matches!(refused, Err(AppError::SecondFactorNeeded)));
    }
    let replayed = sign_in(&test, Some(&authenticator.code(0))).await;
    assert!(matches!(replayed, Err(AppError::WrongCode)));
    let early = sign_in(&test, Some(&authenticator.code(2))).await;
    assert!(matches!(early, Err(AppError::WrongCode)));
    let next = authenticator.code(1);
    let signed_in = sign_in(&test, Some(&next)).await.unwrap();
    assert!(signed_in.ways.has_second_factor);
    let replayed = sign_in(&test, Some(&next)).await;
    assert!(matches!(replayed, Err(AppError::WrongCode)));
}

#[tokio::test]
async fn two_requests_with_one_code_do_not_both_get_in() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    let (authenticator, codes) = switched_on(&test, &here).await;
    for code in [&authenticator.code(1), &codes[0]] {
        let (first, second) = tokio::join!(sign_in(&test, Some(code)), sign_in(&test, Some(code)));
        assert_ne!(first.is_ok(), second.is_ok());
    }
}

/// Signs in with the password alone, while something else happens behind the look at the password.
async fn signing_in_beside(
    test: &TestApp,
    work: impl Future<Output = ()> + Send + 'static,
) -> Result<SignedIn, AppError> {
    let (late, surroundings) = Interrupted::beside(test).await;
    // What is random is the token of the session.
    surroundings.at_next_draw(work);
    let origin = Origin::default();
    let password = PASSWORD.to_owned();
    late.sign_in(OWNER, password, None, &origin).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_that_is_switched_on_meanwhile_is_asked_for() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    let password = PASSWORD.to_owned();
    let told = test.app.begin_second_factor(&here, password).await;
    let code = Authenticator::told(&told.unwrap().secret).code(0);
    let app = test.app.clone();
    let signed_in = signing_in_beside(
        &test,
        Box::pin(async move {
            app.confirm_second_factor(&here, &code).await.unwrap();
        }),
    );
    assert!(matches!(signed_in.await, Err(AppError::SecondFactorNeeded)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_changed_meanwhile_lets_nobody_in() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    let app = test.app.clone();
    let signed_in = signing_in_beside(
        &test,
        Box::pin(async move {
            let (current, new) = (PASSWORD.to_owned(), "a quite new password".to_owned());
            app.change_password(&here, current, new).await.unwrap();
        }),
    );
    let refused = signed_in.await;
    assert!(matches!(refused, Err(AppError::BadCredentials { .. })));
}

#[tokio::test]
async fn a_recovery_code_is_good_for_one_time_and_new_ones_end_the_rest() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    let (_, codes) = switched_on(&test, &here).await;
    assert_eq!(codes.len(), 10);
    let typed = codes[0].to_uppercase().replace('-', " ");
    sign_in(&test, Some(&typed)).await.unwrap();
    let again = sign_in(&test, Some(&codes[0])).await;
    assert!(matches!(again, Err(AppError::WrongCode)));
    let left = test.app.second_factor(&here).await.unwrap().unwrap();
    assert_eq!(left.recovery_codes_left, 9);

    let password = PASSWORD.to_owned();
    let renewed = test
        .app
        .renew_recovery_codes(&here, password, Some(&codes[1]));
    let renewed = renewed.await.unwrap();
    let earlier = sign_in(&test, Some(&codes[2])).await;
    assert!(matches!(earlier, Err(AppError::WrongCode)));
    sign_in(&test, Some(&renewed[0])).await.unwrap();
    let left = test.app.second_factor(&here).await.unwrap().unwrap();
    assert_eq!(left.recovery_codes_left, 9);
}

#[tokio::test]
async fn wrong_codes_close_the_door_wherever_they_are_typed_in() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    let (authenticator, codes) = switched_on(&test, &here).await;
    for _ in 0..10 {
        let password = PASSWORD.to_owned();
        let refused = test
            .app
            .end_second_factor(&here, password, Some("000000"))
            .await;
        assert_eq!(field_code(&refused.unwrap_err()), "wrong_code");
    }
    for code in [&authenticator.code(1), &codes[0]] {
        let refused = sign_in(&test, Some(code)).await;
        assert!(matches!(refused, Err(AppError::TooManyAttempts { .. })));
    }
    let left = test.app.second_factor(&here).await.unwrap().unwrap();
    assert_eq!(left.recovery_codes_left, 10, "no code was taken meanwhile");
}

#[tokio::test]
async fn switching_off_takes_password_and_code_and_ends_other_sessions() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    let (_, codes) = switched_on(&test, &here).await;
    let elsewhere = sign_in(&test, Some(&codes[0])).await.unwrap();
    let wrong = "a wrong password".to_owned();
    let refused = test
        .app
        .end_second_factor(&here, wrong, Some(&codes[1]))
        .await;
    assert_eq!(field_code(&refused.unwrap_err()), "wrong_password");
    let password = PASSWORD.to_owned();
    let begun = test.app.begin_second_factor(&here, password.clone()).await;
    assert_eq!(field_code(&begun.err().unwrap()), "second_factor_on");
    test.app
        .end_second_factor(&here, password, Some(&codes[1]))
        .await
        .unwrap();
    assert_eq!(test.app.second_factor(&here).await.unwrap(), None);
    let ended = test.app.session(&elsewhere.token).await;
    assert!(matches!(ended, Err(AppError::Unauthenticated)));
    sign_in(&test, None).await.unwrap();
    // The key of erased people is always there.
    assert_eq!(test.app.secrets_kept().await.unwrap().1, 1);
    let told = mails_sent(&test).await;
    assert!(told.iter().any(|mail| mail.contains("second_factor_on-")));
    assert!(told.iter().any(|mail| mail.contains("second_factor_off-")));
}

#[tokio::test]
async fn a_set_up_that_was_not_confirmed_asks_for_nothing() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    let password = PASSWORD.to_owned();
    test.app.begin_second_factor(&here, password).await.unwrap();
    let refused = test.app.confirm_second_factor(&here, "000000").await;
    assert_eq!(field_code(&refused.unwrap_err()), "wrong_code");
    sign_in(&test, None).await.unwrap();
}

#[tokio::test]
async fn a_new_password_by_mail_does_not_go_round_the_second_factor() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    let (authenticator, _) = switched_on(&test, &here).await;
    let origin = Origin::default();
    test.app.ask_for_reset(OWNER, &origin).await.unwrap();
    let mails = mails_sent(&test).await;
    let link = mails
        .iter()
        .find_map(|mail| mail.split_once("reset-password#"));
    let secret = link.unwrap().1.lines().next().unwrap().trim().to_owned();
    let new = "a quite new password".to_owned();
    test.app.redeem_reset(&secret, new.clone()).await.unwrap();
    let refused = test.app.sign_in(OWNER, new.clone(), None, &origin).await;
    assert!(matches!(refused, Err(AppError::SecondFactorNeeded)));
    let code = authenticator.code(1);
    let signed_in = test.app.sign_in(OWNER, new, Some(&code), &origin).await;
    assert!(signed_in.is_ok());
}

#[tokio::test]
async fn an_owner_rescues_members_of_this_workspace_alone_and_never_themself() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    switched_on(&test, &here).await;
    let other = test
        .app
        .add_user(
            &test.owner,
            "ola@shop.example",
            PASSWORD.to_owned(),
            "Ola",
            "owner",
        )
        .await
        .unwrap();
    let deputy = person(&test, "ola@shop.example").await;
    let own = test.app.rescue_member(&test.owner, here.user).await;
    assert_eq!(field_code(&own.unwrap_err()), "own_second_factor");
    let without = test.app.rescue_member(&test.owner, other).await;
    assert!(matches!(without, Err(AppError::NotFound { .. })));
    let foreign = Actor {
        workspace: WorkspaceId(99),
        ..deputy.clone()
    };
    let refused = test.app.rescue_member(&foreign, here.user).await;
    assert!(matches!(
        refused,
        Err(AppError::NotFound { what: "member" })
    ));

    let second = second_workspace(&test, here.user).await;
    let refused = test.app.rescue_member(&deputy, here.user).await;
    assert_eq!(field_code(&refused.unwrap_err()), "member_elsewhere");
    let place = async |role: &str| {
        let mut tx = test.app.store().begin().await.unwrap();
        let now = test.app.now();
        let placed = users::put_membership(&mut tx, second, other, role, now).await;
        placed.unwrap();
        tx.commit().await.unwrap();
    };
    place("analyst").await;
    let refused = test.app.rescue_member(&deputy, here.user).await;
    assert_eq!(field_code(&refused.unwrap_err()), "member_elsewhere");
    // Whoever manages the people of every workspace takes the lock off in all of them.
    place("owner").await;
    test.app.rescue_member(&deputy, here.user).await.unwrap();
    for workspace in [deputy.workspace, second] {
        let log = test.app.audit_log_after(&Actor::system(workspace), 0).await;
        let last = log.unwrap().pop().unwrap();
        assert_eq!(
            (last.said.act.as_str(), last.said.object),
            ("second_factor.off", here.user.to_string())
        );
    }
    assert_eq!(test.app.second_factor(&here).await.unwrap(), None);
    sign_in(&test, None).await.unwrap();
}

#[tokio::test]
async fn the_operator_rescues_anybody_by_their_address() {
    let test = TestApp::start().await;
    let here = visitor(&test).await;
    switched_on(&test, &here).await;
    let token = sign_in(&test, None).await;
    assert!(matches!(token, Err(AppError::SecondFactorNeeded)));
    test.app.rescue_person(" Owner@Shop.example").await.unwrap();
    assert!(sign_in(&test, None).await.is_ok());
    let again = test.app.rescue_person(OWNER).await;
    assert!(matches!(
        again,
        Err(AppError::NotFound {
            what: "second factor"
        })
    ));
}

#[tokio::test]
async fn a_workspace_lets_in_nobody_of_a_role_that_needs_a_second_factor_without_one() {
    let test = TestApp::start().await;
    let app = &test.app;
    let here = visitor(&test).await;
    let ask = |roles: &[&str]| WorkspacePatch {
        second_factor_roles: Some(roles.iter().map(|role| (*role).to_owned()).collect()),
        ..WorkspacePatch::default()
    };
    let unknown = app.update_workspace(&test.owner, 1, ask(&["king"])).await;
    assert_eq!(field_code(&unknown.unwrap_err()), "not_allowed");
    let asked = app.update_workspace(&test.owner, 1, ask(&["seo"])).await;
    app.actor_of(&here, None).await.unwrap();
    let version = asked.unwrap().version;
    app.update_workspace(&test.owner, version, ask(&["seo", "owner", "owner"]))
        .await
        .unwrap();
    let refused = app.actor_of(&here, None).await;
    assert!(matches!(refused, Err(AppError::SecondFactorRequired)));
    // The profile stays open, so that it can be set up.
    let me = app.me(&here).await.unwrap();
    assert!(me.workspaces[0].asks_for_second_factor().unwrap() && !me.ways.has_second_factor);
    switched_on(&test, &here).await;
    app.actor_of(&here, None).await.unwrap();
    // Another change of the workspace leaves the rule as it is.
    let rename = WorkspacePatch {
        name: Some("Optics 2".to_owned()),
        ..WorkspacePatch::default()
    };
    let renamed = app.update_workspace(&test.owner, version + 1, rename).await;
    let roles = app::second_factor_roles(&renamed.unwrap().details).unwrap();
    assert_eq!(roles, [app::Role::Owner, app::Role::Seo]);
}

async fn person(test: &TestApp, email: &str) -> Actor {
    let origin = Origin::default();
    let signed_in = test.app.sign_in(email, PASSWORD.to_owned(), None, &origin);
    let visitor = test.app.session(&signed_in.await.unwrap().token).await;
    test.app.actor_of(&visitor.unwrap(), None).await.unwrap()
}

/// Another workspace that the person is the owner of.
async fn second_workspace(test: &TestApp, user: UserId) -> WorkspaceId {
    let mut tx = test.app.store().begin().await.unwrap();
    let first = workspaces::load_workspace(&mut tx, test.owner.workspace)
        .await
        .unwrap();
    let now = test.app.now();
    let id = workspaces::insert_workspace(&mut tx, &first.details, now)
        .await
        .unwrap();
    users::put_membership(&mut tx, id, user, "owner", now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}
