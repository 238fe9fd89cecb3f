// The result of an import is told by what it did, not by its having ended.
import { describe, expect, it } from 'vitest';
import type { Import } from '../api/types';
import { outcomeOf } from './outcome';

function ended(accepted: number, rejected: number, fresh: number, effect?: string): Import {
  const effects = effect ? [{ effect, amounts: 1, currency: 'EUR', before: '1', after: '0' }] : [];
  return {
    rows_accepted: accepted,
    rows_rejected: rejected,
    rows_new: fresh,
    rows_changed: 0,
    effects,
  } as unknown as Import;
}

describe('outcomeOf', () => {
  it.each([
    [ended(3, 0, 3), 'all'],
    [ended(2, 1, 2), 'some'],
    [ended(0, 3, 0), 'none'],
    [ended(0, 0, 0), 'empty'],
    [ended(3, 0, 0), 'same'],
    [ended(3, 0, 0, 'kept'), 'same'],
    [ended(3, 0, 0, 'vanished'), 'all'],
  ])('%#', (done, expected) => {
    expect(outcomeOf(done)).toBe(expected);
  });
});
