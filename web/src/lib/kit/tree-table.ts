// What a tree table shows and how it is copied into a spreadsheet.
import type { Cell, Column, DimensionValue } from '../api/report-types';

export interface TreeRow {
  path: string;
  depth: number;
  dimension: DimensionValue;
  cells: Cell[];
  expandable: boolean;
  expanded: boolean;
  loading: boolean;
}

export interface VisibleWindow {
  start: number;
  end: number;
  before: number;
  after: number;
}

export const VIRTUAL_ROWS_MIN = 200;
const OVERSCAN_ROWS = 20;

/** Which rows are worth having on the page for a scroll position. */
export function visibleWindow(
  rows: number,
  rowHeight: number,
  scrollTop: number,
  viewHeight: number,
): VisibleWindow {
  if (rows <= VIRTUAL_ROWS_MIN) return { start: 0, end: rows, before: 0, after: 0 };
  const start = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN_ROWS);
  const end = Math.min(rows, Math.ceil((scrollTop + viewHeight) / rowHeight) + OVERSCAN_ROWS);
  return { start, end, before: start * rowHeight, after: (rows - end) * rowHeight };
}

/** Tab-separated text: labels indented by level, numbers raw with the language's decimal mark. */
export function toTsv(
  heading: string,
  columns: Column[],
  rows: TreeRow[],
  totals: { label: string; cells: Cell[] } | undefined,
  decimalMark: string,
): string {
  const line = (label: string, cells: Cell[]): string =>
    [clean(label), ...cells.map((cell) => (cell.value ?? '').replace('.', decimalMark))].join('\t');
  const lines = [[heading, ...columns.map((column) => column.title)].map(clean).join('\t')];
  if (totals) lines.push(line(totals.label, totals.cells));
  for (const row of rows) lines.push(line('  '.repeat(row.depth) + row.dimension.label, row.cells));
  return lines.join('\n');
}

// A spreadsheet takes a leading =, +, - or @ for a formula.
function clean(text: string): string {
  const flat = text.replace(/[\t\r\n]+/g, ' ');
  return /^[=+\-@]/.test(flat) ? `'${flat}` : flat;
}
