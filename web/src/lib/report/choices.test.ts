// A new workspace begins with the money of the country that its time zone belongs to.
import { expect, it } from 'vitest';
import { homeOf } from './choices';

it.each([
  ['Europe/Moscow', 'RUB', '22'],
  ['Asia/Yekaterinburg', 'RUB', '22'],
  ['Europe/Berlin', 'EUR', '19'],
  ['Europe/Warsaw', 'PLN', '23'],
])('in %s it is %s with %s %% VAT', (zone, currency, vat) => {
  expect(homeOf(zone)).toMatchObject({ currency, vat });
});

it('guesses nothing where it does not know', () => {
  expect(homeOf('Pacific/Auckland')).toBeUndefined();
});
