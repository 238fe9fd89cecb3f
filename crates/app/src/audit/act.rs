//! The acts that the audit log knows.

macro_rules! acts {
    ($($act:ident = $name:literal,)+) => {
        /// What was done, by the name that entries are stored with.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Act {
            $($act,)+
        }

        impl Act {
            pub const ALL: &[Self] = &[$(Self::$act,)+];

            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$act => $name,)+
                }
            }
        }
    };
}

acts! {
    AnnotationCreated = "annotation.created",
    AnnotationChanged = "annotation.changed",
    AnnotationDeleted = "annotation.deleted",
    ApiKeyCreated = "api_key.created",
    ApiKeyRevoked = "api_key.revoked",
    ApiKeySigns = "api_key.signs",
    AuditExported = "audit.exported",
    BackupAsked = "backup.asked",
    ChannelCreated = "channel.created",
    ChannelChanged = "channel.changed",
    ChannelDeleted = "channel.deleted",
    ChannelRulesChanged = "channel_rules.changed",
    ConversionBatchTakenBack = "conversion_batch.taken_back",
    ConversionBatchUploaded = "conversion_batch.uploaded",
    ConversionFileRead = "conversion_file.read",
    ConversionRowsRead = "conversion_rows.read",
    ConversionTargetChanged = "conversion_target.changed",
    ConversionTargetCreated = "conversion_target.created",
    ConversionTargetDeleted = "conversion_target.deleted",
    ConversionsExported = "conversions.exported",
    DealStatusesChanged = "deal_statuses.changed",
    DealsWritten = "deals.written",
    DealsListed = "deals.listed",
    DealAssigned = "deal.assigned",
    ExchangeRatesChanged = "exchange_rates.changed",
    ExchangeRateDeleted = "exchange_rate.deleted",
    EmailVerified = "email.verified",
    ErasureRequested = "erasure.requested",
    FileUploaded = "file.uploaded",
    ImportStarted = "import.started",
    ImportCancelled = "import.cancelled",
    ImportUndone = "import.undone",
    RejectedRowsRead = "rejected_rows.read",
    InvitationSent = "invitation.sent",
    InvitationRevoked = "invitation.revoked",
    LeadReceived = "lead.received",
    LeadAssigned = "lead.assigned",
    LeadStatusChanged = "lead_status.changed",
    LeadsListed = "leads.listed",
    LeadRead = "lead.read",
    LinkCreated = "link.created",
    LinkChanged = "link.changed",
    LinkArchived = "link.archived",
    ManualCostCreated = "manual_cost.created",
    ManualCostChanged = "manual_cost.changed",
    ManualCostDeleted = "manual_cost.deleted",
    MoneyConvertedAgain = "money.converted_again",
    MemberAdded = "member.added",
    MemberReachChanged = "member_reach.changed",
    MemberRoleChanged = "member_role.changed",
    MemberRemoved = "member.removed",
    PasskeyAdded = "passkey.added",
    PasskeyDoubted = "passkey.doubted",
    PasskeyRefused = "passkey.refused",
    PasskeyRemoved = "passkey.removed",
    PasskeyRenamed = "passkey.renamed",
    PasswordChanged = "password.changed",
    PasswordRecovered = "password.recovered",
    PasswordReset = "password.reset",
    PaymentsWritten = "payments.written",
    PersonErased = "person.erased",
    PersonExported = "person.exported",
    PersonFound = "person.found",
    PersonRequestClosed = "person_request.closed",
    PersonRequestRecorded = "person_request.recorded",
    PrivacyLawChanged = "privacy_law.changed",
    ProfileChanged = "profile.changed",
    ProviderLinked = "provider.linked",
    ProviderUnlinked = "provider.unlinked",
    RecoveryCodeUsed = "recovery_code.used",
    RecoveryCodesRenewed = "recovery_codes.renewed",
    ReportExported = "report.exported",
    RetentionApplied = "retention.applied",
    RetentionChanged = "retention.changed",
    RowsRead = "rows.read",
    SecondFactorBegun = "second_factor.begun",
    SecondFactorOn = "second_factor.on",
    SecondFactorOff = "second_factor.off",
    SecretsRotated = "secrets.rotated",
    ServiceAccountChanged = "service_account.changed",
    ServiceAccountCreated = "service_account.created",
    ServiceAccountDeleted = "service_account.deleted",
    SessionEnded = "session.ended",
    SessionProved = "session.proved",
    SignedIn = "session.started",
    SignInFailed = "sign_in.failed",
    SiteCreated = "site.created",
    SiteChanged = "site.changed",
    SiteArchived = "site.archived",
    TeamCreated = "team.created",
    TeamChanged = "team.changed",
    TeamDeleted = "team.deleted",
    VerificationAsked = "verification.asked",
    VisitorRead = "visitor.read",
    WebhookChanged = "webhook.changed",
    WebhookCreated = "webhook.created",
    WebhookDeleted = "webhook.deleted",
    WebhookMessageReplayed = "webhook_message.replayed",
    WebhookSecretReplaced = "webhook_secret.replaced",
    WebhookTested = "webhook.tested",
    WorkspaceChanged = "workspace.changed",
    WorkspaceCreated = "workspace.created",
}
