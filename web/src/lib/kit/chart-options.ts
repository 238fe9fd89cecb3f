// Turns series and labels into the chart library's options, in the theme's colours.

import { lengthOf } from './geometry';

/** A part of the chart's height within which two labels collide. */
const LABELS_NEAR = 0.08;
const LABEL_SHIFT_PX = 8;

export interface ChartSeries {
  key: string;
  name: string;
  /** A token's name, such as `--c0`. */
  colour: string;
  values: (string | null)[];
  type?: 'line' | 'bar';
}

/** Something to be seen at one point of the axis. */
export interface Mark {
  index: number;
  /** Written beside the line; empty for a line alone. */
  label: string;
  /** The whole of it, for the tip and the table. */
  lines: string[];
}

/** Points from one to another that are of another kind than the rest. */
export interface Band {
  from: number;
  to: number;
  /** Said of each of its points in the tip and the table. */
  name: string;
}

export interface ChartSpec {
  labels: string[];
  series: ChartSeries[];
  marks: Mark[];
  bands: Band[];
  /** The first point that may still change; from here on the line is dashed. */
  incompleteFrom: number | undefined;
  /** Whether the first point stands for a part of its bucket: the line leaves it dashed. */
  partialFirst: boolean;
  narrow: boolean;
  axisNumber: (value: number) => string;
  tip: (index: number) => HTMLElement;
}

export interface Colours {
  of: (token: string) => string;
  ink: string;
  line: string;
  panel: string;
  amber: string;
  /** A tile of the hatch that bands are filled with. */
  hatch: unknown;
  font: string;
}

export function chartOptions(spec: ChartSpec, colours: Colours): Record<string, unknown> {
  const longestName = Math.max(0, ...spec.series.map((series) => series.name.length));
  return {
    animation: false,
    textStyle: { fontFamily: colours.font },
    grid: {
      left: 4,
      right: spec.narrow ? 12 : 16 + longestName * 7,
      top: 20,
      bottom: 2,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    xAxis: {
      type: 'category',
      data: spec.labels,
      boundaryGap: spec.series.some((series) => series.type === 'bar'),
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
      axisLabel: { color: colours.ink, fontSize: 11, hideOverlap: true, margin: 10 },
    },
    yAxis: {
      type: 'value',
      // Below zero the axis ends at a round step: the lowest value would be written over it.
      min: (extent: { min: number }) => (extent.min < 0 ? null : 0),
      // A chart of zeros alone would invent fractions above them.
      max: (extent: { max: number }) => (extent.max > 0 ? null : 1),
      minInterval: spec.series.every(isZero) ? 1 : 0,
      splitNumber: 3,
      axisLabel: { color: colours.ink, fontSize: 11, formatter: spec.axisNumber },
      splitLine: { lineStyle: { color: colours.line } },
    },
    tooltip: {
      trigger: 'axis',
      confine: true,
      transitionDuration: 0,
      backgroundColor: colours.panel,
      borderColor: colours.line,
      padding: [8, 12],
      axisPointer: { type: 'line', lineStyle: { color: colours.ink, type: 'dotted' } },
      formatter: (points: { dataIndex: number }[]) => spec.tip(points[0]?.dataIndex ?? 0),
    },
    brush: {
      xAxisIndex: 0,
      brushMode: 'single',
      brushStyle: {
        color: 'rgba(13,148,136,0.12)',
        borderColor: colours.of('--accent'),
        borderWidth: 1,
      },
      throttleType: 'debounce',
      throttleDelay: 80,
    },
    series: spec.series.flatMap((series, index) => lineOrBar(series, index, spec, colours)),
  };
}

const isZero = (series: ChartSeries): boolean =>
  series.values.every((value) => value === null || !/[1-9]/.test(value));

function lineOrBar(
  series: ChartSeries,
  index: number,
  spec: ChartSpec,
  colours: Colours,
): Record<string, unknown>[] {
  const colour = colours.of(series.colour);
  const marks = index === 0 ? markLines(spec.marks, spec.labels.length, colours) : undefined;
  const bands = index === 0 ? bandAreas(spec.bands, spec.labels.length, colours) : undefined;
  if (series.type === 'bar') return [{ ...barSeries(series, colour, marks, spec), markArea: bands }];
  const cut = spec.incompleteFrom ?? spec.labels.length;
  const common = {
    type: 'line',
    showSymbol: spec.labels.length < 3,
    symbolSize: 5,
    connectNulls: false,
    itemStyle: { color: colour },
    emphasis: { disabled: true },
  };
  const label = {
    show: !spec.narrow,
    formatter: series.name,
    color: colour,
    fontSize: 12,
    fontWeight: 500,
    distance: 6,
    offset: [0, labelShift(series, spec.series)],
  };
  const dashed = cut < spec.labels.length;
  const from = spec.partialFirst && cut > 1 ? 1 : 0;
  const broken = { color: colour, width: 2, type: [3, 4] };
  const solid = {
    ...common,
    name: series.name,
    data: series.values.map((value, at) => (at >= from && at < cut ? value : null)),
    lineStyle: { color: colour, width: 2 },
    areaStyle: index === 0 ? { color: colour, opacity: 0.07 } : undefined,
    endLabel: dashed ? undefined : label,
    markLine: marks,
    markArea: bands,
  };
  const head = {
    ...common,
    name: `… ${series.name}`,
    data: series.values.map((value, at) => (at <= from ? value : null)),
    lineStyle: broken,
  };
  const begun = from > 0 ? [solid, head] : [solid];
  if (!dashed) return begun;
  const tail = {
    ...common,
    name: `${series.name} …`,
    data: series.values.map((value, at) => (at >= cut - 1 ? value : null)),
    lineStyle: broken,
    endLabel: label,
  };
  return [...begun, tail];
}

// Two lines that end close together would write their names over each other.
function labelShift(series: ChartSeries, all: ChartSeries[]): number {
  const end = (of: ChartSeries): number =>
    lengthOf(of.values.findLast((value) => value !== null) ?? null);
  const longest = Math.max(1, ...all.flatMap((each) => each.values.map(lengthOf)));
  const near = all.find(
    (each) => each !== series && Math.abs(end(each) - end(series)) / longest < LABELS_NEAR,
  );
  if (near === undefined) return 0;
  const above =
    end(series) > end(near) ||
    (end(series) === end(near) && all.indexOf(series) < all.indexOf(near));
  // At the bottom there is no room below: the labels of the axis are there.
  const room = end(series) / longest < LABELS_NEAR ? -LABEL_SHIFT_PX : 0;
  return room + (above ? -LABEL_SHIFT_PX : LABEL_SHIFT_PX);
}

function barSeries(
  series: ChartSeries,
  colour: string,
  marks: Record<string, unknown> | undefined,
  spec: ChartSpec,
): Record<string, unknown> {
  const cut = spec.incompleteFrom ?? spec.labels.length;
  const isWhole = (at: number): boolean => at < cut && !(spec.partialFirst && at === 0);
  return {
    type: 'bar',
    name: series.name,
    barMaxWidth: 28,
    data: series.values.map((value, at) => ({
      value,
      itemStyle: { color: colour, opacity: isWhole(at) ? 0.85 : 0.4, borderRadius: [2, 2, 0, 0] },
    })),
    markLine: marks,
  };
}

/** Labels nearer than this part of the axis would run into each other; the later one is left out. */
const MARKS_NEAR = 0.16;

function markLines(
  marks: Mark[],
  points: number,
  colours: Colours,
): Record<string, unknown> | undefined {
  if (marks.length === 0) return undefined;
  let lastLabelled = Number.NEGATIVE_INFINITY;
  const data = marks.map((mark) => {
    const isWritten = mark.label !== '' && mark.index - lastLabelled > points * MARKS_NEAR;
    if (isWritten) lastLabelled = mark.index;
    // At the right edge there is room only on the left of the line.
    const isLate = mark.index > points * (1 - MARKS_NEAR);
    return {
      xAxis: mark.index,
      lineStyle: {
        color: mark.label === '' ? colours.ink : colours.amber,
        type: [2, 3],
        opacity: mark.label === '' ? 0.5 : 1,
      },
      label: {
        show: isWritten,
        formatter: mark.label,
        align: isLate ? 'right' : 'left',
        padding: isLate ? [0, 4, 4, 0] : [0, 0, 4, 4],
      },
    };
  });
  return {
    silent: true,
    symbol: 'none',
    label: { position: 'insideEndTop', rotate: 0, color: colours.amber, fontSize: 11 },
    data,
  };
}

/** A point alone has no width, so a band begins or ends a point further. */
function bandAreas(
  bands: Band[],
  points: number,
  colours: Colours,
): Record<string, unknown> | undefined {
  if (bands.length === 0) return undefined;
  const ends = ({ from, to }: Band): [number, number] =>
    to > from ? [from, to] : to + 1 < points ? [from, to + 1] : [from - 1, to];
  return {
    silent: true,
    itemStyle: { color: colours.hatch },
    data: bands.map(ends).map(([from, to]) => [{ xAxis: from }, { xAxis: to }]),
  };
}
