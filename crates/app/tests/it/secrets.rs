//! Secrets at rest: sealed in the store, bound to their place, and wrapped anew by another key.

use app::{Actor, KeyError, Keyring, MasterKey, Place};
use store::secrets::{find_secret, list_secrets_of_key, put_secret};

use crate::support::{TestApp, key};

fn place(row: i64) -> Place<'static> {
    Place {
        table: "users",
        field: "test",
        row,
        workspace: None,
    }
}

async fn put(test: &TestApp, row: i64, value: &[u8]) {
    let mut tx = test.app.store().begin().await.unwrap();
    test.app
        .put_secret(&mut tx, place(row), value)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn opened(test: &TestApp, row: i64) -> Option<Vec<u8>> {
    let mut connection = test.app.store().read().await.unwrap();
    let opened = test.app.open_secret(&mut connection, place(row)).await;
    opened.unwrap().map(|value| value.to_vec())
}

#[tokio::test]
async fn a_secret_is_kept_sealed_replaced_and_forgotten() {
    let test = TestApp::start().await;
    put(&test, 1, b"first value").await;
    put(&test, 1, b"second value").await;
    assert_eq!(opened(&test, 1).await.unwrap(), b"second value");
    assert_eq!(opened(&test, 2).await, None);
    let mut tx = test.app.store().begin().await.unwrap();
    let kept = find_secret(&mut tx, "users", "test", 1)
        .await
        .unwrap()
        .unwrap();
    let value = b"second value".as_slice();
    assert!(!kept.sealed.windows(value.len()).any(|part| part == value));
    test.app.forget_secret(&mut tx, place(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(opened(&test, 1).await, None);
}

#[tokio::test]
async fn a_secret_that_was_moved_to_another_record_does_not_open() {
    let test = TestApp::start().await;
    put(&test, 1, b"of the first").await;
    let mut tx = test.app.store().begin().await.unwrap();
    let mut kept = find_secret(&mut tx, "users", "test", 1)
        .await
        .unwrap()
        .unwrap();
    kept.owner_id = 2;
    put_secret(&mut tx, &kept).await.unwrap();
    let refused = test.app.open_secret(&mut tx, place(2)).await;
    assert_eq!(refused.unwrap_err().to_string(), "failed to open a secret");
}

#[tokio::test]
async fn a_new_key_takes_all_secrets_over_and_the_earlier_one_is_refused() {
    let test = TestApp::start().await;
    for row in 1..=501 {
        put(&test, row, format!("value {row}").as_bytes()).await;
    }
    let (earlier, kept) = test.app.secrets_kept().await.unwrap();
    // The key of erased people is always there.
    assert_eq!(kept, 502);
    let next = MasterKey::parse(&"a7".repeat(32)).unwrap();
    assert_eq!(test.app.rotate_key(&next).await.unwrap(), 502);

    let store = test.app.store();
    let mut connection = store.read().await.unwrap();
    let left = list_secrets_of_key(&mut connection, &earlier.to_string(), 10).await;
    assert!(left.unwrap().is_empty());
    drop(connection);
    let refused = Keyring::open(store, key()).await.unwrap_err();
    assert!(
        matches!(&refused, KeyError::Other { held, .. } if *held == next.id()),
        "{refused}"
    );
    // The program that still has the earlier key seals nothing with it.
    let mut tx = store.begin().await.unwrap();
    let sealed = test.app.put_secret(&mut tx, place(1), b"late").await;
    assert_eq!(sealed.unwrap_err().to_string(), "failed to seal a secret");
    drop(tx);
    let operator = Actor::system(test.owner.workspace);
    let log = test.app.audit_log_after(&operator, 0).await.unwrap();
    assert!(log.iter().any(|entry| entry.said.act == "secrets.rotated"));

    let test = test.restart_with(next).await;
    assert_eq!(opened(&test, 501).await.unwrap(), b"value 501");
}

#[tokio::test]
async fn the_same_key_is_no_new_one() {
    let test = TestApp::start().await;
    let refused = test.app.rotate_key(&key()).await.unwrap_err();
    assert!(refused.to_string().contains("already"), "{refused}");
}
