// Which number was clicked, and the query that produced it.
import type { Cell, Column, ReportQuery } from '../api/report-types';

export interface OpenNumber {
  column: Column;
  cell: Cell;
  /** The place in the tree in words, from the root. */
  where: string[];
  /** Dimension values that pick the row; empty for a total. */
  row: Record<string, string | null>;
  query: ReportQuery;
}
