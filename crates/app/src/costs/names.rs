//! What ad platforms call the ids in their files; reports show the newest name.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use base::{UnixMillis, WorkspaceId};
use connect::costs::CostRow;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::ad_names::{self, AdName};

use crate::AppError;
use crate::error::Step as _;
use crate::spill::{Fold, Gathered};

/// Names that are held before they are written down, and that are saved together.
const HELD_NAMES_MAX: usize = 20_000;
const BATCH_NAMES: usize = 1_000;

/// Names by source, level and id; the last one read is kept.
#[derive(Debug)]
pub(crate) struct NamesSeen(Gathered<Named, Name>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Named {
    source: String,
    level: String,
    external_id: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Name(String);

impl Fold for Name {
    fn fold(&mut self, later: Self) {
        *self = later;
    }
}

impl NamesSeen {
    /// Spills into this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self(Gathered::new(folder, HELD_NAMES_MAX))
    }

    pub(crate) fn note(&mut self, row: &CostRow) {
        let levels = [
            ("campaign", &row.campaign_id, &row.campaign),
            ("ad_group", &row.ad_group_id, &row.ad_group),
            ("ad", &row.ad_id, &row.ad),
        ];
        for (level, id, name) in levels {
            if !id.is_empty() && !name.is_empty() {
                let named = Named {
                    source: row.source.clone(),
                    level: level.to_owned(),
                    external_id: id.clone(),
                };
                self.0.add(named, Name(name.clone()));
            }
        }
    }

    /// Writes down what is too much to be held. Blocks.
    pub(crate) fn make_room(&mut self) -> io::Result<()> {
        self.0.make_room()
    }

    /// Keeps the names; `true` when one of them is new, so that labels have to be made anew.
    pub(crate) async fn save(
        self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        now: UnixMillis,
    ) -> Result<bool, AppError> {
        const READ: &str = "read the names of a cost file";
        let mut sorted = self.0.sorted().step(READ)?;
        let mut changed = false;
        loop {
            let mut batch: Vec<AdName> = Vec::new();
            while batch.len() < BATCH_NAMES
                && let Some(next) = sorted.peek()
                && batch.last().is_none_or(|last| next.is_beside(last))
                && let Some((named, Name(name))) = sorted.next().step(READ)?
            {
                batch.push(named.called(name));
            }
            if batch.is_empty() {
                return Ok(changed);
            }
            changed |= save_batch(tx, workspace, now, &batch).await?;
        }
    }
}

/// Saves names of one source and level.
async fn save_batch(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
    batch: &[AdName],
) -> Result<bool, AppError> {
    let Some(first) = batch.first() else {
        return Ok(false);
    };
    let ids: Vec<&str> = batch.iter().map(|ad| ad.external_id.as_str()).collect();
    let (source, level) = (first.source.as_str(), first.level.as_str());
    let known = ad_names::list_ad_names_of(tx, workspace, source, level, &ids).await?;
    let newest: HashMap<String, String> = known
        .into_iter()
        .map(|seen| (seen.ad.external_id, seen.ad.name))
        .collect();
    for ad in batch {
        ad_names::put_ad_name(tx, workspace, now, ad).await?;
    }
    let is_new = |ad: &AdName| newest.get(&ad.external_id) != Some(&ad.name);
    Ok(batch.iter().any(is_new))
}

impl Named {
    fn called(self, name: String) -> AdName {
        AdName {
            source: self.source,
            level: self.level,
            external_id: self.external_id,
            name,
        }
    }

    /// Whether both are looked up together.
    fn is_beside(&self, ad: &AdName) -> bool {
        self.source == ad.source && self.level == ad.level
    }
}
