//! What a visitor looked for on the site, as the address of a page of results has it.

use std::borrow::Cow;

use crate::source::{QUERY_PARAMETERS_MAX, clean};

/// What searches on pages are mostly called, where a site does not say otherwise.
pub const SEARCH_PARAMETERS: [&str; 4] = ["q", "s", "search", "query"];
/// The property of a page view that holds it. Reports read it by this name.
pub const SEARCH_TERM: &str = "search_term";
/// Longest term that is kept.
const TERM_BYTES_MAX: usize = 200;
/// In place of an e-mail address.
const ADDRESS: &str = ":email";

/// Adds what was looked for to what a page view says of itself, unless it says so already.
pub fn note_search(properties: &mut Vec<(String, String)>, parameters: &[String], query: &str) {
    let is_told = properties.iter().any(|(name, _)| name == SEARCH_TERM);
    if let Some(term) = term_of(parameters, query).filter(|_| !is_told) {
        properties.push((SEARCH_TERM.to_owned(), term));
    }
}

/// The first parameter of these that says something.
fn term_of(parameters: &[String], query: &str) -> Option<String> {
    if parameters.is_empty() || query.is_empty() {
        return None;
    }
    let pairs = url::form_urlencoded::parse(query.as_bytes()).take(QUERY_PARAMETERS_MAX);
    let mut terms = pairs
        .filter(|(name, _)| parameters.iter().any(|known| known == name))
        .map(|(_, value)| readable(&value));
    terms.find(|term| !term.is_empty())
}

/// Words with one space between them, without addresses of people.
fn readable(value: &str) -> String {
    let shown = |word| {
        if str::contains(word, '@') {
            ADDRESS
        } else {
            word
        }
    };
    let words: Vec<&str> = value.split_whitespace().map(shown).collect();
    clean(Cow::Owned(words.join(" ")), TERM_BYTES_MAX).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn term(query: &str) -> Option<String> {
        term_of(&SEARCH_PARAMETERS.map(str::to_owned), query)
    }

    #[test]
    fn the_first_parameter_that_says_something_is_the_search() {
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(term("page=2&q=blue+frames"), told("blue frames"));
        assert_eq!(
            term("s=&search=%20%D0%BE%D1%87%D0%BA%D0%B8%0A"),
            told("очки")
        );
        assert_eq!(term("q=anna%40b.example+order"), told(":email order"));
        assert_eq!(term("sq=a&Q=b&utm_term=c"), None);
        assert_eq!(term_of(&[], "q=a"), None);
    }

    #[test]
    fn what_the_page_says_itself_comes_first() {
        let mut told = vec![(SEARCH_TERM.to_owned(), "own".to_owned())];
        note_search(&mut told, &["q".to_owned()], "q=other");
        assert_eq!(told.len(), 1);
    }

    proptest! {
        #[test]
        fn no_query_panics_or_grows(query: String) {
            let told = term(&format!("q={query}"));
            prop_assert!(told.is_none_or(|term| term.len() <= TERM_BYTES_MAX));
        }
    }
}
