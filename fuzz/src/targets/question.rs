//! What the API is asked: a report's question that resolves also runs, and cursors read back.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base::{Day, UnixMillis, WorkspaceId};
use reports::export::ExportRequest;
use reports::{
    BehindRequest, Clock, Error, Language, Query, ReportContext, WeekStart, behind, resolve,
    run as answer,
};
use serde_json::Value;
use store::Keyset;
use tempfile::TempDir;
use warehouse::{Limits, Warehouse};

/// Columns of an answer to one question, so that one input stays small.
const NAMES_MAX: usize = 6;
/// Days of a period that is really asked for.
const DAYS_MAX: i32 = 400;

/// A warehouse without a fact: that a statement is one is known all the same.
static EMPTY: LazyLock<(Warehouse, TempDir)> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let warehouse = Warehouse::open_file_in(folder.path()).unwrap();
    (warehouse, folder)
});

pub(crate) fn run(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes) {
        check_cursors(text);
    }
    let Ok(json) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let _ = ExportRequest::from_json(json.clone());
    if let Ok(request) = BehindRequest::from_json(json.clone())
        && is_small(&request.query)
    {
        check(behind(&EMPTY.0, &request, &context(), Limits::default()).map(drop));
    }
    if let Ok(query) = serde_json::from_value::<Query>(json)
        && is_small(&query)
    {
        check(answer(&EMPTY.0, &query, &context(), Limits::default()).map(drop));
    }
}

fn is_small(query: &Query) -> bool {
    let days = query.period.to.0.saturating_sub(query.period.from.0);
    resolve(query, &context()).is_ok()
        && query.metrics.len() + query.dimensions.len() <= NAMES_MAX
        && days <= DAYS_MAX
}

/// The asker may be wrong; the statement that is made of a question never is.
fn check(answered: Result<(), Error>) {
    match answered {
        Ok(()) | Err(Error::Invalid { .. }) => {}
        Err(error) => panic!("{error:?}"),
    }
}

fn check_cursors(text: &str) {
    if let Ok(cursor) = text.parse::<Keyset<UnixMillis>>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    if let Ok(cursor) = text.parse::<Keyset<Day>>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    if let Ok(day) = text.parse::<Day>() {
        assert_eq!(day.to_string().parse::<Day>().ok(), Some(day));
    }
    if let Some(moment) = UnixMillis::parse_rfc3339(text) {
        assert_eq!(UnixMillis::parse_rfc3339(&moment.rfc3339()), Some(moment));
    }
}

fn context() -> ReportContext {
    ReportContext {
        workspace: WorkspaceId(1),
        time_zone: "Europe/Warsaw".parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        week_start: WeekStart::Monday,
        now: UnixMillis(1_800_000_000_000),
        clock: Clock::standing(UnixMillis(1_800_000_000_000)),
        language: Language::En,
        channels: None,
        names: BTreeMap::new(),
        custom: Vec::new(),
        renamed: Vec::new(),
    }
}
