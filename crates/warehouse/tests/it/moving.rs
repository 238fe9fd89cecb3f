//! A file that goes to a server: everything is there, or nothing starts on it.

use std::path::Path;

use base::{ChannelId, UnixMillis, WorkspaceId};
use warehouse::{
    Batch, ChannelRow, Error, Label, Limits, MOVED_PIECE_ROWS, NewLabel, Parameter, Position,
    Warehouse, testing,
};

use crate::facts::{cost, filed, history, label, landing, of_hit, of_outcome, outcome, state};
use crate::proxy::{Fault, Proxy};

const HERE: WorkspaceId = WorkspaceId(1);

/// A file with something in every table, in many places of it.
fn filled(folder: &Path) -> Warehouse {
    let file = Warehouse::open_file_in(folder).unwrap();
    let zone = "Asia/Kathmandu".parse().unwrap();
    file.set_time_zone(HERE, &zone).unwrap();
    for number in 0..6_i64 {
        let at = 1_700_000_000_000 + number * 86_400_000;
        let id = u128::try_from(number).unwrap() + 1;
        let visit = u64::try_from(number).unwrap() + 1;
        let source = ["ads", "mail", "it's | \u{1f} ~"][usize::try_from(number % 3).unwrap()];
        let facts = vec![
            of_hit(landing(id, visit, at, source)),
            of_outcome(outcome(id, Some(visit), at + 1_000)),
            cost(id),
            state(id),
            history(id, 8),
            filed(7, id + 100, landing(id + 50, visit + 50, at + 5_000, "log")),
        ];
        let position = Some(Position {
            node: "main".to_owned(),
            segment: visit,
            offset: 40,
        });
        let batch = Batch {
            facts,
            position,
            ..Batch::default()
        };
        file.load(&batch, &label).unwrap();
    }
    let channel = ChannelRow {
        id: ChannelId(3),
        parent: None,
        name: "Paid".to_owned(),
        colour: 2,
        position: 1,
    };
    file.publish_channels(HERE, &[channel]).unwrap();
    let renamed = |row: &warehouse::TrafficRow| NewLabel {
        key: row.key,
        label: Label {
            campaign: "renamed".to_owned(),
            version: 2,
            ..Label::default()
        },
    };
    let dictionary = file.traffic(HERE).unwrap();
    let labels: Vec<NewLabel> = dictionary.iter().map(renamed).collect();
    file.relabel(HERE, &labels, UnixMillis(1_700_000_500_000))
        .unwrap();
    file
}

/// All that both engines tell of themselves, in an order.
fn contents(warehouse: &Warehouse) -> Vec<String> {
    const TABLES: [&str; 15] = [
        "hits",
        "repeatable_hits",
        "visits",
        "touches",
        "outcomes",
        "credited",
        "costs",
        "lead_states",
        "history",
        "traffic",
        "labels",
        "past_labels",
        "channels",
        "time_zones",
        "journal_position",
    ];
    let columns = "select column_name from duckdb_columns() where table_name = $1 \
                   order by column_index";
    let file = tempfile::tempdir().unwrap();
    let file = Warehouse::open_file_in(file.path()).unwrap();
    let read = |table: &str| {
        let asked = [Parameter::Text(table.to_owned())];
        let listed = file.query(columns, &asked, Limits::default()).unwrap();
        let names: Vec<String> = listed
            .rows
            .iter()
            .filter_map(|row| row[0].display())
            .collect();
        let list = names.join(", ");
        let sql = format!(
            "select {list} from {table} where {} order by {list}",
            match table {
                // A commit of no node's journal.
                "journal_position" => "node <> ''",
                _ => "1 = 1",
            }
        );
        let found = warehouse.query(&sql, &[], Limits::default()).unwrap();
        assert!(!found.rows.is_empty(), "{table} is empty");
        format!("{table}: {:?}", found.rows)
    };
    let days = "select day, sum(visits), sum(bounces), sum(clicks) from hits_daily group by day \
                order by day";
    let days = warehouse.query(days, &[], Limits::default()).unwrap();
    let mut all: Vec<String> = TABLES.iter().map(|table| read(table)).collect();
    all.push(format!("{:?}", days.rows));
    all
}

/// An address of a database that nobody used before.
fn database(server: &str, folder: &Path) -> String {
    testing::address(server, folder).unwrap()
}

#[test]
fn everything_is_on_the_server_afterwards_and_the_file_is_as_it_was() {
    let Some(server) = testing::server() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = filled(folder.path());
    let before = contents(&file);
    let url = database(&server, folder.path());
    let mut seen = Vec::new();
    let moved = file.move_to_server(&url, 2, &mut |moving| seen.push((moving.rows, moving.of)));
    let moved = moved.unwrap();
    let hits = moved.iter().find(|table| table.name == "hits").unwrap();
    assert_eq!(hits.rows, 12);
    assert!(seen.is_sorted() && seen.last().is_some_and(|(rows, of)| rows == of));
    assert_eq!(contents(&file), before);
    let there = Warehouse::open_server(&url).unwrap();
    assert_eq!(contents(&there), before);
    let again = file.move_to_server(&url, MOVED_PIECE_ROWS, &mut |_| {});
    assert!(matches!(again, Err(Error::Held)));
    // Loading goes on where the file's journal was, and what comes again is known.
    let position = there.position("main").unwrap().unwrap();
    assert_eq!((position.segment, position.offset), (6, 40));
    let repeated = Batch {
        facts: vec![cost(1), of_outcome(outcome(2, Some(2), 2_000))],
        ..Batch::default()
    };
    let loaded = there.load(&repeated, &label).unwrap();
    assert_eq!(
        (loaded.costs, loaded.outcomes, loaded.duplicates),
        (0, 0, 2)
    );
    drop(there);
    assert_eq!(contents(&Warehouse::open_server(&url).unwrap()), before);
}

#[test]
fn a_move_that_is_killed_at_any_change_is_refused_at_the_start_and_goes_on() {
    let Some(server) = testing::server() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = filled(folder.path());
    let before = contents(&file);
    let url = database(&server, folder.path());
    let proxy = Proxy::before(&server);
    let through = proxy.through(&url);
    let (mut after, mut refused) = (8, 0);
    loop {
        // Each try comes a little farther than the one before, and takes up what that has left.
        proxy.plan(Some(Fault::Killed { after }));
        match file.move_to_server(&through, 2, &mut |_| {}) {
            Ok(_) => break,
            Err(error) => assert!(error.is_away(), "{error:?}"),
        }
        match Warehouse::open_server(&url) {
            Err(Error::HalfMoved) => refused += 1,
            opened => assert!(opened.is_ok() && after < 40, "{after}"),
        }
        after += 5;
    }
    assert!(refused > 3, "{refused}");
    assert_eq!(contents(&Warehouse::open_server(&url).unwrap()), before);
}

#[test]
fn a_file_that_changed_meanwhile_is_copied_from_its_start() {
    let Some(server) = testing::server() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = filled(folder.path());
    let url = database(&server, folder.path());
    let proxy = Proxy::before(&server);
    let through = proxy.through(&url);
    // Migrations and the beginning come first; this breaks among the pieces.
    Warehouse::open_server(&url).unwrap();
    proxy.plan(Some(Fault::Killed { after: 30 }));
    assert!(file.move_to_server(&through, 2, &mut |_| {}).is_err());
    let more = Batch {
        facts: vec![of_hit(landing(9, 9, 1_600_000_000_000, "late"))],
        ..Batch::default()
    };
    file.load(&more, &label).unwrap();
    file.compact(UnixMillis(1_800_000_000_000)).unwrap();
    let before = contents(&file);
    file.move_to_server(&url, 3, &mut |_| {}).unwrap();
    assert_eq!(contents(&Warehouse::open_server(&url).unwrap()), before);
}
