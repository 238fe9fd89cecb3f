//! What another tool counted before a site was measured here: days of numbers without people.

use serde::{Deserialize, Serialize};

use crate::{Day, FactId, ImportId, SiteId, Traffic, UnixMillis, WorkspaceId};

/// A row of a day as another tool added it up. What its file does not tell is absent, not zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    pub id: FactId,
    pub workspace: WorkspaceId,
    pub import: ImportId,
    pub site: SiteId,
    /// Of the site, by the clock that the tool counted by.
    pub day: Day,
    pub recorded: UnixMillis,
    pub tool: HistoryTool,
    pub about: HistoryAbout,
    pub counts: HistoryCounts,
}

/// Who counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryTool {
    Plausible,
    GoogleAnalytics,
    Matomo,
    Other,
}

/// What of a day a row is about. Rows of one kind add up to what the tool knew of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HistoryAbout {
    /// All of it.
    Whole,
    Traffic(Box<Traffic>),
    /// Host and path.
    Page(String),
    LandingPage(String),
    ExitPage(String),
    /// Two letters.
    Country(String),
    Device(String),
    Browser(String),
    System(String),
    Event(String),
}

/// The numbers of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryCounts {
    /// Different ones of this day and row.
    pub visitors: Option<i64>,
    pub visits: Option<i64>,
    pub page_views: Option<i64>,
    pub bounces: Option<i64>,
    /// From the first to the last thing of each visit, added up.
    pub lasted_ms: Option<i64>,
    pub events: Option<i64>,
}

impl HistoryTool {
    pub const ALL: [Self; 4] = [
        Self::Plausible,
        Self::GoogleAnalytics,
        Self::Matomo,
        Self::Other,
    ];

    /// As in the API and in the warehouse.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plausible => "plausible",
            Self::GoogleAnalytics => "google_analytics",
            Self::Matomo => "matomo",
            Self::Other => "other",
        }
    }
}

impl HistoryAbout {
    /// What rows of this kind split a day by, as the warehouse keeps it.
    #[must_use]
    pub fn split(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Traffic(_) => "traffic",
            Self::Page(_) => "page",
            Self::LandingPage(_) => "landing_page",
            Self::ExitPage(_) => "exit_page",
            Self::Country(_) => "country",
            Self::Device(_) => "device",
            Self::Browser(_) => "browser",
            Self::System(_) => "os",
            Self::Event(_) => "event",
        }
    }

    /// What the row is about, where that is one text.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Whole | Self::Traffic(_) => "",
            Self::Page(value)
            | Self::LandingPage(value)
            | Self::ExitPage(value)
            | Self::Country(value)
            | Self::Device(value)
            | Self::Browser(value)
            | Self::System(value)
            | Self::Event(value) => value,
        }
    }

    #[must_use]
    pub fn traffic(&self) -> Option<&Traffic> {
        match self {
            Self::Traffic(traffic) => Some(traffic),
            _ => None,
        }
    }
}

impl HistoryCounts {
    /// Whether the row tells anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
