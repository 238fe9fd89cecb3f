//! A person who was erased: everything counts as before, and nothing says who it was.

use base::{
    ClickIdKind, Fact, FactId, Hit, HitId, HitKind, Outcome, Pseudonym, UnixMillis, VisitorId,
};
use warehouse::Likeness;

use crate::facts::{House, WORKSPACE, cost, hit, landing, of_hit, of_outcome, outcome, state};

const HOUR: i64 = 3_600_000;
/// Recognised in the bytes of a file.
const ANNA: u64 = 0xfeed_beef_cafe_d00d;
const MAIL: &str = "anna-kowalska@mail.example";

fn pseudonym() -> Pseudonym {
    Pseudonym::new(0x1234_5678_9abc, 0x0f0f_0f0f_0f0f)
}

fn telling(hit: Hit) -> Hit {
    Hit {
        properties: vec![("mail".into(), MAIL.into())],
        click_ids: vec![(ClickIdKind::Gclid, MAIL.into())],
        page: base::Page {
            path: format!("/bye/{MAIL}"),
            title: MAIL.into(),
            ..hit.page
        },
        ..hit
    }
}

/// A visit of two pages and a way out, a lead and a sale; and somebody else's.
fn story(visitor: u64) -> Vec<Fact> {
    let second = Hit {
        bounces: -1,
        visit_age_ms: 1_000,
        seq: 1,
        ..hit(2, visitor, 5 * HOUR + 1_000)
    };
    let out = Hit {
        kind: HitKind::Outbound,
        name: format!("https://x.example/{MAIL}"),
        seq: 2,
        ..hit(3, visitor, 5 * HOUR + 2_000)
    };
    let sale = Outcome {
        sales: 1,
        revenue_micros: 70,
        ..outcome(8, Some(visitor), 9 * HOUR)
    };
    vec![
        of_hit(telling(landing(1, visitor, 5 * HOUR, "ads"))),
        of_hit(telling(second)),
        of_hit(out),
        of_outcome(outcome(7, Some(visitor), 8 * HOUR)),
        of_outcome(sale),
        of_hit(landing(4, 2, 6 * HOUR, "mail")),
        of_outcome(outcome(9, Some(2), 9 * HOUR)),
    ]
}

/// What reports sum up, by what does not say who it was.
fn counted(house: &House) -> Vec<String> {
    let statements = [
        "select kind, count(*), count(distinct visitor), count(distinct visit), traffic from hits \
         group by kind, traffic order by kind, traffic",
        "select traffic, sum(visits), sum(bounces), count(distinct visit) from visits \
         group by traffic order by traffic",
        "select model, traffic, touch_at_ms, share_micros, leads, revenue_micros from credited \
         order by model, traffic, touch_at_ms, share_micros, leads, revenue_micros",
        "select day, traffic, sum(page_views), sum(visits) from hits_daily \
         group by day, traffic order by day, traffic",
        "select count(*), count(distinct visitor) from touches",
        "select sum(leads), sum(revenue_micros), count(distinct visitor) from outcomes",
    ];
    let found = statements.iter().flat_map(|sql| house.texts(sql));
    found.collect()
}

fn rows_of(house: &House, visitor: u64) -> i128 {
    let tables = ["hits", "visits", "touches", "outcomes", "credited"];
    let counts = tables.map(|table| {
        house.numbers(&format!(
            "select count(*) from {table} where visitor = {visitor}"
        ))[0]
    });
    counts.iter().sum()
}

fn erase(house: &House, until: i64) {
    let visitors = [(VisitorId(ANNA), pseudonym())];
    let until = UnixMillis(until);
    house.warehouse.erase(WORKSPACE, &visitors, until).unwrap();
}

#[test]
fn everything_counts_as_before_and_nothing_says_who_it_was() {
    let house = House::new();
    house.load(story(ANNA));
    let before = counted(&house);
    erase(&house, 20 * HOUR);
    assert_eq!(counted(&house), before);
    assert_eq!(rows_of(&house, ANNA), 0);
    let told = "select concat(page_path, page_title, name, properties, click_ids, device, country) \
                from hits where workspace = 1 and traffic <> 0";
    let told = house.texts(told).join("\n");
    assert!(!told.contains(MAIL), "{told}");
    // Again, and after a start, there is nothing left to do.
    erase(&house, 20 * HOUR);
    house.warehouse.scrub().unwrap();
    assert_eq!(counted(&house.reopened()), before);
}

#[test]
fn no_report_sees_a_person_twice_while_they_are_erased() {
    let house = House::new();
    let sum = "select sum(visits) from visits";
    let name = |number: u64| ANNA - number * 0x1_0000;
    let landings = (0..200).map(|number| {
        let at = 5 * HOUR + i64::try_from(number).unwrap();
        of_hit(landing(1, name(number), at, "ads"))
    });
    house.load(landings.collect());
    let all = house.numbers(sum);
    let visitors: Vec<_> = (0..200)
        .map(|number| {
            let pseudonym = Pseudonym::new(0x1234_0000 + number, 0x0f0f_0f0f_0f0f);
            (VisitorId(name(number)), pseudonym)
        })
        .collect();
    std::thread::scope(|scope| {
        let erasing = scope.spawn(|| {
            let until = UnixMillis(20 * HOUR);
            house.warehouse.erase(WORKSPACE, &visitors, until).unwrap();
        });
        while !erasing.is_finished() {
            assert_eq!(house.numbers(sum), all);
        }
    });
    assert_eq!(house.numbers(sum), all);
}

#[test]
fn rows_and_facts_come_under_the_same_pseudonym() {
    let (erased, loaded) = (House::new(), House::new());
    erased.load(story(ANNA));
    erase(&erased, 20 * HOUR);
    let whose = |fact: &Fact| fact.visitor() == Some(VisitorId(ANNA));
    let under = |fact: Fact| match whose(&fact) {
        true => fact.under(pseudonym()),
        false => fact,
    };
    loaded.load(story(ANNA).into_iter().map(under).collect());
    for sql in [
        "select visitor, visit, at_ms, id_lo, page_path, name, device, os from hits order by at_ms",
        "select visitor, visit, at_ms, page_path, country, opening from visits \
         order by at_ms, opening",
        "select visitor, at_ms, traffic from touches order by at_ms",
        "select visitor, visit, at_ms, revenue_micros from outcomes order by id_lo",
        "select visitor, visit, model, traffic, share_micros from credited order by id_lo, model",
    ] {
        assert_eq!(erased.texts(sql), loaded.texts(sql), "{sql}");
    }
}

#[test]
fn no_mark_of_a_hit_is_left_of_the_visitor() {
    let house = House::new();
    let mark = u16::try_from(ANNA & u64::from(u16::MAX)).unwrap();
    let marked = Hit {
        id: HitId::Stamped(mark),
        ..landing(1, ANNA, 5 * HOUR, "ads")
    };
    // What a sender calls its hit is no word about the visitor, and tells a repetition.
    let sent = Hit {
        id: HitId::Sender(FactId(u128::from(ANNA) << 70)),
        ..hit(2, ANNA, 5 * HOUR + 1)
    };
    house.load(vec![of_hit(marked), of_hit(sent)]);
    let marks = "select id_hi, id_lo from hits order by at_ms";
    let before = house.texts(marks);
    assert_eq!(before[0], format!("0 {mark}"));
    erase(&house, 20 * HOUR);
    let after = house.texts(marks);
    assert_eq!(after[0], format!("0 {}", pseudonym().mark()));
    assert_eq!(after[1], before[1]);
}

#[test]
fn what_was_recorded_later_is_somebody_who_came_again() {
    let house = House::new();
    house.load(story(ANNA));
    house.load(vec![of_hit(landing(5, ANNA, 30 * HOUR, "mail"))]);
    erase(&house, 20 * HOUR);
    let hits = format!("select count(*) from hits where visitor = {ANNA}");
    assert_eq!(house.numbers(&hits), [1]);
    let touches = format!("select count(*) from touches where visitor = {ANNA}");
    assert_eq!(house.numbers(&touches), [1]);
}

#[test]
fn no_byte_of_a_file_says_who_it_was() {
    let house = House::in_file();
    house.load(story(ANNA));
    house.warehouse.checkpoint().unwrap();
    let shows = |house: &House| {
        let mut bytes = Vec::new();
        for file in std::fs::read_dir(house.folder.path()).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                bytes.extend(std::fs::read(path).unwrap());
            }
        }
        let has = |sought: &[u8]| bytes.windows(sought.len()).any(|window| window == sought);
        [has(&ANNA.to_le_bytes()), has(MAIL.as_bytes())]
    };
    assert!(shows(&house)[1], "the file is read in vain");
    erase(&house, 20 * HOUR);
    house.warehouse.scrub().unwrap();
    assert_eq!(shows(&house), [false, false]);
}

#[test]
fn facts_are_recognised_also_under_pseudonyms_and_those_of_others_are_not() {
    let house = House::new();
    let sent = |id| {
        of_hit(Hit {
            id: HitId::Sender(FactId(id)),
            ..hit(5, ANNA, 7 * HOUR)
        })
    };
    let told = || [cost(40), state(41), sent(9 << 64 | 3)];
    house.load(story(ANNA));
    house.load(told().into());
    let known: Vec<Fact> = story(ANNA).into_iter().chain(told()).collect();
    let strange = [
        of_hit(hit(1, ANNA, 5 * HOUR + 1)),
        sent(9 << 64 | 4),
        of_outcome(outcome(11, Some(ANNA), 8 * HOUR)),
        cost(42),
        state(43),
    ];
    let ask = |facts: &[Fact], likeness| {
        let found = house.warehouse.recognise(facts, likeness).unwrap();
        assert_eq!(found.asked, facts.len());
        found.stored
    };
    assert_eq!(ask(&known, Likeness::Same), known.len());
    // Of somebody else's at the same moment.
    let other = [of_hit(landing(9, 77, 5 * HOUR, "ads"))];
    assert_eq!(ask(&other, Likeness::Same), 0);
    erase(&house, 20 * HOUR);
    assert_eq!(ask(&known, Likeness::Veiled), known.len());
    for likeness in [Likeness::Same, Likeness::Veiled] {
        assert_eq!(ask(&strange, likeness), 0, "{likeness:?}");
        assert_eq!(ask(&[], likeness), 0);
    }
    // Three of the hits were hers.
    assert_eq!(ask(&known, Likeness::Same), known.len() - 3);
}
