//! Use cases: load, decide, save. This crate knows no HTTP and no JSON shapes.

mod activity;
mod actor;
mod ad_names;
mod annotations;
mod assignees;
pub mod audit;
mod backups;
mod ceremonies;
mod channels;
mod context;
mod conversion;
mod conversions;
mod costs;
mod custom_metrics;
mod deals;
mod elsewhere;
mod error;
mod exporting;
mod goals;
mod health;
mod imports;
mod intake_log;
mod invitations;
mod keys;
mod labels;
mod leads;
mod leases;
mod links;
mod loader;
mod mail;
mod members;
mod nodes;
mod notes;
mod once;
mod outbox;
mod passkeys;
mod password;
mod payments;
mod people;
mod privacy;
mod proof;
mod providers;
mod rates;
mod rates_file;
mod reach;
mod recipients;
mod reconciliation;
mod recovery;
mod report_schedules;
mod reporting;
mod rights;
mod routing;
mod saved_views;
mod second_factor;
mod secrets;
mod segments;
mod service_accounts;
mod share_links;
mod sight;
mod sign_in;
mod sites;
mod spill;
mod standing;
mod statuses;
mod surroundings;
mod teams;
mod timeline;
mod tokens;
mod watching;
mod webhooks;
mod workspaces;

pub use activity::SiteStatus;
pub use actor::{Actor, Program, Scope, Who};
pub use ad_names::{AdEntityNames, AdNameDays, AdNamesQuery, NamedCost, ShownName};
pub use annotations::{AnnotationInput, AnnotationPatch, AnnotationView};
pub use backups::{BackupFailure, BackupMade, BackupProof, BackupStatus, Backups};
pub use channels::{ChannelInput, ChannelPatch, RulesExample, RulesPreview};
pub use connect::columns::Kind as ImportKind;
pub use connect::dates::DateOrder;
pub use connect::mail::Mailer;
pub use connect::outbound::Outbound;
pub use connect::rates::{RATES_FILE_BYTES_MAX, RateFault};
pub use connect::webhook::{Received as SignedMessage, check_time as check_signed_time};
pub use context::{App, ClearCopies, Parts, Settings};
pub use conversion::{Conversion, ConversionInput, ConvertedSum, RateName};
pub use conversions::{
    CONVERSIONS_MAX, ConversionBatchOrder, ConversionBatchView, ConversionPreview,
    ConversionPreviewQuery, ConversionPreviewRow, ConversionRowView, ConversionTargetInput,
    ConversionTargetPatch,
};
pub use costs::{CostEffect, CostMemory, CostQuery, ManualCostInput, ManualCostPatch};
pub use custom_metrics::{CustomMetricInput, CustomMetricPatch, FormulaCheck, SeenMetric};
pub use deals::{
    BATCH_ITEMS_MAX, DealInput, DealQuery, DealSumView, DealView, ItemOutcome, ItemResult,
};
pub use domain::cost::Effect;
pub use elsewhere::{Elsewhere, EraseOrder, NobodyElse};
pub use error::{AppError, FieldError};
pub use goals::alerts::{AlertInput, SeenAlert};
pub use goals::{GoalInput, GoalNarrowing, GoalNumbers, GoalPatch, GoalView};
pub use health::{DiskLimits, DiskRoom};
pub use imports::{
    ACCESS_LOG, AccessLogFile, AccessLogLines, IMPORT_ROWS_MAX, ImportMappingInput,
    ImportMappingPatch, ImportRunView, ImportSourceInput, ImportSourceView, ImportView, Incoming,
    Kept, KeptRecord, KeptWhy, MappedFile, Needer, Preview, PreviewCampaign, PreviewColumn,
    PreviewError, PreviewField, PreviewRow, PreviewStatus, PreviewWarning, REJECTED_FILE_ROWS_MAX,
    Recall, Recalled, RowEffect, RowOutcome, SourceHeader, SourcePlace, TrackedCampaign,
    UPLOAD_BYTES_MAX, Uncounted, Words, purge_upload_files,
};
pub use intake_log::{
    INTAKE_HOURS_KEPT_DAYS, INTAKE_MINUTES_KEPT_DAYS, IntakeGap, IntakeOwner, IntakeQuery,
    IntakeSpan, IntakeSums, IntakeView, end_intake, write_intake,
};
pub use invitations::{InvitationView, Invited, NewPerson};
pub use keys::{Signer, note_key_uses};
pub use labels::Labels;
pub use leads::{
    FormSite, LEAD_REQUEST_BYTES_MAX, LeadInput, LeadQuery, LeadView, RawLead, Received,
    TrafficLabel,
};
pub use leases::{Held, Job, LEASE_BEAT, LEASE_STILL, Lease};
pub use links::{LinkInput, LinkPatch};
pub use loader::{Handed, LOAD_BYTES_MAX, Loader, READ_JOURNAL, Source, Step};
pub use members::{MemberPatch, MemberView, Membership, second_factor_roles};
pub use nodes::{
    Company, Journaled, Lives, NodeRole, Provenance, Roles, Shares, ThisNode, heed, note_node,
    note_stop, provenance,
};
pub use notes::{Note, Severity};
pub use once::{IDEMPOTENCY_KEY_BYTES_MAX, Ticket, Turn};
pub use passkeys::{AddedPasskey, PasskeyView, why_no_passkeys};
pub use payments::PaymentInput;
pub use people::{LANGUAGES, Me, SetUp, Vouched, Ways};
pub use privacy::{
    ERASED_LEADS_MAX, Erased, ErasureStep, FoundLead, LawView, PersonQuery, PersonRequestClose,
    PersonRequestInput, PersonRequestView, PersonView, RegisterClass, RetainedClass, RetentionDays,
    RetentionPreview, RetentionRun, RetentionView, register_page, united_erasure_lists,
};
pub use providers::{
    GroupRole, ProviderAnswer, ProviderEntry, ProviderLinkView, ProviderSettings, check_provider,
};
pub use rates::{RATES_ITEMS_MAX, RateInput, RatesView};
pub use rates_file::{CurrencyFound, RatesFound, RatesWanted};
pub use reach::Keeper;
pub use reconciliation::{
    Gap, ReconciledChannel, Reconciliation, ReconciliationQuery, UnmetCampaign,
};
pub use report_schedules::{OwnReport, ScheduleInput, SeenSchedule};
pub use reporting::EXPORT_ROWS_MAX;
pub use rights::{Breadth, Permission, Realm, Role, markdown as roles_page};
pub use routing::{DailySalts, KeyRoute, Routing, daily_salts, day_of, read_routing};
pub use saved_views::{SavedViewInput, SavedViewPatch, SeenView};
pub use second_factor::{AuthenticatorSetUp, QrCode, SecondFactorView};
pub use secrets::{KeyError, KeyId, Keyring, MasterKey, Place, SealError};
pub use segments::{SegmentInput, SegmentPatch, filters_of};
pub use service_accounts::{Power, ServiceAccountInput, ServiceAccountPatch, ServiceAccountView};
pub use share_links::{ShareInput, SharedLink, SharedView};
pub use sight::{NOBODY, Sight, stored_channels};
pub use sign_in::{Origin, SignedIn, Visitor, digest};
pub use sites::{SiteInput, SitePatch, search_parameters};
pub use statuses::{StatusMapView, StatusView};
pub use store::{
    AnnotationId, ApiKeyId, ConversionBatchId, ConversionTargetId, CustomMetricId, DeliveryId,
    ErasureId, GoalAlertId, GoalId, ImportMappingId, ImportSourceId, InvitationId, Keyset,
    LeadRequestId, ManualCostId, Page, PageRequest, PasskeyId, PersonRequestId, ProviderLinkId,
    ReportScheduleId, SavedViewId, SegmentId, ServiceAccountId, SessionId, ShareLinkId, TeamId,
    UploadId, WebhookId,
};
pub use surroundings::{Surroundings, fact_id, random, secret, visitor_id};
pub use teams::{TeamInput, TeamPatch, TeamView};
pub use timeline::{TimelineItem, TimelineKind};
pub use watching::WatchedSite;
pub use webhooks::{TOPICS, WebhookInput, WebhookPatch};
pub use workspaces::{WorkspaceInput, WorkspacePatch};

/// Rows of the store as the edges see them.
pub mod rows {
    pub use store::annotations::{Annotation, OwnEvent};
    pub use store::api_keys::ApiKey;
    pub use store::channel_rules::ChannelRules;
    pub use store::channels::Channel;
    pub use store::conversions::ConversionTarget;
    pub use store::costs::{CostRow, DeclaredCost};
    pub use store::custom_metrics::CustomMetric;
    pub use store::deals::Deal;
    pub use store::erasures::Erasure;
    pub use store::goal_alerts::GoalLook;
    pub use store::import_mappings::ImportMapping;
    pub use store::imports::{Import, Rejection, RejectionRow};
    pub use store::intake::{IntakeCount, IntakeRun};
    pub use store::invitations::Invitation;
    pub use store::leads::Lead;
    pub use store::links::{Link, LinkDetails};
    pub use store::manual_costs::ManualCost;
    pub use store::nodes::{Node, Revision};
    pub use store::payments::Payment;
    pub use store::rates::ExchangeRate;
    pub use store::saved_views::SavedView;
    pub use store::segments::Segment;
    pub use store::sessions::Session;
    pub use store::sites::{Site, SiteDetails};
    pub use store::users::User;
    pub use store::webhooks::{Delivery, Webhook};
    pub use store::workspaces::Workspace;
}

/// What leads and deals may be.
pub use domain::deal::StatusGroup;
pub use domain::lead::LinkMethod;
pub use domain::source::shown_host;

/// Channel rules, as the domain knows them.
pub mod rules {
    pub use domain::label::{ChannelRule, Condition, ConditionField, ConditionOp};
}
