import { describe, expect, it } from 'vitest';
import { detailLines, screenOf } from './audit';

describe('detailLines', () => {
  it('tells changes with both sides and counts as they are', () => {
    const lines = detailLines({ name: ['Spring', 'Summer'], channel: [null, 3], rows: 12 });
    expect(lines).toEqual(['name: Spring → Summer', 'channel: – → 3', 'rows: 12']);
  });

  it('does not take two scopes for a change', () => {
    expect(detailLines({ scopes: ['leads', 'deals'] })).toEqual(['scopes: leads, deals']);
  });
});

describe('screenOf', () => {
  it('knows what has a screen', () => {
    expect(screenOf('lead_status.changed')).toBe('lead');
    expect(screenOf('exchange_rates.changed')).toBeUndefined();
  });
});
