// Lists to choose from that the browser already knows: currencies and time zones.

interface Option {
  value: string;
  label: string;
  detail?: string;
}

/** The currencies met most often come first. */
const COMMON_CURRENCIES = ['RUB', 'EUR', 'USD', 'PLN', 'GBP', 'KZT', 'BYN', 'UAH', 'CZK', 'CHF'];

export function currencyOptions(language: string): Option[] {
  const names = new Intl.DisplayNames(language, { type: 'currency' });
  const rest = Intl.supportedValuesOf('currency').filter(
    (code) => !COMMON_CURRENCIES.includes(code),
  );
  return [...COMMON_CURRENCIES, ...rest].map((code) => ({
    value: code,
    label: code,
    detail: names.of(code) ?? code,
  }));
}

export function timeZoneOptions(): Option[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => ({
    value: zone,
    label: zone.replaceAll('_', ' '),
  }));
}

export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
