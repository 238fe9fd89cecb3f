//! Deals as the list shows them.

use std::collections::{BTreeSet, HashMap};

use base::{Currency, DealId, LeadId, UserId, WorkspaceId};
use domain::deal::StatusGroup;
use serde_json::json;
use store::deals::{self, Deal, DealFilter, DealSum};
use store::reach::Reach;
use store::{Connection, Page, PageRequest, PersonId, deal_statuses, leads, persons};

use super::status_map;
use crate::assignees::{assignee_of, called, members_by_id};
use crate::audit::Act;
use crate::leads::mask;
use crate::workspaces::load_zone;
use crate::{Actor, App, AppError, Permission, Realm};

/// Which deals to list.
#[derive(Debug, Clone, Default)]
pub struct DealQuery {
    pub status: Option<String>,
    /// Part of a title or external id.
    pub text: Option<String>,
    /// A member's number, `me`, or `nobody`.
    pub assignee: Option<String>,
    /// Local days of the workspace, both included.
    pub from: Option<base::Day>,
    pub to: Option<base::Day>,
}

/// A deal with what its status stands for.
#[derive(Debug, Clone)]
pub struct DealView {
    pub deal: Deal,
    /// `None` while the status is mapped to no group.
    pub group: Option<StatusGroup>,
    /// The name of whose deal it is, where it is known.
    pub person: Option<String>,
    /// `None` for who may not see margin.
    pub cost_of_goods_micros: Option<i64>,
    /// Who is responsible: for the deal, or else for its lead.
    pub assignee: Option<UserId>,
    /// What they are called, where they are a member still.
    pub assignee_name: Option<String>,
}

/// What deals of one currency come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealSumView {
    pub currency: Currency,
    pub deals: i64,
    pub amount_micros: i64,
    /// `None` for who may not see margin.
    pub cost_of_goods_micros: Option<i64>,
}

/// Whose deal it is, as the actor may see it.
fn shown(actor: &Actor, name: String) -> String {
    if actor.may(Permission::SeeContacts) {
        name
    } else {
        mask::name(&name)
    }
}

/// What a deal is called where its own words are not shown.
pub(crate) fn number_of(id: DealId) -> String {
    format!("#{id}")
}

impl App {
    /// Deals, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn list_deals(
        &self,
        actor: &Actor,
        query: &DealQuery,
        page: PageRequest,
    ) -> Result<Page<DealView>, AppError> {
        actor.require(Permission::ReadDeals)?;
        let reach = self.stored_reach(actor).await?;
        let mut connection = self.inner.store.read().await?;
        let filter = filter(&mut connection, actor, query, reach).await?;
        let found = deals::list_deals(&mut connection, actor.workspace, &filter, page).await?;
        let items = views(&mut connection, actor, &filter.reach, found.items).await?;
        let told = json!({"rows": items.len()});
        self.note_look(actor, Act::DealsListed, "", told).await?;
        Ok(Page {
            items,
            next: found.next,
        })
    }

    /// # Errors
    /// When the workspace has no such deal, or the actor does not see it.
    pub(crate) async fn deal(&self, actor: &Actor, id: DealId) -> Result<DealView, AppError> {
        let reach = self.stored_reach(actor).await?;
        let mut connection = self.inner.store.read().await?;
        let deal = deals::load_deal(&mut connection, actor.workspace, &reach, id).await?;
        let views = views(&mut connection, actor, &reach, vec![deal]).await?;
        let mut views = views.into_iter();
        views.next().ok_or(AppError::NotFound { what: "deal" })
    }

    /// What the deals of the query come to, by currency.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn deal_sums(
        &self,
        actor: &Actor,
        query: &DealQuery,
    ) -> Result<Vec<DealSumView>, AppError> {
        actor.require(Permission::ReadDeals)?;
        let reach = self.stored_reach(actor).await?;
        let mut connection = self.inner.store.read().await?;
        let filter = filter(&mut connection, actor, query, reach).await?;
        let sums = deals::sum_deals(&mut connection, actor.workspace, &filter).await?;
        let sees_margin = actor.may(Permission::SeeMargin);
        let view = |sum: DealSum| DealSumView {
            currency: sum.currency,
            deals: sum.deals,
            amount_micros: sum.amount_micros,
            cost_of_goods_micros: sees_margin.then_some(sum.cost_of_goods_micros),
        };
        Ok(sums.into_iter().map(view).collect())
    }
}

async fn views(
    connection: &mut Connection,
    actor: &Actor,
    reach: &Reach,
    found: Vec<Deal>,
) -> Result<Vec<DealView>, AppError> {
    let workspace = actor.workspace;
    let statuses = deal_statuses::list_deal_statuses(connection, workspace).await?;
    let map = status_map(&statuses);
    let people = found.iter().filter_map(|deal| deal.details.person_id);
    let people: Vec<PersonId> = people.collect::<BTreeSet<_>>().into_iter().collect();
    let people = people_within(connection, workspace, reach, people).await?;
    let names = persons::list_person_names(connection, workspace, &people).await?;
    let names: HashMap<PersonId, String> = names
        .into_iter()
        .map(|person| (person.id, shown(actor, person.name)))
        .collect();
    let of_leads = of_leads(connection, workspace, &found).await?;
    let members = members_by_id(connection, workspace).await?;
    let sees_margin = actor.may(Permission::SeeMargin);
    let is_inside = actor.realm() == Realm::Inside;
    let view = |mut deal: Deal| {
        let assignee = assignee(&deal, &of_leads).filter(|_| is_inside);
        if !is_inside {
            deal.details.responsible = String::new();
            // Free words of the house, and often of whose deal it is.
            deal.details.title = number_of(deal.id);
            deal.details.external_id = String::new();
        }
        DealView {
            assignee,
            assignee_name: called(&members, assignee),
            cost_of_goods_micros: sees_margin.then_some(deal.details.cost_of_goods_micros),
            group: map.group(&deal.details.status),
            person: deal
                .details
                .person_id
                .and_then(|person| names.get(&person).cloned()),
            deal,
        }
    };
    Ok(found.into_iter().map(view).collect())
}

/// Of the people, those of whom a lead is seen, or every deal where they have left none: a
/// telephone number typed into a deal tells nobody whose it is.
async fn people_within(
    connection: &mut Connection,
    workspace: WorkspaceId,
    reach: &Reach,
    people: Vec<PersonId>,
) -> Result<Vec<PersonId>, AppError> {
    if *reach == Reach::WHOLE {
        return Ok(people);
    }
    let left = leads::list_leads_of_persons(connection, workspace, &people).await?;
    let ids: Vec<LeadId> = left.iter().map(|lead| lead.id).collect();
    let seen = leads::list_reached_leads(connection, workspace, reach, &ids).await?;
    let sold = deals::list_deals_of_persons(connection, workspace, &people).await?;
    let ids: Vec<DealId> = sold.iter().map(|deal| deal.id).collect();
    let seen_deals = deals::list_reached_deals(connection, workspace, reach, &ids).await?;
    let is_within = |person: &PersonId| {
        let is_of = |of: Option<PersonId>| of == Some(*person);
        let mut leads = left
            .iter()
            .filter(|lead| is_of(lead.details.person_id))
            .peekable();
        match leads.peek() {
            Some(_) => leads.any(|lead| seen.contains(&lead.id)),
            None => {
                let mut deals = sold.iter().filter(|deal| is_of(deal.details.person_id));
                deals.all(|deal| seen_deals.contains(&deal.id))
            }
        }
    };
    Ok(people.into_iter().filter(is_within).collect())
}

/// Who is responsible for the leads that the deals grew out of.
async fn of_leads(
    connection: &mut Connection,
    workspace: WorkspaceId,
    found: &[Deal],
) -> Result<HashMap<LeadId, UserId>, AppError> {
    let ids = found.iter().filter_map(|deal| deal.details.lead_id);
    let ids: Vec<LeadId> = ids.collect::<BTreeSet<_>>().into_iter().collect();
    let leads = leads::list_leads_by_id(connection, workspace, &ids).await?;
    let pairs = leads.into_iter();
    Ok(pairs
        .filter_map(|lead| Some((lead.id, lead.details.assignee_id?)))
        .collect())
}

fn assignee(deal: &Deal, of_leads: &HashMap<LeadId, UserId>) -> Option<UserId> {
    let details = &deal.details;
    let of_lead = details.lead_id.and_then(|lead| of_leads.get(&lead));
    details.assignee_id.or(of_lead.copied())
}

/// The query in terms of the store, its days cut where they begin in the workspace.
async fn filter(
    connection: &mut Connection,
    actor: &Actor,
    query: &DealQuery,
    reach: Reach,
) -> Result<DealFilter, AppError> {
    let text = query.text.clone().filter(|text| !text.trim().is_empty());
    if text.is_some() && actor.realm() == Realm::Outside {
        // What may not be seen may not be guessed letter by letter either.
        actor.require(Permission::SeeContacts)?;
    }
    let zone = load_zone(connection, actor.workspace).await?;
    let every = DealFilter::default();
    let start = |day: base::Day| zone.start_of(day);
    Ok(DealFilter {
        from: query.from.map_or(every.from, start),
        until: query.to.map_or(every.until, |day| start(day.plus_days(1))),
        statuses: query.status.clone().map(|status| vec![status]),
        text,
        assignee: assignee_of(actor, query.assignee.as_deref())?,
        reach,
    })
}
