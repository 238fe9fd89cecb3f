//! Words that fields are limited to, as the document lists them.
//!
//! On the wire they are plain strings: what is not one of the words is refused by the use case,
//! with the field's name.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = [$($word:literal),+ $(,)?];)+) => {$(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl $name {
            pub(crate) const ALL: &[&'static str] = &[$($word),+];
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = Self::ALL.iter().copied();
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(words))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

words! {
    /// What becomes of an event while its site is watched.
    WatchEnd = ["open", "answered", "stored", "dropped"];
    /// Why a request is shown with a site: it is the site's, it names the site or comes from its
    /// pages and reached none, it is the workspace's, or nobody's.
    WatchTieWord = ["site", "guess", "workspace", "nobody"];
    /// Whether a node watches, does not, for instance since it began anew, or is not reached.
    NodeWatchState = ["watching", "off", "away"];
    /// How a site recognises visitors.
    ConsentMode = ["cookie", "cookieless", "ask"];
    /// Whether a running visit goes on, or the next hit opens another.
    VisitEnd = ["same_visit", "new_visit"];
    ApiScope = ["events", "leads", "deals", "reports", "all"];
    ChannelKind = [
        "search", "social", "display", "email", "affiliate", "seo", "referral", "direct",
        "offline", "other",
    ];
    RuleField = [
        "source", "medium", "campaign", "ad_group", "ad", "keyword", "click_id", "referrer",
        "default_channel",
    ];
    RuleOp = ["is", "is_not", "contains", "starts_with", "matches", "is_empty"];
    AnnotationKind = ["note", "import", "undo", "rules"];
    Severity = ["info", "warning", "error"];
    LanguageCode = ["en", "ru", "pl"];
    FirstWeekday = ["monday", "sunday"];
    VatMode = ["net", "gross"];
    LeadStatus = [
        "new", "working", "qualified", "disqualified", "converted", "spam", "duplicate",
    ];
    LinkMethod = ["visit_number", "click_id", "contact", "declared", "waiting", "unknown"];
    TimelineKind = [
        "touch", "page_view", "event", "lead", "lead_status", "lead_assigned", "deal",
        "deal_status", "deal_assigned", "payment", "refund",
    ];
    DealGroup = ["not_counted", "in_work", "paid", "cancelled"];
    DealGroupShown = ["not_counted", "in_work", "paid", "cancelled", "unmapped"];
    /// Whose file of exchange rates it is.
    RatesBank = ["ecb", "nbp", "cbr"];
    RateField = ["date", "currency", "nominal", "rate"];
    /// What booked money is.
    MoneyKind = ["revenue", "vat", "refunds", "cost_of_goods"];
    PaymentKind = ["payment", "refund", "chargeback"];
    ImportKind = ["costs", "leads", "deals", "payments", "history"];
    ImportedKind = [
        "costs", "leads", "deals", "payments", "history", "access_log", "manual",
    ];
    HistoryTool = ["plausible", "google_analytics", "matomo", "other"];
    ImportState = [
        "queued", "running", "done", "failed", "undoing", "undone", "cancelling", "cancelled"
    ];
    ImportFormat = [
        "google_ads", "yandex_direct", "vk_ads", "meta_ads", "tiktok_ads", "microsoft_ads",
        "metrica_expenses", "generic",
    ];
    VatInFile = ["included", "excluded"];
    MatchBy = ["name", "id"];
    DateOrder = ["day_first", "month_first"];
    KeepEarlier = ["rejected", "all", "nothing"];
    CostEffectKind = ["added", "changed", "vanished", "kept"];
    CostPer = ["day", "month", "once"];
    /// What of an ad platform has an id and a name.
    AdLevel = ["campaign", "ad_group", "ad"];
    RoleName = [
        "owner", "head_of_marketing", "business_development", "performance", "sem", "seo", "smm",
        "email", "content", "analyst", "sales_manager", "sales_operator", "accountant", "auditor",
        "partner", "advertiser",
    ];
    /// Whether a role is for people of the house.
    RealmName = ["inside", "outside"];
    SignInWay = ["password", "passkey", "provider", "provider_twice"];
    /// Whose leads and deals somebody sees.
    ReachName = ["own", "team", "all"];
    PermissionName = [
        "read_reports", "see_costs", "see_margin", "see_revenue", "read_rows", "read_notes",
        "read_leads", "see_contacts", "write_leads", "read_deals", "write_deals", "write_costs",
        "write_events", "import_files", "export_conversions", "annotate",
        "share_reports", "read_channels",
        "read_setup", "edit_tracking", "edit_channels", "edit_money_rules", "edit_workspace",
        "add_workspaces", "read_people", "manage_people", "manage_keys", "read_audit",
        "manage_privacy",
    ];
    ActorKind = ["person", "key", "service_account", "system"];
    ActName = [
        "annotation.created", "annotation.changed", "annotation.deleted", "api_key.created",
        "api_key.revoked", "api_key.signs", "audit.exported", "backup.asked", "channel.created",
        "channel.changed",
        "channel.deleted", "channel_rules.changed", "conversion_batch.taken_back",
        "conversion_batch.uploaded", "conversion_file.read", "conversion_rows.read",
        "conversion_target.changed",
        "conversion_target.created", "conversion_target.deleted", "conversions.exported",
        "data.exported", "deal_statuses.changed", "deals.written",
        "deals.listed", "custom_metric.changed", "custom_metric.created", "custom_metric.deleted",
        "deal.assigned", "exchange_rates.changed", "exchange_rate.deleted",
        "email.verified", "erasure.requested", "file.uploaded", "import_mapping.changed",
        "goal_alert.changed", "goal_alert.created", "goal_alert.deleted", "goal_alert.told",
        "goal.changed", "goal.created", "goal.deleted",
        "import_mapping.created", "import_mapping.deleted", "import_source.asked",
        "import_source.changed",
        "import_source.created", "import_source.deleted", "import.started",
        "import.cancelled", "import.undone", "rejected_rows.read", "invitation.sent",
        "invitation.revoked",
        "lead.received", "lead.assigned", "lead_status.changed", "leads.listed", "lead.read",
        "link.created", "link.changed", "link.archived", "manual_cost.created",
        "manual_cost.changed", "manual_cost.deleted", "money.converted_again", "member.added",
        "member_reach.changed", "member_role.changed", "member.removed", "passkey.added",
        "passkey.doubted", "passkey.refused", "passkey.removed", "passkey.renamed",
        "password.changed", "password.recovered", "password.reset", "payments.written",
        "person.erased", "person.exported", "person.found", "person_request.closed",
        "person_request.recorded", "privacy_law.changed", "profile.changed", "provider.linked",
        "provider.unlinked", "recovery_code.used", "recovery_codes.renewed", "report.exported",
        "report_schedule.changed", "report_schedule.created", "report_schedule.deleted",
        "report_schedule.left", "report_schedule.tested", "report.sent",
        "retention.applied", "retention.changed", "rows.read",
        "saved_view.changed", "saved_view.created", "saved_view.deleted",
        "second_factor.begun", "second_factor.on", "second_factor.off", "secrets.rotated",
        "segment.changed", "segment.created", "segment.deleted",
        "service_account.changed", "service_account.created", "service_account.deleted",
        "session.ended", "session.proved", "session.started",
        "share_link.created", "share_link.opened", "share_link.revoked", "sign_in.failed",
        "site.created",
        "site.changed", "site.archived", "site.watched", "team.created", "team.changed",
        "team.deleted",
        "verification.asked", "visitor.read", "webhook.changed", "webhook.created",
        "webhook.deleted", "webhook_message.replayed", "webhook_secret.replaced", "webhook.tested",
        "workspace.changed", "workspace.created",
    ];
    ImportRunState = ["reading", "imported", "unchanged", "failed"];
    SourceEvery = ["hour", "day"];
    RegisterClassName = [
        "visits", "salts", "leads", "raw_requests", "deals", "conversions", "import_files",
        "members", "audit_log", "erasures",
    ];
    RetainedClassName = ["requests", "rejected_rows", "contacts", "visits", "audit_log"];
    /// Who takes files of conversions.
    ConversionPlatform = ["google_ads", "yandex_metrica", "microsoft_ads", "meta"];
    /// What is told as a conversion.
    ConversionEventName = ["lead", "qualified_lead", "sale"];
    /// What a conversion is told to be worth.
    ConversionValueKind = ["net", "gross", "fixed", "none"];
    ConversionFileKind = ["conversions", "adjustments"];
    ConversionBatchState = ["made", "uploaded", "taken_back"];
    ConversionRowKind = ["conversion", "restate", "retract"];
    /// Why two numbers that should agree do not.
    GapCause = [
        "untagged", "by_hand", "machines", "time_zone", "days_without_report", "new", "working",
        "qualified", "disqualified",
    ];
    /// Why something cannot be told to a platform.
    ConversionHindrance = [
        "exported", "erased", "in_future", "no_rate", "zero_value", "no_consent", "no_click",
        "malformed_click", "click_too_old",
    ];
    /// What somebody asks: to be erased, or to be shown what is held.
    PersonRequestKind = ["erase", "show"];
    PersonRequestState = ["open", "done", "refused"];
    /// A month, ten working days, 45 days.
    PrivacyLawName = ["gdpr", "fz152", "ccpa"];
    ErasureStepName = ["records", "facts", "journal", "bytes", "done"];
    /// Where something comes in.
    IntakeDoor = [
        "click", "tracker", "pixel", "server", "plausible", "umami", "matomo", "ga4", "segment",
    ];
    IntakeSpan = ["minute", "hour"];
    /// What is watched of a goal.
    AlertMeasure = ["visitors", "count", "conversion"];
    AlertEvery = ["day", "week"];
    AlertCondition = ["below", "above", "change"];
    /// What reaches a goal.
    GoalKind = ["event", "page"];
    EventType = ["page_view", "event", "revenue", "engagement", "click"];
    EventResultStatus = ["stored", "duplicate", "rejected"];
    WebhookTopic = [
        "lead.created", "lead.status_changed", "deal.created", "deal.status_changed",
        "payment.created", "report.ready", "goal.alert",
    ];
    DeliveryTopic = [
        "lead.created", "lead.status_changed", "deal.created", "deal.status_changed",
        "payment.created", "report.ready", "goal.alert", "webhook.test",
    ];
    WebhookState = ["on", "person", "gone", "failing"];
    ScheduleEvery = ["day", "week", "month"];
    DeliveryState = ["waiting", "delivered", "given_up"];
    BatchResult = ["created", "updated", "unchanged", "rejected"];
}
