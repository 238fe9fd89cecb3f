//! Hits are added up by the workspace's days, whichever zone it names.

use base::{Hit, TimeZone, WorkspaceId};

use crate::facts::{House, WORKSPACE, hit, landing, of_hit};

const HOUR_MS: i64 = 3_600_000;

fn zone(name: &str) -> TimeZone {
    name.parse().unwrap()
}

/// Two visits of two hits each, around midnight of a zone five and three quarters ahead of UTC.
fn visit(house: &House) {
    for (id, at) in [(1, 18 * HOUR_MS), (2, 19 * HOUR_MS)] {
        let later = Hit {
            visit_age_ms: 1_000,
            bounces: -1,
            ..hit(100 + id, 7, at + 1_000)
        };
        house.load(vec![of_hit(landing(id, 7, at, "ads")), of_hit(later)]);
    }
}

const DAYS: &str = "select day, sum(page_views), sum(visits), sum(bounces) from hits_daily \
                    group by day order by day";

#[track_caller]
fn check(house: &House, name: &str, expected: &[&str]) {
    house
        .warehouse
        .set_time_zone(WORKSPACE, &zone(name))
        .unwrap();
    assert_eq!(house.texts(DAYS), expected, "{name}");
    assert_eq!(house.warehouse.time_zone(WORKSPACE), Some(zone(name)));
}

#[test]
fn another_zone_adds_the_same_hits_up_by_other_days() {
    let house = House::new();
    visit(&house);
    assert_eq!(house.warehouse.time_zone(WORKSPACE), None);
    check(&house, "UTC", &["0 4 2 0"]);
    check(&house, "Asia/Kolkata", &["0 2 1 0", "1 2 1 0"]);
    check(&house, "Asia/Tokyo", &["1 4 2 0"]);
    check(&house, "America/New_York", &["0 4 2 0"]);
}

#[test]
fn hits_loaded_later_are_added_up_by_the_same_days() {
    let (before, after) = (House::new(), House::new());
    for house in [&before, &after] {
        house
            .warehouse
            .set_time_zone(WORKSPACE, &zone("Asia/Kolkata"))
            .unwrap();
    }
    visit(&before);
    assert_eq!(before.texts(DAYS), ["0 2 1 0", "1 2 1 0"]);
    visit(&after);
    after
        .warehouse
        .set_time_zone(WORKSPACE, &zone("Europe/Warsaw"))
        .unwrap();
    after
        .warehouse
        .set_time_zone(WORKSPACE, &zone("Asia/Kolkata"))
        .unwrap();
    assert_eq!(after.texts(DAYS), before.texts(DAYS));
}

#[test]
fn zones_are_remembered_and_each_workspace_has_its_own() {
    let house = House::new();
    let tokyo = zone("Asia/Tokyo");
    house.warehouse.set_time_zone(WORKSPACE, &tokyo).unwrap();
    let again = house.reopened().warehouse;
    assert_eq!(again.time_zone(WORKSPACE), Some(tokyo));
    assert_eq!(again.time_zone(WorkspaceId(99)), None);
}
