//! Searches on a site: page views whose address says what was looked for, and events that tell it.

use crate::plan::Dialect;

/// What others' clients and guides call the event, in small letters.
const EVENTS: &str = "'search', 'site search', 'view_search_results', 'products searched'";
/// What collecting adds to a page view.
const OF_PAGE: [&str; 1] = ["search_term"];
/// What events call the words.
const OF_EVENT: [&str; 6] = ["search_term", "search", "term", "query", "q", "keyword"];
/// What either calls how many things were found.
const RESULTS: [&str; 5] = [
    "search_count",
    "search_results",
    "results",
    "results_count",
    "result_count",
];

/// The words, in small letters; empty or null where nothing was looked for.
pub(crate) fn term(dialect: &dyn Dialect) -> String {
    let of_page = dialect.value_of_first("f.properties", &OF_PAGE);
    let of_event = dialect.value_of_first("f.properties", &OF_EVENT);
    let event = dialect.lower("f.name");
    dialect.lower(&format!(
        "case when f.properties = '' then '' \
         when f.kind = 'page_view' then {of_page} \
         when f.kind = 'event' and {event} in ({EVENTS}) then {of_event} else '' end"
    ))
}

/// Whether a hit is a search.
pub(crate) fn is_search(dialect: &dyn Dialect) -> String {
    format!("coalesce({}, '') <> ''", term(dialect))
}

/// Whether it is one of which is told that it found nothing.
pub(crate) fn found_nothing(dialect: &dyn Dialect) -> String {
    let results = dialect.value_of_first("f.properties", &RESULTS);
    format!("{} and {results} = '0'", is_search(dialect))
}
