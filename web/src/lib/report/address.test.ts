// Filters and places in the tree survive the address, whatever is in them and whoever broke it.
import { describe, expect, it } from 'vitest';
import { parseFilter, readPath, writeFilter, writePath } from './address';

describe('a report in an address', () => {
  it('reads back what it wrote', () => {
    const filter = { dimension: 'campaign', op: 'is' as const, values: ['50%: a/b', 'ё'] };
    expect(parseFilter(writeFilter(filter))).toEqual([filter]);
    expect(readPath(writePath(['google/ads', null, '100%']))).toEqual(['google/ads', null, '100%']);
  });

  it('takes a broken value at its letters', () => {
    expect(parseFilter('campaign:is:50%')).toEqual([
      { dimension: 'campaign', op: 'is', values: ['50%'] },
    ]);
    expect(readPath('a%/b')).toEqual(['a%', 'b']);
  });
});
