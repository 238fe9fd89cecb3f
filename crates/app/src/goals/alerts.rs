//! Alerts: what is looked at after every day or week of a goal, and who is told.

use base::{TimeZone, UnixMillis, UserId, WorkspaceId, parse_decimal_micros};
use domain::goal_alert::Condition;
use domain::schedule::{DAY_MINUTES, Every, next_after};
use serde_json::json;
use store::goal_alerts::{self, GoalAlert, GoalAlertDetails, GoalLook};
use store::goals::{self, Goal};
use store::{Connection, GoalAlertId, GoalId, Tx, users, workspaces};

use crate::audit::{Act, changes};
use crate::deals::AMOUNT_MICROS_MAX;
use crate::error::Step as _;
use crate::people::one_of;
use crate::recipients::{check_recipients, seen_recipients, stored_recipients};
use crate::workspaces::zone_of;
use crate::{Actor, App, AppError, Permission};

/// Alerts of a workspace.
const ALERTS_MAX: usize = 100;
/// Of the newest looks at an alert.
const LOOKS_SHOWN_MAX: i64 = 100;
const PERCENT_WHOLE_MICROS: i64 = 100 * 1_000_000;

/// What somebody says of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertInput {
    pub goal: GoalId,
    /// `visitors`, `count` or `conversion`.
    pub measure: String,
    /// `day` or `week`.
    pub every: String,
    /// `below`, `above` or `change`.
    pub condition: String,
    /// Of visitors or times, or percent.
    pub bound: String,
    /// After midnight, in the workspace's zone.
    pub at_minute: u16,
    pub recipients: Vec<UserId>,
    pub is_on: bool,
    pub tells_webhooks: bool,
}

/// An alert in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAlert {
    pub alert: GoalAlert,
    pub goal: Goal,
    /// Without names where the actor does not see the people.
    pub recipients: Vec<(UserId, String)>,
    pub last: Option<GoalLook>,
}

impl App {
    /// The alerts of the workspace's goals, the oldest first.
    ///
    /// # Errors
    /// When the actor may not change sites or sees some channels only: what was seen is of all.
    pub async fn list_goal_alerts(&self, actor: &Actor) -> Result<Vec<SeenAlert>, AppError> {
        require(actor)?;
        let mut connection = self.inner.store.read().await?;
        let all = goal_alerts::list_goal_alerts(&mut connection, actor.workspace).await?;
        let mut seen = Vec::new();
        for alert in all {
            seen.push(seen_alert(&mut connection, actor, alert).await?);
        }
        Ok(seen)
    }

    /// # Errors
    /// When a field is wrong.
    pub async fn create_goal_alert(
        &self,
        actor: &Actor,
        input: &AlertInput,
    ) -> Result<SeenAlert, AppError> {
        require(actor)?;
        let (workspace, now) = (actor.workspace, self.now());
        let mut tx = self.inner.store.begin_work().await?;
        let there = goal_alerts::list_goal_alerts(&mut tx, workspace).await?;
        if there.len() >= ALERTS_MAX {
            let detail = format!("there are {ALERTS_MAX} alerts already: remove some");
            return Err(AppError::invalid("goal_id", "too_many", detail));
        }
        let details = checked(&mut tx, actor, &[], input, now).await?;
        let id = goal_alerts::insert_goal_alert(&mut tx, workspace, now, &details).await?;
        let alert = goal_alerts::load_goal_alert(&mut tx, workspace, id).await?;
        let told = json!({"goal_id": details.goal_id.0, "measure": details.measure});
        self.note(&mut tx, actor, Act::GoalAlertCreated, id, told)
            .await?;
        let seen = seen_alert(&mut tx, actor, alert).await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok(seen)
    }

    /// Changes an alert as it was read at `version`; its next look is behind now.
    ///
    /// # Errors
    /// When a field is wrong or somebody else changed it meanwhile.
    pub async fn update_goal_alert(
        &self,
        actor: &Actor,
        id: GoalAlertId,
        version: i64,
        input: &AlertInput,
    ) -> Result<SeenAlert, AppError> {
        require(actor)?;
        let workspace = actor.workspace;
        let mut tx = self.inner.store.begin().await?;
        let before = goal_alerts::load_goal_alert(&mut tx, workspace, id).await?;
        let there = stored_recipients(&before.details.recipients)?;
        let details = checked(&mut tx, actor, &there, input, self.now()).await?;
        goal_alerts::update_goal_alert(&mut tx, workspace, id, version, &details).await?;
        let alert = goal_alerts::load_goal_alert(&mut tx, workspace, id).await?;
        let told = changes(&before.details, &details);
        self.note(&mut tx, actor, Act::GoalAlertChanged, id, told)
            .await?;
        let seen = seen_alert(&mut tx, actor, alert).await?;
        tx.commit().await?;
        Ok(seen)
    }

    /// # Errors
    /// When somebody else changed it meanwhile.
    pub async fn delete_goal_alert(
        &self,
        actor: &Actor,
        id: GoalAlertId,
        version: i64,
    ) -> Result<(), AppError> {
        require(actor)?;
        let (workspace, now) = (actor.workspace, self.now());
        let mut tx = self.inner.store.begin().await?;
        goal_alerts::load_goal_alert(&mut tx, workspace, id).await?;
        goal_alerts::archive_goal_alert(&mut tx, workspace, id, version, now).await?;
        self.note(&mut tx, actor, Act::GoalAlertDeleted, id, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// What was seen at the last looks, the newest first.
    ///
    /// # Errors
    /// When the workspace has no such alert.
    pub async fn list_goal_looks(
        &self,
        actor: &Actor,
        id: GoalAlertId,
    ) -> Result<Vec<GoalLook>, AppError> {
        require(actor)?;
        let mut connection = self.inner.store.read().await?;
        let alert = goal_alerts::load_goal_alert(&mut connection, actor.workspace, id).await?;
        let (workspace, limit) = (actor.workspace, LOOKS_SHOWN_MAX);
        Ok(goal_alerts::list_looks(&mut connection, workspace, alert.id, limit).await?)
    }
}

/// Plans the looks of a workspace by its new zone or first day of the week.
pub(crate) async fn plan_looks_anew(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
) -> Result<(), AppError> {
    let calendar = Calendar::of(tx, workspace).await?;
    for alert in goal_alerts::list_goal_alerts(tx, workspace).await? {
        let next = calendar.look_after(&alert.details, now)?;
        goal_alerts::plan_goal_alert(tx, workspace, alert.id, next).await?;
    }
    Ok(())
}

/// How the workspace counts days and weeks.
pub(super) struct Calendar {
    pub(super) zone: TimeZone,
    /// 1 is Monday.
    week_starts: u8,
}

impl Calendar {
    pub(super) async fn of(
        connection: &mut Connection,
        workspace: WorkspaceId,
    ) -> Result<Self, AppError> {
        let workspace = workspaces::load_workspace(connection, workspace).await?;
        Ok(Self {
            zone: zone_of(&workspace)?,
            week_starts: match workspace.details.week_start.as_str() {
                "sunday" => 7,
                _ => 1,
            },
        })
    }

    /// The first look after a moment: after a day, or on the day that a week begins.
    pub(super) fn look_after(
        &self,
        details: &GoalAlertDetails,
        after: UnixMillis,
    ) -> Result<UnixMillis, AppError> {
        let on_day = match details.every.as_str() {
            "week" => self.week_starts,
            _ => 0,
        };
        let every = Every::new(&details.every, on_day);
        let every = every.ok_or_else(|| anyhow::anyhow!("no such turn"));
        let at_minute = u16::try_from(details.at_minute).unwrap_or_default();
        let every = every.step("read when a goal is looked at")?;
        Ok(next_after(every, at_minute, &self.zone, after))
    }
}

/// The numbers are the workspace's as a whole.
fn require(actor: &Actor) -> Result<(), AppError> {
    actor.require(Permission::EditTracking)?;
    actor.require_all_channels()
}

async fn seen_alert(
    connection: &mut Connection,
    actor: &Actor,
    alert: GoalAlert,
) -> Result<SeenAlert, AppError> {
    let workspace = actor.workspace;
    let goal = goals::load_goal(connection, workspace, alert.details.goal_id).await?;
    let members = users::list_users(connection, workspace).await?;
    let wanted = stored_recipients(&alert.details.recipients)?;
    let looks = goal_alerts::list_looks(connection, workspace, alert.id, 1).await?;
    Ok(SeenAlert {
        goal,
        recipients: seen_recipients(actor, &members, &wanted),
        last: looks.into_iter().next(),
        alert,
    })
}

async fn checked(
    connection: &mut Connection,
    actor: &Actor,
    there: &[UserId],
    input: &AlertInput,
    now: UnixMillis,
) -> Result<GoalAlertDetails, AppError> {
    one_of(
        "measure",
        &input.measure,
        &["visitors", "count", "conversion"],
    )?;
    one_of("every", &input.every, &["day", "week"])?;
    let bound_micros = bound(input)?;
    if Condition::new(&input.condition, bound_micros).is_none() {
        let detail = "the condition is below, above or change";
        return Err(AppError::invalid("condition", "not_allowed", detail));
    }
    if input.at_minute >= DAY_MINUTES {
        let detail = format!("a day has {DAY_MINUTES} minutes");
        return Err(AppError::invalid("at_minute", "out_of_range", detail));
    }
    goals::load_goal(connection, actor.workspace, input.goal).await?;
    let least = usize::from(!input.tells_webhooks);
    check_recipients(connection, actor, there, &input.recipients, least).await?;
    let calendar = Calendar::of(connection, actor.workspace).await?;
    let mut details = GoalAlertDetails {
        goal_id: input.goal,
        measure: input.measure.clone(),
        every: input.every.clone(),
        condition: input.condition.clone(),
        bound_micros,
        at_minute: i64::from(input.at_minute),
        recipients: json!(input.recipients),
        is_on: input.is_on,
        tells_webhooks: input.tells_webhooks,
        planned_at: now,
    };
    details.planned_at = calendar.look_after(&details, now)?;
    Ok(details)
}

fn bound(input: &AlertInput) -> Result<i64, AppError> {
    let is_rate = input.measure == "conversion" && input.condition != "change";
    let most = if is_rate {
        PERCENT_WHOLE_MICROS
    } else {
        AMOUNT_MICROS_MAX
    };
    match parse_decimal_micros(&input.bound) {
        Ok(micros) if (0..=most).contains(&micros) => Ok(micros),
        _ => {
            let detail = "use a number such as 10 or 2.5; a rate has at most 100 percent";
            Err(AppError::invalid("bound", "out_of_range", detail))
        }
    }
}
