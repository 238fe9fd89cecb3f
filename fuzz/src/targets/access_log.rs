//! Lines of a web server's log: what is read can be written as a line and read again.

use std::collections::{BTreeSet, HashSet};

use base::{Hit, UnixMillis, WorkspaceId};
use collect::{AccessLogImporter, AccessLogOptions, ConsentMode, parse_log_line};

use crate::house::{ENRICHER, check_hit, site};

const RECORDED: UnixMillis = UnixMillis(1_800_000_000_000);
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

pub(crate) fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines() {
        check_line(line);
    }
    let (times, hits) = import(&text);
    let again = import(&text);
    assert_eq!(again.1, hits, "the same log makes the same facts");
    // Repeats are told from one another while they are near: logs go on in time. A visitor's hits
    // do in any case, so that only the lines themselves say so.
    if times.is_sorted() {
        let ids: HashSet<_> = hits.iter().map(Hit::fact_id).collect();
        assert_eq!(ids.len(), hits.len(), "no two lines are one fact");
    }
    hits.iter().for_each(check_hit);
}

fn check_line(line: &str) {
    let Some(parsed) = parse_log_line(line) else {
        return;
    };
    let Some(time) = written(parsed.at) else {
        return;
    };
    let again = format!(
        "{} - - [{time}] \"{} {} HTTP/1.1\" {} 0 \"{}\" \"{}\"",
        parsed.address, parsed.method, parsed.target, parsed.status, parsed.referrer, parsed.agent,
    );
    assert_eq!(parse_log_line(&again).as_ref(), Some(&parsed), "{again}");
}

/// As servers write it; nothing for a year that has no four digits.
fn written(at: UnixMillis) -> Option<String> {
    let text = at.rfc3339();
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    (year.len() == 4).then(|| format!("{day}/{month}/{year}:{} +0000", &time[..8]))
}

/// When each line is of that is a hit, and the hits.
fn import(text: &str) -> (Vec<UnixMillis>, Vec<Hit>) {
    let mut importer = AccessLogImporter::new(AccessLogOptions {
        site: site(1, WorkspaceId(1), ConsentMode::Cookieless),
        salt: [3; 16],
        recorded: RECORDED,
        tracked_days: BTreeSet::new(),
        zone: "Europe/Warsaw".parse().unwrap(),
    });
    let fed = text.lines().filter_map(|line| {
        let hit = importer.feed(line, &ENRICHER).ok()?;
        Some((parse_log_line(line)?.at, hit))
    });
    fed.unzip()
}
