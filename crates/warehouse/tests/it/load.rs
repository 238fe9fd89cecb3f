//! Loading: once, whole, and remembered.

use base::{Fact, FactId, Hit, HitId, Money, VisitId};
use warehouse::{Batch, Error, Position, Warehouse};

use crate::facts::{
    House, WORKSPACE, cost, history, hit, label, landing, of_hit, of_outcome, outcome, state,
    traffic,
};

#[test]
fn every_column_reads_back() {
    let house = House::new();
    let full = Hit {
        revenue: Some(Money::new(1_500_000, "EUR".parse().unwrap())),
        properties: vec![("size".into(), "\"L\"".into())],
        click_ids: vec![(base::ClickIdKind::Gclid, "abc".into())],
        bot: Some(base::BotReason::Prefetch),
        id: HitId::Sender(FactId(7 << 64 | 9)),
        ..landing(1, u64::MAX, 1_000, "ads")
    };
    house.load(vec![of_hit(Hit {
        visit: VisitId(u64::MAX),
        ..full
    })]);
    let row = house.texts(
        "select id_hi, id_lo, kind, at_ms, visitor, visit, page_host, properties, device, \
         country, bot, revenue_micros, revenue_currency, click_ids from hits",
    );
    let expected = "7 9 page_view 1000 18446744073709551615 18446744073709551615 shop.example \
                    [[\"size\",\"\\\"L\\\"\"]] phone PL prefetch 1500000 EUR \
                    [[\"gclid\",\"abc\"]]";
    assert_eq!(row, [expected]);
}

#[test]
fn what_may_repeat_is_stored_once_within_and_across_batches() {
    let house = House::new();
    let repeated = || {
        of_hit(Hit {
            id: HitId::Sender(FactId(1)),
            ..landing(1, 1, 1_000, "ads")
        })
    };
    let facts = || {
        vec![
            repeated(),
            repeated(),
            of_outcome(outcome(1, Some(1), 2_000)),
            of_outcome(outcome(1, Some(1), 2_000)),
            cost(1),
            cost(1),
            state(1),
            state(1),
            history(1, 5),
            history(1, 5),
        ]
    };
    let first = house.load(facts());
    assert_eq!(
        (first.hits, first.outcomes, first.costs, first.lead_states),
        (1, 1, 1, 1)
    );
    assert_eq!((first.facts(), first.duplicates), (5, 5));
    let second = house.load(facts());
    assert_eq!((second.facts(), second.duplicates), (0, 10));
    let counts = "select (select count(*) from hits), (select count(*) from outcomes), \
                  (select count(*) from costs), (select count(*) from credited), \
                  (select sum(visits) from hits_daily), (select count(*) from lead_states), \
                  (select sum(visits) from history where bounces is null)";
    assert_eq!(house.numbers(counts), [1, 1, 1, 3, 1, 1, 5]);
}

#[test]
fn a_browsers_hit_is_stored_once_an_hour_however_batches_are_cut() {
    let soon = |at: i64| {
        of_hit(Hit {
            id: HitId::Browser(FactId(1)),
            ..hit(1, 1, at)
        })
    };
    let hour = HitId::BROWSER_REPEATS_MS;
    let times = [
        5,
        6,
        hour + 5,
        hour + 6,
        hour + 7,
        2 * hour + 6,
        2 * hour + 7,
    ];
    let stored = |batch_facts: usize| {
        let house = House::new();
        let facts: Vec<Fact> = times.into_iter().map(soon).collect();
        for batch in facts.chunks(batch_facts) {
            house.load(batch.to_vec());
        }
        house.texts("select at_ms from hits order by at_ms")
    };
    let expected = [5, hour + 6, 2 * hour + 7].map(|at| at.to_string());
    for batch_facts in 1..=times.len() {
        assert_eq!(stored(batch_facts), expected, "{batch_facts}");
    }
}

#[test]
fn a_batch_at_or_before_the_stored_position_is_skipped() {
    let house = House::new();
    let load = |segment: u64, offset: u64| {
        let position = Some(Position {
            node: "a".into(),
            segment,
            offset,
        });
        let batch = Batch {
            facts: vec![of_hit(hit(1, 1, 1_000))],
            position,
            ..Batch::default()
        };
        house.warehouse.load(&batch, &label).unwrap().skipped
    };
    assert!(!load(1, 50));
    assert!(load(1, 50));
    assert!(load(1, 49));
    assert!(load(0, 99));
    assert!(!load(2, 0));
    assert_eq!(house.numbers("select count(*) from hits"), [2]);
    assert_eq!(house.warehouse.position("a").unwrap().unwrap().segment, 2);
    assert_eq!(house.warehouse.position("b").unwrap(), None);
}

#[test]
fn a_bounce_is_taken_back_where_the_visit_began() {
    let house = House::new();
    let second = Hit {
        bounces: -1,
        visit_age_ms: 4_000_000 - 1_000,
        traffic: traffic("mail").key(WORKSPACE),
        touch: Some(Box::new(traffic("mail"))),
        ..hit(2, 1, 4_000_000)
    };
    house.load(vec![of_hit(landing(1, 1, 1_000, "ads"))]);
    house.load(vec![of_hit(second)]);
    let ads = traffic("ads").key(WORKSPACE);
    let rows =
        house.texts("select traffic, at_ms, visits, bounces, opening from visits order by bounces");
    assert_eq!(
        rows,
        [
            format!("{} 1000 0 -1 0", ads.0),
            format!("{} 1000 1 1 1", ads.0)
        ]
    );
    let daily = house.texts(
        "select traffic, day, sum(visits), sum(bounces) from hits_daily \
         group by all having sum(visits) <> 0 or sum(bounces) <> 0",
    );
    assert_eq!(daily, [format!("{} 0 1 0", ads.0)]);
}

#[test]
fn facts_are_there_after_the_warehouse_is_opened_again() {
    let house = House::new();
    house.load(vec![of_hit(landing(1, 1, 1_000, "ads"))]);
    let again = house.reopened();
    let loaded = again.load(vec![of_hit(landing(2, 2, 2_000, "ads"))]);
    assert_eq!(loaded.traffic, 0, "the dictionary is remembered");
    assert_eq!(again.warehouse.stats().unwrap().hits, 2);
}

#[test]
fn a_wiped_warehouse_is_empty_and_loads_again() {
    let house = House::new();
    let facts = || {
        vec![
            of_hit(landing(1, 1, 1_000, "ads")),
            of_outcome(outcome(1, Some(1), 2)),
        ]
    };
    house.load(facts());
    house.warehouse.wipe().unwrap();
    assert_eq!(house.warehouse.stats().unwrap().hits, 0);
    let loaded = house.load(facts());
    assert_eq!((loaded.hits, loaded.outcomes, loaded.traffic), (1, 1, 1));
}

#[test]
fn a_file_that_is_no_warehouse_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("facts.duckdb"), "not a database").unwrap();
    match Warehouse::open_file_in(folder.path()) {
        Err(error @ Error::Open { .. }) => assert!(error.to_string().contains("facts.duckdb")),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it opened"),
    }
}

#[test]
fn a_batch_need_not_be_in_order() {
    let house = House::new();
    let second = Hit {
        bounces: -1,
        visit_age_ms: 1_000,
        page: base::Page {
            path: "/second".into(),
            ..landing(1, 1, 1_000, "ads").page
        },
        ..hit(2, 1, 2_000)
    };
    house.load(vec![of_hit(second), of_hit(landing(1, 1, 1_000, "ads"))]);
    let pages = house.texts("select page_path, sum(bounces) from visits group by all");
    assert_eq!(pages, ["/ 0"]);
}
