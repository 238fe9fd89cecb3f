//! Durable clicks and events against a bare hyper server, at full and at half load.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;

use super::figures::{Aim, Figure, as_number, millis};
use super::load::{self, Outcome, Plan};
use super::process::{self, Server};
use super::shop::{self, Shop};

/// Connections, and the least part of the bare server's answers a second.
const CONNECTIONS: [(usize, f64); 2] = [(64, 0.6), (256, 0.7)];
const P99_TIMES_MAX: f64 = 2.0;
const HALF_LOAD_P99_MS_MAX: f64 = 5.0;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(6);

/// What is asked of the server.
#[derive(Debug, Clone, Copy)]
enum Door {
    Click,
    PageView,
}

impl Door {
    fn name(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::PageView => "page view",
        }
    }
}

/// Clicks and page views a second as parts of what the bare server answers, their slowest
/// hundredth as a multiple of its, and the same at half of that load.
pub(crate) async fn measure() -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (connections, share_min) in CONNECTIONS {
        let plan = Plan {
            connections,
            warm_up: WARM_UP,
            measured: MEASURED,
            rate: None,
        };
        let bare = bare(plan).await?;
        for door in [Door::Click, Door::PageView] {
            figures.extend(measure_door(door, plan, share_min, &bare).await?);
        }
    }
    Ok(figures)
}

async fn measure_door(
    door: Door,
    plan: Plan,
    share_min: f64,
    bare: &Outcome,
) -> anyhow::Result<Vec<Figure>> {
    let name = format!("{}, {} connections", door.name(), plan.connections);
    let (full, memory) = ours(door, plan).await?;
    ensure!(full.refused == 0, "{} requests were refused", full.refused);
    let half = Plan {
        rate: Some(full.per_second / 2.0),
        ..plan
    };
    let (half, _) = ours(door, half).await?;
    let part = |name: &str, value: f64, ours: &str, bare: &str, aim: Aim| {
        Figure::plain(name, value, ours, bare, aim)
    };
    let rate = |outcome: &Outcome| format!("{:.0}/s", outcome.per_second);
    Ok(vec![
        part(
            &name,
            full.per_second / bare.per_second,
            &rate(&full),
            &rate(bare),
            Aim::AtLeast(share_min),
        ),
        part(
            "  p50, to the bare server's",
            full.p50.as_secs_f64() / bare.p50.as_secs_f64(),
            &millis(full.p50),
            &millis(bare.p50),
            Aim::None,
        ),
        part(
            "  p99, to the bare server's",
            full.p99.as_secs_f64() / bare.p99.as_secs_f64(),
            &millis(full.p99),
            &millis(bare.p99),
            Aim::AtMost(P99_TIMES_MAX),
        ),
        part(
            "  p99 at half load, ms",
            half.p99.as_secs_f64() * 1000.0,
            &rate(&half),
            "",
            Aim::AtMost(HALF_LOAD_P99_MS_MAX),
        ),
        part(
            "  server's memory, MiB",
            as_number(memory),
            "",
            "",
            Aim::None,
        ),
    ])
}

async fn bare(plan: Plan) -> anyhow::Result<Outcome> {
    let server = Server::start(Command::new(process::sibling("xtask")?).arg("bare-server"))?;
    load::run(server.address, Arc::new(clicks()), plan).await
}

/// What the server answers, and its memory in MiB at the end.
async fn ours(door: Door, plan: Plan) -> anyhow::Result<(Outcome, u64)> {
    let folder = std::env::temp_dir().join(format!("throughline-bench-{}", std::process::id()));
    let mut command = Command::new(process::sibling("throughline")?);
    command
        .arg("serve")
        .arg("--data")
        .arg(&folder)
        .env("THROUGHLINE__SERVER__LISTEN", "127.0.0.1:0")
        .env("THROUGHLINE__COLLECT__PER_IP_RATE", "0")
        .env("THROUGHLINE__LOG__LEVEL", "error");
    let server = Server::start(&mut command)?;
    let shop = shop::set_up(server.address)?;
    let requests = match door {
        Door::Click => clicks(),
        Door::PageView => page_views(&shop),
    };
    let outcome = load::run(server.address, Arc::new(requests), plan).await;
    let memory = server.memory_mib()?;
    drop(server);
    std::fs::remove_dir_all(&folder)?;
    Ok((outcome?, memory))
}

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 \
     (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/141.0.0.0 Mobile Safari/537.36",
];

fn clicks() -> Vec<Vec<u8>> {
    (0..2000)
        .map(|number| {
            let agent = AGENTS[number % AGENTS.len()];
            format!(
                "GET /c/bench?utm_term=lenses+{}&gclid=Cj0KCQ{number} HTTP/1.1\r\n\
                 Host: t.example\r\nUser-Agent: {agent}\r\nAccept: text/html\r\n\r\n",
                number % 50
            )
            .into_bytes()
        })
        .collect()
}

fn page_views(shop: &Shop) -> Vec<Vec<u8>> {
    let (key, path) = (&shop.site_key, &shop.events_path);
    (0..2000)
        .map(|number| {
            let agent = AGENTS[number % AGENTS.len()];
            let page = number % 40;
            let body = format!(
                "{{\"k\":\"{key}\",\"n\":\"pageview\",\"u\":\"https://bench.example/p/{page}\"}}"
            );
            format!(
                "POST {path} HTTP/1.1\r\nHost: t.example\r\nOrigin: https://bench.example\r\n\
                 User-Agent: {agent}\r\nContent-Type: text/plain\r\nCookie: tl_id={number:013}\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        })
        .collect()
}
