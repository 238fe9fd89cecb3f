//! What an engine does for the warehouse: it keeps rows and answers; what they mean is decided
//! outside, once for all engines.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use base::{FactId, ImportId, TimeZone, TrafficKey, UnixMillis, VisitId, WorkspaceId};

use crate::batch::Position;
use crate::columns::Columns;
use crate::credit::Touch;
use crate::credit_outcomes::Owed;
use crate::error::Result;
use crate::query::{Limits, Parameter, Table};
use crate::rollup::{Rollup, Zones};
use crate::rows::VisitStart;

/// The writing half of an engine; it has one caller at a time.
pub(crate) trait Writing: Send {
    /// What the warehouse keeps in mind between loads, as stored. Brings the schema up to date
    /// where that has not been done.
    fn remembered(&mut self) -> Result<Memory>;
    /// Looks whether questions can be asked, without becoming the one who writes; the zones as
    /// stored.
    fn follow(&mut self) -> Result<Zones>;
    /// Stores everything that `work` appends, with the position that it ends at, or nothing.
    fn store_batch(&mut self, until: Option<&Position>, work: Work<'_>) -> Result<()>;
    fn position(&mut self, node: &str) -> Result<Option<Position>>;
    /// Makes the position the node's, whatever it was.
    fn set_position(&mut self, position: &Position) -> Result<()>;
    /// Replaces the labels of these entries and keeps those that change as in force until `now`.
    fn relabel(&mut self, workspace: WorkspaceId, labels: Columns, now: UnixMillis) -> Result<()>;
    fn replace_channels(&mut self, workspace: WorkspaceId, channels: Columns) -> Result<()>;
    /// Stores the workspace's zone and adds its hits up by the days of it.
    fn add_up_days(&mut self, workspace: WorkspaceId, zone: &TimeZone) -> Result<()>;
    /// A bounded piece of upkeep, which changes no answer.
    fn compact(&mut self, now: UnixMillis) -> Result<()>;
    /// Empties every table of facts and what is derived from them.
    fn wipe(&mut self) -> Result<()>;
    fn checkpoint(&mut self) -> Result<()>;
    /// Leaves nothing behind of rows that were taken out or changed.
    fn scrub(&mut self) -> Result<()>;
}

/// What is done inside a batch.
pub(crate) type Work<'a> = &'a mut dyn FnMut(&mut dyn Loading) -> Result<()>;

/// A batch in the making. Looks see what was stored before it and what it has appended itself.
pub(crate) trait Loading {
    /// Which of the ids are stored.
    fn stored(&mut self, facts: Stored, ids: Columns) -> Result<HashSet<FactId>>;
    /// Which of the ids hits of this moment and later have, and when each was last.
    fn recent_hits(&mut self, ids: Columns, since: UnixMillis)
    -> Result<Vec<(FactId, UnixMillis)>>;
    /// The rows that opened these visits, which began within the span.
    fn visit_starts(
        &mut self,
        visits: Columns,
        span: (UnixMillis, UnixMillis),
    ) -> Result<Vec<(VisitId, VisitStart)>>;
    /// Outcomes of these visitors that were created at these touches or later.
    fn outcomes_after(&mut self, touches: Columns) -> Result<Vec<Owed>>;
    /// Outcomes of known visitors that were created at a moment or later.
    fn outcomes_since(&mut self, workspace: WorkspaceId, from: UnixMillis) -> Result<Vec<Owed>>;
    /// Outcomes that a touch by the import may precede.
    fn outcomes_touched(&mut self, workspace: WorkspaceId, import: ImportId) -> Result<Vec<Owed>>;
    /// Takes out the hits, visits, touches and history of an import, and adds the workspace's days
    /// up anew.
    fn take_out(&mut self, workspace: WorkspaceId, import: ImportId, zone: &TimeZone)
    -> Result<()>;
    /// Puts the rows of visitors under their pseudonyms, see [`crate::erase`].
    fn erase(&mut self, erasing: Columns) -> Result<()>;
    /// All touches of these visitors, in their order, without those that the batch takes out.
    fn touches_of(&mut self, visitors: Columns) -> Result<Vec<(WorkspaceId, u64, Touch)>>;
    fn append(&mut self, rows: Columns) -> Result<()>;
    fn append_labels(&mut self, labels: Columns) -> Result<()>;
    fn append_days(&mut self, sums: Rollup<'_>, dictionary: &Dictionary<'_>) -> Result<()>;
    /// Credits outcomes that are stored; `outdated` are those whose earlier credit goes.
    fn credit(&mut self, outdated: Columns, credits: Columns) -> Result<()>;
}

/// Facts that are told from their repetitions by their id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    RepeatableHits,
    Outcomes,
    Costs,
    LeadStates,
    History,
}

/// The reading half; it answers many at once, each from what is stored at the time.
pub(crate) trait Reading: Send + Sync {
    /// Says within a few seconds whether questions can be asked now.
    fn answers(&self) -> Result<()>;
    fn query(&self, sql: &str, parameters: &[Parameter], limits: Limits) -> Result<Table>;
    fn bytes(&self) -> Result<u64>;
    /// Writes the rows of a question to a file that is not there yet.
    fn write_parquet(&self, sql: &str, path: &Path) -> Result<()>;
}

/// What the warehouse keeps in mind between loads.
#[derive(Default)]
pub(crate) struct Memory {
    /// Keys that are in the traffic dictionary.
    pub(crate) known_traffic: HashSet<TrafficKey>,
    /// The latest creation among all outcomes; touches after it change no credit.
    pub(crate) latest_created: Option<UnixMillis>,
    /// In whose days the pre-aggregate is kept.
    pub(crate) zones: Zones,
}

/// The traffic dictionary while a batch is loaded.
pub(crate) struct Dictionary<'a> {
    pub(crate) known: &'a HashSet<TrafficKey>,
    /// Entries that come with the batch.
    pub(crate) new: BTreeSet<(WorkspaceId, TrafficKey)>,
}

impl Dictionary<'_> {
    pub(crate) fn has(&self, workspace: WorkspaceId, key: TrafficKey) -> bool {
        self.known.contains(&key) || self.new.contains(&(workspace, key))
    }
}
