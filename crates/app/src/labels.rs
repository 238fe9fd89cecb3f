//! Labels in force: the rules of every workspace, ready to label new traffic while it is loaded.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use base::{ChannelId, TimeZone, Traffic, UnixMillis, WorkspaceId};
use domain::ad_name::AdNames;
use domain::label::{ChannelRule, Labeller as Rules};
use store::{ad_names, channel_rules, channels, workspaces};
use warehouse::{ChannelRow, Label, Labeller, NewLabel};

use crate::ad_names::sightings;
use crate::error::{Step as _, of_warehouse};
use crate::reach::Keeper;
use crate::workspaces::load_zone;
use crate::{App, AppError};

/// The labellers of all workspaces. Reading never waits for the store.
#[derive(Default)]
pub struct Labels(RwLock<HashMap<WorkspaceId, Set>>);

/// One workspace's rules with the tree that paths are taken from.
struct Set {
    rules: Rules,
    parents: HashMap<ChannelId, Option<ChannelId>>,
    version: i64,
}

impl Labels {
    /// Looks something up among what the workspace's entities are called.
    pub(crate) fn with_names<T>(
        &self,
        workspace: WorkspaceId,
        look: impl FnOnce(&AdNames) -> T,
    ) -> T {
        let sets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match sets.get(&workspace) {
            Some(set) => look(set.rules.names()),
            None => look(&AdNames::default()),
        }
    }

    fn replace(&self, workspace: WorkspaceId, set: Set) {
        let mut sets = self.0.write().unwrap_or_else(PoisonError::into_inner);
        sets.insert(workspace, set);
    }
}

impl Labeller for Labels {
    fn label(&self, workspace: WorkspaceId, traffic: &Traffic) -> Label {
        let sets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        sets.get(&workspace)
            .map(|set| set.label(traffic))
            .unwrap_or_default()
    }
}

impl Set {
    fn label(&self, traffic: &Traffic) -> Label {
        let label = self.rules.label(traffic);
        Label {
            channel_path: self.path(label.channel),
            source: label.source,
            campaign: label.campaign,
            ad_group: label.ad_group,
            ad: label.ad,
            keyword: label.keyword,
            version: self.version,
        }
    }

    /// From the top of the tree down to the channel.
    fn path(&self, channel: Option<ChannelId>) -> Vec<ChannelId> {
        let mut path = Vec::new();
        let mut next = channel;
        while let Some(id) = next.filter(|id| !path.contains(id)) {
            let Some(parent) = self.parents.get(&id) else {
                break;
            };
            path.push(id);
            next = *parent;
        }
        path.reverse();
        path
    }
}

impl App {
    /// Reads the rules of every workspace anew, publishes the channel trees and labels the whole
    /// dictionary of workspaces whose rules, names or channels have changed.
    ///
    /// # Errors
    /// When the store or the warehouse fails.
    pub(crate) async fn refresh_labels(&self) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        let all = workspaces::list_workspaces(&mut connection).await?;
        drop(connection);
        for workspace in all {
            self.refresh_labels_of(workspace.id).await?;
        }
        Ok(())
    }

    /// As [`App::refresh_labels`], for one workspace. A warehouse that is away is told later: what
    /// it loads until then has the new labels, and the rest gets them.
    pub(crate) async fn refresh_labels_of(&self, workspace: WorkspaceId) -> Result<(), AppError> {
        match self.publish_set(workspace).await {
            Err(error) if error.is_warehouse_away() => {
                self.publish_later(workspace);
                Ok(())
            }
            done => done,
        }
    }

    async fn publish_set(&self, workspace: WorkspaceId) -> Result<(), AppError> {
        if !self.writes_facts() {
            // The node that writes to the warehouse hears of it by the store.
            let _reading = self.inner.set_up.lock().await;
            let (set, _) = self.read_set(workspace).await?;
            self.inner.labels.replace(workspace, set);
            return Ok(());
        }
        // The turn is over when the warehouse has done the work, also where nobody waits for it.
        let turn = Arc::clone(&self.inner.publishing).lock_owned();
        let turn = self.unless_away(Keeper::Warehouse, turn).await;
        let reading = self.inner.set_up.lock().await;
        let (set, rows) = self.read_set(workspace).await?;
        let zone = self.read_time_zone(workspace).await?;
        self.inner.labels.replace(workspace, set);
        drop(reading);
        let turn = turn?;
        let labels = Arc::clone(&self.inner.labels);
        let now = self.now();
        self.ask(move |warehouse| {
            let _turn = turn;
            warehouse
                .set_time_zone(workspace, &zone)
                .map_err(of_warehouse("add hits up by the workspace's days"))?;
            warehouse
                .publish_channels(workspace, &rows)
                .map_err(of_warehouse("publish the channels"))?;
            let dictionary = warehouse
                .traffic(workspace)
                .map_err(of_warehouse("read the dictionary"))?;
            let new: Vec<NewLabel> = dictionary
                .into_iter()
                .map(|row| NewLabel {
                    key: row.key,
                    label: labels.label(workspace, &row.traffic),
                })
                .collect();
            warehouse
                .relabel(workspace, &new, now)
                .map_err(of_warehouse("label the dictionary"))
        })
        .await?
    }

    async fn read_time_zone(&self, workspace: WorkspaceId) -> Result<TimeZone, AppError> {
        let mut connection = self.inner.store.read().await?;
        load_zone(&mut connection, workspace).await
    }

    async fn read_set(&self, workspace: WorkspaceId) -> Result<(Set, Vec<ChannelRow>), AppError> {
        let mut connection = self.inner.store.read().await?;
        let tree = channels::list_channels(&mut connection, workspace).await?;
        let current = channel_rules::find_channel_rules(&mut connection, workspace).await?;
        let now = UnixMillis(i64::MAX);
        let names = ad_names::list_ad_names(&mut connection, workspace, now).await?;
        let version = current.as_ref().map_or(0, |rules| rules.version);
        let rules: Vec<ChannelRule> = match current {
            Some(rules) => serde_json::from_value(rules.rules).step("read the channel rules")?,
            None => Vec::new(),
        };
        let known = AdNames::of(sightings(names));
        let rules = Rules::new(&rules, known).step("prepare the channel rules")?;
        let parents = tree
            .iter()
            .map(|channel| (channel.id, channel.details.parent_id))
            .collect();
        let rows = tree
            .into_iter()
            .map(|channel| ChannelRow {
                id: channel.id,
                parent: channel.details.parent_id,
                name: channel.details.name,
                colour: u8::try_from(channel.details.colour).unwrap_or_default(),
                position: channel.details.position,
            })
            .collect();
        Ok((
            Set {
                rules,
                parents,
                version,
            },
            rows,
        ))
    }
}
