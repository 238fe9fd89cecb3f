//! The demo: a year of a shop played through the public doors of a real server.

use anyhow::ensure;
use app::Surroundings as _;
use simulate::{Progress, Scenario};

use super::print;
use crate::cli::Demo;
use crate::config::Config;
use crate::server;
use crate::surroundings::Machine;

/// The demo's password; printed, and good only for the demo's own data folder.
const PASSWORD: &str = "optics-demo-2026";

pub(crate) async fn run(config: &Config, demo: &Demo) -> anyhow::Result<()> {
    let mut config = config.clone();
    // The simulator is one sender of a whole year; a real site never needs this.
    for rate in [
        &mut config.collect.per_key_rate,
        &mut config.collect.per_ip_rate,
    ] {
        *rate = u32::MAX / 4;
    }
    config.collect.per_key_burst = u32::MAX / 4;
    config.collect.per_ip_burst = u32::MAX / 4;
    let server = server::start(&config).await?;
    let address = format!("http://{}", server.address);
    if server.app.set_up_needed().await? {
        let scenario = Scenario {
            events: demo.events,
            days: demo.days,
            ..Scenario::year(demo.seed, PASSWORD.to_owned())
        };
        let mut bar = print::bar(1, "Preparing");
        let mut step = None;
        let progress = |now: Progress| {
            if step != Some(now.step) {
                bar.finish_and_clear();
                bar = print::bar(now.total.max(1), now.step.title());
                step = Some(now.step);
            }
            bar.set_position(now.done);
        };
        let played = simulate::play(&address, scenario, Machine.now(), progress).await;
        bar.finish_and_clear();
        let played = played?;
        let events = &played.sent.events;
        ensure!(
            events.rejected == 0,
            "the server rejected {} events",
            events.rejected
        );
        println!(
            "Played {} events, {} leads, {} deals and {} cost rows.",
            events.accepted,
            played.sent.leads.accepted,
            played.sent.deals.accepted,
            played.sent.cost_rows.accepted
        );
    } else {
        println!("The data folder has a demo already; remove it to play a new one.");
    }
    if demo.fill_only {
        return server.stop().await;
    }
    println!(
        "\n  {address}\n  {}  {PASSWORD}\n\nPress Ctrl+C to stop.",
        simulate::OWNER_EMAIL
    );
    server.run().await
}
