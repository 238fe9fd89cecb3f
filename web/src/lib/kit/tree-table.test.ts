// Long tables keep few rows on the page; copies are safe in a spreadsheet.
import { describe, expect, it } from 'vitest';
import type { Column } from '../api/report-types';
import { toTsv, visibleWindow, type TreeRow } from './tree-table';

const row = (label: string, depth: number, value: string | null): TreeRow => ({
  path: label,
  depth,
  dimension: { value: label, label },
  cells: [{ value }],
  expandable: false,
  expanded: false,
  loading: false,
});
const spend = { key: 'spend', title: 'Spend' } as Column;

describe('visibleWindow', () => {
  it('shows short tables whole', () => {
    expect(visibleWindow(200, 36, 500, 600)).toEqual({ start: 0, end: 200, before: 0, after: 0 });
  });

  it('keeps the height of what is not shown', () => {
    const { start, end, before, after } = visibleWindow(10_000, 36, 36_000, 720);
    expect(end - start).toBeLessThan(80);
    expect(before + (end - start) * 36 + after).toBe(10_000 * 36);
  });
});

describe('toTsv', () => {
  it('writes raw numbers with the decimal mark and indents children', () => {
    const text = toTsv(
      'Channel',
      [spend],
      [row('Search', 0, '10.50'), row('Google', 1, null)],
      undefined,
      ',',
    );
    expect(text).toBe('Channel\tSpend\nSearch\t10,50\n  Google\t');
  });

  it('does not let a campaign become a formula', () => {
    const text = toTsv('Campaign', [spend], [row('=HYPERLINK("x")', 0, '1')], undefined, '.');
    expect(text.split('\n')[1]).toBe(`'=HYPERLINK("x")\t1`);
  });
});
