//! The interface's own words, for files that people read outside of it.

use std::collections::HashMap;
use std::sync::LazyLock;

type Dictionary = HashMap<String, String>;

static RUSSIAN: LazyLock<Dictionary> =
    LazyLock::new(|| read(include_str!("../../../../../web/src/lib/i18n/ru.json")));
static POLISH: LazyLock<Dictionary> =
    LazyLock::new(|| read(include_str!("../../../../../web/src/lib/i18n/pl.json")));

/// The word of a key; nothing in English, where the details of errors are written.
pub(super) fn word(language: &str, key: &str) -> Option<&'static str> {
    let dictionary = match language {
        "ru" => &RUSSIAN,
        "pl" => &POLISH,
        _ => return None,
    };
    dictionary.get(key).map(String::as_str)
}

fn read(text: &str) -> Dictionary {
    serde_json::from_str(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn reasons_have_words_in_every_language_but_english() {
        for (language, wanted) in [
            ("ru", Some("Строка")),
            ("pl", Some("Wiersz")),
            ("en", None),
            ("", None),
        ] {
            assert_eq!(word(language, "import.row"), wanted, "{language}");
        }
        assert_eq!(word("ru", "no.such.key"), None);
    }
}
