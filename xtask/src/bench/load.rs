//! A load generator for one address: keep-alive connections that send prepared requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What to send and how hard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) connections: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
    /// Requests a second over all connections; as fast as answers come where absent.
    pub(crate) rate: Option<f64>,
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) refused: u64,
}

/// Runs the plan; each connection sends the next request when the last is answered.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub(crate) async fn run(
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    plan: Plan,
) -> anyhow::Result<Outcome> {
    let begin = Instant::now() + plan.warm_up;
    let end = begin + plan.measured;
    let refused = Arc::new(AtomicU64::new(0));
    let mut connections = JoinSet::new();
    for number in 0..plan.connections {
        let (requests, refused) = (Arc::clone(&requests), Arc::clone(&refused));
        connections.spawn(async move {
            connection(address, &requests, number, plan, (begin, end), &refused).await
        });
    }
    let mut times: Vec<Duration> = Vec::new();
    while let Some(done) = connections.join_next().await {
        times.extend(done??);
    }
    times.sort_unstable();
    let at = |per_mille: usize| times.get(times.len() * per_mille / 1000).copied();
    let count = u32::try_from(times.len())?;
    Ok(Outcome {
        per_second: f64::from(count) / plan.measured.as_secs_f64(),
        p50: at(500).context("no request was answered")?,
        p99: at(990).context("no request was answered")?,
        refused: refused.load(Ordering::Relaxed),
    })
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
async fn connection(
    address: SocketAddr,
    requests: &[Vec<u8>],
    number: usize,
    plan: Plan,
    (begin, end): (Instant, Instant),
    refused: &AtomicU64,
) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4096);
    let mut times = Vec::new();
    let connections = u32::try_from(plan.connections)?;
    let pause = plan
        .rate
        .map(|rate| Duration::from_secs_f64(f64::from(connections) / rate));
    let mut due = Instant::now() + pause.unwrap_or_default() * u32::try_from(number)? / connections;
    for request in requests.iter().cycle().skip(number * 7919 % requests.len()) {
        if let Some(pause) = pause {
            tokio::time::sleep_until(due.into()).await;
            due += pause;
        }
        let sent = Instant::now();
        if sent >= end {
            break;
        }
        stream.write_all(request).await?;
        let status = read_answer(&mut stream, &mut buffer).await?;
        if sent >= begin {
            times.push(sent.elapsed());
            if !(200..400).contains(&status) {
                refused.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    Ok(times)
}

/// Reads one answer whole and gives its status. It costs as little as it can: the load runs on
/// the server's own processors.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<u16> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        let Some(head) = memchr::memmem::find(buffer, b"\r\n\r\n") else {
            continue;
        };
        let status = buffer.get(9..12).and_then(number);
        let body = memchr::memmem::find(&buffer[..head], b"content-length: ")
            .and_then(|at| number(&buffer[at + 16..head]))
            .unwrap_or_default();
        while buffer.len() < head + 4 + body {
            if stream.read_buf(buffer).await? == 0 {
                bail!("the server closed the connection");
            }
        }
        return u16::try_from(status.context("an answer has no status")?).map_err(Into::into);
    }
}

/// The number that the text begins with.
fn number(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    let digits = &text[..end.unwrap_or(text.len())];
    std::str::from_utf8(digits).ok()?.parse().ok()
}
