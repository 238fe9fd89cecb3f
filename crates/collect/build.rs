//! Prepares embedded data: the tracker without comments and indentation, and crawler patterns.

use std::error::Error;
use std::fs;
use std::path::Path;

const DEPS: &str = env!("THROUGHLINE_DEPS_DIR");

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    let out = Path::new(&out);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=tracker/t.js");
    fs::write(
        out.join("t.min.js"),
        minify(&fs::read_to_string("tracker/t.js")?),
    )?;

    let crawlers = format!("{DEPS}/node_modules/crawler-user-agents/crawler-user-agents.json");
    println!("cargo::rerun-if-changed={crawlers}");
    let text = fs::read_to_string(&crawlers)
        .map_err(|error| format!("{crawlers}: {error}; run `make deps` first"))?;
    let entries: Vec<serde_json::Value> = serde_json::from_str(&text)?;
    let patterns: Vec<&str> = entries
        .iter()
        .filter_map(|entry| entry.get("pattern")?.as_str())
        .collect();
    fs::write(out.join("crawlers.txt"), patterns.join("\n"))?;
    Ok(())
}

/// Removes whole-line comments, indentation and the spaces around operators.
///
/// The source keeps to a form that makes this safe: comments stand on their own lines, every
/// statement ends in a semicolon or brace, and there are no templates over several lines.
fn minify(source: &str) -> String {
    let lines = source.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let mut out = String::new();
    for line in code {
        // Two words on neighbouring lines must not run together.
        if out.ends_with(is_word) && line.starts_with(is_word) {
            out.push(' ');
        }
        squeeze(line, &mut out);
    }
    out.replace(";}", "}")
}

/// Drops spaces that do not stand between two words, outside of quotes and patterns.
fn squeeze(line: &str, out: &mut String) {
    let mut quote = None;
    let mut escaped = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        if let Some(end) = quote {
            out.push(letter);
            if !escaped && letter == end {
                quote = None;
            }
            escaped = !escaped && letter == '\\';
            continue;
        }
        let pattern = letter == '/' && out.ends_with(['(', '=', ',', ':']);
        if matches!(letter, '\'' | '"' | '`') || pattern {
            quote = Some(letter);
        }
        let between = out.ends_with(is_word) && letters.peek().is_some_and(|next| is_word(*next));
        let signs =
            out.ends_with(['+', '-']) && letters.peek().is_some_and(|next| "+-".contains(*next));
        if letter != ' ' || between || signs {
            out.push(letter);
        }
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}
