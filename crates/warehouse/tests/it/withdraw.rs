//! Taking the hits of an import back: as if it had never been.

use base::{Fact, Hit, VisitId};
use warehouse::testing;

use crate::facts::{
    House, filed, history, hit, label, landing, of_hit, of_outcome, outcome, traffic, withdrawal,
};

const HOUR: i64 = 3_600_000;

/// What the doors have seen: a visitor with a lead, and another one.
fn seen() -> Vec<Fact> {
    vec![
        of_hit(landing(1, 1, 5 * HOUR, "ads")),
        of_hit(landing(2, 2, 6 * HOUR, "mail")),
        of_outcome(outcome(1, Some(1), 9 * HOUR)),
        of_outcome(outcome(2, Some(3), 9 * HOUR)),
    ]
}

/// A file: an earlier touch of the first visitor, one that is a machine's, and a visit of two pages
/// by the visitor of the second lead, whose first one no door has seen.
fn file(import: i64) -> Vec<Fact> {
    let second = Hit {
        bounces: -1,
        visit_age_ms: 1_000,
        seq: 1,
        traffic: traffic("shop").key(crate::facts::WORKSPACE),
        ..hit(0, 3, 2 * HOUR + 1_000)
    };
    let machine = Hit {
        bot: Some(base::BotReason::UserAgent),
        ..landing(0, 4, 30 * HOUR, "ads")
    };
    vec![
        filed(import, 11, of_visit(70, landing(0, 1, HOUR, "shop"))),
        filed(import, 12, landing(0, 3, 2 * HOUR, "shop")),
        filed(import, 13, second),
        filed(import, 14, machine),
        history(u128::try_from(import).unwrap(), import),
    ]
}

fn of_visit(visit: u64, hit: Hit) -> Hit {
    let visit = VisitId(visit);
    Hit { visit, ..hit }
}

/// All that reports read, whatever order and however many rows it is kept in.
fn contents(house: &House) -> Vec<String> {
    let mut statements = vec![
        "select visitor, at_ms, id_lo, import from hits order by all",
        "select id_lo, import from repeatable_hits order by all",
        "select visit, at_ms, traffic, visits, bounces, opening, import from visits order by all",
        "select visitor, at_ms, traffic, direct, import from touches order by all",
        "select id_lo, day, visits, import from history order by all",
        "select model, id_lo, traffic, touch_at_ms, share_micros, leads from credited order by all",
        "select day, traffic, bot, sum(page_views), sum(visits), sum(bounces) from hits_daily \
         group by all order by all",
    ];
    if testing::server().is_none() {
        statements.push(
            "select day, source, bot, sum(page_views), sum(visits), sum(bounces) \
             from campaign_days group by all order by all",
        );
    }
    let found = statements.iter().flat_map(|sql| house.texts(sql));
    found.collect()
}

fn house_of(batches: &[Vec<Fact>]) -> House {
    let house = House::new();
    let zone = "Europe/Warsaw".parse().unwrap();
    let workspace = crate::facts::WORKSPACE;
    house.warehouse.set_time_zone(workspace, &zone).unwrap();
    for batch in batches {
        house.load(batch.clone());
    }
    house
}

#[test]
fn a_file_that_was_taken_back_has_left_nothing() {
    let house = house_of(&[seen()]);
    let before = contents(&house);
    house.load(file(7));
    assert_ne!(contents(&house), before);
    let loaded = house.load(vec![withdrawal(7)]);
    assert_eq!(contents(&house), before);
    assert_eq!(loaded.recredited, 2);
    let again = house.load(vec![withdrawal(7)]);
    assert_eq!((contents(&house), again.recredited), (before, 0));
}

#[test]
fn what_was_taken_back_counts_when_it_comes_again() {
    let house = house_of(&[seen(), file(8)]);
    let expected = contents(&house);
    let house = house_of(&[seen(), file(7)]);
    house.load(vec![withdrawal(7)]);
    assert_eq!(house.load(file(8)).hits, 4);
    assert_eq!(contents(&house), expected);
}

#[test]
fn a_line_that_two_files_have_goes_with_the_one_that_brought_it() {
    let house = house_of(&[seen(), file(7)]);
    let before = contents(&house);
    let mut longer = file(8);
    longer.push(filed(8, 15, landing(0, 5, 40 * HOUR, "mail")));
    assert_eq!(house.load(longer).hits, 1);
    house.load(vec![withdrawal(8)]);
    assert_eq!(contents(&house), before);
}

#[test]
fn how_batches_are_cut_does_not_change_what_is_left() {
    let story: Vec<Fact> = [file(7), seen(), vec![withdrawal(7)], file(8)].concat();
    let expected = contents(&house_of(&[seen(), file(8)]));
    for batch_facts in [1, 2, 3, 5, 7, story.len()] {
        let batches: Vec<Vec<Fact>> = story.chunks(batch_facts).map(<[Fact]>::to_vec).collect();
        assert_eq!(contents(&house_of(&batches)), expected, "{batch_facts}");
    }
}

#[test]
fn the_zone_is_kept_when_days_are_added_up_anew() {
    let house = house_of(&[seen(), file(7), vec![withdrawal(7)]]);
    let (before, workspace) = (contents(&house), crate::facts::WORKSPACE);
    let house = house.reopened();
    let zone = house.warehouse.time_zone(workspace).unwrap();
    assert_eq!(zone.name(), "Europe/Warsaw");
    let late = of_hit(landing(3, 6, 23 * HOUR, "ads"));
    let batch = warehouse::Batch {
        facts: vec![late.clone()],
        ..warehouse::Batch::default()
    };
    house.warehouse.load(&batch, &label).unwrap();
    assert_ne!(contents(&house), before);
    assert_eq!(contents(&house), contents(&house_of(&[seen(), vec![late]])));
}
