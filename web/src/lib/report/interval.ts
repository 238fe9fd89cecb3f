// How sure a rate is, in words: the bounds between which it lies.
import type { Cell, Column } from '../api/report-types';
import { columnDigits, formatNumber, formatValue } from '../i18n/format';
import { language, t } from '../i18n/index.svelte';

/** The bounds in a sentence; nothing for a number that has none. */
export function intervalSentence(cell: Cell, column: Column): string | undefined {
  const { interval } = cell;
  if (!interval) return undefined;
  const digits = digitsOf(interval.high, column);
  const bound = (value: string): string =>
    formatValue(value, { unit: 'percent', digits, currency: '', style: 'full' }, language());
  return t('number.interval', {
    level: interval.level,
    low: bound(interval.low),
    high: bound(interval.high),
  });
}

/** The bounds as a range beside the number, where few events make it unsure. */
export function wideRange(cell: Cell, column: Column): string | undefined {
  const { interval } = cell;
  if (!interval?.wide) return undefined;
  const digits = digitsOf(interval.high, column);
  const bound = (value: string): string => formatNumber(value, digits, language());
  return `${bound(interval.low)}–${bound(interval.high)}`;
}

const digitsOf = (high: string, column: Column): number =>
  columnDigits('percent', column.digits ?? 1, high);
