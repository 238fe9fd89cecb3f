//! Compaction changes no answer.

use base::{Hit, UnixMillis};

use crate::facts::{House, hit, landing, of_hit};

const DAY_MS: i64 = 86_400_000;

#[test]
fn closed_days_are_added_up() {
    let house = House::in_file();
    for id in 0..40_u32 {
        let visitor = u64::from(40 - id);
        let at = DAY_MS + i64::from(id);
        house.load(vec![
            of_hit(landing(u128::from(id), visitor, at, "ads")),
            of_hit(Hit {
                engaged_ms: id,
                ..hit(100 + u128::from(id), visitor, 3 * DAY_MS)
            }),
        ]);
    }
    let sums = "select sum(visits), sum(bounces), sum(page_views), sum(engaged_ms) \
                from hits_daily";
    let all = "select sum(id_lo), sum(at_ms), sum(visitor), count(*) from hits";
    let before = (house.numbers(sums), house.numbers(all));
    house.warehouse.compact(UnixMillis(3 * DAY_MS)).unwrap();
    assert_eq!((house.numbers(sums), house.numbers(all)), before);
    assert_eq!(
        house.numbers("select count(*) from hits_daily where day = 1"),
        [1]
    );
    assert_eq!(
        house.numbers("select count(*) from hits_daily where day = 3"),
        [40]
    );
    house.warehouse.compact(UnixMillis(9 * DAY_MS)).unwrap();
    assert_eq!((house.numbers(sums), house.numbers(all)), before);
    assert_eq!(house.numbers("select count(*) from hits_daily"), [2]);
}
