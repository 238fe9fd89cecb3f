//! Operational state: workspaces, people, leads, deals, imports, on SQLite or PostgreSQL.

#![expect(
    clippy::missing_errors_doc,
    reason = "every function fails as `StoreError` tells; what is special is said where it is"
)]

mod connection;
pub mod erasures;
mod error;
mod filter;
mod migrate;
mod page;
mod postgres;
mod scalar;
mod sqlite;
mod statement;
pub mod testing;
mod value;

pub mod ad_names;
pub mod annotations;
pub mod api_keys;
pub mod audit;
pub mod ceremonies;
pub mod channel_rules;
pub mod channels;
pub mod conversions;
pub mod costs;
pub mod custom_metrics;
pub mod deal_statuses;
pub mod deals;
pub mod exporting;
pub mod goal_alerts;
pub mod goals;
pub mod idempotency;
pub mod ids;
pub mod import_mappings;
pub mod import_sources;
pub mod imports;
pub mod intake;
pub mod invitations;
pub mod lead_requests;
pub mod leads;
pub mod leases;
pub mod links;
pub mod mails;
pub mod maintain;
pub mod manual_costs;
pub mod meta;
pub mod moving;
pub mod nodes;
pub mod outbox;
pub mod passkeys;
pub mod payments;
pub mod person_requests;
pub mod persons;
pub mod provider_links;
pub mod rates;
pub mod reach;
pub mod report_schedules;
pub mod restoring;
pub mod retention;
mod row;
pub mod saved_views;
pub mod second_factors;
pub mod secrets;
pub mod segments;
pub mod service_accounts;
pub mod sessions;
pub mod share_links;
pub mod sites;
pub mod snapshot;
pub mod teams;
pub mod throttle;
pub mod tokens;
pub mod touches;
pub mod uploads;
pub mod users;
pub mod webhooks;
pub mod workspaces;

use std::fmt::Display;

pub use connection::{ACQUIRE_TIMEOUT_MS, Connection, Durability, Engine, READERS_MAX, Store, Tx};
pub use error::StoreError;
pub use page::{CursorError, Keyset, Page, PageRequest};
pub use postgres::{ANSWER_TIMEOUT_MS, CONNECT_TIMEOUT_MS, OLDEST_MAJOR};
pub use scalar::{
    AnnotationId, ApiKeyId, ConversionBatchId, ConversionTargetId, CostDeclarationId,
    CustomMetricId, DeliveryId, ErasureId, GoalAlertId, GoalId, GoalLookId, ImportMappingId,
    ImportRunId, ImportSourceId, InvitationId, LeadRequestId, MailId, ManualCostId, OutboxId,
    PasskeyId, PersonId, PersonRequestId, ProviderLinkId, ReportScheduleId, SavedViewId, SegmentId,
    ServiceAccountId, SessionId, ShareLinkId, TeamId, UploadId, WebhookId,
};
pub use sqlite::BUSY_TIMEOUT_MS;
pub use statement::Told;

/// Rows of one batched insert: many enough to be quick, few enough for the bind limit.
const BATCH_ROWS: usize = 200;

/// The version after an update; an update that met no row was made on a stale one.
fn fresh_version(
    updated: Option<i64>,
    what: &'static str,
    id: impl Display,
    version: i64,
) -> Result<i64, StoreError> {
    updated.ok_or_else(|| StoreError::StaleVersion {
        what,
        id: id.to_string(),
        version,
    })
}

/// For statements that end a row's life at a known version.
fn met_version(
    changed: u64,
    what: &'static str,
    id: impl Display,
    version: i64,
) -> Result<(), StoreError> {
    if changed == 0 {
        return Err(StoreError::StaleVersion {
            what,
            id: id.to_string(),
            version,
        });
    }
    Ok(())
}
