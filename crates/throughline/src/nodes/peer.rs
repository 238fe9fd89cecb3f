//! Asking another node: for its journal, for files, and to forget somebody.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use app::{Elsewhere, EraseOrder, Handed, Journaled, Source};
use base::UnixMillis;
use collect::{WatchAnswer, WatchOrder};
use journal::{Handover, Position};
use serde::Serialize;
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body};
use zeroize::Zeroizing;

use super::door::{
    ERASE, FOLDER, JOURNAL, LIVE, NODE, NOW, RUN, UPLOAD, UPLOAD_PIECE_BYTES, WATCH,
};
use super::inside::Token;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TIMEOUT: Duration = Duration::from_secs(20);
/// Somebody looks at a screen meanwhile.
const WATCH_TIMEOUT: Duration = Duration::from_secs(3);
/// Taking somebody out reads a whole journal.
const ERASE_TIMEOUT: Duration = Duration::from_mins(30);
/// A piece is as large as a load and one group more.
const PIECE_BYTES_MAX: u64 = 32 << 20;

/// The journal of another node.
pub(crate) struct Peer {
    agent: Agent,
    token: Token,
    node: Journaled,
    /// Of the journal's process, as far as it was asked.
    run: Option<u128>,
}

/// What else other nodes are asked for.
pub(crate) struct Others {
    agent: Agent,
    token: Option<Token>,
}

impl Peer {
    pub(crate) fn new(token: Token, node: Journaled) -> Self {
        Self {
            agent: agent(TIMEOUT),
            token,
            node,
            run: None,
        }
    }
}

impl Others {
    pub(crate) fn new(token: Option<Token>) -> Self {
        Self {
            agent: agent(ERASE_TIMEOUT),
            token,
        }
    }

    /// For what has to come at once or not at all.
    pub(crate) fn for_live(token: Option<Token>) -> Self {
        Self {
            agent: agent(TIMEOUT),
            token,
        }
    }

    /// For whoever watches a site.
    pub(crate) fn for_watching(token: Option<Token>) -> Self {
        Self {
            agent: agent(WATCH_TIMEOUT),
            token,
        }
    }

    /// What a node has of a site, once it has done what it is told.
    pub(crate) fn watch(
        &self,
        node: &Journaled,
        order: &WatchOrder,
    ) -> anyhow::Result<WatchAnswer> {
        Ok(serde_json::from_slice(&self.tell(node, WATCH, order)?)?)
    }

    /// The facts that a node has loaded since a place, or only the place where it is.
    pub(crate) fn newest(
        &self,
        node: &Journaled,
        since: Option<Position>,
    ) -> anyhow::Result<Handover> {
        let token = self.header(node)?;
        let since = since.map(|at| format!("?from={}:{}", at.segment, at.offset));
        let url = format!("{}{LIVE}{}", node.address, since.unwrap_or_default());
        let asked = self.agent.get(&url).header("authorization", token.as_str());
        let mut answer = asked.call().context("it does not answer")?;
        let bytes = whole(&mut answer)?;
        Handover::from_bytes(&bytes).context("its answer is not whole")
    }

    /// What a node answers to an order.
    fn tell(
        &self,
        node: &Journaled,
        door: &str,
        order: &impl Serialize,
    ) -> anyhow::Result<Vec<u8>> {
        let token = self.header(node)?;
        let url = format!("{}{door}", node.address);
        let asked = self.agent.post(&url);
        let asked = asked.header("authorization", token.as_str());
        let mut answer = asked
            .send(serde_json::to_vec(order)?)
            .context("it does not answer")?;
        whole(&mut answer)
    }

    fn header(&self, node: &Journaled) -> anyhow::Result<Zeroizing<String>> {
        if node.address.is_empty() {
            bail!("it does not say where it is reached (node.address)");
        }
        let token = self.token.as_ref();
        let token = token.context("this node has no key of nodes (node.key_file)")?;
        Ok(token.header())
    }
}

impl Elsewhere for Others {
    fn fetch_upload(&self, node: &Journaled, name: &str, path: &Path) -> anyhow::Result<bool> {
        let token = self.header(node)?;
        let draft = path.with_extension("fetched");
        let mut file = File::create(&draft)?;
        let mut from = 0;
        loop {
            let url = format!("{}{UPLOAD}?name={name}&from={from}", node.address);
            let asked = self.agent.get(&url).header("authorization", token.as_str());
            let mut answer = asked.call().context("it does not answer")?;
            if answer.status() == StatusCode::NOT_FOUND {
                std::fs::remove_file(&draft)?;
                return Ok(false);
            }
            let piece = whole(&mut answer)?;
            file.write_all(&piece)?;
            from += piece.len();
            if piece.len() < UPLOAD_PIECE_BYTES {
                break;
            }
        }
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        Ok(true)
    }

    fn erase(&self, node: &Journaled, order: &EraseOrder) -> anyhow::Result<u64> {
        let told = self.tell(node, ERASE, order)?;
        let count = std::str::from_utf8(&told)?.trim().parse();
        count.context("it does not say what it has done")
    }

    fn read_journal(&self, node: &Journaled, from: Position) -> anyhow::Result<Handover> {
        let token = self.header(node)?;
        let (piece, _) = piece_of(&self.agent, &token, node, Some(from))?;
        Ok(piece)
    }
}

fn agent(timeout: Duration) -> Agent {
    let config = Agent::config_builder()
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent("Throughline")
        .build();
    Agent::new_with_config(config)
}

/// The body of a good answer.
fn whole(answer: &mut Response<Body>) -> anyhow::Result<Vec<u8>> {
    let status = answer.status();
    if !status.is_success() {
        let told = answer
            .body_mut()
            .with_config()
            .limit(4 << 10)
            .read_to_string();
        bail!("it answers {status}: {}", told.unwrap_or_default().trim());
    }
    let bytes = answer
        .body_mut()
        .with_config()
        .limit(PIECE_BYTES_MAX)
        .read_to_vec();
    bytes.context("its answer broke off")
}

impl Source for Peer {
    /// Everything durable there: an end is only asked for where the journal is this node's.
    fn read(
        &mut self,
        from: Option<Position>,
        _: Option<Position>,
        _: usize,
    ) -> anyhow::Result<Handed> {
        let token = self.token.header();
        let (piece, headers) = piece_of(&self.agent, &token, &self.node, from)?;
        let run = text(&headers, RUN).and_then(|run| run.parse().ok());
        let run: u128 = run.context("it does not say which start of it answers")?;
        let now = text(&headers, NOW).and_then(|now| now.parse().ok());
        let now = now.map(UnixMillis);
        Ok(Handed::from_elsewhere(piece, run, &mut self.run, now))
    }
}

/// A piece of a node's journal, and what it says beside it.
fn piece_of(
    agent: &Agent,
    token: &str,
    node: &Journaled,
    from: Option<Position>,
) -> anyhow::Result<(Handover, HeaderMap)> {
    let address = &node.address;
    let at = from.map(|at| format!("?from={}:{}", at.segment, at.offset));
    let url = format!("{address}{JOURNAL}{}", at.unwrap_or_default());
    let asked = agent.get(&url).header("authorization", token);
    let mut answer = asked.call().context("it does not answer")?;
    let headers = answer.headers().clone();
    let bytes = whole(&mut answer)?;
    if text(&headers, NODE) != Some(&node.name) {
        bail!("{address} is another node's address: look at its node.address");
    }
    if text(&headers, FOLDER) != Some(&node.folder) {
        bail!("it runs on another data folder than the one that has the name");
    }
    let piece = Handover::from_bytes(&bytes).context("its answer is not whole")?;
    if from.is_some_and(|from| from != piece.from) {
        bail!("it answers something else than it was asked for");
    }
    Ok((piece, headers))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
