//! What ad platforms call the ids in their files: noted with its days and the import that told it.

use std::io;
use std::path::Path;

use base::{Day, ImportId, UnixMillis, WorkspaceId};
use connect::costs::{CostRow, MatchBy};
use domain::ad_name::{AdLevel, AdNames, MatchedBy};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::ad_names::{self, AdNameSighting};

use crate::AppError;
use crate::ad_names::sightings;
use crate::error::Step as _;
use crate::spill::{Fold, Gathered};

/// Names that are held before they are written down, and that are saved together.
const HELD_NAMES_MAX: usize = 20_000;
const BATCH_NAMES: usize = 1_000;

/// Names by source, level and id, with the days that they were seen on.
#[derive(Debug)]
pub(crate) struct NamesSeen {
    seen: Gathered<Named, Days>,
    matched_by: MatchedBy,
}

/// Whose names they are, and when they were told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamesTold {
    pub(crate) workspace: WorkspaceId,
    pub(crate) import: ImportId,
    pub(crate) now: UnixMillis,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Named {
    source: String,
    level: String,
    external_id: String,
    name: String,
}

/// From the first day to the last.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Days(i32, i32);

impl Fold for Days {
    fn fold(&mut self, later: Self) {
        *self = Self(self.0.min(later.0), self.1.max(later.1));
    }
}

impl NamesSeen {
    /// Spills into this folder.
    pub(crate) fn new(folder: &Path, match_by: MatchBy) -> Self {
        Self {
            seen: Gathered::new(folder, HELD_NAMES_MAX),
            matched_by: match match_by {
                MatchBy::Name => MatchedBy::Name,
                MatchBy::Id => MatchedBy::Id,
            },
        }
    }

    pub(crate) fn note(&mut self, row: &CostRow) {
        let levels = [
            (AdLevel::Campaign, &row.campaign_id, &row.campaign),
            (AdLevel::AdGroup, &row.ad_group_id, &row.ad_group),
            (AdLevel::Ad, &row.ad_id, &row.ad),
        ];
        for (level, id, name) in levels {
            if !id.is_empty() && !name.is_empty() {
                let named = Named {
                    source: row.source.clone(),
                    level: level.name().to_owned(),
                    external_id: id.clone(),
                    name: name.clone(),
                };
                self.seen.add(named, Days(row.day.0, row.day.0));
            }
        }
    }

    /// Writes down what is too much to be held. Blocks.
    pub(crate) fn make_room(&mut self) -> io::Result<()> {
        self.seen.make_room()
    }

    /// Keeps the names; `true` when an entity is called otherwise now, or was before, so that
    /// labels have to be made anew.
    pub(crate) async fn save(self, tx: &mut Tx, told: NamesTold) -> Result<bool, AppError> {
        const READ: &str = "read the names of a cost file";
        let mut sorted = self.seen.sorted().step(READ)?;
        let mut changed = false;
        loop {
            let mut batch: Vec<AdNameSighting> = Vec::new();
            while batch.len() < BATCH_NAMES
                && let Some(next) = sorted.peek()
                && batch.last().is_none_or(|last| next.is_beside(last))
                && let Some((named, days)) = sorted.next().step(READ)?
            {
                batch.push(named.seen(days, self.matched_by, told.import));
            }
            if batch.is_empty() {
                return Ok(changed);
            }
            changed |= save_batch(tx, told, &batch).await?;
        }
    }
}

/// Saves names of one source and level.
async fn save_batch(
    tx: &mut Tx,
    told: NamesTold,
    batch: &[AdNameSighting],
) -> Result<bool, AppError> {
    let before = names_of(tx, told.workspace, batch).await?;
    for sighting in batch {
        ad_names::insert_ad_name(tx, told.workspace, told.now, sighting).await?;
    }
    Ok(names_of(tx, told.workspace, batch).await? != before)
}

/// What the entities of a batch are called.
async fn names_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    batch: &[AdNameSighting],
) -> Result<AdNames, AppError> {
    let Some(first) = batch.first() else {
        return Ok(AdNames::default());
    };
    let mut ids: Vec<&str> = batch.iter().map(|seen| seen.external_id.as_str()).collect();
    ids.dedup();
    let (source, level) = (first.source.as_str(), first.level.as_str());
    let known = ad_names::list_ad_names_of(tx, workspace, source, level, &ids).await?;
    Ok(AdNames::of(sightings(known)))
}

impl Named {
    fn seen(self, days: Days, matched_by: MatchedBy, import: ImportId) -> AdNameSighting {
        AdNameSighting {
            source: self.source,
            level: self.level,
            external_id: self.external_id,
            name: self.name,
            first_day: Day(days.0),
            last_day: Day(days.1),
            matched_by: matched_by.name().to_owned(),
            import_id: Some(import),
        }
    }

    /// Whether both are looked up together.
    fn is_beside(&self, seen: &AdNameSighting) -> bool {
        self.source == seen.source && self.level == seen.level
    }
}
