// Which fixture answers which request; edits last as long as the process.
import type { ReportQuery } from '../src/lib/api/report-types';
import type { ImportPreview } from '../src/lib/api/types';
import { CATALOGUE } from './catalogue.ts';
import * as fixtures from './fixtures.ts';
import { checkFormula, previewFormula } from './formulas.ts';
import { query, rowsBehind } from './reports.ts';

export interface MockRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  accept: string;
}

export interface MockAnswer {
  status?: number;
  body?: unknown;
  type?: string;
}

interface Thing {
  id: number;
  etag?: string;
}

const COLLECTIONS: Record<string, Thing[]> = {
  '/sites': fixtures.sites,
  '/links': fixtures.links,
  '/api-keys': fixtures.apiKeys,
  '/service-accounts': fixtures.serviceAccounts,
  '/webhooks': fixtures.webhooks,
  '/channels': fixtures.channels,
  '/manual-costs': fixtures.manualCosts,
  '/sessions': fixtures.sessions,
  '/imports': fixtures.imports,
  '/leads': fixtures.leads,
  '/deals': fixtures.deals,
  '/annotations': fixtures.annotations,
  '/saved-views': fixtures.savedViews,
  '/segments': fixtures.segments,
  '/custom-metrics': fixtures.customMetrics,
};

let setupNeeded = process.env.MOCK_SETUP === '1';
let signedIn = process.env.MOCK_SIGNED_OUT !== '1';
let firstEventAt: string | null = null;

export function answer(request: MockRequest): MockAnswer {
  return special(request) ?? collection(request) ?? problem(404, 'not_found', 'no such thing');
}

function special(request: MockRequest): MockAnswer | undefined {
  const { method, path, body } = request;
  const key = `${method} ${path}`;
  const handlers: Record<string, () => MockAnswer> = {
    'GET /setup': () => ({ body: { needed: setupNeeded, has_passkeys: true, provider: null } }),
    'POST /setup': () => {
      setupNeeded = false;
      signedIn = true;
      fixtures.sites.length = 0;
      return { status: 201, body: fixtures.me };
    },
    'GET /me': () =>
      signedIn ? { body: fixtures.me } : problem(401, 'unauthenticated', 'sign in first'),
    'PATCH /me': () => ({
      body: Object.assign(fixtures.me, { user: { ...fixtures.me.user, ...body } }),
    }),
    'POST /me/password': () =>
      body.current === 'wrong'
        ? { ...problem(422, 'bad_credentials', 'the password is wrong', 'current') }
        : { status: 204 },
    'GET /me/second-factor': () => ({
      status: 200,
      body: { is_on: false, since: null, recovery_codes_left: 0 },
    }),
    'POST /sessions': () => {
      if (body.password === 'wrong')
        return problem(401, 'bad_credentials', 'e-mail or password is wrong');
      signedIn = true;
      return { status: 201, body: fixtures.me };
    },
    'DELETE /sessions/current': () => {
      signedIn = false;
      return { status: 204 };
    },
    'GET /workspace': () => ({ body: { ...fixtures.me.workspaces[0], etag: '"w1"' } }),
    'PATCH /workspace': () => ({ body: Object.assign(fixtures.me.workspaces[0] ?? {}, body) }),
    'GET /reports/catalogue': () => ({ body: CATALOGUE }),
    'POST /custom-metrics/check': () => ({ body: checkFormula(String(body.formula)) }),
    'POST /custom-metrics/preview': () => ({ body: previewFormula(String(body.formula)) }),
    'POST /reports/query': () => ({ body: query(body as unknown as ReportQuery) }),
    'POST /reports/rows': () => ({
      body: { ...rowsBehind(), ...(body.cursor ? { next_cursor: null } : {}) },
    }),
    'POST /reports/export': () => ({ body: 'channel,spend\nSearch,198400.00\n', type: 'text/csv' }),
    'GET /notes': () => ({ body: { items: fixtures.notes } }),
    'GET /channel-rules': () => ({ body: fixtures.rules }),
    'PUT /channel-rules': () => {
      fixtures.rules.version += 1;
      return {
        body: Object.assign(fixtures.rules, {
          rules: body.rules,
          etag: `"${fixtures.rules.version}"`,
        }),
      };
    },
    'POST /channel-rules/preview': () => ({ body: PREVIEW_OF_RULES }),
    'GET /channel-rules/versions': () => ({ body: { items: versions(), next_cursor: null } }),
    'GET /deal-statuses': () => ({ body: fixtures.dealStatuses }),
    'PUT /deal-statuses': () => ({ body: Object.assign(fixtures.dealStatuses, mapped(body)) }),
    'GET /exchange-rates': () => ({ body: { etag: '"1"', items: fixtures.rates, next_cursor: null } }),
    'PUT /exchange-rates': () => {
      fixtures.rates.unshift(...(body.items as typeof fixtures.rates));
      return { body: { items: fixtures.rates, next_cursor: null } };
    },
    'GET /costs': () => ({ body: { items: fixtures.costRows, next_cursor: null } }),
    'POST /imports/preview': () => ({ body: previewOf(String(body.raw ?? '')) }),
    'POST /imports': () => ({ status: 201, body: startImport(body) }),
    'POST /api-keys': () => {
      const made = {
        id: Date.now(),
        prefix: 'tl_Zx81',
        created_at: new Date().toISOString(),
        last_used_at: null,
        service_account_id: null,
        ...body,
      };
      fixtures.apiKeys.unshift(made as never);
      return { status: 201, body: { ...made, secret: 'tl_Zx81_4mVn0qTqY7wLr2bGk9dJ' } };
    },
  };
  return handlers[key]?.() ?? nested(request);
}

function nested({ method, path, accept }: MockRequest): MockAnswer | undefined {
  if (/^\/sites\/\d+\/snippet$/.test(path)) return { body: SNIPPET };
  if (/^\/sites\/\d+\/status$/.test(path)) return { body: siteStatus() };
  if (/^\/leads\/\d+\/timeline$/.test(path)) return { body: { items: fixtures.timeline } };
  if (/^\/deals\/\d+\/payments$/.test(path)) return { body: { items: [] } };
  if (/^\/imports\/\d+\/rejected$/.test(path)) {
    return accept.includes('csv')
      ? { body: 'row,reason\n17,not a number\n', type: 'text/csv' }
      : { body: { items: fixtures.rejected, next_cursor: null } };
  }
  const undo = /^\/imports\/(\d+)\/undo$/.exec(path);
  if (undo) {
    const found = fixtures.imports.find((each) => each.id === Number(undo[1]));
    return { body: Object.assign(found ?? {}, { state: 'undone', can_undo: false }) };
  }
  if (method === 'GET' && /^\/imports\/\d+$/.test(path)) {
    const found = fixtures.imports.find((each) => each.id === Number(path.split('/')[2]));
    if (found) advance(found);
    return found && { body: found };
  }
  if (/^\/channel-rules\/versions\/\d+\/restore$/.test(path)) return { body: fixtures.rules };
  return undefined;
}

function collection({ method, path, query: asked, body }: MockRequest): MockAnswer | undefined {
  const [, name, id] = path.split('/');
  const items = COLLECTIONS[`/${name}`];
  if (!items) return undefined;
  if (id === undefined && method === 'GET')
    return { body: { items: filtered(items, asked), next_cursor: null } };
  if (id === undefined && method === 'POST') {
    const made = {
      id: Date.now(),
      etag: '"1"',
      created_at: new Date().toISOString(),
      clicks_30d: 0,
      archived: false,
      position: 99,
      script_path: 't.js',
      events_path: 'e',
      allowed_hosts: [],
      ...body,
      ...(name === 'links' && {
        url: `http://localhost:8080/c/${String(body.slug || 'x7k2p')}`,
        slug: String(body.slug || 'x7k2p'),
      }),
    };
    items.unshift(made);
    return { status: 201, body: made };
  }
  const at = items.findIndex((each) => String(each.id) === id);
  const found = items[at];
  if (!found) return problem(404, 'not_found', 'no such thing');
  if (method === 'DELETE') {
    items.splice(at, 1);
    return { status: 204 };
  }
  return { body: method === 'GET' ? found : Object.assign(found, body) };
}

function filtered(items: Thing[], asked: URLSearchParams): Thing[] {
  const text = (asked.get('q') ?? '').toLowerCase();
  const status = asked.get('status');
  const kind = asked.get('kind');
  return items.filter((each) => {
    const record = each as unknown as Record<string, unknown>;
    return (
      (text === '' || JSON.stringify(record).toLowerCase().includes(text)) &&
      (!status || record.status === status) &&
      (!kind || record.kind === kind)
    );
  });
}

function problem(status: number, code: string, detail: string, field?: string): MockAnswer {
  return { status, body: { type: 'about:blank', title: detail, status, code, detail, field } };
}

function mapped(body: Record<string, unknown>): Partial<typeof fixtures.dealStatuses> {
  const groups = body.items as { status: string; group: never }[];
  const items = fixtures.dealStatuses.items.map((each) => ({
    ...each,
    group: groups.find((entry) => entry.status === each.status)?.group ?? null,
  }));
  return {
    items,
    unmapped: items
      .filter((each) => each.group === null)
      .reduce((sum, each) => sum + each.deals, 0),
  };
}

// The first event arrives a few looks after the wizard begins to wait.
let looks = 0;
function siteStatus(): unknown {
  looks += 1;
  if (looks > 3) firstEventAt ??= new Date().toISOString();
  return {
    first_event_at: firstEventAt,
    last_event_at: firstEventAt,
    events_24h: firstEventAt ? 4_812 : 0,
    dropped: firstEventAt
      ? [
          { reason: 'bot', count: 311 },
          { reason: 'host_not_allowed', count: 12 },
        ]
      : [],
  };
}

function startImport(body: Record<string, unknown>): unknown {
  const made = {
    ...fixtures.imports[0],
    id: Date.now(),
    kind: body.kind,
    state: 'running',
    rows_total: 1_204,
    rows_done: 0,
    rows_accepted: 0,
    rows_rejected: 0,
    created_at: new Date().toISOString(),
    file_name: 'google-november.csv',
    can_undo: false,
  };
  fixtures.imports.unshift(made as never);
  return made;
}

function advance(found: (typeof fixtures.imports)[number]): void {
  if (found.state !== 'running') return;
  found.rows_done = Math.min(found.rows_total, found.rows_done + 420);
  found.rows_accepted = Math.max(0, found.rows_done - 3);
  if (found.rows_done === found.rows_total)
    Object.assign(found, {
      state: 'done',
      rows_rejected: 3,
      rows_new: 0,
      rows_changed: 18,
      rows_unchanged: 0,
      can_undo: true,
    });
}

function previewOf(raw: string): ImportPreview {
  const kind = /name="kind"\s+(\w+)/.exec(raw)?.[1] ?? 'costs';
  const headers = ['Day', 'Campaign', 'Ad group', 'Impressions', 'Clicks', 'Cost', 'Currency code'];
  const keys = ['day', 'campaign', 'ad_group', 'impressions', 'clicks', 'cost', null];
  const cells = ['2026-11-03', 'Sunglasses', 'Women', '1 204', '38', '1 520,40', 'RUB'];
  return {
    upload_id: 1,
    mappings: [],
    mapping_id: null,
    sheet: null,
    sheets: [],
    date_order: null,
    statuses: [],
    campaigns: [],
    tracked: [],
    file_name: kind === 'costs' ? 'google-november.csv' : `${kind}.csv`,
    format: 'google_ads',
    encoding: 'utf-8',
    delimiter: ',',
    decimal: ',',
    header_row: 3,
    rows_total: 1_204,
    rows_ready: 1_203,
    columns: headers.map((header, index) => ({
      index,
      header,
      field: keys[index] ?? null,
      samples: [cells[index] ?? ''],
    })),
    fields: [
      { key: 'day', title: 'Day', required: true },
      { key: 'cost', title: 'Cost', required: true },
      { key: 'campaign', title: 'Campaign', required: false },
      { key: 'ad_group', title: 'Ad group', required: false },
      { key: 'impressions', title: 'Impressions', required: false },
      { key: 'clicks', title: 'Clicks', required: false },
      { key: 'keyword', title: 'Keyword', required: false },
    ],
    sample: [4, 5, 6, 7, 8].map((row) => ({
      row,
      cells: cells.map((cell, at) => (row === 6 && at === 5 ? 'abc' : cell)),
      parsed: row === 6 ? null : {},
      error:
        row === 6 ? { field: 'cost', code: 'bad_number', detail: '“abc” is not an amount' } : null,
    })),
    options: {
      source: 'google',
      medium: 'cpc',
      platform: 'google_ads',
      currency: 'RUB',
      vat: 'included',
      mark_up_percent: '0',
      match: 'name',
      micros: false,
      columns: Object.fromEntries(keys.flatMap((key, at) => (key ? [[String(at), key]] : []))),
    },
    effects: [
      { effect: 'added', amounts: 4, currency: 'RUB', before: '0.00', after: '5120.00' },
      { effect: 'vanished', amounts: 1, currency: 'RUB', before: '940.00', after: '0.00' },
    ],
    warnings: [{ code: 'totals_row', detail: 'The last row holds totals; it is left out.' }],
  };
}

function versions(): unknown[] {
  return [4, 3, 2, 1].map((version) => ({
    version,
    created_at: new Date(Date.now() - (5 - version) * 86_400_000).toISOString(),
    author: 'Anna Sokolova',
    rules_count: version + 1,
    note: '',
  }));
}

const PREVIEW_OF_RULES = {
  changed: 184,
  unmatched: 12,
  examples: [
    {
      source: 'telegram',
      medium: 'post',
      campaign: 'Lenses',
      from: 'Social',
      to: 'Messengers',
      visits: 140,
    },
    { source: 'blog', medium: 'referral', campaign: null, from: null, to: 'Social', visits: 44 },
  ],
};

const SNIPPET = {
  html: '<script defer src="https://stats.optics.example/k7/t.js" data-site="k7"></script>',
  form_html:
    '<form action="https://stats.optics.example/f/k7" method="post">\n  <input type="hidden" name="visit">\n  <input name="phone" autocomplete="tel">\n  <button>Call me back</button>\n</form>',
  pixel_html: '<noscript><img src="https://stats.optics.example/p.gif?s=k7" alt=""></noscript>',
};
