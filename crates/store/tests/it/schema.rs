//! Migrations, back-ups and checks of the file.

use std::collections::BTreeMap;
use std::path::Path;

use base::{FactId, UnixMillis};
use sqlx::ConnectOptions as _;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use store::maintain::{
    back_up, check_integrity, count_relayed, count_tables, find_missing_indexes, hold_writers,
    make_index,
};
use store::outbox::{OutboxFact, delete_outbox, put_outbox, take_outbox};
use store::workspaces::insert_workspace;
use store::{Durability, Store, StoreError};
use tempfile::TempDir;

use crate::fixture::{NOW, workspace};

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema");

/// A connection that our code knows nothing of.
async fn plain(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    options.connect().await.unwrap()
}

#[tokio::test]
async fn migrating_an_empty_file_gives_the_committed_schema() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("new.sqlite");
    Store::open(&path).await.unwrap().close().await;
    let mut plain = plain(&path).await;
    let rows = sqlx::query(
        "select tbl_name, sql from sqlite_schema where sql is not null and name not like 'sqlite%' \
         order by tbl_name, type desc, name",
    )
    .fetch_all(&mut plain)
    .await
    .unwrap();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        tables.entry(row.get(0)).or_default().push(row.get(1));
    }
    let mut stale = Vec::new();
    for (table, statements) in &tables {
        let schema = statements.join(";\n\n") + ";\n";
        let file = format!("{SNAPSHOT}/{table}.sql");
        if schema != std::fs::read_to_string(&file).unwrap_or_default() {
            std::fs::write(format!("{file}.new"), &schema).unwrap();
            stale.push(table);
        }
    }
    assert_eq!(stale, Vec::<&String>::new(), "compare schema/*.sql.new");
    let kept = std::fs::read_dir(SNAPSHOT).unwrap();
    assert_eq!(
        kept.count(),
        tables.len(),
        "schema/ tells of tables that are gone"
    );
}

#[tokio::test]
async fn a_migrated_file_opens_again() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("again.sqlite");
    Store::open(&path).await.unwrap().close().await;
    assert!(Store::open(&path).await.is_ok());
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("newer.sqlite");
    let mut plain = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    sqlx::raw_sql("pragma user_version = 999")
        .execute(&mut plain)
        .await
        .unwrap();
    let refused = Store::open(&path).await;
    assert!(
        matches!(refused, Err(StoreError::NewerSchema { found: 999, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("text.sqlite");
    std::fs::write(
        &path,
        "this is a text and no database at all, whatever its name".repeat(50),
    )
    .unwrap();
    assert!(Store::open(&path).await.is_err());
}

#[tokio::test]
async fn a_back_up_opens_and_holds_everything() {
    let dir = TempDir::new().unwrap();
    let (file, target) = (dir.path().join("store.sqlite"), dir.path().join("copy"));
    let store = Store::open_with(&file, Durability::None).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    insert_workspace(&mut tx, &workspace("ours"), NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // What is being written is not in the copy, and does not stop it.
    let mut under_way = store.begin().await.unwrap();
    insert_workspace(&mut under_way, &workspace("theirs"), NOW)
        .await
        .unwrap();
    back_up(&file, &target).await.unwrap();
    under_way.commit().await.unwrap();
    let held = hold_writers(&file).await.unwrap();
    back_up(&file, &dir.path().join("held")).await.unwrap();
    held.release().await.unwrap();
    assert!(store.begin().await.is_ok());
    let copy = Store::open(&target).await.unwrap();
    let mut connection = copy.read().await.unwrap();
    let wrong = check_integrity(&mut connection).await.unwrap();
    assert_eq!(wrong, Vec::<String>::new());
    let counts = count_tables(&mut connection).await.unwrap();
    let workspaces = counts.iter().find(|table| table.name == "workspaces");
    assert_eq!(workspaces.unwrap().rows, 1);
    let again = back_up(&file, &target).await;
    assert!(again.is_err(), "nothing is overwritten");
    let nothing = back_up(&dir.path().join("absent"), &dir.path().join("other")).await;
    assert!(
        matches!(nothing, Err(StoreError::Open { .. })),
        "{nothing:?}"
    );
}

#[tokio::test]
async fn facts_that_leave_the_outbox_are_counted() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("store.sqlite");
    let store = Store::open_with(&file, Durability::None).await.unwrap();
    assert_eq!(count_relayed(&file).await.unwrap(), 0);
    let facts = [1, 2, 3].map(|id| OutboxFact {
        fact_id: FactId(id),
        payload: vec![1],
    });
    let mut tx = store.begin().await.unwrap();
    put_outbox(&mut tx, UnixMillis(1), &facts).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count_relayed(&file).await.unwrap(), 0);
    let mut tx = store.begin().await.unwrap();
    let taken = take_outbox(&mut tx, 2).await.unwrap();
    delete_outbox(&mut tx, taken[1].id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count_relayed(&file).await.unwrap(), 2);
}

#[test]
fn every_query_file_is_referred_to() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut code = String::new();
    for entry in std::fs::read_dir(&source).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "rs") {
            code.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    for folder in std::fs::read_dir(source.join("queries")).unwrap() {
        let folder = folder.unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let noun = folder.file_name().into_string().unwrap();
            let file = file.unwrap().file_name().into_string().unwrap();
            let named = format!("queries/{noun}/{file}\"");
            assert!(code.contains(&named), "{named} is not used");
        }
    }
}

#[tokio::test]
async fn an_index_that_is_missing_is_found_and_made_again() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("store.sqlite");
    Store::open(&path).await.unwrap().close().await;
    let mut plain = plain(&path).await;
    sqlx::query("drop index api_keys_by_workspace")
        .execute(&mut plain)
        .await
        .unwrap();
    let store = Store::open_with(&path, Durability::None).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let found = find_missing_indexes(&mut reader).await.unwrap();
    let names: Vec<&str> = found.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(names, ["api_keys_by_workspace"]);
    let mut tx = store.begin().await.unwrap();
    make_index(&mut tx, &found[0]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(find_missing_indexes(&mut reader).await.unwrap(), []);
}
