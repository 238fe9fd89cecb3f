//! The loader from journal to warehouse, and how soon a hit can be asked for.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use app::{Erased, Labels, Loader};
use journal::{Journal, JournalOptions};
use serde_json::{Value, json};
use warehouse::Warehouse;

use super::facts::{self, Facts, Mix};
use super::figures::{Aim, Figure, share_of, timed};
use super::process::Server;
use super::shop;

/// Facts from journal to warehouse.
pub(crate) const FACTS: u64 = 1_000_000;
/// Facts handed to the journal before their sync is awaited.
const APPENDED_AT_ONCE: usize = 10_000;
/// How often a hit is sent and waited for.
const ARRIVALS: usize = 8;
const ARRIVAL_PATIENCE: Duration = Duration::from_secs(20);

/// Reads, decodes, appends, credits, adds up and commits, measured whole.
pub(crate) fn measure(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let journal = Arc::new(fill_journal(folder, Mix::Business, FACTS)?);
    let (decoded, reading) = timed(|| read_only(&journal))?;
    let warehouse = Arc::new(open_warehouse(folder)?);
    let (loaded, loading) = timed(|| load_all(&journal, &warehouse))?;
    ensure!(
        loaded == decoded,
        "{decoded} facts were sent, {loaded} loaded"
    );
    let per_second = share_of(loaded, loading);
    Ok(vec![
        Figure::plain(
            "Loader, journal to warehouse, facts/s",
            per_second,
            &format!("{loaded} facts"),
            &format!("{:.0}/s", share_of(decoded, reading)),
            Aim::AtLeast(100_000.0),
        ),
        Figure::ratio("Loading a fact, to reading it", loading, reading, Aim::None),
    ])
}

/// Sends hits to a running server and asks for them until they are there; the slowest counts.
pub(crate) fn measure_arrival(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let server = Server::ours(&folder.join("arrival"))?;
    let shop = shop::set_up(server.address)?;
    let mut slowest = Duration::ZERO;
    for number in 1..=ARRIVALS {
        let (_, took) = timed(|| {
            shop::click(server.address)?;
            wait_for_clicks(server.address, &shop.cookie, number)
        })?;
        slowest = slowest.max(took);
    }
    Ok(vec![Figure::plain(
        "Click to report over HTTP, slowest, s",
        slowest.as_secs_f64(),
        &format!("{ARRIVALS} clicks"),
        "",
        Aim::AtMost(2.0),
    )])
}

pub(crate) fn fill_journal(folder: &Path, mix: Mix, hits: u64) -> anyhow::Result<Journal> {
    let journal = Journal::open(JournalOptions::new(folder.join("journal")))?;
    append(&journal, mix, hits)?;
    Ok(journal)
}

/// Appends facts and waits until they are durable.
pub(crate) fn append(journal: &Journal, mix: Mix, hits: u64) -> anyhow::Result<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut source = Facts::new(mix, hits)?;
    let mut count = 0;
    loop {
        let facts = source.take(APPENDED_AT_ONCE);
        let mut last = None;
        for fact in &facts {
            last = Some(journal.append(&fact.encode()?)?);
            count += 1;
        }
        match last {
            Some(ack) => runtime.block_on(ack)?,
            None => return Ok(count),
        }
    }
}

pub(crate) fn open_warehouse(folder: &Path) -> anyhow::Result<Warehouse> {
    let warehouse = Warehouse::open(&warehouse::Options {
        path: folder.join("warehouse.duckdb"),
        threads: 2,
        memory_limit_mib: 320,
        temporary_folder: folder.join("spill"),
    })?;
    warehouse.set_time_zone(facts::WORKSPACE, &facts::ZONE.parse()?)?;
    Ok(warehouse)
}

pub(crate) fn load_all(journal: &Arc<Journal>, warehouse: &Arc<Warehouse>) -> anyhow::Result<u64> {
    let known = (Arc::new(Labels::default()), Arc::new(Erased::default()));
    let mut loader = Loader::new(Arc::clone(journal), Arc::clone(warehouse), known, "bench");
    let mut count = 0;
    loader.catch_up(|step| {
        count += step.loaded.facts();
    })?;
    Ok(count)
}

/// The baseline: the journal read and decoded, and nothing done with it.
fn read_only(journal: &Journal) -> anyhow::Result<u64> {
    let mut next = journal.oldest()?;
    let mut count = 0;
    loop {
        let read = journal.read(next, app::LOAD_BYTES_MAX)?;
        if read.next == next {
            return Ok(count);
        }
        for entry in &read.entries {
            base::Fact::decode(entry)?;
            count += 1;
        }
        next = read.next;
    }
}

fn wait_for_clicks(address: SocketAddr, cookie: &str, wanted: usize) -> anyhow::Result<()> {
    let asked = json!({
        "metrics": ["tracked_clicks"],
        "period": {"from": "2020-01-01", "to": "2029-12-31"},
    });
    let mut waited = Duration::ZERO;
    loop {
        let (answer, took) = timed(|| {
            let path = "/api/v1/reports/query";
            Ok(shop::call(address, "POST", path, cookie, &asked)?.1)
        })?;
        waited += took;
        if clicks_of(&answer) >= wanted {
            return Ok(());
        }
        let patient = waited < ARRIVAL_PATIENCE;
        ensure!(patient, "click {wanted} was not in the report: {answer}");
    }
}

fn clicks_of(answer: &Value) -> usize {
    let value = &answer["totals"][0]["value"];
    let text = value.as_str().context("no total");
    text.ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_of_the_journal_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(fill_journal(folder.path(), Mix::Business, 3_000).unwrap());
        let warehouse = Arc::new(open_warehouse(folder.path()).unwrap());
        let sent = read_only(&journal).unwrap();
        assert_eq!(load_all(&journal, &warehouse).unwrap(), sent);
        // The last visit is made whole.
        let hits = warehouse.stats().unwrap().hits;
        assert!((3_000..3_010).contains(&hits), "{hits} hits");
    }
}
