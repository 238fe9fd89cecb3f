// Filters and places in the tree survive the address, whatever is in them and whoever broke it.
import { describe, expect, it } from 'vitest';
import { chosenKeys, parseFilter, readPath, writeFilter, writePath } from './address';

describe('a report in an address', () => {
  it('reads back what it wrote', () => {
    const filter = { dimension: 'campaign', op: 'is' as const, values: ['50%: a/b', 'ё'] };
    expect(parseFilter(writeFilter(filter))).toEqual([filter]);
    expect(readPath(writePath(['google/ads', null, '100%']))).toEqual(['google/ads', null, '100%']);
  });

  it('tells a value that looks like "unknown" from the unknown', () => {
    const values = ['~', null, '~~', '%7E'];
    expect(readPath(writePath(values))).toEqual(values);
    expect(new Set(values.map((value) => writePath([value]))).size).toBe(values.length);
  });

  it('takes a broken value at its letters', () => {
    expect(parseFilter('campaign:is:50%')).toEqual([
      { dimension: 'campaign', op: 'is', values: ['50%'] },
    ]);
    expect(readPath('a%/b')).toEqual(['a%', 'b']);
  });

  it.each([
    [undefined, ['cost', 'leads']],
    [['nope'], ['cost', 'leads']],
    [['nope', 'romi'], ['romi']],
  ])('shows for the columns %j the columns %j', (asked, shown) => {
    const isKnown = (key: string): boolean => ['cost', 'leads', 'romi'].includes(key);
    expect(chosenKeys(asked, ['cost', 'leads', 'gone'], isKnown)).toEqual(shown);
  });
});
