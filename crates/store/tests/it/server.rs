//! What only a server can do: be away, be shared, refuse. Each test says so when there is none.

use std::time::Duration;

use base::{FactId, UnixMillis};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use store::outbox::{OutboxFact, count_outbox, delete_outbox, put_outbox, take_outbox};
use store::testing::{make_database, test_server};
use store::{Engine, Store, StoreError, Tx};
use tokio::time::timeout;

/// Long enough for a transaction that does not have to wait.
const SOON: Duration = Duration::from_millis(300);

pub(crate) fn server() -> Option<String> {
    let server = test_server();
    if server.is_none() {
        println!("skipped: THROUGHLINE_TEST_POSTGRES names no server; xtask/with-postgres does");
    }
    server
}

/// A connection past the store, to do what only an administrator does.
pub(crate) async fn administrator(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

async fn run(url: &str, statement: &str) {
    let mut connection = administrator(url).await;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
}

async fn put(tx: &mut Tx, id: u128) {
    let fact = OutboxFact {
        fact_id: FactId(id),
        payload: vec![1],
    };
    put_outbox(tx, UnixMillis(1), &[fact]).await.unwrap();
}

async fn waiting(store: &Store) -> Vec<u128> {
    let mut connection = store.read().await.unwrap();
    let rows = take_outbox(&mut connection, 9).await.unwrap();
    rows.iter().map(|row| row.fact_id.0).collect()
}

fn reason(opened: Result<Store, StoreError>) -> String {
    match opened {
        Err(error @ StoreError::Refused { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nodes_write_one_after_the_other_so_the_relay_skips_nothing() {
    let Some(server) = server() else { return };
    let url = make_database(&server, true).await.unwrap();
    let one = Store::open_postgres(&url).await.unwrap();
    let other = Store::open_postgres(&url).await.unwrap();
    let mut first = one.begin().await.unwrap();
    put(&mut first, 1).await;
    // The other node has to wait, or its later fact could be seen and deleted before this one.
    assert!(timeout(SOON, other.begin()).await.is_err());
    assert_eq!(waiting(&other).await, Vec::<u128>::new());
    first.commit().await.unwrap();
    let mut second = other.begin().await.unwrap();
    put(&mut second, 2).await;
    assert_eq!(waiting(&one).await, [1]);
    second.commit().await.unwrap();
    let mut third = one.begin().await.unwrap();
    put(&mut third, 3).await;
    drop(third);
    let mut fourth = other.begin().await.unwrap();
    put(&mut fourth, 4).await;
    let taken = take_outbox(&mut fourth, 9).await.unwrap();
    assert_eq!(delete_outbox(&mut fourth, taken[1].id).await.unwrap(), 2);
    fourth.commit().await.unwrap();
    assert_eq!(waiting(&one).await, [4]);
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let Some(server) = server() else { return };
    let url = make_database(&server, false).await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = url.clone();
        running.spawn(async move { Store::open_postgres(&url).await });
    }
    while let Some(opened) = running.join_next().await {
        let store = opened.unwrap().unwrap();
        assert_eq!(store.engine(), Engine::Postgres);
        assert_eq!(waiting(&store).await, Vec::<u128>::new());
    }
}

#[tokio::test]
async fn a_schema_of_a_newer_program_is_left_alone() {
    let Some(server) = server() else { return };
    let url = make_database(&server, true).await.unwrap();
    run(&url, "update schema_version set version = 999").await;
    let refused = Store::open_postgres(&url).await;
    assert!(
        matches!(refused, Err(StoreError::NewerSchema { found: 999, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_lost_connection_is_told_and_made_anew() {
    let Some(server) = server() else { return };
    let url = make_database(&server, true).await.unwrap();
    let store = Store::open_postgres(&url).await.unwrap();
    let mut connection = store.read().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    put(&mut tx, 1).await;
    count_outbox(&mut connection).await.unwrap();
    run(
        &url,
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .await;
    let lost = count_outbox(&mut connection).await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    let lost = tx.commit().await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    drop(connection);
    let mut again = store.begin().await.unwrap();
    assert_eq!(count_outbox(&mut again).await.unwrap(), 0);
    put(&mut again, 2).await;
    again.commit().await.unwrap();
    assert_eq!(waiting(&store).await, [2]);
}

#[tokio::test]
async fn a_start_that_fails_says_why_in_one_sentence() {
    let Some(server) = server() else { return };
    let (base, _) = server.rsplit_once('/').unwrap();
    let (_, place) = base.split_once('@').unwrap();
    let unknown = Store::open_postgres(&format!("{base}/nowhere")).await;
    let told = reason(unknown);
    assert!(told.contains("there is no database nowhere"), "{told}");
    run(
        &server,
        "do $$ begin create role locked_out login password 'right';
         exception when duplicate_object then null; end $$",
    )
    .await;
    let wrong = format!("postgres://locked_out:s3cret@{place}/postgres");
    let told = reason(Store::open_postgres(&wrong).await);
    assert!(
        told.contains("the password of user locked_out is wrong"),
        "{told}"
    );
    assert!(!told.contains("s3cret"), "{told}");
    let nobody = Store::open_postgres("postgres://ada@127.0.0.1:1/throughline").await;
    let told = reason(nobody);
    assert!(
        told.contains("127.0.0.1:1/throughline cannot be used: nothing answers"),
        "{told}"
    );
}

#[tokio::test]
async fn a_database_of_another_encoding_is_refused() {
    let Some(server) = server() else { return };
    let name = format!("ascii_{}", std::process::id());
    run(&server, &format!("drop database if exists {name}")).await;
    let make = format!("create database {name} template template0 encoding 'SQL_ASCII' locale 'C'");
    run(&server, &make).await;
    let (base, _) = server.rsplit_once('/').unwrap();
    let told = reason(Store::open_postgres(&format!("{base}/{name}")).await);
    assert!(
        told.contains("has the encoding SQL_ASCII, UTF8 is needed"),
        "{told}"
    );
}
