// Answers report queries from a made-up but consistent optics shop.
import type { Cell, Report, ReportQuery, ReportRow, ReportRows } from '../src/lib/api/report-types';
import { METRICS, type MockMetric, type Totals } from './catalogue.ts';

interface Leaf {
  path: Record<string, string | null>;
  colour: number;
  weight: Totals;
}

const CHANNELS: [string, number, string[], Partial<Totals>][] = [
  [
    'Search',
    0,
    ['Google Ads', 'Yandex Direct'],
    { impressions: 9000, clicks: 330, leads: 5.7, spend: 6600, revenue: 23400 },
  ],
  [
    'Social',
    1,
    ['VK Ads', 'Meta Ads', 'Telegram Ads'],
    { impressions: 21000, clicks: 410, leads: 2.5, spend: 4050, revenue: 8060 },
  ],
  [
    'Affiliates',
    2,
    ['CityAds', 'Admitad'],
    { impressions: 0, clicks: 134, leads: 1.3, spend: 1740, revenue: 4960 },
  ],
  [
    'E-mail',
    3,
    ['Newsletter'],
    { impressions: 0, clicks: 42, leads: 0.5, spend: 137, revenue: 1950 },
  ],
  [
    'SEO',
    4,
    ['Google', 'Yandex'],
    { impressions: 0, clicks: 0, leads: 0.4, spend: 1200, revenue: 1430 },
  ],
];
const CAMPAIGNS = ['Sunglasses', 'Lenses', 'Diamond glasses', 'Brand', 'Retargeting'];
const GROUPS = ['Women', 'Men', 'Children'];
const ADS = ['Spring offer', 'Free fitting', 'Second pair −50 %'];
const KEYWORDS = ['sunglasses online', 'glasses delivery', 'contact lenses', 'optics near me'];

const leaves = makeLeaves();

export function query(request: ReportQuery): Report {
  const chosen = request.metrics.flatMap((key) => METRICS.filter((metric) => metric.key === key));
  const matching = leaves.filter((leaf) => request.filters.every((filter) => passes(leaf, filter)));
  const days = daysOf(request.period);
  const before = request.compare ? daysOf(request.compare) : undefined;
  const rows = request.bucket
    ? bucketRows(matching, days, request.bucket, chosen)
    : dimensionRows(matching, days, before, request.dimensions, chosen);
  const order = request.order?.[0];
  if (order && !request.bucket)
    sortRows(
      rows,
      chosen.findIndex((metric) => metric.key === order.by),
      order.direction ?? 'desc',
    );
  return {
    columns: [
      ...(request.bucket ? ['bucket'] : request.dimensions).map((key) => ({
        key,
        kind: request.bucket ? ('bucket' as const) : ('dimension' as const),
        title: key,
        unit: null,
        direction: null,
        digits: null,
        formula: null,
        definition: '',
        estimate: false,
      })),
      ...chosen.map((metric) => ({
        key: metric.key,
        kind: 'metric' as const,
        title: metric.title,
        unit: metric.unit,
        direction: metric.direction,
        digits: metric.digits,
        formula: metric.formula,
        definition: metric.definition,
        estimate: false,
      })),
    ],
    rows: rows.slice(0, request.limit ?? 100),
    totals: request.totals
      ? cellsOf(sum(matching, days), before && sum(matching, before), chosen)
      : null,
    rows_total: rows.length,
    period: periodOf(request.period),
    compare: request.compare ? periodOf(request.compare) : null,
    currency: 'RUB',
    date_basis: request.date_basis ?? 'visit',
    attribution: request.attribution ?? 'last_non_direct',
    as_known_on: null,
    vat: request.vat ?? 'net',
    generated_at: new Date().toISOString(),
    elapsed_ms: 12,
    notes: [],
  };
}

function periodOf({ from, to }: ReportQuery['period']): Report['period'] {
  const complete_until = new Date(Date.now() - 3_600_000).toISOString();
  return { from, to, time_zone: 'Europe/Moscow', complete_until };
}

export function rowsBehind(): ReportRows {
  return {
    kind: 'leads',
    columns: [
      { key: 'at', title: 'Received', unit: 'moment' },
      { key: 'name', title: 'Name', unit: 'text' },
      { key: 'campaign', title: 'Campaign', unit: 'text' },
      { key: 'revenue', title: 'Revenue', unit: 'money' },
    ],
    rows: Array.from({ length: 20 }, (_row, index) => [
      new Date(Date.now() - index * 7_300_000).toISOString(),
      ['Анна Соколова', 'Jan Kowalski', 'Igor Petrov', 'Ewa Wójcik'][index % 4] ?? null,
      CAMPAIGNS[index % CAMPAIGNS.length] ?? null,
      index % 3 === 0 ? `${(index + 3) * 1350}.00` : null,
    ]),
    names: {},
    rows_total: 1_234,
    rows_withheld: 0,
    sides: [
      { part: 'numerator', kind: 'payments' },
      { part: 'denominator', kind: 'leads' },
    ],
    next_cursor: 'more',
  };
}

function makeLeaves(): Leaf[] {
  const made = CHANNELS.flatMap(([channel, colour, sources, weight]) =>
    sources.flatMap((source, s) =>
      CAMPAIGNS.slice(0, channel === 'SEO' ? 1 : 5).flatMap((campaign, c) =>
        GROUPS.flatMap((group, g) =>
          KEYWORDS.map((keyword, k) => {
            const part =
              ((1 / sources.length) * share(`${source}${campaign}${group}${keyword}`)) / 20;
            return {
              path: {
                channel,
                source,
                campaign,
                ad_group: group,
                keyword,
                ad: ADS[(s + c + g) % ADS.length] ?? null,
                device: ['desktop', 'phone', 'tablet'][(g + k) % 3] ?? null,
                country: ['RU', 'PL', 'DE'][(c + k) % 3] ?? null,
                landing_page: `/${campaign.toLowerCase().replace(' ', '-')}`,
              },
              colour,
              weight: scaled(complete(weight), part),
            };
          }),
        ),
      ),
    ),
  );
  const nowhere = {
    channel: null,
    source: null,
    campaign: null,
    ad_group: null,
    ad: null,
    keyword: null,
    device: null,
    country: null,
    landing_page: null,
  };
  return [...made, { path: nowhere, colour: 9, weight: complete({ leads: 0.1, revenue: 350 }) }];
}

function complete(part: Partial<Totals>): Totals {
  const { impressions = 0, clicks = 0, leads = 0, spend = 0, revenue = 0 } = part;
  return {
    impressions,
    clicks,
    leads,
    spend,
    revenue,
    visits: clicks > 0 ? clicks * 0.96 : leads * 90,
    qualified: leads * 0.66,
    sales: leads * 0.48,
    cost_of_goods: revenue * 0.512,
  };
}

function scaled(totals: Totals, by: number): Totals {
  return Object.fromEntries(
    Object.entries(totals).map(([key, value]) => [key, value * by]),
  ) as unknown as Totals;
}

function sum(from: Leaf[], days: string[]): Totals {
  const out = complete({});
  for (const leaf of from) {
    let wave = 0;
    for (const day of days) wave += waveOf(day, leaf.path.channel ?? '');
    for (const key of Object.keys(out) as (keyof Totals)[]) out[key] += leaf.weight[key] * wave;
  }
  const counts = ['impressions', 'clicks', 'visits', 'leads', 'qualified', 'sales'] as const;
  for (const key of counts) out[key] = Math.round(out[key]);
  return out;
}

function waveOf(day: string, channel: string): number {
  if (day > new Date().toISOString().slice(0, 10)) return 0;
  const at = Date.parse(day) / 86_400_000;
  return (
    1 + 0.22 * Math.sin(at / 2.3) + 0.18 * (share(day + channel) - 1) + 0.1 * Math.sin(at / 40)
  );
}

function share(text: string): number {
  let hash = 2_166_136_261;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  return 0.3 + ((hash >>> 0) % 1_400) / 1_000;
}

function cellsOf(totals: Totals, before: Totals | undefined, metrics: MockMetric[]): Cell[] {
  return metrics.map((metric) => {
    const value = valueOf(metric, totals);
    const previous = before ? valueOf(metric, before) : null;
    const parts = metric.denominator
      ? {
          numerator: metric.numerator(totals).toFixed(2),
          denominator: metric.denominator(totals).toFixed(0),
        }
      : {};
    if (value === null) return { value: null, reason: 'zero_denominator', ...parts };
    const change =
      previous === null || previous === 0
        ? null
        : metric.unit === 'percent'
          ? value - previous
          : ((value - previous) / Math.abs(previous)) * 100;
    return {
      value: value.toFixed(metric.unit === 'count' ? 0 : 2),
      ...parts,
      ...(previous !== null && { previous: previous.toFixed(2) }),
      ...(change !== null && {
        change: change.toFixed(1),
        change_unit: metric.unit === 'percent' ? ('pp' as const) : ('percent' as const),
        tone:
          metric.direction === 'neutral'
            ? ('neutral' as const)
            : change >= 0 === (metric.direction === 'up')
              ? ('good' as const)
              : ('bad' as const),
      }),
    };
  });
}

function valueOf(metric: MockMetric, totals: Totals): number | null {
  if (!metric.denominator) return metric.numerator(totals);
  const below = metric.denominator(totals);
  return below === 0 ? null : (metric.numerator(totals) / below) * (metric.scale ?? 1);
}

function dimensionRows(
  from: Leaf[],
  days: string[],
  before: string[] | undefined,
  dimensions: string[],
  metrics: MockMetric[],
): ReportRow[] {
  const [key] = dimensions;
  if (key === undefined) return [];
  const groups = new Map<string | null, Leaf[]>();
  for (const leaf of from) {
    const value = leaf.path[key] ?? null;
    groups.set(value, [...(groups.get(value) ?? []), leaf]);
  }
  return [...groups].map(([value, group]) => ({
    dimensions: [
      {
        value,
        label: value ?? 'Unknown',
        ...(key === 'channel' && { colour: group[0]?.colour ?? 9 }),
        expandable: value !== null,
      },
    ],
    cells: cellsOf(sum(group, days), before && sum(group, before), metrics),
  }));
}

function bucketRows(
  from: Leaf[],
  days: string[],
  bucket: string,
  metrics: MockMetric[],
): ReportRow[] {
  const groups = new Map<string, string[]>();
  for (const day of days) {
    const start =
      bucket === 'month' ? `${day.slice(0, 7)}-01` : bucket === 'week' ? monday(day) : day;
    groups.set(start, [...(groups.get(start) ?? []), day]);
  }
  return [...groups].map(([start, part]) => ({
    dimensions: [{ value: start, label: start }],
    cells: cellsOf(sum(from, part), undefined, metrics),
  }));
}

function monday(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}

function sortRows(rows: ReportRow[], at: number, direction: 'asc' | 'desc'): void {
  const sign = direction === 'asc' ? 1 : -1;
  rows.sort((a, b) => {
    if (a.dimensions[0]?.value === null) return 1;
    if (b.dimensions[0]?.value === null) return -1;
    return sign * (Number(a.cells[at]?.value ?? -1e18) - Number(b.cells[at]?.value ?? -1e18));
  });
}

function passes(leaf: Leaf, filter: ReportQuery['filters'][number]): boolean {
  const value = leaf.path[filter.dimension] ?? null;
  const text = (value ?? '').toLowerCase();
  switch (filter.op) {
    case 'is':
      return value !== null && filter.values.includes(value);
    case 'is_not':
      return value === null || !filter.values.includes(value);
    case 'contains':
      return filter.values.some((each) => text.includes(each.toLowerCase()));
    case 'starts_with':
      return filter.values.some((each) => text.startsWith(each.toLowerCase()));
    case 'is_alike': {
      const bare = (path: string): string => path.toLowerCase().replace(/\/+$/, '');
      return value !== null && filter.values.some((each) => bare(each) === bare(value));
    }
    case 'is_unknown':
      return value === null;
    case 'is_known':
      return value !== null;
  }
}

function daysOf(period: { from: string; to: string }): string[] {
  const days: string[] = [];
  for (let at = Date.parse(period.from); at <= Date.parse(period.to); at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}
