// The shapes the server speaks, as its API describes them.

export type Language = 'en' | 'ru' | 'pl';
/** A decimal number as text: money and metrics never become floats on the way. */
export type Decimal = string;
/** RFC 3339, UTC. */
export type Timestamp = string;
/** `YYYY-MM-DD`. */
export type Day = string;

export interface Problem {
  type?: string;
  title?: string;
  status: number;
  code: string;
  detail?: string;
  field?: string;
  row?: number;
  errors?: { field?: string; row?: number; code: string; detail: string }[];
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Workspace {
  id: number;
  name: string;
  time_zone: string;
  currency: string;
  week_start: 'monday' | 'sunday';
  vat_mode: 'net' | 'gross';
  vat_rate_percent: Decimal;
}

export interface Me {
  user: { id: number; email: string; name: string; language: Language };
  workspaces: Workspace[];
  version: string;
}

export interface SetupRequest {
  email: string;
  password: string;
  name: string;
  language: Language;
  workspace: Omit<Workspace, 'id'>;
}

export interface Session {
  id: number;
  created_at: Timestamp;
  last_used_at: Timestamp;
  user_agent: string;
  current: boolean;
}

export type ConsentMode = 'cookie' | 'cookieless' | 'ask';

export interface Site {
  id: number;
  name: string;
  domain: string;
  allowed_hosts: string[];
  consent_mode: ConsentMode;
  public_key?: string;
  script_path: string;
  events_path: string;
  created_at: Timestamp;
  etag: string;
}

export interface Snippet {
  html: string;
  form_html: string;
  pixel_html: string;
}

export interface SiteStatus {
  first_event_at: Timestamp | null;
  last_event_at: Timestamp | null;
  events_24h: number;
  dropped: { reason: string; count: number }[];
}

export interface Link {
  id: number;
  slug: string;
  name: string;
  target: string;
  source: string;
  medium: string;
  campaign: string;
  ad_group: string;
  ad: string;
  keyword: string;
  url: string;
  archived: boolean;
  created_at: Timestamp;
  clicks_30d: number;
  etag: string;
}

export type Scope = 'events' | 'leads' | 'deals' | 'reports' | 'all';

export interface ApiKey {
  id: number;
  name: string;
  prefix: string;
  scopes: Scope[];
  created_at: Timestamp;
  last_used_at: Timestamp | null;
  secret?: string;
}

export const CHANNEL_KINDS = [
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
] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

export interface Channel {
  id: number;
  parent_id: number | null;
  name: string;
  kind: ChannelKind;
  colour: number;
  position: number;
  etag?: string;
}

export const RULE_FIELDS = [
  'source',
  'medium',
  'campaign',
  'ad_group',
  'ad',
  'keyword',
  'click_id',
  'referrer',
  'default_channel',
] as const;
export const RULE_OPS = ['is', 'is_not', 'contains', 'starts_with', 'matches', 'is_empty'] as const;
export type RuleField = (typeof RULE_FIELDS)[number];
export type RuleOp = (typeof RULE_OPS)[number];

export interface RuleCondition {
  field: RuleField;
  op: RuleOp;
  value: string;
}

export interface ChannelRule {
  id?: number;
  channel_id: number;
  name: string;
  conditions: RuleCondition[];
}

export interface ChannelRules {
  version: number;
  etag: string;
  rules: ChannelRule[];
}

export interface RulesPreview {
  changed: number;
  unmatched: number;
  examples: {
    source: string | null;
    medium: string | null;
    campaign: string | null;
    from: string | null;
    to: string | null;
    visits: number;
  }[];
}

export interface RulesVersion {
  version: number;
  created_at: Timestamp;
  author: string | null;
  rules_count: number;
  note: string;
}

export const IMPORT_KINDS = ['costs', 'leads', 'deals', 'payments'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

export interface ImportOptions {
  /** Which field each column holds; `null` leaves the column out. */
  columns: Record<string, string | null>;
  source?: string;
  medium?: string;
  platform?: string;
  currency?: string;
  vat?: 'included' | 'excluded';
  mark_up_percent?: Decimal;
  match?: 'name' | 'id';
  micros?: boolean;
  time_zone?: string;
  default_country?: string;
  source_label?: string;
}

export interface ImportPreview {
  upload_id: number | string;
  file_name: string;
  format: 'google_ads' | 'yandex_direct' | 'generic';
  encoding: string;
  delimiter: string;
  decimal: string;
  header_row: number;
  columns: { index: number; header: string; field: string | null; samples: string[] }[];
  fields: { key: string; title: string; required: boolean }[];
  rows_total: number;
  sample: {
    row: number;
    cells: string[];
    parsed: Record<string, unknown> | null;
    error: { field: string | null; code: string; detail: string } | null;
  }[];
  options: ImportOptions;
  warnings: { code: string; detail: string }[];
}

export type ImportState = 'queued' | 'running' | 'done' | 'failed' | 'undone';

export interface Import {
  id: number;
  kind: ImportKind;
  file_name: string;
  state: ImportState;
  created_at: Timestamp;
  author: string;
  rows_total: number;
  rows_done: number;
  rows_accepted: number;
  rows_rejected: number;
  rows_changed: number;
  rows_unchanged: number;
  period: { from: Day; to: Day } | null;
  amount: Decimal | null;
  currency: string | null;
  can_undo: boolean;
  error: string | null;
}

export interface RejectedRow {
  row: number;
  cells: string[];
  field: string | null;
  code: string;
  detail: string;
}

export interface ManualCost {
  id: number;
  name: string;
  channel_source: string;
  medium: string;
  campaign: string;
  from: Day;
  to: Day;
  amount: Decimal;
  currency: string;
  per: 'day' | 'month' | 'once';
  mark_up_percent: Decimal;
  etag: string;
}

export interface CostRow {
  day: Day;
  source: string | null;
  medium: string | null;
  campaign: string | null;
  ad_group: string | null;
  ad: string | null;
  keyword: string | null;
  impressions: number | null;
  clicks: number | null;
  cost: Decimal;
  vat: Decimal;
  currency: string;
  original_amount: Decimal;
  original_currency: string;
  import_id: number | null;
}

export const LEAD_STATUSES = [
  'new',
  'working',
  'qualified',
  'disqualified',
  'converted',
  'spam',
  'duplicate',
] as const;
export type LeadStatus = (typeof LEAD_STATUSES)[number];
export type LinkMethod = 'visit_number' | 'click_id' | 'contact' | 'declared' | 'unknown';

export interface Lead {
  id: number;
  at: Timestamp;
  name: string | null;
  phone: string | null;
  email: string | null;
  status: LeadStatus;
  form: string | null;
  page: string | null;
  visit: string | null;
  link_method: LinkMethod;
  channel: string | null;
  campaign: string | null;
  source: string | null;
  deals: number;
  revenue: Decimal | null;
  currency: string;
  etag: string;
}

export const TIMELINE_KINDS = [
  'touch',
  'page_view',
  'event',
  'lead',
  'lead_status',
  'deal',
  'deal_status',
  'payment',
  'refund',
] as const;

export interface TimelineItem {
  at: Timestamp;
  kind: (typeof TIMELINE_KINDS)[number];
  title: string;
  detail: string | null;
  channel: string | null;
  source: string | null;
  campaign: string | null;
  amount: Decimal | null;
  currency: string | null;
  url: string | null;
}

export const DEAL_GROUPS = ['not_counted', 'in_work', 'paid', 'cancelled'] as const;
export type DealGroup = (typeof DEAL_GROUPS)[number];

export interface Deal {
  id: number;
  external_id: string;
  title: string | null;
  status: string;
  group: DealGroup | 'unmapped';
  amount: Decimal;
  cost_of_goods: Decimal | null;
  currency: string;
  created_at: Timestamp;
  paid_at: Timestamp | null;
  lead_id: number | null;
  person?: string | null;
}

export interface DealStatuses {
  etag: string;
  items: {
    status: string;
    group: DealGroup | null;
    /** What the status's name sounds like, when nobody has decided yet. */
    suggested?: DealGroup | null;
    deals: number;
  }[];
  unmapped: number;
}

export interface ExchangeRate {
  date: Day;
  from: string;
  to: string;
  rate: Decimal;
}

export interface Note {
  code: string;
  severity: 'info' | 'warning' | 'error';
  params: Record<string, string | number>;
  action: { screen: string; query?: Record<string, string> | string } | null;
}

export interface LiveHit {
  at: Timestamp;
  kind: string;
  page: string | null;
  source: string | null;
  channel: string | null;
  country: string | null;
  device: string | null;
  bot: boolean | string | null;
}

export interface LiveNow {
  visitors_now: number;
  hits_per_minute: number;
}
