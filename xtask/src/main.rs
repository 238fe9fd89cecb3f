//! Chores of the repository. House rules are tests: `cargo test --package xtask`.

fn main() -> anyhow::Result<()> {
    anyhow::bail!("usage: cargo xtask bench")
}
