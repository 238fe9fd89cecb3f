// Which time the ingest log shows, and the spans in which nothing came.
import type { IntakeLog } from '$lib/api/types';

export const RANGES = ['hour', 'day', 'week', 'month'] as const;
export type Range = (typeof RANGES)[number];
export interface Asked {
  from: string;
  until: string;
  per: 'minute' | 'hour';
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const HOURS: Record<Range, number> = { hour: 1, day: 24, week: 7 * 24, month: 30 * 24 };

export const spanMs = (per: Asked['per']): number => (per === 'minute' ? MINUTE_MS : HOUR_MS);

export function rangeOf(text: string | null): Range {
  return RANGES.find((range) => range === text) ?? 'hour';
}

/** The last so many whole spans, with the one that goes on. */
export function asked(range: Range, now: number): Asked {
  const per = range === 'hour' ? 'minute' : 'hour';
  const span = spanMs(per);
  const until = Math.floor(now / span) * span + span;
  const from = until - HOURS[range] * HOUR_MS;
  return { from: new Date(from).toISOString(), until: new Date(until).toISOString(), per };
}

/** Every span of the time; what is not told of is zero. */
export function filled(log: IntakeLog, { from, until, per }: Asked): IntakeLog['spans'] {
  const known = new Map(log.spans.map((span) => [Date.parse(span.at), span]));
  const spans: IntakeLog['spans'] = [];
  for (let at = Date.parse(from); at < Date.parse(until); at += spanMs(per)) {
    const nothing = { in: 0, stored: 0, dropped: 0, reasons: [] };
    spans.push(known.get(at) ?? { at: new Date(at).toISOString(), ...nothing });
  }
  return spans;
}
