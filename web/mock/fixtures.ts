// What the mock server holds at the start: sites, links, leads, imports and the rest.
import type * as T from '../src/lib/api/types';

const HOUR = 3_600_000;
const ago = (hours: number): string => new Date(Date.now() - hours * HOUR).toISOString();
const day = (days: number): string => ago(days * 24).slice(0, 10);

export const me: T.Me = {
  user: {
    id: 1,
    email: 'anna@optics.example',
    name: 'Anna Sokolova',
    language: (process.env.MOCK_LANGUAGE ?? 'en') as T.Language,
  },
  workspaces: [
    {
      id: 1,
      name: 'Optics',
      time_zone: 'Europe/Moscow',
      currency: 'RUB',
      week_start: 'monday',
      vat_mode: 'net',
      vat_rate_percent: '20',
      etag: '"1"',
    },
    {
      id: 2,
      name: 'Optyka Polska',
      time_zone: 'Europe/Warsaw',
      currency: 'PLN',
      week_start: 'monday',
      vat_mode: 'net',
      vat_rate_percent: '23',
      etag: '"1"',
    },
  ],
  version: '0.1.0',
};

export const sessions: T.Session[] = [
  {
    id: 1,
    created_at: ago(2),
    last_used_at: ago(0),
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36',
    current: true,
  },
  {
    id: 2,
    created_at: ago(300),
    last_used_at: ago(27),
    user_agent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1',
    current: false,
  },
];

export const sites: T.Site[] = [
  {
    id: 1,
    name: 'Shop',
    domain: 'optics.example',
    allowed_hosts: ['www.optics.example'],
    consent_mode: 'cookie',
    public_key: 'k7optics',
    script_path: 'k7/t.js',
    events_path: 'k7/e',
    created_at: ago(9000),
    etag: '"1"',
  },
  {
    id: 2,
    name: 'Lenses landing',
    domain: 'lenses.example',
    allowed_hosts: [],
    consent_mode: 'cookieless',
    public_key: 'k7lenses',
    script_path: 't.js',
    events_path: 'e',
    created_at: ago(300),
    etag: '"1"',
  },
];

export const links: T.Link[] = [
  ['spring', 'Spring in VK', 'vk', 'cpc', 'Sunglasses', 1840],
  ['bloggers', 'Bloggers in Telegram', 'telegram', 'post', 'Lenses', 612],
  ['leaflet', 'Leaflet at the salon', 'leaflet', 'offline', 'Brand', 74],
].map(([slug, name, source, medium, campaign, clicks], index) => ({
  id: index + 1,
  slug: String(slug),
  name: String(name),
  target: 'https://optics.example/sunglasses',
  source: String(source),
  medium: String(medium),
  campaign: String(campaign),
  ad_group: '',
  ad: '',
  keyword: '',
  url: `http://localhost:8080/c/${slug}`,
  archived: false,
  created_at: ago(500 - index * 40),
  clicks_30d: Number(clicks),
  etag: '"1"',
}));

export const apiKeys: T.ApiKey[] = [
  {
    id: 1,
    name: 'CRM export',
    prefix: 'tl_4fK9',
    scopes: ['deals', 'leads'],
    created_at: ago(2000),
    last_used_at: ago(1),
  },
  {
    id: 2,
    name: 'Data studio',
    prefix: 'tl_Qm2x',
    scopes: ['reports'],
    created_at: ago(900),
    last_used_at: null,
  },
];

export const channels: T.Channel[] = [
  [1, null, 'Search', 'search', 0],
  [2, null, 'Social', 'social', 1],
  [3, null, 'Affiliates', 'affiliate', 2],
  [4, null, 'E-mail', 'email', 3],
  [5, null, 'SEO', 'seo', 4],
  [6, 2, 'Messengers', 'social', 5],
].map(([id, parent_id, name, kind, colour], position) => ({
  id,
  parent_id,
  name,
  kind,
  colour,
  position,
  etag: '"1"',
})) as T.Channel[];

export const rules: T.ChannelRules = {
  version: 4,
  etag: '"4"',
  rules: [
    {
      channel_id: 1,
      name: 'Paid search',
      conditions: [
        { field: 'medium', op: 'is', value: 'cpc' },
        { field: 'source', op: 'matches', value: 'google|yandex' },
      ],
    },
    {
      channel_id: 6,
      name: 'Telegram posts',
      conditions: [{ field: 'source', op: 'is', value: 'telegram' }],
    },
    {
      channel_id: 2,
      name: 'Social',
      conditions: [{ field: 'source', op: 'matches', value: 'vk|facebook|instagram' }],
    },
  ],
};

export const imports: T.Import[] = [
  {
    id: 4,
    kind: 'costs',
    file_name: 'google-november.csv',
    state: 'done',
    created_at: ago(5),
    author: 'Anna Sokolova',
    rows_total: 1204,
    rows_done: 1204,
    rows_accepted: 1201,
    rows_rejected: 3,
    rows_changed: 18,
    rows_unchanged: 1100,
    rows_kept: 0,
    period: { from: day(27), to: day(1) },
    amount: '121900.00',
    currency: 'RUB',
    can_undo: true,
    can_cancel: false,
    error: null,
  },
  {
    id: 3,
    kind: 'costs',
    file_name: 'direct-october.tsv',
    state: 'done',
    created_at: ago(400),
    author: 'Anna Sokolova',
    rows_total: 930,
    rows_done: 930,
    rows_accepted: 930,
    rows_rejected: 0,
    rows_changed: 0,
    rows_unchanged: 0,
    rows_kept: 0,
    period: { from: day(60), to: day(30) },
    amount: '76500.00',
    currency: 'RUB',
    can_undo: true,
    can_cancel: false,
    error: null,
  },
  {
    id: 2,
    kind: 'costs',
    file_name: 'direct-wrong.tsv',
    state: 'undone',
    created_at: ago(410),
    author: 'Anna Sokolova',
    rows_total: 930,
    rows_done: 930,
    rows_accepted: 930,
    rows_rejected: 0,
    rows_changed: 0,
    rows_unchanged: 0,
    rows_kept: 0,
    period: { from: day(60), to: day(30) },
    amount: '765000.00',
    currency: 'RUB',
    can_undo: false,
    can_cancel: false,
    error: null,
  },
];

export const rejected: T.RejectedRow[] = [
  {
    row: 17,
    cells: ['2026-11-03', 'Sunglasses', 'abc', '12'],
    field: 'cost',
    code: 'bad_number',
    detail: '“abc” is not an amount',
  },
  {
    row: 402,
    cells: ['31.11.2026', 'Lenses', '450,00', '9'],
    field: 'day',
    code: 'bad_date',
    detail: 'there is no 31 November',
  },
  {
    row: 1204,
    cells: ['Total', '', '121 900,00', ''],
    field: null,
    code: 'totals_row',
    detail: 'a row of totals is not counted',
  },
];

export const manualCosts: T.ManualCost[] = [
  {
    id: 1,
    name: 'SEO agency',
    channel_source: 'google',
    medium: 'organic',
    campaign: '',
    from: day(60),
    to: day(1),
    amount: '36000.00',
    currency: 'RUB',
    per: 'month',
    mark_up_percent: '0',
    etag: '"1"',
  },
  {
    id: 2,
    name: 'Outdoor banner',
    channel_source: 'banner',
    medium: 'offline',
    campaign: 'Brand',
    from: day(20),
    to: day(1),
    amount: '18000.00',
    currency: 'RUB',
    per: 'once',
    mark_up_percent: '10',
    etag: '"1"',
  },
];

export const costRows: T.CostRow[] = Array.from({ length: 60 }, (_row, index) => ({
  day: day(1 + Math.floor(index / 4)),
  source: ['google', 'yandex'][index % 2] ?? '',
  medium: 'cpc',
  campaign: ['Sunglasses', 'Lenses', 'Diamond glasses', 'Brand'][index % 4] ?? '',
  ad_group: 'Women',
  ad: '',
  keyword: '',
  impressions: 900 + index * 7,
  clicks: 30 + (index % 9),
  cost: `${1200 + index * 13}.50`,
  vat: '240.10',
  currency: 'RUB',
  original_amount: `${1200 + index * 13}.50`,
  original_currency: 'RUB',
  import_id: index % 2 ? 3 : 4,
}));

const NAMES = [
  'Анна Соколова',
  'Jan Kowalski',
  'Игорь Петров',
  'Ewa Wójcik',
  'Олег Ким',
  'Maria Nowak',
  null,
];
const STATUSES: T.LeadStatus[] = [
  'new',
  'working',
  'qualified',
  'converted',
  'disqualified',
  'spam',
  'duplicate',
];
const METHODS: T.LinkMethod[] = ['visit_number', 'click_id', 'contact', 'declared', 'unknown'];

export const leads: T.Lead[] = Array.from({ length: 46 }, (_lead, index) => ({
  id: 1000 - index,
  at: ago(index * 5 + 0.4),
  name: NAMES[index % 7] ?? '',
  phone: index % 5 === 4 ? '' : `+7916${String(5550100 + index * 37)}`,
  email: index % 3 === 0 ? `client${index}@mail.example` : '',
  message: '',
  status: STATUSES[(index * 3) % 7] ?? 'new',
  form: 'Book a fitting',
  page: '/sunglasses',
  visit: index % 9 === 8 ? null : `8M${(index * 7919).toString(32).toUpperCase()}`,
  link_method: METHODS[index % 9 === 8 ? 4 : index % 4] ?? 'unknown',
  channel: index % 9 === 8 ? null : (['Search', 'Social', 'E-mail'][index % 3] ?? null),
  campaign: ['Sunglasses', 'Lenses', 'Diamond glasses'][index % 3] ?? null,
  source: ['Google Ads', 'VK Ads', 'Newsletter'][index % 3] ?? null,
  duplicate_of: null,
  deals: index % 4 === 3 ? 1 : 0,
  revenue: index % 4 === 3 ? `${7200 + index * 110}.00` : '0.00',
  currency: 'RUB',
  etag: '"1"',
}));

export const timeline: T.TimelineItem[] = [
  {
    at: ago(400),
    kind: 'touch',
    title: 'Came from VK Ads',
    detail: 'Sunglasses · Women · Spring offer',
    channel: 'Social',
    source: 'VK Ads',
    campaign: 'Sunglasses',
    amount: null,
    currency: null,
    url: 'https://optics.example/sunglasses',
  },
  {
    at: ago(399.9),
    kind: 'page_view',
    title: 'Looked at 4 pages',
    detail: '/sunglasses, /sunglasses/aviator, /delivery',
    channel: null,
    source: null,
    campaign: null,
    amount: null,
    currency: null,
    url: null,
  },
  {
    at: ago(80),
    kind: 'touch',
    title: 'Came from Google Ads',
    detail: 'Brand · optics near me',
    channel: 'Search',
    source: 'Google Ads',
    campaign: 'Brand',
    amount: null,
    currency: null,
    url: 'https://optics.example/',
  },
  {
    at: ago(79.8),
    kind: 'lead',
    title: 'Left a lead',
    detail: 'Book a fitting',
    channel: null,
    source: null,
    campaign: null,
    amount: null,
    currency: null,
    url: 'https://optics.example/fitting',
  },
  {
    at: ago(76),
    kind: 'lead_status',
    title: 'New → qualified',
    detail: 'Anna Sokolova',
    channel: null,
    source: null,
    campaign: null,
    amount: null,
    currency: null,
    url: null,
  },
  {
    at: ago(70),
    kind: 'deal',
    title: 'Deal 2041',
    detail: 'Ray-Ban Aviator, fitting',
    channel: null,
    source: null,
    campaign: null,
    amount: '14300.00',
    currency: 'RUB',
    url: null,
  },
  {
    at: ago(50),
    kind: 'deal_status',
    title: 'In work → paid',
    detail: '',
    channel: null,
    source: null,
    campaign: null,
    amount: null,
    currency: null,
    url: null,
  },
  {
    at: ago(50),
    kind: 'payment',
    title: 'Payment',
    detail: 'card',
    channel: null,
    source: null,
    campaign: null,
    amount: '14300.00',
    currency: 'RUB',
    url: null,
  },
  {
    at: ago(10),
    kind: 'refund',
    title: 'Refund',
    detail: 'lens case',
    channel: null,
    source: null,
    campaign: null,
    amount: '-700.00',
    currency: 'RUB',
    url: null,
  },
];

export const deals: T.Deal[] = Array.from({ length: 30 }, (_deal, index) => ({
  id: index + 1,
  external_id: `D-${2070 - index}`,
  title: ['Ray-Ban Aviator', 'Lenses, 6 pairs', 'Progressive glasses'][index % 3] ?? '',
  status: ['won', 'in progress', 'lost', 'on hold'][index % 4] ?? 'won',
  group: (['paid', 'in_work', 'cancelled', 'unmapped'] as const)[index % 4] ?? 'paid',
  amount: `${5200 + index * 310}.00`,
  cost_of_goods: `${2600 + index * 140}.00`,
  currency: 'RUB',
  created_at: ago(index * 9 + 3),
  paid_at: index % 4 === 0 ? ago(index * 9) : null,
  lead_id: index % 5 === 4 ? null : 1000 - index,
  person_id: index + 1,
  visit: null,
  link_method: index % 5 === 4 ? 'unknown' : 'visit_number',
  person: NAMES[index % 7] ?? null,
}));

export const dealStatuses: T.DealStatuses = {
  etag: '"1"',
  items: [
    { status: 'new', group: 'not_counted', suggested: null, deals: 12 },
    { status: 'in progress', group: 'in_work', suggested: null, deals: 34 },
    { status: 'won', group: 'paid', suggested: null, deals: 151 },
    { status: 'lost', group: 'cancelled', suggested: null, deals: 58 },
    { status: 'on hold', group: null, suggested: null, deals: 7 },
  ],
  unmapped: 7,
};

export const rates: T.ExchangeRate[] = [0, 1, 2, 3].flatMap((at) => [
  { date: day(at), from: 'USD', to: 'RUB', rate: `81.${40 + at}` },
  { date: day(at), from: 'EUR', to: 'RUB', rate: `94.${15 + at}` },
]);

export const annotations: (T.Annotation & { id: number })[] = [
  {
    id: 1,
    kind: 'note',
    day: day(9),
    at: null,
    text: 'Free fitting starts',
    channel_id: null,
    campaign: '',
    author: 'Anna Sokolova',
    etag: '"1"',
  },
];

export const notes: T.Note[] = [
  {
    code: 'costs_missing',
    severity: 'warning',
    params: { platform: 'VK Ads', since: day(3) },
    action: { screen: 'costs', query: 'tab=imports' },
  },
  {
    code: 'statuses_unmapped',
    severity: 'warning',
    params: { count: '1' },
    action: { screen: 'settings', query: 'tab=statuses' },
  },
];
