// What the lists of web analytics make of filters and values.
import { expect, it } from 'vitest';
import type { Filter } from '$lib/api/report-types';
import { CARDS, listOf, namesIn, narrowed, siteOf, withSite, wordOf } from './lists';

const is = (dimension: string, ...values: string[]): Filter => ({ dimension, op: 'is', values });

it('chooses one site and leaves the other filters', () => {
  const filters = [is('country', 'PL'), is('site', '1')];
  expect(siteOf(filters)).toBe('1');
  expect(withSite(filters, '2')).toEqual([is('site', '2'), is('country', 'PL')]);
  expect(withSite(filters, '')).toEqual([is('country', 'PL')]);
  expect(siteOf([is('site', '1', '2')])).toBeUndefined();
  expect(siteOf([{ dimension: 'site', op: 'is_not', values: ['1'] }])).toBeUndefined();
});

it('narrows to a row, in place of what was chosen of its dimension', () => {
  const filters = [is('country', 'PL'), is('device', 'phone')];
  expect(narrowed(filters, 'country', 'DE')).toEqual([is('device', 'phone'), is('country', 'DE')]);
  expect(narrowed([], 'country', null)).toEqual([
    { dimension: 'country', op: 'is_unknown', values: [] },
  ]);
});

it('gathers the names of properties from the sets that events came with', () => {
  expect(namesIn(['plan, size', null, 'plan', 'colour'])).toEqual(['colour', 'plan', 'size']);
});

it('writes a page of the one site as its path', () => {
  const page = { value: 'shop.example/a', label: 'shop.example/a' };
  expect(wordOf('page', page, true)).toBe('/a');
  expect(wordOf('page', page, false)).toBe('shop.example/a');
  expect(wordOf('browser', { value: 'Edge', label: 'Edge' }, true)).toBe('Edge');
});

it('has each dimension in one card', () => {
  const keys = CARDS.flatMap(({ lists }) => lists.map(({ dimension }) => dimension));
  expect(new Set(keys).size).toBe(keys.length);
  expect(listOf('exit_page')?.metrics[0]).toBe('visits');
  expect(listOf('nothing')).toBeUndefined();
});
