//! Migrations, back-ups and checks of the file.

use std::collections::BTreeMap;

use sqlx::ConnectOptions;
use sqlx::Row;
use sqlx::sqlite::SqliteConnectOptions;
use store::maintain::{back_up, check_integrity, count_tables};
use store::{Engine, Store, StoreError};
use tempfile::TempDir;

use crate::fixture::Fixture;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema");

#[tokio::test]
async fn migrating_an_empty_file_gives_the_committed_schema() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("new.sqlite");
    Store::open(&path).await.unwrap().close().await;
    let mut plain = SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
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
    let fixture = Fixture::new().await;
    let target = fixture.dir.path().join("copy.sqlite");
    let backed_up = back_up(&fixture.store, &target).await;
    if fixture.store.engine() == Engine::Postgres {
        assert!(
            matches!(backed_up, Err(StoreError::NoFile)),
            "{backed_up:?}"
        );
        return;
    }
    backed_up.unwrap();
    let copy = Store::open(&target).await.unwrap();
    let mut connection = copy.read().await.unwrap();
    assert_eq!(
        check_integrity(&mut connection).await.unwrap(),
        Vec::<String>::new()
    );
    let counts = count_tables(&mut connection).await.unwrap();
    let workspaces = counts
        .iter()
        .find(|table| table.name == "workspaces")
        .unwrap();
    assert_eq!(workspaces.rows, 2);
    assert!(
        back_up(&fixture.store, &target).await.is_err(),
        "nothing is overwritten"
    );
}

#[test]
fn every_query_file_is_referred_to() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
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
