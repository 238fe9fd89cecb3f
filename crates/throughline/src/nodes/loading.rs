//! Loading from every node's journal, by the one node whose turn it is.
//!
//! Each journal has a thread of its own, so that a node that is away keeps nobody else waiting.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use app::{App, AppError, Held, Journaled, Keeper, Loader};
use base::UnixMillis;
use journal::Position;
use tokio_util::sync::CancellationToken;

use super::inside::Token;
use super::peer::Peer;
use crate::workers::{self, Parts};

/// How often it is looked which nodes there are.
const NODES_INTERVAL: Duration = Duration::from_secs(2);
/// After a failure, before the next try.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Up to when the facts of each journal are loaded.
#[derive(Default)]
pub(crate) struct Progress(Mutex<BTreeMap<String, UnixMillis>>);

impl Progress {
    /// Everything of the node that was durable at this time is loaded.
    pub(crate) fn loaded(&self, app: &App, node: &str, at: UnixMillis) {
        let mut known = self.known();
        if let Some(until) = known.get_mut(node) {
            *until = at;
        }
        tell(app, &known);
    }

    /// These are the journals that there are; of new ones nothing is loaded yet.
    fn keep(&self, app: &App, nodes: &[&str]) {
        let mut known = self.known();
        known.retain(|name, _| nodes.contains(&name.as_str()));
        for node in nodes {
            known.entry((*node).to_owned()).or_insert(UnixMillis(0));
        }
        tell(app, &known);
    }

    /// Nothing is known any more: another node may load meanwhile.
    pub(crate) fn forget(&self) {
        self.known().clear();
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, UnixMillis>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is loaded of all nodes is loaded.
fn tell(app: &App, known: &BTreeMap<String, UnixMillis>) {
    if let Some(until) = known.values().min() {
        app.loaded_until(*until);
    }
}

/// A thread that loads from another node.
struct Running {
    node: Journaled,
    stop: CancellationToken,
}

/// Loads from the other nodes while this one has the turn, until `stop`.
pub(crate) async fn load_from_others(
    parts: Parts,
    token: Option<Token>,
    progress: Arc<Progress>,
    stop: CancellationToken,
) {
    let app = parts.app.clone();
    let mut running: BTreeMap<String, Running> = BTreeMap::new();
    while !stop.is_cancelled() {
        let others = match app.load_lease().held() {
            Held::No => Some(Vec::new()),
            Held::Alone | Held::Fenced(_) => match app.journals_of_others().await {
                Ok(others) => Some(still_to_load(&app, others).await),
                // Who was there is there still, as far as anybody knows.
                Err(error) => {
                    tracing::debug!(%error, "nobody knows which nodes there are");
                    None
                }
            },
        };
        if let Some(others) = others {
            keep_running(
                &parts,
                token.as_ref(),
                (&mut running, &others),
                &progress,
                &stop,
            );
        }
        tokio::select! {
            () = tokio::time::sleep(NODES_INTERVAL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Without those that have stopped and are loaded to their end: nobody waits for them.
async fn still_to_load(app: &App, others: Vec<Journaled>) -> Vec<Journaled> {
    let app = app.clone();
    let look = move || {
        let is_loaded = |node: &Journaled| {
            let stopped = node.stopped?;
            let at = app.warehouse().position(&node.name).ok()?;
            // Of one that never took anything in there is none.
            let at = at.map_or_else(Position::default, |at| Position {
                segment: at.segment,
                offset: at.offset,
            });
            Some(at >= stopped)
        };
        let mut others = others;
        others.retain(|node| is_loaded(node) != Some(true));
        others
    };
    tokio::task::spawn_blocking(look).await.unwrap_or_default()
}

fn keep_running(
    parts: &Parts,
    token: Option<&Token>,
    (running, wanted): (&mut BTreeMap<String, Running>, &[Journaled]),
    progress: &Arc<Progress>,
    stop: &CancellationToken,
) {
    running.retain(|name, one| {
        let is_wanted = wanted
            .iter()
            .any(|node| node.name == *name && *node == one.node);
        if !is_wanted {
            one.stop.cancel();
        }
        is_wanted
    });
    let app = &parts.app;
    let own = app.this_node().name.as_str();
    let names: Vec<&str> = wanted.iter().map(|node| node.name.as_str()).collect();
    app.keep_nodes(&names);
    if app.load_lease().held() != Held::No {
        progress.keep(app, &[names.as_slice(), &[own]].concat());
    }
    for node in wanted {
        if running.contains_key(&node.name) {
            continue;
        }
        let Some(token) = token.filter(|_| !node.address.is_empty()) else {
            let why = match token {
                None => "this node has no key of nodes (node.key_file)",
                Some(_) => "it does not say where it is reached (node.address)",
            };
            app.note_node_answers(&node.name, Some(why));
            continue;
        };
        let one = Running {
            node: node.clone(),
            stop: stop.child_token(),
        };
        let begun = begin(parts, token, node, progress, &one.stop);
        match begun {
            Ok(()) => drop(running.insert(node.name.clone(), one)),
            Err(error) => tracing::error!(%error, "a loader gets no thread"),
        }
    }
}

fn begin(
    parts: &Parts,
    token: &Token,
    node: &Journaled,
    progress: &Arc<Progress>,
    stop: &CancellationToken,
) -> std::io::Result<()> {
    let app = &parts.app;
    let peer = Peer::new(token.clone(), node.clone());
    let known = (Arc::clone(app.labels()), Arc::clone(app.erased()));
    let warehouse = Arc::clone(app.warehouse());
    let mut loader = Loader::from_source(Box::new(peer), warehouse, known, &node.name);
    let (parts, name) = (parts.clone(), node.name.clone());
    let (progress, stop) = (Arc::clone(progress), stop.clone());
    let runtime = tokio::runtime::Handle::current();
    let work = move || {
        workers::step_aside();
        while !stop.is_cancelled() {
            let pause = step(&parts, (&mut loader, &name), &progress);
            runtime.block_on(async {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled() => {}
                }
            });
        }
    };
    let thread = std::thread::Builder::new().name("load-from".to_owned());
    thread.spawn(work).map(drop)
}

fn step(parts: &Parts, (loader, name): (&mut Loader, &str), progress: &Progress) -> Duration {
    let Parts { app, watch, .. } = parts;
    if app.away_since(Keeper::Warehouse).is_some() {
        return RETRY_PAUSE;
    }
    let (begun, now) = (tokio::time::Instant::now(), app.now());
    match loader.step() {
        Ok(step) => {
            app.note_node_answers(name, None);
            if step.caught_up {
                // The earlier of the two clocks: nobody takes for loaded what may not be.
                let at = step.at.map_or(now, |there| there.min(now));
                progress.loaded(app, name, at);
            }
            parts.show(&step.facts);
            watch.loaded_from_another(&step, begun.elapsed());
            workers::pause_after(&step)
        }
        Err(error) => {
            watch.load_failed();
            match told(error) {
                Fault::Node(why) => app.note_node_answers(name, Some(&why)),
                Fault::Warehouse(why) if app.away_since(Keeper::Warehouse).is_none() => {
                    tracing::error!(node = name, error = why, "loading failed; trying again");
                }
                Fault::Warehouse(_) => {}
            }
            RETRY_PAUSE
        }
    }
}

/// On which side loading failed.
enum Fault {
    Node(String),
    Warehouse(String),
}

fn told(error: AppError) -> Fault {
    let is_node = matches!(error, AppError::Internal { step, .. } if step == app::READ_JOURNAL);
    let why = format!("{:#}", anyhow::Error::from(error));
    match is_node {
        true => Fault::Node(why),
        false => Fault::Warehouse(why),
    }
}
