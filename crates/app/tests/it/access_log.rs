//! Imports of web-server logs: listed, taken back in order, and taken back where they broke off.

use std::io::Write as _;

use app::{AccessLogFile, AccessLogLines, AppError, SiteInput};
use base::{
    Agent, Country, Fact, FactId, FiledHit, Hit, HitId, HitKind, ImportId, Page, SiteId, Traffic,
    UnixMillis, VisitId, VisitorId,
};

use crate::support::{START_MS, TestApp};

const HOUR: i64 = 3_600_000;
/// Everything that reports of visits add up.
const SUMS: [&str; 3] = [
    "select kind, at_ms, visitor, traffic from hits order by all",
    "select at_ms, visitor, traffic, visits, bounces from visits order by all",
    "select day, traffic, sum(page_views), sum(visits) from hits_daily group by all order by all",
];

async fn site(test: &TestApp) -> SiteId {
    let input = SiteInput {
        name: String::new(),
        domain: "www.shop.example".to_owned(),
        allowed_hosts: Vec::new(),
        consent_mode: "cookie".to_owned(),
        on_campaign_change: "same_visit".to_owned(),
        at_midnight: "same_visit".to_owned(),
        search_parameters: None,
    };
    test.app.create_site(&test.owner, &input).await.unwrap().id
}

/// The page view of a line of a log, or one that came at a door.
fn page_view(test: &TestApp, site: SiteId, line: u64) -> Hit {
    let traffic = Traffic::direct();
    Hit {
        id: HitId::Sender(FactId(u128::from(line))),
        workspace: test.owner.workspace,
        kind: HitKind::PageView,
        at: at(line),
        delay_ms: 5_000,
        seq: 0,
        site: Some(site),
        link: None,
        visitor: VisitorId(line),
        visit: VisitId(line),
        visit_age_ms: 0,
        visits: 1,
        bounces: 1,
        traffic: traffic.key(test.owner.workspace),
        touch: Some(Box::new(traffic)),
        page: Page::default(),
        name: String::new(),
        properties: Vec::new(),
        agent: Agent::default(),
        country: Country::UNKNOWN,
        bot: None,
        engaged_ms: 0,
        scroll_percent: 0,
        revenue: None,
        click_ids: Vec::new(),
    }
}

/// An hour a line.
fn at(line: u64) -> UnixMillis {
    UnixMillis(START_MS).plus_ms(-100 * HOUR + i64::try_from(line).unwrap() * HOUR)
}

async fn append(test: &TestApp, fact: Fact) {
    let payload = fact.encode().unwrap();
    test.app.journal().append(&payload).unwrap().await.unwrap();
}

/// Imports lines of a log, up to its end or without one.
async fn begin(test: &TestApp, site: SiteId, lines: &[u64]) -> ImportId {
    let path = test.folder().join("access.log");
    let mut file = std::fs::File::create(&path).unwrap();
    write!(file, "{lines:?}").unwrap();
    let extent = (at(lines[0]), at(*lines.last().unwrap()));
    let log = AccessLogFile { path, site, extent };
    let import = test.app.start_access_log(&test.owner, &log).await.unwrap();
    for line in lines {
        let hit = page_view(test, site, *line);
        append(test, Fact::FiledHit(Box::new(FiledHit { import, hit }))).await;
    }
    import
}

async fn import(test: &TestApp, site: SiteId, lines: &[u64]) -> ImportId {
    let id = begin(test, site, lines).await;
    test.settle().await;
    let count = u64::try_from(lines.len()).unwrap();
    let lines = AccessLogLines {
        read: count,
        page_views: count,
    };
    let ended = test.app.finish_access_log(&test.owner, id, lines).await;
    assert_eq!(ended.unwrap().import.state, "done");
    id
}

async fn sums(test: &TestApp) -> Vec<String> {
    test.settle().await;
    SUMS.iter().flat_map(|sql| test.ask(sql)).collect()
}

async fn state(test: &TestApp, id: ImportId) -> (String, Option<String>) {
    let import = test.app.import(&test.owner, id).await.unwrap().import;
    (import.state, import.error)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_listed_with_what_it_brought_and_is_taken_back() {
    let test = TestApp::start().await;
    let site = site(&test).await;
    append(&test, Fact::Hit(Box::new(page_view(&test, site, 90)))).await;
    let before = sums(&test).await;
    let id = import(&test, site, &[1, 2, 3]).await;
    let again = import(&test, site, &[2, 3, 4]).await;
    let view = test.app.import(&test.owner, again).await.unwrap();
    let progress = &view.import.progress;
    assert_eq!(
        (
            progress.rows_accepted,
            progress.rows_new,
            progress.rows_unchanged
        ),
        (3, 1, 2)
    );
    assert!(view.can_undo && view.import.result.first_day.is_some());

    let error = test.app.undo_import(&test.owner, id).await.unwrap_err();
    match error {
        AppError::Conflict { code, detail, .. } => {
            assert_eq!(code, "later_import");
            assert!(detail.contains(&format!("import {again} ")), "{detail}");
        }
        other => panic!("{other}"),
    }
    for id in [again, id] {
        let undone = test.app.undo_import(&test.owner, id).await.unwrap();
        assert_eq!(undone.import.state, "undone");
    }
    assert_eq!(sums(&test).await, before);
    // The lines count again when they come again.
    import(&test, site, &[1, 2, 3, 4]).await;
    assert_eq!(test.ask("select count(*) from hits"), ["5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_other_times_are_taken_back_in_any_order() {
    let test = TestApp::start().await;
    let site = site(&test).await;
    let first = import(&test, site, &[1, 2]).await;
    import(&test, site, &[3, 4]).await;
    let undone = test.app.undo_import(&test.owner, first).await.unwrap();
    assert_eq!(undone.import.state, "undone");
    test.settle().await;
    assert_eq!(test.ask("select count(*) from hits"), ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_import_broke_off_is_taken_back_by_whoever_runs_imports_next() {
    let test = TestApp::start().await;
    let site = site(&test).await;
    let before = sums(&test).await;
    let id = begin(&test, site, &[1, 2]).await;
    let test = test.restart().await;
    assert_eq!(test.app.run_imports_until_idle().await.unwrap(), 1);
    assert_eq!(sums(&test).await, before);
    let (state, error) = state(&test, id).await;
    assert_eq!(state, "failed");
    assert!(error.unwrap().contains("import the file again"));
    import(&test, site, &[1, 2]).await;
    assert_eq!(test.ask("select count(*) from hits"), ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_the_doors_have_seen_are_told_and_those_of_logs_are_not() {
    let test = TestApp::start().await;
    let site = site(&test).await;
    import(&test, site, &[1, 2]).await;
    // A server that tells later what happened looks like a log in all but its import.
    append(&test, Fact::Hit(Box::new(page_view(&test, site, 90)))).await;
    let zone = "Europe/Warsaw".parse().unwrap();
    let extent = (at(1), at(95));
    let tracked = || test.app.tracked_days(&test.owner, site, extent, &zone);
    assert_eq!(tracked().await.unwrap().len(), 0, "nothing of it is loaded");
    test.settle().await;
    let days: Vec<_> = tracked().await.unwrap().into_iter().collect();
    assert_eq!(days, [zone.day_of(at(90))]);
    let other = SiteId(site.0 + 1);
    let of_other = test.app.tracked_days(&test.owner, other, extent, &zone);
    assert_eq!(of_other.await.unwrap().len(), 0);
}
