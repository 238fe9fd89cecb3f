//! The status map: what each status of a shop or CRM stands for.

use std::collections::{BTreeMap, BTreeSet};

use base::DealId;
use domain::deal::{StatusGroup, guess_group};
use serde_json::json;
use store::deal_statuses::{self, DealStatus, DealStatusCount};
use store::reach::Reach;
use store::{Tx, deals};

use crate::audit::Act;
use crate::deals::{Desk, Shelf, status_map};
use crate::{Actor, App, AppError, FieldError, Permission};

const STATUSES_MAX: usize = 1_000;
const STATUS_CHARS_MAX: usize = 100;
/// Deals that are posted again between two looks at the store.
const PAGE_DEALS: i64 = 500;

/// The map, with every status that deals have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusMapView {
    pub version: i64,
    pub items: Vec<StatusView>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusView {
    pub status: String,
    /// `None` while nobody has mapped it: its deals count nothing.
    pub group: Option<StatusGroup>,
    /// What the word most likely stands for.
    pub suggested: Option<StatusGroup>,
    pub deals: i64,
}

impl StatusMapView {
    /// Statuses of deals that no group claims.
    #[must_use]
    pub fn unmapped(&self) -> usize {
        self.items
            .iter()
            .filter(|item| item.group.is_none())
            .count()
    }
}

impl App {
    /// # Errors
    /// When the store cannot be read.
    pub async fn deal_statuses(&self, actor: &Actor) -> Result<StatusMapView, AppError> {
        actor.require(Permission::ReadSetup)?;
        let reach = self.stored_reach(actor).await?;
        let mut connection = self.inner.store.read().await?;
        let workspace = actor.workspace;
        let version = deal_statuses::find_deal_status_version(&mut connection, workspace).await?;
        let mapped = deal_statuses::list_deal_statuses(&mut connection, workspace).await?;
        let counts =
            deal_statuses::list_deal_status_counts(&mut connection, workspace, &reach).await?;
        let map = status_map(&mapped);
        let view = |count: DealStatusCount| StatusView {
            group: map.group(&count.status),
            suggested: guess_group(&count.status),
            status: count.status,
            deals: count.deals,
        };
        Ok(StatusMapView {
            version,
            items: counts.into_iter().map(view).collect(),
        })
    }

    /// Replaces the map as it was read at `version`, and posts the differences of every deal
    /// whose group changes.
    ///
    /// # Errors
    /// When a status is repeated or too long, or somebody else changed the map meanwhile.
    pub async fn put_deal_statuses(
        &self,
        actor: &Actor,
        version: i64,
        items: &[(String, StatusGroup)],
    ) -> Result<StatusMapView, AppError> {
        actor.require(Permission::EditMoneyRules)?;
        let wanted = checked(items)?;
        let mut tx = self.inner.store.begin().await?;
        self.map_statuses(&mut tx, actor, version, wanted).await?;
        tx.commit().await?;
        self.wake_relay();
        self.deal_statuses(actor).await
    }

    /// Maps statuses that nobody has mapped yet, and leaves the others as they are.
    ///
    /// # Errors
    /// When a status is too long or the store fails.
    pub(crate) async fn adopt_statuses(
        &self,
        actor: &Actor,
        groups: &BTreeMap<String, StatusGroup>,
    ) -> Result<(), AppError> {
        let workspace = actor.workspace;
        let mut tx = self.inner.store.begin().await?;
        let version = deal_statuses::find_deal_status_version(&mut tx, workspace).await?;
        let mut wanted = deal_statuses::list_deal_statuses(&mut tx, workspace).await?;
        let known = status_map(&wanted);
        let new = groups
            .iter()
            .filter(|(status, _)| known.group(status).is_none());
        let new: Vec<(String, StatusGroup)> = new
            .map(|(status, group)| (status.clone(), *group))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        wanted.extend(checked(&new)?);
        self.map_statuses(&mut tx, actor, version, wanted).await?;
        tx.commit().await?;
        self.wake_relay();
        Ok(())
    }

    async fn map_statuses(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        version: i64,
        mut wanted: Vec<DealStatus>,
    ) -> Result<(), AppError> {
        let workspace = actor.workspace;
        let counts = deal_statuses::list_deal_status_counts(tx, workspace, &Reach::WHOLE).await?;
        add_spellings(&mut wanted, &counts);
        let mut desk = Desk::open(tx, workspace, actor.user(), self.now()).await?;
        let before: BTreeMap<&String, Option<StatusGroup>> = counts
            .iter()
            .map(|count| (&count.status, desk.group(&count.status)))
            .collect();
        deal_statuses::replace_deal_statuses(tx, workspace, version, &wanted).await?;
        desk.adopt(&wanted);
        let mut regrouped = Vec::new();
        for (status, group) in before {
            if desk.group(status) != group {
                settle_status(&desk, tx, status).await?;
                regrouped.push(status);
            }
        }
        let told = json!({"statuses": regrouped});
        self.note(tx, actor, Act::DealStatusesChanged, "", told)
            .await
    }
}

async fn settle_status(desk: &Desk, tx: &mut Tx, status: &str) -> Result<(), AppError> {
    let workspace = desk.workspace.id;
    let mut after = DealId(0);
    loop {
        let page = deals::list_deals_with_status(tx, workspace, status, after, PAGE_DEALS).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id;
        let ids: Vec<DealId> = page.iter().map(|deal| deal.id).collect();
        let mut shelf = Shelf::open(tx, workspace).await?;
        shelf.fetch(tx, &ids).await?;
        for id in ids {
            desk.settle(&mut shelf, id)?;
        }
        shelf.save(tx, desk.now).await?;
    }
}

/// Deals may spell a mapped status in other letters: each spelling is in the map.
fn add_spellings(wanted: &mut Vec<DealStatus>, counts: &[DealStatusCount]) {
    let map = status_map(wanted);
    let known: BTreeSet<String> = wanted.iter().map(|status| status.status.clone()).collect();
    let spellings = counts
        .iter()
        .filter(|count| count.deals > 0)
        .filter_map(|count| {
            let group = map.group(&count.status)?;
            let status = count.status.clone();
            (!known.contains(&status)).then(|| DealStatus {
                status,
                status_group: group.name().to_owned(),
            })
        });
    wanted.extend(spellings.collect::<Vec<_>>());
}

/// # Errors
/// When a status has no name, is repeated or too long.
pub(crate) fn check_statuses(items: &[(String, StatusGroup)]) -> Result<(), AppError> {
    checked(items).map(|_| ())
}

fn checked(items: &[(String, StatusGroup)]) -> Result<Vec<DealStatus>, AppError> {
    if items.len() > STATUSES_MAX {
        let detail = format!("map at most {STATUSES_MAX} statuses");
        return Err(AppError::invalid("items", "too_many", detail));
    }
    let mut seen = BTreeSet::new();
    let mut errors = Vec::new();
    let mut statuses = Vec::with_capacity(items.len());
    for (row, (status, group)) in (1..).zip(items) {
        let mut wrong = |code, detail: String| {
            errors.push(FieldError {
                field: "status".into(),
                row: Some(row),
                code,
                detail,
            });
        };
        let status = status.trim();
        if status.is_empty() {
            wrong("required", "name the status".to_owned());
        }
        if status.chars().count() > STATUS_CHARS_MAX {
            wrong(
                "too_long",
                format!("use at most {STATUS_CHARS_MAX} characters"),
            );
        }
        if !seen.insert(status) {
            wrong("repeated", format!("{status:?} is mapped twice"));
        }
        let status_group = group.name().to_owned();
        statuses.push(DealStatus {
            status: status.to_owned(),
            status_group,
        });
    }
    if errors.is_empty() {
        Ok(statuses)
    } else {
        Err(AppError::Invalid(errors))
    }
}
