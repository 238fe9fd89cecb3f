//! A server's store is copied to a file as of one moment, while work on it goes on.

use std::time::Duration;

use base::UnixMillis;
use sqlx::AssertSqlSafe;
use store::ids::{Counted, find_last_id};
use store::maintain::count_rows;
use store::meta::{SALTS_KEY, find_meta, put_meta};
use store::moving::move_store;
use store::outbox::{OutboxFact, delete_outbox, put_outbox, take_outbox};
use store::restoring::require_restorable;
use store::snapshot::Snapshot;
use store::testing::make_database;
use store::workspaces::list_workspaces;
use store::{Store, StoreError};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::moving::full_file;
use crate::server::{administrator, server};

#[tokio::test]
async fn what_comes_back_is_what_was_moved() {
    let Some(server) = server() else { return };
    let dir = TempDir::new().unwrap();
    let file = full_file(&dir).await;
    let url = make_database(&server, true).await.unwrap();
    let target = Store::open_postgres(&url).await.unwrap();
    require_restorable(&url).await.unwrap();
    let moved = move_store(&file, &target, |_| {}).await.unwrap();
    let refused = require_restorable(&url).await;
    assert!(
        matches!(refused, Err(StoreError::Refused { .. })),
        "{refused:?}"
    );

    let mut snapshot = Snapshot::take(&url).await.unwrap();
    snapshot.release_writers().await.unwrap();
    let path = dir.path().join("copy.sqlite");
    let copied = snapshot.copy_to(&path).await.unwrap();
    assert_eq!(copied, moved);
    let mut again = Snapshot::take(&url).await.unwrap();
    again.release_writers().await.unwrap();
    let second = dir.path().join("second.sqlite");
    again.copy_to(&second).await.unwrap();
    assert!(
        std::fs::read(&path).unwrap() == std::fs::read(&second).unwrap(),
        "the same rows make the same file"
    );

    let back = Store::open(&path).await.unwrap();
    let mut tx = back.begin().await.unwrap();
    assert_eq!(find_last_id(&mut tx, Counted::Leads).await.unwrap(), 2);
    let faults = store::maintain::check_integrity(&mut tx).await.unwrap();
    assert_eq!(faults, Vec::<String>::new());
}

#[tokio::test]
async fn a_copy_is_of_the_moment_it_was_taken_at() {
    let Some(server) = server() else { return };
    let dir = TempDir::new().unwrap();
    let url = make_database(&server, true).await.unwrap();
    let store = Store::open_postgres(&url).await.unwrap();
    let put = async |id: u128| {
        let mut tx = store.begin().await.unwrap();
        let fact = OutboxFact {
            fact_id: base::FactId(id),
            payload: vec![1],
        };
        put_outbox(&mut tx, UnixMillis(1), &[fact]).await.unwrap();
        put_meta(&mut tx, SALTS_KEY, &[9]).await.unwrap();
        tx.commit().await.unwrap();
    };
    put(1).await;
    put(2).await;
    let mut snapshot = Snapshot::take(&url).await.unwrap();
    let waits = timeout(Duration::from_millis(300), store.begin()).await;
    assert!(waits.is_err(), "nothing leaves the store meanwhile");
    snapshot.release_writers().await.unwrap();
    put(3).await;
    let mut tx = store.begin().await.unwrap();
    let rows = take_outbox(&mut tx, 9).await.unwrap();
    delete_outbox(&mut tx, rows[2].id).await.unwrap();
    tx.commit().await.unwrap();

    let path = dir.path().join("copy.sqlite");
    snapshot.copy_to(&path).await.unwrap();
    let counted = count_rows(&path).await.unwrap();
    assert!(
        counted.contains(&("outbox".to_owned(), 2)),
        "what was there"
    );
    let copy = Store::open(&path).await.unwrap();
    let mut connection = copy.read().await.unwrap();
    let salts = find_meta(&mut connection, SALTS_KEY).await.unwrap();
    assert_eq!(salts, None, "no salt is copied");
    assert_eq!(list_workspaces(&mut connection).await.unwrap(), []);
    drop(connection);
    // An id that was given out and has left is not given out again.
    let mut tx = copy.begin().await.unwrap();
    let fact = OutboxFact {
        fact_id: base::FactId(4),
        payload: vec![1],
    };
    put_outbox(&mut tx, UnixMillis(1), &[fact]).await.unwrap();
    let rows = take_outbox(&mut tx, 9).await.unwrap();
    assert!(rows[2].id.0 > 3, "{:?}", rows[2].id);
}

#[tokio::test]
async fn tables_of_another_version_are_left_alone() {
    let Some(server) = server() else { return };
    let url = make_database(&server, true).await.unwrap();
    let mut plain = administrator(&url).await;
    let older = "update schema_version set version = version - 1";
    sqlx::raw_sql(AssertSqlSafe(older))
        .execute(&mut plain)
        .await
        .unwrap();
    let refused = Snapshot::take(&url).await;
    assert!(
        matches!(refused, Err(StoreError::Refused { .. })),
        "{refused:?}"
    );
}
