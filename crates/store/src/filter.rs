//! Filters of lists: sets of values and parts of text, as single placeholders.

use crate::statement::Bind;
use crate::value::{Value, without_nul};

/// One of the values, for `in (select value from json_each($n))`.
pub(crate) struct OneOf(Value);

pub(crate) fn one_of(values: impl Iterator<Item = i64>) -> OneOf {
    OneOf(Value::Ints(Some(values.collect())))
}

pub(crate) fn one_of_texts(values: &[&str]) -> OneOf {
    let texts = values.iter().map(|text| without_nul((*text).to_owned()));
    OneOf(Value::Texts(Some(texts.collect())))
}

/// One of the numbers, or no condition at all.
pub(crate) fn maybe_one_of(values: Option<impl Iterator<Item = i64>>) -> OneOf {
    OneOf(Value::Ints(values.map(Iterator::collect)))
}

/// One of the texts, or no condition at all.
pub(crate) fn maybe_one_of_texts(values: Option<&[String]>) -> OneOf {
    let texts = values.map(|values| values.iter().cloned().map(without_nul).collect());
    OneOf(Value::Texts(texts))
}

impl Bind for OneOf {
    fn bind_to(&self, values: &mut Vec<Value>) {
        values.push(self.0.clone());
    }
}

/// The text that `containing` patterns are matched against. Lower case is made here because the
/// database knows only that of ASCII.
pub(crate) fn search_text(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("\n").to_lowercase()
}

/// A `like` pattern with `\\` as its escape.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.trim().to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
