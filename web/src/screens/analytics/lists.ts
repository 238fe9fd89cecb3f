// The lists of web analytics: what each card splits by, and the numbers beside every row.
import type { DimensionValue, Filter } from '$lib/api/report-types';
import { formatCountry } from '$lib/i18n/format';
import { language, t, tOr } from '$lib/i18n/index.svelte';
import { formatSource } from '$lib/i18n/sources';
import { pathFilters } from '$lib/report/address';

export interface ListKind {
  dimension: string;
  /** The first gives the bars and the order. */
  metrics: readonly string[];
  /** Of what is no visit's own: the numbers of visits cannot be filtered by it. */
  apart?: true;
  /** Values are ids, which have no parts to look for. */
  isId?: true;
}

export interface ListCardKind {
  key: 'sources' | 'pages' | 'places' | 'devices' | 'events' | 'search' | 'away';
  lists: readonly ListKind[];
}

const BY_VISITORS = ['visitors', 'visits', 'bounce_rate'] as const;
const byVisitors = (dimension: string): ListKind => ({ dimension, metrics: BY_VISITORS });

export const HEAD_METRICS = [
  'visitors',
  'visits',
  'page_views',
  'pages_per_visit',
  'bounce_rate',
  'avg_visit_duration',
  'avg_engaged_time',
  'avg_scroll_depth',
] as const;

/** Found in the hits themselves, where the others are sums of days: they are asked for apart, so that
 * nothing waits for them. */
export const SLOW_METRICS: readonly string[] = ['avg_visit_duration', 'avg_scroll_depth'];

export const CARDS: readonly ListCardKind[] = [
  {
    key: 'sources',
    lists: [
      { ...byVisitors('channel'), isId: true },
      byVisitors('source'),
      byVisitors('referrer'),
      byVisitors('campaign'),
      byVisitors('medium'),
      byVisitors('keyword'),
    ],
  },
  {
    key: 'pages',
    lists: [
      { dimension: 'page', metrics: ['page_views', 'avg_scroll_depth'] },
      byVisitors('landing_page'),
      { dimension: 'exit_page', metrics: ['visits', 'visitors'] },
    ],
  },
  { key: 'places', lists: [byVisitors('country')] },
  { key: 'devices', lists: [byVisitors('device'), byVisitors('browser'), byVisitors('os')] },
  {
    key: 'events',
    lists: [{ dimension: 'event', metrics: ['events', 'event_visitors', 'event_revenue'], apart: true }],
  },
  {
    key: 'search',
    lists: [{ dimension: 'search_term', metrics: ['searches', 'empty_searches'], apart: true }],
  },
  {
    key: 'away',
    lists: [
      { dimension: 'outbound_link', metrics: ['outbound_clicks'], apart: true },
      { dimension: 'download', metrics: ['downloads'], apart: true },
    ],
  },
];

export const listOf = (dimension: string): ListKind | undefined =>
  CARDS.flatMap(({ lists }) => lists).find((list) => list.dimension === dimension);

const SITE = 'site';

/** The site that the filters choose, where it is one. */
export function siteOf(filters: readonly Filter[]): string | undefined {
  const chosen = filters.filter(({ dimension }) => dimension === SITE);
  const [only] = chosen;
  return chosen.length === 1 && only?.op === 'is' && only.values.length === 1
    ? only.values[0]
    : undefined;
}

/** The filters with another site chosen, or none. */
export function withSite(filters: readonly Filter[], site: string): Filter[] {
  const others = filters.filter(({ dimension }) => dimension !== SITE);
  return site === '' ? others : [{ dimension: SITE, op: 'is', values: [site] }, ...others];
}

/** The filters narrowed to one row; what was chosen of the same dimension before gives way. */
export function narrowed(
  filters: readonly Filter[],
  dimension: string,
  value: string | null,
): Filter[] {
  const others = filters.filter((filter) => filter.dimension !== dimension);
  return [...others, ...pathFilters([dimension], [value])];
}

/** The names that came with events, from the sets that they came in. */
export function namesIn(sets: readonly (string | null)[]): string[] {
  const names = sets.flatMap((set) => (set === null ? [] : set.split(', ')));
  return [...new Set(names)].sort();
}

/** A value in the reader's words; of a page on the one site that is looked at, its path. */
export function wordOf(dimension: string, value: DimensionValue, onOneSite: boolean): string {
  if (value.value === null) return t('table.unknown');
  switch (dimension) {
    case 'country':
      return formatCountry(value.value, language());
    case 'source':
      return formatSource(value.label, language());
    case 'device':
      return tOr(`device.${value.value}`, value.label);
    case 'page':
    case 'landing_page':
    case 'exit_page':
      return onOneSite ? value.label.replace(/^[^/]*(?=\/)/, '') : value.label;
    default:
      return value.label;
  }
}
