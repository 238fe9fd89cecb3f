//! What was sent, and what the doors said to it.

use crate::lanes::Tally;
use crate::truth::Truth;

/// What was sent, and what a report has to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The owner's sign-in name; the password is the scenario's.
    pub email: String,
    pub site_id: i64,
    pub sent: Sendings,
    pub truth: Truth,
}

/// What each door took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sendings {
    pub events: Taken,
    pub cost_files: u64,
    pub cost_rows: Taken,
    pub manual_costs: u64,
    pub leads: Taken,
    pub deal_files: u64,
    /// By files and by the door.
    pub deals: Taken,
    pub payments: Taken,
    /// Leads that the desk has marked.
    pub lead_statuses: u64,
    pub live_clicks: u64,
    pub live_events: u64,
}

/// How many a door took and how many it did not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    pub accepted: u64,
    /// Of leads: taken, but recognised as the same request again.
    pub duplicates: u64,
    pub rejected: u64,
    /// Why the first of the rejected was.
    pub first_rejection: Option<String>,
}

impl Taken {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            accepted: self.accepted + other.accepted,
            duplicates: self.duplicates + other.duplicates,
            rejected: self.rejected + other.rejected,
            first_rejection: self.first_rejection.or(other.first_rejection),
        }
    }
}

impl From<Tally> for Taken {
    fn from(tally: Tally) -> Self {
        Self {
            accepted: tally.accepted,
            duplicates: tally.duplicates,
            rejected: tally.rejected,
            first_rejection: tally.first_rejection,
        }
    }
}
