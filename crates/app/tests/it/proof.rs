//! Proofs: what wants one is refused when the last is old, until the person proves it again.

use app::{AppError, Origin, Visitor};
use totp_rs::{Builder, Secret};

use crate::support::{START_MS, TestApp};

const OWNER: &str = "owner@shop.example";
const PASSWORD: &str = "correct horse battery";

async fn token(test: &TestApp) -> String {
    let origin = Origin::default();
    let password = PASSWORD.to_owned();
    let signed_in = test.app.sign_in(OWNER, password, None, &origin).await;
    signed_in.unwrap().token
}

async fn visitor(test: &TestApp, token: &str) -> Visitor {
    test.app.session(token).await.unwrap()
}

fn is_needed(test: &TestApp, visitor: &Visitor) -> bool {
    matches!(test.app.require_proof(visitor), Err(AppError::ProofNeeded))
}

fn field(error: &AppError) -> (&str, &str) {
    match error {
        AppError::Invalid(errors) => (&errors[0].field, errors[0].code),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn signing_in_is_a_proof_that_grows_old_and_the_password_renews_it() {
    let test = TestApp::start().await;
    let (here, elsewhere) = (token(&test).await, token(&test).await);
    let me = visitor(&test, &here).await;
    assert!(!is_needed(&test, &me));
    test.seeded.pass_days(1);
    let me = visitor(&test, &here).await;
    assert!(is_needed(&test, &me));

    let wrong = "a wrong password".to_owned();
    let refused = test.app.prove(&me, wrong, None).await.unwrap_err();
    assert_eq!(field(&refused), ("password", "wrong_password"));
    assert!(is_needed(&test, &visitor(&test, &here).await));
    test.app
        .prove(&me, PASSWORD.to_owned(), None)
        .await
        .unwrap();
    assert!(!is_needed(&test, &visitor(&test, &here).await));
    // Another browser of the same person has proved nothing.
    assert!(is_needed(&test, &visitor(&test, &elsewhere).await));
}

#[tokio::test]
async fn with_a_second_factor_the_proof_takes_a_code_once() {
    let test = TestApp::start().await;
    let here = token(&test).await;
    let me = visitor(&test, &here).await;
    let told = test.app.begin_second_factor(&me, PASSWORD.to_owned()).await;
    let secret = Secret::try_from_base32(&*told.unwrap().secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let code = |steps: i64| {
        let at_s = START_MS / 1000 + 30 * steps;
        totp.generate(at_s.unsigned_abs()).to_string()
    };
    test.app.confirm_second_factor(&me, &code(0)).await.unwrap();
    for (typed, expected) in [
        (None, "required"),
        (Some(code(0)), "wrong_code"),
        (Some("000000".to_owned()), "wrong_code"),
    ] {
        let proved = test.app.prove(&me, PASSWORD.to_owned(), typed.as_deref());
        assert_eq!(field(&proved.await.unwrap_err()), ("code", expected));
    }
    let next = code(1);
    let proved = test.app.prove(&me, PASSWORD.to_owned(), Some(&next)).await;
    assert!(proved.is_ok());
    let again = test.app.prove(&me, PASSWORD.to_owned(), Some(&next)).await;
    assert_eq!(field(&again.unwrap_err()), ("code", "wrong_code"));
}

#[tokio::test]
async fn a_proof_of_a_clock_that_ran_ahead_counts_for_nothing() {
    let test = TestApp::start().await;
    let here = token(&test).await;
    test.seeded.pass_days(-1);
    assert!(is_needed(&test, &visitor(&test, &here).await));
}
