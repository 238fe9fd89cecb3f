//! Taking the writing over: from an earlier process, after a failure, at a start.

use std::sync::atomic::Ordering;

use super::client::{Client, Statement};
use super::nodes::{Cluster, Layout, Node, Nodes};
use super::rows::Cells;
use super::wire::Failure;
use super::writer::{BATCHED, Credits, LONG, Moves, Writer, read_all};
use super::{first_number, migrate};
use crate::columns::{Columns, Place};
use crate::error::{Error, Result};
use crate::query::Parameter;
use crate::rollup::Zones;

/// Codes of an unknown table and an unknown database.
const UNKNOWN: [u32; 2] = [60, 81];

impl Writer {
    /// Asks the servers which nodes they are, once.
    pub(super) fn find_nodes(&mut self) -> Result<()> {
        if self.nodes.is_none() {
            self.client.reach()?;
            let layout = Layout::of(&self.address)?;
            self.nodes = Some(Nodes::new(&self.address, &layout));
            self.is_kept = matches!(layout.cluster, Cluster::Kept { .. });
        }
        Ok(())
    }

    /// Brings every node up to date before anybody asks in the words of this version.
    pub(super) fn migrate(&self) -> Result<()> {
        let layout = Layout::of(&self.address)?;
        if !matches!(layout.cluster, Cluster::Kept { .. }) {
            self.refuse_emptied()?;
        }
        let whole = self.address.whole();
        for server in &self.address.servers {
            migrate::make_databases(&self.address, &self.address.only(server))?;
        }
        self.nodes()?
            .each(|node| migrate::migrate(&node.client, &whole, &layout.cluster))?;
        Ok(())
    }

    /// Whether questions can be asked, for somebody who does not write: whoever does makes the
    /// tables. The zones as stored.
    pub(super) fn look(&mut self) -> Result<Zones> {
        self.find_nodes().map_err(not_made_yet)?;
        if !self.is_ready.load(Ordering::Acquire) {
            let current = self.nodes()?.each(|node| migrate::is_current(&node.client));
            if current.map_err(not_made_yet)?.contains(&false) {
                return Err(unmade());
            }
            self.is_ready.store(true, Ordering::Release);
        }
        self.stored_zones()
    }

    /// A server that was replaced and holds nothing would answer for its shard with nothing.
    fn refuse_emptied(&self) -> Result<()> {
        let database = &self.address.database;
        let mut emptied = None;
        let mut committed = 0;
        for server in &self.address.servers {
            let client = Client::new(&self.address.only(server).in_database("default"));
            let made = [Parameter::Text(database.clone())];
            let asked = Statement::new(include_str!("queries/count_made.sql")).with(&made);
            if first_number(&client.ask(asked, LONG)?) == 0 {
                emptied = Some(server);
                continue;
            }
            let asked = format!("select max(batch) from {database}.journal_position");
            committed = committed.max(first_number(&client.ask(Statement::new(asked), LONG)?));
        }
        match emptied {
            Some(server) if committed > 0 => Err(Error::Cluster {
                detail: format!(
                    "{server} holds nothing, while others hold facts; give it what the other \
                     replica of its shard holds"
                ),
            }),
            _ => Ok(()),
        }
    }

    /// What the latest writer was doing; nothing before the first one.
    pub(super) fn doing(&self) -> Result<String> {
        let latest = self.latest_writer()?;
        Ok(latest.map_or(String::new(), |(_, doing)| doing))
    }

    /// Of all nodes: one that came no farther than some of them is the latest all the same.
    fn latest_writer(&self) -> Result<Option<(u64, String)>> {
        let latest = self.nodes()?.each(latest_of)?;
        Ok(latest.into_iter().flatten().max())
    }

    /// Begins an epoch on every node, and gives what the one before was doing.
    pub(super) fn claim(&mut self, doing: &str) -> Result<String> {
        let (latest, before) = self.latest_writer()?.unwrap_or_default();
        let epoch = latest + 1;
        let parameters = [Parameter::Key(epoch), Parameter::Text(doing.to_owned())];
        let claim = Statement::new(include_str!("queries/claim.sql")).with(&parameters);
        self.nodes()?.run(&claim, "begin to write")?;
        let latest = self.nodes()?.each(latest_of)?;
        if latest.iter().flatten().any(|(latest, _)| *latest != epoch) {
            return Err(Error::Fenced);
        }
        self.epoch = u32::try_from(epoch).map_err(|_| Error::Fenced)?;
        self.given = 0;
        Ok(before)
    }

    /// What an earlier epoch sent is either refused by its guard, or under way: then it is ended.
    pub(super) fn end_statements_of_others(&self) -> Result<()> {
        let (all, own) = (self.statement_ids(), self.statement_ids_of_epoch());
        let kill = format!(
            "kill query where startsWith(query_id, '{all}') and not startsWith(query_id, '{own}') \
             sync"
        );
        self.nodes()?.run(
            &Statement::new(kill),
            "end the statements of an earlier writer",
        )
    }

    /// Rows of batches that were not committed go, and what the last committed one laid down is
    /// moved, if it is not yet. A batch whose commit reached one node is committed: its rows had
    /// reached all of them.
    pub(super) fn take_out_uncommitted(&mut self) -> Result<()> {
        let reached = self
            .nodes()?
            .each(|node| node.number("select max(batch) from journal_position", LONG))?;
        let committed = reached.iter().copied().max().unwrap_or_default();
        self.commit_everywhere(committed, &reached)?;
        self.nodes()?.each(|node| {
            BATCHED
                .iter()
                .try_for_each(|table| self.take_out_of(node, table, committed))
        })?;
        self.finish(
            committed,
            Moves {
                days: true,
                credits: match self.is_recredited(committed)? {
                    true => Credits::Replaced,
                    false => Credits::Added,
                },
                withdrawn: true,
                erased: true,
            },
        )
    }

    fn take_out_of(&self, node: &Node, table: &str, committed: u64) -> Result<()> {
        let left = format!("select count() from {table} where batch > {committed}");
        if node.number(&left, LONG)? == 0 {
            return Ok(());
        }
        tracing::warn!(table, "took out rows of a batch that was not committed");
        let delete = format!("delete from {table} where batch > {committed}");
        let delete = self.named(Statement::new(delete));
        node.client.run(&delete, "take out an uncommitted batch")
    }

    /// Tells the nodes of the commits that they have not heard of.
    fn commit_everywhere(&self, committed: u64, reached: &[u64]) -> Result<()> {
        let knows = |(node, reached): (_, &u64)| (*reached == committed).then_some(node);
        let nodes = self.nodes()?.iter();
        let Some(knows) = nodes.zip(reached).find_map(knows) else {
            return Ok(());
        };
        for (node, reached) in self.nodes()?.iter().zip(reached) {
            if *reached == committed {
                continue;
            }
            let unheard = format!(
                "select node, segment, byte_offset, batch from journal_position \
                 where batch > {reached}"
            );
            let mut rows = Columns::new("journal_position", Place::Stored, "tuuu");
            for row in knows.client.ask(Statement::new(unheard), LONG)? {
                let mut cells = Cells::of(row);
                rows.text(&cells.text()?)
                    .key(cells.key()?)
                    .key(cells.key()?)
                    .key(cells.key()?);
            }
            let sql = "insert into journal_position select * from :rows where :allowed";
            let statement = self.named(Statement::new(self.guarded(sql)));
            node.client
                .insert(&statement, &rows, "store the journal position")?;
        }
        Ok(())
    }
}

/// A database or table that is not there is one that nobody has made yet.
fn not_made_yet(error: Error) -> Error {
    match &error {
        Error::Server {
            source: Failure::Refused { code, .. },
            ..
        } if UNKNOWN.contains(code) => unmade(),
        _ => error,
    }
}

fn unmade() -> Error {
    Error::Server {
        step: "look at the warehouse",
        source: Failure::Away("no node has brought its tables up to date yet".to_owned()),
    }
}

/// The latest epoch that a node knows, and what it was begun for.
fn latest_of(node: &Node) -> Result<Option<(u64, String)>> {
    let asked = Statement::new(include_str!("queries/latest_writer.sql"));
    let read = |cells: &mut Cells| Ok((cells.key()?, cells.text()?));
    let latest = read_all(node.client.ask(asked, LONG)?, read)?;
    Ok(latest.into_iter().next())
}
