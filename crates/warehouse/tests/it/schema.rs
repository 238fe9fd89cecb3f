//! A file and a server have the same tables.

use warehouse::testing;

use crate::facts::House;

/// Only a file keeps these: its settings, and sums by campaign with what they need.
const OF_FILES: [&str; 3] = ["meta", "campaign_days", "unsummed_days"];

/// It was added to tables with rows, where a file allows no rule against null; none is stored.
const LOOSER_IN_FILES: &str = "labels campaign_key";

#[test]
fn tables_columns_and_what_may_be_null_are_the_same_on_both() {
    if testing::server().is_none() {
        return;
    }
    let file = House::in_file().texts(
        "select table_name, column_name, (is_nullable = 'YES')::integer
         from information_schema.columns where table_catalog <> 'temp'
         order by table_name, ordinal_position",
    );
    let server = House::new().texts(
        "select table, name, toUInt8(startsWith(type, 'Nullable'))
         from system.columns where database = currentDatabase() and name <> 'batch'
         order by table, position",
    );
    let tables: Vec<&str> = file
        .iter()
        .filter_map(|row| row.split(' ').next())
        .collect();
    let of = |row: &&String, names: &[&str]| {
        names.iter().any(|name| row.split(' ').next() == Some(name))
    };
    let strict = |row: &String| match row.strip_prefix(LOOSER_IN_FILES) {
        Some(_) => format!("{LOOSER_IN_FILES} 0"),
        None => row.clone(),
    };
    let file: Vec<String> = file
        .iter()
        .filter(|row| !of(row, &OF_FILES))
        .map(strict)
        .collect();
    let server: Vec<String> = server
        .iter()
        .filter(|row| of(row, &tables))
        .cloned()
        .collect();
    assert!(file.len() > 100);
    assert_eq!(server, file);
}
