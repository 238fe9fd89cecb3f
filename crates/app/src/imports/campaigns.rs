//! Where the campaigns of a cost file land in reports, and which visits they meet there.

use std::collections::{BTreeMap, HashMap};

use base::{ChannelId, Traffic, WorkspaceId};
use connect::columns::Format;
use connect::costs::{CostRow, MatchBy};
use store::channels::list_channels;
use warehouse::{Labeller as _, Parameter, Value};

use crate::activity::int;
use crate::{App, AppError};

/// Campaigns that are told of a file; whoever has more looks at the report afterwards.
const CAMPAIGNS_TOLD_MAX: usize = 200;

/// A campaign of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewCampaign {
    /// As the file has it: its name, or its number where costs are matched by it.
    pub name: String,
    pub source: String,
    pub rows: u64,
    /// In reports; `None` where no rule claims it.
    pub channel: Option<String>,
    /// In reports.
    pub campaign: String,
    /// That are known of it there.
    pub visits: i64,
}

/// A campaign that visits are known of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedCampaign {
    pub source: String,
    pub campaign: String,
    pub visits: i64,
}

/// The campaigns of a file while it is read.
#[derive(Debug, Default)]
pub(super) struct CampaignsSeen {
    told: BTreeMap<(String, String, String), (u64, Traffic)>,
    /// Of all campaigns, told or not.
    rows_of_direct: u64,
}

impl CampaignsSeen {
    pub(super) fn note(&mut self, row: &CostRow, match_by: MatchBy) {
        self.rows_of_direct += u64::from(row.source == Format::YandexDirect.source());
        let (name, source) = (row.file_campaign.clone(), row.source.clone());
        let key = (name, source, row.medium.clone());
        if self.told.len() >= CAMPAIGNS_TOLD_MAX && !self.told.contains_key(&key) {
            return;
        }
        let seen = self.told.entry(key);
        seen.or_insert_with(|| (0, row.traffic(match_by))).0 += 1;
    }

    pub(super) fn rows_of_direct(&self) -> u64 {
        self.rows_of_direct
    }
}

impl App {
    /// The campaigns of the file as reports will have them, and those that visits are known of.
    pub(super) async fn tell_campaigns(
        &self,
        workspace: WorkspaceId,
        seen: CampaignsSeen,
    ) -> Result<(Vec<PreviewCampaign>, Vec<TrackedCampaign>), AppError> {
        let sql = include_str!("../queries/visits_by_campaign.sql");
        let table = self
            .read_table(sql, vec![Parameter::Int(workspace.0)])
            .await?;
        let tracked = |row: &Vec<Value>| {
            Some(TrackedCampaign {
                source: row.first()?.display()?,
                campaign: row.get(1)?.display()?,
                visits: int(row, 2)?,
            })
        };
        let tracked: Vec<TrackedCampaign> = table.rows.iter().filter_map(tracked).collect();
        let visits = tracked
            .iter()
            .map(|of| ((&of.source, &of.campaign), of.visits));
        let visits: HashMap<_, i64> = visits.collect();
        let mut connection = self.inner.store.read().await?;
        let channels = list_channels(&mut connection, workspace).await?;
        drop(connection);
        let named = channels
            .into_iter()
            .map(|channel| (channel.id, channel.details.name));
        let names: HashMap<ChannelId, String> = named.collect();
        let told =
            |((name, source, _), (rows, traffic)): ((String, String, String), (u64, Traffic))| {
                let label = self.inner.labels.label(workspace, &traffic);
                let channel = label.channel_path.last().and_then(|id| names.get(id));
                PreviewCampaign {
                    name,
                    source,
                    rows,
                    channel: channel.cloned(),
                    visits: visits
                        .get(&(&label.source, &label.campaign))
                        .copied()
                        .unwrap_or(0),
                    campaign: label.campaign,
                }
            };
        let campaigns = seen.told.into_iter().map(told).collect();
        Ok((campaigns, tracked))
    }
}
