//! The allowed edges between crates, and what must never come along.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::repository::{expect_none, root};

/// Crate and the crates of the house it may use; ARCHITECTURE.md says why.
const ALLOWED: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("stats", &[]),
    ("domain", &["base"]),
    ("journal", &[]),
    ("backup", &[]),
    ("warehouse", &["base"]),
    ("store", &["base", "domain"]),
    ("collect", &["base", "domain", "journal"]),
    ("reports", &["base", "stats", "warehouse"]),
    ("connect", &["base", "domain"]),
    (
        "app",
        &[
            "base",
            "connect",
            "domain",
            "journal",
            "reports",
            "store",
            "warehouse",
        ],
    ),
    ("api", &["app", "base", "collect", "reports"]),
];

/// Crate and a dependency that would break its promise.
const FORBIDDEN: &[(&str, &str)] = &[
    ("base", "tokio"),
    ("stats", "serde"),
    ("domain", "tokio"),
    ("domain", "sqlx"),
    ("domain", "http"),
    ("journal", "tokio"),
    ("backup", "tokio"),
    ("collect", "sqlx"),
    ("collect", "duckdb"),
    ("reports", "sqlx"),
    ("connect", "sqlx"),
    ("connect", "duckdb"),
    ("store", "duckdb"),
    ("warehouse", "sqlx"),
    ("throughline", "libfuzzer-sys"),
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "cargo metadata failed: {error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn names(dependencies: &Value) -> BTreeSet<String> {
    dependencies
        .as_array()
        .unwrap()
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
        .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn crates_use_only_what_they_may() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let direct = |name: &str| {
        packages
            .iter()
            .find(|package| package["name"] == name && package["source"].is_null())
            .map(|package| names(&package["dependencies"]))
            .unwrap_or_default()
    };
    let house: BTreeSet<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    let mut complaints = Vec::new();
    for (name, allowed) in ALLOWED {
        for used in direct(name) {
            if house.contains(used.as_str()) && !allowed.contains(&used.as_str()) {
                complaints.push(format!("{name} must not use {used}"));
            }
        }
    }
    expect_none("crate edges", &complaints);
}

#[test]
fn no_crate_drags_in_what_it_must_not_know() {
    let mut complaints = Vec::new();
    for (name, unwanted) in FORBIDDEN {
        let output = Command::new(env!("CARGO"))
            .args([
                "tree",
                "--locked",
                "--offline",
                "--edges",
                "normal",
                "--prefix",
                "none",
            ])
            .args(["--package", name])
            .current_dir(root())
            .output()
            .unwrap();
        let tree = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "cargo tree failed for {name}");
        if tree
            .lines()
            .any(|line| line.split(' ').next() == Some(unwanted))
        {
            complaints.push(format!("{name} depends on {unwanted}"));
        }
    }
    expect_none("dependencies", &complaints);
}

#[test]
fn licences_are_permissive() {
    let allowed = [
        "MIT",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        // BSD's and MIT's words in one; libFuzzer's.
        "NCSA",
        "MPL-2.0",
        "Zlib",
        "0BSD",
        "Unicode-3.0",
        "Unlicense",
        "CC0-1.0",
        "BSL-1.0",
        "MIT-0",
        "CDLA-Permissive-2.0",
    ];
    let metadata = metadata();
    let complaints: Vec<String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|package| {
            let licence = package["license"].as_str().unwrap_or("none");
            let fine = licence
                .split(" OR ")
                .flat_map(|choice| choice.split('/'))
                .any(|choice| {
                    choice
                        .split(" AND ")
                        .map(|part| part.trim_matches(['(', ')', ' ']))
                        .map(|part| part.split(" WITH ").next().unwrap_or(part))
                        .all(|part| allowed.contains(&part))
                });
            (!fine).then(|| format!("{}: {licence}", package["name"]))
        })
        .collect();
    expect_none("licences", &complaints);
}
