// Numbers as each language writes them, from decimal strings.
import { describe, expect, it } from 'vitest';
import {
  columnDigits,
  formatChange,
  formatCountry,
  formatMoney,
  formatNumber,
  formatPhone,
  formatRange,
  formatTime,
  formatCell,
  formatValue,
  NOTHING,
} from './format';

const THIN = '\u2009';
const FIXED = '\u00a0';

describe('formatValue', () => {
  it.each([
    ['en', '1234567.00', '1,234,567'],
    ['ru', '1234567.00', `1${THIN}234${THIN}567`],
    ['pl', '1234.00', `1${THIN}234`],
  ])('groups thousands in %s', (language, value, expected) => {
    expect(formatNumber(value, 0, language)).toBe(expected);
  });

  it('keeps more digits than a float holds', () => {
    expect(formatNumber('12345678901234567890.12', 2, 'en')).toBe('12,345,678,901,234,567,890.12');
  });

  it('writes money with the narrow sign', () => {
    expect(formatMoney('412300.00', 'RUB', 'ru', 0)).toBe(`412${THIN}300${FIXED}₽`);
  });

  it('writes a true minus', () => {
    const format = { unit: 'percent', digits: 1, currency: 'RUB', style: 'full' } as const;
    expect(formatValue('-8.3', format, 'en')).toBe('−8.3%');
  });

  it('writes the price of spend without any revenue as infinite', () => {
    const format = { unit: 'percent', digits: 2, currency: 'RUB', style: 'bare' } as const;
    expect(formatCell({ value: null, reason: 'infinite' }, format, 'en')).toBe('∞');
    expect(formatCell({ value: null, reason: 'no_spend' }, format, 'en')).toBe(NOTHING);
  });

  it('writes a dash for what cannot be computed', () => {
    const format = { unit: 'money', digits: 0, currency: 'RUB', style: 'full' } as const;
    expect(formatValue(null, format, 'en')).toBe(NOTHING);
  });

  it.each([
    ['money', '412300.55', 0],
    ['money', '326.55', 2],
    ['money', null, 2],
    ['money', '0.00', 0],
    ['percent', '4123.5', 1],
    ['percent', '-81.7', 1],
    ['percent', '2.98', 2],
    ['ratio', '4123.5', 2],
  ] as const)('%s of %s takes %i digits', (unit, total, digits) => {
    expect(columnDigits(unit, 2, total)).toBe(digits);
  });

  it.each([
    ['2026-11-21T15:25:00Z', '21 Nov, 18:25'],
    ['2025-12-31T22:30:00Z', '1 Jan, 01:30'],
    ['2025-11-21T15:25:00Z', '21 Nov 2025, 18:25'],
  ])('says the year of %s only when it is another', (at, expected) => {
    expect(formatTime(at, 'en', 'Europe/Moscow', new Date('2026-11-22T00:00:00Z'))).toBe(expected);
  });

  it('leaves the mark of the year out of a Russian range', () => {
    expect(formatRange('2025-11-23', '2026-11-22', 'ru')).not.toContain('г.');
    expect(formatRange('2026-11-22', '2026-11-22', 'ru')).toBe('22 нояб. 2026');
  });

  it('writes the days compared with without their year', () => {
    expect(formatRange('2026-09-24', '2026-10-23', 'en', 'bare')).toBe('24 Sept\u2009–\u200923 Oct');
  });

  it.each([
    ['+79097782494', `+7${FIXED}909${FIXED}778-24-94`],
    ['+48501234567', `+48${FIXED}501${FIXED}234${FIXED}567`],
    ['+4930901820', '+4930901820'],
    ['extension 12', 'extension 12'],
  ])('groups the phone %s as its country reads it', (phone, expected) => {
    expect(formatPhone(phone)).toBe(expected);
  });

  it.each([
    ['PL', 'ru', 'Польша'],
    ['RU', 'en', 'Russia'],
    ['unknown', 'pl', 'unknown'],
  ])('names the country %s in %s', (code, language, expected) => {
    expect(formatCountry(code, language)).toBe(expected);
  });

  it('leaves the sign of a change to its arrow', () => {
    expect(formatChange('-4.1', 'pp', 'en')).toBe('4.1 pp');
  });
});
