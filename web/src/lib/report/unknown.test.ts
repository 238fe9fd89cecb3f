import { describe, expect, it } from 'vitest';
import type { Cell, Column } from '../api/report-types';
import type { TreeRow } from '../kit/tree-table';
import { unknownShares } from './unknown';

const column = (key: string): Column => ({ key, kind: 'metric', title: key }) as Column;
const cell = (value: string | null): Cell => ({ value }) as Cell;
const row = (value: string | null, cells: (string | null)[]): TreeRow =>
  ({ path: '', depth: 0, dimension: { value, label: '' }, cells: cells.map(cell) }) as TreeRow;

describe('unknownShares', () => {
  const columns = ['cost', 'visits', 'leads'].map(column);
  const totals = ['1000', '200', '0'].map(cell);

  it('tells the share of each known sum, visits first', () => {
    const rows = [row('search', ['900', '190', '0']), row(null, ['100', '10', null])];
    const found = unknownShares(columns, rows, totals).map(({ column, share }) => [
      column.key,
      share,
    ]);
    expect(found).toEqual([
      ['visits', 0.05],
      ['cost', 0.1],
    ]);
  });

  it('has nothing to tell where everything is known', () => {
    expect(unknownShares(columns, [row('search', ['1000', '200', '0'])], totals)).toEqual([]);
    expect(unknownShares(columns, [row(null, ['1', '1', '1'])], null)).toEqual([]);
  });
});
