// Periods are calendar days; whole months compare with whole months.
import { describe, expect, it } from 'vitest';
import { addMonths, bucketFor, compareDays, resolve, todayIn } from './period';

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

  it('compares a whole month with the whole month before', () => {
    expect(compareDays({ from: '2026-03-01', to: '2026-03-31' }, 'previous')).toEqual({
      from: '2026-02-01',
      to: '2026-02-28',
    });
  });

  it('compares other periods with as many days before', () => {
    expect(compareDays({ from: '2026-11-16', to: '2026-11-22' }, 'previous')).toEqual({
      from: '2026-11-09',
      to: '2026-11-15',
    });
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
});
