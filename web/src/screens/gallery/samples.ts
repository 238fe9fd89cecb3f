// Made-up numbers for the gallery: every tone, an unknown, a negative, a value that cannot be computed.
import type { Cell, Column, Unit } from '$lib/api/report-types';
import type { TreeRow } from '$lib/kit/tree-table';

export const SAMPLE_TEXT = 'Zażółć gęślą jaźń · Съешь же ещё этих мягких булок';

const column = (key: string, title: string, unit: Unit, digits: number): Column => ({
  key,
  title,
  unit,
  digits,
  kind: 'metric',
  direction: 'up',
  formula: null,
  definition: title,
  estimate: false,
});

export const sampleColumns: Column[] = [
  column('spend', 'Spend', 'money', 0),
  column('leads', 'Leads', 'count', 0),
  column('cpl', 'CPL', 'money', 2),
  column('romi', 'ROMI', 'percent', 1),
];

const points = Array.from({ length: 30 }, (_value, index) =>
  String(100 + Math.round(40 * Math.sin(index / 2.4)) + index),
);

export const sampleKpis: { column: Column; cell: Cell; points: (string | null)[] }[] = [
  {
    column: column('spend', 'Spend', 'money', 0),
    cell: { value: '412300.00', change: '8.1', change_unit: 'percent', tone: 'neutral' },
    points,
  },
  {
    column: column('revenue', 'Revenue', 'money', 0),
    cell: { value: '1204900.00', change: '12.4', change_unit: 'percent', tone: 'good' },
    points,
  },
  {
    column: column('cpl', 'CPL', 'money', 0),
    cell: { value: '1326.00', change: '-6.0', change_unit: 'percent', tone: 'good' },
    points,
  },
  {
    column: column('sales', 'Sales', 'count', 0),
    cell: { value: '151', change: '-2.6', change_unit: 'percent', tone: 'bad' },
    points,
  },
  {
    column: column('romi', 'ROMI', 'percent', 1),
    cell: { value: '42.6', change: '0.0', change_unit: 'pp', tone: 'neutral' },
    points,
  },
  {
    column: column('cac', 'CAC', 'money', 0),
    cell: { value: null, reason: 'zero_denominator' },
    points: [],
  },
];

export const sampleLabels = Array.from({ length: 14 }, (_label, index) => `${index + 1} Nov`);
export const sampleSeries = [
  {
    key: 'revenue',
    name: 'Revenue',
    colour: '--c0',
    unit: 'money' as const,
    digits: 0,
    values: points.slice(0, 14).map((value) => `${value}00`),
  },
  {
    key: 'spend',
    name: 'Spend',
    colour: '--c5',
    unit: 'money' as const,
    digits: 0,
    values: points.slice(0, 14).map((value) => `${Math.round(Number(value) / 3)}00`),
  },
];

export function sampleCells(part: number): Cell[] {
  return [
    { value: (412_300 / part).toFixed(2) },
    { value: (311 / part).toFixed(0) },
    part > 4 ? { value: null, reason: 'zero_denominator' } : { value: '1325.72' },
    { value: part === 4 ? '-8.3' : '42.6' },
  ];
}

export function sampleRows(open: string[]): TreeRow[] {
  const top = ['Search', 'Social', 'E-mail'].map((label, index) =>
    row(label, label, 0, index, index + 2, open),
  );
  const children = ['Google Ads', 'Яндекс Директ'].map((label, index) =>
    row(`Search/${label}`, label, 1, index, index + 3, open),
  );
  const unknown: TreeRow = {
    ...row('~', '', 0, 9, 6, open),
    dimension: { value: null, label: '' },
    expandable: false,
  };
  return top
    .flatMap((each) => (each.expanded && each.path === 'Search' ? [each, ...children] : [each]))
    .concat(unknown);
}

export const manyRows: TreeRow[] = Array.from({ length: 1_000 }, (_row, index) => ({
  ...row(`k${index}`, `keyword ${index + 1}`, 0, index % 10, 1 + (index % 5), []),
  expandable: false,
}));

function row(
  path: string,
  label: string,
  depth: number,
  colour: number,
  part: number,
  open: string[],
): TreeRow {
  return {
    path,
    depth,
    dimension: { value: label, label, colour },
    cells: sampleCells(part),
    expandable: depth === 0,
    expanded: depth === 0 && open.includes(path),
    loading: false,
  };
}
