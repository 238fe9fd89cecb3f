// The shapes the server speaks under the names the screens use; `schema.d.ts` is generated from the
// API document, so a shape that the server no longer has fails the type check.
import type { components } from './schema';

type S = components['schemas'];

/** A decimal number as text: money and metrics never become floats on the way. */
export type Decimal = string;
/** RFC 3339, UTC. */
export type Timestamp = string;
/** `YYYY-MM-DD`. */
export type Day = string;

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export type Language = S['LanguageCode'];
export type Problem = S['Problem'];
export type Workspace = S['Workspace'];
export type OwnWorkspace = S['OwnWorkspace'];
export type Permission = S['PermissionName'];
export type Role = S['RoleName'];
export type Member = S['Member'];
export type ReachName = S['ReachName'];
export type Team = S['Team'];
export type TeamBody = S['TeamBody'];
export type RoleRights = S['RoleRights'];
export type Invitation = S['Invitation'];
export type InvitationPreview = S['InvitationPreview'];
export type Joining = S['Joining'];
export type Me = S['Me'];
export type SetupRequest = S['SetUpBody'];
export type WorkspaceBody = S['WorkspaceBody'];
export type WorkspacePatch = S['WorkspacePatchBody'];
export type Session = S['Session'];
export type SecondFactor = S['SecondFactor'];
export type Authenticator = S['Authenticator'];
export type Passkey = S['Passkey'];
export type PasskeyAnswer = S['PasskeyAnswer'];
export type ProviderLink = S['ProviderLink'];
export type ProviderReturn = S['ProviderReturn'];

export type ConsentMode = S['ConsentMode'];
export type VisitEnd = S['VisitEnd'];
export type Site = S['Site'];
export type SiteBody = S['SiteBody'];
export type SitePatch = S['SitePatchBody'];
export type Snippet = S['Snippet'];
export type SiteStatus = S['SiteStatus'];
export type IntakeLog = S['IntakeLogBody'];
export type SiteRequests = S['SiteRequests'];
export type SeenRequest = S['SeenRequest'];
export type SeenEvent = S['SeenEvent'];
export type SeenField = S['SeenField'];
export type IntakeCounts = S['IntakeCounts'];
export type Link = S['Link'];
export type LinkBody = S['LinkBody'];
export type LinkPatch = S['LinkPatchBody'];
export type Scope = S['ApiScope'];
export type ApiKey = S['ApiKey'];
export type ApiKeyBody = S['ApiKeyBody'];
export type ServiceAccount = S['ServiceAccount'];
export type ServiceAccountBody = S['ServiceAccountBody'];
export type ServiceAccountPatch = S['ServiceAccountPatchBody'];
export type Backups = S['Backups'];
export type Webhook = S['Webhook'];
export type WebhookBody = S['WebhookBody'];
export type Delivery = S['Delivery'];

/** Every word of a union, in the order that screens list them; a missing one does not compile. */
const words =
  <Word extends string>() =>
  <const List extends readonly Word[]>(
    ...list: [Word] extends [List[number]] ? List : never
  ): List =>
    list as List;

export type WebhookTopic = S['WebhookTopic'];
export const WEBHOOK_TOPICS = words<WebhookTopic>()(
  'lead.created',
  'lead.status_changed',
  'deal.created',
  'deal.status_changed',
  'payment.created',
  'report.ready',
  'goal.alert',
);

export type AlertMeasure = S['AlertMeasure'];
export const ALERT_MEASURES = words<AlertMeasure>()('visitors', 'count', 'conversion');
export type AlertEvery = S['AlertEvery'];
export const ALERT_EVERY = words<AlertEvery>()('day', 'week');
export type AlertCondition = S['AlertCondition'];
export const ALERT_CONDITIONS = words<AlertCondition>()('below', 'above', 'change');

export type ChannelKind = S['ChannelKind'];
export const CHANNEL_KINDS = words<ChannelKind>()(
  'search',
  'social',
  'display',
  'email',
  'affiliate',
  'seo',
  'referral',
  'direct',
  'offline',
  'other',
);
export type Channel = S['Channel'];
export type ChannelBody = S['ChannelBody'];
export type ChannelPatch = S['ChannelPatchBody'];

export type RuleField = S['RuleField'];
export type RuleOp = S['RuleOp'];
export const RULE_FIELDS = words<RuleField>()(
  'source',
  'medium',
  'campaign',
  'ad_group',
  'ad',
  'keyword',
  'click_id',
  'referrer',
  'default_channel',
);
export const RULE_OPS = words<RuleOp>()(
  'is',
  'is_not',
  'contains',
  'starts_with',
  'matches',
  'is_empty',
);
export type RuleCondition = S['RuleCondition'];
export type ChannelRule = S['Rule'];
export type ChannelRules = S['Rules'];
export type RulesPreview = S['Preview'];
export type RulesVersion = S['RulesVersion'];

export type ImportKind = S['ImportKind'];
export const IMPORT_KINDS = words<ImportKind>()('costs', 'leads', 'deals', 'payments', 'history');
export type ImportedKind = S['ImportedKind'];
export const IMPORTED_KINDS = words<ImportedKind>()(
  'costs',
  'leads',
  'deals',
  'payments',
  'history',
  'access_log',
  'manual',
);
export type HistoryTool = S['HistoryTool'];
export const HISTORY_TOOLS = words<HistoryTool>()(
  'plausible',
  'google_analytics',
  'matomo',
  'other',
);
export type ImportOptions = S['ImportOptions'];
export type ImportPreview = S['ImportPreview'];
export type ImportState = S['ImportState'];
export type Import = S['Import'];
export type ImportEffect = S['ImportEffect'];
export type KeptRecord = S['KeptRecord'];
export type RejectedRow = S['RejectedRow'];
export type ManualCost = S['ManualCost'];
export type ManualCostBody = S['ManualCostBody'];
export type ManualCostPatch = S['ManualCostPatchBody'];
export type CostRow = S['Cost'];

export type LeadStatus = S['LeadStatus'];
export const LEAD_STATUSES = words<LeadStatus>()(
  'new',
  'working',
  'qualified',
  'disqualified',
  'converted',
  'spam',
  'duplicate',
);
export type LinkMethod = S['LinkMethod'];
export type Lead = S['Lead'];
export type TimelineItem = S['TimelineEntry'];
export type Visit = S['Visit'];
export type VisitsQuery = S['VisitsQuery'];

export type DealGroup = S['DealGroup'];
export const DEAL_GROUPS = words<DealGroup>()('not_counted', 'in_work', 'paid', 'cancelled');
export type Deal = S['Deal'];
export type DealStatuses = S['DealStatuses'];
export type DealPayment = S['Payment'];
export type DealSum = S['DealSum'];
export type ExchangeRate = S['ExchangeRate'];
export type ExchangeRates = S['ExchangeRates'];
export type RatesFile = S['RatesFile'];
export type ConversionBody = S['ConversionBody'];
export type Conversion = S['Conversion'];
export type ConvertedSum = S['ConvertedSum'];
export type ConversionTarget = S['ConversionTarget'];
export type ConversionTargetBody = S['ConversionTargetBody'];
export type ConversionTargetPatch = S['ConversionTargetPatchBody'];
export type ConversionPlatform = S['ConversionPlatform'];
export const CONVERSION_PLATFORMS = words<ConversionPlatform>()(
  'google_ads',
  'yandex_metrica',
  'microsoft_ads',
  'meta',
);
export type ConversionEventName = S['ConversionEventName'];
export const CONVERSION_EVENTS = words<ConversionEventName>()('lead', 'qualified_lead', 'sale');
export type ConversionValueKind = S['ConversionValueKind'];
export const CONVERSION_VALUES = words<ConversionValueKind>()('net', 'gross', 'fixed', 'none');
export type ConversionPreview = S['ConversionPreview'];
export type ConversionPreviewBody = S['ConversionPreviewBody'];
export type ConversionCandidate = S['ConversionCandidate'];
export type ConversionBatch = S['ConversionBatch'];
export type ConversionExportBody = S['ConversionExportBody'];
export type ConversionRow = S['ConversionRow'];
export type Gap = S['Gap'];
export type ReconciledChannel = S['ReconciledChannel'];
export type Reconciliation = S['Reconciliation'];
export type Note = S['Note'];
export type View = S['View'];
export type ViewScreen = S['ViewScreen'];
export type SavedView = S['SavedView'];
export type SavedViewBody = S['SavedViewBody'];
export type SavedViewPatch = S['SavedViewPatchBody'];
export type Goal = S['Goal'];
export type GoalAlert = S['GoalAlert'];
export type GoalAlertBody = S['GoalAlertBody'];
export type GoalLook = S['GoalLook'];
export type GoalBody = S['GoalBody'];
export type GoalPatch = S['GoalPatchBody'];
export type GoalNumbers = S['GoalNumbers'];
export type GoalNarrowing = S['GoalNarrowing'];
export type GoalsQuery = S['GoalsQuery'];
export type CustomMetric = S['CustomMetric'];
export type CustomMetricBody = S['CustomMetricBody'];
export type CustomMetricPatch = S['CustomMetricPatchBody'];
export type FormulaBody = S['FormulaBody'];
export type FormulaCheck = S['FormulaCheck'];
export type MetricFormat = S['MetricFormat'];
export type Segment = S['Segment'];
export type ImportSource = S['ImportSource'];
export type ImportSourceBody = S['ImportSourceBody'];
export type ImportSourcePatch = S['ImportSourcePatchBody'];
export type ImportRun = S['ImportRun'];
export type ImportMapping = S['ImportMapping'];
export type ImportMappingBody = S['ImportMappingBody'];
export type ImportMappingPatch = S['ImportMappingPatchBody'];
export type ShareLink = S['ShareLink'];
export type ShareLinkBody = S['ShareLinkBody'];
export type ShareLinkSecret = S['ShareLinkSecret'];
export type SharedView = S['SharedView'];
export type ReportSchedule = S['ReportSchedule'];
export type ReportScheduleBody = S['ReportScheduleBody'];
export type ReportScheduleTerms = S['ReportScheduleTerms'];
export type ReportToYou = S['ReportToYou'];
export type ScheduleEvery = S['ScheduleEvery'];
export type SegmentBody = S['SegmentBody'];
export type SegmentPatch = S['SegmentPatchBody'];
export type Annotation = S['Annotation'];
export type AnnotationBody = S['AnnotationBody'];
export type AnnotationPatch = S['AnnotationPatchBody'];

/** What the live stream sends; a stream has no schema of its own in the document. */
export interface LiveHit {
  id: string;
  at: Timestamp;
  kind: string;
  page: string | null;
  source: string | null;
  channel: string | null;
  campaign: string | null;
  link: number | null;
  country: string | null;
  device: string | null;
  bot: boolean | string | null;
}

/** What happened since the last message: the newest hits, the oldest first. */
export interface LiveHits {
  hits: LiveHit[];
  skipped: number;
}

export interface LiveStanding {
  name: string;
  visitors: number;
}

export interface LiveNow {
  /** In the last five minutes. */
  visitors_now: number;
  /** In the last half hour. */
  visitors_lately: number;
  /** There were more than are remembered: the counts are lower bounds. */
  is_capped: boolean;
  hits_per_minute: number;
  /** Hits of each of the last thirty minutes. */
  minutes: number[];
  pages: LiveStanding[];
  sources: LiveStanding[];
  countries: LiveStanding[];
}

export type AuditEntry = S['AuditEntry'];
export type Person = S['Person'];
export type PersonLead = S['PersonLead'];
export type PersonBody = S['PersonBody'];
export type PersonRequest = S['PersonRequest'];
export type PersonRequestBody = S['PersonRequestBody'];
export type PersonRequestEnd = S['PersonRequestEndBody'];
export type PrivacyLaw = S['PrivacyLaw'];
export type PrivacyLawName = S['PrivacyLawName'];
export type Erasure = S['Erasure'];
export type ErasureBody = S['ErasureBody'];
export type Register = S['Register'];
export type RegisterEntry = S['RegisterEntry'];
export type Retention = S['Retention'];
export type RetentionDays = S['RetentionBody'];
export type RetentionLoss = S['RetentionLoss'];
export type RetainedClass = S['RetainedClassName'];
export type AuditVerdict = S['AuditVerdict'];
export type Act = S['ActName'];
export const ACTS = words<Act>()(
  'annotation.created',
  'annotation.changed',
  'annotation.deleted',
  'api_key.created',
  'api_key.revoked',
  'api_key.signs',
  'audit.exported',
  'backup.asked',
  'channel.created',
  'channel.changed',
  'channel.deleted',
  'channel_rules.changed',
  'conversion_batch.taken_back',
  'conversion_batch.uploaded',
  'conversion_file.read',
  'conversion_rows.read',
  'conversion_target.changed',
  'conversion_target.created',
  'conversion_target.deleted',
  'conversions.exported',
  'data.exported',
  'custom_metric.changed',
  'custom_metric.created',
  'custom_metric.deleted',
  'deal_statuses.changed',
  'deals.written',
  'deals.listed',
  'deal.assigned',
  'exchange_rates.changed',
  'exchange_rate.deleted',
  'email.verified',
  'erasure.requested',
  'file.uploaded',
  'goal_alert.changed',
  'goal_alert.created',
  'goal_alert.deleted',
  'goal_alert.told',
  'goal.changed',
  'goal.created',
  'goal.deleted',
  'import_mapping.changed',
  'import_mapping.created',
  'import_mapping.deleted',
  'import_source.asked',
  'import_source.changed',
  'import_source.created',
  'import_source.deleted',
  'import.started',
  'import.cancelled',
  'import.undone',
  'rejected_rows.read',
  'invitation.sent',
  'invitation.revoked',
  'lead.received',
  'lead.assigned',
  'lead_status.changed',
  'leads.listed',
  'lead.read',
  'link.created',
  'link.changed',
  'link.archived',
  'manual_cost.created',
  'manual_cost.changed',
  'manual_cost.deleted',
  'money.converted_again',
  'member.added',
  'member_reach.changed',
  'member_role.changed',
  'member.removed',
  'passkey.added',
  'passkey.doubted',
  'passkey.refused',
  'passkey.removed',
  'passkey.renamed',
  'password.changed',
  'password.recovered',
  'password.reset',
  'payments.written',
  'person.erased',
  'person.exported',
  'person.found',
  'person_request.closed',
  'person_request.recorded',
  'privacy_law.changed',
  'profile.changed',
  'provider.linked',
  'provider.unlinked',
  'recovery_code.used',
  'recovery_codes.renewed',
  'report.exported',
  'report_schedule.changed',
  'report_schedule.created',
  'report_schedule.deleted',
  'report_schedule.left',
  'report_schedule.tested',
  'report.sent',
  'retention.applied',
  'retention.changed',
  'rows.read',
  'saved_view.changed',
  'saved_view.created',
  'saved_view.deleted',
  'second_factor.begun',
  'second_factor.on',
  'second_factor.off',
  'secrets.rotated',
  'segment.changed',
  'segment.created',
  'segment.deleted',
  'service_account.changed',
  'service_account.created',
  'service_account.deleted',
  'session.ended',
  'session.proved',
  'session.started',
  'share_link.created',
  'share_link.opened',
  'share_link.revoked',
  'sign_in.failed',
  'site.created',
  'site.changed',
  'site.archived',
  'site.watched',
  'team.created',
  'team.changed',
  'team.deleted',
  'verification.asked',
  'visitor.read',
  'webhook.changed',
  'webhook.created',
  'webhook.deleted',
  'webhook_message.replayed',
  'webhook_secret.replaced',
  'webhook.tested',
  'workspace.changed',
  'workspace.created',
);
