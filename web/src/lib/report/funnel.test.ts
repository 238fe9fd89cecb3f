// A step has a rate only where it is a part of the step before.
import { describe, expect, it } from 'vitest';
import { FUNNEL_STEPS, isShare } from './funnel';

describe('the funnel', () => {
  it.each([
    ['96.40', true],
    ['100.00', true],
    ['0.00', true],
    ['179.80', false],
    [null, false],
  ])('takes %s for a share: %s', (value, share) => {
    expect(isShare({ value })).toBe(share);
  });

  it('compares visits with clicks only where ads brought them', () => {
    const ads = FUNNEL_STEPS.filter((step) => step.adsOnly).map((step) => step.rate);
    expect(ads).toEqual(['cr_click_visit']);
  });
});
