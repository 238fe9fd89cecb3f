// A drill-down tree: one query for each opened place, flattened into the rows of a table.
import { untrack } from 'svelte';
import * as api from '../api/calls';
import type { ApiError } from '../api/client';
import type { Cell, DimensionValue, Report, ReportQuery } from '../api/report-types';
import { asApiError } from '../state/resource.svelte';
import { pathFilters, readPath, writePath } from './address';

export const LEVEL_ROWS_MAX = 1_000;

export interface TreeNode {
  path: string;
  depth: number;
  /** The node's own value and those of its ancestors, from the root. */
  values: (string | null)[];
  dimension: DimensionValue;
  cells: Cell[];
  expandable: boolean;
  expanded: boolean;
  loading: boolean;
}

export interface TreeQuery {
  base: Omit<ReportQuery, 'metrics' | 'dimensions'>;
  metrics: string[];
  dimensions: string[];
}

export class ReportTree {
  root = $state.raw<Report | undefined>(undefined);
  error = $state.raw<ApiError | undefined>(undefined);
  busy = $state(false);
  #levels = $state.raw<ReadonlyMap<string, Report>>(new Map());
  #query = $state.raw<TreeQuery | undefined>(undefined);
  #signature = '';
  #controller = new AbortController();

  /** Shows this query with these places open; loads only what is not here yet. */
  show(query: TreeQuery, open: string[]): void {
    untrack(() => {
      const signature = JSON.stringify(query);
      if (signature === this.#signature) {
        void this.#loadMissing(open);
        return;
      }
      this.#signature = signature;
      void this.#reload(query, open);
    });
  }

  retry(): void {
    const query = this.#query;
    if (query !== undefined) void this.#reload(query, [...this.#levels.keys()]);
  }

  /** The rows from top to bottom, children right under their parent. */
  rows(open: string[]): TreeNode[] {
    const query = this.#query;
    if (this.root === undefined || query === undefined) return [];
    return this.#flatten(this.root, [], new Set(open), query.dimensions.length);
  }

  #flatten(
    level: Report,
    above: (string | null)[],
    open: Set<string>,
    depthMax: number,
  ): TreeNode[] {
    return level.rows.flatMap((row) => {
      const dimension = row.dimensions[0] ?? { value: null, label: '' };
      const values = [...above, dimension.value];
      const path = writePath(values);
      const expandable = values.length < depthMax && dimension.expandable !== false;
      const expanded = expandable && open.has(path);
      const children = this.#levels.get(path);
      const node: TreeNode = {
        path,
        values,
        dimension,
        expandable,
        expanded,
        depth: above.length,
        cells: row.cells,
        loading: expanded && children === undefined,
      };
      if (!expanded || children === undefined) return [node];
      return [node, ...this.#flatten(children, values, open, depthMax)];
    });
  }

  async #reload(query: TreeQuery, open: string[]): Promise<void> {
    this.#controller.abort();
    const controller = new AbortController();
    this.#controller = controller;
    this.busy = true;
    try {
      const [root, ...levels] = await Promise.all([
        this.#load(query, [], controller.signal),
        ...open.map((path) => this.#load(query, readPath(path), controller.signal)),
      ]);
      if (controller.signal.aborted) return;
      this.#query = query;
      this.#levels = new Map(open.map((path, index) => [path, levels[index] as Report]));
      this.root = root;
      this.error = undefined;
    } catch (error) {
      if (controller.signal.aborted) return;
      this.#query = query;
      this.error = asApiError(error);
    }
    this.busy = false;
  }

  async #loadMissing(open: string[]): Promise<void> {
    const query = this.#query;
    const missing = open.filter((path) => !this.#levels.has(path));
    if (query === undefined || missing.length === 0) return;
    const { signal } = this.#controller;
    try {
      const levels = await Promise.all(
        missing.map((path) => this.#load(query, readPath(path), signal)),
      );
      if (signal.aborted) return;
      const next = new Map(this.#levels);
      for (const [index, path] of missing.entries()) next.set(path, levels[index] as Report);
      this.#levels = next;
    } catch (error) {
      if (!signal.aborted) this.error = asApiError(error);
    }
  }

  #load(query: TreeQuery, values: (string | null)[], signal: AbortSignal): Promise<Report> {
    const dimension = query.dimensions[values.length] ?? query.dimensions.at(-1) ?? 'channel';
    return api.runReport(
      {
        ...query.base,
        metrics: query.metrics,
        dimensions: [dimension],
        filters: [...query.base.filters, ...pathFilters(query.dimensions, values)],
        limit: LEVEL_ROWS_MAX,
        totals: values.length === 0,
      },
      signal,
    );
  }
}
