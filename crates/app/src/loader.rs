//! The loader: moves facts from the journal into the warehouse, in order, exactly once.

use std::sync::Arc;

use base::{Fact, UnixMillis};
use journal::Journal;
use warehouse::{Batch, Loaded, Warehouse};

use crate::AppError;
use crate::error::{Step as _, of_warehouse};
use crate::labels::Labels;
use crate::privacy::{Erased, Look};

/// Journal bytes that one load takes at most; bounds the memory of a load.
pub const LOAD_BYTES_MAX: usize = 4 << 20;

/// Moves facts from one journal to the warehouse.
pub struct Loader {
    journal: Arc<Journal>,
    warehouse: Arc<Warehouse>,
    labels: Arc<Labels>,
    erased: Arc<Erased>,
    node: String,
    place: Place,
}

/// Where the next step begins.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The warehouse was not asked yet. What was loaded from behind `end` was cut off the journal
    /// before it was opened.
    Unasked {
        end: journal::Position,
    },
    Known(journal::Position),
    /// The last load began here and failed, and may have been stored all the same.
    Unsure(journal::Position),
}

/// What one step of the loader did.
#[derive(Debug, Clone, Default)]
pub struct Step {
    pub loaded: Loaded,
    /// Everything that was durable when the step began is loaded. What came meanwhile does not
    /// count: under load that would be never, and the loader would run on with tiny batches.
    pub caught_up: bool,
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
        (labels, erased): (Arc<Labels>, Arc<Erased>),
        node: &str,
    ) -> Self {
        let end = journal.status().durable;
        Self {
            journal,
            warehouse,
            labels,
            erased,
            node: node.to_owned(),
            place: Place::Unasked { end },
        }
    }

    /// Where the next step begins; `None` before the warehouse was asked.
    #[must_use]
    pub fn position(&self) -> Option<journal::Position> {
        match self.place {
            Place::Unasked { .. } => None,
            Place::Known(at) | Place::Unsure(at) => Some(at),
        }
    }

    fn begin(&self, end: journal::Position) -> Result<journal::Position, AppError> {
        let loaded = self.loaded()?;
        Ok(match loaded {
            Some(at) if at > end => {
                tracing::warn!(
                    segment = at.segment,
                    "the journal ends before what was loaded from it: its end was cut or replaced"
                );
                self.warehouse
                    .rewind(&warehouse_position(&self.node, end))
                    .map_err(of_warehouse("go back to the journal's end"))?;
                end
            }
            Some(at) => at,
            None => self.journal.oldest().step("find the journal's start")?,
        })
    }

    fn loaded(&self) -> Result<Option<journal::Position>, AppError> {
        let loaded = self.warehouse.position(&self.node);
        let loaded = loaded.map_err(of_warehouse("read the loader's position"))?;
        Ok(loaded.map(|at| journal_position(&at)))
    }

    /// Loads the next batch, if there is one. Blocks.
    ///
    /// # Errors
    /// When the journal cannot be read or the warehouse refuses; the step can be tried again.
    pub fn step(&mut self) -> Result<Step, AppError> {
        self.step_until(self.journal.status().durable)
    }

    /// As [`Loader::step`], and nothing from `end` on.
    fn step_until(&mut self, end: journal::Position) -> Result<Step, AppError> {
        let from = match self.place {
            Place::Unasked { end } => self.begin(end)?,
            Place::Known(from) => from,
            Place::Unsure(from) => self.loaded()?.unwrap_or(from),
        };
        self.place = Place::Known(from);
        let status = self.journal.status();
        let durable = status.durable;
        let read = self
            .journal
            .read_until(from, end, LOAD_BYTES_MAX)
            .step("read the journal")?;
        if read.next == from {
            return Ok(Step {
                caught_up: true,
                reached: (from == durable).then_some(status.entries),
                ..Step::default()
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
        let position = Some(warehouse_position(&self.node, read.next));
        let batch = Batch { facts, position };
        self.place = Place::Unsure(from);
        let loaded = self.warehouse.load(&batch, self.labels.as_ref());
        drop(load);
        let loaded = loaded.map_err(of_warehouse("load facts"))?;
        self.place = Place::Known(read.next);
        Ok(Step {
            loaded,
            caught_up: read.next >= end,
            newest,
            entries: u64::try_from(read.entries.len()).unwrap_or(u64::MAX),
            reached: (read.next == durable).then_some(status.entries),
            unknown,
            missing: read.missing,
            facts: batch.facts,
        })
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
    pub fn load_until(&mut self, end: journal::Position) -> Result<bool, AppError> {
        while !self.step_until(end)?.caught_up {}
        Ok(self.position().is_some_and(|at| at <= end))
    }
}

fn journal_position(at: &warehouse::Position) -> journal::Position {
    journal::Position {
        segment: at.segment,
        offset: at.offset,
    }
}

fn warehouse_position(node: &str, at: journal::Position) -> warehouse::Position {
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
