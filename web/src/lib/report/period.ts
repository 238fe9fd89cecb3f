// Periods as calendar days: presets, what to compare with, how to bucket.
import type { Bucket } from '../api/report-types';

export const PRESETS = [
  'today',
  'yesterday',
  'last_7',
  'last_30',
  'last_90',
  'this_month',
  'last_month',
  'this_quarter',
  'this_year',
  'last_12_months',
] as const;
export type Preset = (typeof PRESETS)[number];
export const COMPARES = ['previous', 'year', 'none'] as const;
export type Compare = (typeof COMPARES)[number];

export interface Days {
  from: string;
  to: string;
}

/** Today's date where the workspace is. */
export function todayIn(timeZone: string, now: Date): string {
  // The Swedish locale writes dates as ISO 8601.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(now);
}

export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

export function addMonths(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const daysInMonth = new Date(
    Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0),
  ).getUTCDate();
  first.setUTCDate(Math.min(date, daysInMonth));
  return first.toISOString().slice(0, 10);
}

export function lengthOf(days: Days): number {
  return Math.round((Date.parse(days.to) - Date.parse(days.from)) / 86_400_000) + 1;
}

export function resolve(preset: Preset, today: string): Days {
  const month = `${today.slice(0, 7)}-01`;
  switch (preset) {
    case 'today':
      return { from: today, to: today };
    case 'yesterday':
      return { from: addDays(today, -1), to: addDays(today, -1) };
    case 'last_7':
      return { from: addDays(today, -6), to: today };
    case 'last_30':
      return { from: addDays(today, -29), to: today };
    case 'last_90':
      return { from: addDays(today, -89), to: today };
    case 'this_month':
      return { from: month, to: today };
    case 'last_month':
      return { from: addMonths(month, -1), to: addDays(month, -1) };
    case 'this_quarter': {
      const startMonth = Math.floor((Number(today.slice(5, 7)) - 1) / 3) * 3 + 1;
      return { from: `${today.slice(0, 4)}-${String(startMonth).padStart(2, '0')}-01`, to: today };
    }
    case 'this_year':
      return { from: `${today.slice(0, 4)}-01-01`, to: today };
    case 'last_12_months':
      return { from: addDays(addMonths(today, -12), 1), to: today };
  }
}

/**
 * What a period is compared with: of a month, quarter or year from its beginning, the same days of
 * the one before; otherwise as many days before. Days that have not come are left out.
 */
export function compareDays(
  days: Days,
  compare: Compare,
  today: string,
): Days | undefined {
  if (compare === 'none') return undefined;
  const to = days.from <= today && today < days.to ? today : days.to;
  if (compare === 'year') return { from: addMonths(days.from, -12), to: addMonths(to, -12) };
  const months = monthsFromStart({ from: days.from, to: days.to });
  if (months === undefined) {
    const length = lengthOf({ from: days.from, to });
    return { from: addDays(days.from, -length), to: addDays(days.from, -1) };
  }
  const from = addMonths(days.from, -months);
  const isWhole = addDays(addMonths(days.from, months), -1) === to;
  const last = addDays(days.from, -1);
  const sameDay = addMonths(to, -months);
  return { from, to: isWhole || sameDay > last ? last : sameDay };
}

/** The longest period that the server splits by hours. */
const HOURLY_DAYS_MAX = 93;

/** What a period can be split by. */
export function bucketsFor(days: Days): Bucket[] {
  const coarse: Bucket[] = ['day', 'week', 'month'];
  return lengthOf(days) <= HOURLY_DAYS_MAX ? ['hour', ...coarse] : coarse;
}

/** A bucket that gives a readable number of points. */
export function bucketFor(days: Days): Bucket {
  const length = lengthOf(days);
  if (length <= 2) return 'hour';
  if (length <= 62) return 'day';
  if (length <= 190) return 'week';
  return 'month';
}

export function isDay(text: string | null): text is string {
  return text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** The months of the shortest of month, quarter and year that begins with the period and holds it. */
function monthsFromStart(days: Days): number | undefined {
  if (!days.from.endsWith('-01')) return undefined;
  const month = Number(days.from.slice(5, 7));
  return [1, 3, 12].find(
    (months) =>
      (month - 1) % months === 0 && days.to < addMonths(days.from, months),
  );
}
