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

interface Home {
  currency: string;
  /** The usual rate of VAT, in percent. */
  vat: string;
  zones: string[];
}

/** What countries usually count in, by their time zones: a start for a new workspace. */
const HOMES: Home[] = [
  {
    currency: 'RUB',
    vat: '22',
    zones: [
      ...['Astrakhan', 'Kaliningrad', 'Kirov', 'Moscow', 'Samara', 'Saratov', 'Ulyanovsk'],
      'Volgograd',
    ].map((city) => `Europe/${city}`),
  },
  {
    currency: 'RUB',
    vat: '22',
    zones: [
      ...['Anadyr', 'Barnaul', 'Chita', 'Irkutsk', 'Kamchatka', 'Khandyga', 'Krasnoyarsk'],
      ...['Magadan', 'Novokuznetsk', 'Novosibirsk', 'Omsk', 'Sakhalin', 'Srednekolymsk'],
      ...['Tomsk', 'Ust-Nera', 'Vladivostok', 'Yakutsk', 'Yekaterinburg'],
    ].map((city) => `Asia/${city}`),
  },
  { currency: 'PLN', vat: '23', zones: ['Europe/Warsaw'] },
  { currency: 'EUR', vat: '19', zones: ['Europe/Berlin', 'Europe/Busingen', 'Asia/Nicosia'] },
  { currency: 'EUR', vat: '20', zones: ['Europe/Vienna', 'Europe/Paris'] },
  {
    currency: 'EUR',
    vat: '21',
    zones: ['Amsterdam', 'Brussels', 'Madrid', 'Riga', 'Vilnius'].map((city) => `Europe/${city}`),
  },
  { currency: 'EUR', vat: '22', zones: ['Europe/Rome', 'Europe/Ljubljana'] },
  {
    currency: 'EUR',
    vat: '23',
    zones: ['Europe/Bratislava', 'Europe/Dublin', 'Europe/Lisbon'],
  },
  { currency: 'EUR', vat: '24', zones: ['Europe/Athens', 'Europe/Tallinn'] },
  { currency: 'EUR', vat: '25', zones: ['Europe/Zagreb'] },
  { currency: 'EUR', vat: '25.5', zones: ['Europe/Helsinki'] },
  { currency: 'CZK', vat: '21', zones: ['Europe/Prague'] },
  { currency: 'GBP', vat: '20', zones: ['Europe/London'] },
  { currency: 'CHF', vat: '8.1', zones: ['Europe/Zurich'] },
  { currency: 'UAH', vat: '20', zones: ['Europe/Kyiv', 'Europe/Kiev'] },
  { currency: 'BYN', vat: '20', zones: ['Europe/Minsk'] },
];

/** Currency and VAT where the zone's country is known. */
export function homeOf(zone: string): { currency: string; vat: string } | undefined {
  return HOMES.find((home) => home.zones.includes(zone));
}
