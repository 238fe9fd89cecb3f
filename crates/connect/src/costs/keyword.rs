//! Keywords of reports as visits carry them.

/// A keyword as `{keyword}` puts it into a link: without match type and excluded words.
pub(super) fn plain_keyword(text: &str) -> String {
    if text.starts_with("---") {
        return text.to_owned();
    }
    let kept = text.find(" -").map_or(text, |at| &text[..at]);
    let bare = kept.trim().trim_matches(['[', ']', '"']);
    let words = bare
        .split_whitespace()
        .map(|word| word.trim_start_matches(['+', '!']));
    words.collect::<Vec<_>>().join(" ")
}
