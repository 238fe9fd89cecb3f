//! Words that have no place in the repository, and settings that exist on paper only.

use crate::repository::{expect_none, root, sources};

#[test]
fn nothing_is_left_over() {
    let marks: Vec<String> = ["TO", "FIX", "XX"]
        .iter()
        .zip(["DO", "ME", "X"])
        .map(|(a, b)| format!("{a}{b}"))
        .collect();
    let mut found = Vec::new();
    for (path, text) in sources(&[".rs", ".ts", ".svelte", ".mjs", ".sql", ".md"]) {
        for (number, line) in (1..).zip(text.lines()) {
            if marks.iter().any(|mark| line.contains(mark.as_str())) {
                found.push(format!("{path}:{number}: {}", line.trim()));
            }
        }
    }
    expect_none("finish it", &found);
}

#[test]
fn every_setting_has_a_sentence() {
    let text = std::fs::read_to_string(root().join("config/default.toml")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let silent: Vec<String> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains(" = "))
        .filter(|(index, _)| {
            let above = lines[..*index]
                .iter()
                .rev()
                .take_while(|line| !line.is_empty() && !line.starts_with('['))
                .any(|line| line.starts_with("# "));
            !above
        })
        .map(|(_, line)| (*line).to_owned())
        .collect();
    expect_none("document the setting", &silent);
}

/// Codes that only programs meet: of requests that the interface does not make.
const PROGRAM_CODES: [&str; 26] = [
    "bad",
    "bad_body",
    "bad_json",
    "bad_length",
    "bad_options",
    "bad_path",
    "bad_query",
    "bad_workspace",
    "costs_have_no_hour",
    "costs_not_split",
    "export_failed",
    "foreign_origin",
    "form_expected",
    "invalid_cursor",
    "invalid_input",
    "invalid_request",
    "json_expected",
    "method_not_allowed",
    "no_denominator",
    "not_an_object",
    "unknown_address",
    "unknown_bucket",
    "unknown_format",
    "unknown_time_zone",
    "unsupported_media_type",
    "warehouse_failed",
];

/// The interface says every problem in the reader's language, by its code.
#[test]
fn every_problem_has_its_sentence() {
    let path = root().join("web/src/lib/i18n/en.json");
    let words = std::fs::read_to_string(path).unwrap();
    let mut wordless = Vec::new();
    for (path, text) in sources(&[".rs"]) {
        let is_edge = ["crates/app/src/", "crates/api/src/", "crates/reports/src/"]
            .iter()
            .any(|part| path.starts_with(part));
        if !is_edge || path.ends_with("tests.rs") {
            continue;
        }
        for code in codes(&text) {
            let is_said = ["error.code", "import.code", "import.warning"]
                .iter()
                .any(|kind| words.contains(&format!("\"{kind}.{code}\"")));
            if !is_said && !PROGRAM_CODES.contains(&code) {
                wordless.push(format!("{path}: {code}"));
            }
        }
    }
    expect_none(
        "give the code a sentence (error.code.…) in each language",
        &wordless,
    );
}

/// The codes that a file's problems are made with: the second argument, or the field `code`.
fn codes(text: &str) -> Vec<&str> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let makers = [
        "Error::invalid(",
        "Problem::new(",
        "Self::new(",
        "item_error(",
        ".wrong(",
    ];
    let second = makers.iter().flat_map(|maker| {
        text.split(maker).skip(1).filter_map(|call| {
            let (_, rest) = call.split_once(',')?;
            literal(rest)
        })
    });
    let named = text.split("code: ").skip(1).filter_map(literal);
    second.chain(named).collect()
}

/// The word in quotes that a text begins with.
fn literal(text: &str) -> Option<&str> {
    let (word, _) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (!word.is_empty() && word.bytes().all(fits)).then_some(word)
}
