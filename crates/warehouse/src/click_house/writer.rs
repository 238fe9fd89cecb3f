//! The one who writes: its epoch, its batches, and what it finds left over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base::{TimeZone, TrafficKey, UnixMillis, WorkspaceId};

use super::address::Address;
use super::client::{Client, Statement};
use super::loading::Open;
use super::nodes::{Node, Nodes};
use super::rows::Cells;
use crate::batch::Position;
use crate::columns::Columns;
use crate::engine::{Memory, Work, Writing};
use crate::error::{Error, Result};
use crate::query::{Limits, Parameter, Value};
use crate::rollup::Zones;
use crate::zones::days_between;

/// Writes to the database as long as its epoch is the latest.
pub(crate) struct Writer {
    pub(super) address: Address,
    /// The schema is up to date.
    pub(super) is_ready: Arc<AtomicBool>,
    /// Answers from what all nodes hold.
    pub(super) client: Arc<Client>,
    /// Once they are known. Every change goes to each of them.
    pub(super) nodes: Option<Nodes>,
    /// The cluster's Keeper keeps replicas in step.
    pub(super) is_kept: bool,
    /// 0 before it has claimed one.
    pub(super) epoch: u32,
    /// Numbers given to batches and revisions in this epoch.
    pub(super) given: u32,
}

/// Tables whose rows are taken out again with a batch that was not committed.
pub(super) const BATCHED: [&str; 15] = [
    "hits",
    "repeatable_hits",
    "visits",
    "touches",
    "outcomes",
    "costs",
    "lead_states",
    "history",
    "traffic",
    "label_revisions",
    "staged_credited",
    "recredited",
    "staged_daily",
    "withdrawn",
    "erasing",
];

/// What is laid down with a batch and moved once it is committed.
const STAGED: [&str; 5] = [
    "staged_daily",
    "staged_credited",
    "recredited",
    "withdrawn",
    "erasing",
];

/// Tables with rows of visitors, and when each row was recorded.
const VISITED: [(&str, &str); 5] = [
    ("hits", "at_ms + delay_ms"),
    ("visits", "at_ms + delay_ms"),
    ("touches", "at_ms + delay_ms"),
    ("outcomes", "recorded_ms"),
    ("credited", "recorded_ms"),
];

/// Tables with the rows of imports that can be taken out.
const IMPORTED: [&str; 5] = ["hits", "repeatable_hits", "visits", "touches", "history"];

/// What `wipe` empties besides [`BATCHED`].
const REST: [&str; 3] = ["credited", "hits_daily", "journal_position"];

/// What a writer may be doing.
pub(super) const WRITING: &str = "writing";
pub(super) const MOVING: &str = "moving";
const WIPING: &str = "wiping";

/// Reading what is kept in mind may read the whole dictionary.
pub(super) const LONG: Limits = Limits {
    timeout: Duration::from_mins(10),
    rows_max: usize::MAX,
};

impl Writing for Writer {
    /// Takes the writing over: whatever an earlier writer still has under way is void from now on.
    fn remembered(&mut self) -> Result<Memory> {
        // What does not answer at once is not waited for as long as a batch may take.
        self.find_nodes()?;
        self.nodes()?.each(|node| node.client.reach())?;
        if !self.is_ready.load(Ordering::Acquire) {
            self.migrate()?;
        }
        if self.doing()? == MOVING {
            return Err(Error::HalfMoved);
        }
        let was = self.claim(WRITING)?;
        self.end_statements_of_others()?;
        if was == WIPING {
            self.wipe()?;
        }
        self.take_out_uncommitted()?;
        let keys = self.all("select traffic from traffic", |cells| {
            cells.key().map(TrafficKey)
        })?;
        let latest = self.all("select max(created_ms) from outcomes", Cells::int_or_null)?;
        self.is_ready.store(true, Ordering::Release);
        Ok(Memory {
            known_traffic: keys.into_iter().collect(),
            latest_created: latest.into_iter().flatten().next().map(UnixMillis),
            zones: self.stored_zones()?,
        })
    }

    fn follow(&mut self) -> Result<Zones> {
        self.look()
    }

    fn store_batch(&mut self, until: Option<&Position>, work: Work<'_>) -> Result<()> {
        let batch = self.next_number()?;
        let mut open = Open::new(self, batch);
        work(&mut open)?;
        let moves = open.moves();
        self.commit(until, batch)?;
        self.finish(batch, moves)
    }

    fn position(&mut self, node: &str) -> Result<Option<Position>> {
        let parameters = [Parameter::Text(node.to_owned())];
        let statement = Statement::new(include_str!("queries/position.sql")).with(&parameters);
        let rows = self.first()?.client.ask(statement, Limits::default())?;
        rows.into_iter()
            .next()
            .map(|row| {
                let mut cells = Cells::of(row);
                Ok(Position {
                    node: node.to_owned(),
                    segment: cells.key()?,
                    offset: cells.key()?,
                })
            })
            .transpose()
    }

    fn set_position(&mut self, position: &Position) -> Result<()> {
        let batch = self.next_number()?;
        self.commit(Some(position), batch)
    }

    fn relabel(&mut self, _: WorkspaceId, labels: Columns, now: UnixMillis) -> Result<()> {
        if labels.rows() == 0 {
            return Ok(());
        }
        // A repetition after a failure keeps the same labels once more, until a later moment:
        // the answer to what was in force is the same.
        let sql = self
            .guarded(include_str!("queries/keep_past_labels.sql"))
            .replace(":until_ms", &now.0.to_string());
        let statement = Statement::new(sql).beside(&labels);
        self.run(statement, "keep the old labels")?;
        let revision = self.next_number()?;
        self.insert_labels(&labels, revision, 0)
    }

    fn replace_channels(&mut self, workspace: WorkspaceId, mut channels: Columns) -> Result<()> {
        let revision = self.next_number()?;
        channels
            .int(workspace.0)
            .int(0)
            .int_or_null(None)
            .int(0)
            .text("")
            .int(0)
            .int(0);
        self.insert("channel_revisions", &channels, revision)?;
        let delete = format!(
            "delete from channel_revisions where workspace = {workspace} and revision < {revision}"
        );
        self.run(Statement::new(delete), "delete the old channels")
    }

    fn add_up_days(&mut self, workspace: WorkspaceId, zone: &TimeZone) -> Result<()> {
        self.store_zone(workspace, "")?;
        let delete = format!("delete from hits_daily where workspace = {workspace}");
        self.run(Statement::new(delete), "delete the sums of days")?;
        let parameters = [Parameter::Int(workspace.0)];
        let asked = Statement::new(include_str!("queries/extent_of_hits.sql"));
        let extent = self.ask(asked.with(&parameters), LONG)?;
        let mut cells = Cells::of(extent.into_iter().next().unwrap_or_default());
        if let (Some(first), Some(last)) = (cells.int_or_null()?, cells.int_or_null()?) {
            let days = days_between(zone, UnixMillis(first), UnixMillis(last));
            let sql = self
                .guarded(include_str!("queries/rebuild_daily.sql"))
                .replace(":workspace", &workspace.to_string());
            self.run(
                Statement::new(sql).beside(&days),
                "add hits up by local days",
            )?;
        }
        self.store_zone(workspace, zone.name())
    }

    /// The server puts rows in order and sums up by itself; only what was moved is left to go.
    fn compact(&mut self, _: UnixMillis) -> Result<()> {
        STAGED.iter().try_for_each(|table| self.empty(table))
    }

    fn wipe(&mut self) -> Result<()> {
        self.claim(WIPING)?;
        for table in STAGED.iter().chain(&REST).chain(&BATCHED) {
            self.empty(table)?;
        }
        self.claim(WRITING)?;
        Ok(())
    }

    /// Deleted rows are in no part of a table any more; what a batch laid down goes too.
    fn scrub(&mut self) -> Result<()> {
        STAGED.iter().try_for_each(|table| self.empty(table))
    }

    /// What the server has acknowledged it keeps.
    fn checkpoint(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Which moves a batch needs once it is committed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moves {
    pub(super) days: bool,
    pub(super) credits: Credits,
    /// Rows of imports go.
    pub(super) withdrawn: bool,
    /// Rows of visitors go, of which there are copies under pseudonyms.
    pub(super) erased: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Credits {
    #[default]
    Untouched,
    Added,
    /// Those from before the batch go.
    Replaced,
}

impl Writer {
    pub(super) fn new(address: Address, client: Arc<Client>, is_ready: Arc<AtomicBool>) -> Self {
        Self {
            address,
            client,
            is_ready,
            nodes: None,
            is_kept: false,
            epoch: 0,
            given: 0,
        }
    }

    pub(super) fn nodes(&self) -> Result<&Nodes> {
        self.nodes.as_ref().ok_or(Error::Fenced)
    }

    /// What every node has alike is asked here.
    pub(super) fn first(&self) -> Result<&Node> {
        self.nodes()?.iter().next().ok_or(Error::Fenced)
    }

    /// A number above all that were given before, in any epoch.
    pub(super) fn next_number(&mut self) -> Result<u64> {
        self.given = self.given.checked_add(1).ok_or(Error::Fenced)?;
        Ok((u64::from(self.epoch) << 32) | u64::from(self.given))
    }

    pub(super) fn commit(&mut self, until: Option<&Position>, batch: u64) -> Result<()> {
        let (node, segment, offset) = match until {
            Some(position) => (position.node.clone(), position.segment, position.offset),
            None => (String::new(), 0, 0),
        };
        let parameters = [
            Parameter::Text(node),
            Parameter::Key(segment),
            Parameter::Key(offset),
            Parameter::Key(batch),
        ];
        let sql = self.guarded(include_str!("queries/commit.sql"));
        self.run(
            Statement::new(sql).with(&parameters),
            "store the journal position",
        )?;
        let asked = format!("select count() from journal_position where batch = {batch}");
        let stored = self.nodes()?.each(|node| node.number(&asked, LONG))?;
        match stored.contains(&0) {
            true => Err(Error::Fenced),
            false => Ok(()),
        }
    }

    /// Moves what a committed batch has laid down. Doing it again changes nothing.
    pub(super) fn finish(&mut self, batch: u64, moves: Moves) -> Result<()> {
        let sql = |text: &str| self.guarded(text).replace(":batch", &batch.to_string());
        let token = |table: &str| format!("{}:{batch}:{table}", self.address.database);
        let moved = |text: &str, table: &str| {
            Statement::new(sql(text))
                .set("insert_deduplication_token", token(table))
                .set("max_threads", "1")
        };
        if moves.days {
            let statement = moved(include_str!("queries/move_days.sql"), "hits_daily");
            self.run(statement, "store the sums of days")?;
        }
        if moves.credits == Credits::Replaced {
            let statement = sql(include_str!("queries/delete_outdated_credits.sql"));
            // Replicas have the same list, so that each deletes the same rows.
            let delete = Statement::new(statement).set("allow_nondeterministic_mutations", "1");
            self.run(delete, "delete outdated credits")?;
        }
        if moves.credits != Credits::Untouched {
            let statement = moved(include_str!("queries/move_credited.sql"), "credited");
            self.run(statement, "store credited outcomes")?;
        }
        if moves.withdrawn {
            self.take_out_withdrawn(batch)?;
        }
        if moves.erased {
            self.delete_erased(batch)?;
        }
        Ok(())
    }

    /// The rows are really gone when this returns, not only hidden. Doing it again finds none.
    fn delete_erased(&self, batch: u64) -> Result<()> {
        let asked = format!("select count() from erasing where batch = {batch}");
        if self.first()?.number(&asked, LONG)? == 0 {
            return Ok(());
        }
        for (table, recorded_ms) in VISITED {
            let delete = include_str!("queries/delete_erased.sql")
                .replace(":table", table)
                .replace(":recorded_ms", recorded_ms)
                .replace(":batch", &batch.to_string());
            // Replicas have the same list, so that each deletes the same rows.
            let delete = Statement::new(delete)
                .set("mutations_sync", "2")
                .set("allow_nondeterministic_mutations", "1");
            self.run(delete, "delete the rows of erased visitors")?;
        }
        Ok(())
    }

    /// No row of such an import comes after it, so that this may be done again at any time.
    fn take_out_withdrawn(&mut self, batch: u64) -> Result<()> {
        let asked = format!("select workspace, import, zone from withdrawn where batch = {batch}");
        let read = |cells: &mut Cells| {
            let workspace = WorkspaceId(cells.int()?);
            Ok((workspace, cells.int()?, cells.text()?))
        };
        let found = self.first()?.client.ask(Statement::new(asked), LONG)?;
        for (workspace, import, zone) in read_all(found, read)? {
            for table in IMPORTED {
                let delete = format!("delete from {table} where import = {import}");
                self.run(Statement::new(delete), "take the hits of an import out")?;
            }
            let zone = zone.parse().unwrap_or(TimeZone::UTC);
            self.add_up_days(workspace, &zone)?;
        }
        Ok(())
    }

    pub(super) fn is_recredited(&self, batch: u64) -> Result<bool> {
        let asked = format!("select count() from recredited where batch = {batch}");
        Ok(self.first()?.number(&asked, LONG)? > 0)
    }

    /// Inserts rows that end with a number.
    pub(super) fn insert(&self, table: &str, rows: &Columns, number: u64) -> Result<()> {
        let sql = format!("insert into {table} select *, {number} from :rows where :allowed");
        let statement = self.named(Statement::new(self.guarded(&sql)));
        self.nodes()?.insert(&statement, rows, "append rows")
    }

    pub(super) fn insert_labels(&self, labels: &Columns, revision: u64, batch: u64) -> Result<()> {
        let sql = self
            .guarded(include_str!("queries/insert_labels.sql"))
            .replace(":revision", &revision.to_string())
            .replace(":batch", &batch.to_string());
        self.run(Statement::new(sql).beside(labels), "store labels")
    }

    /// The statement with the guard that makes it do nothing once another writer has begun.
    pub(super) fn guarded(&self, sql: &str) -> String {
        let guard = format!("(select max(epoch) from writers) = {}", self.epoch);
        sql.replace(":allowed", &guard)
    }

    pub(super) fn run(&self, statement: Statement<'_>, step: &'static str) -> Result<()> {
        self.nodes()?.run(&self.named(statement), step)
    }

    /// With an id that no other statement has. Nodes that keep the same rows know by it that what
    /// comes to each of them is one insert.
    pub(super) fn named<'s>(&self, statement: Statement<'s>) -> Statement<'s> {
        let id = self.client.next_id(&self.statement_ids_of_epoch());
        let statement = match self.is_kept {
            true => statement
                .set("insert_quorum", "auto")
                .set("insert_quorum_parallel", "0"),
            false => statement,
        };
        statement
            .set_unless("insert_deduplication_token", &id)
            .set("query_id", id)
    }

    pub(super) fn statement_ids(&self) -> String {
        format!("throughline-{}-", self.address.database)
    }

    pub(super) fn statement_ids_of_epoch(&self) -> String {
        format!("{}{}-", self.statement_ids(), self.epoch)
    }

    pub(super) fn empty(&self, table: &str) -> Result<()> {
        self.run(
            Statement::new(format!("truncate table {table}")),
            "empty the tables",
        )
    }

    fn store_zone(&mut self, workspace: WorkspaceId, name: &str) -> Result<()> {
        let revision = self.next_number()?;
        let parameters = [Parameter::Text(name.to_owned())];
        let sql =
            format!("insert into zone_revisions select {workspace}, $1, {revision} where :allowed");
        let statement = Statement::new(self.guarded(&sql)).with(&parameters);
        self.run(statement, "store the time zone")
    }

    /// The zones that are stored. A name that this version does not know has no zone.
    pub(super) fn stored_zones(&self) -> Result<Zones> {
        let read = |cells: &mut Cells| Ok((WorkspaceId(cells.int()?), cells.text()?));
        let stored = self.all("select workspace, name from time_zones", read)?;
        let known =
            |(workspace, name): (WorkspaceId, String)| Some((workspace, name.parse().ok()?));
        Ok(stored.into_iter().filter_map(known).collect())
    }

    /// Asks all nodes together, of what they have acknowledged.
    pub(super) fn ask(&self, statement: Statement<'_>, limits: Limits) -> Result<Vec<Vec<Value>>> {
        let statement = match self.is_kept {
            true => statement.set("select_sequential_consistency", "1"),
            false => statement,
        };
        self.client.ask(statement, limits)
    }

    fn all<T>(&self, sql: &str, read: impl FnMut(&mut Cells) -> Result<T>) -> Result<Vec<T>> {
        read_all(self.ask(Statement::new(sql), LONG)?, read)
    }
}

/// The rows of an answer, read one by one.
pub(super) fn read_all<T>(
    rows: Vec<Vec<Value>>,
    mut read: impl FnMut(&mut Cells) -> Result<T>,
) -> Result<Vec<T>> {
    let rows = rows.into_iter().map(|row| read(&mut Cells::of(row)));
    rows.collect()
}
