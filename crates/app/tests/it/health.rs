//! A disk that fills up and becomes free again, as people and senders see it.

use app::{AppError, DiskRoom, Severity};

use crate::leads::{lead, try_send};
use crate::support::TestApp;

async fn codes(test: &TestApp) -> Vec<&'static str> {
    let notes = test.app.notes(&test.owner).await.unwrap();
    notes.iter().map(|note| note.code).collect()
}

async fn append(test: &TestApp) -> Result<(), journal::JournalError> {
    test.app.journal().append(b"an entry")?.await
}

#[tokio::test]
async fn a_nearly_full_disk_is_told_and_refuses_imports_only() {
    let test = TestApp::start().await;
    test.seeded.leave_mb(700);
    assert_eq!(test.app.guard_disk(), DiskRoom::Low { free_mb: 700 });
    let notes = test.app.notes(&test.owner).await.unwrap();
    assert_eq!(
        (notes[0].code, notes[0].severity),
        ("disk_low", Severity::Warning)
    );
    assert_eq!(notes[0].params, [("free_mb", "700".to_owned())]);
    let refused = test.app.receive_upload(&test.owner).await.unwrap_err();
    assert!(
        matches!(
            &refused,
            AppError::Unavailable {
                code: "disk_low",
                ..
            }
        ),
        "{refused:?}"
    );
    assert_eq!(
        refused.to_string(),
        "only 700 MB are free on the data disk; nothing is imported below 1024 MB"
    );
    append(&test).await.unwrap();

    test.seeded.leave_mb(2_000);
    assert_eq!(test.app.guard_disk(), DiskRoom::Enough);
    assert_eq!(codes(&test).await, [""; 0]);
    test.app.receive_upload(&test.owner).await.unwrap();
}

#[tokio::test]
async fn below_the_floor_nothing_is_taken_in_and_above_it_intake_goes_on() {
    let test = TestApp::start().await;
    test.seeded.leave_mb(100);
    assert_eq!(test.app.guard_disk(), DiskRoom::Spent { free_mb: 100 });
    let refused = append(&test).await.unwrap_err();
    assert!(
        matches!(refused, journal::JournalError::NotDurable),
        "{refused:?}"
    );
    assert!(test.app.journal().status().failing);
    assert_eq!(codes(&test).await, ["disk_full"]);

    test.seeded.leave_mb(300);
    assert_eq!(test.app.guard_disk(), DiskRoom::Low { free_mb: 300 });
    loop {
        match append(&test).await {
            Ok(()) => break,
            Err(journal::JournalError::Failing) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(codes(&test).await, ["disk_low"]);
}

#[tokio::test]
async fn below_the_floor_no_lead_deal_or_payment_is_taken_in() {
    let test = TestApp::start().await;
    test.seeded.leave_mb(100);
    let refusals = [
        try_send(&test, lead("512 345 678")).await.err(),
        test.app.save_deals(&test.owner, &[]).await.err(),
        test.app.save_payments(&test.owner, &[]).await.err(),
    ];
    for refused in refusals {
        assert_eq!(
            refused.unwrap().to_string(),
            "only 100 MB are free on the data disk; nothing is taken in below 256 MB"
        );
    }
    test.seeded.leave_mb(300);
    assert!(try_send(&test, lead("512 345 678")).await.is_ok());
}

#[tokio::test]
async fn a_loader_that_cannot_go_on_is_told_until_it_can() {
    let test = TestApp::start().await;
    test.app.loading_failed();
    let notes = test.app.notes(&test.owner).await.unwrap();
    assert_eq!(
        (notes[0].code, notes[0].severity),
        ("loading_failing", Severity::Error)
    );
    test.app.loading_works();
    assert_eq!(codes(&test).await, [""; 0]);
}
