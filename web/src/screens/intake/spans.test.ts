import { expect, test } from 'vitest';
import { asked, filled, rangeOf } from './spans';

const NOW = Date.parse('2026-11-23T12:34:56Z');

test('an hour is sixty minutes that end with the one that goes on', () => {
  const time = asked('hour', NOW);
  expect(time).toEqual({
    from: '2026-11-23T11:35:00.000Z',
    until: '2026-11-23T12:35:00.000Z',
    per: 'minute',
  });
  const total = { in: 0, stored: 0, dropped: 0, reasons: [] };
  const told = { at: '2026-11-23T12:34:00Z', in: 3, stored: 2, dropped: 1, reasons: [] };
  const log = { per: 'minute' as const, total, spans: [told], doors: [], sites: [], gaps: [] };
  const spans = filled(log, time);
  expect(spans).toHaveLength(60);
  expect(spans.at(-1)).toEqual(told);
  expect(spans[0]?.in).toBe(0);
});

test('longer times are told by the hour, and what is no time is the last hour', () => {
  expect(asked('week', NOW).per).toBe('hour');
  expect(asked('day', NOW).from).toBe('2026-11-22T13:00:00.000Z');
  expect(rangeOf('week')).toBe('week');
  expect(rangeOf('year')).toBe('hour');
});
