// What is still running is marked, what has not begun is left out.
import { describe, expect, it } from 'vitest';
import type { Report } from '../api/report-types';
import { beginsWithin, completeSeriesOf, incompleteFrom, seriesOf, spanOf } from './buckets';

function bucketed(starts: string[], to: string, until: string | null, from?: string): Report {
  return {
    columns: [
      { key: 'bucket', kind: 'bucket' },
      { key: 'cost', kind: 'metric' },
    ],
    rows: starts.map((value) => ({
      dimensions: [{ value, label: value }],
      cells: [{ value: '1' }],
    })),
    period: { from: from ?? starts[0] ?? to, to, time_zone: 'Europe/Moscow', complete_until: until },
  } as Report;
}

const hours = ['2026-11-22T03:00:00Z', '2026-11-22T04:00:00Z', '2026-11-22T05:00:00Z'];
const days = ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23'];

describe('buckets', () => {
  it('leaves a gap for the hours to come', () => {
    const report = bucketed(hours, '2026-11-22', '2026-11-22T04:06:00Z');
    expect(seriesOf(report, 'cost')).toEqual(['1', '1', null]);
    expect(incompleteFrom(report, 'hour')).toBe(1);
    expect(completeSeriesOf(report, 'cost', 'hour')).toEqual(['1']);
  });

  it('counts days where the workspace is', () => {
    const report = bucketed(days, '2026-11-23', '2026-11-21T21:30:00Z');
    expect(seriesOf(report, 'cost')).toEqual(['1', '1', '1', null]);
    expect(completeSeriesOf(report, 'cost', 'day')).toEqual(['1', '1']);
  });

  it('keeps every point of a period that is over', () => {
    const report = bucketed(days, '2026-11-23', null);
    expect(completeSeriesOf(report, 'cost', 'day')).toEqual(['1', '1', '1', '1']);
  });

  it.each([
    ['month', ['2026-09-01', '2026-10-01', '2026-11-01'], '2026-09-20', '2026-11-22', 2],
    ['month', ['2026-09-01', '2026-10-01', '2026-11-01'], '2026-09-20', '2026-11-30', undefined],
    ['week', ['2026-10-19', '2026-10-26', '2026-11-02'], '2026-10-24', '2026-11-05', 2],
  ] as const)('marks a %s that the period cuts', (bucket, starts, from, to, cut) => {
    const report = bucketed([...starts], to, null, from);
    expect(beginsWithin(report, bucket)).toBe(true);
    expect(incompleteFrom(report, bucket)).toBe(cut);
    expect(completeSeriesOf(report, 'cost', bucket)).toHaveLength((cut ?? 3) - 1);
  });

  it('finds the months that say anything', () => {
    const months = ['2026-07-01', '2026-08-01', '2026-09-01', '2026-10-01'];
    const report = bucketed(months, '2026-10-31', null);
    for (const [at, value] of ['0.00', '7', null, '3'].entries()) {
      const row = report.rows[at];
      if (row) row.cells = [{ value }];
    }
    expect(spanOf(report, '2026-10-20')).toEqual({ from: '2026-08-01', to: '2026-10-20' });
    expect(spanOf(bucketed([], '2026-10-31', null), '2026-10-20')).toBeUndefined();
  });

  it('knows no points of a metric that is not there', () => {
    expect(seriesOf(bucketed(days, '2026-11-23', null), 'romi')).toEqual([]);
  });
});
