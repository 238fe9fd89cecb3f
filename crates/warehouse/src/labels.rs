//! Labels of the traffic dictionary and the channels that reports name.

use std::collections::HashMap;
use std::time::Duration;

use base::{ChannelId, ClickIdKind, Traffic, TrafficKey, UnixMillis, WorkspaceId};

use crate::batch::Label;
use crate::columns::{Columns, Place};
use crate::error::{Error, Result};
use crate::query::{Limits, Parameter, Value};
use crate::rows;
use crate::warehouse::Warehouse;

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
        self.write(|writer| writer.engine.relabel(workspace, new, now))
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
        let mut new = Columns::new("channels", Place::Stored, "iiiitii");
        for channel in channels {
            new.int(workspace.0)
                .int(channel.id.0)
                .int_or_null(channel.parent.map(|parent| parent.0))
                .int(top_of(channel.id, &parents).0)
                .text(&channel.name)
                .int(i64::from(channel.colour))
                .int(channel.position);
        }
        self.write(|writer| writer.engine.replace_channels(workspace, new))
    }

    /// The whole traffic dictionary of a workspace, by key: what a new version of the rules
    /// labels, and what a preview of rules is tried on.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn traffic(&self, workspace: WorkspaceId) -> Result<Vec<TrafficRow>> {
        let sql = include_str!("queries/traffic.sql");
        let table = self.query(sql, &[Parameter::Int(workspace.0)], WHOLE)?;
        table.rows.into_iter().map(traffic_row).collect()
    }
}

/// The dictionary is read whole, however large it is.
const WHOLE: Limits = Limits {
    timeout: Duration::from_mins(10),
    rows_max: usize::MAX,
};

fn traffic_row(row: Vec<Value>) -> Result<TrafficRow> {
    let mut values = row.into_iter();
    let key = values.next().as_ref().and_then(Value::int);
    let key = key.and_then(|key| u64::try_from(key).ok());
    let mut text = || match values.next() {
        Some(Value::Text(text)) => Ok(text),
        _ => Err(Error::UnreadableValue("text")),
    };
    Ok(TrafficRow {
        key: TrafficKey(key.ok_or(Error::UnreadableValue("key"))?),
        traffic: Traffic {
            source: text()?,
            medium: text()?,
            campaign: text()?,
            ad_group: text()?,
            ad: text()?,
            keyword: text()?,
            click_id: click_id_kind(&text()?),
            referrer: text()?,
            default_channel: text()?,
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
