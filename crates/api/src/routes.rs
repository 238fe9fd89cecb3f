//! The endpoints, a file a noun.

pub(crate) mod ad_names;
pub(crate) mod annotations;
pub(crate) mod assignees;
pub(crate) mod audit;
pub(crate) mod backups;
pub(crate) mod channels;
pub(crate) mod conversion_batches;
pub(crate) mod conversions;
pub(crate) mod costs;
pub(crate) mod custom_metrics;
pub(crate) mod deals;
pub(crate) mod events;
pub(crate) mod forms;
pub(crate) mod goal_alerts;
pub(crate) mod goals;
pub(crate) mod imports;
pub(crate) mod intake_log;
pub(crate) mod invitations;
pub(crate) mod leads;
pub(crate) mod links;
pub(crate) mod members;
pub(crate) mod notes;
pub(crate) mod passkeys;
pub(crate) mod payments;
pub(crate) mod person_requests;
pub(crate) mod privacy;
pub(crate) mod providers;
pub(crate) mod rates;
pub(crate) mod reconciliation;
pub(crate) mod recovery;
pub(crate) mod report_schedules;
pub(crate) mod reports;
pub(crate) mod retention;
pub(crate) mod saved_views;
pub(crate) mod second_factor;
pub(crate) mod segments;
pub(crate) mod service_accounts;
pub(crate) mod sessions;
pub(crate) mod share_links;
pub(crate) mod signing;
pub(crate) mod sites;
pub(crate) mod statuses;
pub(crate) mod teams;
pub(crate) mod timelines;
pub(crate) mod watching;
pub(crate) mod webhooks;
pub(crate) mod workspaces;

use app::{AppError, LeadInput, RawLead};

/// Reads a stored lead request again, after a crash between storing and judging it.
///
/// # Errors
/// When the request is none that its door would take.
pub fn reread_lead(raw: &RawLead) -> Result<LeadInput, AppError> {
    forms::reread(raw)
}
