//! The rules that sort traffic into channels: published in versions, tried before, restored.

use std::collections::HashMap;

use base::{ChannelId, Traffic, TrafficKey};
use domain::ad_name::AdNames;
use domain::label::{ChannelRule, Labeller};
use serde_json::json;
use store::channel_rules::{self, ChannelRules, NewChannelRules};
use store::channels::{self, Channel};
use store::{Page, PageRequest};
use warehouse::Parameter;

use crate::activity::int;
use crate::audit::Act;
use crate::error::{Step as _, of_warehouse};
use crate::{Actor, App, AppError, Permission};

/// Changed tuples that a preview shows.
const EXAMPLES_MAX: usize = 20;
const NOTE_CHARS_MAX: usize = 200;

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
        actor.require_all_channels()?;
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
        self.note(
            &mut tx,
            actor,
            Act::ChannelRulesChanged,
            next,
            json!({"rules": rules.len()}),
        )
        .await?;
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
        page: PageRequest,
    ) -> Result<Page<ChannelRules>, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        let workspace = actor.workspace;
        Ok(channel_rules::list_channel_rules_versions(&mut connection, workspace, page).await?)
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
        actor.require_all_channels()?;
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
        actor.require_all_channels()?;
        let (_, current) = self.channel_rules(actor).await?;
        let tree = self.list_channels(actor).await?;
        let old = Labeller::new(&current, AdNames::default()).step("read the channel rules")?;
        let new = prepared(rules, &tree)?;
        let visits = self.visits_by_traffic(actor).await?;
        let workspace = actor.workspace;
        let dictionary = self
            .ask(move |warehouse| warehouse.traffic(workspace))
            .await?
            .map_err(of_warehouse("read the dictionary"))?;
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
        let sql = include_str!("../queries/visits_by_traffic.sql");
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
pub(super) async fn moved_rules(
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
