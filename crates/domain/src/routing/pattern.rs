//! Texts that a filter names: whole ones, ones with stars, and `/expressions/`.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

use super::click::Text;
use super::definition::EXPRESSIONS_MAX;
use super::flaw::Flaw;
use crate::label::{folded, glob_matches};

/// Largest program of an expression. A word of any script (`\w`) fits, a thousand of them do not.
const EXPRESSION_BYTES_MAX: usize = 256 * 1024;

/// All texts of one filter, in the order of what a look costs.
#[derive(Debug)]
pub(super) struct Patterns {
    /// Sorted.
    whole: Box<[Box<str>]>,
    starred: Box<[Box<str>]>,
    expressions: Box<[Regex]>,
}

/// Expressions of one compilation: equal ones are one in memory.
#[derive(Debug, Default)]
pub(super) struct Expressions(HashMap<String, Regex>);

/// Gathers the texts of a filter.
#[derive(Debug, Default)]
pub(super) struct PatternsBuilder {
    whole: Vec<Box<str>>,
    starred: Vec<Box<str>>,
    expressions: Vec<Regex>,
}

impl Patterns {
    /// Whether one of them is the text. Letter case and outer spaces make no difference.
    pub(super) fn find(&self, text: &Text<'_>) -> bool {
        let folded: &str = &text.folded;
        let whole = self
            .whole
            .binary_search_by(|known| known.as_ref().cmp(folded));
        whole.is_ok()
            || self.starred.iter().any(|glob| glob_matches(glob, folded))
            || self.expressions.iter().any(|one| one.is_match(text.raw))
    }

    pub(super) fn has_expressions(&self) -> bool {
        !self.expressions.is_empty()
    }
}

impl PatternsBuilder {
    pub(super) fn add(&mut self, value: &str, known: &mut Expressions) -> Result<(), Flaw> {
        if let Some(expression) = expression_of(value) {
            self.expressions.push(known.compile(expression)?);
            return Ok(());
        }
        let value = folded(value).into_boxed_str();
        match value.contains('*') {
            true => self.starred.push(value),
            false => self.whole.push(value),
        }
        Ok(())
    }

    pub(super) fn build(mut self) -> Patterns {
        self.whole.sort_unstable();
        self.whole.dedup();
        Patterns {
            whole: self.whole.into_boxed_slice(),
            starred: self.starred.into_boxed_slice(),
            expressions: self.expressions.into_boxed_slice(),
        }
    }
}

impl Expressions {
    fn compile(&mut self, expression: &str) -> Result<Regex, Flaw> {
        if let Some(known) = self.0.get(expression) {
            return Ok(known.clone());
        }
        if self.0.len() >= EXPRESSIONS_MAX {
            return Err(Flaw::TooManyExpressions);
        }
        let compiled = RegexBuilder::new(expression)
            .case_insensitive(true)
            .size_limit(EXPRESSION_BYTES_MAX)
            .dfa_size_limit(EXPRESSION_BYTES_MAX)
            .build()
            .map_err(|_| Flaw::NoExpression(expression.to_owned()))?;
        self.0.insert(expression.to_owned(), compiled.clone());
        Ok(compiled)
    }
}

/// What stands between two slashes.
fn expression_of(value: &str) -> Option<&str> {
    let inner = value.trim().strip_prefix('/')?.strip_suffix('/')?;
    (!inner.is_empty()).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(values: &[&str], text: &str) -> Result<bool, Flaw> {
        let (mut builder, mut known) = (PatternsBuilder::default(), Expressions::default());
        for value in values {
            builder.add(value, &mut known)?;
        }
        Ok(builder.build().find(&Text::new(text)))
    }

    #[track_caller]
    fn check(values: &[&str], text: &str, wanted: bool) {
        assert_eq!(find(values, text), Ok(wanted), "{values:?} on {text:?}");
    }

    #[test]
    fn a_text_is_one_of_several_whatever_its_letters() {
        check(&["Chrome", " SAFARI "], "safari", true);
        check(&["chrome"], "Chrome Mobile", false);
        check(&["ŁÓDŹ"], "łódź", true);
        check(&["*google.*", "bing"], "https://www.Google.pl/", true);
        check(&["*google.*"], "https://bing.com/", false);
    }

    #[test]
    fn an_expression_finds_a_part_of_the_text() {
        check(&["/^iphone (1[4-9])/"], "iPhone 15 Pro", true);
        check(&["/^iphone (1[4-9])$/"], "iPhone 15 Pro", false);
        check(&[r"/\p{Cyrillic}/"], "купить", true);
        check(&["/[A-Z]/"], "abc", true);
        // A single slash and two of them are texts like others.
        check(&["/"], "/", true);
        check(&["//"], "//", true);
    }

    #[test]
    fn what_no_expression_is_or_too_large_a_one_is_refused() {
        for wrong in ["/(/", r"/\w{1000}/", "/(a{1000}){1000}/", "/(?<=a)b/"] {
            let inner = expression_of(wrong).unwrap().to_owned();
            assert_eq!(find(&[wrong], ""), Err(Flaw::NoExpression(inner)));
        }
        assert_eq!(find(&[r"/^\w+@\w+\.\w+$/"], "a@b.c"), Ok(true));
    }
}
