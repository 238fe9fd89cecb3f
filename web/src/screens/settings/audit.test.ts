import { describe, expect, it } from 'vitest';
import type { ApiKey } from '$lib/api/types';
import { detailLines, keyChoices, screenOf } from './audit';

describe('detailLines', () => {
  it('tells changes with both sides and counts as they are', () => {
    const lines = detailLines({ name: ['Spring', 'Summer'], channel: [null, 3], rows: 12 });
    expect(lines).toEqual(['name: Spring → Summer', 'channel: – → 3', 'rows: 12']);
  });

  it('does not take two scopes for a change', () => {
    expect(detailLines({ scopes: ['leads', 'deals'] })).toEqual(['scopes: leads, deals']);
  });
});

describe('keyChoices', () => {
  const keys = [{ id: 3, name: 'nightly' }] as ApiKey[];

  it('keeps the choice of a key that was revoked since', () => {
    expect(keyChoices(keys, '7')).toEqual([
      { id: 3, name: 'nightly' },
      { id: 7, name: '' },
    ]);
  });

  it('adds nothing where the choice is known or none', () => {
    expect(keyChoices(keys, '3')).toEqual(keyChoices(keys, ''));
    expect(keyChoices(keys, 'seven')).toHaveLength(1);
  });
});

describe('screenOf', () => {
  it('knows what has a screen', () => {
    expect(screenOf('lead_status.changed')).toBe('lead');
    expect(screenOf('exchange_rates.changed')).toBeUndefined();
  });
});
