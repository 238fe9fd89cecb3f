//! Facts as files: read back by another engine they are the same.

use std::path::Path;

use base::{Day, DayRange, WorkspaceId};
use warehouse::{FactTable, fact_tables};

use crate::facts::{House, WORKSPACE, landing, of_hit, of_outcome, outcome};

const DAY: i64 = 86_400_000;

fn table(name: &str) -> FactTable {
    let mut all = fact_tables().into_iter();
    all.find(|table| table.name == name).unwrap()
}

/// Writes every piece of a table, and gives the days with their rows.
fn write(house: &House, name: &str, days: Option<DayRange>, folder: &Path) -> Vec<(i32, u64)> {
    let table = table(name);
    let pieces = house
        .warehouse
        .fact_pieces(&table, WORKSPACE, days)
        .unwrap();
    let written = pieces.into_iter().map(|piece| {
        let day = piece.day.map_or(-1, |day| day.0);
        let path = folder.join(format!("{name}-{day}.parquet"));
        house
            .warehouse
            .write_facts(&table, WORKSPACE, piece, &path)
            .unwrap();
        (day, piece.rows)
    });
    written.collect()
}

#[test]
fn columns_of_an_export_are_those_of_the_tables() {
    let house = House::in_file();
    for table in fact_tables() {
        let known = house.texts(&format!(
            "select column_name from duckdb_columns() where table_name = '{}' \
             and schema_name = 'main' order by column_name",
            table.name
        ));
        let mut told: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        told.sort_unstable();
        let technical = |name: &String| name.as_str() != "campaign_key";
        let known: Vec<String> = known.into_iter().filter(technical).collect();
        assert_eq!(told, known, "{}", table.name);
        assert!(
            table
                .columns
                .iter()
                .all(|column| !column.meaning.is_empty())
        );
    }
}

#[test]
fn facts_are_read_back_from_their_files() {
    let house = House::new();
    let theirs = base::Hit {
        workspace: WorkspaceId(2),
        ..landing(9, 9, 10, "ads")
    };
    house.load(vec![
        of_hit(landing(1, u64::MAX, 10, "ads")),
        of_hit(landing(2, 2, DAY + 20, "it's")),
        of_hit(landing(3, 2, DAY + 30, "")),
        of_outcome(outcome(1, Some(2), DAY + 40)),
        of_hit(theirs),
    ]);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(write(&house, "hits", None, folder.path()), [(0, 1), (1, 2)]);
    assert_eq!(write(&house, "outcomes", None, folder.path()), [(1, 1)]);
    assert_eq!(write(&house, "traffic", None, folder.path()), [(-1, 3)]);
    write(&house, "credited", None, folder.path());

    let reader = House::in_file();
    let path = folder.path().display();
    let hits = reader.texts(&format!(
        "select visitor, at_ms, source from read_parquet('{path}/hits-*.parquet') \
         join read_parquet('{path}/traffic-*.parquet') using (workspace, traffic) order by at_ms"
    ));
    let expected = [
        format!("{} 10 ads", u64::MAX),
        format!("2 {} it's", DAY + 20),
        format!("2 {} ", DAY + 30),
    ];
    assert_eq!(hits, expected);
    for name in ["hits", "credited"] {
        let columns: Vec<&str> = table(name).columns.iter().map(|it| it.name).collect();
        let list = columns.join(", ");
        let there = house.texts(&format!(
            "select {list} from {name} where workspace = 1 order by at_ms, {list}"
        ));
        let read = reader.texts(&format!(
            "select {list} from read_parquet('{path}/{name}-*.parquet') order by at_ms, {list}"
        ));
        assert_eq!(read, there, "{name}");
    }
}

#[test]
fn only_the_days_that_are_asked_for_are_told() {
    let house = House::new();
    let hits = (0..4).map(|day| {
        of_hit(landing(
            day + 1,
            1,
            i64::try_from(day).unwrap() * DAY + 5,
            "",
        ))
    });
    house.load(hits.collect());
    let folder = tempfile::tempdir().unwrap();
    let days = DayRange {
        first: Day(1),
        last: Day(2),
    };
    let written = write(&house, "hits", Some(days), folder.path());
    assert_eq!(written, [(1, 1), (2, 1)]);
}
