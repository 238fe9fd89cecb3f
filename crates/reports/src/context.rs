//! Who asks: the workspace's settings and the moment of asking.

use std::collections::BTreeMap;
use std::sync::Arc;

use base::{Currency, TimeZone, UnixMillis, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::asking::Clock;
use crate::formula::CustomMetric;
use crate::renamed::RenamedEntity;

/// What a report needs to know of the asker.
#[derive(Debug, Clone)]
pub struct ReportContext {
    pub workspace: WorkspaceId,
    /// The workspace's zone: days of costs are days of this zone.
    pub time_zone: TimeZone,
    pub currency: Currency,
    pub week_start: WeekStart,
    pub now: UnixMillis,
    pub clock: Clock,
    pub language: Language,
    /// The channels that the asker sees; all of them, and what is in none, when absent.
    pub channels: Option<Vec<String>>,
    /// Names of values that the warehouse knows by id only: dimension key → value → name.
    pub names: BTreeMap<String, BTreeMap<String, String>>,
    /// The metrics that the workspace defined.
    pub custom: Vec<Arc<CustomMetric>>,
    /// Campaigns, ad groups and ads that had other names, as it is known on the question's day.
    pub renamed: Vec<RenamedEntity>,
}

/// The first day of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeekStart {
    #[default]
    Monday,
    Sunday,
}

/// A language of titles and definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    En,
    Ru,
    Pl,
}

#[cfg(test)]
impl ReportContext {
    pub(crate) fn of_tests() -> Self {
        Self {
            workspace: WorkspaceId(1),
            time_zone: "Europe/Warsaw".parse().unwrap(),
            currency: "PLN".parse().unwrap(),
            week_start: WeekStart::Monday,
            now: UnixMillis(0),
            clock: Clock::standing(UnixMillis(0)),
            language: Language::En,
            channels: None,
            names: BTreeMap::new(),
            custom: Vec::new(),
            renamed: Vec::new(),
        }
    }
}
