//! What each screen of the interface asks while many events lie behind it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::figures::{Aim, Figure};
use super::memory::Loading;

const SCREEN_MS_MAX: f64 = 300.0;
/// The screens are opened in a browser, which tells what they ask.
const OPENS_SCREENS: &str = "e2e/screens.mjs";

/// Lets a server load so many events, opens every screen, and asks each of its questions again on
/// its own.
pub(crate) fn measure(folder: &Path, events: u64) -> anyhow::Result<Vec<Figure>> {
    let loading = Loading::begin(&folder.join("screens"), events)?;
    loading.settle(events)?;
    let screens = ask(loading.server.address, &loading.shop.cookie)?;
    ensure!(!screens.is_empty(), "no screen was opened");
    screens.iter().map(figure).collect()
}

/// Of each screen the slowest of what it asks, alone on the machine, and how many questions it has.
fn ask(address: SocketAddr, cookie: &str) -> anyhow::Result<Vec<Value>> {
    let told = Command::new("node")
        .args([OPENS_SCREENS, &format!("http://{address}"), cookie])
        .stderr(Stdio::inherit())
        .output()
        .context("failed to start node")?;
    if !told.status.success() {
        bail!("{OPENS_SCREENS} failed: {}", told.status);
    }
    serde_json::from_slice(&told.stdout).context("the screens' figures are not whole")
}

fn figure(told: &Value) -> anyhow::Result<Figure> {
    let ms = told["ms"].as_f64().context("a screen has no figure")?;
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    let name = format!("{}: {}", text("screen"), text("slowest"));
    let questions = format!("{} asked", told["questions"]);
    let aim = Aim::AtMost(SCREEN_MS_MAX);
    Ok(Figure::plain(
        &name,
        ms,
        &format!("{ms:.0} ms"),
        &questions,
        aim,
    ))
}
