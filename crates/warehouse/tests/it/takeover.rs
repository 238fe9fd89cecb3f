//! Several who mean to load the same journal: each fact counts once, whoever has the turn.

use std::sync::Arc;

use base::{Fact, Hit, HitId};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use warehouse::{Batch, Error, Position, Warehouse, testing};

use crate::facts::{House, hit, label, of_hit};
use crate::proxy::{Fault, Proxy};

const NODE: &str = "c1";
const FACTS: u64 = 24;

fn at(number: u64) -> Position {
    Position {
        node: NODE.to_owned(),
        segment: 3,
        offset: number,
    }
}

/// Nothing but its place keeps such a fact from counting twice.
fn fact(number: u64) -> Fact {
    of_hit(Hit {
        id: HitId::Stamped(u16::try_from(number).unwrap()),
        ..hit(1, number + 1, 1_000)
    })
}

fn batch(from: u64, until: u64) -> Batch {
    Batch {
        facts: (from..until).map(fact).collect(),
        from: Some(at(from)),
        position: Some(at(until)),
    }
}

/// As many who may load as are asked for: on a server each is a process of its own.
fn loaders(house: House, count: usize) -> (tempfile::TempDir, Vec<Arc<Warehouse>>) {
    let House { warehouse, folder } = house;
    let Some(server) = testing::server() else {
        let one = Arc::new(warehouse);
        return (folder, vec![one; count]);
    };
    drop(warehouse);
    let url = testing::address(&server, folder.path()).unwrap();
    let follow = |_| Arc::new(Warehouse::open_server_following(&url).unwrap());
    let all: Vec<_> = (0..count).map(follow).collect();
    all[0].take_over().unwrap();
    (folder, all)
}

fn counted(warehouse: &Warehouse) -> String {
    warehouse.answers().unwrap();
    let sql = "select count(*), count(distinct visitor) from hits";
    let table = warehouse.query(sql, &[], warehouse::Limits::default());
    let row = &table.unwrap().rows[0];
    let cells = row.iter().map(|cell| cell.int().unwrap().to_string());
    cells.collect::<Vec<_>>().join(" of ")
}

#[test]
fn a_batch_that_was_read_before_another_one_was_loaded_is_refused() {
    let (_folder, loaders) = loaders(House::new(), 2);
    let [first, second] = loaders.as_slice() else {
        panic!("there are two");
    };
    first.load(&batch(0, 5), &label).unwrap();
    // Both read on from there; the second one loads more of it, and the first one comes late.
    let late = batch(5, 12);
    second.take_over().unwrap();
    second.load(&batch(5, 9), &label).unwrap();
    first.take_over().unwrap();
    let refused = first.load(&late, &label).unwrap_err();
    assert!(matches!(&refused, Error::NotNext { node } if node == NODE));
    // What is known stays in force: the next batch needs nobody to take over again.
    assert!(!first.has_lapsed());
    first.load(&batch(9, 12), &label).unwrap();
    assert_eq!(counted(first), "12 of 12");
    let skipped = first.load(&batch(0, 5), &label).unwrap();
    assert!(skipped.skipped);
}

#[test]
fn who_was_taken_over_from_takes_nothing_back_by_itself() {
    let Some(server) = testing::server() else {
        return;
    };
    let (folder, loaders) = loaders(House::new(), 2);
    let holder = &loaders[1];
    let url = testing::address(&server, folder.path()).unwrap();
    let proxy = Proxy::before(&server);
    let former = Warehouse::open_server_following(&proxy.through(&url)).unwrap();
    former.take_over().unwrap();
    former.load(&batch(0, 5), &label).unwrap();
    // A write fails, and nobody knows whether it was stored; meanwhile another one takes over.
    proxy.plan(Some(Fault::Killed { after: 0 }));
    assert!(former.load(&batch(5, 8), &label).unwrap_err().is_away());
    proxy.plan(None);
    assert!(former.has_lapsed());
    holder.take_over().unwrap();
    for _ in 0..2 {
        let refused = former.load(&batch(5, 8), &label).unwrap_err();
        assert!(matches!(refused, Error::Lapsed), "{refused}");
        // It still answers, and says where to go on, without claiming anything.
        assert_eq!(former.position(NODE).unwrap(), Some(at(5)));
        former.answers().unwrap();
    }
    holder.load(&batch(5, 8), &label).unwrap();
    // One that never noticed is refused by the server, and does not claim either.
    let hung = &loaders[0];
    hung.take_over().unwrap();
    holder.take_over().unwrap();
    for expected in [Error::Fenced, Error::Lapsed] {
        let refused = hung.load(&batch(8, 9), &label).unwrap_err();
        assert_eq!(refused.to_string(), expected.to_string());
    }
    // Whoever has the turn and was pushed aside takes over again.
    hung.take_over().unwrap();
    let refused = holder.load(&batch(8, 9), &label).unwrap_err();
    assert!(matches!(refused, Error::Fenced) && holder.has_lapsed());
    holder.take_over().unwrap();
    holder.load(&batch(8, 9), &label).unwrap();
    hung.stand_back();
    assert!(!hung.has_lapsed());
    let refused = hung.load(&batch(9, 10), &label).unwrap_err();
    assert!(matches!(refused, Error::Follows), "{refused}");
    assert_eq!(counted(hung), "9 of 9");
}

/// What one of them does next.
#[derive(Debug, Clone, Copy)]
enum Move {
    /// Asks where to go on, and reads so many entries.
    Read(u64),
    /// Loads what it has read, whenever that was.
    Load,
    TakeOver,
    StandBack,
}

fn moves() -> impl Strategy<Value = Vec<(usize, Move)>> {
    let one = prop_oneof![
        4 => (1..6_u64).prop_map(Move::Read),
        4 => Just(Move::Load),
        2 => Just(Move::TakeOver),
        1 => Just(Move::StandBack),
    ];
    prop::collection::vec((0..3_usize, one), 10..40)
}

/// What is loaded, seen by whoever asks.
fn place(warehouse: &Warehouse) -> u64 {
    let known = warehouse.position(NODE).unwrap();
    known.map_or(0, |position| position.offset)
}

#[test]
fn however_loaders_overlap_each_fact_counts_once() {
    let (_folder, loaders) = loaders(House::new(), 3);
    let config = ProptestConfig {
        cases: testing::server().map_or(16, |_| 6),
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new(config);
    let done = runner.run(&moves(), |moves| {
        loaders[0].take_over().unwrap();
        loaders[0].wipe().unwrap();
        let mut read: [Option<Batch>; 3] = [None, None, None];
        for (who, next) in moves {
            let warehouse = &loaders[who];
            match next {
                Move::Read(count) => {
                    let from = place(warehouse);
                    let until = (from + count).min(FACTS);
                    read[who] = (until > from).then(|| batch(from, until));
                }
                Move::Load => {
                    if let Some(batch) = &read[who] {
                        // Whether it is taken is the warehouse's to say.
                        let _ = warehouse.load(batch, &label);
                    }
                }
                Move::TakeOver => warehouse.take_over().unwrap(),
                Move::StandBack => warehouse.stand_back(),
            }
        }
        loaders[0].take_over().unwrap();
        let from = place(&loaders[0]);
        if from < FACTS {
            loaders[0].load(&batch(from, FACTS), &label).unwrap();
        }
        prop_assert_eq!(counted(&loaders[0]), format!("{FACTS} of {FACTS}"));
        Ok(())
    });
    done.unwrap();
}
