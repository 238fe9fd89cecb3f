//! Time zones: days of 23 and 25 hours, month ends far from UTC, what happens around midnight,
//! and reports in a zone that is not the workspace's.

use base::{Day, Fact, Hit, HitId, HitKind, Outcome, TimeZone, UnixMillis};
use serde_json::{Value, json};

use crate::world::{
    UNIT, WORKSPACE, World, at, cost, day, landing, lead, of_cost, of_hit, of_outcome, traffic,
};

const STEP_MS: i64 = 30 * 60_000;
const WARSAW: &str = "Europe/Warsaw";
const KIRITIMATI: &str = "Pacific/Kiritimati";
const LOS_ANGELES: &str = "America/Los_Angeles";

/// Zone, day on which its clock changes, how many minutes the day has and in how many hours of
/// the clock they lie. In Santiago midnight itself is left out, on Lord Howe half an hour.
const CLOCK_CHANGES: [(&str, &str, i64, usize); 7] = [
    (WARSAW, "2026-03-29", 23 * 60, 23),
    (WARSAW, "2026-10-25", 25 * 60, 25),
    ("America/New_York", "2026-03-08", 23 * 60, 23),
    ("America/New_York", "2026-11-01", 25 * 60, 25),
    ("America/Santiago", "2026-09-06", 23 * 60, 23),
    ("Australia/Lord_Howe", "2026-04-05", 24 * 60 + 30, 25),
    ("Australia/Lord_Howe", "2026-10-04", 23 * 60 + 30, 24),
];

fn zone(name: &str) -> TimeZone {
    name.parse().unwrap()
}

/// A world whose workspace lives by this zone.
fn world_in(name: &str) -> World {
    let mut world = World::new();
    move_to(&mut world, name);
    world
}

fn move_to(world: &mut World, name: &str) {
    world.context.time_zone = zone(name);
    let zone = zone(name);
    world.warehouse.set_time_zone(WORKSPACE, &zone).unwrap();
}

fn visit(id: u16, at: UnixMillis) -> Hit {
    let tuple = traffic("google", "A");
    landing(u128::from(id), HitKind::PageView, u64::from(id), at, &tuple)
}

/// The numbers of a report by steps, without the names of the steps.
fn numbers(lines: &[String]) -> Vec<i64> {
    let number = |line: &String| line.rsplit(' ').next().unwrap().parse().unwrap();
    lines.iter().map(number).collect()
}

/// Visits by steps: from sums of days where these serve, and from the hits themselves.
fn visits(world: &World, (from, to): (Day, Day), bucket: &str, zone: Option<&str>) -> Vec<String> {
    let ask = |known_on: Option<&str>| {
        world.lines(json!({
            "metrics": ["visits"], "bucket": bucket, "as_known_on": known_on,
            "period": {"from": from.to_string(), "to": to.to_string(), "time_zone": zone},
        }))
    };
    let lines = ask(None);
    assert_eq!(lines, ask(Some("2099-01-01T00:00:00Z")), "{zone:?}");
    lines
}

#[test]
fn hours_of_a_day_whose_clock_changes_add_up_to_the_day_and_days_to_the_period() {
    let mut world = World::new();
    let mut id = 0;
    for (name, changed, ..) in CLOCK_CHANGES {
        let (zone, changed) = (zone(name), day(changed));
        let until = zone.start_of(changed.plus_days(2));
        let mut now = zone.start_of(changed.plus_days(-1));
        let mut facts = Vec::new();
        while now < until {
            id += 1;
            facts.push(of_hit(visit(id, now)));
            now = now.plus_ms(STEP_MS);
        }
        world.load(facts);
    }
    for (name, changed, minutes, hours) in CLOCK_CHANGES {
        move_to(&mut world, name);
        let day = day(changed);
        let by_hour = visits(&world, (day, day), "hour", None);
        assert_eq!(by_hour.len(), hours, "{name} {by_hour:?}");
        let told: i64 = numbers(&by_hour).iter().sum();
        assert_eq!(told, minutes * 60_000 / STEP_MS, "{name}");
        let around = (day.plus_days(-1), day.plus_days(1));
        let by_day = numbers(&visits(&world, around, "day", None));
        assert_eq!((by_day[0], by_day[1]), (48, told), "{name}");
        let by_hours = numbers(&visits(&world, around, "hour", None));
        assert_eq!(by_hours.len(), 48 + hours, "{name}");
        let (days, of_hours): (i64, i64) = (by_day.iter().sum(), by_hours.iter().sum());
        assert_eq!(days, of_hours, "{name}");
        // The clock of somebody elsewhere has other days, and no visit less.
        move_to(&mut world, "UTC");
        assert_eq!(numbers(&visits(&world, around, "day", Some(name))), by_day);
    }
}

#[test]
fn an_hour_that_comes_twice_is_two_rows() {
    let world = world_in("America/New_York");
    // Half past one in the night, by the clock of summer and by that of winter.
    let (summer, winter) = (at("2026-11-01T05:30:00Z"), at("2026-11-01T06:30:00Z"));
    world.load(vec![
        of_hit(visit(1, summer)),
        of_hit(visit(2, winter)),
        of_hit(visit(3, winter)),
    ]);
    let changed = day("2026-11-01");
    let lines = visits(&world, (changed, changed), "hour", None);
    assert_eq!(lines[1], "2026-11-01T05:00:00.000Z | 1");
    assert_eq!(lines[2], "2026-11-01T06:00:00.000Z | 2");
}

#[test]
fn months_end_with_the_clock_of_the_zone() {
    let ends = [
        (
            KIRITIMATI,
            "2026-01-31T09:59:59.999Z",
            "2026-01-31T10:00:00Z",
        ),
        (
            LOS_ANGELES,
            "2026-02-01T07:59:59.999Z",
            "2026-02-01T08:00:00Z",
        ),
        ("UTC", "2026-01-31T23:59:59.999Z", "2026-02-01T00:00:00Z"),
    ];
    for (name, last, first) in ends {
        let world = world_in(name);
        let mut facts = vec![of_hit(visit(1, at(last)))];
        facts.extend([2, 3].map(|id| of_hit(visit(id, at(first)))));
        facts.push(of_outcome(lead(1, Some(1), at(last))));
        world.load(facts);
        let both = (day("2026-01-01"), day("2026-02-28"));
        let months = ["2026-01-01 | 1", "2026-02-01 | 2"];
        assert_eq!(visits(&world, both, "month", None), months, "{name}");
        let january = (day("2026-01-31"), day("2026-01-31"));
        assert_eq!(visits(&world, january, "day", None), ["2026-01-31 | 1"]);
        let compared = world.ask(json!({
            "metrics": ["visits", "leads"], "date_basis": "creation",
            "period": {"from": "2026-02-01", "to": "2026-02-28"},
            "compare": {"from": "2026-01-01", "to": "2026-01-31"},
        }));
        let cells = &compared.rows[0].cells;
        let value = |place: usize| cells[place].value.as_deref();
        assert_eq!((value(0), value(1)), (Some("2"), Some("0")), "{name}");
        let before = cells.iter().map(|cell| cell.previous.clone().flatten());
        let before: Vec<_> = before.map(Option::unwrap).collect();
        assert_eq!(before, ["1", "1"], "{name}");
    }
}

/// Ten minutes before midnight in the zone somebody comes, and reads on ten minutes after it.
fn across_midnight(midnight: UnixMillis) -> Vec<Fact> {
    let (before, after) = (midnight.plus_ms(-600_000), midnight.plus_ms(600_000));
    let second = Hit {
        id: HitId::Stamped(2),
        at: after,
        seq: 1,
        visit_age_ms: after.since_ms(before),
        visits: 0,
        bounces: -1,
        touch: None,
        ..visit(1, before)
    };
    vec![
        of_hit(visit(1, before)),
        of_hit(second),
        of_hit(visit(3, after)),
    ]
}

#[test]
fn a_visit_across_midnight_is_one_of_its_first_day_and_its_pages_are_of_both() {
    for name in [WARSAW, KIRITIMATI, LOS_ANGELES, "Asia/Kathmandu"] {
        let world = world_in(name);
        let (first, second) = (day("2026-03-30"), day("2026-03-31"));
        world.load(across_midnight(zone(name).start_of(second)));
        let ask = |from: Day, to: Day, bucket: Option<&str>| {
            world.lines(json!({
                "metrics": ["visitors", "visits", "bounces", "avg_visit_duration", "page_views"],
                "bucket": bucket,
                "period": {"from": from.to_string(), "to": to.to_string()},
            }))
        };
        // The visit that was no bounce was none on the day on which it began.
        let days = ["2026-03-30 | 1 1 0 1200.0 1", "2026-03-31 | 1 1 1 0.0 2"];
        assert_eq!(ask(first, second, Some("day")), days, "{name}");
        assert_eq!(ask(first, second, None), [" | 2 2 1 600.0 3"], "{name}");
        assert_eq!(ask(second, second, None), [" | 1 1 1 0.0 2"], "{name}");
    }
}

#[test]
fn a_visitor_of_both_days_counts_on_each_and_once_in_both() {
    let world = world_in(LOS_ANGELES);
    let midnight = zone(LOS_ANGELES).start_of(day("2026-03-08"));
    let back = Hit {
        visitor: visit(1, midnight).visitor,
        ..visit(2, midnight.plus_ms(3_600_000))
    };
    world.load(vec![of_hit(visit(1, midnight.plus_ms(-1))), of_hit(back)]);
    let ask = |bucket: Option<&str>| {
        world.lines(json!({
            "metrics": ["visitors", "visits"], "bucket": bucket,
            "period": {"from": "2026-03-07", "to": "2026-03-08"},
        }))
    };
    assert_eq!(ask(Some("day")), ["2026-03-07 | 1 1", "2026-03-08 | 1 1"]);
    assert_eq!(ask(None), [" | 1 2"]);
}

#[test]
fn a_lead_before_midnight_and_its_sale_after_it_lie_where_the_date_basis_puts_them() {
    for name in [WARSAW, KIRITIMATI, LOS_ANGELES] {
        let world = world_in(name);
        let (first, second) = (day("2026-03-28"), day("2026-03-29"));
        let midnight = zone(name).start_of(second);
        let asked = midnight.plus_ms(-1);
        let sale = Outcome {
            leads: 0,
            sales: 1,
            revenue_micros: 300 * UNIT,
            at: midnight,
            ..lead(2, Some(1), asked)
        };
        world.load(vec![
            of_hit(visit(1, midnight.plus_ms(-60_000))),
            of_outcome(lead(1, Some(1), asked)),
            of_outcome(sale),
            of_cost(cost(1, first, &traffic("google", "A"), 1, 100)),
        ]);
        let ask = |basis: &str| {
            world.lines(json!({
                "metrics": ["leads", "sales", "revenue", "cost"], "bucket": "day",
                "date_basis": basis,
                "period": {"from": first.to_string(), "to": second.to_string()},
            }))
        };
        let whole = [
            "2026-03-28 | 1 1 300.00 100.00",
            "2026-03-29 | 0 0 0.00 0.00",
        ];
        assert_eq!(ask("visit"), whole, "{name}");
        assert_eq!(ask("creation"), whole, "{name}");
        let paid = [
            "2026-03-28 | 1 0 0.00 100.00",
            "2026-03-29 | 0 1 300.00 0.00",
        ];
        assert_eq!(ask("payment"), paid, "{name}");
    }
}

#[test]
fn a_cost_is_of_the_day_that_its_platform_names_whatever_zone_is_asked_for() {
    let world = world_in(WARSAW);
    let changed = day("2026-03-29");
    let tuple = traffic("google", "A");
    world.load(vec![of_cost(cost(1, changed, &tuple, 4, 100))]);
    let ask = |name: &str, bucket: &str| {
        world.lines(json!({
            "metrics": ["cost"], "bucket": bucket,
            "period": {"from": "2026-03-28", "to": "2026-03-30", "time_zone": name},
        }))
    };
    for name in [WARSAW, KIRITIMATI, LOS_ANGELES, "Asia/Kathmandu"] {
        let days = [
            "2026-03-28 | 0.00",
            "2026-03-29 | 100.00",
            "2026-03-30 | 0.00",
        ];
        assert_eq!(ask(name, "day"), days, "{name}");
        // By hours it stands at the day's beginning.
        let hours = ask(name, "hour");
        let told = hours.iter().filter(|line| !line.ends_with("| 0.00"));
        let start = zone(name).start_of(changed).rfc3339();
        assert_eq!(told.collect::<Vec<_>>(), [&format!("{start} | 100.00")]);
    }
}

/// One hit in every hour of four days.
fn hourly() -> Vec<Fact> {
    let start = at("2026-10-24T00:00:00Z");
    let hour = |id: u16| of_hit(visit(id, start.plus_ms(i64::from(id) * 3_600_000)));
    (0..96).map(hour).collect()
}

fn channels_by_day(world: &World, zone: &Value) -> Vec<String> {
    world.lines(json!({
        "metrics": ["visits", "visitors", "page_views", "bounces"],
        "dimensions": ["channel"], "bucket": "day",
        "period": {"from": "2026-10-24", "to": "2026-10-27", "time_zone": zone},
    }))
}

#[test]
fn a_report_in_another_zone_is_what_a_workspace_of_that_zone_sees() {
    let here = world_in(WARSAW);
    here.load(hourly());
    let mut days = Vec::new();
    for name in [KIRITIMATI, LOS_ANGELES, "Asia/Kathmandu", "UTC"] {
        let there = world_in(name);
        there.load(hourly());
        let seen = channels_by_day(&there, &Value::Null);
        assert_eq!(channels_by_day(&here, &json!(name)), seen, "{name}");
        days.push(seen);
    }
    days.dedup();
    assert_eq!(days.len(), 4, "each zone has days of its own");
}
