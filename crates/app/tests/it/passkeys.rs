//! Passkeys: what was begun is ended once, by who began it, and soon. The answers of real devices
//! are tested in a browser.

use app::{AppError, Origin, Visitor};
use serde_json::{Value, json};

use crate::support::TestApp;

const OWNER: &str = "owner@shop.example";
const PASSWORD: &str = "correct horse battery";

async fn visitor(test: &TestApp) -> Visitor {
    let origin = Origin::default();
    let password = PASSWORD.to_owned();
    let signed_in = test.app.sign_in(OWNER, password, None, &origin).await;
    test.app.session(&signed_in.unwrap().token).await.unwrap()
}

fn code(error: &AppError) -> &'static str {
    match error {
        AppError::Conflict { code, .. } => code,
        AppError::PasskeyRefused => "passkey_refused",
        AppError::Invalid(errors) => errors[0].code,
        other => panic!("{other}"),
    }
}

async fn answered(test: &TestApp, shown: Option<&str>) -> &'static str {
    let origin = Origin::default();
    let answer = json!({"id": "", "type": "public-key"});
    let refused = test.app.sign_in_by_passkey(shown, answer, &origin).await;
    code(&refused.unwrap_err())
}

#[tokio::test]
async fn what_a_stranger_began_is_ended_once_and_soon() {
    let test = TestApp::start().await;
    let origin = Origin::default();
    let begin = async || test.app.begin_passkey_sign_in(&origin).await.unwrap().1;
    assert_eq!(answered(&test, None).await, "ceremony_over");
    assert_eq!(answered(&test, Some("made up")).await, "ceremony_over");
    let shown = begin().await;
    assert_eq!(answered(&test, Some(&shown)).await, "passkey_refused");
    assert_eq!(answered(&test, Some(&shown)).await, "ceremony_over");
    let late = begin().await;
    test.seeded.pass_days(1);
    assert_eq!(answered(&test, Some(&late)).await, "ceremony_over");
}

#[tokio::test]
async fn strangers_who_begin_cost_the_store_nothing_and_lock_nobody_out() {
    let test = TestApp::start().await;
    let origin = Origin::default();
    let first = test.app.begin_passkey_sign_in(&origin).await.unwrap().1;
    for _ in 0..200 {
        test.app.begin_passkey_sign_in(&origin).await.unwrap();
    }
    // With the writer taken nobody begins a transaction, and a made-up cookie needs none.
    let writer = test.app.store().begin().await.unwrap();
    test.app.begin_passkey_sign_in(&origin).await.unwrap();
    assert_eq!(answered(&test, Some("made up")).await, "ceremony_over");
    drop(writer);
    assert_eq!(answered(&test, Some(&first)).await, "passkey_refused");
}

#[tokio::test]
async fn what_one_browser_holds_is_worth_nothing_changed_or_for_something_else() {
    let test = TestApp::start().await;
    let shown = test.app.begin_passkey_sign_in(&Origin::default()).await;
    let shown = shown.unwrap().1;
    let other = if shown.ends_with('A') { 'B' } else { 'A' };
    let mut changed = shown[..shown.len() - 3].to_owned();
    changed.extend([other; 3]);
    assert_eq!(answered(&test, Some(&changed)).await, "ceremony_over");
    assert_eq!(answered(&test, Some(&shown)).await, "passkey_refused");
}

#[tokio::test]
async fn a_session_ends_what_it_began_itself() {
    let test = TestApp::start().await;
    let (here, elsewhere) = (visitor(&test).await, visitor(&test).await);
    let asked: Value = test.app.begin_passkey(&here).await.unwrap();
    assert_eq!(asked["rp"]["id"], "tl.example");
    let add = async |visitor: &Visitor, name: &str| {
        let answer = json!({"id": "", "type": "public-key"});
        let refused = test.app.add_passkey(visitor, name, answer).await;
        code(&refused.unwrap_err())
    };
    assert_eq!(add(&elsewhere, "Laptop").await, "ceremony_over");
    assert_eq!(add(&here, " ").await, "required");
    assert_eq!(add(&here, "Laptop").await, "passkey_refused");
    assert_eq!(add(&here, "Laptop").await, "ceremony_over");
    let none = test.app.begin_passkey_proof(&here).await;
    assert!(matches!(none, Err(AppError::NotFound { what: "passkey" })));
    assert!(!test.app.me(&here).await.unwrap().ways.has_second_factor);
}
