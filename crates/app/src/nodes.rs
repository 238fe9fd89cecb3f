//! Several nodes on one store: what each does, who they are, and who is away.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::UnixMillis;
use journal::{Barrier, Gate, Position};
use store::Engine;
use store::leases::find_lease;
use store::nodes::{self, NewNode, Node};
use tokio::sync::watch;

use crate::error::{Step as _, of_warehouse};
use crate::leases::{Job, Lease};
use crate::{App, AppError};

mod lives;
mod provenance;

pub use lives::{Lives, Shares};
pub use provenance::{Provenance, provenance};

/// Something that a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeRole {
    /// Takes clicks and events in.
    Collect,
    /// Brings facts from the journals to the warehouse.
    Load,
    /// Serves the interface and the API.
    Api,
    /// Relays, imports, sends, links, keeps up.
    Work,
}

impl NodeRole {
    pub const ALL: [Self; 4] = [Self::Collect, Self::Load, Self::Api, Self::Work];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::Load => "load",
            Self::Api => "api",
            Self::Work => "work",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What a node does, in the order of [`NodeRole::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(Vec<NodeRole>);

impl Roles {
    /// `None` where there is none among them.
    #[must_use]
    pub fn of(mut roles: Vec<NodeRole>) -> Option<Self> {
        roles.sort_unstable();
        roles.dedup();
        (!roles.is_empty()).then_some(Self(roles))
    }

    #[must_use]
    pub fn all() -> Self {
        Self(NodeRole::ALL.to_vec())
    }

    #[must_use]
    pub fn has(&self, role: NodeRole) -> bool {
        self.0.contains(&role)
    }

    /// A node that takes in and does nothing else.
    #[must_use]
    pub fn only_collect(&self) -> bool {
        self.0 == [NodeRole::Collect]
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|role| role.name()).collect();
        out.write_str(&names.join(","))
    }
}

/// What this process says of itself to others on the same store.
#[derive(Debug, Clone)]
pub struct ThisNode {
    /// Also that of its journal's position in the warehouse.
    pub name: String,
    /// The id of its data folder.
    pub folder: String,
    pub roles: Roles,
    /// Where others reach it.
    pub address: String,
    pub version: String,
    pub company: Company,
}

/// Whether others may work on the same store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// It does everything, and needs to ask nobody.
    Alone,
    /// Others may, so that it asks the store who does what.
    Shared,
}

impl ThisNode {
    /// A process that nobody shares the store with.
    #[must_use]
    pub fn alone(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            folder: String::new(),
            roles: Roles::all(),
            address: String::new(),
            version: String::new(),
            company: Company::Alone,
        }
    }

    /// What the store is told.
    #[must_use]
    pub fn row(&self, now: UnixMillis) -> NewNode {
        NewNode {
            name: self.name.clone(),
            folder: self.folder.clone(),
            roles: self.roles.to_string(),
            address: self.address.clone(),
            version: self.version.clone(),
            seen_at: now,
        }
    }

    /// Why the name cannot be this folder's.
    #[must_use]
    pub fn taken(&self) -> AppError {
        AppError::Conflict {
            code: "node_name_taken",
            field: Some("node.name".to_owned()),
            detail: format!(
                "the name {} belongs to a node with another data folder, and loaded facts are \
                 counted by it: give this one a name of its own (node.name), or, where it is that \
                 node's folder, put back from a back-up, run `throughline node adopt` with it",
                self.name
            ),
        }
    }
}

/// A node whose journal is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journaled {
    pub name: String,
    /// The id of its data folder.
    pub folder: String,
    pub address: String,
    pub roles: String,
    /// Where its journal ends, where it stopped in order.
    pub stopped: Option<Position>,
}

/// What is known of the others.
#[derive(Debug)]
pub(crate) struct Nodes {
    pub(crate) this: ThisNode,
    pub(crate) load: Lease,
    pub(crate) work: Lease,
    pub(crate) forget: Lease,
    /// Since when nodes do not answer the one that loads, by name.
    away: Mutex<BTreeMap<String, UnixMillis>>,
    lives: Mutex<Lives>,
    /// Among how many nodes limits are shared out.
    shares: watch::Sender<Shares>,
}

impl Nodes {
    pub(crate) fn new(this: ThisNode) -> Self {
        let lease = |job| Lease::new(job, &this);
        let (load, work, forget) = (lease(Job::Load), lease(Job::Work), lease(Job::Forget));
        Self {
            this,
            load,
            work,
            forget,
            away: Mutex::default(),
            lives: Mutex::default(),
            shares: watch::Sender::new(Shares::default()),
        }
    }

    fn away(&self) -> MutexGuard<'_, BTreeMap<String, UnixMillis>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    #[must_use]
    pub fn this_node(&self) -> &ThisNode {
        &self.inner.nodes.this
    }

    /// Whether others may work on the same store.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.inner.nodes.this.company == Company::Shared
    }

    /// The right to load facts and to change the warehouse otherwise.
    #[must_use]
    pub fn load_lease(&self) -> &Lease {
        &self.inner.nodes.load
    }

    /// The right to relay, import, send, link and keep up.
    #[must_use]
    pub fn work_lease(&self) -> &Lease {
        &self.inner.nodes.work
    }

    /// Says that this node lives. Where its name has become another data folder's, nothing is taken
    /// in any more until it is this one's again: nobody would load it.
    ///
    /// # Errors
    /// When the name is another data folder's, or the store fails.
    pub async fn note_this_node(&self) -> Result<(), AppError> {
        let noted = note_node(&self.inner.store, self.this_node(), self.now()).await;
        heed(&noted, &self.inner.gate);
        noted
    }

    /// Whether the store has said that this node's name is another data folder's.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.inner.gate.is_shut(Barrier::NoReader)
    }

    /// Says that this node stops in order, and where its journal ends: nobody waits for it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_stop(&self) -> Result<(), AppError> {
        let (this, end) = (self.this_node(), self.inner.journal.status().durable);
        let mut tx = self.inner.store.begin().await?;
        let place = (this.name.as_str(), this.folder.as_str());
        nodes::note_stop(&mut tx, place, self.now(), written(end)).await?;
        Ok(tx.commit().await?)
    }

    /// All nodes that the store knows, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn nodes(&self) -> Result<Vec<Node>, AppError> {
        if self.inner.store.engine() == Engine::Sqlite {
            return Ok(Vec::new());
        }
        let mut connection = self.inner.store.read().await?;
        Ok(nodes::list_nodes(&mut connection).await?)
    }

    /// The other nodes, whose journals are loaded. Also one that takes nothing in may have relayed
    /// what it was asked to.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn journals_of_others(&self) -> Result<Vec<Journaled>, AppError> {
        let all = self.nodes().await?.into_iter();
        let others = all.filter(|node| node.name != self.this_node().name);
        let waited_for = others.filter(|node| node.gone_at.is_none());
        Ok(waited_for.map(journaled).collect())
    }

    /// The node that loads, where it is another one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn who_loads(&self) -> Result<Option<Journaled>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let lease = find_lease(&mut connection, Job::Load.name()).await?;
        drop(connection);
        let holder = lease.map(|lease| lease.holder).unwrap_or_default();
        let all = self.nodes().await?.into_iter();
        let mut others = all.filter(|node| node.name != self.this_node().name);
        let found = others.find(|node| !holder.is_empty() && node.folder == holder);
        Ok(found.map(journaled))
    }

    /// Nobody waits any more for a node that is lost for good.
    ///
    /// # Errors
    /// When there is no such node.
    pub async fn give_up_node(&self, name: &str) -> Result<(), AppError> {
        let mut tx = self.inner.store.begin().await?;
        if !nodes::give_up_node(&mut tx, name, self.now()).await? {
            return Err(AppError::NotFound { what: "node" });
        }
        tx.commit().await?;
        Ok(())
    }

    /// Reads what others have changed meanwhile of what this node keeps in memory: sites, links and
    /// keys, labels, who was erased.
    ///
    /// # Errors
    /// When the store fails; then it is read again.
    pub async fn follow_others(&self) -> Result<(), AppError> {
        if !self.is_shared() {
            return Ok(());
        }
        let mut known = self.inner.revisions.lock().await;
        let mut connection = self.inner.store.read().await?;
        let found = nodes::list_revisions(&mut connection).await?;
        drop(connection);
        for revision in found {
            if known.get(&revision.name) == Some(&revision.value) {
                continue;
            }
            match revision.name.as_str() {
                "routing" => self.refresh_routing().await?,
                "labels" => self.refresh_labels().await?,
                "erased" => self.publish_erased().await?,
                _ => {}
            }
            known.insert(revision.name, revision.value);
        }
        Ok(())
    }

    /// Makes this node the one that writes to the warehouse, which then gets what it has not got of
    /// labels and channels. To be called when the lease was taken, and again when the warehouse has
    /// lapsed. `false` where the store says that it is another node's turn by now.
    ///
    /// # Errors
    /// When the store or the warehouse fails.
    pub async fn begin_to_load(&self) -> Result<bool, AppError> {
        // Whoever claims without being sure pushes the one aside that has the turn.
        self.tend_lease(Job::Load, Duration::ZERO).await?;
        if !self.writes_facts() {
            return Ok(false);
        }
        let warehouse = std::sync::Arc::clone(&self.inner.warehouse);
        let taken = tokio::task::spawn_blocking(move || warehouse.take_over()).await;
        taken
            .step("take the warehouse over")?
            .map_err(of_warehouse("take the warehouse over"))?;
        self.publish_erased().await?;
        self.refresh_labels().await?;
        Ok(true)
    }

    /// Leaves the warehouse to another node.
    pub fn leave_loading(&self) {
        self.inner.warehouse.stand_back();
    }

    /// Remembers whether a node answered the loader; changes are told once.
    pub fn note_node_answers(&self, name: &str, why_not: Option<&str>) {
        let mut away = self.inner.nodes.away();
        match (away.get(name).copied(), why_not) {
            (None, Some(why)) => {
                tracing::error!(
                    node = name,
                    why,
                    "a node does not answer; its facts wait there"
                );
                away.insert(name.to_owned(), self.now());
            }
            (Some(since), None) => {
                let seconds = self.now().since_ms(since) / 1000;
                tracing::info!(node = name, seconds, "the node answers again");
                away.remove(name);
            }
            (None, None) | (Some(_), Some(_)) => {}
        }
    }

    /// Forgets about nodes that are not loaded from any more.
    pub fn keep_nodes(&self, names: &[&str]) {
        let mut away = self.inner.nodes.away();
        away.retain(|name, _| names.contains(&name.as_str()));
    }

    /// Looks whether the others still say that they live, as [`Lives::look`] does.
    ///
    /// # Errors
    /// When the store fails; then nobody is taken for silent.
    pub async fn look_at_nodes(&self, elapsed: Duration) -> Result<(), AppError> {
        let (all, now) = (self.nodes().await?, self.now());
        let nodes = &self.inner.nodes;
        let mut lives = nodes.lives.lock().unwrap_or_else(PoisonError::into_inner);
        lives.look(&nodes.this, &all, elapsed, now);
        let shares = lives.shares(&nodes.this);
        nodes.shares.send_if_modified(|before| {
            let is_news = *before != shares;
            *before = shares;
            is_news
        });
        Ok(())
    }

    /// Among how many nodes limits are shared out, as it changes.
    #[must_use]
    pub fn shares(&self) -> watch::Receiver<Shares> {
        self.inner.nodes.shares.subscribe()
    }

    /// The nodes that do not answer, or say nothing any more, with since when.
    #[must_use]
    pub fn nodes_away(&self) -> Vec<(String, UnixMillis)> {
        let lives = &self.inner.nodes.lives;
        let lives = lives.lock().unwrap_or_else(PoisonError::into_inner);
        let mut away: BTreeMap<String, UnixMillis> = lives.silent().collect();
        away.extend(self.inner.nodes.away().clone());
        away.into_iter().collect()
    }
}

pub(crate) fn journaled(node: Node) -> Journaled {
    let stopped = node.stopped_segment.zip(node.stopped_offset);
    Journaled {
        name: node.name,
        folder: node.folder,
        address: node.address,
        roles: node.roles,
        stopped: stopped.map(|(segment, offset)| Position {
            segment: segment.cast_unsigned(),
            offset: offset.cast_unsigned(),
        }),
    }
}

fn written(end: Position) -> (i64, i64) {
    (end.segment.cast_signed(), end.offset.cast_signed())
}

/// Takes nothing in while the node's name is another folder's; a store that does not answer says
/// nothing about that.
pub fn heed(noted: &Result<(), AppError>, gate: &Gate) {
    match noted {
        Ok(()) => {
            if gate.open(Barrier::NoReader) {
                tracing::info!("the node's name is its own again: intake goes on");
            }
        }
        Err(error @ AppError::Conflict { .. }) => {
            if gate.shut(Barrier::NoReader) {
                tracing::error!(%error, "nothing is taken in any more: nobody would load it");
            }
        }
        Err(_) => {}
    }
}

/// As [`App::note_this_node`], for a node without the rest of the program.
///
/// # Errors
/// As there.
pub async fn note_node(
    store: &store::Store,
    this: &ThisNode,
    now: UnixMillis,
) -> Result<(), AppError> {
    let mut tx = store.begin().await?;
    if !nodes::note_node(&mut tx, &this.row(now)).await? {
        return Err(this.taken());
    }
    Ok(tx.commit().await?)
}

/// As [`App::note_stop`], for a node without the rest of the program.
///
/// # Errors
/// As there.
pub async fn note_stop(
    store: &store::Store,
    this: &ThisNode,
    now: UnixMillis,
    end: Position,
) -> Result<(), AppError> {
    let mut tx = store.begin().await?;
    let place = (this.name.as_str(), this.folder.as_str());
    nodes::note_stop(&mut tx, place, now, written(end)).await?;
    Ok(tx.commit().await?)
}
