//! Report schedules: a saved view that is mailed every day, week or month to members, to each
//! what they may see themselves when it is sent.

mod letter;
mod turns;

use base::{TimeZone, UnixMillis, UserId, WorkspaceId};
use domain::schedule::{DAY_MINUTES, Every, next_after};
use serde_json::json;
use store::report_schedules::{self, ReportSchedule, ReportScheduleDetails};
use store::{Connection, ReportScheduleId, SavedViewId, Tx, saved_views, users};

use crate::audit::{Act, changes};
use crate::error::Step as _;
use crate::recipients::{check_recipients, seen_recipients, stored_recipients};
use crate::saved_views::{is_seen, load, view_of};
use crate::share_links::acting_for;
use crate::workspaces::load_zone;
use crate::{Actor, App, AppError, Permission};

/// Schedules of a workspace.
const SCHEDULES_MAX: usize = 100;

/// What somebody says of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleInput {
    /// `day`, `week` or `month`.
    pub every: String,
    /// Of a week from Monday on, 1 to 7; of a month, 1 to 28; 0 for every day.
    pub on_day: u8,
    /// After midnight, in the workspace's zone.
    pub at_minute: u16,
    pub recipients: Vec<UserId>,
    pub is_on: bool,
    /// Whether webhooks that want reports are told it too, within the reach of its maker.
    pub tells_webhooks: bool,
}

/// A schedule in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSchedule {
    pub schedule: ReportSchedule,
    /// Empty where the view is somebody's own.
    pub view: String,
    pub author: String,
    /// Without names where the actor does not see the people.
    pub recipients: Vec<(UserId, String)>,
}

/// What somebody gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnReport {
    pub schedule: ReportSchedule,
    /// Empty where neither its maker nor the actor sees the view any more.
    pub view: String,
}

impl App {
    /// Everything that is sent by schedule, the oldest first, whoever made it.
    ///
    /// # Errors
    /// When the actor may not share or the store cannot be read.
    pub async fn list_report_schedules(
        &self,
        actor: &Actor,
    ) -> Result<Vec<SeenSchedule>, AppError> {
        actor.require(Permission::ShareReports)?;
        let mut connection = self.inner.store.read().await?;
        let all = report_schedules::list_report_schedules(&mut connection, actor.workspace).await?;
        let mut seen = Vec::new();
        for schedule in all {
            seen.push(seen_schedule(&mut connection, actor, schedule).await?);
        }
        Ok(seen)
    }

    /// # Errors
    /// When the actor may not share or is no person, or a field is wrong.
    pub async fn create_report_schedule(
        &self,
        actor: &Actor,
        view: SavedViewId,
        input: ScheduleInput,
    ) -> Result<SeenSchedule, AppError> {
        actor.require(Permission::ShareReports)?;
        let Some(user) = actor.user() else {
            let detail = "what is sent is what its maker sees: sign in to schedule it";
            return Err(AppError::invalid("view_id", "not_a_person", detail));
        };
        self.check_sendable(actor, view).await?;
        let mut tx = self.inner.store.begin_work().await?;
        let saved = load(&mut tx, actor, view).await?;
        let there = report_schedules::list_report_schedules(&mut tx, actor.workspace).await?;
        if there.len() >= SCHEDULES_MAX {
            let detail = format!("there are {SCHEDULES_MAX} schedules already: remove some");
            return Err(AppError::invalid("view_id", "too_many", detail));
        }
        let now = self.now();
        let details = checked(&mut tx, actor, &[], &input, now).await?;
        let made = (user, saved.id);
        let id =
            report_schedules::insert_report_schedule(&mut tx, actor.workspace, now, made, &details)
                .await?;
        let told = json!({"view": saved.details.name, "every": details.every});
        self.note(&mut tx, actor, Act::ReportScheduleCreated, id, told)
            .await?;
        let seen = load_seen(&mut tx, actor, id).await?;
        tx.set_made(id.0);
        tx.commit().await?;
        Ok(seen)
    }

    /// Changes a schedule as it was read at `version`. Of a view that is somebody's own only its
    /// owner does: it would send to others what the owner keeps.
    ///
    /// A turn that is being tried goes on unless its time changes or it is switched on.
    ///
    /// # Errors
    /// When the view is another's own, a field is wrong, or somebody else changed it meanwhile.
    pub async fn update_report_schedule(
        &self,
        actor: &Actor,
        id: ReportScheduleId,
        version: i64,
        input: ScheduleInput,
    ) -> Result<SeenSchedule, AppError> {
        actor.require(Permission::ShareReports)?;
        let mut tx = self.inner.store.begin().await?;
        let before = report_schedules::load_report_schedule(&mut tx, actor.workspace, id).await?;
        load(&mut tx, actor, before.view_id).await?;
        if input.tells_webhooks
            && !before.details.tells_webhooks
            && actor.user() != Some(before.author_id)
        {
            let detail = "webhooks are told what its maker sees: make a schedule of your own";
            return Err(AppError::invalid("tells_webhooks", "not_allowed", detail));
        }
        let there = recipients(&before)?;
        let mut details = checked(&mut tx, actor, &there, &input, self.now()).await?;
        if keeps_turn(&before.details, &details) {
            details.planned_at = before.details.planned_at;
        }
        let workspace = actor.workspace;
        report_schedules::update_report_schedule(&mut tx, workspace, id, version, &details).await?;
        let told = changes(&before.details, &details);
        self.note(&mut tx, actor, Act::ReportScheduleChanged, id, told)
            .await?;
        let seen = load_seen(&mut tx, actor, id).await?;
        tx.commit().await?;
        Ok(seen)
    }

    /// # Errors
    /// When somebody else changed it meanwhile.
    pub async fn delete_report_schedule(
        &self,
        actor: &Actor,
        id: ReportScheduleId,
        version: i64,
    ) -> Result<(), AppError> {
        actor.require(Permission::ShareReports)?;
        let mut tx = self.inner.store.begin().await?;
        let (workspace, now) = (actor.workspace, self.now());
        report_schedules::load_report_schedule(&mut tx, workspace, id).await?;
        report_schedules::archive_report_schedule(&mut tx, workspace, id, version, now).await?;
        self.note(&mut tx, actor, Act::ReportScheduleDeleted, id, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// What comes to the actor by schedule.
    ///
    /// # Errors
    /// When the actor may read no reports or the store cannot be read.
    pub async fn list_own_reports(&self, actor: &Actor) -> Result<Vec<OwnReport>, AppError> {
        actor.require(Permission::ReadReports)?;
        let (workspace, mut connection) = (actor.workspace, self.inner.store.read().await?);
        let all = report_schedules::list_report_schedules(&mut connection, workspace).await?;
        let views = saved_views::list_saved_views(&mut connection, workspace).await?;
        let mut own = Vec::new();
        for schedule in all.into_iter().filter(|schedule| schedule.details.is_on) {
            if goes_to(&schedule, actor)? {
                let maker = acting_for(&mut connection, workspace, schedule.author_id).await?;
                let view = views.iter().find(|view| view.id == schedule.view_id);
                let view = view.filter(|view| {
                    is_seen(actor, view) || maker.is_some_and(|maker| is_seen(&maker, view))
                });
                let view = view.map_or_else(String::new, |view| view.details.name.clone());
                own.push(OwnReport { schedule, view });
            }
        }
        Ok(own)
    }

    /// Sends it to the actor no more, whoever made it.
    ///
    /// # Errors
    /// When it does not come to the actor.
    pub async fn leave_report_schedule(
        &self,
        actor: &Actor,
        id: ReportScheduleId,
    ) -> Result<(), AppError> {
        actor.require(Permission::ReadReports)?;
        let (workspace, mut tx) = (actor.workspace, self.inner.store.begin().await?);
        let schedule = report_schedules::load_report_schedule(&mut tx, workspace, id).await?;
        if !goes_to(&schedule, actor)? {
            let what = "report schedule";
            return Err(AppError::NotFound { what });
        }
        let mut left = recipients(&schedule)?;
        left.retain(|user| Some(*user) != actor.user());
        report_schedules::set_recipients(&mut tx, workspace, id, &json!(left)).await?;
        self.note(&mut tx, actor, Act::ReportScheduleLeft, id, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Tells webhooks no more what somebody else changed, or whose maker sees something else from
    /// now on: as with links, nobody meant that to leave.
    pub(crate) async fn stop_telling(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        because: &str,
        is_ended: impl Fn(&ReportSchedule) -> bool,
    ) -> Result<(), AppError> {
        let workspace = actor.workspace;
        let all = report_schedules::list_report_schedules(tx, workspace).await?;
        let told = |schedule: &ReportSchedule| schedule.details.tells_webhooks;
        for schedule in all.into_iter().filter(|one| told(one) && is_ended(one)) {
            let why = "somebody else changed the view, or its maker sees something else by now: \
                webhooks are told it no more";
            report_schedules::stop_telling(tx, workspace, schedule.id, why).await?;
            let told = json!({"tells_webhooks": [true, false], "because": because});
            self.note(tx, actor, Act::ReportScheduleChanged, schedule.id, told)
                .await?;
        }
        Ok(())
    }

    /// Whether the view is one that may leave by mail.
    async fn check_sendable(&self, actor: &Actor, view: SavedViewId) -> Result<(), AppError> {
        let mut connection = self.inner.store.read().await?;
        let view = view_of(&load(&mut connection, actor, view).await?)?;
        drop(connection);
        self.check_shareable(actor, &view, None).await?;
        self.check_view(actor, &view).await
    }
}

/// Plans the turns of a workspace by its new zone.
pub(crate) async fn plan_anew(
    tx: &mut Tx,
    workspace: WorkspaceId,
    now: UnixMillis,
) -> Result<(), AppError> {
    let zone = load_zone(tx, workspace).await?;
    let all = report_schedules::list_report_schedules(tx, workspace).await?;
    for schedule in all.into_iter().filter(|schedule| schedule.details.is_on) {
        let next = turn_after(&schedule.details, &zone, now)?;
        report_schedules::plan_report_schedule(tx, workspace, schedule.id, next).await?;
    }
    Ok(())
}

/// Whether the turn that is waited for, or tried, stays the one that it is.
fn keeps_turn(before: &ReportScheduleDetails, after: &ReportScheduleDetails) -> bool {
    let is_same_time = before.every == after.every
        && before.on_day == after.on_day
        && before.at_minute == after.at_minute;
    is_same_time && (before.is_on || !after.is_on)
}

fn goes_to(schedule: &ReportSchedule, actor: &Actor) -> Result<bool, AppError> {
    let all = recipients(schedule)?;
    Ok(actor.user().is_some_and(|user| all.contains(&user)))
}

fn recipients(schedule: &ReportSchedule) -> Result<Vec<UserId>, AppError> {
    stored_recipients(&schedule.details.recipients)
}

fn every_of(details: &ReportScheduleDetails) -> Result<Every, AppError> {
    let on_day = u8::try_from(details.on_day).unwrap_or_default();
    Every::new(&details.every, on_day)
        .ok_or_else(|| anyhow::anyhow!("no such day"))
        .step("read a report's schedule")
}

fn turn_after(
    details: &ReportScheduleDetails,
    zone: &TimeZone,
    after: UnixMillis,
) -> Result<UnixMillis, AppError> {
    let at_minute = u16::try_from(details.at_minute).unwrap_or_default();
    Ok(next_after(every_of(details)?, at_minute, zone, after))
}

/// The turn behind the planned one, also where the clock was set back meanwhile.
fn turn_following(
    details: &ReportScheduleDetails,
    zone: &TimeZone,
    now: UnixMillis,
) -> Result<UnixMillis, AppError> {
    turn_after(details, zone, now.max(details.planned_at))
}

async fn load_seen(
    connection: &mut Connection,
    actor: &Actor,
    id: ReportScheduleId,
) -> Result<SeenSchedule, AppError> {
    let workspace = actor.workspace;
    let schedule = report_schedules::load_report_schedule(connection, workspace, id).await?;
    seen_schedule(connection, actor, schedule).await
}

async fn seen_schedule(
    connection: &mut Connection,
    actor: &Actor,
    schedule: ReportSchedule,
) -> Result<SeenSchedule, AppError> {
    let members = users::list_users(connection, actor.workspace).await?;
    let views = saved_views::list_saved_views(connection, actor.workspace).await?;
    let view = views.iter().find(|view| view.id == schedule.view_id);
    // What somebody calls a view of their own is theirs.
    let view = view.filter(|view| is_seen(actor, view));
    let author = members.iter().find(|user| user.id == schedule.author_id);
    let wanted = recipients(&schedule)?;
    Ok(SeenSchedule {
        view: view.map_or_else(String::new, |view| view.details.name.clone()),
        author: author.map_or_else(String::new, |user| user.called().to_owned()),
        recipients: seen_recipients(actor, &members, &wanted),
        schedule,
    })
}

async fn checked(
    connection: &mut Connection,
    actor: &Actor,
    there: &[UserId],
    input: &ScheduleInput,
    now: UnixMillis,
) -> Result<ReportScheduleDetails, AppError> {
    let every = Every::new(&input.every, input.on_day).ok_or_else(|| {
        let detail = "say day with 0, week with 1 to 7, or month with 1 to 28";
        AppError::invalid("on_day", "out_of_range", detail)
    })?;
    if input.at_minute >= DAY_MINUTES {
        let detail = format!("a day has {DAY_MINUTES} minutes");
        return Err(AppError::invalid("at_minute", "out_of_range", detail));
    }
    let least = usize::from(!input.tells_webhooks);
    check_recipients(connection, actor, there, &input.recipients, least).await?;
    let zone = load_zone(connection, actor.workspace).await?;
    Ok(ReportScheduleDetails {
        every: input.every.clone(),
        on_day: i64::from(input.on_day),
        at_minute: i64::from(input.at_minute),
        recipients: json!(input.recipients),
        is_on: input.is_on,
        planned_at: next_after(every, input.at_minute, &zone, now),
        tells_webhooks: input.tells_webhooks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_while_a_turn_is_sent_brings_it_no_second_time() {
        let moment = |text: &str| UnixMillis::parse_rfc3339(text).unwrap();
        let details = ReportScheduleDetails {
            every: "day".to_owned(),
            on_day: 0,
            at_minute: 8 * 60,
            recipients: json!([1]),
            is_on: true,
            planned_at: moment("2026-07-01T08:00:00Z"),
            tells_webhooks: false,
        };
        for (now, wanted) in [
            ("2026-07-01T07:59:00Z", "2026-07-02T08:00:00Z"),
            ("2026-07-01T08:00:09Z", "2026-07-02T08:00:00Z"),
            ("2026-07-05T09:00:00Z", "2026-07-06T08:00:00Z"),
        ] {
            let next = turn_following(&details, &TimeZone::UTC, moment(now)).unwrap();
            assert_eq!(next.rfc3339(), moment(wanted).rfc3339(), "{now}");
        }
    }
}
