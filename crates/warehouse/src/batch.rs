//! What a load takes and gives.

use base::{ChannelId, Fact, Traffic, VisitorId, WorkspaceId};

/// Facts to load together, with the place in the journal that they end at.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub facts: Vec<Fact>,
    /// The place in the journal that they begin at. Where the node is loaded up to another place,
    /// the batch is refused: it was read before somebody else loaded. Absent for facts of which
    /// nobody else could have loaded any.
    pub from: Option<Position>,
    /// Absent for facts that come from no journal, such as those of a test.
    pub position: Option<Position>,
}

/// A place in a node's journal: everything before it is loaded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub node: String,
    pub segment: u64,
    /// Bytes from the segment's start.
    pub offset: u64,
}

/// What a load did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    pub hits: u64,
    pub outcomes: u64,
    pub costs: u64,
    pub lead_states: u64,
    /// Rows of other tools' days.
    pub history: u64,
    /// Facts that were left out: stored before, or taken back by the batch itself.
    pub duplicates: u64,
    /// New entries of the traffic dictionary.
    pub traffic: u64,
    /// Older outcomes whose credit was worked out again because earlier touches arrived or went.
    pub recredited: u64,
    /// The whole batch was loaded before.
    pub skipped: bool,
}

impl Loaded {
    /// All facts that were stored.
    #[must_use]
    pub fn facts(&self) -> u64 {
        self.hits + self.outcomes + self.costs + self.lead_states + self.history
    }
}

/// What a traffic tuple is called in reports. Empty text means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// Ids from the top of the channel tree down to the matched channel; empty when none matched.
    pub channel_path: Vec<ChannelId>,
    pub source: String,
    pub campaign: String,
    pub ad_group: String,
    pub ad: String,
    pub keyword: String,
    /// Version of the rules that made the label.
    pub version: i64,
}

/// What a load asks its caller: the labels of new dictionary entries, and who visitors were.
///
/// A load asks for a label once for each tuple that the warehouse has not seen, inside the
/// transaction, so a fact is never visible without its label. It must not call back into the
/// warehouse.
pub trait Labeller {
    fn label(&self, workspace: WorkspaceId, traffic: &Traffic) -> Label;

    /// Whether visitors of the workspace have touches of the past under somebody else.
    fn has_formers(&self, _: WorkspaceId) -> bool {
        false
    }

    /// Under whom else a visitor's touches of the past may be; nobody, as a rule.
    fn former(&self, _: WorkspaceId, _: VisitorId) -> Option<VisitorId> {
        None
    }
}

impl<F: Fn(WorkspaceId, &Traffic) -> Label> Labeller for F {
    fn label(&self, workspace: WorkspaceId, traffic: &Traffic) -> Label {
        self(workspace, traffic)
    }
}
