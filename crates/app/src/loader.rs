//! The loader: moves facts from the journal into the warehouse, in order, exactly once.

use std::sync::Arc;

use base::{Fact, Traffic, UnixMillis, VisitorId, WorkspaceId};
use journal::{Handover, Journal, Position};
use warehouse::{Batch, Label, Labeller, Loaded, Warehouse};

use crate::AppError;
use crate::error::{Step as _, of_warehouse};
use crate::labels::Labels;
use crate::privacy::{Erased, Look};

/// Journal bytes that one load takes at most; bounds the memory of a load.
pub const LOAD_BYTES_MAX: usize = 4 << 20;

/// The step in which a loader fails where the journal cannot be read.
pub const READ_JOURNAL: &str = "read the journal";

/// What a load asks.
struct Answers<'a> {
    labels: &'a Labels,
    look: &'a Look<'a>,
}

impl Labeller for Answers<'_> {
    fn label(&self, workspace: WorkspaceId, traffic: &Traffic) -> Label {
        self.labels.label(workspace, traffic)
    }

    fn has_formers(&self, workspace: WorkspaceId) -> bool {
        self.look.has_formers(workspace)
    }

    fn former(&self, workspace: WorkspaceId, visitor: VisitorId) -> Option<VisitorId> {
        self.look.former(workspace, visitor)
    }
}

/// Where a loader gets entries from: the journal of this node, or that of another one.
pub trait Source: Send {
    /// Durable entries from a position on, or from the oldest that is kept; nothing from `end` on.
    /// Blocks.
    ///
    /// # Errors
    /// When they cannot be had now; then it is asked again.
    fn read(
        &mut self,
        from: Option<Position>,
        end: Option<Position>,
        bytes_max: usize,
    ) -> anyhow::Result<Handed>;
}

/// What a journal has handed over.
#[derive(Debug, Default)]
pub struct Handed {
    pub piece: Handover,
    /// Changes when the journal's process is started again: nothing was loaded by then from behind
    /// `piece.opened` that is still there.
    pub run: u128,
    /// The time where the journal is, when everything durable was looked at.
    pub now: Option<UnixMillis>,
}

impl Handed {
    /// From the journal of another node. `known` is the start of its process that answered before:
    /// what was loaded of it by others may have come after this start, as long as none is known.
    pub fn from_elsewhere(
        mut piece: Handover,
        run: u128,
        known: &mut Option<u128>,
        now: Option<UnixMillis>,
    ) -> Self {
        if known.is_none() {
            piece.opened = piece.durable;
        }
        *known = Some(run);
        Self { piece, run, now }
    }
}

/// Moves facts from one journal to the warehouse.
pub struct Loader {
    source: Box<dyn Source>,
    warehouse: Arc<Warehouse>,
    labels: Arc<Labels>,
    erased: Arc<Erased>,
    node: String,
    place: Place,
    /// Of the journal's process, as far as it is known.
    run: Option<u128>,
}

/// Where the next step begins.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The warehouse was not asked yet, or another may have loaded meanwhile.
    Unasked,
    Known(Position),
    /// The last load began here and failed, and may have been stored all the same.
    Unsure(Position),
}

/// The journal of this node.
struct Own {
    journal: Arc<Journal>,
    /// Where it ended before anything that this loader is told of.
    begun: Position,
}

impl Source for Own {
    fn read(
        &mut self,
        from: Option<Position>,
        end: Option<Position>,
        bytes_max: usize,
    ) -> anyhow::Result<Handed> {
        let piece = self.journal.hand_over(from, end, bytes_max)?;
        Ok(Handed {
            piece: Handover {
                opened: self.begun,
                ..piece
            },
            ..Handed::default()
        })
    }
}

/// What one step of the loader did.
#[derive(Debug, Clone, Default)]
pub struct Step {
    pub loaded: Loaded,
    /// Everything that was durable when the step began is loaded. What came meanwhile does not
    /// count: under load that would be never, and the loader would run on with tiny batches.
    pub caught_up: bool,
    /// When everything durable was looked at, by the clock of the journal's node.
    pub at: Option<UnixMillis>,
    /// Recording time of the newest fact of the step.
    pub newest: Option<UnixMillis>,
    /// Entries that were read, facts or not.
    pub entries: u64,
    /// When the step ended exactly where the journal did: how many entries the journal has taken
    /// since it was opened.
    pub reached: Option<u64>,
    /// Entries that are no facts of this version; they stay in the journal.
    pub unknown: u64,
    /// Segments of the journal that are not there any more; they were stepped over.
    pub missing: u64,
    /// What became queryable.
    pub facts: Vec<Fact>,
}

impl Loader {
    /// Continues where the warehouse says it has come to, which it is asked at the first step, or
    /// at the journal's present end where that is earlier: a damaged end was cut, and what is
    /// written there next must be loaded.
    #[must_use]
    pub fn new(
        journal: Arc<Journal>,
        warehouse: Arc<Warehouse>,
        known: (Arc<Labels>, Arc<Erased>),
        node: &str,
    ) -> Self {
        let begun = journal.status().durable;
        Self::from_source(Box::new(Own { journal, begun }), warehouse, known, node)
    }

    /// As [`Loader::new`], from wherever the journal is.
    #[must_use]
    pub fn from_source(
        source: Box<dyn Source>,
        warehouse: Arc<Warehouse>,
        (labels, erased): (Arc<Labels>, Arc<Erased>),
        node: &str,
    ) -> Self {
        Self {
            source,
            warehouse,
            labels,
            erased,
            node: node.to_owned(),
            place: Place::Unasked,
            run: None,
        }
    }

    /// Asks the warehouse again where to go on: another may have loaded meanwhile.
    pub fn ask_again(&mut self) {
        self.place = Place::Unasked;
    }

    /// Where the next step begins; `None` before the warehouse was asked.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match self.place {
            Place::Unasked => None,
            Place::Known(at) | Place::Unsure(at) => Some(at),
        }
    }

    fn loaded(&self) -> Result<Option<Position>, AppError> {
        let loaded = self.warehouse.position(&self.node);
        let loaded = loaded.map_err(of_warehouse("read the loader's position"))?;
        Ok(loaded.map(|at| journal_position(&at)))
    }

    /// Loads the next batch, if there is one. Blocks.
    ///
    /// # Errors
    /// When the journal cannot be read or the warehouse refuses; the step can be tried again.
    pub fn step(&mut self) -> Result<Step, AppError> {
        self.step_until(None)
    }

    /// As [`Loader::step`], and nothing from `end` on.
    fn step_until(&mut self, end: Option<Position>) -> Result<Step, AppError> {
        let from = match self.place {
            Place::Known(from) => Some(from),
            Place::Unasked => self.loaded()?,
            Place::Unsure(from) => Some(self.loaded()?.unwrap_or(from)),
        };
        let handed = self.source.read(from, end, LOAD_BYTES_MAX);
        let handed = handed.step(READ_JOURNAL)?;
        let Handover {
            from,
            batch: read,
            durable,
            opened,
            entries,
        } = handed.piece;
        if self.run != Some(handed.run) {
            if from > opened {
                self.go_back(opened)?;
                self.run = Some(handed.run);
                return self.step_until(end);
            }
            self.run = Some(handed.run);
        }
        self.place = Place::Known(from);
        let end = end.unwrap_or(durable);
        let step = Step {
            caught_up: read.next >= end,
            at: handed.now,
            reached: (read.next == durable).then_some(entries),
            ..Step::default()
        };
        if read.next == from {
            return Ok(Step {
                caught_up: true,
                ..step
            });
        }
        if read.missing > 0 {
            tracing::error!(
                segments = read.missing,
                "segments of the journal are not there: what was not loaded of them is lost"
            );
        }
        // Held until the facts are stored: whoever is erased meanwhile is erased behind them.
        let (load, look) = self.erased.look_to_load();
        let (facts, unknown) = decode(&read.entries, &look);
        let newest = facts.iter().map(Fact::recorded).max();
        let batch = Batch {
            facts,
            from: Some(warehouse_position(&self.node, from)),
            position: Some(warehouse_position(&self.node, read.next)),
        };
        self.place = Place::Unsure(from);
        let answers = Answers {
            labels: &self.labels,
            look: &look,
        };
        let loaded = self.warehouse.load(&batch, &answers);
        drop(load);
        let loaded = loaded.map_err(of_warehouse("load facts"))?;
        self.place = Place::Known(read.next);
        Ok(Step {
            loaded,
            newest,
            entries: u64::try_from(read.entries.len()).unwrap_or(u64::MAX),
            unknown,
            missing: read.missing,
            facts: batch.facts,
            ..step
        })
    }

    /// What was loaded from behind the journal's end was cut off it before it was opened.
    fn go_back(&mut self, end: Position) -> Result<(), AppError> {
        tracing::warn!(
            node = self.node,
            segment = end.segment,
            "the journal ended before what was loaded from it: its end was cut or replaced"
        );
        self.warehouse
            .rewind(&warehouse_position(&self.node, end))
            .map_err(of_warehouse("go back to the journal's end"))?;
        self.place = Place::Known(end);
        Ok(())
    }

    /// Loads until everything durable is loaded.
    ///
    /// # Errors
    /// As [`Loader::step`].
    pub fn catch_up(&mut self, mut progress: impl FnMut(&Step)) -> Result<(), AppError> {
        loop {
            let step = self.step()?;
            progress(&step);
            if step.caught_up {
                return Ok(());
            }
        }
    }
}

impl Loader {
    /// Loads until everything before `end` is loaded, and nothing behind it. `false` where more was
    /// loaded already.
    ///
    /// # Errors
    /// As [`Loader::step`].
    pub fn load_until(&mut self, end: Position) -> Result<bool, AppError> {
        while !self.step_until(Some(end))?.caught_up {}
        Ok(self.position().is_some_and(|at| at <= end))
    }
}

fn journal_position(at: &warehouse::Position) -> Position {
    Position {
        segment: at.segment,
        offset: at.offset,
    }
}

fn warehouse_position(node: &str, at: Position) -> warehouse::Position {
    warehouse::Position {
        node: node.to_owned(),
        segment: at.segment,
        offset: at.offset,
    }
}

fn decode(entries: &[Vec<u8>], look: &Look<'_>) -> (Vec<Fact>, u64) {
    let mut unknown = 0;
    let facts = entries
        .iter()
        .filter_map(|entry| match Fact::decode(entry) {
            Ok(fact) => Some(look.spare(fact)),
            Err(error) => {
                tracing::error!(%error, "left an unknown journal entry unloaded");
                unknown += 1;
                None
            }
        })
        .collect();
    (facts, unknown)
}
