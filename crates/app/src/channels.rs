//! The channel tree and the rules that fill it; every set of rules is kept.

use std::collections::HashMap;

use base::{ChannelId, Traffic, TrafficKey};
use domain::label::{AdNames, ChannelKind, ChannelRule, Labeller};
use serde_json::json;
use store::channel_rules::{self, ChannelRules, NewChannelRules};
use store::channels::{self, Channel, ChannelDetails};
use warehouse::Parameter;

use crate::activity::int;
use crate::error::Step as _;
use crate::people::{check_name, one_of};
use crate::{Actor, App, AppError, Permission};

/// Levels of the tree.
const DEPTH_MAX: usize = 6;
const COLOURS: i64 = 10;
/// Changed tuples that a preview shows.
const EXAMPLES_MAX: usize = 20;
const NOTE_CHARS_MAX: usize = 200;

/// What the owner says of a channel.
#[derive(Debug, Clone)]
pub struct ChannelInput {
    pub parent: Option<ChannelId>,
    pub name: String,
    pub kind: String,
    pub colour: i64,
    pub position: i64,
}

/// What changes about a channel; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ChannelPatch {
    /// `Some(None)` makes it a channel of the first level.
    pub parent: Option<Option<ChannelId>>,
    pub name: Option<String>,
    pub kind: Option<String>,
    pub colour: Option<i64>,
    pub position: Option<i64>,
}

/// What new rules would change.
#[derive(Debug, Clone, Default)]
pub struct RulesPreview {
    /// Tuples whose channel changes.
    pub changed: usize,
    /// The visits of those tuples.
    pub changed_visits: i64,
    /// Tuples that no rule matches.
    pub unmatched: usize,
    /// The visits of those tuples.
    pub unmatched_visits: i64,
    /// The changed tuples with the most visits.
    pub examples: Vec<RulesExample>,
}

/// A tuple that changes its channel.
#[derive(Debug, Clone)]
pub struct RulesExample {
    pub traffic: Traffic,
    pub from: Option<ChannelId>,
    pub to: Option<ChannelId>,
    pub visits: i64,
}

impl App {
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_channels(&self, actor: &Actor) -> Result<Vec<Channel>, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        Ok(channels::list_channels(&mut connection, actor.workspace).await?)
    }

    /// # Errors
    /// When a field is wrong or the parent has a channel of that name.
    pub async fn create_channel(
        &self,
        actor: &Actor,
        input: &ChannelInput,
    ) -> Result<Channel, AppError> {
        actor.require(Permission::EditChannels)?;
        let mut tx = self.inner.store.begin_work().await?;
        let tree = channels::list_channels(&mut tx, actor.workspace).await?;
        let details = checked(input, None, &tree)?;
        let id = channels::insert_channel(&mut tx, actor.workspace, self.now(), &details).await?;
        let channel = channels::load_channel(&mut tx, actor.workspace, id).await?;
        tx.set_made(id.0);
        tx.commit().await?;
        self.refresh_labels_of(actor.workspace).await?;
        Ok(channel)
    }

    /// Changes the channel as it was read at `version`.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_channel(
        &self,
        actor: &Actor,
        id: ChannelId,
        version: i64,
        patch: ChannelPatch,
    ) -> Result<Channel, AppError> {
        actor.require(Permission::EditChannels)?;
        let mut tx = self.inner.store.begin().await?;
        let current = channels::load_channel(&mut tx, actor.workspace, id)
            .await?
            .details;
        let tree = channels::list_channels(&mut tx, actor.workspace).await?;
        let input = ChannelInput {
            parent: patch.parent.unwrap_or(current.parent_id),
            name: patch.name.unwrap_or(current.name),
            kind: patch.kind.unwrap_or(current.kind),
            colour: patch.colour.unwrap_or(current.colour),
            position: patch.position.unwrap_or(current.position),
        };
        let details = checked(&input, Some(id), &tree)?;
        channels::update_channel(&mut tx, actor.workspace, id, version, &details).await?;
        let channel = channels::load_channel(&mut tx, actor.workspace, id).await?;
        tx.commit().await?;
        self.refresh_labels_of(actor.workspace).await?;
        Ok(channel)
    }

    /// Takes a channel out of the tree. Rules that fill it are moved to `rules_to`, as a new
    /// version: a rule always names a channel that there is.
    ///
    /// # Errors
    /// When it has children, when rules fill it and `rules_to` names no other channel, or when
    /// somebody else changed it meanwhile.
    pub async fn archive_channel(
        &self,
        actor: &Actor,
        id: ChannelId,
        version: i64,
        rules_to: Option<ChannelId>,
    ) -> Result<(), AppError> {
        actor.require(Permission::EditChannels)?;
        let mut tx = self.inner.store.begin().await?;
        let tree = channels::list_channels(&mut tx, actor.workspace).await?;
        if tree
            .iter()
            .any(|channel| channel.details.parent_id == Some(id))
        {
            return Err(AppError::Conflict {
                code: "has_children",
                field: None,
                detail: "move or remove the channels below it first".to_owned(),
            });
        }
        let channel = channels::load_channel(&mut tx, actor.workspace, id).await?;
        let left: Vec<Channel> = tree.into_iter().filter(|other| other.id != id).collect();
        if let Some((version, rules)) = moved_rules(&mut tx, actor, id, rules_to, &left).await? {
            let new = NewChannelRules {
                rules: json!(rules),
                author_id: actor.user(),
                note: format!("− {}", channel.details.name),
                created_at: self.now(),
            };
            channel_rules::publish_channel_rules(&mut tx, actor.workspace, version, &new).await?;
        }
        channels::archive_channel(&mut tx, actor.workspace, id, version, self.now()).await?;
        tx.commit().await?;
        self.refresh_labels_of(actor.workspace).await
    }

    /// The rules in force with their version; version 0 before the first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn channel_rules(&self, actor: &Actor) -> Result<(i64, Vec<ChannelRule>), AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        match channel_rules::find_channel_rules(&mut connection, actor.workspace).await? {
            Some(found) => Ok((found.version, parse(found.rules)?)),
            None => Ok((0, Vec::new())),
        }
    }

    /// Puts new rules in force on top of `version`, and labels history by them.
    ///
    /// # Errors
    /// When a rule is wrong or somebody else published rules meanwhile.
    pub async fn publish_channel_rules(
        &self,
        actor: &Actor,
        version: i64,
        rules: &[ChannelRule],
        note: &str,
    ) -> Result<i64, AppError> {
        actor.require(Permission::EditChannels)?;
        let mut tx = self.inner.store.begin_work().await?;
        let tree = channels::list_channels(&mut tx, actor.workspace).await?;
        prepared(rules, &tree)?;
        let new = NewChannelRules {
            rules: json!(rules),
            author_id: actor.user(),
            note: note.chars().take(NOTE_CHARS_MAX).collect(),
            created_at: self.now(),
        };
        let next =
            channel_rules::publish_channel_rules(&mut tx, actor.workspace, version, &new).await?;
        tx.commit().await?;
        self.refresh_labels_of(actor.workspace).await?;
        Ok(next)
    }

    /// Every set of rules that was ever in force, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn channel_rule_versions(
        &self,
        actor: &Actor,
    ) -> Result<Vec<ChannelRules>, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        Ok(channel_rules::list_channel_rules_versions(&mut connection, actor.workspace).await?)
    }

    /// Puts an old set of rules in force again, as a new version.
    ///
    /// # Errors
    /// When there is no such version.
    pub async fn restore_channel_rules(
        &self,
        actor: &Actor,
        version: i64,
    ) -> Result<i64, AppError> {
        actor.require(Permission::EditChannels)?;
        let mut connection = self.inner.store.read().await?;
        let old =
            channel_rules::load_channel_rules_version(&mut connection, actor.workspace, version)
                .await?;
        let current = channel_rules::find_channel_rules(&mut connection, actor.workspace).await?;
        drop(connection);
        let rules = parse(old.rules)?;
        let on = current.map_or(0, |rules| rules.version);
        self.publish_channel_rules(actor, on, &rules, &format!("version {version}"))
            .await
    }

    /// What the given rules would change in the whole history.
    ///
    /// # Errors
    /// When a rule is wrong or the warehouse fails.
    pub async fn preview_channel_rules(
        &self,
        actor: &Actor,
        rules: &[ChannelRule],
    ) -> Result<RulesPreview, AppError> {
        actor.require(Permission::EditChannels)?;
        let (_, current) = self.channel_rules(actor).await?;
        let tree = self.list_channels(actor).await?;
        let old = Labeller::new(&current, AdNames::default()).step("read the channel rules")?;
        let new = prepared(rules, &tree)?;
        let visits = self.visits_by_traffic(actor).await?;
        let workspace = actor.workspace;
        let dictionary = self
            .ask(move |warehouse| warehouse.traffic(workspace))
            .await?
            .step("read the dictionary")?;
        let mut preview = RulesPreview::default();
        for row in dictionary {
            let (from, to) = (old.channel(&row.traffic), new.channel(&row.traffic));
            let visits = visits.get(&row.key).copied().unwrap_or_default();
            if to.is_none() {
                preview.unmatched += 1;
                preview.unmatched_visits += visits;
            }
            if from != to {
                preview.changed += 1;
                preview.changed_visits += visits;
                preview.examples.push(RulesExample {
                    traffic: row.traffic,
                    from,
                    to,
                    visits,
                });
            }
        }
        preview
            .examples
            .sort_by(|a, b| (b.visits, &a.traffic).cmp(&(a.visits, &b.traffic)));
        preview.examples.truncate(EXAMPLES_MAX);
        Ok(preview)
    }

    async fn visits_by_traffic(&self, actor: &Actor) -> Result<HashMap<TrafficKey, i64>, AppError> {
        let parameters = vec![Parameter::Int(actor.workspace.0)];
        let sql = include_str!("queries/visits_by_traffic.sql");
        let table = self.read_table(sql, parameters).await?;
        let pairs = table.rows.iter().filter_map(|row| {
            let key = row.first()?.int().and_then(|key| u64::try_from(key).ok())?;
            Some((TrafficKey(key), int(row, 1)?))
        });
        Ok(pairs.collect())
    }
}

/// The rules in force with those of `from` given to `to`, and their version; `None` where no rule
/// fills `from`.
async fn moved_rules(
    tx: &mut store::Tx,
    actor: &Actor,
    from: ChannelId,
    to: Option<ChannelId>,
    tree: &[Channel],
) -> Result<Option<(i64, Vec<ChannelRule>)>, AppError> {
    let Some(found) = channel_rules::find_channel_rules(tx, actor.workspace).await? else {
        return Ok(None);
    };
    let mut rules = parse(found.rules)?;
    let mut filling: Vec<&mut ChannelRule> = rules
        .iter_mut()
        .filter(|rule| rule.channel == from)
        .collect();
    if filling.is_empty() {
        return Ok(None);
    }
    let Some(to) = to else {
        return Err(AppError::Conflict {
            code: "has_rules",
            field: Some("rules_to".to_owned()),
            detail: format!(
                "rules fill this channel ({}): name another channel for them",
                filling.len()
            ),
        });
    };
    if !tree.iter().any(|channel| channel.id == to) {
        let detail = "no such channel";
        return Err(AppError::invalid("rules_to", "unknown_channel", detail));
    }
    for rule in &mut filling {
        rule.channel = to;
    }
    Ok(Some((found.version, rules)))
}

fn parse(rules: serde_json::Value) -> Result<Vec<ChannelRule>, AppError> {
    serde_json::from_value(rules).step("read the channel rules")
}

fn prepared(rules: &[ChannelRule], tree: &[Channel]) -> Result<Labeller, AppError> {
    for (row, rule) in (1..).zip(rules) {
        if !tree.iter().any(|channel| channel.id == rule.channel) {
            return Err(AppError::Invalid(vec![crate::FieldError {
                field: "channel_id".into(),
                row: Some(row),
                code: "unknown_channel",
                detail: format!("there is no channel {}", rule.channel),
            }]));
        }
    }
    Labeller::new(rules, AdNames::default())
        .map_err(|error| AppError::invalid("rules", "not_allowed", error.to_string()))
}

fn checked(
    input: &ChannelInput,
    own: Option<ChannelId>,
    tree: &[Channel],
) -> Result<ChannelDetails, AppError> {
    let name = check_name("name", &input.name)?;
    if name.is_empty() {
        return Err(AppError::invalid(
            "name",
            "required",
            "give the channel a name",
        ));
    }
    let kinds: Vec<&str> = ChannelKind::ALL.iter().map(|kind| kind.name()).collect();
    one_of("kind", &input.kind, &kinds)?;
    if !(0..COLOURS).contains(&input.colour) {
        return Err(AppError::invalid(
            "colour",
            "out_of_range",
            "a colour from 0 to 9",
        ));
    }
    check_parent(input.parent, own, tree)?;
    Ok(ChannelDetails {
        parent_id: input.parent,
        name,
        kind: input.kind.clone(),
        colour: input.colour,
        position: input.position,
    })
}

/// A parent must exist, must not lie below the channel itself, and leaves room for the channel
/// with all that is below it.
fn check_parent(
    parent: Option<ChannelId>,
    own: Option<ChannelId>,
    tree: &[Channel],
) -> Result<(), AppError> {
    let mut above = parent;
    let mut levels = own.map_or(1, |own| height(own, tree));
    while let Some(id) = above {
        let Some(channel) = tree.iter().find(|channel| channel.id == id) else {
            return Err(AppError::invalid(
                "parent_id",
                "unknown_channel",
                "no such channel",
            ));
        };
        levels += 1;
        if Some(id) == own || levels > DEPTH_MAX {
            let detail =
                format!("a channel cannot lie below itself; the tree has {DEPTH_MAX} levels");
            return Err(AppError::invalid("parent_id", "not_allowed", detail));
        }
        above = channel.details.parent_id;
    }
    Ok(())
}

/// Levels of a channel with all that is below it.
fn height(own: ChannelId, tree: &[Channel]) -> usize {
    let mut levels = 0;
    let mut level = vec![own];
    while !level.is_empty() && levels <= DEPTH_MAX {
        levels += 1;
        let is_below = |channel: &&Channel| {
            let parent = channel.details.parent_id;
            parent.is_some_and(|parent| level.contains(&parent))
        };
        level = tree.iter().filter(is_below).map(|below| below.id).collect();
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_moves_only_where_all_below_it_has_room() {
        let channel = |id: i64, parent: Option<i64>| Channel {
            id: ChannelId(id),
            workspace_id: base::WorkspaceId(1),
            created_at: base::UnixMillis(0),
            archived_at: None,
            version: 1,
            details: ChannelDetails {
                parent_id: parent.map(ChannelId),
                name: id.to_string(),
                kind: "other".to_owned(),
                colour: 0,
                position: id,
            },
        };
        // Four levels, and beside them a tree of three.
        let mut tree: Vec<Channel> = (1..=4)
            .map(|id| channel(id, (id > 1).then(|| id - 1)))
            .collect();
        tree.extend([
            channel(11, None),
            channel(12, Some(11)),
            channel(13, Some(12)),
        ]);
        let moved = |under: i64| check_parent(Some(ChannelId(under)), Some(ChannelId(11)), &tree);
        assert!(moved(3).is_ok());
        assert!(moved(4).is_err());
        assert!(moved(13).is_err());
        assert!(check_parent(Some(ChannelId(4)), Some(ChannelId(13)), &tree).is_ok());
    }
}
