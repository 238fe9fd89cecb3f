//! Logs as servers write them.

use base::{SiteId, WorkspaceId};
use domain::visit::VisitSettings;
use proptest::prelude::*;

use super::*;
use crate::ConsentMode;

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
    Gecko) Chrome/124.0.0.0 Safari/537.36";

fn importer() -> AccessLogImporter {
    AccessLogImporter::new(AccessLogOptions {
        site: Site {
            id: SiteId(3),
            workspace: WorkspaceId(1),
            key: "k".into(),
            domain: "shop.example".into(),
            allowed_hosts: Vec::new(),
            consent: ConsentMode::Cookieless,
            script_path: "/t.js".into(),
            events_path: "/e".into(),
            visits: VisitSettings::default(),
            search_parameters: vec!["q".to_owned()],
        },
        salt: [1; 16],
        recorded: UnixMillis(1_900_000_000_000),
        tracked_days: BTreeSet::new(),
        zone: "Europe/Moscow".parse().unwrap(),
    })
}

fn line(second: u32, request: &str, status: u16, referrer: &str) -> String {
    format!(
        "203.0.113.7 - - [10/Oct/2024:13:55:{second:02} +0300] \"{request}\" {status} 512 \
         \"{referrer}\" \"{CHROME}\""
    )
}

#[test]
fn a_combined_line_is_read() {
    let text = "2001:db8::1 - bob [10/Oct/2000:13:55:36 -0700] \"GET /a?b=\\\"c HTTP/1.0\" 200 23 \
                \"-\" \"a \\\"b\\\" c\" extra";
    let parsed = parse_log_line(text).unwrap();
    assert_eq!(parsed.at.rfc3339(), "2000-10-10T20:55:36.000Z");
    assert_eq!(
        (parsed.method, parsed.target, parsed.status),
        ("GET", "/a?b=\\\"c", 200)
    );
    assert_eq!((parsed.referrer, parsed.agent), ("", "a \\\"b\\\" c"));
}

#[test]
fn a_moment_that_cannot_be_is_refused() {
    let enricher = Enricher::new().unwrap();
    let mut importer = importer();
    let mut feed = |time: &str| {
        let text = line(1, "GET / HTTP/1.1", 200, "-");
        let text = text.replace("10/Oct/2024:13:55:01 +0300", time);
        importer.feed(&text, &enricher).map(|hit| hit.at.rfc3339())
    };
    let far = "10/Oct/2024:13:55:01 +9223372036854775807";
    assert_eq!(feed(far), Err(Skip::Unreadable));
    assert_eq!(feed("10/Oct/9024:13:55:01 +0300"), Err(Skip::Future));
    let usual = feed("10/Oct/2024:13:55:01 +0300").unwrap();
    assert_eq!(usual, "2024-10-10T10:55:01.000Z");
}

#[test]
fn a_line_that_comes_again_is_another_fact_while_the_log_goes_on_in_time() {
    let enricher = Enricher::new().unwrap();
    let mut importer = importer();
    let mut feed = |second, request: &str| {
        let fed = importer.feed(&line(second, request, 200, "-"), &enricher);
        fed.unwrap().fact_id()
    };
    let first = feed(1, "GET /a HTTP/1.1");
    let second = feed(1, "GET /a HTTP/1.1");
    assert_ne!(first, second);
    // Behind a day of other lines it is the same line again, as where files overlap.
    let later = line(1, "GET /b HTTP/1.1", 200, "-").replace("10/Oct", "11/Oct");
    importer.feed(&later, &enricher).unwrap();
    let again = importer.feed(&line(1, "GET /a HTTP/1.1", 200, "-"), &enricher);
    assert_eq!(again.unwrap().fact_id(), first);
}

#[test]
fn pages_become_visits_and_the_rest_is_skipped_with_a_reason() {
    let enricher = Enricher::new().unwrap();
    let mut importer = importer();
    let mut feed = |text: &str| importer.feed(text, &enricher);
    let first = feed(&line(
        1,
        "GET /?utm_source=vk&utm_medium=cpc HTTP/1.1",
        200,
        "-",
    ))
    .unwrap();
    let second = feed(&line(5, "GET /b HTTP/1.1", 200, "https://shop.example/")).unwrap();
    assert_eq!(
        (first.visits, first.bounces, second.visits, second.bounces),
        (1, 1, 0, -1)
    );
    assert_eq!(first.touch.unwrap().default_channel, "paid_social");
    assert_eq!((first.visit, first.traffic), (second.visit, second.traffic));
    assert_eq!(
        feed(&line(6, "GET /a.css HTTP/1.1", 200, "-")),
        Err(Skip::Asset)
    );
    assert_eq!(
        feed(&line(6, "GET /robots.txt HTTP/1.1", 200, "-")),
        Err(Skip::Asset)
    );
    assert_eq!(
        feed(&line(6, "GET /feed/ HTTP/1.1", 200, "-")),
        Err(Skip::Feed)
    );
    assert_eq!(
        feed(&line(6, "POST / HTTP/1.1", 200, "-")),
        Err(Skip::Method)
    );
    assert_eq!(
        feed(&line(6, "GET / HTTP/1.1", 404, "-")),
        Err(Skip::Status)
    );
    assert_eq!(
        feed(&line(6, "\\x16\\x03", 400, "-")),
        Err(Skip::Unreadable)
    );
    assert_eq!(feed("nonsense"), Err(Skip::Unreadable));
}

#[test]
fn a_second_import_of_the_same_lines_makes_the_same_facts() {
    let enricher = Enricher::new().unwrap();
    let lines: Vec<String> = [1, 1, 1, 4, 4]
        .iter()
        .map(|second| line(*second, "GET /p HTTP/1.1", 200, "-"))
        .collect();
    let run = || {
        let mut importer = importer();
        lines
            .iter()
            .map(|text| importer.feed(text, &enricher).unwrap())
            .collect::<Vec<_>>()
    };
    let (once, again) = (run(), run());
    assert_eq!(once, again);
    let ids: std::collections::HashSet<_> = once.iter().map(|hit| hit.id).collect();
    assert_eq!(
        ids.len(),
        lines.len(),
        "identical lines are different page views"
    );
}

proptest! {
    #[test]
    fn no_line_panics(text: String) {
        let _ = parse_log_line(&text);
        let _ = parse_log_line(&format!("1.1.1.1 - - [{text}] \"{text}\" 200 1 \"{text}\" \"x\""));
    }
}

#[test]
fn lines_of_days_that_the_tracker_has_seen_are_left_out() {
    let enricher = Enricher::new().unwrap();
    let mut importer = importer();
    importer.options.tracked_days = BTreeSet::from(["2024-10-10".parse().unwrap()]);
    let mut feed = |time: &str| {
        let text = line(1, "GET / HTTP/1.1", 200, "-").replace("10/Oct/2024:13:55:01", time);
        importer.feed(&text, &enricher).map(|hit| hit.at.rfc3339())
    };
    assert_eq!(
        feed("09/Oct/2024:23:59:59"),
        Ok("2024-10-09T20:59:59.000Z".into())
    );
    assert_eq!(feed("10/Oct/2024:00:00:00"), Err(Skip::Tracked));
    assert_eq!(
        feed("11/Oct/2024:00:00:00"),
        Ok("2024-10-10T21:00:00.000Z".into())
    );
}

#[test]
fn a_log_of_another_host_is_known_by_what_its_pages_show() {
    let site = importer().options.site;
    let survey = |referrer: &str, count: u32| {
        let mut survey = LogSurvey::default();
        for second in 0..count {
            survey.note(&line(second, "GET /a.css HTTP/1.1", 200, referrer));
        }
        survey.note(&line(59, "GET / HTTP/1.1", 200, "https://www.google.com/"));
        survey
    };
    let own = survey("https://www.shop.example/lenses", 20);
    assert_eq!(own.foreign_host(&site), None);
    let foreign = survey("http://other.example/", 20);
    assert_eq!(foreign.foreign_host(&site), Some("other.example"));
    assert_eq!(survey("http://other.example/", 3).foreign_host(&site), None);
    let at = UnixMillis::parse_rfc3339("2024-10-10T10:55:59Z").unwrap();
    assert_eq!(own.extent(), Some((at, at)));
}

/// A page view of Moscow's time.
fn at(time: &str) -> String {
    line(1, "GET / HTTP/1.1", 200, "-").replace("10/Oct/2024:13:55:01", time)
}

fn fed(lines: &[String]) -> Vec<(String, i8)> {
    let enricher = Enricher::new().unwrap();
    let mut importer = importer();
    let hits = lines.iter().map(|text| importer.feed(text, &enricher));
    let mut fed: Vec<(String, i8)> = hits
        .map(|hit| {
            let hit = hit.unwrap();
            (hit.at.rfc3339(), hit.visits)
        })
        .collect();
    fed.sort_unstable();
    fed
}

#[test]
fn a_log_that_goes_back_keeps_each_page_view_on_its_day() {
    let one = ["10/Oct/2024:23:50:00", "11/Oct/2024:00:10:00"].map(at);
    let other = ["08/Oct/2024:12:00:00", "08/Oct/2024:12:05:00"].map(at);
    let joined = [one.as_slice(), other.as_slice()].concat();
    let expected = [
        ("2024-10-08T09:00:00.000Z".to_owned(), 1),
        ("2024-10-08T09:05:00.000Z".to_owned(), 0),
        ("2024-10-10T20:50:00.000Z".to_owned(), 1),
        ("2024-10-10T21:10:00.000Z".to_owned(), 0),
    ];
    assert_eq!(fed(&joined), expected);
    // A request that took long is written behind shorter ones, and is of their visit.
    let slow = ["10/Oct/2024:12:00:09", "10/Oct/2024:12:00:01"].map(at);
    let visits: Vec<i8> = fed(&slow).into_iter().map(|(_, visits)| visits).collect();
    assert_eq!(visits, [1, 0]);
}

#[track_caller]
fn check_newest_first(times: &[&str], expected: bool) {
    let mut survey = LogSurvey::default();
    for time in times {
        survey.note(&at(time));
    }
    assert_eq!(survey.is_newest_first(), expected, "{times:?}");
}

#[test]
fn a_log_with_its_newest_lines_first_is_told() {
    let (old, new) = ("10/Oct/2024:12:00:00", "11/Oct/2024:12:00:00");
    let between = "10/Oct/2024:18:00:00";
    check_newest_first(&[new, between, old], true);
    check_newest_first(&[new, between, between, old], true);
    check_newest_first(&[old, between, new], false);
    // One server's log behind another's.
    check_newest_first(&[between, new, old, between, between], false);
    check_newest_first(&["10/Oct/2024:12:00:09", old], false);
    check_newest_first(&[old], false);
    check_newest_first(&[], false);
}
