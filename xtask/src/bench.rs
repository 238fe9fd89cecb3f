//! Measurements as ratios against a baseline of the same run.

pub(crate) mod bare;
mod facts;
mod figures;
mod imports;
mod intake;
mod load;
mod loader;
mod memory;
mod process;
mod reports;
mod routing;
mod screens;
mod shop;
mod size;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

/// What can be measured, in the order of a full run.
const PARTS: [&str; 8] = [
    "intake", "routing", "reports", "screens", "loader", "size", "imports", "memory",
];
const EVENTS_DEFAULT: u64 = 10_000_000;

/// What to measure and how.
struct Options {
    /// All when empty.
    parts: Vec<String>,
    events: u64,
    /// Of an imported file.
    rows: u64,
    json: Option<PathBuf>,
}

/// Runs the named measurements, or all of them.
pub(crate) fn run(words: &[&str]) -> anyhow::Result<()> {
    let options = Options::read(words)?;
    let mut all = Map::new();
    for part in PARTS {
        if !options.parts.is_empty() && !options.parts.iter().any(|named| named == part) {
            continue;
        }
        let figures = measure(part, &options)?;
        all.insert(part.to_owned(), figures::as_json(&figures));
    }
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_vec_pretty(&Value::Object(all))?)
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(())
}

fn measure(part: &str, options: &Options) -> anyhow::Result<Vec<figures::Figure>> {
    let folder = Folder::new()?;
    let events = options.events;
    let (title, baseline, figures) = match part {
        "reports" => (
            format!("Reports over {events} events, each answer equal to the statement's"),
            "SQL by hand",
            reports::measure(&folder.0, events)?,
        ),
        "routing" => (
            format!(
                "Routing of {} clicks to {} campaigns with fifty flows each",
                routing::CLICKS,
                routing::CAMPAIGNS
            ),
            "tags read",
            routing::measure(routing::CAMPAIGNS, routing::CLICKS)?,
        ),
        "screens" => (
            format!("The slowest question of each screen, {events} events behind it, ms"),
            "",
            screens::measure(&folder.0, events)?,
        ),
        "loader" => {
            let mut figures = loader::measure(&folder.0)?;
            figures.extend(loader::measure_arrival(&folder.0)?);
            ("Loader".to_owned(), "read only", figures)
        }
        "size" => (
            format!("Size of {} clicks", size::CLICKS),
            "",
            size::measure(&folder.0, size::CLICKS)?,
        ),
        "imports" => (
            format!("Imports of {} rows", options.rows),
            "",
            imports::measure(&folder.0, options.rows)?,
        ),
        "memory" => (
            format!("Memory while {events} events are loaded, asked for and joined by clicks"),
            "",
            memory::measure(&folder.0, events)?,
        ),
        _ => (
            "Intake, answered after the fsync".to_owned(),
            "empty 204",
            tokio::runtime::Runtime::new()?.block_on(intake::measure())?,
        ),
    };
    figures::print(&title, baseline, &figures);
    Ok(figures)
}

impl Options {
    fn read(words: &[&str]) -> anyhow::Result<Self> {
        let mut options = Self {
            parts: Vec::new(),
            events: EVENTS_DEFAULT,
            rows: imports::ROWS,
            json: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .with_context(|| format!("{word} needs a value"))
            };
            match *word {
                "--events" => options.events = value()?.replace('_', "").parse()?,
                "--rows" => options.rows = value()?.replace('_', "").parse()?,
                "--json" => options.json = Some(PathBuf::from(value()?)),
                part if PARTS.contains(&part) => options.parts.push(part.to_owned()),
                other => bail!(
                    "{other:?} is not known; usage: xtask bench [{}] [--events N] [--rows N] \
                     [--json FILE]",
                    PARTS.join("|")
                ),
            }
        }
        Ok(options)
    }
}

/// A folder that goes with the measurement.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("throughline-facts-{}", std::process::id()));
        std::fs::create_dir_all(path.join("spill"))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over lies in the system's temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
