// Numbers become lengths without saying what the numbers do not say.
import { describe, expect, it } from 'vitest';
import { sparkPath } from './geometry';

describe('a sparkline', () => {
  it.each([
    ['rises from the ground to the top', ['0', '5', '10'], 'M0.0 18.0L50.0 10.0L100.0 2.0'],
    ['lies on the ground where nothing ever was', ['0', '0'], 'M0.0 18.0L100.0 18.0'],
    ['runs in the middle where nothing changed', ['7', '7'], 'M0.0 10.0L100.0 10.0'],
    [
      'leaves a gap and dots a lone point',
      ['0', '10', null, '10', null],
      'M0.0 18.0L25.0 2.0M75.0 2.0h0',
    ],
    ['is not drawn from one point', [null, '4', null], ''],
  ])('%s', (_name, values, path) => {
    expect(sparkPath(values, 100, 20)).toBe(path);
  });
});
