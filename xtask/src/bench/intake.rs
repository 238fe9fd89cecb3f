//! Durable clicks and events against a bare hyper server, at full and at half load.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;

use super::load::{self, Outcome, Plan};
use super::process::{self, Server};
use super::shop::{self, Shop};

const CONNECTIONS: [usize; 2] = [64, 256];
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

pub(crate) async fn measure() -> anyhow::Result<()> {
    println!("\nIntake: answered after the fsync, as a ratio to a bare hyper server's empty 204");
    println!(
        "{:<28}{:>12}{:>9}{:>11}{:>11}",
        "", "requests/s", "ratio", "p50", "p99"
    );
    for connections in CONNECTIONS {
        let plan = Plan {
            connections,
            warm_up: WARM_UP,
            measured: MEASURED,
            rate: None,
        };
        let bare = bare(plan).await?;
        print("bare", connections, &bare, &bare);
        for door in [Door::Click, Door::PageView] {
            let name = door.name();
            let outcome = ours(door, plan).await?;
            ensure!(
                outcome.refused == 0,
                "{} requests were refused",
                outcome.refused
            );
            print(name, connections, &outcome, &bare);
            let half = Plan {
                rate: Some(outcome.per_second / 2.0),
                ..plan
            };
            print(
                &format!("{name}, half load"),
                connections,
                &ours(door, half).await?,
                &bare,
            );
        }
    }
    Ok(())
}

async fn bare(plan: Plan) -> anyhow::Result<Outcome> {
    let server = Server::start(Command::new(process::sibling("xtask")?).arg("bare-server"))?;
    load::run(server.address, Arc::new(clicks()), plan).await
}

async fn ours(door: Door, plan: Plan) -> anyhow::Result<Outcome> {
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
    println!("{:>71}", format!("memory {} MiB", server.memory_mib()?));
    drop(server);
    std::fs::remove_dir_all(&folder)?;
    outcome
}

fn print(name: &str, connections: usize, outcome: &Outcome, bare: &Outcome) {
    let millis = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
    println!(
        "{:<28}{:>12.0}{:>9.2}{:>11}{:>11}",
        format!("{name}, {connections} conns"),
        outcome.per_second,
        outcome.per_second / bare.per_second,
        millis(outcome.p50),
        millis(outcome.p99),
    );
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
