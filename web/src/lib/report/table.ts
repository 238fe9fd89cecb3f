// What clicking in a report's table means: sort, expand, open a number.
import type { Cell, Column } from '../api/report-types';
import type { TreeRow } from '../kit/tree-table';
import type { OpenNumber } from './open-number';
import { pathFilters, readPath } from './address';
import type { Sort } from './state.svelte';
import type { TreeQuery } from './tree.svelte';

/** Opens or closes a place; closing forgets what was open below it. */
export function toggled(open: string[], row: TreeRow): string[] {
  if (!row.expanded) return [...open, row.path];
  return open.filter((path) => path !== row.path && !path.startsWith(`${row.path}/`));
}

/** The same column turns round; another starts with its largest. */
export function nextSort(sort: Sort, column: Column): Sort {
  if (sort.by !== column.key) return { by: column.key, direction: 'desc' };
  return { by: column.key, direction: sort.direction === 'desc' ? 'asc' : 'desc' };
}

export function openNumber(
  query: TreeQuery,
  row: TreeRow | undefined,
  column: Column,
  cell: Cell,
): OpenNumber {
  const values = row ? readPath(row.path) : [];
  const dimensions = query.dimensions.slice(0, Math.max(1, values.length));
  const last = dimensions.at(-1) ?? '';
  return {
    column,
    cell,
    where: row ? [row.dimension.label] : [],
    row: row ? { [last]: values.at(-1) ?? null } : {},
    query: {
      ...query.base,
      metrics: query.metrics,
      dimensions: row ? [last] : [],
      filters: [...query.base.filters, ...pathFilters(query.dimensions, values.slice(0, -1))],
    },
  };
}
