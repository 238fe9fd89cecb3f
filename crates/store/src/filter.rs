//! Filters of lists: sets of values and parts of text, as single placeholders.

/// A JSON list of numbers for `in (select value from json_each($n))`.
pub(crate) fn one_of(values: impl Iterator<Item = i64>) -> String {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    format!("[{}]", values.join(","))
}

/// A JSON list of texts for the same.
pub(crate) fn one_of_texts(values: &[&str]) -> String {
    serde_json::Value::from(values.to_vec()).to_string()
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
