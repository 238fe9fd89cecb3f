//! The server's memory while it takes in a long journal and answers reports.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use journal::{Journal, JournalOptions};
use serde_json::{Value, json};

use super::facts::Mix;
use super::figures::{Aim, Figure, as_number, share_of, timed};
use super::process::Server;
use super::shop::Shop;
use super::{loader, shop};

const MEMORY_MIB_MAX: f64 = 600.0;
/// Reports asked once everything is loaded.
const REPORTS_AFTER: usize = 10;
const PATIENCE: Duration = Duration::from_secs(1_800);
/// Between two looks at a loader that is left alone.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A slower loader is given up.
const LOADED_A_SECOND_MIN: u64 = 10_000;

/// Lets a server load so many events from its journal while it is asked and clicked.
pub(crate) fn measure(folder: &Path, events: u64) -> anyhow::Result<Vec<Figure>> {
    let loading = Loading::begin(&folder.join("memory"), events)?;
    let (server, shop) = (&loading.server, &loading.shop);
    let idle = server.memory_mib()?;
    let (reports, took) = timed(|| loading.finish(events))?;
    for _ in 0..REPORTS_AFTER {
        overview(server.address, &shop.cookie)?;
    }
    let peak = server.peak_mib()?;
    Ok(vec![
        Figure::plain(
            "Server's memory at its peak, MiB",
            as_number(peak),
            &format!("{reports} reports"),
            &format!("{idle} idle"),
            Aim::AtMost(MEMORY_MIB_MAX),
        ),
        Figure::plain(
            "Loaded while asked and clicked, facts/s",
            share_of(loading.facts, took),
            &format!("{} facts", loading.facts),
            "",
            Aim::None,
        ),
    ])
}

/// A server with a long journal before it.
pub(crate) struct Loading {
    pub(crate) server: Server,
    pub(crate) shop: Shop,
    facts: u64,
}

impl Loading {
    /// Starts a server on a folder of its own whose journal holds so many events.
    pub(crate) fn begin(data: &Path, events: u64) -> anyhow::Result<Self> {
        let shop = shop::set_up(Server::ours(data)?.address)?;
        let journal = Journal::open(JournalOptions {
            format: base::FACT_FORMAT,
            ..JournalOptions::new(data.join("journal"))
        })?;
        let facts = loader::append(&journal, Mix::Business, events)?;
        drop(journal);
        let server = Server::ours(data)?;
        Ok(Self {
            server,
            shop,
            facts,
        })
    }

    /// Asks and clicks until all events are loaded. Gives the number of reports.
    pub(crate) fn finish(&self, events: u64) -> anyhow::Result<usize> {
        // Facts are loaded in their order, so this click is seen when all before it are loaded.
        shop::click(self.server.address)?;
        ask_until_loaded(self.server.address, &self.shop.cookie, patience(events))
    }

    /// Leaves the machine to the loader until all events are loaded.
    pub(crate) fn settle(&self, events: u64) -> anyhow::Result<()> {
        shop::click(self.server.address)?;
        let (patience, mut waited) = (patience(events), Duration::ZERO);
        while !clicked(self.server.address, &self.shop.cookie)? {
            ensure!(
                waited < patience,
                "the journal was not loaded in {patience:?}"
            );
            std::thread::sleep(LOOK_EVERY);
            waited += LOOK_EVERY;
        }
        Ok(())
    }
}

fn patience(events: u64) -> Duration {
    PATIENCE.max(Duration::from_secs(events / LOADED_A_SECOND_MIN))
}

/// Clicks and asks in turn until the first click is in a report. Gives the number of reports.
fn ask_until_loaded(
    address: SocketAddr,
    cookie: &str,
    patience: Duration,
) -> anyhow::Result<usize> {
    let (mut reports, mut waited) = (0, Duration::ZERO);
    loop {
        let (seen, took) = timed(|| {
            shop::click(address)?;
            overview(address, cookie)?;
            clicked(address, cookie)
        })?;
        reports += 2;
        waited += took;
        if seen {
            return Ok(reports);
        }
        ensure!(
            waited < patience,
            "the journal was not loaded in {patience:?}"
        );
    }
}

fn overview(address: SocketAddr, cookie: &str) -> anyhow::Result<Value> {
    let asked = json!({
        "metrics": ["cost", "revenue", "gross_profit", "romi", "cpl", "sales", "impressions",
                    "clicks", "visits", "visitors", "leads"],
        "period": {"from": "2025-01-01", "to": "2025-12-31"},
        "compare": {"from": "2024-01-01", "to": "2024-12-31"},
        "bucket": "month",
    });
    Ok(shop::call(address, "POST", "/api/v1/reports/query", cookie, &asked)?.1)
}

/// Whether a click through a link made after the shop's history is in the report.
fn clicked(address: SocketAddr, cookie: &str) -> anyhow::Result<bool> {
    let asked = json!({
        "metrics": ["tracked_clicks"],
        "period": {"from": "2026-01-02", "to": "2029-12-31"},
    });
    let (_, answer) = shop::call(address, "POST", "/api/v1/reports/query", cookie, &asked)?;
    let value = answer["totals"][0]["value"].as_str().context("no total")?;
    Ok(value != "0")
}
