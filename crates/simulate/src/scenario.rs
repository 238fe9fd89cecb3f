//! What to play, and what to tell about it.

/// What to play. The same scenario and clock always give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    pub seed: u64,
    /// About so many events; the real count differs by a few percent.
    pub events: u64,
    /// Days of history, today included. Fewer than [`DAYS_MIN`] count as so many.
    pub days: u32,
    /// Password of the owner, [`OWNER_EMAIL`].
    pub password: String,
}

/// Sign-in name of the workspace's owner.
pub const OWNER_EMAIL: &str = "demo@throughline.example";

/// The last full month, in which the worked examples run, always fits.
pub const DAYS_MIN: u32 = 62;

/// How far a step of the work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    /// Of events an estimate until the step ends.
    pub total: u64,
    pub step: Step,
}

/// The steps of the work, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    SetUp,
    Costs,
    Events,
    Leads,
    Deals,
    Payments,
    LeadStatuses,
    Live,
}

impl Scenario {
    /// A year of an average shop: about a million events.
    #[must_use]
    pub fn year(seed: u64, password: String) -> Self {
        Self {
            seed,
            events: 1_000_000,
            days: 365,
            password,
        }
    }
}

impl Step {
    /// For a progress bar.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SetUp => "setting up the workspace",
            Self::Costs => "importing ad costs",
            Self::Events => "sending events",
            Self::Leads => "sending leads",
            Self::Deals => "sending deals",
            Self::Payments => "sending payments",
            Self::LeadStatuses => "working the leads",
            Self::Live => "clicking links",
        }
    }
}
