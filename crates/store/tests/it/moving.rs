//! An installation moves from a file to a server whole, or not at all.

use std::collections::BTreeSet;

use base::UnixMillis;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use store::ids::{Counted, find_last_id};
use store::leads::list_leads_by_id;
use store::meta::put_meta;
use store::moving::{TABLES, move_store};
use store::restoring::{require_restorable, restore_to};
use store::sites::insert_site;
use store::testing::make_database;
use store::workspaces::{insert_workspace, list_workspaces};
use store::{Durability, Store, StoreError};
use tempfile::TempDir;

use crate::collecting::site;
use crate::fixture::{NOW, insert_lead, lead, workspace};
use crate::server::{administrator, server};

/// A file with two leads, of which the first repeats the second.
pub(crate) async fn full_file(dir: &TempDir) -> Store {
    let path = dir.path().join("store.sqlite");
    let store = Store::open_with(&path, Durability::None).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let ours = insert_workspace(&mut tx, &workspace("ours"), NOW)
        .await
        .unwrap();
    insert_site(&mut tx, ours, NOW, &site("key")).await.unwrap();
    let first = insert_lead(&mut tx, ours, &lead(NOW)).await.unwrap();
    let mut second = lead(UnixMillis(5));
    second.name = "Łucja".to_owned();
    second.click_id = Some(base::FactId(u128::MAX - 3));
    let second = insert_lead(&mut tx, ours, &second).await.unwrap();
    let mut repeated = list_leads_by_id(&mut tx, ours, &[first]).await.unwrap();
    repeated[0].details.duplicate_of = Some(second);
    store::leads::put_leads(&mut tx, ours, &repeated)
        .await
        .unwrap();
    put_meta(&mut tx, "installation", &[0, 255]).await.unwrap();
    tx.commit().await.unwrap();
    store
}

#[tokio::test]
async fn everything_arrives_and_ids_go_on() {
    let Some(server) = server() else { return };
    let dir = TempDir::new().unwrap();
    let file = full_file(&dir).await;
    let url = make_database(&server, true).await.unwrap();
    let target = Store::open_postgres(&url).await.unwrap();
    let moved = move_store(&file, &target, |_| {}).await.unwrap();
    let rows = |name: &str| moved.iter().find(|it| it.name == name).unwrap().rows;
    assert_eq!((rows("leads"), rows("meta"), rows("deals")), (2, 1, 0));

    let mut tx = target.begin().await.unwrap();
    let ours = list_workspaces(&mut tx).await.unwrap()[0].id;
    let leads = list_leads_by_id(&mut tx, ours, &[base::LeadId(1), base::LeadId(2)]).await;
    let leads = leads.unwrap();
    assert_eq!(leads[0].details.duplicate_of, Some(leads[1].id));
    assert_eq!(leads[1].details.name, "Łucja");
    assert_eq!(find_last_id(&mut tx, Counted::Leads).await.unwrap(), 2);
    let next = insert_workspace(&mut tx, &workspace("next"), NOW).await;
    assert_eq!(next.unwrap().0, ours.0 + 1);
    tx.commit().await.unwrap();

    file.close().await;
    let again = Store::open(&dir.path().join("store.sqlite")).await;
    assert!(matches!(again, Err(StoreError::Moved { .. })), "{again:?}");
}

#[tokio::test]
async fn a_server_that_holds_something_else_is_left_alone() {
    let Some(server) = server() else { return };
    let dir = TempDir::new().unwrap();
    let file = full_file(&dir).await;
    let url = make_database(&server, true).await.unwrap();
    let target = Store::open_postgres(&url).await.unwrap();
    let mut tx = target.begin().await.unwrap();
    insert_workspace(&mut tx, &workspace("theirs"), NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let refused = move_store(&file, &target, |_| {}).await;
    assert!(
        matches!(refused, Err(StoreError::NotMoved { .. })),
        "{refused:?}"
    );
    let mut connection = target.read().await.unwrap();
    assert_eq!(list_workspaces(&mut connection).await.unwrap().len(), 1);
    file.close().await;
    assert!(Store::open(&dir.path().join("store.sqlite")).await.is_ok());
}

#[tokio::test]
async fn a_move_that_is_interrupted_may_be_started_again() {
    let Some(server) = server() else { return };
    let dir = TempDir::new().unwrap();
    let file = full_file(&dir).await;
    let url = make_database(&server, true).await.unwrap();
    let target = Store::open_postgres(&url).await.unwrap();
    // The connection breaks in the middle: at the first lead.
    let mut plain = administrator(&url).await;
    let fault = "create function break_off() returns trigger language plpgsql as $$ begin
        perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
        create trigger break_off before insert on leads execute function break_off()";
    sqlx::raw_sql(fault).execute(&mut plain).await.unwrap();
    let broken = move_store(&file, &target, |_| {}).await;
    assert!(
        matches!(broken, Err(StoreError::Unavailable(_))),
        "{broken:?}"
    );
    assert_eq!(
        list_workspaces(&mut target.read().await.unwrap())
            .await
            .unwrap(),
        []
    );

    let mend = "drop trigger break_off on leads";
    sqlx::raw_sql(mend).execute(&mut plain).await.unwrap();
    let moved = move_store(&file, &target, |_| {}).await.unwrap();
    // As if only the mark in the file had been lost: the same again is compared and found equal.
    let mut tx = file.begin().await.unwrap();
    store::meta::delete_meta(&mut tx, "moved_to").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(move_store(&file, &target, |_| {}).await.unwrap(), moved);
}

#[tokio::test]
async fn an_interrupted_restore_is_opened_by_nothing_and_taken_over_by_the_next() {
    let Some(server) = server() else { return };
    let (dir, later) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (file, newer) = (full_file(&dir).await, full_file(&later).await);
    let mut tx = newer.begin().await.unwrap();
    insert_workspace(&mut tx, &workspace("newer"), NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let url = make_database(&server, true).await.unwrap();
    let interrupted = restore_to(&url, &file, b"one", |_| {}).await.unwrap();
    let refused = Store::open_postgres(&url).await;
    assert!(
        matches!(&refused, Err(StoreError::Refused { reason, .. }) if reason.contains("again")),
        "{refused:?}"
    );
    require_restorable(&url).await.unwrap();
    let second = restore_to(&url, &newer, b"two", |_| {}).await.unwrap();
    assert!(
        interrupted.finish().await.is_err(),
        "it is another's by now"
    );
    second.finish().await.unwrap();
    let target = Store::open_postgres(&url).await.unwrap();
    let mut tx = target.begin().await.unwrap();
    let slugs = list_workspaces(&mut tx).await.unwrap();
    assert_eq!(slugs.len(), 2);
    let next = insert_workspace(&mut tx, &workspace("next"), NOW).await;
    assert_eq!(next.unwrap().0, slugs[1].id.0 + 1);
    tx.commit().await.unwrap();
    // Whole, it is nobody's to take.
    assert!(require_restorable(&url).await.is_err());
    let refused = restore_to(&url, &file, b"three", |_| {}).await;
    assert!(
        matches!(refused, Err(StoreError::Refused { .. })),
        "{refused:?}"
    );
    let mut connection = target.read().await.unwrap();
    assert_eq!(list_workspaces(&mut connection).await.unwrap().len(), 3);
}

#[tokio::test]
async fn no_table_is_left_behind() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("new.sqlite");
    Store::open(&path).await.unwrap().close().await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut plain = options.connect().await.unwrap();
    let asked = "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'";
    let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(asked))
        .fetch_all(&mut plain)
        .await
        .unwrap();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, TABLES.iter().copied().collect());
}
