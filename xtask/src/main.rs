//! Chores of the repository. House rules are tests: `cargo test --package xtask`.

mod bench;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["bench", rest @ ..] => bench::run(rest),
        ["bare-server"] => bench::bare::serve(),
        _ => anyhow::bail!("usage: cargo xtask bench [intake|reports]"),
    }
}
