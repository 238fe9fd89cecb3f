//! The demo: a year of a shop played through the public doors of a real server.

use anyhow::ensure;
use app::Surroundings as _;
use base::DayRange;
use serde_json::{Map, Value, json};
use simulate::{CampaignTruth, Progress, Scenario, Summary};

use super::print;
use crate::cli::Demo;
use crate::config::Config;
use crate::server;
use crate::surroundings::Machine;

/// The demo's password; printed, and good only for the demo's own data folder.
const PASSWORD: &str = "optics-demo-2026";

pub(crate) async fn run(config: &Config, demo: &Demo, json: bool) -> anyhow::Result<()> {
    let server = server::start(&unlimited(config)).await?;
    let address = format!("http://{}", server.address);
    let played = if server.app.set_up_needed().await? {
        Some(fill(&address, demo).await?)
    } else {
        None
    };
    if json {
        super::print::say!("{}", shape(&address, played.as_ref()));
    } else {
        tell(played.as_ref());
    }
    if demo.fill_only {
        return server.stop().await;
    }
    if !json {
        super::print::say!(
            "\n  {address}\n  {}  {PASSWORD}\n\nPress Ctrl+C to stop.",
            simulate::OWNER_EMAIL
        );
    }
    server.run().await
}

/// The configuration without limits on how much one sender sends.
fn unlimited(config: &Config) -> Config {
    let mut config = config.clone();
    // The simulator is one sender of a whole year; a real site never needs this.
    for rate in [
        &mut config.collect.per_key_rate,
        &mut config.collect.per_ip_rate,
        &mut config.collect.form_rate,
    ] {
        *rate = u32::MAX / 4;
    }
    config.collect.per_key_burst = u32::MAX / 4;
    config.collect.per_ip_burst = u32::MAX / 4;
    config.collect.form_burst = u32::MAX / 4;
    config
}

async fn fill(address: &str, demo: &Demo) -> anyhow::Result<Summary> {
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
    let played = simulate::play(address, scenario, Machine.now(), progress).await;
    bar.finish_and_clear();
    let played = played?;
    let rejected = played.sent.events.rejected;
    ensure!(rejected == 0, "the server rejected {rejected} events");
    Ok(played)
}

fn tell(played: Option<&Summary>) {
    let Some(Summary { sent, .. }) = played else {
        super::print::say!("The data folder has a demo already; remove it to play a new one.");
        return;
    };
    super::print::say!(
        "Played {} events, {} leads, {} deals and {} cost rows.",
        sent.events.accepted,
        sent.leads.accepted,
        sent.deals.accepted,
        sent.cost_rows.accepted
    );
}

/// Where the demo is, and what its reports have to say; `played` is null where an earlier run has
/// filled the folder.
fn shape(address: &str, played: Option<&Summary>) -> Value {
    let played = played.map(|Summary { sent, truth, .. }| {
        let campaigns = truth.campaigns.iter();
        json!({
            "events": sent.events.accepted,
            "leads": sent.leads.accepted,
            "deals": sent.deals.accepted,
            "cost_rows": sent.cost_rows.accepted,
            "live_clicks": sent.live_clicks,
            "period": days(truth.period),
            "last_month": days(truth.last_month),
            "total": numbers(&truth.total()),
            "campaigns": campaigns
                .map(|(key, truth)| ((*key).to_owned(), numbers(truth)))
                .collect::<Map<_, _>>(),
        })
    });
    json!({
        "address": address,
        "email": simulate::OWNER_EMAIL,
        "password": PASSWORD,
        "played": played,
    })
}

fn days(range: DayRange) -> Value {
    json!({ "from": range.first.to_string(), "to": range.last.to_string() })
}

fn numbers(truth: &CampaignTruth) -> Value {
    json!({
        "clicks": truth.clicks,
        "visits": truth.visits,
        "leads": truth.leads,
        "deals": truth.deals,
        "sales": truth.sales,
        "revenue": truth.revenue.decimal(),
        "spend": truth.spend.decimal(),
    })
}
