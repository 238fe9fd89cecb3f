//! Everything that happened to a lead, or to a visitor: what was done on the sites, and what became
//! of it.

use std::collections::HashMap;

use base::{DealId, LeadId, Money, TrafficKey, UnixMillis, UserId, VisitorId, WorkspaceId};
use domain::lead::{LeadStatus, statuses};
use serde_json::json;
use store::leads::{self, Lead, LeadAssignment};
use store::reach::Reach;
use store::{deals, payments};
use warehouse::{Parameter, Value};

use crate::activity::int;
use crate::assignees::{ASSIGNEE, called, members_by_id};
use crate::audit::Act;
use crate::deals::number_of;
use crate::leads::{TrafficLabel, shown, words};
use crate::{Actor, App, AppError, Permission, Realm};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineItem {
    pub at: UnixMillis,
    pub kind: TimelineKind,
    pub title: String,
    pub detail: String,
    pub label: TrafficLabel,
    pub amount: Option<Money>,
    pub url: Option<String>,
}

/// What kind of thing; at one moment they stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimelineKind {
    Touch,
    PageView,
    Event,
    Lead,
    LeadStatus,
    LeadAssigned,
    Deal,
    DealStatus,
    DealAssigned,
    Payment,
    Refund,
}

/// An item with what breaks ties of moment and kind.
struct Placed {
    item: TimelineItem,
    sequence: i64,
    traffic: Option<TrafficKey>,
}

impl TimelineKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Touch => "touch",
            Self::PageView => "page_view",
            Self::Event => "event",
            Self::Lead => "lead",
            Self::LeadStatus => "lead_status",
            Self::LeadAssigned => "lead_assigned",
            Self::Deal => "deal",
            Self::DealStatus => "deal_status",
            Self::DealAssigned => "deal_assigned",
            Self::Payment => "payment",
            Self::Refund => "refund",
        }
    }
}

impl App {
    /// The story of a lead, oldest first.
    ///
    /// # Errors
    /// When the workspace has no such lead, or the warehouse fails.
    pub async fn lead_timeline(
        &self,
        actor: &Actor,
        id: LeadId,
    ) -> Result<Vec<TimelineItem>, AppError> {
        actor.require(Permission::ReadLeads)?;
        let workspace = actor.workspace;
        let reach = self.stored_reach(actor).await?;
        let mut connection = self.inner.store.read().await?;
        let lead = leads::load_lead(&mut connection, workspace, &reach, id).await?;
        let visitor = lead.details.visitor_id;
        let mut placed = self
            .lead_story(&mut connection, actor, &reach, lead)
            .await?;
        drop(connection);
        let told = json!({"part": "timeline"});
        self.note_look(actor, Act::LeadRead, id, told).await?;
        if let Some(visitor) = visitor {
            let story = self.visitor_story(workspace, visitor).await?;
            placed.extend(within(story, reach.traffic_keys.as_deref()));
        }
        self.told(actor, placed).await
    }

    /// The path of a visitor, oldest first: visits, what was done in them, and the leads, deals
    /// and money that came of them, as far as the actor sees these.
    ///
    /// # Errors
    /// When nothing is known of such a visitor, or the warehouse fails.
    pub async fn visitor_timeline(
        &self,
        actor: &Actor,
        visitor: &str,
    ) -> Result<Vec<TimelineItem>, AppError> {
        actor.require(Permission::ReadRows)?;
        let nobody = AppError::NotFound { what: "visitor" };
        let Ok(visitor) = visitor.parse::<VisitorId>() else {
            return Err(nobody);
        };
        let workspace = actor.workspace;
        let reach = self.stored_reach(actor).await?;
        let story = self.visitor_story(workspace, visitor).await?;
        let mut placed = within(story, reach.traffic_keys.as_deref());
        if placed.is_empty() {
            return Err(nobody);
        }
        let mut shown = Vec::new();
        if actor.may(Permission::ReadLeads) {
            let ids = self.leads_of_visitor(workspace, visitor).await?;
            let mut connection = self.inner.store.read().await?;
            let ids = leads::list_reached_leads(&mut connection, workspace, &reach, &ids).await?;
            let found = leads::list_leads_by_id(&mut connection, workspace, &ids).await?;
            // The facts of a lead that was linked to somebody else since stay with this visitor.
            let is_theirs = |lead: &Lead| {
                lead.archived_at.is_none() && lead.details.visitor_id == Some(visitor)
            };
            for lead in found.into_iter().filter(is_theirs) {
                shown.push(lead.id);
                let story = self.lead_story(&mut connection, actor, &reach, lead);
                placed.extend(story.await?);
            }
        }
        // All that one person did is about them even where nothing says who they are.
        self.note_any_look(actor, Act::VisitorRead, visitor, json!({}))
            .await?;
        for lead in shown {
            let told = json!({"part": "visitor"});
            self.note_look(actor, Act::LeadRead, lead, told).await?;
        }
        self.told(actor, placed).await
    }

    /// What became of a lead: its statuses and, for whoever reads deals, these and their money.
    async fn lead_story(
        &self,
        connection: &mut store::Connection,
        actor: &Actor,
        reach: &Reach,
        lead: Lead,
    ) -> Result<Vec<Placed>, AppError> {
        let (workspace, id) = (actor.workspace, lead.id);
        let lead = shown(actor, lead);
        let mut placed = vec![lead_item(&lead)];
        let history = leads::list_status_changes(connection, workspace, &[id]).await?;
        let history: Vec<_> = history.into_iter().map(|row| row.change).collect();
        placed.extend(status_items(&statuses(&words(&history), lead.sold_at)));
        let members = members_by_id(connection, workspace).await?;
        let handed = leads::list_lead_assignments(connection, workspace, id).await?;
        placed.extend(assignment_items(&handed, &members));
        if !actor.may(Permission::ReadDeals) {
            return Ok(placed);
        }
        let found = deals::list_deals_of_leads(connection, workspace, &[id]).await?;
        let ids: Vec<DealId> = found.iter().map(|deal| deal.id).collect();
        let seen = deals::list_reached_deals(connection, workspace, reach, &ids).await?;
        for deal in found.into_iter().filter(|deal| seen.contains(&deal.id)) {
            placed.push(deal_item(&deal));
            placed.extend(deal_story(connection, workspace, deal.id, &members).await?);
        }
        Ok(placed)
    }

    async fn leads_of_visitor(
        &self,
        workspace: WorkspaceId,
        visitor: VisitorId,
    ) -> Result<Vec<LeadId>, AppError> {
        let sql = include_str!("queries/leads_of_visitor.sql");
        let parameters = vec![Parameter::Int(workspace.0), Parameter::Key(visitor.0)];
        let table = self.read_table(sql, parameters).await?;
        let ids = table.rows.iter().filter_map(|row| int(row, 0));
        Ok(ids.map(LeadId).collect())
    }

    /// Items in order, with the words of their traffic, as the actor may read them.
    async fn told(
        &self,
        actor: &Actor,
        mut placed: Vec<Placed>,
    ) -> Result<Vec<TimelineItem>, AppError> {
        if actor.realm() == Realm::Outside {
            let is_work = |kind| {
                matches!(
                    kind,
                    TimelineKind::LeadAssigned | TimelineKind::DealAssigned
                )
            };
            placed.retain(|placed| !is_work(placed.item.kind));
            placed.iter_mut().for_each(without_words);
        }
        placed.sort_by_key(|placed| (placed.item.at, placed.item.kind, placed.sequence));
        let keys = placed.iter().filter_map(|placed| placed.traffic);
        let labels = self.traffic_labels(actor.workspace, keys).await?;
        let labelled = |mut placed: Placed| {
            let known = placed.traffic.and_then(|key| labels.get(&key));
            placed.item.label = known.cloned().unwrap_or_default();
            placed.item
        };
        Ok(placed.into_iter().map(labelled).collect())
    }

    async fn visitor_story(
        &self,
        workspace: WorkspaceId,
        visitor: VisitorId,
    ) -> Result<Vec<Placed>, AppError> {
        let parameters = || {
            vec![
                Parameter::Int(workspace.0),
                Parameter::Key(visitor.0),
                Parameter::Int(self.now().plus_ms(60_000).0),
            ]
        };
        let touches = include_str!("queries/timeline_touches.sql");
        let touches = self.read_table(touches, parameters()).await?;
        let hits = include_str!("queries/timeline_hits.sql");
        let hits = self.read_table(hits, parameters()).await?;
        let touches = touches.rows.iter().filter_map(|row| touch_item(row));
        Ok(touches
            .chain(hits.rows.iter().filter_map(|row| hit_item(row)))
            .collect())
    }
}

/// What came by the channels that are seen, where these are not all: nothing else of the visitor's
/// is told, as their other visits are other channels' business.
fn within(mut story: Vec<Placed>, keys: Option<&[TrafficKey]>) -> Vec<Placed> {
    if let Some(keys) = keys {
        story.retain(|placed| placed.traffic.is_some_and(|key| keys.contains(&key)));
    }
    // Only touches say where they came from.
    for placed in &mut story {
        if placed.item.kind != TimelineKind::Touch {
            placed.traffic = None;
        }
    }
    story
}

/// Deals and payments by their numbers here: what they are called elsewhere may name somebody.
fn without_words(placed: &mut Placed) {
    placed.item.title = match placed.item.kind {
        TimelineKind::Deal => number_of(DealId(placed.sequence)),
        TimelineKind::Payment | TimelineKind::Refund => String::new(),
        _ => return,
    };
}

async fn deal_story(
    connection: &mut store::Connection,
    workspace: WorkspaceId,
    deal: DealId,
    members: &HashMap<UserId, String>,
) -> Result<Vec<Placed>, AppError> {
    let mut placed = Vec::new();
    let changes = deals::list_deal_changes(connection, workspace, deal).await?;
    let (statuses, others): (Vec<_>, Vec<_>) = changes
        .into_iter()
        .partition(|change| change.field == "status");
    let handed = others.into_iter().filter(|change| change.field == ASSIGNEE);
    for (sequence, change) in (0..).zip(handed) {
        let name = |id: Option<String>| {
            let user = id.and_then(|id| id.parse().ok());
            called(members, user).unwrap_or_default()
        };
        let (to, from) = (name(change.new_value), name(change.old_value));
        placed.push(Placed {
            item: item(change.at, TimelineKind::DealAssigned, to, from),
            sequence,
            traffic: None,
        });
    }
    for (sequence, change) in (0..).zip(statuses).skip(1) {
        let to = change.new_value.unwrap_or_default();
        let from = change.old_value.unwrap_or_default();
        let item = item(change.at, TimelineKind::DealStatus, to, from);
        placed.push(Placed {
            item,
            sequence,
            traffic: None,
        });
    }
    for payment in payments::list_payments_of_deals(connection, workspace, &[deal]).await? {
        let details = payment.details;
        let kind = match details.kind.as_str() {
            "payment" => TimelineKind::Payment,
            _ => TimelineKind::Refund,
        };
        let mut item = item(details.at, kind, details.external_id, details.kind);
        item.amount = Some(Money::new(details.amount_micros, details.currency));
        placed.push(Placed {
            item,
            sequence: payment.id.0,
            traffic: None,
        });
    }
    Ok(placed)
}

/// Who handed the lead to whom; a name is empty where there was nobody, or no member any more.
fn assignment_items(handed: &[LeadAssignment], members: &HashMap<UserId, String>) -> Vec<Placed> {
    let placed = (0..).zip(handed).map(|(sequence, one)| {
        let name = |user| called(members, user).unwrap_or_default();
        let (to, from) = (name(one.to_id), name(one.from_id));
        Placed {
            item: item(one.at, TimelineKind::LeadAssigned, to, from),
            sequence,
            traffic: None,
        }
    });
    placed.collect()
}

/// The steps of a lead after its first status.
fn status_items(steps: &[(UnixMillis, LeadStatus)]) -> Vec<Placed> {
    let steps = (0..).zip(steps.iter().zip(steps.iter().skip(1)));
    steps
        .map(|(sequence, ((_, from), (at, to)))| {
            let (to, from) = (to.name().to_owned(), from.name().to_owned());
            Placed {
                item: item(*at, TimelineKind::LeadStatus, to, from),
                sequence,
                traffic: None,
            }
        })
        .collect()
}

fn lead_item(lead: &Lead) -> Placed {
    let details = &lead.details;
    let title = [&details.name, &details.phone, &details.email]
        .into_iter()
        .find(|text| !text.is_empty())
        .cloned()
        .unwrap_or_default();
    let mut item = item(
        details.at,
        TimelineKind::Lead,
        title,
        details.message.clone(),
    );
    item.url = (!details.page.is_empty()).then(|| details.page.clone());
    Placed {
        item,
        sequence: lead.id.0,
        traffic: details.traffic_key,
    }
}

fn deal_item(deal: &deals::Deal) -> Placed {
    let details = &deal.details;
    let title = match details.title.as_str() {
        "" => details.external_id.clone(),
        title => title.to_owned(),
    };
    let mut item = item(
        details.created_at,
        TimelineKind::Deal,
        title,
        details.status.clone(),
    );
    item.amount = Some(Money::new(details.amount_micros, details.currency));
    Placed {
        item,
        sequence: deal.id.0,
        traffic: None,
    }
}

fn touch_item(row: &[Value]) -> Option<Placed> {
    let item = item(
        UnixMillis(int(row, 0)?),
        TimelineKind::Touch,
        String::new(),
        String::new(),
    );
    Some(Placed {
        item,
        sequence: int(row, 1)?,
        traffic: traffic(row),
    })
}

fn hit_item(row: &[Value]) -> Option<Placed> {
    let text = |column: usize| row.get(column).and_then(Value::display).unwrap_or_default();
    let (hit, host, path, title, name) = (text(3), text(4), text(5), text(6), text(7));
    let kind = match hit.as_str() {
        "page_view" => TimelineKind::PageView,
        _ => TimelineKind::Event,
    };
    let shown = match kind {
        TimelineKind::PageView if title.is_empty() => path.clone(),
        TimelineKind::PageView => title,
        _ if name.is_empty() => hit.clone(),
        _ => name,
    };
    let detail = if kind == TimelineKind::PageView {
        path.clone()
    } else {
        hit
    };
    let mut item = item(UnixMillis(int(row, 0)?), kind, shown, detail);
    item.url = (!host.is_empty()).then(|| format!("https://{host}{path}"));
    item.amount = int(row, 8).and_then(|micros| Some(Money::new(micros, text(9).parse().ok()?)));
    Some(Placed {
        item,
        sequence: int(row, 1)?,
        traffic: traffic(row),
    })
}

fn traffic(row: &[Value]) -> Option<TrafficKey> {
    let key = row.get(2).and_then(Value::int)?;
    u64::try_from(key).ok().map(TrafficKey)
}

fn item(at: UnixMillis, kind: TimelineKind, title: String, detail: String) -> TimelineItem {
    TimelineItem {
        at,
        kind,
        title,
        detail,
        label: TrafficLabel::default(),
        amount: None,
        url: None,
    }
}
