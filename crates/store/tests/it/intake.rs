//! The ingest log: counts are added once, nodes add up, and minutes become hours without a loss.

use base::{UnixMillis, WorkspaceId};
use store::intake::{
    CountByDoor, IntakeCount, IntakeRun, IntakeSelection, Nobodys, add_counts, end_run,
    fold_counts, list_runs, sum_by_door, sum_by_time,
};

use crate::fixture::Fixture;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 3_600_000;
const BEGIN: UnixMillis = UnixMillis(1_800_000_000_000);

fn run(name: &str, sequence: i64) -> IntakeRun {
    IntakeRun {
        run: name.to_owned(),
        node: "node".to_owned(),
        began_at: BEGIN,
        sequence,
        written_at: BEGIN.plus_ms(sequence),
        ended_at: None,
    }
}

fn counted(workspace: i64, minute: i64, outcome: &str, count: i64) -> IntakeCount {
    IntakeCount {
        workspace_id: workspace,
        at: BEGIN.plus_ms(minute * MINUTE),
        span_ms: MINUTE,
        site_id: 0,
        door: "click".to_owned(),
        outcome: outcome.to_owned(),
        count,
    }
}

fn selection(workspace: WorkspaceId, nobodys: Nobodys) -> IntakeSelection<'static> {
    IntakeSelection {
        workspace,
        nobodys,
        from: BEGIN,
        until: BEGIN.plus_ms(24 * HOUR),
        site: None,
        door: None,
        span_ms: HOUR,
    }
}

async fn add(fixture: &Fixture, run: &IntakeRun, counts: &[IntakeCount]) -> bool {
    let mut tx = fixture.begin().await;
    let added = add_counts(&mut tx, run, counts).await.unwrap();
    tx.commit().await.unwrap();
    added
}

async fn told(fixture: &Fixture, asked: &IntakeSelection<'_>) -> Vec<(i64, String, i64)> {
    let mut connection = fixture.read().await;
    let rows = sum_by_time(&mut connection, asked).await.unwrap();
    let told = rows.into_iter().map(|row| {
        let hours = row.at.since_ms(BEGIN) / HOUR;
        (hours, row.outcome, row.count)
    });
    told.collect()
}

#[tokio::test]
async fn what_is_told_again_is_added_once_and_processes_add_up() {
    let fixture = Fixture::new().await;
    let ours = fixture.ours.0;
    let batch = [counted(ours, 0, "in", 3), counted(ours, 0, "stored", 3)];
    assert!(add(&fixture, &run("a", 1), &batch).await);
    assert!(
        !add(&fixture, &run("a", 1), &batch).await,
        "the answer was lost"
    );
    assert!(add(&fixture, &run("a", 2), &batch[..1]).await);
    assert!(add(&fixture, &run("b", 1), &batch).await, "another node");
    let asked = selection(fixture.ours, Nobodys::Left);
    let expected = [(0, "in".to_owned(), 9), (0, "stored".to_owned(), 6)];
    assert_eq!(told(&fixture, &asked).await, expected);
}

#[tokio::test]
async fn each_workspace_sees_its_own_and_nobodys_where_it_may() {
    let fixture = Fixture::new().await;
    let (ours, theirs) = (fixture.ours, fixture.theirs);
    let counts = [
        counted(ours.0, 0, "in", 1),
        counted(theirs.0, 0, "in", 2),
        counted(0, 0, "in", 4),
    ];
    add(&fixture, &run("a", 1), &counts).await;
    let mut connection = fixture.read().await;
    for (workspace, nobodys, expected) in [
        (ours, Nobodys::Left, vec![(ours.0, 1)]),
        (theirs, Nobodys::Left, vec![(theirs.0, 2)]),
        (ours, Nobodys::Included, vec![(0, 4), (ours.0, 1)]),
    ] {
        let asked = selection(workspace, nobodys);
        let rows = sum_by_door(&mut connection, &asked).await.unwrap();
        let rows = rows
            .iter()
            .map(|row: &CountByDoor| (row.workspace_id, row.count));
        assert_eq!(rows.collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn old_minutes_become_hours_and_old_hours_go() {
    let fixture = Fixture::new().await;
    let ours = fixture.ours.0;
    let minutes = [0, 1, 59, 60, 61, 120].map(|minute| counted(ours, minute, "in", 10));
    add(&fixture, &run("a", 1), &minutes).await;
    let asked = selection(fixture.ours, Nobodys::Left);
    let before = told(&fixture, &asked).await;
    assert_eq!(before.iter().map(|(.., count)| count).sum::<i64>(), 60);
    for _ in 0..2 {
        let mut tx = fixture.begin().await;
        let until = BEGIN.plus_ms(2 * HOUR);
        fold_counts(&mut tx, (MINUTE, HOUR), until, BEGIN)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(told(&fixture, &asked).await, before);
    }
    let by_minute = IntakeSelection {
        span_ms: MINUTE,
        ..asked
    };
    let left = told(&fixture, &by_minute).await;
    assert_eq!(
        left,
        [(2, "in".to_owned(), 10)],
        "the rest is known by the hour"
    );
    // What comes for an hour that was made of minutes before adds up with it.
    add(&fixture, &run("a", 2), &minutes[..1]).await;
    let mut tx = fixture.begin().await;
    let until = BEGIN.plus_ms(3 * HOUR);
    fold_counts(&mut tx, (MINUTE, HOUR), until, BEGIN.plus_ms(HOUR))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let expected = [(1, "in".to_owned(), 20), (2, "in".to_owned(), 10)];
    assert_eq!(told(&fixture, &asked).await, expected);
}

#[tokio::test]
async fn a_process_is_known_from_its_first_word_to_its_last() {
    let fixture = Fixture::new().await;
    add(&fixture, &run("a", 0), &[]).await;
    let mut tx = fixture.begin().await;
    end_run(&mut tx, "a", BEGIN.plus_ms(7)).await.unwrap();
    tx.commit().await.unwrap();
    add(&fixture, &run("b", 1), &[]).await;
    let mut connection = fixture.read().await;
    let runs = list_runs(&mut connection, BEGIN).await.unwrap();
    let told = runs
        .iter()
        .map(|run| (run.run.as_str(), run.sequence, run.ended_at));
    let expected = [("a", 0, Some(BEGIN.plus_ms(7))), ("b", 1, None)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}
