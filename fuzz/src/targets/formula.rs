//! Formulas of metrics: what is read is written as text that reads back as the same, and what is
//! refused names a place within the text, in every language.

use reports::{Language, MetricFormula};

pub(crate) fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match MetricFormula::read(&text) {
        Ok(formula) => {
            let written = formula.text();
            // What is written with spaces may be longer than a formula may be.
            if written.chars().count() <= reports::FORMULA_CHARS_MAX {
                assert_eq!(
                    MetricFormula::read(&written).as_ref(),
                    Ok(&formula),
                    "{written}"
                );
            }
            assert!(!formula.metrics().is_empty() && !formula.formats().is_empty());
        }
        Err(problem) => {
            let (from, to) = problem.place();
            assert!(from <= to && to <= text.chars().count(), "{from}..{to}");
            for language in [Language::En, Language::Ru, Language::Pl] {
                assert!(!problem.sentence(language).is_empty());
            }
        }
    }
}
