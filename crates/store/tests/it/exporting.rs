//! An export holds every table or says why not, and rows of one workspace alone.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use store::exporting::{
    ExportPlace, ExportedTable, exported_tables, list_exported_rows, tables_left_out,
};
use store::leads::put_leads;
use store::moving::TABLES;

use crate::fixture::{Fixture, NOW, insert_lead, lead};

/// Columns of a table as the committed schema has them.
fn columns_of(table: &str) -> BTreeSet<String> {
    let path = format!("{}/schema/{table}.sql", env!("CARGO_MANIFEST_DIR"));
    let schema = std::fs::read_to_string(path).unwrap();
    let schema = schema.split_once('(').unwrap().1;
    let schema = schema.split(") strict").next().unwrap();
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for line in schema.lines().filter(|line| !line.trim().starts_with("--")) {
        for letter in line.chars() {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            match letter {
                ',' if depth == 0 => parts.push(String::new()),
                _ => parts.last_mut().unwrap().push(letter),
            }
        }
        parts.last_mut().unwrap().push(' ');
    }
    let words = parts
        .iter()
        .filter_map(|part| part.split_whitespace().next());
    let is_rule = |word: &&str| matches!(*word, "primary" | "unique" | "foreign" | "check");
    words
        .filter(|word| !is_rule(word))
        .map(|word| word.trim_matches('"').to_owned())
        .collect()
}

#[test]
fn every_table_is_exported_or_left_out_for_a_reason() {
    let exported = exported_tables();
    let mut told: Vec<&str> = exported.iter().map(|table| table.name).collect();
    told.extend(tables_left_out().map(|(name, _)| name));
    told.sort_unstable();
    let mut all = TABLES.to_vec();
    all.sort_unstable();
    assert_eq!(told, all);
    for table in &exported {
        let columns: BTreeSet<String> = table.all_columns().map(str::to_owned).collect();
        assert_eq!(columns, columns_of(table.name), "{}", table.name);
        assert!(
            table
                .columns
                .iter()
                .all(|column| !column.meaning.is_empty())
        );
    }
}

#[test]
fn nothing_that_lets_somebody_in_is_exported() {
    for table in exported_tables() {
        for column in &table.columns {
            let secret = ["hash", "secret", "token", "sealed", "password"];
            let is_secret = secret.iter().any(|word| column.name.contains(word));
            // Of a file, which is no secret.
            let is_secret = is_secret && column.name != "content_hash";
            assert!(!is_secret, "{} of {}", column.name, table.name);
        }
    }
}

async fn rows(fixture: &Fixture, table: &ExportedTable) -> Vec<Vec<Value>> {
    let mut connection = fixture.store.read().await.unwrap();
    let (mut place, mut all) = (ExportPlace::default(), Vec::new());
    loop {
        let next = list_exported_rows(&mut connection, table, fixture.ours, &mut place);
        let next = next.await.unwrap();
        if next.is_empty() {
            return all;
        }
        all.extend(next);
    }
}

#[tokio::test]
async fn rows_of_one_workspace_are_read_whole() {
    let fixture = Fixture::new().await;
    let mut tx = fixture.begin().await;
    let ours = insert_lead(&mut tx, fixture.ours, &lead(NOW))
        .await
        .unwrap();
    insert_lead(&mut tx, fixture.theirs, &lead(NOW))
        .await
        .unwrap();
    let mut read = store::leads::list_leads_by_id(&mut tx, fixture.ours, &[ours]).await;
    let leads = read.as_mut().unwrap();
    leads[0].details.click_id = Some(base::FactId(u128::MAX - 3));
    leads[0].details.fields = json!({"size": "=1+1"});
    put_leads(&mut tx, fixture.ours, leads).await.unwrap();
    tx.commit().await.unwrap();

    let tables = exported_tables();
    for table in &tables {
        for row in rows(&fixture, table).await {
            let owner = table
                .columns
                .iter()
                .position(|it| it.name == "workspace_id");
            assert!(
                owner.is_none_or(|at| row[at] == json!(fixture.ours.0)),
                "{}",
                table.name
            );
        }
    }
    let leads = tables.iter().find(|table| table.name == "leads").unwrap();
    let found = rows(&fixture, leads).await;
    assert_eq!(found.len(), 1);
    let of = |name: &str| {
        let at = leads.columns.iter().position(|it| it.name == name).unwrap();
        &found[0][at]
    };
    assert_eq!(of("id"), &json!(ours.0));
    assert_eq!(of("fields"), &json!({"size": "=1+1"}));
    assert_eq!(of("click_id"), &json!(format!("{:032x}", u128::MAX - 3)));
    let workspaces = tables
        .iter()
        .find(|table| table.name == "workspaces")
        .unwrap();
    assert_eq!(rows(&fixture, workspaces).await.len(), 1);
}
