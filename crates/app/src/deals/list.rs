//! Deals as the list shows them.

use std::collections::{BTreeSet, HashMap};

use base::Currency;
use domain::deal::StatusGroup;
use serde_json::json;
use store::deals::{self, Deal, DealFilter, DealSum};
use store::{Connection, Page, PageRequest, PersonId, deal_statuses, persons, workspaces};

use super::status_map;
use crate::audit::Act;
use crate::leads::mask;
use crate::{Actor, App, AppError, Permission};

/// Which deals to list.
#[derive(Debug, Clone, Default)]
pub struct DealQuery {
    pub status: Option<String>,
    /// Part of a title or external id.
    pub text: Option<String>,
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
        let mut connection = self.inner.store.read().await?;
        let filter = filter(&mut connection, actor, query).await?;
        let statuses = deal_statuses::list_deal_statuses(&mut connection, actor.workspace).await?;
        let map = status_map(&statuses);
        let found = deals::list_deals(&mut connection, actor.workspace, &filter, page).await?;
        let people: BTreeSet<PersonId> = found
            .items
            .iter()
            .filter_map(|deal| deal.details.person_id)
            .collect();
        let people: Vec<PersonId> = people.into_iter().collect();
        let names: HashMap<PersonId, String> =
            persons::list_person_names(&mut connection, actor.workspace, &people)
                .await?
                .into_iter()
                .map(|person| (person.id, shown(actor, person.name)))
                .collect();
        let sees_margin = actor.may(Permission::SeeMargin);
        let view = |deal: Deal| DealView {
            cost_of_goods_micros: sees_margin.then_some(deal.details.cost_of_goods_micros),
            group: map.group(&deal.details.status),
            person: deal
                .details
                .person_id
                .and_then(|person| names.get(&person).cloned()),
            deal,
        };
        let told = json!({"rows": found.items.len()});
        self.note_look(actor, Act::DealsListed, "", told).await?;
        Ok(Page {
            items: found.items.into_iter().map(view).collect(),
            next: found.next,
        })
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
        let mut connection = self.inner.store.read().await?;
        let filter = filter(&mut connection, actor, query).await?;
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

/// The query in terms of the store, its days cut where they begin in the workspace.
async fn filter(
    connection: &mut Connection,
    actor: &Actor,
    query: &DealQuery,
) -> Result<DealFilter, AppError> {
    let workspace = workspaces::load_workspace(connection, actor.workspace).await?;
    let zone: base::TimeZone = workspace
        .details
        .time_zone
        .parse()
        .unwrap_or(base::TimeZone::UTC);
    let every = DealFilter::default();
    let start = |day: base::Day| zone.start_of(day);
    Ok(DealFilter {
        from: query.from.map_or(every.from, start),
        until: query.to.map_or(every.until, |day| start(day.plus_days(1))),
        statuses: query.status.clone().map(|status| vec![status]),
        text: query.text.clone().filter(|text| !text.trim().is_empty()),
    })
}
