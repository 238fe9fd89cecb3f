// The options that the chart library draws from.
import { describe, expect, it } from 'vitest';
import { chartOptions, type Colours } from './chart-options';

const COLOURS: Colours = {
  of: (token) => token,
  ink: '',
  line: '',
  panel: '',
  amber: '',
  hatch: '',
  font: '',
};

interface Axis {
  min: (extent: { min: number }) => number | null;
  max: (extent: { max: number }) => number | null;
}

function axisOf(values: string[]): Axis {
  const options = chartOptions(
    {
      labels: values.map(String),
      series: [{ key: 'a', name: 'A', colour: '--c0', values }],
      marks: [],
      bands: [],
      incompleteFrom: undefined,
      partialFirst: false,
      narrow: false,
      axisNumber: String,
      tip: () => document.createElement('div'),
    },
    COLOURS,
  );
  return options.yAxis as Axis;
}

describe('the axis of values', () => {
  it('starts at zero', () => {
    expect(axisOf(['4', '9']).min({ min: 4 })).toBe(0);
  });

  it('ends at a round step below zero, so that no label lies on another', () => {
    expect(axisOf(['-6834', '5000']).min({ min: -6834 })).toBeNull();
  });

  it('has room above zeros alone', () => {
    expect(axisOf(['0', '0']).max({ max: 0 })).toBe(1);
  });
});
