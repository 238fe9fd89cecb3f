//! Both engines have the same logical schema: tables, columns, keys, references, indexes.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, PgConnection, Row};
use store::Store;
use store::testing::make_database;
use tempfile::TempDir;

use crate::server::{administrator, server};

/// What each engine needs beside the tables that both have.
const OWN_TABLES: &[&str] = &["last_ids", "revisions", "schema_version", "sqlite_sequence"];

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    /// Name, type by the store's convention, whether it may be null; in their order.
    columns: Vec<(String, String, bool)>,
    /// Columns of the primary key and of every other unique key; whether for some rows only.
    unique: BTreeSet<(Vec<String>, bool)>,
    /// Columns, the table they refer to, and the columns there.
    references: BTreeSet<(Vec<String>, String, Vec<String>)>,
    /// Name, columns, and whether for some rows only.
    indexes: BTreeSet<(String, Vec<String>, bool)>,
}

type Schema = BTreeMap<String, Table>;

#[tokio::test]
async fn both_engines_have_the_same_tables() {
    let Some(server) = server() else { return };
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("new.sqlite");
    Store::open(&path).await.unwrap().close().await;
    let mut file = SqliteConnectOptions::new()
        .filename(&path)
        .connect()
        .await
        .unwrap();
    let url = make_database(&server, true).await.unwrap();
    let (of_file, of_server) = (of_sqlite(&mut file).await, of_postgres(&url).await);
    assert_eq!(
        of_file.keys().collect::<Vec<_>>(),
        of_server.keys().collect::<Vec<_>>()
    );
    for (name, table) in &of_file {
        assert_eq!(table, &of_server[name], "{name}");
    }
}

#[tokio::test]
async fn unique_keys_are_named_after_their_table_and_last_column() {
    let Some(server) = server() else { return };
    let url = make_database(&server, true).await.unwrap();
    let asked = "
        select t.relname, i.relname, pg_get_indexdef(x.indexrelid, x.indnkeyatts, false)
        from pg_index as x
        join pg_class as t on t.oid = x.indrelid
        join pg_class as i on i.oid = x.indexrelid
        where x.indisunique and t.relnamespace = 'public'::regnamespace
            and not (x.indisprimary and x.indnkeyatts = 1)";
    let mut connection = administrator(&url).await;
    let rows = sqlx::query(asked).fetch_all(&mut connection).await.unwrap();
    assert!(rows.len() > 20);
    for row in rows {
        let (table, key, last): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        assert_eq!(key, format!("{table}__{last}"));
    }
}

#[tokio::test]
async fn texts_are_compared_byte_by_byte_on_a_server() {
    let Some(server) = server() else { return };
    let url = make_database(&server, true).await.unwrap();
    let asked = "
        select table_name || '.' || column_name
        from information_schema.columns
        where table_schema = 'public' and data_type = 'text'
            and collation_name is distinct from 'C'";
    let mut connection = administrator(&url).await;
    let loose: Vec<String> = sqlx::query_scalar(asked)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(loose, Vec::<String>::new());
}

async fn of_sqlite(file: &mut SqliteConnection) -> Schema {
    let tables = "select name from sqlite_schema where type = 'table' order by name";
    let names: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(&mut *file)
        .await
        .unwrap();
    let mut schema = Schema::new();
    for name in names {
        if !OWN_TABLES.contains(&name.as_str()) {
            let table = sqlite_table(file, &name).await;
            schema.insert(name, table);
        }
    }
    schema
}

async fn sqlite_table(file: &mut SqliteConnection, name: &str) -> Table {
    let mut table = Table::default();
    let columns = "select name, lower(type), \"notnull\", pk from pragma_table_info($1)";
    let mut key: BTreeMap<i64, String> = BTreeMap::new();
    for row in all(file, columns, name).await {
        let (column, kind): (String, String) = (row.get(0), row.get(1));
        let place: i64 = row.get(3);
        if place > 0 {
            key.insert(place, column.clone());
        }
        let is_null = row.get::<i64, _>(2) == 0 && place == 0;
        table.columns.push((column, kind, is_null));
    }
    table.unique.insert((key.into_values().collect(), false));
    let indexes = "select name, \"unique\", partial, origin from pragma_index_list($1)";
    for row in all(file, indexes, name).await {
        let (index, is_unique): (String, i64) = (row.get(0), row.get(1));
        let is_partial = row.get::<i64, _>(2) == 1;
        let asked = "select name from pragma_index_xinfo($1) where key = 1 order by seqno";
        let columns: Vec<String> = all(file, asked, &index)
            .await
            .iter()
            .map(|row| row.get::<Option<String>, _>(0).unwrap_or_default())
            .collect();
        if is_unique == 1 {
            table.unique.insert((columns, is_partial));
        } else {
            table.indexes.insert((index, columns, is_partial));
        }
    }
    let references = "select id, \"table\", \"from\", \"to\" from pragma_foreign_key_list($1)
        order by id, seq";
    let mut grouped: BTreeMap<i64, (Vec<String>, String, Vec<String>)> = BTreeMap::new();
    for row in all(file, references, name).await {
        let entry = grouped.entry(row.get(0)).or_default();
        entry.0.push(row.get(2));
        entry.1 = row.get(1);
        entry.2.push(row.get(3));
    }
    table.references = grouped.into_values().collect();
    table
}

async fn all(
    file: &mut SqliteConnection,
    asked: &'static str,
    name: &str,
) -> Vec<sqlx::sqlite::SqliteRow> {
    sqlx::query(asked).bind(name).fetch_all(file).await.unwrap()
}

async fn of_postgres(url: &str) -> Schema {
    let mut connection = administrator(url).await;
    let mut schema = Schema::new();
    add_columns(&mut connection, &mut schema).await;
    add_indexes(&mut connection, &mut schema).await;
    add_references(&mut connection, &mut schema).await;
    schema.retain(|name, _| !OWN_TABLES.contains(&name.as_str()));
    schema
}

async fn add_columns(connection: &mut PgConnection, schema: &mut Schema) {
    let asked = "
        select table_name::text, column_name::text, data_type::text, is_nullable = 'YES'
        from information_schema.columns
        where table_schema = 'public'
        order by table_name, ordinal_position";
    for row in sqlx::query(asked).fetch_all(connection).await.unwrap() {
        let kind = match row.get::<String, _>(2).as_str() {
            "bigint" => "integer".to_owned(),
            "bytea" => "blob".to_owned(),
            other => other.to_owned(),
        };
        let table = schema.entry(row.get(0)).or_default();
        table.columns.push((row.get(1), kind, row.get(3)));
    }
}

async fn add_indexes(connection: &mut PgConnection, schema: &mut Schema) {
    let asked = "
        select t.relname::text, i.relname::text, x.indisunique, x.indpred is not null,
            array(
                select coalesce(a.attname::text, '')
                from unnest(x.indkey::int2[]) with ordinality as k (number, place)
                left join pg_attribute as a
                    on a.attrelid = x.indrelid and a.attnum = k.number and k.number > 0
                order by k.place
            )
        from pg_index as x
        join pg_class as t on t.oid = x.indrelid
        join pg_class as i on i.oid = x.indexrelid
        where t.relnamespace = 'public'::regnamespace";
    for row in sqlx::query(asked).fetch_all(connection).await.unwrap() {
        let table = schema.entry(row.get(0)).or_default();
        let (is_partial, columns): (bool, Vec<String>) = (row.get(3), row.get(4));
        if row.get(2) {
            table.unique.insert((columns, is_partial));
        } else {
            table.indexes.insert((row.get(1), columns, is_partial));
        }
    }
}

async fn add_references(connection: &mut PgConnection, schema: &mut Schema) {
    let asked = "
        select c.conrelid::regclass::text, c.confrelid::regclass::text,
            array(
                select a.attname::text
                from unnest(c.conkey) with ordinality as k (number, place)
                join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.number
                order by k.place
            ),
            array(
                select a.attname::text
                from unnest(c.confkey) with ordinality as k (number, place)
                join pg_attribute as a on a.attrelid = c.confrelid and a.attnum = k.number
                order by k.place
            )
        from pg_constraint as c
        where c.contype = 'f' and c.connamespace = 'public'::regnamespace";
    for row in sqlx::query(asked).fetch_all(connection).await.unwrap() {
        let table = schema.entry(row.get(0)).or_default();
        table
            .references
            .insert((row.get(2), row.get(1), row.get(3)));
    }
}
