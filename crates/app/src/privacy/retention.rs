//! For how long a workspace keeps each class of personal data, and what goes when that is over: who
//! somebody was; what was counted stays.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::{TimeZone, UnixMillis, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::retention::Expired as Found;
use store::workspaces::{self, Workspace};
use store::{Connection, meta, retention};
use warehouse::Parameter;

use super::marks::Expired;
use crate::audit::{Act, OldEntries};
use crate::error::Step as _;
use crate::{Actor, App, AppError, Permission};

mod journals;
mod segments;
mod work;

/// In a workspace's settings.
const SETTING: &str = "retention";
/// A hundred years are for ever.
const DAYS_MAX: u32 = 36_500;
/// Shorter than that credit would be lost that is still to come: a lead finds its touches by who
/// the visitor is.
const VISITS_DAYS_MIN: u32 = 30;
/// Shorter than that nobody would find who came in unseen.
const AUDIT_DAYS_MIN: u32 = 90;
const DAY_MS: i64 = 24 * 3_600_000;
/// The local hour from which on it is done, once a day.
const HOUR_MS: i64 = 3_600_000;
const AFTER_HOUR: i64 = 2;
const STEP: &str = "read for how long data is kept";

/// Days that each class is kept; nothing for one that is kept for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetentionDays {
    /// Requests of leads as they came in.
    pub requests: Option<u32>,
    /// Rows that imports left out.
    pub rejected_rows: Option<u32>,
    /// Who a lead is that became no deal.
    pub contacts: Option<u32>,
    /// Who a visitor is, and what their pages, devices and click ids say.
    pub visits: Option<u32>,
    /// Who did what and when.
    pub audit_log: Option<u32>,
}

/// A class of data that a workspace may keep for some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetainedClass {
    Requests,
    RejectedRows,
    Contacts,
    Visits,
    AuditLog,
}

/// What would go of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionPreview {
    pub class: RetainedClass,
    /// `None` while the warehouse is away.
    pub rows: Option<u64>,
    pub oldest: Option<UnixMillis>,
}

/// What the last run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetentionRun {
    pub at_ms: i64,
    pub counts: HashMap<String, u64>,
    /// Segments of the journal that are moved away, and hold what is too old until they are back.
    pub segments_away: u64,
}

/// For how long data is kept.
#[derive(Debug, Clone)]
pub struct RetentionView {
    /// Of the workspace: whoever changes it says which one they have seen.
    pub version: i64,
    pub days: RetentionDays,
    /// For how long the installation keeps raw requests in any case.
    pub requests_at_most: Option<u32>,
    pub last: Option<RetentionRun>,
}

/// How far it has come in a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// Facts that were recorded until then say of nobody who it was.
    visits_until_ms: Option<i64>,
    /// Leads may have lost their contacts: a file that names them again says nothing to them.
    contacts: bool,
    /// Since when the days are what they are: it is done from the next night on.
    since_ms: i64,
    /// The first segment of the journal that may hold such facts.
    segment: u64,
    /// Earlier ones that were moved away: they are looked through once they are back.
    away: BTreeSet<u64>,
    /// The same of other nodes' journals, by name.
    segments_of_others: BTreeMap<String, u64>,
    /// Other nodes that were away: their journals still say who somebody was.
    waits_for: Vec<String>,
    last: Option<RetentionRun>,
}

impl RetainedClass {
    pub const ALL: [Self; 5] = [
        Self::Requests,
        Self::RejectedRows,
        Self::Contacts,
        Self::Visits,
        Self::AuditLog,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::RejectedRows => "rejected_rows",
            Self::Contacts => "contacts",
            Self::Visits => "visits",
            Self::AuditLog => "audit_log",
        }
    }
}

impl RetentionDays {
    #[must_use]
    pub fn of(self, class: RetainedClass) -> Option<u32> {
        match class {
            RetainedClass::Requests => self.requests,
            RetainedClass::RejectedRows => self.rejected_rows,
            RetainedClass::Contacts => self.contacts,
            RetainedClass::Visits => self.visits,
            RetainedClass::AuditLog => self.audit_log,
        }
    }

    /// What was recorded until then goes.
    fn until(self, class: RetainedClass, now: UnixMillis) -> Option<UnixMillis> {
        let days = self.of(class)?;
        Some(now.plus_ms(-i64::from(days) * DAY_MS))
    }

    fn check(self) -> Result<(), AppError> {
        for class in RetainedClass::ALL {
            let least = match class {
                RetainedClass::Visits => VISITS_DAYS_MIN,
                RetainedClass::AuditLog => AUDIT_DAYS_MIN,
                RetainedClass::Requests | RetainedClass::RejectedRows | RetainedClass::Contacts => {
                    1
                }
            };
            let is_fine = |days: u32| (least..=DAYS_MAX).contains(&days);
            if !self.of(class).is_none_or(is_fine) {
                let detail = format!("use {least} to {DAYS_MAX} days, or none for ever");
                return Err(AppError::invalid(class.name(), "out_of_range", detail));
            }
        }
        Ok(())
    }

    fn in_settings(workspace: &Workspace) -> Self {
        let stored = &workspace.details.settings[SETTING];
        serde_json::from_value(stored.clone()).unwrap_or_default()
    }
}

impl App {
    /// # Errors
    /// When the actor may not, or the store fails.
    pub async fn retention(&self, actor: &Actor) -> Result<RetentionView, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        let mut connection = self.inner.store.read().await?;
        let workspace = workspaces::load_workspace(&mut connection, actor.workspace).await?;
        let state = State::read(&mut connection, actor.workspace).await?;
        let at_most = self.inner.settings.lead_request_days;
        Ok(RetentionView {
            version: workspace.version,
            days: RetentionDays::in_settings(&workspace),
            requests_at_most: (at_most > 0).then_some(at_most),
            last: state.last,
        })
    }

    /// What would go if data were kept for so long, class by class.
    ///
    /// # Errors
    /// When the actor may not, the days cannot be used, or the store fails.
    pub async fn preview_retention(
        &self,
        actor: &Actor,
        days: RetentionDays,
    ) -> Result<Vec<RetentionPreview>, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        days.check()?;
        let mut told = Vec::new();
        for class in RetainedClass::ALL {
            if let Some(until) = days.until(class, self.now()) {
                told.push(self.preview_class(actor.workspace, class, until).await?);
            }
        }
        Ok(told)
    }

    /// Keeps data for so long from the next night on.
    ///
    /// # Errors
    /// When the actor may not, the days cannot be used, or somebody changed them meanwhile.
    pub async fn set_retention(
        &self,
        actor: &Actor,
        version: i64,
        days: RetentionDays,
    ) -> Result<RetentionView, AppError> {
        actor.require(Permission::ManagePrivacy)?;
        days.check()?;
        let mut tx = self.inner.store.begin().await?;
        let mut workspace = workspaces::load_workspace(&mut tx, actor.workspace).await?;
        let before = RetentionDays::in_settings(&workspace);
        let details = &mut workspace.details;
        if !details.settings.is_object() {
            details.settings = json!({});
        }
        details.settings[SETTING] = json!(days);
        workspaces::update_workspace(&mut tx, actor.workspace, version, details).await?;
        let mut state = State::read(&mut tx, actor.workspace).await?;
        state.since_ms = self.now().0;
        meta::put_meta(&mut tx, &key(actor.workspace), &state.written()?).await?;
        let told = json!({"from": before, "to": days});
        self.note(&mut tx, actor, Act::RetentionChanged, "", told)
            .await?;
        tx.commit().await?;
        self.retention(actor).await
    }

    /// Lets go of what is older than each workspace keeps it, in those whose night it is. Returns
    /// in how many something was done.
    ///
    /// # Errors
    /// When an engine fails; what was done stays done, and the rest is done by the next try.
    pub async fn keep_retention(&self) -> Result<usize, AppError> {
        let mut connection = self.inner.store.read().await?;
        let all = workspaces::list_workspaces(&mut connection).await?;
        let (mut due, mut left) = (Vec::new(), Vec::new());
        for workspace in all {
            let state = State::read(&mut connection, workspace.id).await?;
            let is_wanted = RetentionDays::in_settings(&workspace) != RetentionDays::default();
            if is_wanted && is_due(&workspace, &state, self.now()) {
                due.push(workspace.id);
            } else if !state.waits_for.is_empty() {
                left.push(workspace.id);
            }
        }
        drop(connection);
        // One that fails keeps no other from its night.
        let (done, mut failed) = (due.len(), None);
        for workspace in left {
            // What an earlier night has left, because nodes were away.
            let late = self.expire_journals_of_others(workspace).await;
            failed = failed.or(late.err());
        }
        for workspace in due {
            failed = failed.or(self.apply_retention(workspace).await.err());
        }
        failed.map_or(Ok(done), Err)
    }

    async fn preview_class(
        &self,
        workspace: WorkspaceId,
        class: RetainedClass,
        until: UnixMillis,
    ) -> Result<RetentionPreview, AppError> {
        let mut connection = self.inner.store.read().await?;
        let found = match class {
            RetainedClass::Requests => {
                retention::count_requests(&mut connection, workspace, until).await?
            }
            RetainedClass::RejectedRows => {
                retention::count_rejected(&mut connection, workspace, until).await?
            }
            RetainedClass::Contacts => {
                retention::count_contacts(&mut connection, workspace, until).await?
            }
            RetainedClass::Visits => {
                drop(connection);
                return self.preview_visits(workspace, until).await;
            }
            RetainedClass::AuditLog => {
                let old = OldEntries::find(&mut connection, workspace, until).await?;
                return Ok(RetentionPreview {
                    class,
                    rows: Some(old.as_ref().map_or(0, |old| old.count)),
                    oldest: old.and_then(|old| old.oldest),
                });
            }
        };
        let Found { rows, oldest } = found;
        let rows = u64::try_from(rows).ok();
        Ok(RetentionPreview {
            class,
            rows,
            oldest,
        })
    }

    async fn preview_visits(
        &self,
        workspace: WorkspaceId,
        until: UnixMillis,
    ) -> Result<RetentionPreview, AppError> {
        let parameters = vec![Parameter::Int(workspace.0), Parameter::Int(until.0)];
        let sql = include_str!("../queries/count_expiring_visitors.sql");
        let mut told = RetentionPreview {
            class: RetainedClass::Visits,
            rows: None,
            oldest: None,
        };
        let table = match self.read_table_whole(sql, parameters).await {
            Err(error) if error.is_warehouse_away() => return Ok(told),
            table => table?,
        };
        if let Some([rows, oldest]) = table.rows.first().map(Vec::as_slice) {
            let rows = rows.int().and_then(|rows| u64::try_from(rows).ok());
            told.rows = rows;
            let oldest = oldest.int().and_then(|at| i64::try_from(at).ok());
            told.oldest = oldest.filter(|_| rows != Some(0)).map(UnixMillis);
        }
        Ok(told)
    }
}

impl State {
    async fn read(connection: &mut Connection, workspace: WorkspaceId) -> Result<Self, AppError> {
        let found = meta::find_meta(connection, &key(workspace)).await?;
        match found {
            Some(text) => serde_json::from_slice(&text).step(STEP),
            None => Ok(Self::default()),
        }
    }

    fn written(&self) -> Result<Vec<u8>, AppError> {
        serde_json::to_vec(self).step(STEP)
    }
}

/// Whose facts say of nobody who it was, as far as that was begun.
pub(super) async fn expired(connection: &mut Connection) -> Result<Expired, AppError> {
    let mut expired = Expired::new();
    for workspace in workspaces::list_workspaces(connection).await? {
        let state = State::read(connection, workspace.id).await?;
        if state.contacts || state.visits_until_ms.is_some() {
            let until = state.visits_until_ms.unwrap_or(i64::MIN);
            expired.insert(workspace.id, UnixMillis(until));
        }
    }
    Ok(expired)
}

fn key(workspace: WorkspaceId) -> String {
    format!("{SETTING}:{workspace}")
}

/// Once a local day, in the night.
fn is_due(workspace: &Workspace, state: &State, now: UnixMillis) -> bool {
    let zone: TimeZone = workspace.details.time_zone.parse().unwrap_or(TimeZone::UTC);
    let day = |at: UnixMillis| zone.day_of(at.plus_ms(-AFTER_HOUR * HOUR_MS));
    let done_ms = state.last.as_ref().map_or(i64::MIN, |last| last.at_ms);
    day(UnixMillis(done_ms.max(state.since_ms))) != day(now)
}

/// As the audit log tells it.
fn told(days: RetentionDays, run: &RetentionRun) -> Value {
    json!({"days": days, "counts": run.counts, "segments_away": run.segments_away})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_at_least_what_credit_needs() {
        let days = |visits, contacts| RetentionDays {
            visits,
            contacts,
            ..RetentionDays::default()
        };
        assert!(days(None, None).check().is_ok());
        assert!(days(Some(30), Some(1)).check().is_ok());
        for wrong in [
            days(Some(29), None),
            days(None, Some(0)),
            days(None, Some(DAYS_MAX + 1)),
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
