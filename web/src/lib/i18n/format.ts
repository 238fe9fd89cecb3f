// Numbers, money, dates as the language writes them. Decimal strings go to Intl as they are.
import type { Unit } from '../api/report-types';

export const NOTHING = '—';
const THIN_SPACE = '\u2009';
const FIXED_SPACE = '\u00a0';
const MINUS = '−';
const WHOLE_MONEY_DIGITS = 4;
const WHOLE_PERCENT_DIGITS = 2;
const LARGE_PERCENT_DIGITS = 1;

export interface ValueFormat {
  unit: Unit;
  digits: number;
  currency: string;
  /** `bare` leaves the unit out, for columns whose heading carries it. */
  style: 'full' | 'bare';
}

/** A cell's number; spend without any revenue has an infinite price. */
export function formatCell(
  cell: { value: string | null; reason?: string | null },
  format: ValueFormat,
  language: string,
): string {
  if (cell.value === null && cell.reason === 'infinite') return '∞';
  return formatValue(cell.value, format, language);
}

export function formatValue(value: string | null, format: ValueFormat, language: string): string {
  if (value === null) return NOTHING;
  switch (format.unit) {
    case 'money':
      return format.style === 'bare'
        ? formatNumber(value, format.digits, language)
        : formatMoney(value, format.currency, language, format.digits);
    case 'percent':
      return numberParts(
        { style: 'unit', unit: 'percent', ...fixed(format.digits) },
        value,
        language,
      );
    case 'duration':
      return formatSeconds(value, language);
    case 'ratio':
      return `${formatNumber(value, format.digits, language)}${THIN_SPACE}×`;
    case 'days':
    case 'count':
      return formatNumber(value, format.digits, language);
  }
}

export function formatNumber(value: string | number, digits: number, language: string): string {
  return numberParts(fixed(digits), value, language);
}

/** With as many places as the server sent: it knows what the currency is counted in. */
export function formatMoney(
  value: string,
  currency: string,
  language: string,
  digits = placesOf(value),
): string {
  return numberParts(
    { style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...fixed(digits) },
    value,
    language,
  );
}

/** A decimal as precise as it came: for numerators, denominators and rates. */
export function formatExact(value: string, language: string): string {
  return formatNumber(value, placesOf(value), language);
}

/**
 * How many digits a column shows: the metric's own, but no small change beside large sums
 * and no hundredths beside tens of percent.
 * Decided for the whole column by its total, so that its numbers line up.
 */
export function columnDigits(unit: Unit, digits: number, total: string | null | undefined): number {
  if (total === null || total === undefined) return digits;
  const whole = total.replace(/^-/, '').split('.')[0] ?? '';
  if (unit === 'percent')
    return whole.length >= WHOLE_PERCENT_DIGITS ? Math.min(digits, LARGE_PERCENT_DIGITS) : digits;
  if (unit !== 'money') return digits;
  const isZero = !/[1-9]/.test(total);
  return isZero || whole.length >= WHOLE_MONEY_DIGITS ? 0 : digits;
}

/** Short numbers for chart axes. */
export function formatCompact(value: number, language: string): string {
  return numberParts({ notation: 'compact', maximumFractionDigits: 1 }, value, language);
}

/** A change without its sign: the arrow beside it says the direction. */
export function formatChange(change: string, unit: 'percent' | 'pp', language: string): string {
  const size = change.replace(/^[-+]/, '');
  if (unit === 'pp') return `${formatNumber(size, 1, language)} ${POINTS[language] ?? 'pp'}`;
  return numberParts({ style: 'unit', unit: 'percent', ...fixed(1) }, size, language);
}

const POINTS: Record<string, string> = { en: 'pp', ru: 'п. п.', pl: 'p.p.' };

/** A part of the whole, from 0 to 1, in percent; what is little is not shown as nothing. */
export function formatShare(share: number, language: string): string {
  const percent = share * 100;
  const digits = percent < 10 ? 1 : 0;
  return numberParts({ style: 'unit', unit: 'percent', ...fixed(digits) }, percent, language);
}

export function currencySymbol(currency: string, language: string): string {
  const parts = new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  }).formatToParts(0);
  return parts.find((part) => part.type === 'currency')?.value ?? currency;
}

export function formatDay(
  day: string,
  language: string,
  style: 'short' | 'long' = 'short',
): string {
  const options: Intl.DateTimeFormatOptions =
    style === 'long'
      ? { day: 'numeric', month: 'short', year: 'numeric' }
      : { day: 'numeric', month: 'short' };
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  return new Intl.DateTimeFormat(dateLocale(language), { ...options, timeZone: 'UTC' }).format(
    date,
  );
}

/** Days from and to; `bare` leaves the year out where it is known from elsewhere. */
export function formatRange(
  from: string,
  to: string,
  language: string,
  style: 'year' | 'bare' = 'year',
): string {
  const format = new Intl.DateTimeFormat(dateLocale(language), {
    day: 'numeric',
    month: 'short',
    year: style === 'year' ? 'numeric' : undefined,
    timeZone: 'UTC',
  });
  const [first, last] = [new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`)];
  return withoutYearMark(from === to ? format.format(first) : format.formatRange(first, last));
}

/** In Russian a year carries “г.”, which a range and an axis have no room for. */
export function withoutYearMark(text: string): string {
  return text.replaceAll(/[\s\u00a0\u202f]г\./g, '');
}

/** A moment; its year is said when it is not the year of `now`. */
export function formatTime(
  at: string,
  language: string,
  timeZone: string,
  now: Date = new Date(),
): string {
  const yearOf = (moment: Date): string =>
    new Intl.DateTimeFormat('en', { year: 'numeric', timeZone }).format(moment);
  const sameYear = yearOf(new Date(at)) === yearOf(now);
  return new Intl.DateTimeFormat(dateLocale(language), {
    day: 'numeric',
    month: 'short',
    year: sameYear ? undefined : 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  }).format(new Date(at));
}

export function formatClock(at: string, language: string, timeZone: string): string {
  return new Intl.DateTimeFormat(dateLocale(language), {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZone,
  }).format(new Date(at));
}

/** "3 minutes ago" by the largest unit that fits. */
export function formatAgo(at: string, now: number, language: string): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ];
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  }
  return format.format(seconds, 'second');
}

const PHONE_GROUPS: [RegExp, string][] = [
  [/^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/, '+7 $1 $2-$3-$4'],
  [/^\+48(\d{3})(\d{3})(\d{3})$/, '+48 $1 $2 $3'],
  [/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 $1 $2-$3'],
];

/** An E.164 number in the groups its country reads it in; others stay as they are. */
export function formatPhone(phone: string): string {
  const found = PHONE_GROUPS.find(([pattern]) => pattern.test(phone));
  return found ? phone.replace(...found).replaceAll(' ', FIXED_SPACE) : phone;
}

/** A country by name; what is not a country's code stays as it is. */
export function formatCountry(code: string, language: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return new Intl.DisplayNames(language, { type: 'region' }).of(code) ?? code;
}

// British dates put the day first, as the other two languages do.
function dateLocale(language: string): string {
  return language === 'en' ? 'en-GB' : language;
}

function placesOf(value: string): number {
  return Math.min(value.split('.')[1]?.length ?? 0, 6);
}

function fixed(digits: number): Intl.NumberFormatOptions {
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
}

function formatSeconds(value: string, language: string): string {
  const seconds = Math.round(Number(value));
  const part = (amount: number, unit: string): string =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'narrow' }).format(amount);
  if (seconds < 60) return part(seconds, 'second');
  return `${part(Math.floor(seconds / 60), 'minute')} ${part(seconds % 60, 'second')}`;
}

const formatters = new Map<string, Intl.NumberFormat>();

function numberParts(
  options: Intl.NumberFormatOptions,
  value: string | number,
  language: string,
): string {
  const key = `${language}${JSON.stringify(options)}`;
  let formatter = formatters.get(key);
  if (formatter === undefined) {
    formatter = new Intl.NumberFormat(language, { ...options, useGrouping: 'always' });
    formatters.set(key, formatter);
  }
  return formatter
    .formatToParts(value as `${number}`)
    .map((part) => {
      if (part.type === 'group') return language === 'en' ? part.value : THIN_SPACE;
      if (part.type === 'minusSign') return MINUS;
      return part.value.replace(/\u202f/g, FIXED_SPACE);
    })
    .join('');
}
