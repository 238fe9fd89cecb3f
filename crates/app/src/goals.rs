//! Goals: what the visitors of a site are to do, and how many do it.

pub(crate) mod alerts;
pub(crate) mod looks;
mod rule;

use std::collections::BTreeMap;

use base::{Money, SiteId, parse_decimal_micros};
use reports::{Filter, FilterOperator, GoalMoney, GoalsRequest, Query, Report};
use serde_json::json;
use store::goals::{self, Goal, GoalDetails};
use store::sites::{self, Site};
use store::{Connection, GoalId, workspaces};

use crate::audit::{Act, changes};
use crate::deals::AMOUNT_MICROS_MAX;
use crate::people::check_name;
use crate::reporting::{refused, require_query};
use crate::{Actor, App, AppError, Permission};

use self::rule::{checked_rule, narrowing, rule_of};

/// Goals of a workspace.
const GOALS_MAX: usize = 100;

/// What somebody says of a new goal.
#[derive(Debug, Clone)]
pub struct GoalInput {
    pub site: SiteId,
    pub name: String,
    /// `event` or `page`.
    pub kind: String,
    pub target: String,
    pub property: String,
    pub property_value: String,
    /// In the workspace's currency.
    pub worth: Option<String>,
}

/// What changes about a goal; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct GoalPatch {
    pub name: Option<String>,
    pub kind: Option<String>,
    pub target: Option<String>,
    pub property: Option<String>,
    pub property_value: Option<String>,
    /// `Some(None)` takes the worth away.
    pub worth: Option<Option<String>>,
}

/// A goal as somebody sees it.
#[derive(Debug, Clone)]
pub struct GoalView {
    pub goal: Goal,
    /// In the workspace's currency; absent for whoever sees no revenue.
    pub worth: Option<String>,
}

/// The numbers of goals, and how reports are narrowed to each.
#[derive(Debug, Clone)]
pub struct GoalNumbers {
    pub report: Report,
    pub narrowing: Vec<GoalNarrowing>,
}

/// What a report is filtered by to be about a goal's hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalNarrowing {
    pub goal: GoalId,
    pub filters: Vec<Filter>,
    /// The property of events that one of the filters is about.
    pub property: Option<String>,
}

impl App {
    /// The goals of the workspace's sites, by name.
    ///
    /// # Errors
    /// When the actor may not read the set-up or the store cannot be read.
    pub async fn list_goals(&self, actor: &Actor) -> Result<Vec<GoalView>, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        let found = goals::list_goals(&mut connection, actor.workspace).await?;
        views(&mut connection, actor, found).await
    }

    /// # Errors
    /// When the workspace has no such goal.
    pub async fn goal(&self, actor: &Actor, id: GoalId) -> Result<GoalView, AppError> {
        actor.require(Permission::ReadSetup)?;
        let mut connection = self.inner.store.read().await?;
        let found = goals::load_goal(&mut connection, actor.workspace, id).await?;
        view(&mut connection, actor, found).await
    }

    /// # Errors
    /// When a field is wrong or another goal of the site has the name.
    pub async fn create_goal(
        &self,
        actor: &Actor,
        input: &GoalInput,
    ) -> Result<GoalView, AppError> {
        actor.require(Permission::EditTracking)?;
        let mut tx = self.inner.store.begin_work().await?;
        let details = checked(&mut tx, actor, None, input).await?;
        let id = goals::insert_goal(&mut tx, actor.workspace, self.now(), &details).await?;
        let goal = goals::load_goal(&mut tx, actor.workspace, id).await?;
        let told = json!({"name": details.name});
        self.note(&mut tx, actor, Act::GoalCreated, id, told)
            .await?;
        let view = view(&mut tx, actor, goal).await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok(view)
    }

    /// Changes a goal as it was read at `version`: the past is counted by the new rule too.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_goal(
        &self,
        actor: &Actor,
        id: GoalId,
        version: i64,
        patch: GoalPatch,
    ) -> Result<GoalView, AppError> {
        actor.require(Permission::EditTracking)?;
        let mut tx = self.inner.store.begin().await?;
        let before = goals::load_goal(&mut tx, actor.workspace, id).await?;
        let before = before.details;
        let kept = before.worth_micros.map(base::decimal_of_micros);
        let input = GoalInput {
            site: before.site_id,
            name: patch.name.unwrap_or(before.name.clone()),
            kind: patch.kind.unwrap_or(before.kind.clone()),
            target: patch.target.unwrap_or(before.target.clone()),
            property: patch.property.unwrap_or(before.property.clone()),
            property_value: patch
                .property_value
                .unwrap_or(before.property_value.clone()),
            worth: patch.worth.unwrap_or(kept),
        };
        let details = checked(&mut tx, actor, Some(id), &input).await?;
        goals::update_goal(&mut tx, actor.workspace, id, version, &details).await?;
        let goal = goals::load_goal(&mut tx, actor.workspace, id).await?;
        let told = changes(&before, &details);
        self.note(&mut tx, actor, Act::GoalChanged, id, told)
            .await?;
        let view = view(&mut tx, actor, goal).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// # Errors
    /// When somebody else changed it meanwhile.
    pub async fn delete_goal(
        &self,
        actor: &Actor,
        id: GoalId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::EditTracking)?;
        let mut tx = self.inner.store.begin().await?;
        let goal = goals::load_goal(&mut tx, actor.workspace, id).await?;
        goals::archive_goal(&mut tx, actor.workspace, id, version, self.now()).await?;
        let told = json!({"name": goal.details.name});
        self.note(&mut tx, actor, Act::GoalDeleted, id, told)
            .await?;
        Ok(tx.commit().await?)
    }

    /// How many visitors reached each goal of the sites that the question is about, how often, and
    /// what that was worth.
    ///
    /// # Errors
    /// When the question is wrong, with its field, or the warehouse fails.
    pub async fn goal_numbers(
        &self,
        actor: &Actor,
        request: &GoalsRequest,
    ) -> Result<GoalNumbers, AppError> {
        actor.require(Permission::ReadReports)?;
        let query = self.with_segments(actor, request.query()).await?;
        require_query(actor, &[], &query)?;
        let mut connection = self.inner.store.read().await?;
        let mut found = goals::list_goals(&mut connection, actor.workspace).await?;
        let sites = sites::list_sites(&mut connection, actor.workspace).await?;
        drop(connection);
        found.retain(|goal| is_of_asked_site(&query, goal.details.site_id));
        if !actor.may(Permission::ReadRows) {
            // What pages say with single events may be about one person, as filters know.
            found.retain(|goal| goal.details.property.is_empty());
        }
        let sites: BTreeMap<i64, Site> = sites.into_iter().map(|site| (site.id.0, site)).collect();
        // It names hosts and rules of sites.
        let may_narrow = actor.may(Permission::ReadSetup);
        let narrowing = found.iter().filter(|_| may_narrow).filter_map(|goal| {
            let site = sites.get(&goal.details.site_id.0)?;
            narrowing(goal, site)
        });
        let narrowing = narrowing.collect();
        let asked: Vec<_> = found.iter().map(rule_of).collect();
        let money = match actor.may(Permission::SeeRevenue) {
            true => GoalMoney::Told,
            false => GoalMoney::Withheld,
        };
        let context = self.report_context_of(actor, &query).await?;
        let limits = self.query_limits();
        let report = self
            .ask(move |warehouse| {
                reports::goals(warehouse, &query, &asked, money, &context, limits)
            })
            .await?
            .map_err(refused)?;
        Ok(GoalNumbers { report, narrowing })
    }
}

/// Whether the question's filters leave anything of the site.
fn is_of_asked_site(query: &Query, site: SiteId) -> bool {
    let site = site.to_string();
    let by_site = query
        .filters
        .iter()
        .filter(|filter| filter.dimension == "site");
    let mut leaves = by_site.map(|filter| match filter.op {
        FilterOperator::Is => filter.values.contains(&site),
        FilterOperator::IsNot => !filter.values.contains(&site),
        FilterOperator::IsUnknown => false,
        FilterOperator::IsKnown
        | FilterOperator::Contains
        | FilterOperator::StartsWith
        | FilterOperator::IsAlike => true,
    });
    leaves.all(|leaves| leaves)
}

async fn views(
    connection: &mut Connection,
    actor: &Actor,
    found: Vec<Goal>,
) -> Result<Vec<GoalView>, AppError> {
    let workspace = workspaces::load_workspace(connection, actor.workspace).await?;
    let currency = workspace.details.currency;
    let seen = found.into_iter().map(|goal| {
        let worth = goal.details.worth_micros;
        let worth = worth.filter(|_| actor.may(Permission::SeeRevenue));
        GoalView {
            goal,
            worth: worth.map(|micros| Money::new(micros, currency).decimal()),
        }
    });
    Ok(seen.collect())
}

async fn view(
    connection: &mut Connection,
    actor: &Actor,
    goal: Goal,
) -> Result<GoalView, AppError> {
    let mut seen = views(connection, actor, vec![goal]).await?;
    seen.pop().ok_or(AppError::NotFound { what: "goal" })
}

async fn checked(
    connection: &mut Connection,
    actor: &Actor,
    id: Option<GoalId>,
    input: &GoalInput,
) -> Result<GoalDetails, AppError> {
    let name = check_name("name", &input.name)?;
    if name.is_empty() {
        let detail = "give the goal a name";
        return Err(AppError::invalid("name", "required", detail));
    }
    let site = sites::load_site(connection, actor.workspace, input.site).await?;
    if site.archived_at.is_some() {
        return Err(AppError::NotFound { what: "site" });
    }
    let all = goals::list_goals(connection, actor.workspace).await?;
    if id.is_none() && all.len() >= GOALS_MAX {
        let detail = format!("a workspace has at most {GOALS_MAX} goals");
        return Err(AppError::invalid("name", "too_many", detail));
    }
    let is_taken = |other: &Goal| {
        let details = &other.details;
        Some(other.id) != id && details.site_id == input.site && details.name == name
    };
    if all.iter().any(is_taken) {
        return Err(AppError::Conflict {
            code: "already_exists",
            field: Some("name".to_owned()),
            detail: format!("the site has a goal {name:?} already"),
        });
    }
    let worth_micros = match &input.worth {
        Some(text) => Some(worth(text)?),
        None => None,
    };
    Ok(GoalDetails {
        name,
        worth_micros,
        ..checked_rule(input)?
    })
}

fn worth(text: &str) -> Result<i64, AppError> {
    match parse_decimal_micros(text) {
        Ok(micros) if (1..=AMOUNT_MICROS_MAX).contains(&micros) => Ok(micros),
        _ => {
            let detail = "use an amount above zero, such as 120.50";
            Err(AppError::invalid("worth", "not_an_amount", detail))
        }
    }
}
