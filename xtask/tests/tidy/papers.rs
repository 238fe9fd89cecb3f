//! What the papers name exists: tests, and settings, which the files of `deploy/` set as well.

use std::collections::BTreeSet;

use crate::repository::{expect_none, root, sources};

/// Where a test is named: between backticks, its file, a colon and its name.
const TESTS: [&str; 3] = ["crates/", "e2e/tests/", "xtask/tests/"];

#[test]
fn every_test_that_a_page_names_exists() {
    let mut named = 0;
    let mut missing = Vec::new();
    for (page, text) in sources(&[".md"]) {
        for word in text.split('`').skip(1).step_by(2) {
            let Some((file, name)) = word.split_once(": ") else {
                continue;
            };
            if !TESTS.iter().any(|folder| file.starts_with(folder)) {
                continue;
            }
            named += 1;
            if !exists(file, name) {
                missing.push(format!("{page}: {file}: {name}"));
            }
        }
    }
    assert!(
        named > 50,
        "only {named} tests are named: has the way of naming them changed?"
    );
    expect_none("name a test that exists", &missing);
}

/// Endings of files that look like settings of the section before the dot.
const FILES: [&str; 3] = [".sqlite", ".duckdb", ".rs"];

#[test]
fn every_setting_that_a_page_names_exists() {
    let settings = settings();
    let mut missing = Vec::new();
    for (path, text) in sources(&[".md", ".service", ".yaml", "Dockerfile"]) {
        let variables = text.split("THROUGHLINE__").skip(1).map(|rest| {
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
            rest[..end].to_lowercase().replacen("__", ".", 1)
        });
        let words = text.split('`').skip(1).step_by(2);
        let words = words.filter(|_| path.ends_with(".md"));
        let words = words.filter_map(|word| word.split([' ', '=']).next());
        let named = words.filter(|word| is_setting(word, &settings));
        let named = named.map(str::to_owned).chain(variables);
        let wrong = named.filter(|name| !name.is_empty() && !settings.contains(name));
        missing.extend(wrong.map(|name| format!("{path}: {name}")));
    }
    expect_none("name a setting that exists", &missing);
}

/// Whether a word is written like a setting of one of the sections.
fn is_setting(word: &str, settings: &BTreeSet<String>) -> bool {
    let Some((section, key)) = word.split_once('.') else {
        return false;
    };
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let begins = format!("{section}.");
    !key.is_empty()
        && key.bytes().all(is_plain)
        && !FILES.iter().any(|ending| word.ends_with(ending))
        && settings.iter().any(|known| known.starts_with(&begins))
}

/// Section and key of every setting.
fn settings() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("config/default.toml")).unwrap();
    let sections: toml::Table = text.parse().unwrap();
    let keys = |(section, table): (&String, &toml::Value)| {
        let table = table.as_table().unwrap();
        let names = table.keys().map(|key| format!("{section}.{key}"));
        names.collect::<Vec<_>>()
    };
    sections.iter().flat_map(keys).collect()
}

fn exists(file: &str, name: &str) -> bool {
    let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
    if file.ends_with(".rs") {
        return text.contains(&format!("fn {name}("));
    }
    ["'", "\"", "`"]
        .iter()
        .any(|quote| text.contains(&format!("test({quote}{name}{quote}")))
}
