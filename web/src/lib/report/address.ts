// Filters and places in the tree as an address says them.
import { FILTER_OPS, type Filter, type FilterOp } from '../api/report-types';

/** Stands for "unknown" in an address, where a value cannot be null. */
const UNKNOWN = '~';

/** A value of that very letter is written so; encoding leaves the letter as it is. */
const TILDE = '%7E';

/** A place in the tree as text: the values from the root down. */
export function writePath(values: (string | null)[]): string {
  return values.map(part).join('/');
}

function part(value: string | null): string {
  if (value === null) return UNKNOWN;
  return value === UNKNOWN ? TILDE : encodeURIComponent(value);
}

export function readPath(text: string): (string | null)[] {
  return text.split('/').map((part) => (part === UNKNOWN ? null : decoded(part)));
}

/** The filters that pick one place of the tree. */
export function pathFilters(dimensions: string[], values: (string | null)[]): Filter[] {
  return values.map((value, index) => {
    const dimension = dimensions[index] ?? '';
    return value === null
      ? { dimension, op: 'is_unknown', values: [] }
      : { dimension, op: 'is', values: [value] };
  });
}

export function writeFilter(filter: Filter): string {
  return [filter.dimension, filter.op, ...filter.values.map(encodeURIComponent)].join(':');
}

export function parseFilter(text: string): Filter[] {
  const [dimension, op, ...values] = text.split(':');
  if (!dimension || !FILTER_OPS.includes(op as FilterOp)) return [];
  return [{ dimension, op: op as FilterOp, values: values.map(decoded) }];
}

/** Of the keys that an address lists, the known ones; the usual ones where it knows none. */
export function chosenKeys(
  asked: readonly string[] | undefined,
  usual: readonly string[],
  isKnown: (key: string) => boolean,
): string[] {
  const known = (asked ?? []).filter(isKnown);
  return known.length > 0 ? known : usual.filter(isKnown);
}

/** What an address says; one that somebody broke means its own letters. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
