// The shapes of reports: the catalogue, a query, its answer.
import type { components } from './schema';

type S = components['schemas'];

export type Unit = S['Unit'];
export type Direction = S['Direction'];
export type Metric = S['Metric'];
export type Dimension = S['Dimension'];
export type Choice = S['ReportChoice'];
export type Catalogue = S['Catalogue'];

export type FilterOp = S['FilterOperator'];
export const FILTER_OPS = [
  'is',
  'is_not',
  'contains',
  'starts_with',
  'is_alike',
  'is_unknown',
  'is_known',
] as const satisfies readonly FilterOp[];
export type Filter = S['ReportFilter'] & { values: string[] };

export type Period = S['ReportPeriodBody'];
export type Bucket = S['BucketSize'];
export type DateBasis = S['DateBasis'];
export type Vat = S['Vat'];

/** A question with the lists that every screen fills in. */
export type ReportQuery = Omit<S['ReportQuery'], 'dimensions' | 'filters'> & {
  dimensions: string[];
  filters: Filter[];
};

export type Tone = S['Tone'];
export type Cell = S['ReportCell'];
export type Column = S['ReportColumn'];
export type DimensionValue = S['DimensionValue'];
export type FormerName = S['FormerName'];
export type ReportRow = S['ReportRow'];
export type Report = S['Report'];
export type ReportHistory = S['ReportHistory'];
export type ReportRows = S['ReportRows'];
export type ReportRowsQuery = S['ReportRowsQuery'];
export type ExportFormat = S['ExportFormat'];
