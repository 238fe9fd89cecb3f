//! The servers that facts are written to: one, or every node of a cluster.
//!
//! A node keeps its rows as a server of its own would. What is written goes to each node by itself,
//! so that what holds for one server holds for every node.

use std::thread;

use super::address::Address;
use super::client::{Client, Statement};
use super::first_number;
use super::rows::Cells;
use super::shards::{Share, share_of};
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::query::{Limits, Parameter};

/// All nodes; at least one.
pub(super) struct Nodes {
    all: Vec<Node>,
    shards: u64,
}

/// A server that keeps a shard of the facts.
pub(super) struct Node {
    pub(super) client: Client,
    /// Counted from 0.
    shard: u64,
}

/// What the servers say of themselves.
pub(super) struct Layout {
    pub(super) cluster: Cluster,
    nodes: Vec<(String, u64)>,
}

/// Where a server's tables belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cluster {
    /// To it alone.
    None,
    /// To a cluster whose replicas are all written to by us.
    Plain { name: String },
    /// To one whose Keeper brings a row from one replica to the others.
    Kept { name: String },
}

impl Layout {
    /// Asks every server of the address which part of the cluster it is.
    pub(super) fn of(address: &Address) -> Result<Self> {
        let alone = |server: &String| (server.clone(), 0);
        let Some(name) = &address.cluster else {
            return Ok(Self {
                cluster: Cluster::None,
                nodes: address.servers.iter().map(alone).collect(),
            });
        };
        let mut nodes = Vec::new();
        let mut places = Vec::new();
        let mut kept = Vec::new();
        for server in &address.servers {
            let client = Client::new(&address.only(server).in_database("default"));
            let asked = [Parameter::Text(name.clone())];
            let asked = Statement::new(include_str!("queries/place_in_cluster.sql")).with(&asked);
            let row = client.ask(asked, Limits::default())?.into_iter().next();
            let mut cells = Cells::of(row.unwrap_or_default());
            let (members, own) = (cells.key()?, cells.key()?);
            let (shard, replica) = (cells.key()?, cells.key()?);
            if own != 1 {
                return Err(wrong(format!(
                    "{server} does not find itself in its cluster {name}: look at its \
                     remote_servers"
                )));
            }
            if usize::try_from(members).ok() != Some(address.servers.len()) {
                return Err(wrong(format!(
                    "the cluster {name} of {server} has {members} servers, the address names {}",
                    address.servers.len()
                )));
            }
            kept.push(cells.key()? == 1);
            places.push((shard, replica));
            nodes.push((server.clone(), shard.saturating_sub(1)));
        }
        places.sort_unstable();
        if places.windows(2).any(|two| two[0] == two[1]) {
            return Err(wrong(format!(
                "the address names a server of the cluster {name} twice"
            )));
        }
        let name = name.clone();
        let cluster = match (kept.contains(&true), kept.contains(&false)) {
            (true, true) => {
                return Err(wrong(format!(
                    "the servers of {name} do not agree about internal_replication"
                )));
            }
            (true, false) => Cluster::Kept { name },
            _ => Cluster::Plain { name },
        };
        Ok(Self { cluster, nodes })
    }
}

fn wrong(detail: String) -> Error {
    Error::Cluster { detail }
}

impl Nodes {
    pub(super) fn new(address: &Address, layout: &Layout) -> Self {
        let last = layout.nodes.iter().map(|(_, shard)| *shard).max();
        Self {
            shards: last.unwrap_or_default() + 1,
            all: layout
                .nodes
                .iter()
                .map(|(server, shard)| Node {
                    client: Client::new(&address.only(server)),
                    shard: *shard,
                })
                .collect(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Node> {
        self.all.iter()
    }

    /// Does something on each node, on all at once, and ends with what came of each.
    pub(super) fn each<T: Send>(&self, work: impl Fn(&Node) -> Result<T> + Sync) -> Result<Vec<T>> {
        if let [node] = self.all.as_slice() {
            return Ok(vec![work(node)?]);
        }
        let done: Vec<Result<T>> = thread::scope(|scope| {
            let begun: Vec<_> = self
                .all
                .iter()
                .map(|node| scope.spawn(|| work(node)))
                .collect();
            let ended = begun.into_iter().map(thread::ScopedJoinHandle::join);
            ended
                .map(|done| done.unwrap_or(Err(Error::Poisoned)))
                .collect()
        });
        done.into_iter().collect()
    }

    pub(super) fn run(&self, statement: &Statement<'_>, step: &'static str) -> Result<()> {
        self.each(|node| node.client.run(statement, step))?;
        Ok(())
    }

    /// Inserts rows by a statement that reads them from `:rows`: each on the nodes of its shard, or
    /// on all.
    pub(super) fn insert(
        &self,
        statement: &Statement<'_>,
        rows: &Columns,
        step: &'static str,
    ) -> Result<()> {
        let shares = match share_of(rows.table) {
            Share::By(column) if self.shards > 1 => rows.shared_out(column, self.shards),
            Share::By(_) | Share::Whole => Vec::new(),
        };
        self.each(|node| {
            let share = match usize::try_from(node.shard) {
                Ok(shard) if !shares.is_empty() => &shares[shard],
                _ => rows,
            };
            match share.rows() {
                0 => Ok(()),
                _ => node.client.insert(statement, share, step),
            }
        })?;
        Ok(())
    }
}

impl Node {
    pub(super) fn number(&self, sql: &str, limits: Limits) -> Result<u64> {
        Ok(first_number(&self.client.ask(Statement::new(sql), limits)?))
    }
}
