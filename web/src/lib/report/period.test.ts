// Periods are calendar days; whole months compare with whole months.
import { describe, expect, it } from 'vitest';
import { addMonths, bucketFor, bucketsFor, compareDays, resolve, todayIn } from './period';

describe('period', () => {
  it.each([
    ['last_7', '2026-11-16', '2026-11-22'],
    ['this_month', '2026-11-01', '2026-11-22'],
    ['last_month', '2026-10-01', '2026-10-31'],
    ['this_quarter', '2026-10-01', '2026-11-22'],
    ['last_12_months', '2025-11-23', '2026-11-22'],
  ] as const)('%s', (preset, from, to) => {
    expect(resolve(preset, '2026-11-22')).toEqual({ from, to });
  });

  it.each([
    ['a whole month', '2026-03-01', '2026-03-31', '2026-02-01', '2026-02-28'],
    ['a shorter month', '2026-02-01', '2026-02-28', '2026-01-01', '2026-01-31'],
    ['a month so far', '2026-11-01', '2026-11-22', '2026-10-01', '2026-10-22'],
    ['a month longer than the one before', '2026-03-01', '2026-03-30', '2026-02-01', '2026-02-28'],
    ['a quarter so far', '2026-10-01', '2026-11-22', '2026-07-01', '2026-08-22'],
    ['a whole quarter', '2026-04-01', '2026-06-30', '2026-01-01', '2026-03-31'],
    ['a year so far', '2026-01-01', '2026-11-22', '2025-01-01', '2025-11-22'],
    ['days', '2026-11-16', '2026-11-22', '2026-11-09', '2026-11-15'],
    ['a month that is not over', '2026-11-01', '2026-11-30', '2026-10-01', '2026-10-22'],
    ['days that have not come', '2026-11-20', '2026-11-29', '2026-11-17', '2026-11-19'],
  ])('compares %s', (_, from, to, before, until) => {
    const compared = compareDays({ from, to }, 'previous', '2026-11-22');
    expect(compared).toEqual({ from: before, to: until });
  });

  it('compares with the same days of the year before', () => {
    const november = { from: '2026-11-01', to: '2026-11-30' };
    const compared = compareDays(november, 'year', '2026-11-22');
    expect(compared).toEqual({ from: '2025-11-01', to: '2025-11-22' });
  });

  it('ends a shorter month at its last day', () => {
    expect(addMonths('2026-03-31', -1)).toBe('2026-02-28');
  });

  it('knows what day it is where the workspace is', () => {
    expect(todayIn('Asia/Tokyo', new Date('2026-11-22T20:00:00Z'))).toBe('2026-11-23');
  });

  it.each([
    [1, 'hour'],
    [30, 'day'],
    [90, 'week'],
    [365, 'month'],
  ] as const)('%i days are shown by %s', (days, bucket) => {
    const to = new Date(Date.UTC(2026, 0, days)).toISOString().slice(0, 10);
    expect(bucketFor({ from: '2026-01-01', to })).toBe(bucket);
  });

  it('offers hours for a quarter and no longer', () => {
    expect(bucketsFor({ from: '2026-01-01', to: '2026-04-03' })).toContain('hour');
    expect(bucketsFor({ from: '2026-01-01', to: '2026-04-04' })).not.toContain('hour');
  });
});
