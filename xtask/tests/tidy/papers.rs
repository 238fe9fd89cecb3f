//! What the papers say of tests is true: every test that they name exists.

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

fn exists(file: &str, name: &str) -> bool {
    let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
    if file.ends_with(".rs") {
        return text.contains(&format!("fn {name}("));
    }
    ["'", "\"", "`"]
        .iter()
        .any(|quote| text.contains(&format!("test({quote}{name}{quote}")))
}
