// The fields of imported files in the reader's language, and what is wrong with them.
import { tOr } from '../i18n/index.svelte';

const NUMBERS = [
  'impressions',
  'clicks',
  'cost',
  'vat',
  'amount',
  'cost_of_goods',
  'conversions',
  'conversion_value',
  'visitors',
  'visits',
  'page_views',
  'bounces',
  'visit_seconds',
  'events',
];

export function fieldTitle(field: { key: string; title: string }): string {
  return tOr(`import.field.${field.key}`, field.title);
}

export function isNumber(field: string | null | undefined): boolean {
  return NUMBERS.includes(field ?? '');
}

/** Why a row is rejected, with the name of the field that is wrong. */
export function whyRejected(error: { field: string | null; code: string; detail: string }): string {
  const why = tOr(`import.code.${error.code}`, error.detail);
  return error.field === null ? why : `${tOr(`import.field.${error.field}`, error.field)}: ${why}`;
}
