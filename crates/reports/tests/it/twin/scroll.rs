//! How far pages were scrolled, told a second time.

use base::{Fact, Hit, UnixMillis};

/// How far the hit's page was scrolled in its visit, by the facts that were known then; zero for
/// all but the first hit that tells of it.
pub(crate) fn deepest(facts: &[Fact], hit: &Hit, known_on: Option<UnixMillis>) -> i64 {
    let mut deepest = hit.scroll_percent;
    for other in facts.iter().filter_map(Fact::hit) {
        let same = other.visit == hit.visit && other.page.path == hit.page.path;
        let known = known_on.is_none_or(|moment| other.recorded() <= moment);
        if !same || !known || other.scroll_percent == 0 {
            continue;
        }
        if (other.at, other.seq) < (hit.at, hit.seq) {
            return 0;
        }
        deepest = deepest.max(other.scroll_percent);
    }
    i64::from(if hit.scroll_percent > 0 { deepest } else { 0 })
}
