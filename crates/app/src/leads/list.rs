//! Leads as the list and the card show them.

use std::collections::HashMap;

use base::{ChannelId, Currency, LeadId, TrafficKey, WorkspaceId};
use domain::lead::LeadStatus;
use serde_json::json;
use store::leads::{self, Lead, LeadDealTotals, LeadFilter};
use store::{Page, PageRequest, workspaces};
use warehouse::{Parameter, Sql, Value};

use super::link::key;
use super::mask;
use crate::assignees::{assignee_of, called, members_by_id};
use crate::audit::Act;
use crate::{Actor, App, AppError, Permission, Realm};

/// Which leads to list.
#[derive(Debug, Clone, Default)]
pub struct LeadQuery {
    pub status: Option<String>,
    /// A channel's id, or `unknown`.
    pub channel: Option<String>,
    /// Part of a name, number, address or message.
    pub text: Option<String>,
    /// A member's number, `me`, or `nobody`.
    pub assignee: Option<String>,
    /// Local days of the workspace, both included.
    pub from: Option<base::Day>,
    pub to: Option<base::Day>,
}

/// A lead with what it came from and what it became.
#[derive(Debug, Clone)]
pub struct LeadView {
    pub lead: Lead,
    pub label: TrafficLabel,
    pub deals: i64,
    /// Posted so far, net of VAT, in `currency`.
    pub revenue_micros: i64,
    pub currency: Currency,
    /// What whoever is responsible is called, where they are a member still.
    pub assignee: Option<String>,
}

/// What a traffic tuple is called. Nothing means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrafficLabel {
    pub channel: Option<String>,
    pub source: Option<String>,
    pub campaign: Option<String>,
}

impl App {
    /// Leads, newest first.
    ///
    /// # Errors
    /// When the query is wrong or the store fails.
    pub async fn list_leads(
        &self,
        actor: &Actor,
        query: &LeadQuery,
        page: PageRequest,
    ) -> Result<Page<LeadView>, AppError> {
        actor.require(Permission::ReadLeads)?;
        if query.text.is_some() {
            // What may not be seen may not be guessed letter by letter either.
            actor.require(Permission::SeeContacts)?;
        }
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        drop(connection);
        let filter = self
            .lead_filter(actor, &workspace.details.time_zone, query)
            .await?;
        let mut connection = self.inner.store.read().await?;
        let found = leads::list_leads(&mut connection, actor.workspace, &filter, page).await?;
        drop(connection);
        let items = self.lead_views(actor, found.items).await?;
        let told = json!({"rows": items.len()});
        self.note_look(actor, Act::LeadsListed, "", told).await?;
        Ok(Page {
            items,
            next: found.next,
        })
    }

    /// # Errors
    /// When the workspace has no such lead.
    pub async fn lead(&self, actor: &Actor, id: LeadId) -> Result<LeadView, AppError> {
        actor.require(Permission::ReadLeads)?;
        let reach = self.stored_reach(actor).await?;
        let mut connection = self.inner.store.read().await?;
        let lead = leads::load_lead(&mut connection, actor.workspace, &reach, id).await?;
        drop(connection);
        self.note_look(actor, Act::LeadRead, id, json!({})).await?;
        let views = self.lead_views(actor, vec![lead]).await?;
        views
            .into_iter()
            .next()
            .ok_or(AppError::NotFound { what: "lead" })
    }

    /// What the tuples of these keys are called; nothing while the warehouse is away.
    pub(crate) async fn traffic_labels(
        &self,
        workspace: WorkspaceId,
        keys: impl Iterator<Item = TrafficKey>,
    ) -> Result<HashMap<TrafficKey, TrafficLabel>, AppError> {
        let keys: Vec<String> = keys.map(|key| key.0.to_string()).collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let parameters = vec![Parameter::Int(workspace.0), Parameter::Text(keys.join(","))];
        let sql = Sql {
            duck_db: include_str!("../queries/traffic_labels.sql"),
            click_house: include_str!("../queries/traffic_labels.ch.sql"),
        };
        let table = match self.read_table(sql, parameters).await {
            Err(error) if error.is_warehouse_away() => return Ok(HashMap::new()),
            answered => answered?,
        };
        let labels = table.rows.iter().filter_map(|row| {
            let text = |column: usize| {
                row.get(column)
                    .and_then(Value::display)
                    .filter(|text| !text.is_empty())
            };
            let label = TrafficLabel {
                channel: text(1),
                source: text(2),
                campaign: text(3),
            };
            Some((TrafficKey(key(row, 0)?), label))
        });
        Ok(labels.collect())
    }

    async fn lead_filter(
        &self,
        actor: &Actor,
        zone: &str,
        query: &LeadQuery,
    ) -> Result<LeadFilter, AppError> {
        let workspace = actor.workspace;
        let mut filter = LeadFilter {
            assignee: assignee_of(actor, query.assignee.as_deref())?,
            reach: self.stored_reach(actor).await?,
            ..LeadFilter::default()
        };
        let zone: base::TimeZone = zone.parse().unwrap_or(base::TimeZone::UTC);
        if let Some(from) = query.from {
            filter.from = zone.start_of(from);
        }
        if let Some(to) = query.to {
            filter.until = zone.start_of(to.plus_days(1));
        }
        if let Some(status) = &query.status {
            let status: LeadStatus = status
                .parse()
                .map_err(|error| AppError::invalid("status", "not_allowed", format!("{error}")))?;
            filter.status = Some(status.name().to_owned());
        }
        if let Some(channel) = &query.channel {
            filter.traffic_keys = Some(self.keys_of_channel(workspace, channel).await?);
        }
        filter.text = query.text.clone().filter(|text| !text.trim().is_empty());
        Ok(filter)
    }

    async fn keys_of_channel(
        &self,
        workspace: WorkspaceId,
        channel: &str,
    ) -> Result<Vec<TrafficKey>, AppError> {
        if channel == "unknown" {
            return Ok(vec![TrafficKey(0)]);
        }
        let channel: ChannelId = channel.parse().map_err(|_| {
            AppError::invalid("channel", "not_an_id", "use a channel's number, or unknown")
        })?;
        self.keys_of_one_channel(workspace, channel).await
    }

    /// The traffic of a channel with all that stands below it.
    pub(crate) async fn keys_of_one_channel(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
    ) -> Result<Vec<TrafficKey>, AppError> {
        let parameters = vec![Parameter::Int(workspace.0), Parameter::Int(channel.0)];
        let sql = include_str!("../queries/traffic_of_channel.sql");
        let table = self.read_table(sql, parameters).await?;
        Ok(table
            .rows
            .iter()
            .filter_map(|row| Some(TrafficKey(key(row, 0)?)))
            .collect())
    }

    async fn lead_views(&self, actor: &Actor, found: Vec<Lead>) -> Result<Vec<LeadView>, AppError> {
        let workspace = actor.workspace;
        let ids: Vec<LeadId> = found.iter().map(|lead| lead.id).collect();
        let reach = self.stored_reach(actor).await?;
        let mut connection = self.inner.store.read().await?;
        let currency = workspaces::load_workspace(&mut connection, workspace)
            .await?
            .details
            .currency;
        let totals = leads::list_lead_deal_totals(&mut connection, workspace, &reach, &ids).await?;
        let originals: Vec<LeadId> = found
            .iter()
            .filter_map(|lead| lead.details.duplicate_of)
            .collect();
        let originals =
            leads::list_reached_leads(&mut connection, workspace, &reach, &originals).await?;
        let people = members_by_id(&mut connection, workspace).await?;
        drop(connection);
        let totals: HashMap<LeadId, LeadDealTotals> = totals
            .into_iter()
            .map(|total| (total.lead_id, total))
            .collect();
        let keys = found.iter().filter_map(|lead| lead.details.traffic_key);
        let labels = self.traffic_labels(workspace, keys).await?;
        let view = |mut lead: Lead| {
            let details = &mut lead.details;
            // What may not be seen is not named either.
            details.duplicate_of = details.duplicate_of.filter(|id| originals.contains(id));
            let total = totals.get(&lead.id);
            LeadView {
                label: label_of(&lead, &labels),
                deals: total.map_or(0, |total| total.deals),
                revenue_micros: total.map_or(0, |total| total.revenue_micros),
                currency,
                assignee: match actor.realm() {
                    Realm::Inside => called(&people, lead.details.assignee_id),
                    Realm::Outside => None,
                },
                lead: shown(actor, lead),
            }
        };
        Ok(found.into_iter().map(view).collect())
    }
}

/// The lead as the actor may see it.
pub(crate) fn shown(actor: &Actor, mut lead: Lead) -> Lead {
    if actor.realm() == Realm::Outside {
        lead.details.assignee_id = None;
        lead.details.responsible = String::new();
    }
    if actor.may(Permission::SeeContacts) {
        lead
    } else {
        mask::masked(lead)
    }
}

/// The label of a lead's visit, or of the source that was declared and is not loaded yet.
fn label_of(lead: &Lead, labels: &HashMap<TrafficKey, TrafficLabel>) -> TrafficLabel {
    let details = &lead.details;
    let known = details
        .traffic_key
        .and_then(|key| labels.get(&key))
        .cloned();
    known
        .or_else(|| details.declared.as_ref().map(unknown_label))
        .unwrap_or_default()
}

/// A tuple under its own words.
fn unknown_label(traffic: &base::Traffic) -> TrafficLabel {
    let text = |text: &String| (!text.is_empty()).then(|| text.clone());
    TrafficLabel {
        channel: None,
        source: text(&traffic.source),
        campaign: text(&traffic.campaign),
    }
}
