//! Labels of the traffic dictionary and the channels that reports name.

use std::collections::HashMap;

use base::{ChannelId, ClickIdKind, Traffic, TrafficKey, UnixMillis, WorkspaceId};
use duckdb::{Connection, Row, params};

use crate::batch::Label;
use crate::columns::{Columns, Place};
use crate::days;
use crate::error::{Result, Step};
use crate::open::Warehouse;
use crate::rows;

/// A channel as reports show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRow {
    pub id: ChannelId,
    pub parent: Option<ChannelId>,
    pub name: String,
    /// Index into the palette.
    pub colour: u8,
    /// Order among its siblings.
    pub position: i64,
}

/// A dictionary entry with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficRow {
    pub key: TrafficKey,
    pub traffic: Traffic,
}

/// A new label for a dictionary entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLabel {
    pub key: TrafficKey,
    pub label: Label,
}

impl Warehouse {
    /// Replaces the labels of these entries; facts stay as they are, so a report over the past
    /// shows the new labels at once. Labels that change are kept as those in force until `now`.
    ///
    /// # Errors
    /// When the engine fails; then nothing has changed.
    pub fn relabel(
        &self,
        workspace: WorkspaceId,
        labels: &[NewLabel],
        now: UnixMillis,
    ) -> Result<()> {
        let mut new = rows::staged_labels();
        for NewLabel { key, label } in labels {
            rows::push_label(&mut new, workspace, *key, label);
        }
        self.writer()?.transact(|connection| {
            stage_labels(connection, new)?;
            connection
                .execute(include_str!("queries/keep_past_labels.sql"), params![now.0])
                .step("keep the old labels")?;
            connection
                .execute_batch(include_str!("queries/delete_labels.sql"))
                .step("delete the old labels")?;
            insert_labels(connection)?;
            days::label_again(connection, workspace)
        })
    }

    /// Replaces the workspace's channels.
    ///
    /// # Errors
    /// When the engine fails; then nothing has changed.
    pub fn publish_channels(&self, workspace: WorkspaceId, channels: &[ChannelRow]) -> Result<()> {
        let parents: HashMap<ChannelId, Option<ChannelId>> = channels
            .iter()
            .map(|channel| (channel.id, channel.parent))
            .collect();
        let mut new = Columns::new("channels", Place::Main, "iiiitii");
        for channel in channels {
            new.int(workspace.0)
                .int(channel.id.0)
                .int_or_null(channel.parent.map(|parent| parent.0))
                .int(top_of(channel.id, &parents).0)
                .text(&channel.name)
                .int(i64::from(channel.colour))
                .int(channel.position);
        }
        self.writer()?.transact(|connection| {
            connection
                .execute(
                    "delete from channels where workspace = $1",
                    params![workspace.0],
                )
                .step("delete the old channels")?;
            new.append(connection)
        })
    }

    /// The whole traffic dictionary of a workspace, by key: what a new version of the rules
    /// labels, and what a preview of rules is tried on.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn traffic(&self, workspace: WorkspaceId) -> Result<Vec<TrafficRow>> {
        self.read_traffic(include_str!("queries/traffic.sql"), workspace)
    }

    fn read_traffic(&self, sql: &str, workspace: WorkspaceId) -> Result<Vec<TrafficRow>> {
        let reader = self.take_reader()?;
        let rows = read_traffic(&reader, sql, workspace)?;
        self.give_back(reader);
        Ok(rows)
    }
}

/// Stores labels inside the connection's transaction.
pub(crate) fn store_labels(connection: &Connection, labels: Columns) -> Result<()> {
    if labels.rows() == 0 {
        return Ok(());
    }
    stage_labels(connection, labels)?;
    insert_labels(connection)
}

fn stage_labels(connection: &Connection, labels: Columns) -> Result<()> {
    connection
        .execute_batch("delete from staged_labels")
        .step("clear the staged labels")?;
    labels.append(connection)
}

fn insert_labels(connection: &Connection) -> Result<()> {
    connection
        .execute_batch(include_str!("queries/insert_labels.sql"))
        .step("store labels")
}

fn read_traffic(
    connection: &Connection,
    sql: &str,
    workspace: WorkspaceId,
) -> Result<Vec<TrafficRow>> {
    let mut statement = connection.prepare(sql).step("read the dictionary")?;
    statement
        .query_map(params![workspace.0], traffic_row)
        .step("read the dictionary")?
        .collect::<duckdb::Result<Vec<_>>>()
        .step("read the dictionary")
}

fn traffic_row(row: &Row<'_>) -> duckdb::Result<TrafficRow> {
    let click_id: String = row.get(7)?;
    Ok(TrafficRow {
        key: TrafficKey(row.get(0)?),
        traffic: Traffic {
            source: row.get(1)?,
            medium: row.get(2)?,
            campaign: row.get(3)?,
            ad_group: row.get(4)?,
            ad: row.get(5)?,
            keyword: row.get(6)?,
            click_id: click_id_kind(&click_id),
            referrer: row.get(8)?,
            default_channel: row.get(9)?,
        },
    })
}

fn click_id_kind(name: &str) -> Option<ClickIdKind> {
    CLICK_ID_KINDS.into_iter().find(|kind| kind.name() == name)
}

const CLICK_ID_KINDS: [ClickIdKind; 23] = [
    ClickIdKind::Gclid,
    ClickIdKind::Gbraid,
    ClickIdKind::Wbraid,
    ClickIdKind::Dclid,
    ClickIdKind::Yclid,
    ClickIdKind::Fbclid,
    ClickIdKind::Msclkid,
    ClickIdKind::Ttclid,
    ClickIdKind::LinkedIn,
    ClickIdKind::Twitter,
    ClickIdKind::Vk,
    ClickIdKind::Snapchat,
    ClickIdKind::Pinterest,
    ClickIdKind::Reddit,
    ClickIdKind::Taboola,
    ClickIdKind::Outbrain,
    ClickIdKind::Impact,
    ClickIdKind::Awin,
    ClickIdKind::CommissionJunction,
    ClickIdKind::Mailchimp,
    ClickIdKind::Klaviyo,
    ClickIdKind::Quora,
    ClickIdKind::Other,
];

/// The top of a channel's branch. A cycle or a missing parent ends the walk.
fn top_of(id: ChannelId, parents: &HashMap<ChannelId, Option<ChannelId>>) -> ChannelId {
    let mut top = id;
    for _ in 0..parents.len() {
        match parents.get(&top).copied().flatten() {
            Some(parent) if parents.contains_key(&parent) => top = parent,
            Some(_) | None => break,
        }
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_found_and_a_cycle_ends() {
        let parents = HashMap::from([
            (ChannelId(1), None),
            (ChannelId(2), Some(ChannelId(1))),
            (ChannelId(3), Some(ChannelId(2))),
            (ChannelId(4), Some(ChannelId(5))),
            (ChannelId(5), Some(ChannelId(4))),
        ]);
        assert_eq!(top_of(ChannelId(3), &parents), ChannelId(1));
        assert!(matches!(top_of(ChannelId(4), &parents), ChannelId(4 | 5)));
    }
}
