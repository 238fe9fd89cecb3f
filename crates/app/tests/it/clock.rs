//! A wall clock that is set forward and back by hours: nobody is locked out or in for good.

use app::{AppError, Origin};

use crate::support::TestApp;

const PASSWORD: &str = "correct horse battery";
const EMAIL: &str = "owner@shop.example";

#[tokio::test]
async fn a_session_of_a_clock_that_ran_ahead_gets_the_usual_life() {
    let test = TestApp::start().await;
    test.seeded.pass_days(400);
    let origin = Origin::default();
    let signed_in = test.app.sign_in(EMAIL, PASSWORD.to_owned(), None, &origin);
    let token = signed_in.await.unwrap().token;
    let unused = test.app.sign_in(EMAIL, PASSWORD.to_owned(), None, &origin);
    let unused = unused.await.unwrap().token;

    test.seeded.pass_days(-400);
    test.app.session(&token).await.unwrap();
    test.app.purge_sign_ins().await.unwrap();
    test.seeded.pass_days(31);
    for token in [token, unused] {
        let ended = test.app.session(&token).await;
        assert!(matches!(ended, Err(AppError::Unauthenticated)), "{ended:?}");
    }
}

#[tokio::test]
async fn failures_of_a_clock_that_ran_ahead_lock_nobody_out() {
    let test = TestApp::start().await;
    test.seeded.pass_days(1);
    let origin = Origin::default();
    let wrong = || {
        test.app
            .sign_in(EMAIL, "wrong password".to_owned(), None, &origin)
    };
    for _ in 0..10 {
        assert!(matches!(
            wrong().await,
            Err(AppError::BadCredentials { .. })
        ));
    }
    assert!(matches!(
        wrong().await,
        Err(AppError::TooManyAttempts { .. })
    ));

    test.seeded.pass_days(-1);
    let right = test.app.sign_in(EMAIL, PASSWORD.to_owned(), None, &origin);
    assert!(right.await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_same_moment_do_not_pass_the_limit_together() {
    let test = TestApp::start().await;
    let origin = Origin::default();
    let guess = || {
        test.app
            .sign_in(EMAIL, "wrong password".to_owned(), None, &origin)
    };
    let answers = futures_util::future::join_all((0..30).map(|_| guess())).await;
    let wrong = answers
        .iter()
        .filter(|answer| matches!(answer, Err(AppError::BadCredentials { .. })));
    // Ten are allowed; the hasher works on two at once, so one more may be on its way.
    let wrong = wrong.count();
    assert!((10..=11).contains(&wrong), "{wrong} guesses were checked");
}

#[tokio::test]
async fn salts_change_daily_whatever_the_clock_did_before() {
    let test = TestApp::start().await;
    let first = test.app.daily_salts().await.unwrap();
    test.seeded.pass_days(1);
    let second = test.app.daily_salts().await.unwrap();
    assert_eq!(second.previous, first.current);
    // Set back over midnight: the day's visitors stay who they are.
    test.seeded.pass_days(-1);
    assert_eq!(
        test.app.daily_salts().await.unwrap().current,
        second.current
    );

    test.seeded.pass_days(365);
    let ahead = test.app.daily_salts().await.unwrap();
    test.seeded.pass_days(-365);
    let back = test.app.daily_salts().await.unwrap();
    assert_ne!(back.current, ahead.current);
    assert_ne!(back.current, first.current);
    test.seeded.pass_days(1);
    assert_eq!(test.app.daily_salts().await.unwrap().previous, back.current);
}

#[tokio::test]
async fn fact_ids_stay_unique_when_the_clock_repeats_itself() {
    let test = TestApp::start().await;
    let mut ids = std::collections::HashSet::new();
    for step in [0, 5, -5, -3, 3, -1, 1] {
        test.seeded.pass_days(step);
        for _ in 0..100 {
            assert!(ids.insert(app::fact_id(test.seeded.as_ref())));
        }
    }
}

#[tokio::test]
async fn salts_are_destroyed_in_the_file_and_are_in_no_copy() {
    let test = TestApp::start().await;
    if test.app.store().engine() != store::Engine::Sqlite {
        return;
    }
    let salts = test.app.daily_salts().await.unwrap();
    let file = std::path::PathBuf::from(test.app.store().place());
    let copy = test.folder().join("copy.sqlite");
    store::maintain::back_up(&file, &copy).await.unwrap();
    let has = |path: &std::path::Path, salt: [u8; 16]| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.windows(16).any(|part| part == salt)
    };
    let log = std::path::PathBuf::from(format!("{}-wal", file.display()));
    let kept = |salt| has(&file, salt) || has(&log, salt);
    assert!(kept(salts.current), "the file is read in vain");
    assert!(!has(&copy, salts.current));
    for _ in 0..2 {
        test.seeded.pass_days(1);
        test.app.daily_salts().await.unwrap();
    }
    assert!(!kept(salts.current));
    let test = test.restart().await;
    assert_ne!(test.app.daily_salts().await.unwrap().current, salts.current);
}
