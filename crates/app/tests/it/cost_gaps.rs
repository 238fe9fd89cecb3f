//! Rows that cannot be read must not make costs vanish, and nothing vanishes unannounced.

use app::{CostEffect, CostQuery, Effect, ImportKind, ImportView, PageRequest};
use base::{Day, DayRange};
use serde_json::{Value, json};

use crate::imports::{FIRST, HEADER, counts, import, upload};
use crate::support::TestApp;

/// The lenses' clicks cannot be read, and the second day became dearer.
const TORN: &str = "2026-11-01,Sunglasses,111,Ray,PLN,1000,100,15000.00\n\
    2026-11-01,Lenses,222,Day,PLN,3000,many,13500.00\n\
    2026-11-02,Sunglasses,111,Ray,PLN,10,2,300.00\n";
/// Two days that do not mention the lenses.
const WITHOUT: &str = "2026-11-01,Sunglasses,111,Ray,PLN,1000,100,15000.00\n\
    2026-11-02,Sunglasses,111,Ray,PLN,10,1,150.00\n";

async fn import_with(test: &TestApp, rows: &str, given: Value) -> (Vec<CostEffect>, ImportView) {
    let preview = upload(test, &format!("{HEADER}{rows}"), Some(given)).await;
    let (kind, options) = (ImportKind::Costs, Some(preview.options));
    let queued = test
        .app
        .start_import(&test.owner, preview.upload, kind, options)
        .await
        .unwrap();
    test.app.run_imports_until_idle().await.unwrap();
    let id = queued.import.id;
    (
        preview.effects,
        test.app.import(&test.owner, id).await.unwrap(),
    )
}

/// What counts: by the warehouse and by the list of costs, which have to agree.
async fn costs(test: &TestApp) -> Vec<String> {
    test.settle().await;
    let query = CostQuery {
        days: DayRange::new(Day(20_700), Day(20_800)).unwrap(),
        source: None,
        campaign: None,
    };
    let page = PageRequest {
        after: None,
        limit: 200,
    };
    let listed = test
        .app
        .list_costs(&test.owner, &query, page)
        .await
        .unwrap();
    let line = |named: app::NamedCost| {
        let row = named.cost.row;
        let campaign = row.traffic.campaign;
        format!(
            "{}|{campaign}|{}|{}",
            row.day.0, row.clicks, row.cost_micros
        )
    };
    let mut listed: Vec<String> = listed.items.into_iter().map(line).collect();
    listed.sort();
    let summed = test.ask(
        "select c.day, t.campaign, sum(c.clicks), sum(c.cost_micros)
        from costs as c join traffic as t on t.traffic = c.traffic
        group by all having sum(c.cost_micros) <> 0 order by all",
    );
    assert_eq!(listed, summed);
    summed
}

fn told(effects: &[CostEffect]) -> Vec<(Effect, u64, &str, &str)> {
    effects
        .iter()
        .map(|told| {
            assert_eq!(told.currency, "PLN");
            let (before, after) = (told.before.as_str(), told.after.as_str());
            (told.effect, told.amounts, before, after)
        })
        .collect()
}

const LENSES: &str = "20758|Lenses|300|13500000000";
const SUNGLASSES: &str = "20758|Sunglasses|100|15000000000";
const SECOND_DAY: &str = "20759|Sunglasses|1|150000000";
const DEARER: &str = "20759|Sunglasses|2|300000000";

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_row_leaves_its_earlier_amount_as_it_was_and_the_preview_says_so() {
    let test = TestApp::start().await;
    let first = import(&test, FIRST).await;
    assert_eq!(
        told(&first.effects),
        [(Effect::Added, 3, "0.00", "28650.00")]
    );
    let (foreseen, view) = import_with(&test, TORN, json!({})).await;
    assert_eq!(counts(&view), [2, 1, 0, 1, 1]);
    let wanted = [
        (Effect::Changed, 1, "150.00", "300.00"),
        (Effect::Kept, 1, "13500.00", "13500.00"),
    ];
    assert_eq!(told(&foreseen), wanted);
    assert_eq!(view.effects, foreseen);
    assert_eq!(costs(&test).await, [LENSES, SUNGLASSES, DEARER]);
    // With the gap gone, the import below is seen whole again.
    test.app
        .undo_import(&test.owner, view.import.id)
        .await
        .unwrap();
    assert_eq!(costs(&test).await, [LENSES, SUNGLASSES, SECOND_DAY]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shows_through_a_gap_goes_with_the_import_that_says_it() {
    let test = TestApp::start().await;
    let first = import(&test, FIRST).await;
    import(&test, TORN).await;
    test.app
        .undo_import(&test.owner, first.import.id)
        .await
        .unwrap();
    assert_eq!(costs(&test).await, [SUNGLASSES, DEARER]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wants_the_file_to_be_the_whole_truth_is_told_what_vanishes() {
    let test = TestApp::start().await;
    import(&test, FIRST).await;
    let given = json!({ "keep_earlier": "nothing" });
    let (foreseen, view) = import_with(&test, TORN, given).await;
    let wanted = [
        (Effect::Changed, 1, "150.00", "300.00"),
        (Effect::Vanished, 1, "13500.00", "0.00"),
    ];
    assert_eq!(told(&foreseen), wanted);
    assert_eq!(view.effects, foreseen);
    assert_eq!(costs(&test).await, [SUNGLASSES, DEARER]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_does_not_mention_vanishes_unless_it_only_completes() {
    let test = TestApp::start().await;
    import(&test, FIRST).await;
    let given = json!({ "keep_earlier": "all" });
    let (foreseen, view) = import_with(&test, WITHOUT, given).await;
    assert_eq!(told(&foreseen), [(Effect::Kept, 1, "13500.00", "13500.00")]);
    assert_eq!(counts(&view), [2, 0, 0, 0, 2]);
    assert_eq!(costs(&test).await, [LENSES, SUNGLASSES, SECOND_DAY]);
    let (foreseen, _) = import_with(&test, WITHOUT, json!({})).await;
    assert_eq!(told(&foreseen), [(Effect::Vanished, 1, "13500.00", "0.00")]);
    assert_eq!(costs(&test).await, [SUNGLASSES, SECOND_DAY]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_tells_nothing_of_itself_keeps_all_that_is_not_mentioned() {
    let test = TestApp::start().await;
    import(&test, FIRST).await;
    let (foreseen, _) = import_with(&test, &format!("{WITHOUT}torn\n"), json!({})).await;
    assert_eq!(told(&foreseen), [(Effect::Kept, 1, "13500.00", "13500.00")]);
    assert_eq!(costs(&test).await, [LENSES, SUNGLASSES, SECOND_DAY]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_an_amount_does_not_replace_the_whole() {
    let test = TestApp::start().await;
    import(&test, FIRST).await;
    // One of the two rows of the sunglasses on the first day cannot be read.
    let rows = "2026-11-01,Sunglasses,111,Ray,PLN,1,1,1.00\n\
        2026-11-01,Sunglasses,111,Ray,PLN,1,x,14999.00\n\
        2026-11-01,Lenses,222,Day,PLN,3000,300,13500.00\n";
    let (foreseen, view) = import_with(&test, rows, json!({})).await;
    assert_eq!(told(&foreseen), [(Effect::Kept, 1, "15000.00", "15000.00")]);
    assert_eq!(counts(&view), [2, 1, 0, 0, 2]);
    assert_eq!(costs(&test).await, [LENSES, SUNGLASSES, SECOND_DAY]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_below_a_merged_cell_takes_the_amount_that_it_stands_for_from_nobody() {
    let test = TestApp::start().await;
    let head = "Дата;Название кампании;eCPC, ₽;Потрачено всего, PLN\n";
    let whole = "2026-11-01;Осень;1;120,50\n2026-11-02;Осень;1;80\n2026-11-02;Зима;1;10\n";
    let merged = "2026-11-01;Осень;1;120,50\n2026-11-02;;1;80\n2026-11-02;Зима;1;10\n";
    for (rows, wanted) in [(whole, [3, 0]), (merged, [2, 1])] {
        let preview = upload(&test, &format!("{head}{rows}"), None).await;
        let (kind, options) = (ImportKind::Costs, Some(preview.options));
        let queued = test
            .app
            .start_import(&test.owner, preview.upload, kind, options);
        let id = queued.await.unwrap().import.id;
        test.app.run_imports_until_idle().await.unwrap();
        let done = test.app.import(&test.owner, id).await.unwrap();
        assert_eq!(counts(&done)[..2], wanted);
        test.settle().await;
        let sum = test.ask("select sum(cost_micros) from costs");
        assert_eq!(sum, ["210500000"], "{rows}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_without_names_keeps_amounts_of_its_own_account_only() {
    let test = TestApp::start().await;
    let head = "Account,Date,Amount spent (PLN),Link clicks,Campaign name,Reporting starts\n";
    let both = "A,2026-11-01,5,1,Autumn,2026-11-01\nB,2026-11-01,7,1,Winter,2026-11-01\n\
        A,2026-11-01,1,1,Spring,2026-11-01\nB,2026-11-01,2,1,Summer,2026-11-01\n";
    let torn = "A,2026-11-01,1,1,Spring,2026-11-01\nB,2026-11-01,2,1,Summer,2026-11-01\n\
        A,2026-11-01,5,1,,2026-11-01\n";
    for (rows, wanted) in [(both, "15000000"), (torn, "8000000")] {
        let preview = upload(&test, &format!("{head}{rows}"), None).await;
        assert_eq!(preview.format, "meta_ads");
        let (kind, options) = (ImportKind::Costs, Some(preview.options));
        let queued = test
            .app
            .start_import(&test.owner, preview.upload, kind, options);
        queued.await.unwrap();
        test.app.run_imports_until_idle().await.unwrap();
        test.settle().await;
        assert_eq!(test.ask("select sum(cost_micros) from costs"), [wanted]);
    }
}
