// The points of a bucketed report: their labels and which of them may still change.
import type { Bucket, Report } from '../api/report-types';
import { withoutYearMark } from '../i18n/format';
import { addDays, type Days } from './period';

/** Where each bucket starts, as the server wrote it. */
export function bucketStarts(report: Report): string[] {
  return report.rows.map((row) => row.dimensions[0]?.value ?? '');
}

/** A metric's points; what lies in the future is a gap, not a zero. */
export function seriesOf(report: Report, metric: string): (string | null)[] {
  const at = metricIndex(report, metric);
  if (at === -1) return [];
  const begun = begunCount(report);
  return report.rows.map((row, index) => (index < begun ? (row.cells[at]?.value ?? null) : null));
}

/** The points of whole buckets: a line of these does not fall at its ends for no reason. */
export function completeSeriesOf(
  report: Report,
  metric: string,
  bucket: Bucket,
): (string | null)[] {
  const first = beginsWithin(report, bucket) ? 1 : 0;
  return seriesOf(report, metric).slice(first, incompleteFrom(report, bucket));
}

function begunCount(report: Report): number {
  const { complete_until: until, time_zone: timeZone } = report.period;
  if (until === null) return report.rows.length;
  const local = localText(until, timeZone);
  const isFuture = (start: string): boolean =>
    start.length > 10 ? Date.parse(start) > Date.parse(until) : start > local;
  const first = bucketStarts(report).findIndex(isFuture);
  return first === -1 ? report.rows.length : first;
}

/** A metric's place among the cells of a row. */
export function metricIndex(report: Report, metric: string): number {
  return report.columns
    .filter((column) => column.kind === 'metric')
    .findIndex((column) => column.key === metric);
}

export function bucketLabel(
  start: string,
  bucket: Bucket,
  language: string,
  timeZone: string,
): string {
  const locale = language === 'en' ? 'en-GB' : language;
  if (bucket === 'hour') {
    const options = { hour: '2-digit', minute: '2-digit', timeZone } as const;
    return new Intl.DateTimeFormat(locale, options).format(new Date(start));
  }
  const date = new Date(`${start.slice(0, 10)}T00:00:00Z`);
  const options: Intl.DateTimeFormatOptions =
    bucket === 'month' ? { month: 'short', year: 'numeric' } : { day: 'numeric', month: 'short' };
  const text = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(date);
  return withoutYearMark(text);
}

/** The first bucket of which something is still to come, or lies after the period, if any. */
export function incompleteFrom(report: Report, bucket: Bucket): number | undefined {
  const { complete_until: until, to, time_zone: timeZone } = report.period;
  const starts = bucketStarts(report);
  if (until === null && bucket === 'hour') return undefined;
  const complete =
    until === null ? addDays(to, 1) : bucket === 'hour' ? until : localText(until, timeZone);
  const ends = starts.map((start, index) => starts[index + 1] ?? endOf(start, bucket, to));
  const first = ends.findIndex((end) =>
    bucket === 'hour' && end.length > 10 ? Date.parse(end) > Date.parse(complete) : end > complete,
  );
  return first === -1 ? undefined : first;
}

/** Whether the first bucket began before the period: a month from its twentieth is no whole one. */
export function beginsWithin(report: Report, bucket: Bucket): boolean {
  const start = bucketStarts(report)[0];
  return bucket !== 'hour' && start !== undefined && start.slice(0, 10) < report.period.from;
}

/** The days of the months that say anything, up to today. */
export function spanOf(report: Report, today: string): Days | undefined {
  const isFilled = (row: Report['rows'][number]): boolean =>
    row.cells.some((cell) => cell.value !== null && /[1-9]/.test(cell.value));
  const starts = bucketStarts(report);
  const first = starts[report.rows.findIndex(isFilled)];
  const last = starts[report.rows.findLastIndex(isFilled)];
  if (first === undefined || last === undefined) return undefined;
  const end = addDays(endOf(last, 'month', today), -1);
  return { from: first.slice(0, 10), to: end < today ? end : today };
}

/** Where the calendar ends a bucket. */
function endOf(start: string, bucket: Bucket, to: string): string {
  const day = start.slice(0, 10);
  if (bucket === 'week') return addDays(day, 7);
  if (bucket !== 'month') return addDays(to, 1);
  const [year, month] = day.split('-').map(Number);
  return new Date(Date.UTC(year ?? 0, month ?? 1, 1)).toISOString().slice(0, 10);
}

function localText(at: string, timeZone: string): string {
  const options = { timeZone, dateStyle: 'short', timeStyle: 'medium' } as const;
  return new Intl.DateTimeFormat('sv-SE', options).format(new Date(at)).replace(' ', 'T');
}
