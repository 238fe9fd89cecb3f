//! What the owner should look at: a failing disk, missing costs, unmapped statuses, spend that
//! nothing matches.

use base::Day;
use reports::catalogue::platform_name;
use store::costs;
use store::costs::DeclaredUntil;
use warehouse::{Parameter, Value};

use crate::activity::int;
use crate::costs::{MANUAL, platform_of};
use crate::workspaces::load_zone;
use crate::{Actor, App, AppError, Permission};

/// A platform without costs for this many days is missing them; yesterday may still come.
const COSTS_LATE_DAYS: i32 = 2;
/// A platform that was silent longer has simply ended.
const COSTS_ENDED_DAYS: i32 = 45;
/// Days that spend and visits are compared over.
const MISTAGGED_DAYS: i32 = 30;

/// One thing to look at, in terms the interface translates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub code: &'static str,
    pub severity: Severity,
    pub params: Vec<(&'static str, String)>,
    /// Screen that helps.
    pub screen: &'static str,
    /// What the screen shows, as the query of its address.
    pub query: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

impl Severity {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl App {
    /// What needs attention in the workspace, the gravest first.
    ///
    /// # Errors
    /// When the store or the warehouse fails.
    pub async fn notes(&self, actor: &Actor) -> Result<Vec<Note>, AppError> {
        actor.require(Permission::ReadNotes)?;
        let mut connection = self.inner.store.read().await?;
        let zone = load_zone(&mut connection, actor.workspace).await?;
        drop(connection);
        let today = zone.day_of(self.now());
        let mut notes = self.health_notes();
        notes.extend(self.backup_notes(actor).await);
        notes.extend(self.person_request_notes(actor, today).await?);
        let unmapped = self.deal_statuses(actor).await?.unmapped();
        if unmapped > 0 {
            let params = vec![("count", unmapped.to_string())];
            let found = note("statuses_unmapped", Severity::Warning, params, "settings");
            notes.push(found.showing("tab=statuses"));
        }
        // What is missing is told of platforms and campaigns, whatever their channel.
        if actor.may(Permission::SeeCosts) && actor.channels().is_none() {
            notes.extend(self.missing_costs(actor, today).await?);
            match self.mistagged_spend(actor, today).await {
                Ok(found) => notes.extend(found),
                // Every screen says so.
                Err(error) if error.is_warehouse_away() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(notes)
    }

    async fn missing_costs(&self, actor: &Actor, today: Day) -> Result<Vec<Note>, AppError> {
        let mut connection = self.inner.store.read().await?;
        let declared = costs::list_declared_until(&mut connection, actor.workspace).await?;
        drop(connection);
        let language = self.language(actor).await?;
        let late = today.0 - COSTS_ENDED_DAYS..=today.0 - COSTS_LATE_DAYS;
        let shape = |declared: DeclaredUntil| {
            let since = declared.last_day.plus_days(1).to_string();
            let platform = match platform_name(platform_of(&declared.platform)) {
                Some(name) => name.get(language).to_owned(),
                None => declared.platform,
            };
            let params = vec![("platform", platform), ("since", since)];
            let found = note("costs_missing", Severity::Warning, params, "costs");
            found.showing("tab=imports")
        };
        // Nobody delivers a manual cost: where its days end, it ends.
        let is_delivered = |declared: &DeclaredUntil| platform_of(&declared.platform) != MANUAL;
        let is_late = |declared: &DeclaredUntil| {
            late.contains(&declared.last_day.0) && is_delivered(declared)
        };
        Ok(declared.into_iter().filter(is_late).map(shape).collect())
    }

    async fn mistagged_spend(&self, actor: &Actor, today: Day) -> Result<Vec<Note>, AppError> {
        let parameters = vec![
            Parameter::Int(actor.workspace.0),
            Parameter::Int(i64::from(today.0 - MISTAGGED_DAYS)),
            Parameter::Int(
                self.now()
                    .plus_ms(-i64::from(MISTAGGED_DAYS) * 86_400_000)
                    .0,
            ),
        ];
        let sql = include_str!("queries/mistagged_spend.sql");
        let table = self.read_table(sql, parameters).await?;
        // Where nothing was seen at all, the snippet is missing, and every campaign would be named.
        if table.rows.iter().any(|row| int(row, 1) == Some(0)) {
            let params = vec![("days", MISTAGGED_DAYS.to_string())];
            return Ok(vec![note("no_visits", Severity::Warning, params, "sites")]);
        }
        let shape = |row: &Vec<Value>| {
            let campaign = row.first()?.display()?;
            let query = campaign_query(&campaign);
            let params = vec![("campaign", campaign)];
            let found = note("mistagged_spend", Severity::Warning, params, "reports");
            Some(found.showing(&query))
        };
        Ok(table.rows.iter().filter_map(shape).collect())
    }
}

pub(crate) fn note(
    code: &'static str,
    severity: Severity,
    params: Vec<(&'static str, String)>,
    screen: &'static str,
) -> Note {
    Note {
        code,
        severity,
        params,
        screen,
        query: String::new(),
    }
}

impl Note {
    pub(crate) fn showing(self, query: &str) -> Self {
        Self {
            query: query.to_owned(),
            ..self
        }
    }
}

/// The report of one campaign: what was spent, clicked and seen, by source.
fn campaign_query(campaign: &str) -> String {
    // A filter escapes its values, and the query of an address escapes the filter.
    let filter = format!("campaign:is:{}", escaped(campaign));
    format!(
        "period=last_30&by=source%2Ccampaign&columns=cost%2Cclicks%2Cvisits&filter={}",
        escaped(&filter)
    )
}

/// Escapes all but the characters that mean themselves anywhere in an address (RFC 3986, 2.3).
fn escaped(text: &str) -> String {
    use std::fmt::Write as _;

    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_s_report_is_filtered_by_its_whole_name() {
        assert_eq!(
            campaign_query("Очки: a&b"),
            "period=last_30&by=source%2Ccampaign&columns=cost%2Cclicks%2Cvisits\
             &filter=campaign%3Ais%3A%25D0%259E%25D1%2587%25D0%25BA%25D0%25B8%253A%2520a%2526b"
        );
    }
}
