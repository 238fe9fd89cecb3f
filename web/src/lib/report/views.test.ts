// A saved view is an address, and an address that says the same shows it.
import { describe, expect, it } from 'vitest';
import type { SavedView, View } from '../api/types';
import { addressOf, defaultOf, isBare, isShown } from './views';

const VIEW: View = {
  screen: 'reports',
  period: { moving: 'last_7' },
  compare: 'year',
  metrics: ['cost', 'leads'],
  dimensions: ['channel', 'campaign'],
  filters: [{ dimension: 'campaign', op: 'is', values: ['a:b'] }],
  segments: [3, 4],
  date_basis: 'visit',
  attribution: 'last_non_direct',
  vat: 'net',
  order: { by: 'cost', direction: 'asc' },
  look: { chart: 'leads' },
};
const saved = (id: number, is_shared: boolean): SavedView => ({
  id,
  name: '',
  is_shared,
  is_default: true,
  may_edit: true,
  view: VIEW,
  etag: '',
});

describe('saved views', () => {
  it('say in the address what is not usual', () => {
    expect(addressOf(VIEW).toString()).toBe(
      'period=last_7&compare=year&filter=campaign%3Ais%3Aa%253Ab&segment=3&segment=4' +
        '&columns=cost%2Cleads&by=channel%2Ccampaign&sort=cost&chart=leads',
    );
  });

  it('are shown until something of the question changes', () => {
    const search = addressOf(VIEW);
    search.append('open', 'x');
    search.append('view', '9');
    expect(isShown(VIEW, search)).toBe(true);
    search.set('compare', 'none');
    expect(isShown(VIEW, search)).toBe(false);
  });

  it('open with the screen where the address says nothing', () => {
    expect(isBare('reports', new URLSearchParams('view=9'))).toBe(true);
    expect(isBare('analytics', new URLSearchParams('pages=page'))).toBe(false);
    expect(defaultOf([saved(1, true), saved(2, false)], 'reports')?.id).toBe(2);
    expect(defaultOf([saved(1, true)], 'analytics')).toBeUndefined();
  });
});
