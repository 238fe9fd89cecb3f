// How much of a report nobody knows where it came from.
import type { Cell, Column } from '../api/report-types';
import type { TreeRow } from '../kit/tree-table';

export interface UnknownShare {
  column: Column;
  /** Part of the whole, from 0 to 1. */
  share: number;
}

/** What share of the whole is worth telling, the most telling first. */
const TOLD = ['visits', 'leads', 'sales', 'revenue', 'cost'];

/** The shares of the unknown row; none where there is nothing unknown. */
export function unknownShares(
  columns: Column[],
  rows: TreeRow[],
  totals: Cell[] | null,
): UnknownShare[] {
  const unknown = rows.find((row) => row.depth === 0 && row.dimension.value === null);
  if (!unknown || !totals) return [];
  return TOLD.flatMap((key) => {
    const at = columns.findIndex((column) => column.key === key);
    const column = columns[at];
    const share = Number(unknown.cells[at]?.value ?? 0) / Number(totals[at]?.value ?? 0);
    return column && Number.isFinite(share) && share > 0 ? [{ column, share }] : [];
  });
}
