// What came of a finished import, so that nobody takes a file that brought nothing for a success.
import type { Import } from '../api/types';

/** `none`: all rows rejected; `some`: a part of them; `same`: all was known; `all`: all taken. */
export type Outcome = 'empty' | 'none' | 'some' | 'same' | 'all';

export function outcomeOf(done: Import): Outcome {
  const { rows_accepted: accepted, rows_rejected: rejected } = done;
  if (accepted === 0) return rejected === 0 ? 'empty' : 'none';
  if (rejected > 0) return 'some';
  // What the file does not have any more may be gone, though its rows say nothing new.
  const isSame = done.rows_new + done.rows_changed === 0;
  return isSame && done.effects.every((each) => each.effect === 'kept') ? 'same' : 'all';
}

export const OUTCOME_TONES = {
  empty: 'bad',
  none: 'bad',
  some: 'amber',
  same: 'neutral',
  all: 'good',
} as const;
