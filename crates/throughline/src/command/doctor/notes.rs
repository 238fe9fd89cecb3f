//! What somebody should know whose data folder an earlier version has made: the page about
//! upgrading, from their version on.

const PAGE: &str = include_str!("../../../../../docs/upgrading.md");
/// Begins the heading of a section, before the version of the store's tables.
const HEADING: &str = "## Store ";

/// The sections behind a version, with their versions.
pub(super) fn behind(version: i64) -> Vec<(i64, String)> {
    let mut notes = sections();
    notes.retain(|(of, _)| *of > version);
    notes
}

fn sections() -> Vec<(i64, String)> {
    let sections = PAGE.split(HEADING).skip(1);
    let read = sections.filter_map(|section| {
        let (version, text) = section.split_once('\n')?;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some((version.trim().parse().ok()?, text))
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_names_a_version_of_the_store_in_order() {
        let versions: Vec<i64> = sections().into_iter().map(|(of, _)| of).collect();
        assert_eq!(versions.len(), PAGE.matches("\n## ").count());
        assert!(
            versions.is_sorted_by(|one, next| one < next),
            "{versions:?}"
        );
        let newest = store::maintain::newest_schema();
        assert!(versions.iter().all(|of| (1..=newest).contains(of)));
        assert!(sections().iter().all(|(_, text)| !text.is_empty()));
    }

    #[test]
    fn only_what_is_behind_a_version_is_told() {
        let all: Vec<i64> = behind(0).into_iter().map(|(of, _)| of).collect();
        let first = all[0];
        assert_eq!(behind(first).len(), all.len() - 1);
        assert_eq!(behind(i64::MAX), []);
    }
}
