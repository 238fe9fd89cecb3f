//! Sizes, first lines, and files that nothing refers to.

use std::collections::BTreeSet;

use crate::repository::{expect_none, root, sources};

const FILE_LINES_MAX: usize = 500;
const LINE_CHARS_MAX: usize = 100;

#[test]
fn every_rust_file_says_in_its_first_line_what_it_is() {
    let silent: Vec<String> = sources(&[".rs"])
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path)
        .collect();
    expect_none("begin the file with a module sentence", &silent);
}

#[test]
fn files_are_short() {
    let long: Vec<String> = sources(&[".rs", ".ts", ".svelte", ".css", ".mjs"])
        .into_iter()
        .filter(|(path, _)| !path.ends_with("schema.d.ts"))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    expect_none("split the file by noun", &long);
}

#[test]
fn rust_lines_fit() {
    let mut long = Vec::new();
    for (path, text) in sources(&[".rs"]) {
        for (number, line) in (1..).zip(text.lines()) {
            if line.chars().count() > LINE_CHARS_MAX && !line.contains("http") {
                long.push(format!("{path}:{number}"));
            }
        }
    }
    expect_none("break the line", &long);
}

#[test]
fn no_test_is_switched_off() {
    let marks = ["#[ignore", "#[should_panic"];
    let off: Vec<String> = sources(&[".rs"])
        .into_iter()
        .filter(|(path, text)| {
            !path.ends_with("tidy/files.rs") && marks.iter().any(|mark| text.contains(mark))
        })
        .map(|(path, _)| path)
        .collect();
    expect_none("run the test or delete it", &off);
}

#[test]
fn every_query_file_is_used() {
    let code: String = sources(&[".rs"])
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let unused: Vec<String> = sources(&[".sql"])
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| !path.contains("/migrations/") && !path.contains("/store/schema/"))
        .filter(|path| {
            let mut parts = path.rsplit('/');
            let (file, folder) = (parts.next().unwrap(), parts.next().unwrap());
            let stem = file.trim_end_matches(".sql");
            ![
                format!("{folder}/{file}"),
                format!("{folder}/{stem}"),
                format!("\"{stem}\""),
            ]
            .iter()
            .any(|name| code.contains(name.as_str()))
        })
        .collect();
    expect_none("use the query or delete it", &unused);
}

/// A folder that no target reads is never looked at, and a target without one begins with nothing.
#[test]
fn every_fuzz_target_has_its_inputs() {
    let program = std::fs::read_to_string(root().join("fuzz/src/main.rs")).unwrap();
    let names = |line: &str| {
        line.trim()
            .strip_prefix("(\"")?
            .split('"')
            .next()
            .map(str::to_owned)
    };
    let targets: BTreeSet<String> = program.lines().filter_map(names).collect();
    let folders = std::fs::read_dir(root().join("fuzz/corpus")).unwrap();
    let folders: BTreeSet<String> = folders
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(targets, folders);
    let files = |name: &String| std::fs::read_dir(root().join("fuzz/corpus").join(name));
    let blank = targets
        .iter()
        .filter(|name| files(name).unwrap().next().is_none());
    expect_none(
        "give the target inputs",
        &blank.cloned().collect::<Vec<_>>(),
    );
}

#[test]
fn the_papers_are_there() {
    let wanted = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE",
    ];
    let missing: Vec<String> = wanted
        .iter()
        .filter(|path| !root().join(path).is_file())
        .map(|path| (*path).to_owned())
        .collect();
    expect_none("write the paper", &missing);
}

#[test]
fn every_crate_has_a_readme() {
    let missing: Vec<String> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("Cargo.toml").is_file() && !path.join("README.md").is_file())
        .map(|path| path.display().to_string())
        .collect();
    expect_none("say what the crate is and must not know", &missing);
}
