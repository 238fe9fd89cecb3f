// Annotations stand on the bucket they belong to.
import { describe, expect, it } from 'vitest';
import type { Annotation } from '../api/types';
import { marksOf, wordsOf } from './annotations.svelte';

const said = (day: string, text: string, at: string | null = null): Annotation => ({
  id: 1,
  kind: 'note',
  day,
  at,
  text,
  channel_id: null,
  campaign: '',
  author: 'Olga',
  etag: '"1"',
});
const WEEKS = ['2026-03-02', '2026-03-09', '2026-03-16'];

describe('marksOf', () => {
  it('puts a day into the bucket that holds it', () => {
    const marks = marksOf([said('2026-03-15', 'Radio')], WEEKS, false);
    expect(marks).toEqual([{ index: 1, label: 'Radio', lines: ['15 Mar: Radio'] }]);
  });

  it('leaves out a day before the first bucket', () => {
    expect(marksOf([said('2026-03-01', 'Radio')], WEEKS, false)).toEqual([]);
  });

  it('counts several notes of a bucket and lists them all', () => {
    const marks = marksOf([said('2026-03-09', 'Radio'), said('2026-03-09', 'Price')], WEEKS, false);
    expect(marks).toEqual([{ index: 1, label: '2 events', lines: ['Radio', 'Price'] }]);
  });

  it('writes out what people said only', () => {
    const own: Annotation = { ...said('2026-03-09', 'costs.csv'), id: null, kind: 'import' };
    const marks = marksOf([own, said('2026-03-09', 'Price')], WEEKS, false);
    expect(marks).toEqual([{ index: 1, label: 'Price', lines: ['Import: costs.csv', 'Price'] }]);
    expect(marksOf([own], WEEKS, false)[0]?.label).toBe('');
  });

  it('cuts a long text on the chart and keeps it in the table', () => {
    const [mark] = marksOf([said('2026-03-09', 'The price of all lenses went up')], WEEKS, false);
    expect(mark?.label).toBe('The price of all lenses…');
    expect(mark?.lines).toEqual(['The price of all lenses went up']);
  });

  it('puts a moment into its hour and a day into the first', () => {
    const hours = ['2026-03-09T08:00:00Z', '2026-03-09T09:00:00Z'];
    const moment = said('2026-03-09', 'Outage', '2026-03-09T09:20:00Z');
    expect(marksOf([moment], hours, true)[0]?.index).toBe(1);
    expect(marksOf([said('2026-03-09', 'Price')], hours, true)[0]?.index).toBe(0);
  });
});

describe('wordsOf', () => {
  it('says which campaign is meant', () => {
    expect(wordsOf({ ...said('2026-03-09', 'New ads'), campaign: 'Brand' })).toBe('New ads · Brand');
  });

  it('says what the program did', () => {
    const rules: Annotation = { ...said('2026-03-09', ''), id: null, kind: 'rules' };
    expect(wordsOf(rules)).toBe('Channel rules changed');
  });
});
