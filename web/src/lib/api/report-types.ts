// The shapes of reports: the catalogue, a query, its answer.
import type { Day, Decimal, Timestamp } from './types';

export type Unit = 'count' | 'money' | 'percent' | 'ratio' | 'duration' | 'days';
export type Direction = 'up' | 'down' | 'neutral';

export interface Metric {
  key: string;
  title: string;
  short: string;
  unit: Unit;
  direction: Direction;
  formula: string;
  definition: string;
  null_rule: string;
  group: string;
  digits: number;
}

export interface Dimension {
  key: string;
  title: string;
  definition: string;
  group: string;
}

export interface Choice {
  key: string;
  title: string;
  definition: string;
}

export interface Catalogue {
  metrics: Metric[];
  dimensions: Dimension[];
  hierarchy: string[];
  date_bases: Choice[];
  attributions: Choice[];
}

export const FILTER_OPS = [
  'is',
  'is_not',
  'contains',
  'starts_with',
  'is_unknown',
  'is_known',
] as const;
export type FilterOp = (typeof FILTER_OPS)[number];

export interface Filter {
  dimension: string;
  op: FilterOp;
  values: string[];
}

export interface Period {
  from: Day;
  to: Day;
  time_zone?: string;
}

export type Bucket = 'hour' | 'day' | 'week' | 'month';

export interface ReportQuery {
  metrics: string[];
  dimensions: string[];
  filters: Filter[];
  period: Period;
  compare?: { from: Day; to: Day };
  bucket?: Bucket;
  date_basis: string;
  attribution: string;
  as_known_on?: Timestamp;
  order?: { by: string; direction: 'asc' | 'desc' }[];
  limit?: number;
  offset?: number;
  totals?: boolean;
  include_bots?: boolean;
  vat?: 'net' | 'gross';
  language?: string;
}

export type Tone = 'good' | 'bad' | 'neutral';

export interface Cell {
  value: Decimal | null;
  reason?: string;
  numerator?: Decimal;
  denominator?: Decimal;
  previous?: Decimal | null;
  change?: Decimal | null;
  change_unit?: 'percent' | 'pp';
  tone?: Tone;
}

export interface Column {
  key: string;
  kind: 'dimension' | 'bucket' | 'metric';
  title: string;
  unit: Unit | null;
  direction: Direction | null;
  digits: number | null;
  formula: string | null;
  definition: string | null;
  estimate: boolean;
}

export interface DimensionValue {
  value: string | null;
  label: string;
  colour?: number | null;
  expandable?: boolean;
}

export interface ReportRow {
  dimensions: DimensionValue[];
  cells: Cell[];
}

export interface Report {
  columns: Column[];
  rows: ReportRow[];
  totals: Cell[] | null;
  rows_total: number;
  period: { from: Day; to: Day; time_zone: string; complete_until: Timestamp | null };
  compare: { from: Day; to: Day } | null;
  currency: string;
  date_basis: string;
  attribution: string;
  as_known_on: Timestamp | null;
  generated_at: Timestamp;
  elapsed_ms: number;
  notes: { code: string; detail: string }[];
}

export interface ReportRows {
  kind: 'visits' | 'hits' | 'leads' | 'deals' | 'payments' | 'costs' | 'clicks';
  columns: { key: string; title: string; unit: Unit | 'moment' | 'day' | 'id' | 'text' | null }[];
  rows: (string | null)[][];
  next_cursor: string | null;
}

export type ExportFormat = 'csv' | 'xlsx' | 'json';
