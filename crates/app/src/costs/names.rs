//! What ad platforms call the ids in their files; reports show the newest name.

use std::collections::{BTreeMap, HashMap};

use base::{UnixMillis, WorkspaceId};
use connect::costs::CostRow;
use store::Tx;
use store::ad_names::{self, AdName};

use crate::AppError;

/// Names by source, level and id; the last one read is kept.
#[derive(Debug, Default)]
pub(crate) struct NamesSeen(BTreeMap<(String, &'static str, String), String>);

impl NamesSeen {
    pub(crate) fn note(&mut self, row: &CostRow) {
        let levels = [
            ("campaign", &row.campaign_id, &row.campaign),
            ("ad_group", &row.ad_group_id, &row.ad_group),
            ("ad", &row.ad_id, &row.ad),
        ];
        for (level, id, name) in levels {
            if !id.is_empty() && !name.is_empty() {
                self.0
                    .insert((row.source.clone(), level, id.clone()), name.clone());
            }
        }
    }

    /// Keeps the names; `true` when one of them is new, so that labels have to be made anew.
    pub(crate) async fn save(
        &self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        now: UnixMillis,
    ) -> Result<bool, AppError> {
        if self.0.is_empty() {
            return Ok(false);
        }
        let mut newest: HashMap<(String, String, String), String> = HashMap::new();
        for AdName {
            source,
            level,
            external_id,
            name,
        } in ad_names::list_ad_names(tx, workspace)
            .await?
            .into_iter()
            .map(|seen| seen.ad)
        {
            newest.insert((source, level, external_id), name);
        }
        let mut changed = false;
        for ((source, level, external_id), name) in &self.0 {
            let key = (source.clone(), (*level).to_owned(), external_id.clone());
            changed |= newest.get(&key) != Some(name);
            let named = AdName {
                source: source.clone(),
                level: (*level).to_owned(),
                external_id: external_id.clone(),
                name: name.clone(),
            };
            ad_names::put_ad_name(tx, workspace, now, &named).await?;
        }
        Ok(changed)
    }
}
