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
