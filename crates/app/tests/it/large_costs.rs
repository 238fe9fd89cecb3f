//! Cost files larger than what is held in memory mean the same as small ones.

use std::fmt::Write as _;

use app::{CostEffect, CostMemory, Effect};

use crate::imports::{FIRST, HEADER, counts, import, upload};
use crate::support::TestApp;

const MEMORY: CostMemory = CostMemory {
    held_amounts_max: 100,
    window_rows_max: 20,
};
/// More ads on the first day than are read at once, and more in all than are held.
const FIRST_DAY: usize = 45;
const ALL: usize = 105;

/// A row an ad; some are left out, and some became dearer.
fn rows(is_in: fn(usize) -> bool, cost: fn(usize) -> usize) -> String {
    let mut rows = String::new();
    for ad in (0..ALL).filter(|ad| is_in(*ad)) {
        let day = if ad < FIRST_DAY { 1 } else { 2 + ad % 19 };
        let cost = cost(ad);
        let _ = writeln!(rows, "2026-11-{day:02},C{ad},{ad},,PLN,10,1,{cost}.00");
    }
    rows
}

async fn sums(test: &TestApp) -> Vec<String> {
    test.settle().await;
    test.ask(
        "select t.campaign, sum(c.clicks), sum(c.cost_micros)
        from costs as c join traffic as t on t.traffic = c.traffic
        group by all having sum(c.cost_micros) <> 0 order by all",
    )
}

fn told(effects: &[CostEffect]) -> Vec<(Effect, u64)> {
    effects
        .iter()
        .map(|told| (told.effect, told.amounts))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_large_to_be_held_posts_the_same_differences_and_is_undone() {
    let test = TestApp::start_with(MEMORY).await;
    import(&test, FIRST).await;
    let first = import(&test, &rows(|_| true, |_| 5)).await;
    assert_eq!(counts(&first), [105, 0, 105, 0, 0]);
    // The two days of the small file are spoken for anew, and it is not in the large one.
    let wanted = [(Effect::Added, 105), (Effect::Vanished, 3)];
    assert_eq!(told(&first.effects), wanted);
    let before = sums(&test).await;
    assert_eq!(before.len(), ALL);
    let second = rows(|ad| ad % 3 > 0, |ad| if ad % 7 == 0 { 6 } else { 5 });
    let foreseen = upload(&test, &format!("{HEADER}{second}"), None).await;
    let second = import(&test, &second).await;
    let wanted = [(Effect::Changed, 10), (Effect::Vanished, 35)];
    assert_eq!(told(&second.effects), wanted);
    assert_eq!(foreseen.effects, second.effects);
    assert_eq!(counts(&second), [70, 0, 0, 10, 60]);
    let after = sums(&test).await;
    assert_eq!(after.len(), 70);
    assert!(
        after.contains(&"C7|1|6000000".to_owned()),
        "{:?}",
        &after[..9]
    );
    let id = second.import.id;
    test.app.undo_import(&test.owner, id).await.unwrap();
    assert_eq!(sums(&test).await, before);
}
